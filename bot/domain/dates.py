"""Work out which dates and times of day some words mean, seen from a given day.

dateparser turns calendar words into dates; it read more of the phrases in
`tests/domain/test_phrases.py` than its rivals. Around it stands what no library knows: working
days, weekdays as people mean them, and the refusal to guess.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count, islice
from typing import TYPE_CHECKING, Final

import dateparser  # type: ignore[import-untyped] # ships no types

from bot.domain.calendar import DAY, Weekday, next_working_date, parse_time
from bot.domain.durations import amounts, elapsed
from bot.domain.errors import BotError
from bot.domain.quotation import quoted
from bot.domain.wording import Family, pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.domain.calendar import WorkingHours
    from bot.domain.scanning import Piece, Wording

EXAMPLE: Final = "Write it like fri 17:00, tomorrow or 12 aug."

# A date without a year that passed this recently is more likely a slip than next year's.
_JUST_PAST: Final = timedelta(days=60)
_YEAR: Final = timedelta(days=366)
_NOON: Final = 12
_MONTHS: Final = 12
_LONGEST_MONTH: Final = 31
_MONTH_NAMES: Final = [f"{date(2000, month, 1):%b}" for month in range(1, _MONTHS + 1)]
_MONTHS_IN: Final = {"month": 1, "quarter": 3, "year": 12}
_SHORT: Final = {"eow": "week", "eom": "month", "eoq": "quarter", "eoy": "year"}
_PARTS: Final = {"morning": 9, "afternoon": 15, "evening": 18, "night": 21, "tonight": 21}


class Unreadable(BotError):
    """These words say no time, or none that exists; the sentence shows some that do."""


class AmbiguousDate(BotError):
    """These words can mean two times; the sentence names both and how to write each."""


class PastDue(BotError):
    """The time has passed already."""


def no_time(words: str) -> Unreadable:
    return Unreadable(f"I cannot read {quoted(words)} as a time. {EXAMPLE}")


def is_past(when: str) -> PastDue:
    return PastDue(f"{when} is past. Write a later time, such as tomorrow 17:00.")


def shown_date(local_date: date) -> str:
    return f"{local_date:%a} {local_date.day} {local_date:%b %Y}"


def exact_span(wording: Wording) -> timedelta | None:
    """Return how far from now it is, where hours or minutes are counted instead of days."""
    span = wording[Family.SPAN]
    if span is None or span["ago"]:
        return None
    words = span["in"] or span["ahead"] or span["bare"]
    counted = amounts(words)
    if not {unit for _, unit in counted} <= {"hour", "minute"}:
        return None
    if len(wording.pieces) > 1:
        raise no_time(wording.words)
    if span["bare"] and pattern(r"\d\d? ?h(rs?)?").fullmatch(words):
        number = words.rstrip(" hrs")
        raise AmbiguousDate(
            f"{quoted(words)} can be a time of day or a number of hours. "
            f"Write {number}:00 or in {number} hours."
        )
    return elapsed(counted)


def clock_time(wording: Wording) -> time | None:
    """Return the time of day that is said, or None where only a day is."""
    clock, hour, part = wording[Family.CLOCK], wording[Family.HOUR], wording[Family.PART]
    if clock:
        if clock["dotted"] and 0 < int(clock["dotted_minute"]) <= _MONTHS:
            _refuse_dotted(wording.words, clock["dotted"], clock["dotted_minute"])
        return _in_part(_time(_plain(clock)), part)
    if hour:
        if len(hour["hour"]) < len("1700") and not part:
            _refuse_to_guess(hour, wording)
        return _in_part(_time(hour["hour"]), part)
    return time(_PARTS[part["now"] or part["part"]]) if part else None


def _time(words: str) -> time:
    try:
        return parse_time(words)
    except BotError as refusal:
        raise Unreadable(str(refusal)) from refusal


def _plain(clock: Piece) -> str:
    """Return a time of day in the one form of all its spellings: "17h" as "17:00"."""
    hour = clock["hour"] or clock["hour_letter"] or clock["hour24"] or clock["dotted"]
    minute = clock["minute"] or clock["minute_letter"] or clock["minute24"]
    half = clock["half"] or clock["letter"]
    return clock["word"] or (
        f"{hour or clock['bare']}:{minute or clock['dotted_minute'] or '00'}{half and half + 'm'}"
    )


def _in_part(clock: time, part: Piece | None) -> time:
    """Return 17:00 for "5 in the afternoon"."""
    if part is None or part["part"] == "morning" or not 0 < clock.hour < _NOON:
        return clock
    return clock.replace(hour=clock.hour + _NOON)


def _refuse_to_guess(hour: Piece, wording: Wording) -> None:
    """Let "at 17" pass; "at 5" is two times, and "fri 17" may be the seventeenth."""
    number = int(hour["hour"])
    if 1 <= number <= _NOON:
        day = wording.text[wording.start : hour.found.start()].strip()
        raise AmbiguousDate(
            f"{quoted(wording.words)} can be {number % _NOON:02}:00 or "
            f"{number % _NOON + _NOON:02}:00. "
            f"Write {f'{day} {number}am'.strip()} or {f'{day} {number}pm'.strip()}."
        )
    if not hour.asks_hour:
        raise AmbiguousDate(
            f"In {quoted(wording.words)}, {number} can be an hour or a day of the month. "
            "Write it like 17:00 or 12 aug."
        )


def dates_meant(
    wording: Wording, *, today: date, hours: WorkingHours, opening: bool = False
) -> Iterator[date]:
    """Yield the dates that the words may mean, earliest first; the first in the future counts.

    `hours` say which days are worked, for "end of week" and "in 3 working days".
    With `opening`, "next week" is where it begins, else where its work ends.
    """
    day_families = (*_READERS, Family.PERIOD)
    piece = next((day for family in day_families if (day := wording[family])), None)
    clock, part = wording[Family.CLOCK], wording[Family.PART]
    if clock and clock["word"] == "midnight":
        if piece and not piece["today"]:
            raise AmbiguousDate(
                f"{quoted(wording.words)} can be the midnight before or after. "
                "Write 23:59 for the one at its end."
            )
        yield today + DAY
    elif piece and piece.family is Family.PERIOD:
        yield _period(piece, today, hours, opening=opening)
    elif piece:
        dates = _READERS[piece.family](piece, today, hours)
        weekday = wording[Family.WEEKDAY]
        if weekday and weekday is not piece:
            yield _confirmed(next(dates), weekday, wording.words)
        else:
            yield from dates
    elif wording.has(Family.CLOSE):
        yield from islice(_working_dates(today, hours), 3)
    elif part and (part["now"] or part["this"]):
        yield today
    else:
        yield from (today, today + DAY)


def _confirmed(found: date, weekday: Piece, words: str) -> date:
    if found.weekday() != _weekday(weekday["day"] or weekday["late"]):
        raise AmbiguousDate(
            f"{quoted(words)} names two days: {found.day} {found:%b %Y} is a {found:%A}. "
            f"Write {found.day} {found:%b}, or the weekday alone."
        )
    return found


def _named(piece: Piece, today: date, _: WorkingHours) -> Iterator[date]:
    if piece["yesterday"]:
        raise is_past("Yesterday")
    words = "in 2 days" if piece["after"] else "today" if piece["today"] else "tomorrow"
    yield _library(words, today)


def _weekdays(piece: Piece, today: date, _: WorkingHours) -> Iterator[date]:
    """Yield Fridays for "fri"; "next friday" is the one of next week, and weeks begin on Monday."""
    day = _weekday(piece["day"] or piece["late"])
    which = piece["before"] or piece["week"] or piece["which"]
    if which in {"last", "past"}:
        raise is_past(quoted(piece.words))
    in_this_week = today + (day - today.weekday()) * DAY
    if which in {"this", "next"}:
        yield in_this_week + (7 * DAY if which == "next" else 0 * DAY)
    else:
        coming = today + (day - today.weekday()) % 7 * DAY
        yield from (coming, coming + 7 * DAY)


def _weekday(word: str) -> Weekday:
    return Weekday[word[:2].upper()]


def _absolute(piece: Piece, today: date, _: WorkingHours) -> Iterator[date]:
    if piece["iso"]:
        year, month, day = re.split(r"[-/.]", piece["iso"])
        words = f"{year}-{int(month):02}-{int(day):02}"
    elif piece["mark"]:
        day, month, year = _numeric(piece)
        words = f"{day} {month} {year}".strip()
    else:
        day, month = piece["day1"] or piece["day2"], piece["month1"] or piece["month2"]
        year = piece["year1"] or piece["year2"]
        words = f"{day} {month[:3]} {year}".strip()
    # Seen from the day before, today's date is not next year's.
    found = _library(words, today - DAY)
    if found is None or found.day != int(day):
        raise Unreadable(f"There is no {quoted(piece.words)}. {EXAMPLE}")
    if not year and _YEAR - _JUST_PAST < found - today <= _YEAR:
        raise PastDue(
            f"{quoted(piece.words)} is past. Write a later date, or the year as well: "
            f"{found.day} {found:%b %Y}."
        )
    yield found


def _numeric(piece: Piece) -> tuple[str, str, str]:
    """Return day, month and year; dots put the day first, strokes either, which must be asked."""
    first, second = int(piece["first"]), int(piece["second"])
    year = f"20{piece['year3']}"[-4:] if piece["year3"] else ""
    dotted = piece["mark"] == "."
    day, month = (first, second) if dotted or second <= _MONTHS else (second, first)
    if not (1 <= month <= _MONTHS and day):
        raise Unreadable(f"There is no {quoted(piece.words)}. {EXAMPLE}")
    if dotted and not year and not piece["stop"]:
        _refuse_dotted(piece.words, piece["first"], piece["second"])
    if not dotted and day <= _MONTHS and day != month:
        this = f"{_day_month(day, month)} {year}".strip()
        that = f"{_day_month(month, day)} {year}".strip()
        raise AmbiguousDate(
            f"{quoted(piece.words)} can be {this} or {that}. "
            f"Write {this.lower()} or {that.lower()}."
        )
    return str(day), _MONTH_NAMES[month - 1], year


def _refuse_dotted(words: str, first: str, second: str) -> None:
    """Ask about "3.12", which is a date here, a time there, and elsewhere a number."""
    if len(second) < len("00"):
        raise no_time(words)
    day = _day_month(int(first), int(second))
    raise AmbiguousDate(
        f"{quoted(words)} can be {day} or {first}:{second}. "
        f"Write {day.lower()} or {first}:{second}."
    )


def _day_month(day: int, month: int) -> str:
    return f"{day} {_MONTH_NAMES[month - 1]}"


def _ordinal(piece: Piece, today: date, _: WorkingHours) -> Iterator[date]:
    """Yield the next days of the month with this number; not every month has a 31st."""
    day = int(piece["day"])
    if not 1 <= day <= _LONGEST_MONTH:
        raise Unreadable(f"There is no {quoted(piece.words)}. {EXAMPLE}")
    coming = (today + days * DAY for days in count())
    yield from islice((found for found in coming if found.day == day), 2)


def _span(piece: Piece, today: date, hours: WorkingHours) -> Iterator[date]:
    if piece["ago"]:
        raise is_past(quoted(piece.words))
    counted = amounts(piece["in"] or piece["ahead"] or piece["bare"])
    units = {unit for _, unit in counted}
    if any(number % 1 for number, _ in counted):
        raise no_time(piece.words)
    if units == {"working day"}:
        days = int(sum(number for number, _ in counted))
        yield next(islice(_working_dates(today + DAY, hours), max(days - 1, 0), None))
    elif units <= {"day", "week", "month"}:
        words = " ".join(f"{number:.0f} {unit}s" for number, unit in counted)
        yield _library(f"in {words}", today)
    else:
        raise no_time(piece.words)


def _period(piece: Piece, today: date, hours: WorkingHours, *, opening: bool) -> date:
    """Return the last working day of a week, month, quarter or year."""
    what = piece["end"] or piece["span"] or _SHORT.get(piece["short"], "month")
    coming = "next" in {piece["which"], piece["bare"]}
    if what == "week":
        first, last = _working_week(today, hours)
        # On Saturday, next week is the one that begins on Monday.
        later = 7 * DAY if coming and first <= today else 0 * DAY
        return (first if opening and piece["bare"] else last) + later
    months = _MONTHS_IN[what]
    month = _month_number(piece["month"]) if piece["month"] else today.month
    year = int(piece["year"] or today.year + (month < today.month))
    begin = year * _MONTHS + month - 1
    begin += (months if coming else 0) - begin % months
    if opening and piece["bare"]:
        return _first_of(begin)
    last_days = (_first_of(begin + months) - days * DAY for days in count(1))
    return next(day for day in last_days if day.weekday() in hours.days)


def _first_of(months: int) -> date:
    """Return the first day of a month, in months since the year 0."""
    return date(months // _MONTHS, months % _MONTHS + 1, 1)


def _month_number(name: str) -> int:
    return _MONTH_NAMES.index(name[:3].title()) + 1


def _working_week(today: date, hours: WorkingHours) -> tuple[date, date]:
    """Return the first and the last day of the working week that `today` is in or just before.

    The week ends where the most days off follow: on Fridays for most people, on
    Thursdays for some.
    """
    off_after = {
        day: next(days for days in range(7) if (day + days + 1) % 7 in hours.days)
        for day in hours.days
    }
    last_day = max(hours.days, key=lambda day: (off_after[day], day))
    last = today + (last_day - today.weekday()) % 7 * DAY
    return last - (6 - off_after[last_day]) * DAY, last


def _working_dates(start: date, hours: WorkingHours) -> Iterator[date]:
    found = start - DAY
    while True:
        found = next_working_date(hours, after=found)
        yield found


# It takes as long as all else that is done for a command together, and most days sound alike.
@lru_cache(maxsize=1024)
def _library(words: str, today: date) -> date:
    """Return the first date from `today` on that plain calendar words mean."""
    found = dateparser.parse(
        words,
        languages=["en"],
        settings={
            "RELATIVE_BASE": datetime.combine(today, time()),
            "PREFER_DATES_FROM": "future",
            "PARSERS": ["relative-time", "absolute-time"],
            "RETURN_AS_TIMEZONE_AWARE": False,
            # Otherwise the machine's own zone is asked for.
            "TIMEZONE": "UTC",
            "TO_TIMEZONE": "UTC",
        },
    )
    if found is None:
        raise Unreadable(f"There is no {quoted(words)}. {EXAMPLE}")
    return date(found.year, found.month, found.day)


_READERS: Final[dict[Family, Callable[[Piece, date, WorkingHours], Iterator[date]]]] = {
    Family.DATE: _absolute,
    Family.ORDINAL: _ordinal,
    Family.NAMED: _named,
    Family.SPAN: _span,
    # A weekday beside a date only confirms it, so it comes last.
    Family.WEEKDAY: _weekdays,
}
