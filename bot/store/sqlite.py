"""SQLite: one connection in one thread, and waiters who share a commit."""

from __future__ import annotations

import sqlite3
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from bot.store.failures import StoreRefused, StoreUnavailable, is_busy, is_damaged, translated

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

    from bot.store.line import Job, Line

SHARE = 64
"""How many may share a commit."""

SHARE_FOR = 0.05
"""Seconds after which a shared commit takes in nobody else: the first one waits for the last."""

LOOK_AGAIN_AFTER = 0.1
"""Seconds that SQLite itself waits for another process's lock before the line is looked at."""


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
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def check_file(engine: Engine, place: URL) -> None:
    """Refuse a file that is no database or a damaged one, before anything changes it."""
    try:
        connection = engine.raw_connection()
        try:
            (found,) = connection.cursor().execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except (DBAPIError, sqlite3.Error) as error:
        raise _refused(error, place) from None
    if found != "ok":
        raise StoreRefused(_damaged(place))


def _refused(error: DBAPIError | sqlite3.Error, place: URL) -> BaseException:
    if is_damaged(error):
        return StoreRefused(_damaged(place))
    told = translated(error)
    if "unable to open" in str(error):
        return StoreRefused(
            f"The database file {place.database} cannot be opened or created. Check that its "
            "folder exists and that Baton may write there."
        )
    return told


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
        check_file(self._engine, self._place)
        try:
            connection = self._engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
            finally:
                connection.close()
        except (DBAPIError, sqlite3.Error) as error:
            raise _refused(error, self._place) from None

    def serve(self, line: Line) -> list[Job]:
        """Run what waits, commit it together, and return it with its outcomes."""
        started: list[Job] = []
        with self._engine.connect() as connection:
            try:
                self._serve_with(connection, line, started)
            except BaseException as error:  # noqa: BLE001  # whatever it is, those who wait must hear
                # Nothing of it is committed; the next one gets a connection of its own.
                connection.invalidate()
                for job in started:
                    job.error = translated(error)
        return started

    def _serve_with(self, connection: Connection, line: Line, started: list[Job]) -> None:
        try:
            transaction = connection.begin()
        except DBAPIError as error:
            if is_busy(error):
                line.drop_late()
                return
            if (job := line.next()) is not None:
                started.append(job)
            raise
        until = monotonic() + SHARE_FOR
        while len(started) < SHARE and monotonic() < until and (job := line.next()) is not None:
            started.append(job)
            _run(connection, job)
        transaction.commit()

    def dispose(self) -> None:
        self._engine.dispose()


def _run(connection: Connection, job: Job) -> None:
    """Run one job so that its failure leaves its neighbours alone."""
    savepoint = connection.begin_nested()
    try:
        job.value = job.work(connection)
        savepoint.commit()
    except BaseException as error:  # it belongs to whoever asked for the work
        job.error = translated(error)
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:
            # A full disk can make SQLite undo everything, the neighbours' work included.
            raise StoreUnavailable(str(job.error)) from error
        savepoint.rollback()
