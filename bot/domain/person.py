"""Somebody in a workspace: their name, zone and working hours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING, Final, NewType

from bot.domain.absence import Absence, DaysOff
from bot.domain.calendar import (
    WORKING_WEEK,
    Weekday,
    WorkingHours,
    next_start,
    when_may_hear,
    working_date,
)
from bot.domain.zones import country_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

WorkspaceId = NewType("WorkspaceId", str)
"""Slack's `team_id`: every key in the database begins with one."""

UserId = NewType("UserId", str)
"""Slack's user id; unique only together with its workspace."""


OWN_HOLIDAYS: Final = "own"
"""Whose holidays somebody keeps who has not chosen: those of the country their zone is in."""

NO_HOLIDAYS: Final = "none"


PROFILE: Final = (
    "name",
    "handle",
    "real_name",
    "zone",
    "is_bot",
    "is_deleted",
    "is_guest",
    "is_admin",
    "is_external",
    "profile_zone",
)
"""What Slack tells of somebody; the rest is theirs."""


@dataclass(frozen=True)
class Person:
    """A person as Slack describes them, and the hours they themselves have set."""

    id: UserId
    name: str
    """What Slack shows: the display name, else the real name."""
    handle: str = ""
    real_name: str = ""
    zone: str = "UTC"
    """IANA name, from the Slack profile."""
    start: time = time(9)
    end: time = time(18)
    """Not after `start` means on the next calendar day."""
    days: frozenset[Weekday] = field(default=WORKING_WEEK)
    hours_confirmed: bool = False
    """Only the person sets it; until then nothing is held back from them."""
    is_bot: bool = False
    is_deleted: bool = False
    is_guest: bool = False
    is_admin: bool = False
    is_external: bool = False
    """From a connected company: may see and click, but belongs to another workspace."""
    profile_zone: str = ""
    """The zone that the Slack profile names, where it is not the one they are asked by; else ""."""
    zone_kept: bool = False
    """Whether they said that they keep theirs all the same."""
    keeps: str = OWN_HOLIDAYS
    """Whose public holidays they keep: OWN_HOLIDAYS, NO_HOLIDAYS or a country's code, like PH."""
    absences: tuple[Absence, ...] = ()
    """In order; past ones are there for a while."""
    team_dates: frozenset[date] = frozenset()
    """Dates off of the teams that ask them."""

    def looks_like(self, other: Person) -> bool:
        """Say whether Slack says the same of both, whatever they set themselves."""
        return all(getattr(self, name) == getattr(other, name) for name in PROFILE)

    @property
    def hours(self) -> WorkingHours:
        return WorkingHours(zone=self.zone, start=self.start, end=self.end, days=self.days)

    @property
    def country(self) -> str | None:
        """The country whose holidays they keep; None: of none, or of one that nobody knows."""
        if self.keeps == NO_HOLIDAYS:
            return None
        return country_of(self.zone) if self.keeps == OWN_HOLIDAYS else self.keeps

    @property
    def off(self) -> DaysOff:
        """Every day off, for the calendar's functions."""
        return DaysOff(absences=self.absences, dates=self.team_dates, country=self.country)

    @property
    def own_days_off(self) -> DaysOff:
        """Their absences and holidays, without what only one of their teams has off."""
        return DaysOff(absences=self.absences, country=self.country)

    def hears_at(self, now: datetime) -> datetime:
        """Return when a message may reach this person: now, or the start of their next day.

        Before they have set their hours nothing but an absence holds a message back, for that is
        what somebody has said.
        """
        if self.hours_confirmed:
            return when_may_hear(self.hours, now, off=self.off)
        absent = DaysOff(absences=self.absences)
        today = working_date(self.hours, now)
        return next_start(self.hours, after=now, off=absent) if today in absent else now


def called(people: Iterable[Person], text: str) -> list[Person]:
    """Return those living people whom a typed name may mean, by name.

    A handle or a whole name wins; failing that, a word of a name does.
    """
    asked = _folded(text.removeprefix("@"))
    if not asked:
        return []
    whole: list[Person] = []
    part: list[Person] = []
    for person in people:
        if person.is_bot or person.is_deleted:
            continue
        names = [_folded(name) for name in (person.name, person.handle, person.real_name)]
        if asked in names:
            whole.append(person)
        elif any(asked in name.split() for name in names):
            part.append(person)
    return sorted(whole or part, key=lambda person: (person.name.casefold(), person.id))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
