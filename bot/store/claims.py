"""Which process publishes for which workspace, without anybody comparing clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NewType

from sqlalchemy import (
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from bot.domain.alarm import AlarmKind
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import PostKind, PostState
from bot.store.compiled import run
from bot.store.schema import posts, processes, workspaces
from bot.store.transaction import Tx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.store.database import Store
    from bot.store.scope import AnyRow

ProcessId = NewType("ProcessId", str)
"""One life of one process: who was buried and comes back takes another one."""


@dataclass(frozen=True)
class ClaimedWorkspace:
    """A workspace that this process publishes for, and who Baton is there."""

    id: WorkspaceId
    bot_id: str
    bot_user: UserId


# SQLite uses a partial index only where the statement repeats its condition without parameters.
IS_PENDING = and_(
    posts.c.state == literal_column(f"'{PostState.LIVE}'"), posts.c.shown < posts.c.wanted
)

LONGEST_DELAY = timedelta(seconds=60)
"""No post is put off for longer at a time."""

parents = posts.alias("parents")
POSTS_AND_PARENTS = posts.outerjoin(
    parents, and_(parents.c.workspace == posts.c.workspace, parents.c.id == posts.c.parent)
)
MAY_BE_SHOWN = and_(
    IS_PENDING,
    # One further ahead than any we set is from before somebody set the clock back.
    or_(
        posts.c.retry_at.is_(None),
        posts.c.retry_at <= bindparam("now"),
        posts.c.retry_at > bindparam("longest_delay"),
    ),
    # A reply waits for the message it replies to, unless that one will never be there.
    or_(
        posts.c.parent.is_(None),
        parents.c.id.is_(None),
        parents.c.ts.is_not(None),
        parents.c.state != PostState.LIVE,
    ),
)

_REGISTER = insert(processes)
_BEAT = update(processes).where(processes.c.id == bindparam("me")).values(beat=processes.c.beat + 1)
_BEATS = select(processes.c.id, processes.c.beat)
_ALIVE = (
    select(processes.c.id)
    .where(processes.c.id == bindparam("me"))
    .with_for_update(read=True, key_share=True)
)
_DEAD = (
    select(processes.c.id)
    .where(processes.c.id == bindparam("dead"), processes.c.beat == bindparam("seen"))
    .with_for_update(skip_locked=True)
)
_FORGET = delete(processes).where(processes.c.id == bindparam("gone"))

_waiting = (
    select(
        posts.c.workspace,
        func.max(case((posts.c.urgent, 1), else_=0)).label("urgent"),
    )
    .select_from(POSTS_AND_PARENTS)
    .where(MAY_BE_SHOWN)
    .group_by(posts.c.workspace)
    .subquery("waiting")
)
_UNCLAIMED = (
    select(workspaces.c.id, workspaces.c.bot_id, workspaces.c.bot_user)
    .select_from(_waiting.join(workspaces, workspaces.c.id == _waiting.c.workspace))
    .where(workspaces.c.claimed_by.is_(None))
    .order_by(_waiting.c.urgent.desc(), workspaces.c.id)
    .limit(bindparam("most"))
    # The weaker lock: it does not exclude those who insert rows that refer to the workspace.
    .with_for_update(of=workspaces, skip_locked=True, key_share=True)
)
_CLAIM = (
    update(workspaces)
    .where(workspaces.c.id.in_(bindparam("these", expanding=True)))
    .values(claimed_by=bindparam("me"))
)
_RELEASE = (
    update(workspaces)
    .where(
        workspaces.c.id.in_(bindparam("these", expanding=True)),
        workspaces.c.claimed_by == bindparam("me"),
    )
    .values(claimed_by=None)
)
_RELEASE_ALL = (
    update(workspaces)
    .where(workspaces.c.claimed_by == bindparam("gone"))
    .values(claimed_by=None)
    .returning(workspaces.c.id)
)

_IN_FLIGHT = select(posts).where(
    posts.c.workspace.in_(bindparam("these", expanding=True)),
    IS_PENDING,
    or_(posts.c.attempts > 0, posts.c.ts.is_not(None), posts.c.kind == PostKind.HOME),
)


class Claims:
    """Claims on workspaces, good as long as the beat of the process that holds them goes on.

    Others watch that beat on their own monotonic clocks, and bury a process whose beat has
    stood still for a lease.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def register(self, process: ProcessId) -> None:
        """Begin a life under an id that was never used before."""
        await self._store.door(lambda connection: run(connection, _REGISTER, {"id": process}))

    async def beat(self, process: ProcessId) -> bool:
        """Show that this process lives. False: the others have buried it, its claims are gone."""

        def work(connection: Connection) -> bool:
            return run(connection, _BEAT, {"me": process}).rowcount == 1

        return await self._store.door(work)

    async def beats(self) -> dict[ProcessId, int]:
        """Return how far every process has counted."""

        def work(connection: Connection) -> dict[ProcessId, int]:
            return {ProcessId(row.id): row.beat for row in run(connection, _BEATS, {}).rows}

        return await self._store.door(work)

    async def bury(
        self, process: ProcessId, *, seen: int, again_at: datetime, now: datetime
    ) -> list[WorkspaceId]:
        """Take the claims from a process that still is at the beat it was `seen` at for a lease.

        What it may have had in flight is shown again at `again_at`: a request that it sent just
        before it died can be under way for a while.
        """

        def work(connection: Connection) -> list[WorkspaceId]:
            if run(connection, _DEAD, {"dead": process, "seen": seen}).first() is None:
                return []
            orphans = [WorkspaceId(row.id) for row in _leave(connection, process)]
            if orphans:
                for row in run(connection, _IN_FLIGHT, {"these": orphans}).rows:
                    Tx(connection, WorkspaceId(row.workspace)).alarms.set(
                        AlarmKind.POST_AGAIN, row.id, due_at=again_at, after=now
                    )
            return orphans

        return await self._store.door(work)

    async def unregister(self, process: ProcessId) -> None:
        """End a life in order: nothing is in flight, and others may claim what it had at once."""
        await self._store.door(lambda connection: _leave(connection, process))

    async def claim(
        self, process: ProcessId, *, limit: int, now: datetime
    ) -> list[ClaimedWorkspace]:
        """Claim workspaces in which something waits, those first in which a person waits."""

        def work(connection: Connection) -> list[ClaimedWorkspace]:
            if run(connection, _ALIVE, {"me": process}).first() is None:
                return []
            found = run(connection, _UNCLAIMED, {**at(now), "most": limit}).rows
            if found:
                these = [row.id for row in found]
                run(connection, _CLAIM, {"me": process, "these": these})
            return [
                ClaimedWorkspace(WorkspaceId(row.id), row.bot_id, UserId(row.bot_user))
                for row in found
            ]

        return await self._store.door(work)

    async def release(self, process: ProcessId, these: Iterable[WorkspaceId]) -> None:
        """Let go of workspaces in which nothing waits; the caller claims once more to be sure."""
        values = {"me": process, "these": list(these)}
        await self._store.door(lambda connection: run(connection, _RELEASE, values))


def at(now: datetime) -> dict[str, datetime]:
    """Return what `MAY_BE_SHOWN` compares with."""
    return {"now": now, "longest_delay": now + LONGEST_DELAY}


def _leave(connection: Connection, process: ProcessId) -> Sequence[AnyRow]:
    orphans = run(connection, _RELEASE_ALL, {"gone": process}).rows
    run(connection, _FORGET, {"gone": process})
    return orphans
