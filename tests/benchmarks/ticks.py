"""What the heartbeat costs each second, however much there is that is not due."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.scheduler import Heartbeat
from bot.store.claims import ProcessId
from bot.store.database import Store, StoreUnavailable
from bot.usecases import ringing
from tests.benchmarks import seeds
from tests.benchmarks.clock import system_clock
from tests.benchmarks.engines import change, moment, settle
from tests.benchmarks.figures import Figure
from tests.benchmarks.pairs import in_turns, ratio, share

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.alarm import Alarm
    from tests.benchmarks.scale import Bench

NOTHING_DUE = 0.005
"""Seconds that a tick may take when nothing is due."""

FEW = 100
"""Teams in the database that the large one is compared with."""

PROCESS = ProcessId("benchmark")


class _Turns:
    """A heartbeat and what the publisher asks each second, one turn at a time."""

    def __init__(self, store: Store, url: str, *, due: int, ticks: int) -> None:
        self._store = store
        self._url = url
        self._due = due
        self._ticks = ticks
        self._rung = 0
        self._heartbeat = Heartbeat(
            due=store.due,
            next_due=store.next_due,
            ring=self._ring,
            rewound=self._rewound,
            clock=system_clock,
            outages=(StoreUnavailable,),
        )

    async def _ring(self, alarm: Alarm, now: datetime) -> None:
        await self._store.run(alarm.workspace, lambda tx: ringing.ring(tx, alarm, now=now))
        self._rung += 1

    async def _rewound(self, now: datetime) -> None:
        del now

    async def nothing_due(self) -> tuple[float, float]:
        """Return the seconds of a turn in which nothing is due, and those of computing."""
        started, computed = time.monotonic(), time.process_time()
        for _ in range(self._ticks):
            await self._heartbeat._tick()
            await self._store.outbox.claims.claim(PROCESS, limit=FEW, now=system_clock())
        took, computing = time.monotonic() - started, time.process_time() - computed
        return took / self._ticks, computing / self._ticks

    async def some_due(self) -> float:
        """Return the seconds until the huddles that are due have been opened."""
        await asyncio.to_thread(self._make_due)
        self._rung = 0
        started = time.monotonic()
        while self._rung < self._due:
            await self._heartbeat._tick()
            if in_hand := self._heartbeat._ringing.values():
                await asyncio.wait(in_hand, return_when=asyncio.FIRST_COMPLETED)
            elif self._rung < self._due:
                # On a machine that is too busy some are refused, and are rung again later.
                await asyncio.sleep(0.01)
        took = time.monotonic() - started
        opened = await self._store.door(
            lambda connection: connection.exec_driver_sql("SELECT count(*) FROM huddles").scalar()
        )
        assert opened == self._due, f"{opened} huddles were opened, and not {self._due}"
        return took

    def _make_due(self) -> None:
        """Have some huddles be due, and everything else as it was."""
        kind = AlarmKind.HUDDLE_OPEN
        now = system_clock()
        due_at, before = (moment(self._url, at) for at in (now, now - timedelta(days=1)))
        far = moment(self._url, seeds.FAR)
        change(
            self._url,
            "DELETE FROM huddles",
            "DELETE FROM posts",
            f"DELETE FROM alarms WHERE kind <> '{kind}'",  # noqa: S608  # our own words
            f"UPDATE alarms SET due_at = {far} WHERE due_at < {far}",  # noqa: S608  # likewise
            f"UPDATE alarms SET due_at = {due_at}, after = {before} WHERE kind = '{kind}' "  # noqa: S608  # likewise
            f"AND (workspace, subject) IN (SELECT workspace, CAST(id AS varchar(16)) FROM teams "
            f"ORDER BY workspace, id LIMIT {self._due})",
        )


async def tick(bench: Bench) -> list[Figure]:
    """One tick among very many teams and tasks, beside one among few."""
    figures: list[Figure] = []
    for engine in bench.scale.engines:
        figures += await _tick(bench, engine)
    return figures


async def _tick(bench: Bench, engine: str) -> list[Figure]:
    scale = bench.scale
    count, each = scale.crowd
    async with AsyncExitStack() as stack:
        many = await stack.enter_async_context(
            _turns(bench, engine, teams=count * each, workspaces=count, tasks=scale.tasks)
        )
        few = await stack.enter_async_context(
            _turns(bench, engine, teams=FEW, workspaces=1, tasks=1)
        )
        await in_turns(1, many.nothing_due, few.nothing_due)
        await in_turns(1, many.some_due, few.some_due)
        idle, idle_few = await in_turns(scale.rounds, many.nothing_due, few.nothing_due)
        busy, busy_few = await in_turns(scale.rounds, many.some_due, few.some_due)
    took, took_few = [one[0] for one in idle], [one[0] for one in idle_few]
    computed = [one[1] for one in idle]
    row = f"tick among {count * each}"
    floor = f"the same among {FEW}"
    return [
        Figure(row, "nothing due", engine, ratio(took, took_few), floor, most=2),
        Figure(row, "nothing due, of 5 ms", engine, share(took, NOTHING_DUE), "5 ms", most=1),
        Figure(row, "computing, of 5 ms", engine, share(computed, NOTHING_DUE), "5 ms", most=1),
        Figure(row, f"{scale.due} due", engine, ratio(busy, busy_few), floor, most=2),
    ]


@asynccontextmanager
async def _turns(
    bench: Bench, engine: str, *, teams: int, workspaces: int, tasks: int
) -> AsyncIterator[_Turns]:
    url = await bench.engines.new(engine)
    these = seeds.invented(workspaces, 10)
    now = system_clock()
    seeds.workspaces(url, these)
    seeds.teams(url, these, each=teams // workspaces, local=now - timedelta(minutes=1))
    seeds.tasks(url, these, each=tasks, now=now)
    settle(url)
    store = Store(url)
    await store.open()
    await store.outbox.claims.register(PROCESS)
    try:
        yield _Turns(store, url, due=bench.scale.due, ticks=bench.scale.ticks)
    finally:
        await store.close()
        bench.engines.drop(url)
