"""SQLite: one connection in one thread, and waiters who share a commit."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, cast

from sqlalchemy import QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from bot.store.failures import (
    TRY_AGAIN,
    StoreRefused,
    StoreUnavailable,
    is_busy,
    is_closed_to_us,
    is_damaged,
    translated,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

    from bot.store.line import Job, Line

SHARE = 64
"""How many may share a commit."""

SHARE_FOR = 0.05
"""Seconds after which a shared commit takes in nobody else: the first one waits for the last."""

START_WAIT = 10
"""Seconds that a start waits for another process's lock."""

LOOK_AGAIN_AFTER = 0.1
"""Seconds that SQLite itself waits for another process's lock before the line is looked at."""

_BEGIN = "BEGIN IMMEDIATE"


def sqlite_engine(
    place: URL, *, synchronous: str = "FULL", wait: float = LOOK_AGAIN_AFTER
) -> Engine:
    """Return an engine whose transactions begin by taking the one lock for writing."""
    engine = create_engine(
        place,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_reset_on_return=None,
        hide_parameters=True,
        # None: the driver begins nothing by itself.
        connect_args={"isolation_level": None, "timeout": wait, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Straight to the driver, which takes a fifth of the time.
        try:
            _driver(connection).execute(_BEGIN)
        except sqlite3.Error as error:
            raise wrapped(error, _BEGIN, connection) from error

    return engine


@contextmanager
def checked_file(engine: Engine, place: URL) -> Iterator[sqlite3.Connection]:
    """Give a bare connection to a file that is whole, or refuse it before anything changes it."""
    try:
        pooled = engine.raw_connection()
        try:
            connection = cast("sqlite3.Connection", pooled.dbapi_connection)
            # While the program starts nobody waits, so others may finish what they are doing.
            connection.execute(f"PRAGMA busy_timeout = {START_WAIT * 1000}")
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise StoreRefused(_damaged(place))
            yield connection
        finally:
            pooled.invalidate()
    except (DBAPIError, sqlite3.Error) as error:
        if is_damaged(error):
            raise StoreRefused(_damaged(place)) from error
        if is_closed_to_us(error):
            raise StoreRefused(
                f"The database file {place.database} cannot be opened and written. Check that its "
                "folder exists, and that Baton may write there."
            ) from error
        raise translated(error) from error


def _damaged(place: URL) -> str:
    return (
        f"The file {place.database} is not a database, or it is damaged. It was left as it is. "
        "Put a backup in its place, or name another file in DATABASE_URL."
    )


class Sqlite:
    """Serves one line from one thread."""

    threads = 1

    def __init__(self, place: URL, *, synchronous: str) -> None:
        self._place = place
        self._engine = sqlite_engine(place, synchronous=synchronous)

    def check(self) -> None:
        with checked_file(self._engine, self._place) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            # A file that can only be read shows itself now, and not with the first task.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")

    def serve(self, line: Line) -> list[Job]:
        """Run what waits, commit it together, and return it with its outcomes."""
        started: list[Job] = []
        try:
            with self._engine.connect() as connection:
                try:
                    transaction = connection.begin()
                except DBAPIError as error:
                    if not is_busy(error):
                        raise
                    line.drop_late()
                    return []
                _run_waiting(connection, line, started)
                transaction.commit()
        except BaseException as error:  # noqa: BLE001  # whatever it is, those who wait must hear
            # Nothing was committed. Whatever state the connection is in, the next gets another.
            self._engine.dispose()
            if not started and (job := line.next()) is not None:
                started.append(job)
            for job in started:
                job.error = translated(error)
        return started

    def dispose(self) -> None:
        self._engine.dispose()


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _run_waiting(connection: Connection, line: Line, started: list[Job]) -> None:
    until = monotonic() + SHARE_FOR
    while len(started) < SHARE and monotonic() < until and (job := line.next()) is not None:
        started.append(job)
        _run(connection, job)


def _run(connection: Connection, job: Job) -> None:
    """Run one job so that its failure leaves its neighbours alone."""
    # Straight to the driver: SQLAlchemy's own savepoints cost as much as three or four statements.
    driver = _driver(connection)
    driver.execute("SAVEPOINT job")
    try:
        job.value = job.work(connection)
        driver.execute("RELEASE job")
    except BaseException as error:  # it belongs to whoever asked for the work
        job.error = translated(error)
        if not driver.in_transaction:
            # A full disk can make SQLite undo everything, the neighbours' work included.
            raise StoreUnavailable(f"The database took everything back. {TRY_AGAIN}") from error
        driver.execute("ROLLBACK TO job")
        driver.execute("RELEASE job")
