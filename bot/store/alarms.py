"""The alarms of a workspace, and the narrow door through which the heartbeat sees all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select, update

from bot.domain.alarm import Alarm, AlarmKind
from bot.domain.person import WorkspaceId
from bot.store.compiled import run
from bot.store.failures import Stale
from bot.store.schema import alarms
from bot.store.scope import THIS_WORKSPACE, Insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.store.scope import AnyRow, Scope

_THIS = (
    alarms.c.workspace == THIS_WORKSPACE,
    alarms.c.kind == bindparam("of_kind"),
    alarms.c.subject == bindparam("of_subject"),
)
_GET = select(alarms).where(*_THIS)
_OF_KIND = (
    select(alarms)
    .where(alarms.c.workspace == THIS_WORKSPACE, alarms.c.kind == bindparam("of_kind"))
    .order_by(alarms.c.due_at, alarms.c.subject)
)
_KEY = ["workspace", "kind", "subject"]
_SET = Insert(
    lambda insert: (
        (new := insert(alarms))
        .on_conflict_do_update(
            index_elements=_KEY,
            set_={
                "due_at": new.excluded.due_at,
                "after": new.excluded.after,
                "version": alarms.c.version + 1,
            },
        )
        .returning(alarms.c.version)
    )
)
_ADD = Insert(
    lambda insert: (
        insert(alarms).on_conflict_do_nothing(index_elements=_KEY).returning(alarms.c.version)
    )
)
_SET_SEEN = (
    update(alarms)
    .where(*_THIS, alarms.c.version == bindparam("seen"))
    .values(version=alarms.c.version + 1)
    .returning(alarms.c.version)
)
_CANCEL = delete(alarms).where(*_THIS)
_CANCEL_SEEN = _CANCEL.where(alarms.c.version == bindparam("seen"))

# In the order of the index and no other: thousands may be due at one minute, and to put all of them
# in an order each time a few are asked for would cost more than to ring them.
_DUE = (
    select(alarms)
    .where(alarms.c.due_at <= bindparam("now"))
    .order_by(alarms.c.due_at)
    .limit(bindparam("limit"))
)
_NEXT_DUE = select(func.min(alarms.c.due_at))


class Alarms:
    """The alarms of this workspace: at most one per kind and subject.

    What was read here is changed only as it was read: when another process changed the alarm
    meanwhile, the whole work is run again. So a tick reads its alarm first, looks whether it is
    still due, and then sets or cancels it.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._seen: dict[tuple[AlarmKind, str], int | None] = {}

    def get(self, kind: AlarmKind, subject: str) -> Alarm | None:
        row = self._scope.row(_GET, of_kind=kind, of_subject=subject)
        self._seen[kind, subject] = None if row is None else row.version
        return None if row is None else alarm_from(row)

    def set(self, kind: AlarmKind, subject: str, *, due_at: datetime, after: datetime) -> None:
        """Have this looked at again at `due_at`; everything up to `after` has been dealt with."""
        key = (kind, subject)
        if key not in self._seen:
            done = self._scope.insert(_SET, kind=kind, subject=subject, due_at=due_at, after=after)
        elif (seen := self._seen[key]) is None:
            done = self._scope.insert(_ADD, kind=kind, subject=subject, due_at=due_at, after=after)
        else:
            done = self._scope.execute(
                _SET_SEEN, of_kind=kind, of_subject=subject, seen=seen, due_at=due_at, after=after
            )
        version = done.scalar()
        if version is None:
            raise Stale
        self._seen[key] = version
        earliest = self._scope.wakes_at
        self._scope.wakes_at = due_at if earliest is None else min(earliest, due_at)

    def begin(self, kind: AlarmKind, subject: str, *, due_at: datetime, after: datetime) -> None:
        """Have this looked at at `due_at`, unless it is to be looked at anyway."""
        if self._seen.get((kind, subject)) is not None:
            return
        done = self._scope.insert(_ADD, kind=kind, subject=subject, due_at=due_at, after=after)
        if done.scalar() is not None:
            earliest = self._scope.wakes_at
            self._scope.wakes_at = due_at if earliest is None else min(earliest, due_at)

    def of_kind(self, kind: AlarmKind) -> list[Alarm]:
        """Return all alarms of a kind, the first due first."""
        return [alarm_from(row) for row in self._scope.rows(_OF_KIND, of_kind=kind)]

    def cancel(self, kind: AlarmKind, subject: str) -> None:
        """Have this not looked at again; nothing happens when it was not to be."""
        seen = self._seen.get((kind, subject))
        if seen is None:
            self._scope.execute(_CANCEL, of_kind=kind, of_subject=subject)
        elif not self._scope.execute(
            _CANCEL_SEEN, of_kind=kind, of_subject=subject, seen=seen
        ).rowcount:
            raise Stale
        self._seen[kind, subject] = None


def due_alarms(connection: Connection, now: datetime, *, limit: int) -> list[Alarm]:
    return [alarm_from(row) for row in run(connection, _DUE, {"now": now, "limit": limit}).rows]


def next_due_at(connection: Connection) -> datetime | None:
    earliest: datetime | None = run(connection, _NEXT_DUE, {}).scalar()
    return earliest


def alarm_from(row: AnyRow) -> Alarm:
    return Alarm(
        workspace=WorkspaceId(row.workspace),
        kind=AlarmKind(row.kind),
        subject=row.subject,
        due_at=row.due_at,
        after=row.after,
    )
