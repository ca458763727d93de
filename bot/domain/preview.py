"""What is to come of a team's huddles: when each is by its members' clocks, and who has off."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.calendar import DAY
from bot.domain.errors import BotError
from bot.domain.huddle import date_for, kept_occurrence
from bot.domain.schedule import Occurrence, occurrences
from bot.domain.zones import to_local, zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from bot.domain.calendar import WorkingHours
    from bot.domain.person import Person, UserId
    from bot.domain.team import Team
    from bot.domain.zones import Zone

USUAL_DAYS: Final = 14
MOST_DAYS: Final = 60

_SECOND: Final = timedelta(seconds=1)
_NEAR: Final = 3
"""By how many days at most the date that counts for somebody differs from the huddle's."""
_EXAMPLE: Final = "Write it like `/baton huddle preview 14`."


class Fate(StrEnum):
    """What becomes of a date of a team's schedule."""

    HELD = "held"
    PAUSED = "paused"
    TEAM_OFF = "team off"  # a date that the team has off
    NOBODY = "nobody"  # everybody is away or has a holiday


@dataclass(frozen=True)
class Clock:
    """Zones whose clocks agree with one another for all that is shown, and who lives by them."""

    zones: tuple[str, ...]
    """That of the most people first; never empty."""
    people: tuple[UserId, ...]


@dataclass(frozen=True)
class Reading:
    """What one of the other clocks says when a huddle comes."""

    local: datetime
    moved: timedelta = timedelta()
    """How much later that is, against the team's clock, than at the huddle before; zero mostly."""


@dataclass(frozen=True)
class Prompt:
    """One date of the schedule."""

    date: date
    at: datetime
    local: datetime
    """By the team's clock: the scheduled time, except where a clock change skips it."""
    fate: Fate
    readings: tuple[Reading, ...]
    """One for each of the other clocks, in their order."""
    away: tuple[UserId, ...]
    on_holiday: tuple[UserId, ...]


@dataclass(frozen=True)
class Shift:
    """Two clocks move apart: from a date on, a huddle is at another time by one of them."""

    since: date
    """The date on which clocks are changed, where they are."""
    clock: int
    """Which of the other clocks."""
    prompt: Prompt
    """The first huddle that it concerns."""

    @property
    def now(self) -> datetime:
        return self.prompt.readings[self.clock].local

    @property
    def before(self) -> datetime:
        """What that clock would have read without the change."""
        return self.now - self.prompt.readings[self.clock].moved


@dataclass(frozen=True)
class Preview:
    """The dates of a team's schedule from now on, up to and with `last`."""

    team: Team
    last: date
    prompts: tuple[Prompt, ...]
    home: tuple[UserId, ...]
    """The members by whose clocks a huddle is when it is by the team's."""
    others: tuple[Clock, ...]
    """The clocks that differ from the team's, those of the most people first."""
    shifts: tuple[Shift, ...]


def checked_days(days: int) -> int:
    """Return for how many days somebody looks ahead, or refuse."""
    if not 1 <= days <= MOST_DAYS:
        raise BotError(f"I can look 1 to {MOST_DAYS} days ahead. {_EXAMPLE}")
    return days


def preview(
    team: Team,
    people: Mapping[UserId, Person],
    *,
    pending: datetime | None,
    held: Collection[date],
    days: int,
    now: datetime,
) -> Preview:
    """Return what is to come within so many days of the team's calendar, today among them.

    `pending` is when the team's alarm rings: a schedule that was moved to a time already past
    today leaves today's huddle there. `held` are the dates that have their huddle already.
    """
    there = zone(team.schedule.zone)
    today = to_local(there, now).date()
    last = today + (days - 1) * DAY
    found = [
        each
        for each in _occurrences(team, pending=pending, last=last, now=now)
        if each.local_date not in held and each.local_date <= last
    ]
    instants = (now, *(each.at for each in found))
    home, others = _clocks(team, people, instants)
    calendar = _Calendar(
        team, people, [today + number * DAY for number in range(-_NEAR - 1, days + _NEAR + 1)]
    )
    prompts: list[Prompt] = []
    shifts: list[Shift] = []
    before = now
    for each in found:
        away, on_holiday = calendar.off(each)
        fate = calendar.fate(each, len(away) + len(on_holiday))
        readings = tuple(
            Reading(to_local(zone(clock.zones[0]), each.at), _moved(team, clock, before, each.at))
            for clock in others
        )
        prompt = Prompt(
            date=each.local_date,
            at=each.at,
            local=to_local(there, each.at),
            fate=fate,
            readings=readings,
            away=away,
            on_holiday=on_holiday,
        )
        prompts.append(prompt)
        if fate is Fate.HELD:
            shifts += [
                Shift(_since(team, others[number], before, each.at), number, prompt)
                for number, reading in enumerate(readings)
                if reading.moved
            ]
            before = each.at
    return Preview(team, last, tuple(prompts), home, others, tuple(shifts))


def clock_changes(name: str, *, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield each instant after `after`, up to `until`, at which a zone's clocks are changed."""
    there = zone(name)
    start = after.astimezone(UTC).replace(microsecond=0)
    last = until.astimezone(UTC).replace(microsecond=0)
    while start < last:
        end = min(start + DAY, last)
        if _offset(there, start) != _offset(there, end):
            # The first second that has the new offset.
            low, high = start, end
            while high - low > _SECOND:
                middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
                if _offset(there, middle) == _offset(there, end):
                    high = middle
                else:
                    low = middle
            yield high
        start = end


class _Calendar:
    """Who of a team has off when.

    The date that counts for somebody takes long to find, so it is looked for only near their days
    off, and once for all who share their hours.
    """

    def __init__(self, team: Team, people: Mapping[UserId, Person], days: Collection[date]) -> None:
        self._team = team
        self._off: list[tuple[Person, set[date], set[date]]] = []
        for person in (people[user] for user in team.members if user in people):
            off = person.own_days_off
            away = {day for day in days if any(day in absence for absence in off.absences)}
            holidays = {day for day in days if off.is_holiday(day)}
            if away or holidays:
                self._off.append((person, away, holidays - away))

    def off(self, occurrence: Occurrence) -> tuple[tuple[UserId, ...], tuple[UserId, ...]]:
        """Return who is away, and who else has a holiday, by the date that counts for them."""
        dates: dict[WorkingHours, date] = {}
        away: list[UserId] = []
        on_holiday: list[UserId] = []
        near = {occurrence.local_date + days * DAY for days in range(-_NEAR, _NEAR + 1)}
        for person, absent, holidays in self._off:
            if near.isdisjoint(absent) and near.isdisjoint(holidays):
                continue
            if person.hours not in dates:
                dates[person.hours] = date_for(person.hours, occurrence)
            if dates[person.hours] in absent:
                away.append(person.id)
            elif dates[person.hours] in holidays:
                on_holiday.append(person.id)
        return tuple(away), tuple(on_holiday)

    def fate(self, occurrence: Occurrence, off: int) -> Fate:
        if self._team.is_paused_on(occurrence.local_date):
            return Fate.PAUSED
        if occurrence.local_date in self._team.dates_off:
            return Fate.TEAM_OFF
        return Fate.NOBODY if off == len(self._team.members) else Fate.HELD


def _occurrences(
    team: Team, *, pending: datetime | None, last: date, now: datetime
) -> list[Occurrence]:
    # A date ends at latest a day after the clocks of its zone say so.
    until = now + (last - to_local(zone(team.schedule.zone), now).date() + 2 * DAY)
    found = list(occurrences(team.schedule, after=now, until=until))
    kept = None if pending is None or pending <= now else kept_occurrence(team, pending)
    if kept is not None and all(kept.local_date != each.local_date for each in found):
        found.append(kept)
    return sorted(found, key=lambda each: each.at)


def _clocks(
    team: Team, people: Mapping[UserId, Person], instants: Sequence[datetime]
) -> tuple[tuple[UserId, ...], tuple[Clock, ...]]:
    """Return who lives by the team's clock, and the other clocks with theirs."""
    members = [people[user] for user in team.members if user in people]
    zones: defaultdict[str, list[UserId]] = defaultdict(list)
    for person in members:
        zones[person.zone].append(person.id)
    alike: defaultdict[tuple[timedelta, ...], list[str]] = defaultdict(list)
    for name in sorted(zones, key=lambda name: (-len(zones[name]), name)):
        alike[_offsets(name, instants)].append(name)
    at_home = alike.pop(_offsets(team.schedule.zone, instants), [])
    others = [
        Clock(tuple(names), tuple(user for name in names for user in zones[name]))
        for names in alike.values()
    ]
    others.sort(key=lambda clock: (-len(clock.people), clock.zones))
    return tuple(user for name in at_home for user in zones[name]), tuple(others)


def _offsets(name: str, instants: Sequence[datetime]) -> tuple[timedelta, ...]:
    return tuple(_offset(zone(name), instant) for instant in instants)


def _offset(there: Zone, instant: datetime) -> timedelta:
    return to_local(there, instant) - instant.astimezone(UTC).replace(tzinfo=None)


def _apart(team: Team, clock: Clock, instant: datetime) -> timedelta:
    """Return how far a clock is ahead of the team's."""
    return _offset(zone(clock.zones[0]), instant) - _offset(zone(team.schedule.zone), instant)


def _moved(team: Team, clock: Clock, before: datetime, at: datetime) -> timedelta:
    return _apart(team, clock, at) - _apart(team, clock, before)


def _since(team: Team, clock: Clock, before: datetime, at: datetime) -> date:
    """Return the date of the change since which two clocks are as far apart as at `at`."""
    wanted = _apart(team, clock, at)
    changes = [
        (instant, name)
        for name in (team.schedule.zone, clock.zones[0])
        for instant in clock_changes(name, after=before, until=at)
    ]
    instant, name = max(
        change for change in changes if _apart(team, clock, change[0] - _SECOND) != wanted
    )
    return to_local(zone(name), instant).date()
