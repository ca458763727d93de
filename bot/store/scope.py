"""One workspace's rows: every statement that a repository runs goes through here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.compiled import run, run_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection, Table
    from sqlalchemy.sql.base import Executable

    from bot.domain.person import WorkspaceId
    from bot.store.compiled import Outcome

    AnyRow = Any
    """A tuple whose values have the names of their columns."""

THIS_WORKSPACE: BindParameter[str] = bindparam("this_workspace")
"""What every WHERE of a repository compares the workspace with; `Scope` fills it in."""


class Insert:
    """An insert that knows what to do about a row that is there, written for both engines."""

    def __init__(self, build: Callable[[Callable[[Table], sqlite.Insert]], Executable]) -> None:
        # The two constructs have the same methods and no ancestor that has them.
        self._statements = {
            "sqlite": build(sqlite.insert),
            "postgresql": build(cast("Callable[[Table], sqlite.Insert]", postgresql.insert)),
        }

    def for_dialect(self, name: str) -> Executable:
        return self._statements[name]


class Scope:
    """A transaction, seen from one workspace."""

    def __init__(self, connection: Connection, workspace: WorkspaceId) -> None:
        self.connection = connection
        self.workspace = workspace
        self.wakes_posts = False
        """Whether posts were left to be shown."""
        self.wakes_at: datetime | None = None
        """The earliest alarm that was set."""

    def execute(self, statement: Executable, /, **values: Any) -> Outcome:  # noqa: ANN401  # columns are of many types
        values["this_workspace"] = self.workspace
        return run(self.connection, statement, values)

    def rows(self, statement: Executable, /, **values: Any) -> Sequence[AnyRow]:  # noqa: ANN401  # likewise
        return self.execute(statement, **values).rows

    def row(self, statement: Executable, /, **values: Any) -> AnyRow | None:  # noqa: ANN401  # likewise
        return self.execute(statement, **values).first()

    def insert(self, statement: Insert, /, **values: Any) -> Outcome:  # noqa: ANN401  # likewise
        return self.insert_itself(statement, workspace=self.workspace, **values)

    def inserted(self, statement: Insert, /, **values: Any) -> bool:  # noqa: ANN401  # likewise
        """Insert one row; whether it was, as a statement that returns something of it tells."""
        return self.insert(statement, **values).first() is not None

    def insert_itself(self, statement: Insert, /, **values: Any) -> Outcome:  # noqa: ANN401  # likewise
        """Insert the workspace's own row, the only one that is not marked with it."""
        return run(self.connection, statement.for_dialect(self.connection.dialect.name), values)

    def insert_all(self, statement: Executable, rows: Iterable[dict[str, Any]]) -> None:
        several = [{"workspace": self.workspace, **row} for row in rows]
        if len(several) > 1:
            run_many(self.connection, statement, several)
        elif several:
            run(self.connection, statement, several[0])
