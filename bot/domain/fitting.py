"""Due times that fit the hours of whoever does the work: quick picks, and the nearest inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.calendar import (
    DAY,
    end_of_working_day,
    next_working_date,
    shift,
    working_date,
)
from bot.domain.errors import BotError
from bot.domain.task import Due
from bot.domain.zones import exists, to_local, to_utc, zone

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from bot.domain.calendar import WorkingHours
    from bot.domain.person import Person

_LONGEST_AWAY: Final = 400
"""Days for which the nearest working hours are looked for; whoever is away longer has left."""


@dataclass(frozen=True)
class Nearest:
    """The due times inside somebody's hours on both sides of one that is outside."""

    earlier: Due | None
    """The end of the working day before; None when that is past."""
    later: Due | None
    """The beginning of the next working day; None when none is in sight."""

    @property
    def dues(self) -> tuple[Due, ...]:
        return tuple(due for due in (self.earlier, self.later) if due is not None)

    def first(self, at: datetime) -> Due | None:
        """Return the one that is nearest to `at`; of two as near, the earlier."""
        return min(self.dues, key=lambda due: abs(due.at - at), default=None)


@dataclass(frozen=True)
class Pick:
    """A due time that is offered before anybody writes one: the end of a working day."""

    day: date
    is_tomorrow: bool
    is_this_week: bool
    """Its weekday alone says which day it is."""
    due: Due


@dataclass(frozen=True)
class Misfit:
    """A due time outside somebody's hours, and what would be inside."""

    person: Person
    nearest: Nearest


def misfit(due: Due, people: Iterable[Person], *, now: datetime) -> Misfit | None:
    """Return the first of these people outside whose hours it is due, or None."""
    for person in people:
        found = nearest(person.hours, due.at, off=person.off, now=now)
        if found is not None:
            return Misfit(person, found)
    return None


def is_inside(hours: WorkingHours, at: datetime, *, off: Container[date] = ()) -> bool:
    """Whether something due then is due in a working day, whose very end is still part of it."""
    return any(start <= at <= end for start, end in _shifts(hours, at, off, days=range(-2, 2)))


def nearest(
    hours: WorkingHours, at: datetime, *, off: Container[date] = (), now: datetime
) -> Nearest | None:
    """Return the due times nearest to `at` that are inside the hours; None if it is inside."""
    if is_inside(hours, at, off=off):
        return None
    past = _shifts(hours, at, off, days=range(1, -_LONGEST_AWAY, -1))
    ends = next((end for _, end in past if end <= at), None)
    coming = _shifts(hours, at, off, days=range(-2, _LONGEST_AWAY))
    starts = next((start for start, _ in coming if start >= at and start > now), None)
    return Nearest(
        earlier=None if ends is None or ends <= now else due_at(ends, hours.zone),
        later=None if starts is None else due_at(starts, hours.zone),
    )


def picks(
    hours: WorkingHours, *, mine: WorkingHours, off: Container[date] = (), now: datetime
) -> tuple[Pick, Pick]:
    """Return the end of their next working day, and that of the last one of their week.

    What I call tomorrow is my tomorrow, except where they do not work then. When the first is
    the last of the week already, the second is a week later.
    """
    today = working_date(mine, now)
    first = next_working_date(hours, after=today, off=off)
    while end_of_working_day(hours, first) <= now:
        first = next_working_date(hours, after=first, off=off)
    after = first + DAY
    friday = after + (_last_weekday(hours) - after.weekday()) % 7 * DAY
    # On a Friday off the week ends on Thursday, unless that is what was offered already.
    of_week = (friday - days * DAY for days in range((friday - first).days))
    worked = (day for day in of_week if _is_worked(hours, day, off))
    last = next(worked, None) or next_working_date(hours, after=friday, off=off)
    return (_pick(hours, first, today), _pick(hours, last, today))


def ends_on(hours: WorkingHours, day: date) -> Due:
    """Return the due time that a day alone means: the end of their working day."""
    return due_at(end_of_working_day(hours, day), hours.zone)


def due_at(at: datetime, zone_name: str) -> Due:
    """Return a due time as the clocks of a zone show it."""
    return Due(at, to_local(zone(zone_name), at), zone_name)


def due_local(local: datetime, zone_name: str) -> Due:
    """Return a due time that is said by the clocks of a zone."""
    return due_at(to_utc(zone(zone_name), local), zone_name)


def written(due: Due) -> str:
    """Return a due time as a button carries it: `2026-11-27T18:00 Asia/Manila`."""
    return f"{due.local:%Y-%m-%dT%H:%M} {due.zone}"


def read(pick: str, hours: WorkingHours) -> Due:
    """Return the due time that a button carries; a day alone is the end of their working day.

    Raises ValueError for what no button of ours says.
    """
    clock, _, zone_name = pick.partition(" ")
    if not zone_name:
        return ends_on(hours, date.fromisoformat(clock))
    try:
        return due_local(datetime.strptime(clock, "%Y-%m-%dT%H:%M"), zone_name)  # noqa: DTZ007  # a wall clock
    except (BotError, OverflowError) as refusal:
        raise ValueError(pick) from refusal


def _pick(hours: WorkingHours, day: date, today: date) -> Pick:
    return Pick(
        day=day,
        is_tomorrow=day == today + DAY,
        is_this_week=day - today < timedelta(days=7),
        due=ends_on(hours, day),
    )


def _last_weekday(hours: WorkingHours) -> int:
    """Return the weekday on which the working week ends: the one that most days off follow."""
    off_after = {
        day: next(days for days in range(7) if (day + days + 1) % 7 in hours.days)
        for day in hours.days
    }
    return max(hours.days, key=lambda day: (off_after[day], day))


def _is_worked(hours: WorkingHours, day: date, off: Container[date]) -> bool:
    return day.weekday() in hours.days and day not in off and exists(zone(hours.zone), day)


def _shifts(
    hours: WorkingHours, at: datetime, off: Container[date], *, days: range
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the hours of the worked days so many days from `at`, without those that are empty."""
    today = to_local(zone(hours.zone), at).date()
    for number in days:
        day = today + number * DAY
        if _is_worked(hours, day, off):
            found = shift(hours, day)
            if found.start < found.end:
                yield found.start, found.end
