"""The database: work is run whole in one transaction, off the event loop."""

from __future__ import annotations

import asyncio
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from bot.store.address import address, is_sqlite
from bot.store.alarms import due_alarms, next_due_at
from bot.store.failures import StoreFault, StoreRefused, StoreUnavailable
from bot.store.line import Job, Line
from bot.store.outbox import Outbox
from bot.store.postgresql import Postgresql
from bot.store.sqlite import Sqlite
from bot.store.transaction import Tx, Woken

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.domain.alarm import Alarm
    from bot.domain.person import WorkspaceId

__all__ = ["Store", "StoreFault", "StoreRefused", "StoreUnavailable", "Tx", "Woken"]

PATIENCE = 1.5
"""Seconds that work may wait for its turn and for the lock, both together."""

T = TypeVar("T")


class Backend(Protocol):
    """What one kind of database does in its own way."""

    threads: int

    def check(self) -> None: ...
    def serve(self, line: Line) -> list[Job]: ...
    def dispose(self) -> None: ...


def _nobody(workspace: WorkspaceId, woken: Woken) -> None:
    del workspace, woken


class Store:
    """One database, from its opening to its closing on one event loop.

    Work may be run more than once before it is committed, when others changed meanwhile what it
    had read; so it changes nothing but its transaction. Work that was not begun within a second
    and a half is refused with StoreUnavailable, and is not begun later either.
    """

    def __init__(
        self,
        url: str,
        *,
        on_commit: Callable[[WorkspaceId, Woken], None] = _nobody,
        synchronous: str = "FULL",
        patience: float = PATIENCE,
    ) -> None:
        """`patience` is how many seconds work waits for its turn and for the lock together."""
        place = address(url)
        self._backend: Backend = (
            Sqlite(place, synchronous=synchronous) if is_sqlite(place) else Postgresql(place)
        )
        self._on_commit = on_commit
        self._patience = patience
        self._line = Line()
        self.outbox = Outbox(self)
        self._ended: list[asyncio.Future[None]] = []

    async def open(self) -> None:
        """Connect, and raise StoreRefused or StoreUnavailable when that is impossible."""
        try:
            await asyncio.to_thread(self._backend.check)
        except BaseException:
            self._backend.dispose()
            raise
        loop = asyncio.get_running_loop()
        for number in range(self._backend.threads):
            ended = loop.create_future()
            self._ended.append(ended)
            # A daemon, so that work which never ends keeps nobody from leaving.
            Thread(
                target=self._serve, args=(loop, ended), name=f"store-{number}", daemon=True
            ).start()

    async def close(self) -> None:
        """Finish what waits already, then let go of the database."""
        self._line.close()
        if self._ended:
            # Whoever gives up waiting for it cancels only the waiting.
            await asyncio.wait(self._ended)
        await asyncio.to_thread(self._backend.dispose)

    async def run(self, workspace: WorkspaceId, work: Callable[[Tx], T]) -> T:
        """Return what `work` returns, once it is committed; an exception takes it all back."""

        def transact(connection: Connection) -> tuple[T, Woken]:
            tx = Tx(connection, workspace)
            return work(tx), tx.woken

        def committed(result: tuple[T, Woken]) -> None:
            woken = result[1]
            if woken.posts or woken.alarm is not None:
                self._on_commit(workspace, woken)

        value, _ = await self._ask(transact, committed)
        return value

    async def door(self, work: Callable[[Connection], T]) -> T:
        """Run work that belongs to no single workspace: the heartbeat's and the publisher's."""
        return await self._ask(work, lambda _value: None)

    async def due(self, now: datetime, *, limit: int) -> list[Alarm]:
        """Return alarms of all workspaces that are due by `now`, the longest due first."""
        return await self.door(lambda connection: due_alarms(connection, now, limit=limit))

    async def next_due(self) -> datetime | None:
        """Return when the earliest alarm of all is due."""
        return await self.door(next_due_at)

    async def _ask(self, work: Callable[[Connection], T], committed: Callable[[Any], None]) -> T:
        loop = asyncio.get_running_loop()
        job = Job(
            work=work,
            deadline=monotonic() + self._patience,
            settled=loop.create_future(),
            committed=committed,
        )
        self._line.put(job)
        timer = loop.call_later(self._patience, self._give_up, job)
        try:
            await job.settled
        finally:
            timer.cancel()
            self._line.withdraw(job)
        error, job.error = job.error, None
        if error is not None:
            try:
                raise error
            finally:
                # What was raised refers to this frame; two such references would keep each other.
                del error
        value: T = job.value
        return value

    def _give_up(self, job: Job) -> None:
        if self._line.withdraw(job):
            job.error = StoreUnavailable(
                "The database is busy. Nothing was changed; try again in a moment."
            )
            self._settle([job])

    def _serve(self, loop: asyncio.AbstractEventLoop, ended: asyncio.Future[None]) -> None:
        while self._line.wait():
            jobs = self._backend.serve(self._line)
            if not _call(loop, self._settle, jobs):
                return
        _call(loop, ended.set_result, None)

    def _settle(self, jobs: list[Job]) -> None:
        loop = asyncio.get_running_loop()
        for job in jobs:
            if job.error is None:
                # On its own, so that its failure is nobody else's; also when nobody waits any more.
                loop.call_soon(job.committed, job.value)
            if not job.settled.done():
                job.settled.set_result(None)


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[[T], None], value: T) -> bool:
    """Have this called on the event loop. False: it was closed, and nobody is left to tell."""
    try:
        loop.call_soon_threadsafe(callback, value)
    except RuntimeError:
        return False
    return True
