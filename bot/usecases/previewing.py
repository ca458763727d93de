"""Seeing ahead: what is to come of the huddles of the teams that somebody means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.errors import BotError
from bot.domain.huddle import HuddleStatus
from bot.domain.preview import checked_days, preview
from bot.domain.team import names_in_words
from bot.usecases import teams
from bot.usecases.huddling import names
from bot.usecases.teams import Elsewhere

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.domain.person import Person, UserId
    from bot.domain.post import ChannelId
    from bot.domain.preview import Preview
    from bot.domain.team import Team
    from bot.store.transaction import Tx

_LOOKED_AT = 2
"""How many of a team's latest huddles can be of a date that is still to come: today's, and one
that a clock which was ahead has recorded."""


@dataclass(frozen=True)
class Coming:
    """All that a team's preview is made of, to be worked out after the transaction."""

    team: Team
    people: dict[UserId, Person]
    pending: datetime | None
    """When the team's alarm rings."""
    held: frozenset[date]

    def preview(self, *, days: int, now: datetime) -> Preview:
        return preview(
            self.team, self.people, pending=self.pending, held=self.held, days=days, now=now
        )


def coming(
    tx: Tx, *, name: str | None, channel: ChannelId, days: int, by: UserId
) -> tuple[Coming, ...]:
    """Return the teams that somebody means and may look at: this channel's, in a DM their own.

    Who lives by which clock and who is away is for the people of a team, and for admins.
    """
    checked_days(days)
    meant = _meant(tx, name=name, channel=channel, by=by)
    person = tx.people.get(by)
    is_admin = person is not None and person.is_admin
    shown = [team for team in meant if is_admin or team.role_of(by) is not None]
    if not shown:
        team = meant[0]
        raise BotError(
            f"Only people of {team.name} can see who is there when. To be added, ask "
            f"{names_in_words(names(tx, team.leads))}."
        )
    return tuple(_coming(tx, team) for team in shown)


def _meant(tx: Tx, *, name: str | None, channel: ChannelId, by: UserId) -> list[Team]:
    several = [] if name is not None else teams.around(tx, channel=channel, by=by)
    return several or [
        teams.choose(tx, name=name, channel=channel, by=by, elsewhere=Elsewhere.THEIR_ONLY_ONE)
    ]


def _coming(tx: Tx, team: Team) -> Coming:
    alarm = tx.alarms.get(AlarmKind.HUDDLE_OPEN, str(team.id))
    return Coming(
        team=team,
        people=tx.people.many(team.members),
        pending=None if alarm is None else alarm.due_at,
        held=frozenset(
            huddle.date
            for huddle in tx.huddles.latest(team.id, _LOOKED_AT)
            if huddle.status is not HuddleStatus.MISSED
        ),
    )
