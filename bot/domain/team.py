"""A team: the people of one channel who hold a huddle at one local time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from bot.domain.errors import BotError

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.domain.person import UserId
    from bot.domain.post import ChannelId
    from bot.domain.schedule import Schedule

TeamId = NewType("TeamId", int)
"""Counted per workspace from 1, never used twice."""

NAME_LIMIT = 60


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

    def role_of(self, user: UserId) -> Role | None:
        return dict(self.roles).get(user)

    def with_people(self, users: tuple[UserId, ...], role: Role) -> Team:
        """Return the team with these people in this role, whatever they were before."""
        others = tuple(pair for pair in self.roles if pair[0] not in users)
        return self._with_roles(others + tuple((user, role) for user in dict.fromkeys(users)))

    def without_people(self, users: tuple[UserId, ...]) -> Team:
        return self._with_roles(tuple(pair for pair in self.roles if pair[0] not in users))

    def _with_roles(self, roles: tuple[tuple[UserId, Role], ...]) -> Team:
        if not any(role is Role.LEAD for _, role in roles):
            raise BotError(
                f"{self.name} would be left without a lead. "
                "Add another one first: `/baton team add @somebody as lead`."
            )
        return replace(self, roles=roles)
