"""When a huddle takes place: a local time on some weekdays in a zone, as instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

from bot.domain.zones import exists, to_local, to_utc, zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.calendar import Weekday

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Schedule:
    """A local time on certain weekdays, by the clocks of a zone."""

    zone: str
    local_time: time
    weekdays: frozenset[Weekday]


@dataclass(frozen=True)
class Occurrence:
    """One date of a schedule, and the instant at which it comes."""

    local_date: date
    """The scheduled one, also where a skipped time comes after midnight, on the next date."""
    at: datetime


# Many teams meet at the same time, and each is asked about the same few dates several times.
@lru_cache(maxsize=4096)
def occurrence_on(schedule: Schedule, local_date: date) -> Occurrence | None:
    """Return what the schedule holds on this date of its zone's calendar.

    Nothing on any other weekday, nor on a date that the zone went without, as
    Apia did without 30 December 2011.
    """
    if local_date.weekday() not in schedule.weekdays:
        return None
    there = zone(schedule.zone)
    at = to_utc(there, datetime.combine(local_date, schedule.local_time))
    # Only a time that lands on another date can belong to a missing one, so the
    # calendar is hardly ever asked.
    if to_local(there, at).date() != local_date and not exists(there, local_date):
        return None
    return Occurrence(local_date, at)


def occurrences(schedule: Schedule, *, after: datetime, until: datetime) -> Iterator[Occurrence]:
    """Yield what comes after `after` and not after `until`, in the order in which it comes.

    Consecutive intervals share nothing and leave nothing out, so a heartbeat may
    ask from its last beat to this one, however far apart they are.
    """
    there = zone(schedule.zone)
    # A skipped time may come on the date after its own, and a clock turned back at midnight may
    # read a date whose successor has already begun: hence one date more at both ends. They stay
    # in order, because no clock change that leaves both dates standing is as long as a day.
    first = to_local(there, after).date() - _DAY
    last = to_local(there, until).date() + _DAY
    for days in range((last - first).days + 1):
        occurrence = occurrence_on(schedule, first + days * _DAY)
        if occurrence and after < occurrence.at <= until:
            yield occurrence


def next_occurrence(schedule: Schedule, *, after: datetime) -> Occurrence | None:
    """Return the first occurrence after `after`; nothing only when there are no weekdays."""
    if not schedule.weekdays:
        return None
    first = to_local(zone(schedule.zone), after).date() - _DAY
    every_date = (occurrence_on(schedule, first + days * _DAY) for days in count())
    return next(found for found in every_date if found and found.at > after)
