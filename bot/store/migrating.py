"""Bring a database to the schema of this program, step by step, one process at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError

import bot
from bot.store.address import address, is_sqlite
from bot.store.failures import StoreRefused, StoreUnavailable, is_busy, translated
from bot.store.postgresql import unreachable
from bot.store.schema import metadata
from bot.store.sqlite import checked_file, sqlite_engine

if TYPE_CHECKING:
    import sqlite3

    import psycopg
    from sqlalchemy import URL, Connection, Engine

LOCK_NUMBER = 0x42_61_74_6F_6E
"""PostgreSQL's advisory lock that only one migrating process holds."""

WAIT = 30
"""Seconds to wait for another process that migrates, or for the locks on its tables."""

EMPTY = "nothing"


async def migrate(url: str) -> tuple[str, str]:
    """Bring the database to the newest schema; return from which to which."""
    return await asyncio.to_thread(_migrate, address(url))


async def schema_version(url: str) -> tuple[str, str]:
    """Return the database's schema and the newest one; changes nothing, creates nothing."""
    return await asyncio.to_thread(_schema_version, address(url))


def engine_for(place: URL) -> Engine:
    """Return an engine for migrations: patient, and serialised with other processes."""
    if is_sqlite(place):
        engine = sqlite_engine(place, wait=WAIT)

        @event.listens_for(engine, "connect")
        def prepare_file(connection: sqlite3.Connection, _record: object) -> None:
            # Copying a table, as SQLite needs for many changes, drops what others refer to.
            connection.execute("PRAGMA foreign_keys = OFF")

        return engine
    engine = create_engine(place, poolclass=NullPool, connect_args={"connect_timeout": 5})

    @event.listens_for(engine, "connect")
    def prepare_server(connection: psycopg.Connection, _record: object) -> None:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute(f"SET lock_timeout = '{WAIT}s'")
        connection.execute("SET statement_timeout = '10min'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_NUMBER})")

    return engine


def _config() -> Config:
    config = Config()
    # A percent sign in a path would be read as an interpolation.
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


def _folder() -> Path:
    """Return where the migrations are: inside an installed package, beside it in a checkout."""
    package = Path(bot.__file__).parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def _migrate(place: URL) -> tuple[str, str]:
    config = _config()
    script = ScriptDirectory.from_config(config)
    engine = engine_for(place)
    try:
        if is_sqlite(place):
            with checked_file(engine, place):
                pass
        first = None
        while True:
            # One transaction for each migration. It begins by taking the lock, and only then
            # looks how far another process has come.
            with engine.begin() as connection:
                current = _current(connection, script)
                first = first or current
                following = _following(script, current)
                if following is None:
                    return first, current
                config.attributes["connection"] = connection
                command.upgrade(config, following)
                _check_references(connection)
    except DBAPIError as error:
        raise _told(error, place) from error
    finally:
        engine.dispose()


def _schema_version(place: URL) -> tuple[str, str]:
    script = ScriptDirectory.from_config(_config())
    head = script.get_current_head() or EMPTY
    if is_sqlite(place) and not Path(str(place.database)).exists():
        return EMPTY, head
    engine = engine_for(place)
    try:
        if is_sqlite(place):
            with checked_file(engine, place):
                pass
        with engine.connect() as connection:
            return _current(connection, script), head
    except DBAPIError as error:
        raise _told(error, place) from error
    finally:
        engine.dispose()


def _current(connection: Connection, script: ScriptDirectory) -> str:
    """Return the schema that is there, or refuse one that this program does not know."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        ours = set(metadata.tables) & set(inspect(connection).get_table_names())
        if ours:
            raise StoreRefused(
                f"The database holds tables that are not Baton's ({', '.join(sorted(ours))}). "
                "Name an empty database in DATABASE_URL."
            )
        return EMPTY
    if current not in {revision.revision for revision in script.walk_revisions()}:
        raise StoreRefused(
            f"The database has the schema {current}, which this Baton does not know; its newest "
            f"is {script.get_current_head()}. Start the newer Baton that made it, or put back "
            "the backup made before it."
        )
    return current


def _following(script: ScriptDirectory, current: str) -> str | None:
    lower = "base" if current == EMPTY else current
    steps = [revision.revision for revision in script.iterate_revisions("head", lower)]
    return steps[-1] if steps else None


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise StoreRefused(
                f"A row of {broken[0]} refers to a row of {broken[2]} that is not there, so the "
                "database was not migrated. Put back a backup."
            )


def _told(error: DBAPIError, place: URL) -> BaseException:
    if is_busy(error):
        return StoreUnavailable("Another process holds the database. Stop it, then try again.")
    if not is_sqlite(place) and error.statement is None:
        return unreachable(error, place)
    return translated(error)
