"""Somebody in a workspace: their name, zone and working hours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING, NewType

from bot.domain.calendar import WORKING_WEEK, Weekday, WorkingHours, when_may_hear

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

WorkspaceId = NewType("WorkspaceId", str)
"""Slack's `team_id`: every key in the database begins with one."""

UserId = NewType("UserId", str)
"""Slack's user id; unique only together with its workspace."""


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

    @property
    def hours(self) -> WorkingHours:
        return WorkingHours(zone=self.zone, start=self.start, end=self.end, days=self.days)

    def hears_at(self, now: datetime) -> datetime:
        """Return when a message may reach this person: now, or the start of their next day."""
        return when_may_hear(self.hours, now) if self.hours_confirmed else now


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
