"""What a piece of work sees of the database: one workspace, inside one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.store.absences import Absences
from bot.store.alarms import Alarms
from bot.store.days import Days
from bot.store.huddles import Huddles
from bot.store.people import People
from bot.store.posts import Posts
from bot.store.reactions import Hints, Reactions
from bot.store.scope import Scope
from bot.store.series import SeriesOfTasks
from bot.store.tasks import Tasks
from bot.store.teams import Teams
from bot.store.workspaces import Workspaces

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.domain.person import WorkspaceId


@dataclass(frozen=True)
class Woken:
    """What the committed work has left to do."""

    posts: bool = False
    """Some are to be shown."""
    alarm: datetime | None = None
    """The earliest that was set."""


class Tx:
    """Repositories that see only this workspace's rows, and take and return domain values."""

    def __init__(self, connection: Connection, workspace: WorkspaceId) -> None:
        self._scope = scope = Scope(connection, workspace)
        self.workspace = workspace
        self.workspaces = Workspaces(scope)
        self.people = People(scope)
        self.absences = Absences(scope, self.people)
        self.teams = Teams(scope)
        self.huddles = Huddles(scope)
        self.tasks = Tasks(scope)
        self.series = SeriesOfTasks(scope)
        self.posts = Posts(scope)
        self.alarms = Alarms(scope)
        self.reactions = Reactions(scope)
        self.hints = Hints(scope)
        self.days = Days(scope)

    @property
    def woken(self) -> Woken:
        return Woken(posts=self._scope.wakes_posts, alarm=self._scope.wakes_at)
