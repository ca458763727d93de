from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from bot.domain.person import Person
from bot.store import sqlite
from bot.store.database import PATIENCE, Store, StoreRefused, StoreUnavailable
from tests.databases import workspace_row
from tests.store.samples import A_PERSON, ANA
from tests.waiting import Gate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bot.domain.person import WorkspaceId
    from bot.store.transaction import Tx

pytestmark = pytest.mark.timeout(60)


def count(tx: Tx) -> int:
    return tx.workspaces.next_task()


def engine_of(store: Store) -> object:
    return store._backend._engine  # type: ignore[attr-defined]  # faults are made where they happen


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commits be shared for as long as a slow machine takes to do so."""
    monkeypatch.setattr(sqlite, "SHARE_FOR", 30)


@pytest.fixture
def neighbour(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process's connection to the same file."""
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


async def test_what_was_acknowledged_survives_a_power_cut(sqlite_url: str) -> None:
    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    store = Store(sqlite_url)
    await store.open()
    found = await store.door(pragmas)
    await store.close()

    full = 2
    assert found == ["wal", full, 1]


@pytest.mark.usefixtures("unhurried")
async def test_those_who_wait_share_one_commit(
    sqlite_store: Store, workspace: WorkspaceId, neighbour: sqlite3.Connection
) -> None:
    commits: list[object] = []
    event.listen(engine_of(sqlite_store), "commit", commits.append)
    neighbour.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.create_task(sqlite_store.run(workspace, count)) for _ in range(20)]
    await asyncio.sleep(0)
    neighbour.execute("ROLLBACK")

    assert sorted(await asyncio.gather(*waiting)) == list(range(1, 21))
    assert len(commits) == 1


@pytest.mark.usefixtures("unhurried")
async def test_only_so_many_share_a_commit(
    sqlite_store: Store,
    workspace: WorkspaceId,
    neighbour: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite, "SHARE", 3)
    commits: list[object] = []
    event.listen(engine_of(sqlite_store), "commit", commits.append)
    neighbour.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.create_task(sqlite_store.run(workspace, count)) for _ in range(7)]
    await asyncio.sleep(0)
    neighbour.execute("ROLLBACK")
    await asyncio.gather(*waiting)

    assert len(commits) == 3


async def test_who_waits_too_long_for_the_lock_is_refused_and_nothing_happens_later(
    sqlite_store: Store, workspace: WorkspaceId, neighbour: sqlite3.Connection
) -> None:
    neighbour.execute("BEGIN IMMEDIATE")
    began = monotonic()
    results = await asyncio.gather(
        *(sqlite_store.run(workspace, count) for _ in range(5)), return_exceptions=True
    )
    waited = monotonic() - began
    neighbour.execute("ROLLBACK")

    assert {type(result) for result in results} == {StoreUnavailable}
    assert PATIENCE <= waited < PATIENCE + 1
    assert await sqlite_store.run(workspace, count) == 1


async def test_who_waits_too_long_in_the_line_is_refused_too(
    sqlite_store: Store, workspace: WorkspaceId
) -> None:
    gate = Gate()

    def slow(tx: Tx) -> int:
        gate.pass_through()
        return count(tx)

    first = asyncio.create_task(sqlite_store.run(workspace, slow))
    await gate.has_begun()
    with pytest.raises(StoreUnavailable, match="busy"):
        await sqlite_store.run(workspace, count)
    gate.open()

    assert await first == 1
    assert await sqlite_store.run(workspace, count) == 2


async def test_a_lock_that_is_held_briefly_is_waited_for(
    sqlite_store: Store, workspace: WorkspaceId, neighbour: sqlite3.Connection
) -> None:
    neighbour.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(0.4, neighbour.execute, "ROLLBACK")

    assert await sqlite_store.run(workspace, count) == 1


async def test_a_full_disk_changes_nothing_and_passes(
    sqlite_store: Store, workspace: WorkspaceId
) -> None:
    def limit(connection: Connection, pages: int) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def fill(tx: Tx) -> None:
        tx.people.save(Person(id=ANA, name="A" * 500_000))

    await sqlite_store.door(lambda connection: limit(connection, 60))
    results = await asyncio.gather(
        sqlite_store.run(workspace, count),
        sqlite_store.run(workspace, fill),
        return_exceptions=True,
    )

    assert {type(result) for result in results} <= {int, StoreUnavailable}
    assert isinstance(results[1], StoreUnavailable)
    assert await sqlite_store.run(workspace, lambda tx: tx.people.get(ANA)) is None
    # A connection of its own was opened after the failure, without the limit.
    await sqlite_store.run(workspace, fill)


@pytest.mark.usefixtures("unhurried")
async def test_when_everything_is_taken_back_all_who_share_the_commit_hear_it(
    sqlite_store: Store, workspace: WorkspaceId, neighbour: sqlite3.Connection
) -> None:
    def undo(tx: Tx) -> None:
        # As SQLite itself does when a disk fills up at the wrong moment.
        driver = tx.people._scope.connection.connection.dbapi_connection
        assert driver is not None
        driver.rollback()

    neighbour.execute("BEGIN IMMEDIATE")
    works = (count, undo, count)
    waiting = [asyncio.create_task(sqlite_store.run(workspace, work)) for work in works]
    await asyncio.sleep(0)
    neighbour.execute("ROLLBACK")
    first, second, third = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(first, StoreUnavailable)
    assert isinstance(second, StoreUnavailable)
    assert third == 1


async def test_a_commit_that_fails_fails_for_all_who_share_it(
    sqlite_store: Store, workspace: WorkspaceId
) -> None:
    def fail(_connection: Connection) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error

    engine = engine_of(sqlite_store)
    event.listen(engine, "commit", fail)
    with pytest.raises(StoreUnavailable, match="disk does not answer"):
        await sqlite_store.run(workspace, count)
    event.remove(engine, "commit", fail)

    assert await sqlite_store.run(workspace, count) == 1


async def test_a_begin_that_fails_is_told_to_whoever_comes_next(
    sqlite_store: Store, workspace: WorkspaceId
) -> None:
    await sqlite_store.door(lambda connection: connection.exec_driver_sql("PRAGMA query_only = ON"))
    with pytest.raises(StoreUnavailable, match="may not be changed"):
        await sqlite_store.run(workspace, count)

    # The connection was replaced by one that may write again.
    assert await sqlite_store.run(workspace, count) == 1


async def test_a_file_that_cannot_be_reached_for_a_while_is_an_outage(
    sqlite_store: Store, workspace: WorkspaceId, path: Path
) -> None:
    away = path.parent.with_name("away")
    engine_of(sqlite_store).dispose()  # type: ignore[attr-defined]  # so that it has to be opened anew
    path.parent.rename(away)
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await sqlite_store.run(workspace, count)
    away.rename(path.parent)

    assert await sqlite_store.run(workspace, count) == 1


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda whole: b"Dear diary,\n" + whole[12:], id="not a database"),
        pytest.param(lambda whole: whole[:8192] + b"\xff" * 8192 + whole[16384:], id="damaged"),
        pytest.param(lambda whole: whole[: len(whole) // 2], id="cut short"),
    ],
)
def test_a_file_that_is_no_whole_database_is_refused_and_left_as_it_is(
    path: Path, sqlite_url: str, damage: object
) -> None:
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]  # a function of bytes
    before = path.read_bytes()

    with pytest.raises(StoreRefused, match=r"baton\.db is not a database, or it is damaged"):
        asyncio.run(Store(sqlite_url).open())

    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


async def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match=r"nowhere/baton\.db cannot be opened"):
        await Store(f"sqlite:///{tmp_path}/nowhere/baton.db").open()


async def test_a_file_that_can_only_be_read_is_refused_at_the_start(path: Path) -> None:
    with pytest.raises(StoreRefused, match="may write there"):
        await Store(f"sqlite:///file:{path}?mode=ro&uri=true").open()


async def test_a_file_that_stays_locked_is_an_outage_at_the_start(
    sqlite_url: str, neighbour: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "START_WAIT", 0)
    neighbour.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StoreUnavailable, match="busy"):
        await Store(sqlite_url).open()


async def test_a_copy_of_the_file_taken_while_it_is_closed_is_whole(
    sqlite_url: str, path: Path, tmp_path: Path
) -> None:
    store = Store(sqlite_url)
    await store.open()
    await store.run(workspace_row().id, lambda tx: tx.workspaces.save(workspace_row()))
    await store.run(workspace_row().id, lambda tx: tx.people.save(A_PERSON))
    await store.close()
    copy = Store(f"sqlite:///{shutil.copy(path, tmp_path / 'copy.db')}")
    await copy.open()
    found = await copy.run(workspace_row().id, lambda tx: tx.people.get(ANA))
    await copy.close()

    assert found == A_PERSON
