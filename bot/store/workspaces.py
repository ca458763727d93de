"""The workspace itself: who Baton is there, and the numbers it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.person import UserId, WorkspaceId
from bot.domain.workspace import Workspace
from bot.store.schema import workspaces
from bot.store.scope import THIS_WORKSPACE, Insert

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.scope import Scope

_HERE = workspaces.c.id == THIS_WORKSPACE
_GET = select(workspaces).where(_HERE)
_PROFILE = ("name", "bot_id", "bot_user", "zone_data")
_SAVE = Insert(
    lambda insert: (new := insert(workspaces)).on_conflict_do_update(
        index_elements=["id"], set_={name: new.excluded[name] for name in _PROFILE}
    )
)
_NEXT_TASK = (
    update(workspaces)
    .where(_HERE)
    .values(next_task=workspaces.c.next_task + 1)
    .returning(workspaces.c.next_task - 1)
)
_TASK_BACK = update(workspaces).where(_HERE).values(next_task=workspaces.c.next_task - 1)
_NEXT_TEAM = (
    update(workspaces)
    .where(_HERE)
    .values(next_team=workspaces.c.next_team + 1)
    .returning(workspaces.c.next_team - 1)
)
_HEARD_AT = select(workspaces.c.heard_at).where(_HERE)
_HEARD = update(workspaces).where(_HERE).values(heard_at=bindparam("at"))


class Workspaces:
    """The one row of this workspace, to which all its others belong."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def get(self) -> Workspace | None:
        row = self._scope.row(_GET)
        if row is None:
            return None
        return Workspace(
            id=WorkspaceId(row.id),
            name=row.name,
            bot_id=row.bot_id,
            bot_user=UserId(row.bot_user),
            zone_data=row.zone_data,
        )

    def save(self, workspace: Workspace) -> None:
        if workspace.id != self._scope.workspace:
            raise ValueError(f"{workspace.id} cannot be saved from inside {self._scope.workspace}")
        self._scope.insert_itself(
            _SAVE,
            id=workspace.id,
            name=workspace.name,
            bot_id=workspace.bot_id,
            bot_user=workspace.bot_user,
            zone_data=workspace.zone_data,
        )

    def heard_at(self) -> datetime | None:
        """Return up to when nothing that Slack tells of was missed; None: it never was heard."""
        heard_at: datetime | None = self._scope.execute(_HEARD_AT).scalar()
        return heard_at

    def heard(self, at: datetime) -> None:
        self._scope.execute(_HEARD, at=at)

    def next_task(self) -> int:
        """Take a task number. Others wait for theirs until this transaction ends: take it late."""
        return int(self._scope.execute(_NEXT_TASK).scalar_one())

    def give_task_back(self) -> None:
        """Return the number just taken, which nobody else can have seen yet."""
        self._scope.execute(_TASK_BACK)

    def next_team(self) -> int:
        return int(self._scope.execute(_NEXT_TEAM).scalar_one())
