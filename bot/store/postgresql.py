"""PostgreSQL: a few connections, one thread each, shared with other processes."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from bot.store.failures import StoreUnavailable, may_succeed_again, translated

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

    from bot.store.line import Job, Line

TRIES = 5
"""How often the same work is run when others keep getting in its way."""

HEAD_START = 0.02
"""Seconds before work is run again."""

CONNECT_WITHIN = 2
"""Seconds; the driver knows no shorter time. Who waits meanwhile hears earlier."""


def postgresql_engine(place: URL, *, connections: int, statement_timeout: int) -> Engine:
    """Return an engine whose transactions begin with `lock_timeout`, an option in milliseconds."""
    engine = create_engine(
        place,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args={
            "connect_timeout": CONNECT_WITHIN,
            "application_name": "baton",
            # A peer that vanished without a word is noticed within a quarter of a minute.
            "keepalives_idle": 5,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": 15_000,
        },
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection, _record: object) -> None:
        try:
            connection.autocommit = True
            # Not as start-up options, which many a pooler in front of a server does not let pass.
            connection.execute(
                "SET TIME ZONE 'UTC'; "
                f"SET statement_timeout = {int(statement_timeout)}; "
                f"SET idle_in_transaction_session_timeout = {int(statement_timeout)}"
            )
        except psycopg.Error:
            connection.close()
            raise

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # The driver would send a BEGIN of its own, and the timeout would cost a second journey.
        lock_timeout = int(connection.get_execution_options()["lock_timeout"])
        connection.exec_driver_sql(
            f"BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {lock_timeout}"
        )

    return engine


class Postgresql:
    """Serves one line from several threads."""

    threads = 4

    def __init__(self, place: URL) -> None:
        self._place = place
        self._engine = postgresql_engine(place, connections=self.threads, statement_timeout=5_000)

    def check(self) -> None:
        try:
            self._engine.connect().close()
        except DBAPIError as error:
            raise unreachable(error, self._place) from None

    def serve(self, line: Line) -> list[Job]:
        """Run what comes next and return it with its outcome."""
        try:
            connection = self._engine.connect()
        except DBAPIError as error:
            job = line.next()
            if job is None:
                return []
            job.error = unreachable(error, self._place)
            return [job]
        with connection:
            job = line.next()
            if job is None:
                return []
            left = TRIES
            while not _try(connection, job, is_last=left == 1):
                # Who got in the way goes first, or the two would meet again at once.
                sleep(HEAD_START)
                left -= 1
            return [job]

    def dispose(self) -> None:
        self._engine.dispose()


def _try(connection: Connection, job: Job, *, is_last: bool) -> bool:
    """Run a job once. False: others got in its way, so it is to be run again."""
    try:
        _run(connection, job)
    except BaseException as error:  # noqa: BLE001  # it belongs to whoever asked for the work
        if may_succeed_again(error) and job.patience > 0 and not is_last:
            return False
        job.error = translated(error)
    return True


def _run(connection: Connection, job: Job) -> None:
    milliseconds = max(1, int(job.patience * 1000))
    connection.execution_options(lock_timeout=milliseconds)
    with connection.begin() as transaction:
        value = job.work(connection)
        try:
            transaction.commit()
        except DBAPIError as error:
            # It may have been committed, so it must not be run again.
            raise StoreUnavailable(str(translated(error))) from error
    job.value = value


def unreachable(error: DBAPIError, place: URL) -> StoreUnavailable:
    """Return what to tell of a connection that was not made; the driver knows why."""
    reason, *_ = str(error.orig).strip().splitlines() or ["it gives no reason"]
    if place.password:
        reason = reason.replace(str(place.password), "…")
    return StoreUnavailable(
        f"The database cannot be reached: {reason}. Check DATABASE_URL, and that the server runs."
    )
