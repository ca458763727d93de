"""The words in which people write days, clock times and durations.

Only words are told apart here. What they amount to at a given moment is the matter of
`phrases.py`, and how they follow each other that of `scanning.py`. Every word that may be part
of a time is in this list, so nothing is ever guessed from "the may report". Texts are expected
with single spaces between their words.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

BARRIER: Final = "\x00"
"""Stands for words that are already taken; no phrase reaches over it."""


class Family(StrEnum):
    """What some words say."""

    NAMED = "named"  # today, tomorrow
    WEEKDAY = "weekday"  # fri, next tuesday
    DATE = "date"  # 12 aug, 2026-12-01, 3/4
    ORDINAL = "ordinal"  # the 12th
    SPAN = "span"  # in 2 days, in 3 hours
    PERIOD = "period"  # end of week, next month
    CLOSE = "close"  # eod
    CLOCK = "clock"  # 17:00, 5pm, noon
    HOUR = "hour"  # 5, which may mean two hours of the day
    PART = "part"  # morning, tonight


def pattern(text: str) -> re.Pattern[str]:
    """Compile `text` for ASCII words in any case: digits and letters of other scripts are none."""
    return re.compile(text, re.ASCII | re.IGNORECASE)


WEEKDAY: Final = (
    r"(?:mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:19|20|21)\d\d"
_ORDINAL = r"(?:st|nd|rd|th)"

_NUMBER_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
NUMBERS: Final = {
    word: float(number) for number, word in enumerate(_NUMBER_WORDS.split("|"), start=1)
} | {"a": 1, "an": 1, "couple": 2, "a couple": 2, "half": 0.5, "half a": 0.5, "half an": 0.5}
NUMBER: Final = (
    rf"(?:\d{{1,4}}(?:[.,]\d\d?)?|(?:half an?|half|(?:a )?couple|an?|{_NUMBER_WORDS})(?![a-z]))"
)
UNITS: Final = {
    "working day": r"(?:working|business|work)[ -]?days?",
    "minute": r"(?:minutes?|mins?|m)",
    "hour": r"(?:hours?|hrs?|h)",
    "day": r"(?:days?|d)",
    "week": r"(?:weeks?|wks?|w)",
    "month": r"months?",
}
_AMOUNT = (
    rf"{NUMBER}(?: and a half)?(?: of)?[ -]?(?:{'|'.join(UNITS.values())})(?: and a half)?"
    r"(?![a-z])"
)
_AMOUNTS = rf"(?:{_AMOUNT}(?:,? ?(?:and )?{_AMOUNT}){{0,3}})"
_HOURS_MINUTES = r"(?:\d{1,3} ?h ?[0-5]\d(?: ?m(?:in)?)?)"
DURATION: Final = rf"(?:{_HOURS_MINUTES}|\d{{1,3}}:[0-5]\d(?: ?(?:hours|hrs|h))?|{_AMOUNTS})"

# A phrase does not stop inside a word, a decimal, a range ("14:00-16:00") or a date ("3/4/5").
_EDGE = r"(?:(?u:(?!\w|[-/:\N{EN DASH}]\w))(?!(?<=\d)[.,]\d)|(?<=\d)(?=t\d\d:))"
# What may follow a number that nothing else shows to belong to the time.
LAST: Final = (
    rf"(?= ?(?:$|[{BARRIER}.,;!)]|(?:at|by|due|takes|est|every|noon|eod|\d\d?(?::|am|pm))\b))"
)

_NAMED = (
    r"(?P<after>(?:the )?day after tomorrow)|(?P<tomorrow>tom+or+ow|tmrw|tmr|tmw)"
    r"|(?P<today>today)|(?P<yesterday>yesterday)"
)
_WEEKDAY = (
    rf"(?P<before>this|next) week,? (?:on )?(?P<late>{WEEKDAY})\b"
    rf"|(?:(?P<which>this(?: coming)?|next|coming|last|past) )?(?P<day>{WEEKDAY})\b\.?"
    r"(?:,? (?:of )?(?P<week>this|next) week)?"
)
_DATE = (
    r"(?P<iso>\d{4}[-/.]\d\d?[-/.]\d\d?)"
    rf"|(?P<day1>\d\d?){_ORDINAL}?\.?[ -]?(?:of )?(?P<month1>{MONTH})\b\.?"
    rf"(?:[ ,-]{{1,2}}(?P<year1>{_YEAR}))?"
    rf"|(?P<month2>{MONTH})\b\.?[ -]?(?:the )?(?P<day2>\d\d?)(?![:.]?\d){_ORDINAL}?"
    rf"(?:,? (?P<year2>{_YEAR}))?"
    r"|(?P<first>\d\d?)(?P<mark>[/.-])(?P<second>\d\d?)"
    r"(?:(?P=mark)(?P<year3>\d{4}|\d\d)|(?P<stop>\.)(?!\d))?"
)
_SPAN = (
    rf"(?P<ago>{_AMOUNTS}) ago|(?:in|within) (?P<in>{_HOURS_MINUTES}|{_AMOUNTS})"
    rf"(?: from (?:now|today))?|(?P<ahead>{_AMOUNTS}) from (?:now|today)|(?P<bare>{_AMOUNTS})"
)
_PERIOD = (
    r"(?:the )?end of (?:the )?(?:(?P<which>this|next) )?(?P<end>week|month|quarter|year)"
    rf"|(?:the )?end of (?P<month>{MONTH})\b\.?(?: (?P<year>{_YEAR}))?"
    r"|(?P<short>eow|eom|eoq|eoy)|(?P<bare>this|next) (?P<span>week|month|quarter|year)"
)
_CLOSE = (
    r"eod|cob|eob|(?:the )?end of (?:(?:the|(?P<mine>my|our)|(?P<theirs>their|your)) )?"
    r"(?:working |work |business )?day|(?:the )?(?:close|end) of (?:business|play)"
    rf"|(?:the )?end of(?= (?:today|tomorrow|{WEEKDAY})\b)"
)
_CLOCK = (
    r"(?:12 )?(?P<word>noon|midday|midnight)"
    r"|(?P<hour>\d\d?)(?:[:.h](?P<minute>\d\d))? ?(?P<half>[ap])\.?m\b\.?"
    r"|(?P<hour_letter>\d\d?)(?::(?P<minute_letter>\d\d))?(?P<letter>[ap])"
    r"|(?P<hour24>\d\d?)[:h](?P<minute24>\d\d)(?::\d\d)?(?: ?(?:hours|hrs|h))?"
    r"|(?P<dotted>\d\d?)\.(?P<dotted_minute>[0-5]\d)"
    r"|(?P<bare>\d\d?)(?: hrs|h)"
)
_HOUR = r"(?P<hour>[01]\d[0-5]\d|2[0-3][0-5]\d|\d\d?)(?: ?o'?clock| ?hrs| ?hours)?"
_PART = r"(?P<now>tonight)|(?:(?P<this>this|in the) )?(?P<part>morning|afternoon|evening|night)"

FAMILIES: Final = tuple(
    (family, pattern(rf"(?:{words}){_EDGE}"))
    for family, words in (
        (Family.NAMED, _NAMED),
        (Family.WEEKDAY, _WEEKDAY),
        (Family.DATE, _DATE),
        (Family.ORDINAL, rf"(?:the )?(?P<day>\d\d?){_ORDINAL}(?: of the month)?{LAST}"),
        (Family.SPAN, _SPAN),
        (Family.PERIOD, _PERIOD),
        (Family.CLOSE, _CLOSE),
        (Family.CLOCK, _CLOCK),
        (Family.HOUR, _HOUR),
        (Family.PART, _PART),
    )
)
"""Every family with its words; where several match, the longest match counts, then the first."""
