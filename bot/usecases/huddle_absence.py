"""Who is away on the day of a huddle: no prompt, no line, and never counted as missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.huddle import HuddleStatus, away_on
from bot.domain.post import PostKind
from bot.domain.schedule import Occurrence

if TYPE_CHECKING:
    from bot.domain.person import Person, UserId
    from bot.domain.team import Team
    from bot.store.transaction import Tx

_LOOKED_AT = 2
"""How many huddles of a team an absence can still concern: today's, and one opened for a date
that has begun elsewhere."""


def away_from(tx: Tx, team: Team, occurrence: Occurrence) -> tuple[UserId, ...]:
    """Return the members of a team who are away on a huddle's day."""
    return away_on(team, tx.people.many(team.members), occurrence)


def refresh(tx: Tx, person: Person) -> None:
    """Show in the open huddles of somebody's teams whether they are away now."""
    for team in tx.teams.of_person(person.id):
        for huddle in tx.huddles.latest(team.id, _LOOKED_AT):
            if huddle.status is not HuddleStatus.OPEN:
                continue
            away = away_from(tx, team, Occurrence(huddle.date, huddle.due_at))
            if away != huddle.away:
                tx.huddles.save(huddle.with_away(away))
                tx.posts.bump(PostKind.HUDDLE, huddle.subject)
