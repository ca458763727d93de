"""Reactions as Slack last told of them, and the private hints that were given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, true

from bot.store.schema import hints, reactions
from bot.store.scope import THIS_WORKSPACE, Insert

if TYPE_CHECKING:
    from bot.domain.person import UserId
    from bot.domain.post import ChannelId, MessageTs
    from bot.store.scope import Scope

_STANDING = select(reactions.c.name).where(
    reactions.c.workspace == THIS_WORKSPACE,
    reactions.c.channel == bindparam("in_channel"),
    reactions.c.ts == bindparam("at_ts"),
    reactions.c.person == bindparam("of_person"),
    reactions.c.stands == true(),
)
_PUT = Insert(
    lambda insert: (
        (new := insert(reactions))
        .on_conflict_do_update(
            index_elements=["workspace", "channel", "ts", "person", "name"],
            set_={name: new.excluded[name] for name in ("stands", "event_ts")},
            where=new.excluded.event_ts > reactions.c.event_ts,
        )
        .returning(reactions.c.event_ts)
    )
)
_GIVEN = select(hints.c.person).where(
    hints.c.workspace == THIS_WORKSPACE,
    hints.c.subject == bindparam("of_subject"),
    hints.c.person == bindparam("of_person"),
)
_ONCE = Insert(
    lambda insert: (
        insert(hints)
        .on_conflict_do_nothing(index_elements=["workspace", "subject", "person"])
        .returning(hints.c.person)
    )
)


class Reactions:
    """Which reactions stand on which messages of this workspace."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def put(
        self,
        *,
        channel: ChannelId,
        ts: MessageTs,
        person: UserId,
        name: str,
        stands: bool,
        event_ts: str,
    ) -> bool:
        """Keep what an event says. False: this event, or a newer one, is known already."""
        return self._scope.inserted(
            _PUT,
            channel=channel,
            ts=ts,
            person=person,
            name=name,
            stands=stands,
            event_ts=event_ts,
        )

    def standing(self, channel: ChannelId, ts: MessageTs, person: UserId) -> set[str]:
        rows = self._scope.rows(_STANDING, in_channel=channel, at_ts=ts, of_person=person)
        return {row.name for row in rows}


class Hints:
    """The hints that people of this workspace were given."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def once(self, subject: str, person: UserId) -> bool:
        """Return True the first time, and never again."""
        return self._scope.inserted(_ONCE, subject=subject, person=person)

    def known(self, subject: str, person: UserId) -> bool:
        """Whether `once` was asked about this before."""
        return bool(self._scope.rows(_GIVEN, of_subject=subject, of_person=person))
