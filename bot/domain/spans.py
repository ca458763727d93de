"""Read the dates on which somebody is away: "fri", "12 aug to 20 aug", "today", "next week"."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.absence import Absence
from bot.domain.calendar import DAY, working_date
from bot.domain.dates import PastDue, Unreadable, shown_date
from bot.domain.errors import BotError
from bot.domain.phrases import read_date
from bot.domain.quotation import quoted

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.domain.calendar import WorkingHours

LONGEST: Final = timedelta(days=366)
EXAMPLE: Final = "Write it like `fri`, `today` or `12 aug to 20 aug`."

_LEAD = re.compile(r"^(?:on|from|for)\s+", re.IGNORECASE)
_UNTIL = re.compile(
    r"\s+(?:to|until|till|through|thru|[-\N{EN DASH}\N{EM DASH}])\s+", re.IGNORECASE
)
_DASH = re.compile(r"(?<=[0-9a-z])[-\N{EN DASH}\N{EM DASH}](?=[0-9a-z])", re.IGNORECASE)
_UNTIL_FIRST = re.compile(r"^(?:until|till)\s+", re.IGNORECASE)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BARE_DAY = re.compile(r"[0-9]{1,2}(?:st|nd|rd|th)?", re.IGNORECASE)
_MONTH = re.compile(r"[a-z]{3,}\.?", re.IGNORECASE)
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?", re.IGNORECASE)
_WEEK = re.compile(r"(?:all\s+)?(?P<which>this|next)\s+week", re.IGNORECASE)


class BadSpan(BotError):
    """Nobody can be away on such dates; the sentence says what to write."""


def read_dates(text: str, *, hours: WorkingHours, now: datetime) -> Absence:
    """Return the working dates that `text` names, today at the earliest.

    With a night shift `fri` is the one that begins on Friday.
    """
    words = _LEAD.sub("", " ".join(text.split()).strip(" .,;!"))
    if not words:
        raise Unreadable(f"Say on which days. {EXAMPLE}")
    today = working_date(hours, now)
    first_words, last_words = _ends(words)
    try:
        first = read_date(first_words, hours=hours, now=now)
        last = read_date(last_words, hours=hours, now=now)
    except PastDue:
        raise
    except BotError as refusal:
        raise Unreadable(f"I cannot read {quoted(words)} as dates. {EXAMPLE}") from refusal
    if _WEEK.fullmatch(words):
        last = first + (6 - first.weekday()) * DAY
    if last < first and _WEEKDAY.fullmatch(last_words):
        last += 7 * DAY
    return checked(Absence(first, last), today=today)


def checked(absence: Absence, *, today: date) -> Absence:
    """Return the dates if somebody can be away on them, or refuse."""
    if absence.last < absence.first:
        raise BadSpan(
            f"{shown_date(absence.last)} is before {shown_date(absence.first)}. Write the first "
            "day first, such as `12 aug to 20 aug`."
        )
    if absence.last < today:
        raise BadSpan(f"{shown_date(absence.last)} is past. Choose a day from today on.")
    if absence.last - absence.first > LONGEST:
        raise BadSpan("That is more than a year. Write at most a year, and the rest later.")
    return absence


def _ends(words: str) -> tuple[str, str]:
    """Return the words of the first and of the last date; "12-20 aug" has its month once."""
    if _WEEK.fullmatch(words):
        return words, words
    if _UNTIL_FIRST.match(words):
        return "today", _UNTIL_FIRST.sub("", words)
    if not _ISO.search(words):
        words = _DASH.sub(" to ", words)
    first, *further = _UNTIL.split(words, maxsplit=1)
    if not further:
        return words, words
    [last] = further
    if _BARE_DAY.fullmatch(first) and (month := _MONTH.search(last)):
        first = f"{first} {month[0]}"
    elif _BARE_DAY.fullmatch(last) and (month := _MONTH.search(first)):
        last = f"{last} {month[0]}"
    return first, last
