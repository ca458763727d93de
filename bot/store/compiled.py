"""Statements that are compiled once, and from then on run by the driver itself.

To look a compiled statement up and to wrap what comes back takes SQLAlchemy several times as long
as the database works. What a statement says, and what types do to values, still is SQLAlchemy's.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Select

from bot.store.failures import DRIVER_ERRORS, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import BindParameter, ClauseElement, Connection, Dialect, UpdateBase
    from sqlalchemy.sql.base import Executable
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine

    from bot.store.scope import AnyRow

    _Process = Callable[[Any], Any] | None
    """What a type does to a value on its way; None: nothing."""

MOST_STATEMENTS = 1_024
"""So many are remembered; there are about two hundred, and a few sizes of some."""


@dataclass(frozen=True)
class Outcome:
    """What a statement did."""

    rows: Sequence[AnyRow]
    """What it returned, all of it."""
    rowcount: int
    """How many rows it changed."""

    def first(self) -> AnyRow | None:
        return self.rows[0] if self.rows else None

    def one(self) -> AnyRow:
        [row] = self.rows
        return row

    def scalar(self) -> Any:  # noqa: ANN401  # columns are of many types
        """Return the first value of the first row, or None."""
        return self.rows[0][0] if self.rows else None

    def scalar_one(self) -> Any:  # noqa: ANN401  # likewise
        return self.one()[0]


class Compiled:
    """A statement as one engine takes it: its text, how values go in, and how rows come out."""

    def __init__(self, statement: Executable, dialect: Dialect, keys: Sequence[str]) -> None:
        # An insert and an update are about those columns of which they are given values.
        compiled = cast(
            "SQLCompiler",
            cast("ClauseElement", statement).compile(dialect=dialect, column_keys=list(keys)),
        )
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        self.text = compiled.string
        self.is_whole = not any(bind.expanding for bind in binds.values())
        """Whether its text is the same whatever it is given, as it is not with a list for an IN."""
        self._is_by_place = compiled.positional
        # What the statement itself says goes in as it is, once for all.
        self._fixed = {
            name: _written(bind, dialect)
            for name, bind in binds.items()
            if bind.key not in keys and not bind.required
        }
        self._slots = [
            (name, name, None)
            if name in self._fixed
            else (name, binds[name].key, _inwards(binds[name], dialect))
            for name in (compiled.positiontup or binds)
        ]
        columns = (
            statement.column_descriptions
            if isinstance(statement, Select)
            else cast("UpdateBase", statement).returning_column_descriptions
        )
        # What has no name that can be one of Python's gets its place for a name.
        names = [column["name"] or "" for column in columns]
        row = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024  # the names are known only now
        self._make: Callable[[Iterable[Any]], AnyRow] = row._make
        self._outwards = [
            (place, process)
            for place, column in enumerate(columns)
            if (process := _outwards(column["type"], dialect)) is not None
        ]

    def given(self, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        """Return values as the driver takes them: by place or by name."""
        filled = {**self._fixed, **values}
        if self._is_by_place:
            return [
                filled[key] if process is None else process(filled[key])
                for _, key, process in self._slots
            ]
        return {
            name: filled[key] if process is None else process(filled[key])
            for name, key, process in self._slots
        }

    def read(self, rows: Sequence[Sequence[Any]]) -> Sequence[AnyRow]:
        """Return rows as the columns' types have them."""
        if not self._outwards:
            return [self._make(row) for row in rows]
        found = []
        for row in rows:
            values = list(row)
            for place, process in self._outwards:
                values[place] = process(values[place])
            found.append(self._make(values))
        return found


def _inwards(bind: BindParameter[Any], dialect: Dialect) -> _Process:
    return bind.type.dialect_impl(dialect).bind_processor(dialect)


def _outwards(kind: TypeEngine[Any], dialect: Dialect) -> _Process:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _written(bind: BindParameter[Any], dialect: Dialect) -> Any:  # noqa: ANN401  # of many types
    """Return a value that is part of the statement."""
    process = _inwards(bind, dialect)
    return bind.value if process is None else process(bind.value)


_compiled = lru_cache(MOST_STATEMENTS)(Compiled)


def run(connection: Connection, statement: Executable, values: Mapping[str, Any]) -> Outcome:
    """Run a statement in the transaction of this connection, and return all that comes of it."""
    compiled = _compiled(statement, connection.dialect, tuple(values))
    if not compiled.is_whole:
        result = connection.execute(statement, values)
        return Outcome(result.all() if result.returns_rows else (), result.rowcount)
    given = compiled.given(values)
    try:
        cursor = _driver(connection).execute(compiled.text, given)
        rows = () if cursor.description is None else compiled.read(cursor.fetchall())
    except DRIVER_ERRORS as error:
        raise wrapped(error, compiled.text, connection) from error
    return Outcome(rows, cursor.rowcount)


def run_many(
    connection: Connection, statement: Executable, several: Sequence[Mapping[str, Any]]
) -> None:
    """Run a statement that returns nothing once for each of these values, which all have a name."""
    compiled = _compiled(statement, connection.dialect, tuple(several[0]))
    given = [compiled.given(values) for values in several]
    try:
        _driver(connection).cursor().executemany(compiled.text, given)
    except DRIVER_ERRORS as error:
        raise wrapped(error, compiled.text, connection) from error


def _driver(connection: Connection) -> Any:  # noqa: ANN401  # either driver's, and both have these methods
    return connection.connection.driver_connection
