"""Weekdays and times as people write them, and the hours in which a person works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.domain.errors import BotError
from bot.domain.quotation import quoted
from bot.domain.zones import exists, to_local, to_utc, zone

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

DAY: Final = timedelta(days=1)


class Weekday(IntEnum):
    """A day of the week: numbered as Python does, with the names of RFC 5545."""

    MO = 0
    TU = 1
    WE = 2
    TH = 3
    FR = 4
    SA = 5
    SU = 6


EVERY_DAY: Final = frozenset(Weekday)
WEEKEND: Final = frozenset({Weekday.SA, Weekday.SU})
WORKING_WEEK: Final = EVERY_DAY - WEEKEND

_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_GROUPS: Final = {
    "daily": EVERY_DAY,
    "everyday": EVERY_DAY,
    "weekday": WORKING_WEEK,
    "weekdays": WORKING_WEEK,
    "workdays": WORKING_WEEK,
    "weekend": WEEKEND,
    "weekends": WEEKEND,
    "weds": frozenset({Weekday.WE}),
}
_DAYS_EXAMPLE: Final = "Write days like mon-fri, mon,wed,fri or daily."
_TIME_EXAMPLE: Final = "Write a time like 09:00, 9am or 14:30."

_RANGE = re.compile(r"\s*(?:[-\N{EN DASH}\N{EM DASH}]+|\b(?:to|through|thru|until|till)\b)\s*")
_PHRASES: Final = {
    re.compile(r"\b(?:every|all|each) days?\b"): "daily",
    re.compile(r"\b(?:work|working|business) days\b"): "weekdays",
}
_FILLERS: Final = {"", "and", "every", "each", "on"}

_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?\s*(?:(?P<half>[ap])(?:\.?m\.?)?)?"
    r"|(?P<hour4>[0-9]{2})(?P<minute4>[0-9]{2})"
)
_TIME_WORDS: Final = {"noon": time(12), "midday": time(12), "midnight": time(0)}


def parse_weekdays(text: str) -> frozenset[Weekday]:
    """Return the days that `text` names: "mon-fri", "Mon, Wed and Fri", "sun to thu", "daily".

    Days may be cut to two letters; a range may run over the end of the week.
    """
    words = text.strip().rstrip(".").casefold()
    for phrase, word in _PHRASES.items():
        words = phrase.sub(word, words)
    words = _RANGE.sub("-", words)
    days: set[Weekday] = set()
    for word in re.split(r"[\s,;&+/]+", words):
        if word in _FILLERS:
            continue
        if word in _GROUPS:
            days |= _GROUPS[word]
            continue
        first, dash, last = word.partition("-")
        start = _weekday(first, text)
        end = _weekday(last, text) if dash else start
        days |= {Weekday((start + step) % 7) for step in range((end - start) % 7 + 1)}
    if not days:
        raise BotError(f"No day was given. {_DAYS_EXAMPLE}")
    return frozenset(days)


def _weekday(word: str, text: str) -> Weekday:
    start = word.rstrip(".")
    for day, name in zip(Weekday, _NAMES, strict=True):
        if len(start) > 1 and f"{name.casefold()}s".startswith(start):
            return day
    raise BotError(f"I cannot read {quoted(text)} as days of the week. {_DAYS_EXAMPLE}")


def describe_weekdays(days: frozenset[Weekday]) -> str:
    """Return the days in words that `parse_weekdays` reads: "Mon-Fri", "Mon, Wed", "daily"."""
    if days == EVERY_DAY:
        return "daily"
    runs: list[str] = []
    for first in sorted(day for day in days if (day - 1) % 7 not in days):
        length = next(step for step in count(1) if (first + step) % 7 not in days)
        names = [_NAMES[(first + step) % 7][:3] for step in range(length)]
        # Two days are as short as their range, and clearer.
        runs += [f"{names[0]}-{names[-1]}"] if length > 2 else names  # noqa: PLR2004 - a pair
    return ", ".join(runs) or "no day"


def parse_time(text: str) -> time:
    """Return the time of day that `text` names: "09:00", "9", "9.30", "0930", "9:30 pm", "noon".

    Without am or pm it is a 24-hour clock, so "9" is the morning.
    """
    words = text.strip().casefold()
    if not words:
        raise BotError(f"No time was given. {_TIME_EXAMPLE}")
    if words in _TIME_WORDS:
        return _TIME_WORDS[words]
    found = _TIME.fullmatch(words)
    if found is None:
        raise BotError(f"I cannot read {quoted(text)} as a time. {_TIME_EXAMPLE}")
    hour = int(found["hour"] or found["hour4"])
    minute = int(found["minute"] or found["minute4"] or 0)
    if found["half"]:
        possible = hour in range(1, 13)
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    else:
        possible = hour in range(24)
    if not possible or minute not in range(60):
        raise BotError(f"There is no time {quoted(text)}. {_TIME_EXAMPLE}")
    return time(hour, minute)


@dataclass(frozen=True)
class Shift:
    """The hours of one working day: from `start` up to, and without, `end`."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True)
class WorkingHours:
    """The hours a person works, by the clocks of their zone.

    An `end` that is not after `start` is on the next calendar day. Such a
    working day belongs to the date on which it starts: with 21:00-06:00,
    Friday ends on Saturday at 06:00.
    """

    zone: str
    start: time = time(9)
    end: time = time(18)
    days: frozenset[Weekday] = WORKING_WEEK

    def __post_init__(self) -> None:
        if not self.days:
            raise BotError(f"At least one working day is needed. {_DAYS_EXAMPLE}")


def shift(hours: WorkingHours, local_date: date) -> Shift:
    """Return the hours that belong to `local_date`, whether or not it is a working day.

    Around a clock change they are shorter or longer than usual, and empty when
    the change skips all of them.
    """
    there = zone(hours.zone)
    last_date = local_date if hours.end > hours.start else local_date + DAY
    start = to_utc(there, datetime.combine(local_date, hours.start))
    end = to_utc(there, datetime.combine(last_date, hours.end))
    return Shift(start, max(start, end))


def end_of_working_day(hours: WorkingHours, local_date: date) -> datetime:
    """Return when `local_date` is over for this person: what is due that day is due then."""
    return shift(hours, local_date).end


def working_date(hours: WorkingHours, instant: datetime, *, off: Container[date] = ()) -> date:
    """Return what "today" means to this person at `instant`.

    During a working day it is the date on which that day started, so at three
    in the night of a 21:00-06:00 shift it is still yesterday's date. At every
    other time, and all through a day that is not worked, it is the date on the
    wall calendar: on Saturday at 06:00, when Friday's shift is over, it becomes
    Saturday.
    """
    for local_date, _ in _shifts_around(hours, instant, off):
        return local_date
    return to_local(zone(hours.zone), instant).date()


def is_working(hours: WorkingHours, instant: datetime, *, off: Container[date] = ()) -> bool:
    """Say whether `instant` falls into a working day."""
    return any(_shifts_around(hours, instant, off))


def next_start(hours: WorkingHours, *, after: datetime, off: Container[date] = ()) -> datetime:
    """Return when the first working day that starts strictly after `after` starts."""
    # A start that a clock change skips can land on the next date, hence the day before.
    local_date = to_local(zone(hours.zone), after).date() - 2 * DAY
    while True:
        local_date = next_working_date(hours, after=local_date, off=off)
        found = shift(hours, local_date)
        # Hours that a clock change skips whole are no start of anything.
        if after < found.start < found.end:
            return found.start


def end_of_next_day(hours: WorkingHours, *, after: datetime, off: Container[date] = ()) -> datetime:
    """Return when the first working day that starts after `after` is over."""
    begins = next_start(hours, after=after, off=off)
    return end_of_working_day(hours, working_date(hours, begins, off=off))


def next_working_date(hours: WorkingHours, *, after: date, off: Container[date] = ()) -> date:
    """Return the first working date that is strictly after `after`."""
    dates = (after + days * DAY for days in count(1))
    return next(local_date for local_date in dates if _is_worked(hours, local_date, off))


def when_may_hear(hours: WorkingHours, now: datetime, *, off: Container[date] = ()) -> datetime:
    """Return `now` inside the person's hours, else the start of their next working day."""
    return now if is_working(hours, now, off=off) else next_start(hours, after=now, off=off)


def _is_worked(hours: WorkingHours, local_date: date, off: Container[date]) -> bool:
    return (
        local_date.weekday() in hours.days
        and local_date not in off
        and exists(zone(hours.zone), local_date)
    )


def _shifts_around(
    hours: WorkingHours, instant: datetime, off: Container[date]
) -> Iterator[tuple[date, Shift]]:
    """Yield the worked dates whose shifts contain `instant`: nearly always one or none."""
    today = to_local(zone(hours.zone), instant).date()
    # Usually it is today's or yesterday's; a clock change at midnight can carry the end of the
    # one before past the date line, or turn the calendar back after tomorrow's has begun.
    for local_date in (today + days * DAY for days in range(-2, 2)):
        if _is_worked(hours, local_date, off):
            found = shift(hours, local_date)
            if instant in found:
                yield local_date, found
