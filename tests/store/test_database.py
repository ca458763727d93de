from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from bot.domain.alarm import AlarmKind
from bot.domain.person import WorkspaceId
from bot.domain.post import PostKind
from bot.store.database import Store, StoreFault, StoreUnavailable, Woken
from bot.store.schema import workspaces
from tests.databases import workspace_row
from tests.store.samples import A_PERSON, ANA, CHANNEL, NOW
from tests.waiting import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.store.transaction import Tx

pytestmark = pytest.mark.timeout(60)


def count(tx: Tx) -> int:
    return tx.workspaces.next_task()


def held_by(gate: Gate) -> Callable[[Tx], int]:
    def work(tx: Tx) -> int:
        gate.pass_through()
        return count(tx)

    return work


async def test_what_was_committed_is_there_for_the_next(
    store: Store, workspace: WorkspaceId
) -> None:
    returned = await store.run(workspace, count)

    assert (returned, await store.run(workspace, count)) == (1, 2)


async def test_an_exception_takes_everything_back_and_reaches_the_caller(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> None:
        count(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.run(workspace, work)

    assert await store.run(workspace, count) == 1


@pytest.mark.parametrize("raised", [SystemExit, asyncio.CancelledError])
async def test_whatever_work_raises_the_next_one_is_served(
    store: Store, workspace: WorkspaceId, raised: type[BaseException]
) -> None:
    def work(tx: Tx) -> None:
        count(tx)
        raise raised

    with pytest.raises(raised):
        await store.run(workspace, work)

    assert await store.run(workspace, count) == 1


async def test_many_callers_at_once_lose_nothing(store: Store, workspace: WorkspaceId) -> None:
    taken = await asyncio.gather(*(store.run(workspace, count) for _ in range(200)))

    assert sorted(taken) == list(range(1, 201))


async def test_a_failure_leaves_those_who_share_its_commit_alone(
    store: Store, workspace: WorkspaceId
) -> None:
    def fail(tx: Tx) -> None:
        count(tx)
        tx.people.save(A_PERSON)
        raise ZeroDivisionError

    gate = Gate()
    first = asyncio.create_task(store.run(workspace, held_by(gate)))
    await gate.has_begun()
    # While the first one holds on, these gather behind it.
    others = [
        asyncio.create_task(store.run(workspace, fail if number % 2 else count))
        for number in range(10)
    ]
    await asyncio.sleep(0)
    gate.open()
    results = await asyncio.gather(first, *others, return_exceptions=True)

    assert sum(isinstance(result, ZeroDivisionError) for result in results) == 5
    taken = [result for result in results if isinstance(result, int)]
    assert sorted(taken) == [1, 2, 3, 4, 5, 6]
    assert await store.run(workspace, lambda tx: tx.people.get(ANA)) is None


async def test_the_door_sees_all_workspaces_in_one_transaction(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(connection: Connection) -> list[str]:
        connection.execute(insert(workspaces), {"id": "T0002"})
        return list(connection.scalars(select(workspaces.c.id).order_by(workspaces.c.id)))

    def fail(connection: Connection) -> None:
        connection.execute(insert(workspaces), {"id": "T0003"})
        raise ZeroDivisionError

    assert await store.door(work) == [workspace, "T0002"]
    with pytest.raises(ZeroDivisionError):
        await store.door(fail)
    assert await store.run(WorkspaceId("T0003"), lambda tx: tx.workspaces.get()) is None


async def test_a_statement_the_database_refuses_is_a_fault_that_quotes_nobody(
    store: Store,
) -> None:
    with pytest.raises(StoreFault) as caught:
        await store.run(WorkspaceId("T0404"), lambda tx: tx.people.save(A_PERSON))

    assert "INSERT INTO people" in str(caught.value)
    assert "Ana" not in str(caught.value)
    assert "T0404" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_value_that_no_column_takes_is_the_callers_own_error(
    store: Store, workspace: WorkspaceId
) -> None:
    with pytest.raises(ValueError, match="is no instant"):
        await store.due(NOW.replace(tzinfo=None), limit=1)

    assert await store.run(workspace, count) == 1


@pytest.fixture
def woken() -> list[tuple[WorkspaceId, Woken]]:
    """Return what a store has told of its commits."""
    return []


@pytest.fixture
async def telling_store(database_url: str, woken: list[tuple[WorkspaceId, Woken]]) -> Store:
    """Return a store that is to be opened and closed by the test."""
    return Store(database_url, on_commit=lambda *told: woken.append(told), synchronous="OFF")


async def test_a_commit_that_leaves_something_to_do_says_what(
    telling_store: Store, workspace: WorkspaceId, woken: list[tuple[WorkspaceId, Woken]]
) -> None:
    hour = timedelta(hours=1)

    def alarms(tx: Tx) -> None:
        for hours in (3, 2, 4):
            tx.alarms.set(AlarmKind.HUDDLE_OPEN, str(hours), due_at=NOW + hours * hour, after=NOW)

    def posts(tx: Tx, *, held: bool) -> None:
        tx.posts.want(PostKind.CARD, "1", channel=CHANNEL, held=held)

    def fail(tx: Tx) -> None:
        posts(tx, held=False)
        raise ZeroDivisionError

    store = telling_store
    await store.open()
    await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row()))
    await store.run(workspace, partial(posts, held=True))
    with pytest.raises(ZeroDivisionError):
        await store.run(workspace, fail)
    assert woken == []

    await store.run(workspace, alarms)
    await store.run(workspace, partial(posts, held=False))
    await store.close()

    assert woken == [
        (workspace, Woken(posts=False, alarm=NOW + 2 * hour)),
        (workspace, Woken(posts=True, alarm=None)),
    ]


async def test_a_commit_is_told_of_on_the_event_loop_even_when_nobody_waits_for_it(
    telling_store: Store, workspace: WorkspaceId, woken: list[tuple[WorkspaceId, Woken]]
) -> None:
    gate = Gate()

    def work(tx: Tx) -> None:
        gate.pass_through()
        tx.posts.want(PostKind.CARD, "1", channel=CHANNEL)

    store = telling_store
    await store.open()
    await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row()))
    task = asyncio.create_task(store.run(workspace, work))
    await gate.has_begun()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open()
    # Its turn came first, so it is done when this one is.
    assert await store.run(workspace, count) >= 1
    await store.close()
    await asyncio.sleep(0)

    assert [told.posts for _, told in woken] == [True]


async def test_who_fails_to_hear_of_a_commit_harms_nobody(
    database_url: str, workspace: WorkspaceId
) -> None:
    def on_commit(_workspace: WorkspaceId, _woken: Woken) -> None:
        raise ZeroDivisionError

    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: reported.append(context["exception"])
    )
    store = Store(database_url, on_commit=on_commit, synchronous="OFF")
    await store.open()
    await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row()))
    await store.run(workspace, lambda tx: tx.posts.want(PostKind.CARD, "1", channel=CHANNEL))
    assert await store.run(workspace, count) == 1
    await store.close()

    assert [type(error) for error in reported] == [ZeroDivisionError]


async def test_what_is_cancelled_while_it_waits_never_happens(
    sqlite_store: Store, workspace: WorkspaceId
) -> None:
    gate = Gate()
    first = asyncio.create_task(sqlite_store.run(workspace, held_by(gate)))
    await gate.has_begun()
    waiting = asyncio.create_task(sqlite_store.run(workspace, count))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.open()

    assert await first == 1
    assert await sqlite_store.run(workspace, count) == 2


async def test_closing_finishes_what_waits_and_takes_nothing_more(
    database_url: str, workspace: WorkspaceId
) -> None:
    store = Store(database_url, synchronous="OFF")
    await store.open()
    await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row()))
    gate = Gate()
    waiting = [asyncio.create_task(store.run(workspace, held_by(gate)))]
    await gate.has_begun()
    waiting += [asyncio.create_task(store.run(workspace, count)) for _ in range(9)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    gate.open()

    assert sorted(await asyncio.gather(*waiting)) == list(range(1, 11))
    await closing
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.run(workspace, count)


async def test_closing_can_be_given_up_and_taken_up_again(
    sqlite_url: str, workspace: WorkspaceId
) -> None:
    store = Store(sqlite_url, synchronous="OFF")
    await store.open()
    await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row()))
    gate = Gate()
    waiting = asyncio.create_task(store.run(workspace, held_by(gate)))
    await gate.has_begun()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    gate.open()

    assert await waiting == 1
    await store.close()


async def test_a_store_that_was_never_opened_can_be_closed(database_url: str) -> None:
    await Store(database_url).close()


def test_an_event_loop_that_ends_early_leaves_no_thread_behind(
    sqlite_url: str, workspace: WorkspaceId
) -> None:
    gate = Gate()
    before = set(threading.enumerate())
    threads: set[threading.Thread] = set()

    async def leave() -> None:
        store = Store(sqlite_url, synchronous="OFF")
        await store.open()
        task = asyncio.create_task(store.run(workspace, held_by(gate)))
        await gate.has_begun()
        task.cancel()
        threads.update(set(threading.enumerate()) - before)

    asyncio.run(leave())
    gate.open()
    for thread in threads:
        thread.join(10)

    assert any(thread.name.startswith("store") for thread in threads)
    assert not any(thread.is_alive() for thread in threads)
