"""A team: the people of one channel who hold a huddle at one local time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from bot.domain.errors import BotError
from bot.domain.quotation import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from bot.domain.person import Person, UserId
    from bot.domain.post import ChannelId
    from bot.domain.schedule import Schedule

TeamId = NewType("TeamId", int)
"""Counted per workspace from 1, never used twice."""

NAME_LIMIT = 60

_QUOTES = (
    "\"'`\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
)


class BadName(BotError):
    """A team cannot have that name; the sentence says which it can."""


class BadPeople(BotError):
    """Somebody cannot be in a team."""


class NotALead(BotError):
    """Only a lead of the team or an admin of the workspace may do that."""


class Role(StrEnum):
    """What somebody is in a team."""

    MEMBER = "member"  # is asked
    LEAD = "lead"  # is asked, and may change the team
    OBSERVER = "observer"  # reads, and is never asked


@dataclass(frozen=True)
class Team:
    """A team as its leads set it up."""

    id: TeamId
    name: str
    channel: ChannelId
    schedule: Schedule
    roles: tuple[tuple[UserId, Role], ...]
    created_at: datetime
    paused: bool = False
    paused_until: date | None = None
    """The first local date with a huddle again; None pauses until somebody resumes."""
    deleted_at: datetime | None = None
    dates_off: frozenset[date] = frozenset()
    """Dates on which its people have off, beside everybody's own holidays."""

    @property
    def members(self) -> tuple[UserId, ...]:
        """Those who are asked, leads among them, in the order they joined."""
        return tuple(user for user, role in self.roles if role is not Role.OBSERVER)

    @property
    def leads(self) -> tuple[UserId, ...]:
        return tuple(user for user, role in self.roles if role is Role.LEAD)

    @property
    def observers(self) -> tuple[UserId, ...]:
        return tuple(user for user, role in self.roles if role is Role.OBSERVER)

    def is_paused_on(self, local_date: date) -> bool:
        """Say whether no huddle is held on this date."""
        return self.paused and (self.paused_until is None or local_date < self.paused_until)

    def role_of(self, user: UserId) -> Role | None:
        return dict(self.roles).get(user)

    def with_people(self, users: tuple[UserId, ...], role: Role) -> Team:
        """Return the team with these people in this role, whatever they were before."""
        others = tuple(pair for pair in self.roles if pair[0] not in users)
        return self._with_roles(others + tuple((user, role) for user in dict.fromkeys(users)))

    def without_people(self, users: tuple[UserId, ...]) -> Team:
        return self._with_roles(tuple(pair for pair in self.roles if pair[0] not in users))

    def with_members(self, users: Sequence[UserId]) -> Team:
        """Return the team with exactly these people being asked; leads among them stay leads.

        Observers who are not among them stay observers.
        """
        known = dict(self.roles)
        asked = tuple(
            (user, Role.LEAD if known.get(user) is Role.LEAD else Role.MEMBER)
            for user in dict.fromkeys(users)
        )
        return self._with_roles(
            asked + tuple((user, Role.OBSERVER) for user in self.observers if user not in users)
        )

    def _with_roles(self, roles: tuple[tuple[UserId, Role], ...]) -> Team:
        if not any(role is Role.LEAD for _, role in roles):
            raise BadPeople(
                f"{self.name} would be left without a lead. "
                "Add another one first: `/baton team add @somebody as lead`."
            )
        return replace(self, roles=roles)


def clean_name(text: str) -> str:
    """Return a team's name as it is kept: one line, without quotation marks around it."""
    name = " ".join(text.split()).strip(_QUOTES).strip()
    if not name:
        raise BadName("A team needs a name, such as Manila.")
    if len(name) > NAME_LIMIT:
        raise BadName(
            f"{quoted(name)} is too long: a team's name has at most {NAME_LIMIT} characters. "
            "Shorten it."
        )
    return name


def joins_by_itself(person: Person) -> bool:
    """Say whether somebody is a member of their channel's team without being named."""
    return not (person.is_bot or person.is_deleted or person.is_external)


def refuse_unfit(people: Iterable[Person]) -> None:
    """Refuse whoever could never answer a huddle."""
    for person in people:
        if person.is_bot:
            raise BadPeople(f"{person.name} is a bot, and a team has people only. Leave it out.")
        if person.is_deleted:
            raise BadPeople(
                f"{person.name} is deactivated in this workspace. Leave them out, or ask an admin "
                "to activate them first."
            )


def must_lead(team: Team, person: Person | None, *, leads: Sequence[str]) -> None:
    """Refuse whoever may not change the team; `leads` are the names of those who may."""
    if person is not None and (team.role_of(person.id) is Role.LEAD or person.is_admin):
        return
    raise NotALead(f"Only a lead can change {team.name}. Ask {names_in_words(leads)}.")


def names_in_words(names: Sequence[str]) -> str:
    """Return names as a choice: "Ana, Ben or Joy"."""
    *others, last = names or ("a workspace admin",)
    return f"{', '.join(others)} or {last}" if others else last
