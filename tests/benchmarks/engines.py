"""Databases to measure on, as durable as an operator has them, and quick ways to fill them."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from bot.store.migrating import migrate
from tests.databases import Postgres, name_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass
class Engines:
    """Makes databases with the newest schema, on either engine, until all is over."""

    folder: Path
    _postgres: Postgres | None = None
    _templates: dict[str, str] = field(default_factory=dict)
    _made: int = 0

    async def new(self, engine: str) -> str:
        """Return the URL of a database with the newest schema and nothing in it."""
        return self.copy(await self._template(engine))

    def copy(self, url: str) -> str:
        """Return the URL of a copy of a database that nobody uses at the moment."""
        self._made += 1
        if url.startswith(SQLITE):
            path = self.folder / f"bench-{self._made}.db"
            return f"sqlite:///{shutil.copy(_path(url), path)}"
        return self._server().create(template=name_in(url))

    def drop(self, url: str) -> None:
        if url.startswith(SQLITE):
            for suffix in ("", "-wal", "-shm"):
                Path(f"{_path(url)}{suffix}").unlink(missing_ok=True)
        else:
            self._server().drop(url)

    async def _template(self, engine: str) -> str:
        if engine not in self._templates:
            sqlite = f"sqlite:///{self.folder / 'template.db'}"
            url = sqlite if engine == SQLITE else self._server().create()
            await migrate(url)
            self._templates[engine] = url
        return self._templates[engine]

    def _server(self) -> Postgres:
        if self._postgres is None:
            self._postgres = Postgres(Path(tempfile.mkdtemp(prefix="baton-bench-pg-")))
            # For tests nothing is forced to the disk; an operator's server does it.
            with psycopg.connect(self._postgres.url("postgres"), autocommit=True) as connection:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(
                        sql.SQL("ALTER SYSTEM SET {} = 'on'").format(sql.Identifier(setting))
                    )
                connection.execute("SELECT pg_reload_conf()")
        return self._postgres

    def end(self) -> None:
        if self._postgres is not None:
            self._postgres.end()


@contextmanager
def engines() -> Iterator[Engines]:
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        made = Engines(Path(folder))
        try:
            yield made
        finally:
            made.end()


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///")


def fill(url: str, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows straight through the driver, in one transaction."""
    if url.startswith(SQLITE):
        named = ", ".join(f'"{column}"' for column in columns)
        marks = ", ".join("?" * len(columns))
        with sqlite3.connect(_path(url)) as connection:
            connection.executemany(
                f'INSERT INTO "{table}" ({named}) VALUES ({marks})',  # noqa: S608  # no one else's words
                (tuple(map(in_sqlite, row)) for row in rows),
            )
        connection.close()
        return
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with psycopg.connect(url) as server, server.cursor().copy(into) as copy:
        for row in rows:
            copy.write_row([in_postgresql(value) for value in row])


def change(url: str, *statements: str) -> None:
    """Run statements in one transaction; `:name` does not work, values stand in them."""
    if url.startswith(SQLITE):
        with sqlite3.connect(_path(url), timeout=20) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return
    with psycopg.connect(url) as server:
        for statement in statements:
            server.execute(statement.encode())


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    if url.startswith(SQLITE):
        connection = sqlite3.connect(_path(url), timeout=20)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    with psycopg.connect(url) as server:
        return server.execute(query.encode()).fetchall()


def settle(url: str) -> None:
    """Have the engine know what is in its tables, as it does where they grew slowly."""
    if url.startswith(SQLITE):
        change(url, "ANALYZE")
        return
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("VACUUM ANALYZE")


def moment(url: str, instant: datetime) -> str:
    """Return an instant as it stands in a statement."""
    return f"'{in_sqlite(instant)}'" if url.startswith(SQLITE) else f"'{instant.isoformat()}'"


def in_sqlite(value: Any) -> Any:  # noqa: ANN401  # columns are of many types
    """Return a value as Baton keeps it in SQLite."""
    match value:
        case datetime():
            plain = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return plain.isoformat(sep=" ", timespec="microseconds")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat(timespec="microseconds")
    return in_postgresql(value)


def in_postgresql(value: Any) -> Any:  # noqa: ANN401  # likewise
    """Return a value as Baton keeps it in PostgreSQL."""
    return int(value.total_seconds()) if isinstance(value, timedelta) else value


async def in_thread(*work: Any) -> Any:  # noqa: ANN401  # a function and what it is given
    return await asyncio.to_thread(*work)
