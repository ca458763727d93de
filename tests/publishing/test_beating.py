from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.alarm import AlarmKind
from bot.domain.post import ChannelId, Post, PostKind
from bot.publishing.beating import EVERY, FRESH, LEASE, Beating
from bot.store.database import Store, StoreUnavailable
from tests.databases import WORKSPACE

if TYPE_CHECKING:
    from bot.store.claims import ProcessId

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Process:
    """One process with a monotonic clock of its own, and a wall clock that is wrong."""

    def __init__(self, store: Store, *, fast_by: float = 0.0) -> None:
        self.seconds = 0.0
        self.store = store
        self.buried = 0
        self.orphans = 0
        self.beating = Beating(
            store.outbox.claims,
            on_buried=self._buried,
            on_orphans=self._orphaned,
            clock=lambda: NOW + timedelta(seconds=fast_by),
            monotonic=lambda: self.seconds,
            every=EVERY,
        )

    def _buried(self) -> None:
        self.buried += 1

    def _orphaned(self) -> None:
        self.orphans += 1

    async def live(self, seconds: float) -> None:
        """Beat for a while, as often as is due."""
        for _ in range(int(seconds / EVERY)):
            self.seconds += EVERY
            await self.beating.once()

    async def claim(self) -> int:
        process = self.beating.process
        return len(await self.store.outbox.claims.claim(process, limit=5, now=NOW))


@pytest.fixture
async def one(store: Store) -> Process:
    process = Process(store)
    await process.beating.begin()
    return process


@pytest.fixture
async def other(store: Store) -> Process:
    process = Process(store, fast_by=3600)
    await process.beating.begin()
    return process


async def want(store: Store) -> Post:
    return await store.run(
        WORKSPACE, lambda tx: tx.posts.want(PostKind.HOME, "U1", channel=ChannelId("U1"))
    )


async def test_a_beat_makes_claims_good_for_a_while(one: Process) -> None:
    fresh = [one.beating.is_fresh]
    one.seconds += FRESH + 0.1
    fresh.append(one.beating.is_fresh)
    await one.beating.once()
    fresh.append(one.beating.is_fresh)

    assert fresh == [True, False, True]


async def test_who_beats_is_left_alone(one: Process, other: Process) -> None:
    for _ in range(50):
        await one.live(EVERY)
        await other.live(EVERY)

    assert (one.buried, other.buried) == (0, 0)


async def test_who_stops_is_buried_after_a_lease_and_not_before(
    one: Process, other: Process, store: Store
) -> None:
    post = await want(store)
    assert await one.claim() == 1

    await other.live(LEASE)
    assert other.orphans == 0

    await other.live(2 * EVERY)
    assert other.orphans == 1
    assert await other.claim() == 1
    (alarm,) = await store.due(NOW + timedelta(hours=2), limit=5)
    assert (alarm.kind, alarm.subject) == (AlarmKind.POST_AGAIN, post.id)
    assert alarm.due_at == NOW + timedelta(seconds=3600 + LEASE)


async def test_the_buried_begin_anew(one: Process, other: Process, store: Store) -> None:
    before: ProcessId = one.beating.process
    await other.live(LEASE + 2 * EVERY)

    await one.beating.once()

    assert one.buried == 1
    assert one.beating.process != before
    assert set(await store.outbox.claims.beats()) == {one.beating.process, other.beating.process}


async def test_burying_who_has_nothing_leaves_no_orphans(one: Process, other: Process) -> None:
    await other.live(LEASE + 2 * EVERY)
    await one.beating.once()

    assert one.buried == 1
    assert other.orphans == 0


async def test_who_was_frozen_buries_nobody_on_waking(one: Process, other: Process) -> None:
    await one.live(4)
    one.seconds += 3600
    await one.beating.once()
    await one.live(LEASE - EVERY)

    await other.beating.once()

    assert other.buried == 0


async def test_who_has_left_is_forgotten(one: Process, other: Process) -> None:
    await one.live(4)
    await other.beating.end()
    await one.live(2)

    assert one.beating._seen == {}
    assert not other.beating.is_fresh


async def test_it_goes_on_while_the_database_is_away(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    faults: list[Exception] = [StoreUnavailable("gone"), StoreUnavailable("gone"), KeyError("bug")]
    beats = asyncio.Event()
    claims = sqlite_store.outbox.claims
    beat = claims.beat

    async def flaky(process: ProcessId) -> bool:
        if faults:
            raise faults.pop(0)
        beats.set()
        return await beat(process)

    claims.beat = flaky  # type: ignore[method-assign]  # a fault
    beating = Beating(
        claims,
        on_buried=lambda: None,
        on_orphans=lambda: None,
        clock=lambda: NOW,
        monotonic=asyncio.get_running_loop().time,
        every=0.001,
    )
    await beating.begin()
    task = asyncio.create_task(beating.forever())

    async with asyncio.timeout(5):
        await beats.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert [getattr(record, "action", "") for record in caplog.records] == [
        "beat_missed",
        "beat_failed",
    ]
