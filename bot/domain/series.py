"""A task that repeats: when it comes next, and what each of its occurrences is made from.

An occurrence belongs to a date of its rule, in the zone in which its due time was said. The due
time of a night shift's end is on the date after. Where that date is a day off for whoever does
it, the occurrence moves to a working day, and where it then meets the one before it, there is
none: a task of every day comes on working days.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NewType

from bot.domain.brief import Draft
from bot.domain.calendar import (
    DAY,
    end_of_working_day,
    is_working,
    next_working_date,
    when_may_hear,
)
from bot.domain.repeat import Moving, anchored, dates_after
from bot.domain.task import NO_DETAILS, Due
from bot.domain.zones import exists, to_local, to_utc, zone

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from datetime import date, time

    from bot.domain.calendar import WorkingHours
    from bot.domain.person import UserId
    from bot.domain.post import ChannelId
    from bot.domain.repeat import Rule
    from bot.domain.task import Details, Task

SeriesId = NewType("SeriesId", int)
"""The number of the task with which it began."""

FARTHEST_MOVE: Final = 14
"""Days. Whoever is away for longer keeps the date that the rule says."""

_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Series:
    """A repeating task: its rule, its brief, and how far it has come."""

    id: SeriesId
    rule: Rule
    """Its `times` are those that are still to come."""
    start: date
    """From which weeks and months are counted."""
    local_time: time
    days_after: int
    """Days from an occurrence's date to its due time: 1 where a night shift ends."""
    zone: str
    title: str
    more: str
    takes: timedelta | None
    assignees: tuple[UserId, ...]
    delegator: UserId
    channel: ChannelId | None
    latest: date
    """The date of the occurrence that was made last."""
    latest_due: datetime
    """When that one was to be due."""
    details: Details = NO_DETAILS
    review: bool = False
    everyone: bool = False
    moving: Moving = Moving.BEFORE
    next_date: date | None = None
    """The occurrence that comes next; None when there is none."""
    next_due: datetime | None = None
    is_paused: bool = False
    """Somebody who does it is gone; a change of all that follow lets it go on."""
    ended_at: datetime | None = None
    was_asked: bool = False
    """The assignee was asked whether the brief was enough."""
    was_enough: bool | None = None
    """What they answered."""

    @property
    def is_living(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True)
class Coming:
    """One occurrence that has not been made."""

    date: date
    due: Due


def begun(task: Task, rule: Rule, *, moving: Moving, hours: WorkingHours | None) -> Series:
    """Return the series of which a task is the first occurrence."""
    first, days_after = place_of(task.due, hours)
    rule = anchored(rule, first)
    return Series(
        id=SeriesId(task.series or task.number),
        rule=rule if rule.times is None else replace(rule, times=rule.times - 1),
        start=first,
        local_time=task.due.local.time(),
        days_after=days_after,
        zone=task.due.zone,
        title=task.title,
        more=task.more,
        takes=task.takes,
        assignees=task.people,
        delegator=task.delegator,
        channel=task.channel,
        latest=first,
        latest_due=task.due.at,
        details=task.details,
        review=task.review,
        everyone=task.everyone,
        moving=moving,
    )


def place_of(due: Due, hours: WorkingHours | None) -> tuple[date, int]:
    """Return the date to which a due time belongs, and how many days after that it is.

    The end of a night shift belongs to the date on which the shift began.
    """
    local_date = due.local.date()
    if hours is not None and hours.end <= hours.start and hours.zone == due.zone:
        night = local_date - DAY
        if due.at == end_of_working_day(hours, night):
            return night, 1
    return local_date, 0


def due_on(series: Series, local_date: date) -> Due:
    """Return the due time of an occurrence by the clocks of its zone, whatever they did."""
    there = zone(series.zone)
    wall = datetime.combine(local_date + series.days_after * DAY, series.local_time)
    at = to_utc(there, wall)
    return Due(at, to_local(there, at), series.zone)


def comings(
    series: Series, hours: WorkingHours | None, *, off: Container[date] = ()
) -> Iterator[Coming]:
    """Yield what is still to come, the next first; its due times only ever go on."""
    if not series.is_living:
        return
    latest, left = series.latest_due, series.rule.times
    for local_date in dates_after(series.rule, series.start, after=series.latest):
        if left == 0:
            return
        if not exists(zone(series.zone), local_date):
            continue
        due = _moved(series, local_date, hours, off)
        if due.at <= latest:
            continue
        yield Coming(local_date, due)
        latest = due.at
        left = None if left is None else left - 1


def appears_at(
    before: datetime, due: Due, hours: WorkingHours | None, *, off: Container[date] = ()
) -> datetime:
    """Return when an occurrence is made: once the one before it falls due.

    That is in the assignee's hours, unless it would be too late for its own due time.
    """
    if hours is None:
        return before
    at = when_may_hear(hours, before, off=off)
    return at if at < due.at else before


def made(series: Series, coming: Coming, *, passed: int) -> Series:
    """Return the series once an occurrence was made, and those `passed` before it left out."""
    left = series.rule.times
    rule = series.rule if left is None else replace(series.rule, times=left - 1 - passed)
    return replace(series, rule=rule, latest=coming.date, latest_due=coming.due.at)


def draft_of(series: Series, due: Due) -> Draft:
    """Return the brief of one occurrence."""
    return Draft(
        title=series.title,
        more=series.more,
        assignees=series.assignees,
        due=due,
        takes=series.takes,
        channel=series.channel,
        details=series.details,
        review=series.review,
        everyone=series.everyone,
        series=series.id,
    )


def _moved(
    series: Series, local_date: date, hours: WorkingHours | None, off: Container[date]
) -> Due:
    """Return the due time of a date, moved to a working day where it is on a day off."""
    due = due_on(series, local_date)
    if series.moving is Moving.LEAVE or hours is None:
        return due
    is_worked = next_working_date(hours, after=local_date - DAY, off=off) == local_date
    # What is due in the night of a shift is due on its working day, whatever the date is then.
    if is_worked or is_working(hours, due.at - _INSTANT, off=off):
        return due
    step = -DAY if series.moving is Moving.BEFORE else DAY
    nearby = (local_date + days * step for days in range(1, FARTHEST_MOVE + 1))
    for other in nearby:
        if next_working_date(hours, after=other - DAY, off=off) == other:
            return due_on(series, other)
    return due
