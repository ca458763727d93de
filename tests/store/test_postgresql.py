from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier
from time import monotonic
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from bot.domain.alarm import AlarmKind
from bot.domain.post import PostKind
from bot.store import database
from bot.store.address import address
from bot.store.database import PATIENCE, Store, StoreUnavailable
from bot.store.failures import Stale
from bot.store.postgresql import TRIES, postgresql_engine, unreachable
from tests.databases import workspace_row
from tests.store.samples import (
    A_HUDDLE,
    A_TASK,
    CHANNEL,
    DATE,
    DELEGATED,
    NOW,
    ROLES,
    SCHEDULE,
    TEAM,
)
from tests.waiting import Gate, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.domain.person import WorkspaceId
    from bot.domain.task import Task
    from bot.store.transaction import Tx
    from tests.databases import Postgres

pytestmark = pytest.mark.timeout(90)


def count(tx: Tx) -> int:
    return tx.workspaces.next_task()


def with_team(tx: Tx) -> None:
    tx.teams.add(name="Manila", channel=CHANNEL, schedule=SCHEDULE, roles=ROLES, now=NOW)


@pytest.fixture
async def store(postgres_url: str, workspace: WorkspaceId) -> AsyncIterator[Store]:
    opened = Store(postgres_url)
    await opened.open()
    await opened.run(workspace, lambda tx: tx.workspaces.save(workspace_row()))
    yield opened
    await opened.close()


@pytest.fixture
def neighbour(postgres_url: str) -> Iterator[psycopg.Connection]:
    """Another process's connection to the same database."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


async def test_a_session_speaks_utc_and_reads_what_is_committed(store: Store) -> None:
    def settings(connection: Connection) -> list[object]:
        names = ("TimeZone", "transaction_isolation", "statement_timeout")
        return [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]

    assert await store.door(settings) == ["UTC", "read committed", "5s"]


async def test_who_waits_too_long_for_a_row_is_refused_and_nothing_happens_later(
    store: Store, workspace: WorkspaceId, neighbour: psycopg.Connection
) -> None:
    began = monotonic()
    with neighbour.transaction():
        neighbour.execute("UPDATE workspaces SET name = 'Held'")
        with pytest.raises(StoreUnavailable, match="busy"):
            await store.run(workspace, count)
    waited = monotonic() - began

    assert PATIENCE * 0.9 <= waited < PATIENCE + 1
    assert await store.run(workspace, count) == 1


async def test_a_statement_that_takes_too_long_is_refused(
    postgres_url: str, workspace: WorkspaceId
) -> None:
    store = Store(postgres_url)
    await store.open()
    with pytest.raises(StoreUnavailable, match="busy"):
        await store.door(
            lambda connection: (
                connection.execute(
                    text("SELECT set_config('statement_timeout', '50', true), pg_sleep(0)")
                )
                and connection.execute(text("SELECT pg_sleep(10)"))
            )
        )
    await store.close()
    del workspace


async def test_of_two_that_block_each_other_one_is_run_again(
    store: Store, workspace: WorkspaceId, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server looks for such a pair only after a second, and this machine may be slow.
    monkeypatch.setattr(database, "PATIENCE", 20)
    await store.run(workspace, with_team)
    await store.run(workspace, lambda tx: tx.tasks.add(A_TASK, key="one", event=DELEGATED))
    both_hold_one = Barrier(2)
    runs: list[str] = []

    def work(tx: Tx, name: str, *, team_first: bool) -> None:
        runs.append(name)
        steps: list[Callable[[], object]] = [
            lambda: tx.posts._scope.connection.execute(text("UPDATE teams SET channel = 'C2'")),
            lambda: tx.posts._scope.connection.execute(text("UPDATE tasks SET channel = 'C2'")),
        ]
        first, second = steps if team_first else reversed(steps)
        first()
        if len(runs) <= 2:
            both_hold_one.wait(10)
        second()

    await asyncio.gather(
        store.run(workspace, partial(work, name="a", team_first=True)),
        store.run(workspace, partial(work, name="b", team_first=False)),
    )

    assert 2 < len(runs) <= TRIES


async def test_changes_that_were_based_on_something_old_are_made_again(
    store: Store, workspace: WorkspaceId
) -> None:
    """Two leads, two closings, two ticks: each pair reads before either of them writes."""

    def prepare(tx: Tx) -> None:
        with_team(tx)
        tx.huddles.add(A_HUDDLE)
        tx.alarms.set(AlarmKind.HUDDLE_OPEN, "1", due_at=NOW, after=NOW)

    def change(tx: Tx, runs: list[str], both: Barrier, what: str, words: str) -> None:
        runs.append(words)
        wait = partial(both.wait, 10) if len(runs) <= 2 else (lambda: None)
        if what == "team":
            team = tx.teams.get(TEAM)
            assert team is not None
            wait()
            tx.teams.save(replace(team, name=f"{team.name}{words}"))
        elif what == "huddle":
            huddle = tx.huddles.get(TEAM, DATE)
            assert huddle is not None
            wait()
            tx.huddles.save(replace(huddle, reason=f"{huddle.reason or ''}{words}"))
        else:
            subject = {"alarm": "1", "new alarm": "2", "cancelled": "1"}[what]
            alarm = tx.alarms.get(AlarmKind.HUDDLE_OPEN, subject)
            wait()
            due_at = (NOW if alarm is None else alarm.due_at) + timedelta(minutes=1)
            if what == "cancelled" and words == "a":
                tx.alarms.cancel(AlarmKind.HUDDLE_OPEN, subject)
            else:
                tx.alarms.set(AlarmKind.HUDDLE_OPEN, subject, due_at=due_at, after=NOW)

    await store.run(workspace, prepare)
    for what in ("team", "huddle", "alarm", "new alarm", "cancelled"):
        runs: list[str] = []
        both = Barrier(2)
        await asyncio.gather(
            *(
                store.run(workspace, partial(change, runs=runs, both=both, what=what, words=words))
                for words in "ab"
            )
        )
        assert len(runs) == 3, what

    def found(tx: Tx) -> tuple[str, str, datetime | None]:
        team, huddle = tx.teams.get(TEAM), tx.huddles.get(TEAM, DATE)
        assert team is not None
        assert huddle is not None
        second = tx.alarms.get(AlarmKind.HUDDLE_OPEN, "2")
        return team.name, str(huddle.reason), None if second is None else second.due_at

    name, reason, second = await store.run(workspace, found)
    assert sorted(name.removeprefix("Manila")) == ["a", "b"]
    assert sorted(reason) == ["a", "b"]
    assert second == NOW + timedelta(minutes=2)


async def test_a_cancellation_based_on_something_old_is_made_again(
    store: Store, workspace: WorkspaceId, neighbour: psycopg.Connection
) -> None:
    runs: list[object] = []

    def work(tx: Tx) -> None:
        alarm = tx.alarms.get(AlarmKind.HUDDLE_OPEN, "1")
        if not runs:
            neighbour.execute("UPDATE alarms SET version = version + 1")
        runs.append(alarm)
        tx.alarms.cancel(AlarmKind.HUDDLE_OPEN, "1")

    await store.run(
        workspace, lambda tx: tx.alarms.set(AlarmKind.HUDDLE_OPEN, "1", due_at=NOW, after=NOW)
    )
    await store.run(workspace, work)

    assert len(runs) == 2
    assert await store.next_due() is None


async def test_work_that_is_always_too_late_is_given_up(
    store: Store, workspace: WorkspaceId
) -> None:
    runs: list[int] = []

    def work(tx: Tx) -> None:
        runs.append(count(tx))
        raise Stale

    with pytest.raises(StoreUnavailable, match="keep changing"):
        await store.run(workspace, work)

    assert runs == [1] * TRIES
    assert await store.run(workspace, count) == 1


async def test_two_who_insert_one_row_at_once_both_succeed(
    store: Store, workspace: WorkspaceId
) -> None:
    """A second unique index can make ON CONFLICT fail in just that moment."""
    for number in range(30):
        both, runs, subject = Barrier(2), list[str](), str(number)

        def work(tx: Tx, both: Barrier, runs: list[str], subject: str) -> None:
            runs.append(subject)
            if len(runs) <= 2:
                both.wait(10)
            tx.posts.want(PostKind.CARD, subject, channel=CHANNEL)

        at_once = partial(work, both=both, runs=runs, subject=subject)
        await asyncio.gather(store.run(workspace, at_once), store.run(workspace, at_once))
        post = await store.run(
            workspace,
            lambda tx, n=number: tx.posts.find(PostKind.CARD, str(n)),  # type: ignore[misc]  # the default binds the loop's value
        )
        assert post is not None
        assert post.wanted == 2


async def test_a_key_that_another_process_was_quicker_with_costs_no_number(
    store: Store, workspace: WorkspaceId, neighbour: psycopg.Connection
) -> None:
    gate = Gate()

    def first(tx: Tx) -> tuple[Task, bool]:
        added = tx.tasks.add(A_TASK, key="one", event=DELEGATED)
        gate.pass_through()
        return added

    def waits() -> bool:
        waiting = neighbour.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        ).fetchone()
        return waiting == (1,)

    quick = asyncio.create_task(store.run(workspace, first))
    await gate.has_begun()
    late = asyncio.create_task(
        store.run(workspace, lambda tx: tx.tasks.add(A_TASK, key="one", event=DELEGATED))
    )
    await until(waits)
    gate.open()

    made = (await quick)[0]
    assert await late == (made, False)
    assert await store.run(workspace, count) == 2


async def test_a_team_name_taken_at_the_same_moment_is_refused(
    store: Store, workspace: WorkspaceId, neighbour: psycopg.Connection
) -> None:
    gate = Gate()

    def first(tx: Tx) -> None:
        with_team(tx)
        gate.pass_through()

    def waits() -> bool:
        waiting = neighbour.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        ).fetchone()
        return waiting == (1,)

    quick = asyncio.create_task(store.run(workspace, first))
    await gate.has_begun()
    late = asyncio.create_task(store.run(workspace, with_team))
    await until(waits)
    gate.open()

    await quick
    with pytest.raises(Exception, match="already a team called Manila"):
        await late


async def test_a_connection_that_is_lost_in_the_middle_costs_nothing(
    store: Store, workspace: WorkspaceId
) -> None:
    runs: list[int] = []

    def work(tx: Tx) -> None:
        runs.append(count(tx))
        if len(runs) == 1:
            tx.posts._scope.connection.execute(
                text("SELECT pg_terminate_backend(pg_backend_pid())")
            )

    await store.run(workspace, work)

    assert runs == [1, 1]
    assert await store.run(workspace, count) == 2


async def test_nobody_repeats_a_commit_of_which_the_outcome_is_unknown(
    store: Store, workspace: WorkspaceId, neighbour: psycopg.Connection
) -> None:
    runs: list[int] = []

    def work(tx: Tx) -> None:
        connection = tx.posts._scope.connection
        runs.append(count(tx))
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        neighbour.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with pytest.raises(StoreUnavailable):
        await store.run(workspace, work)

    assert runs == [1]
    assert await store.run(workspace, count) in {1, 2}


async def test_a_server_that_restarts_is_found_again(
    store: Store, workspace: WorkspaceId, postgres: Postgres
) -> None:
    assert await store.run(workspace, count) == 1
    await asyncio.to_thread(postgres.stop)
    try:
        began = monotonic()
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await store.run(workspace, count)
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            await store.run(workspace, count)
        waited = monotonic() - began
    finally:
        await asyncio.to_thread(postgres.start)

    assert waited < PATIENCE + 1
    assert [await store.run(workspace, count) for _ in range(8)] == list(range(2, 10))


async def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        store = Store(f"postgres://ana:hunter2@127.0.0.1:{port}/baton")
        with pytest.raises(StoreUnavailable) as caught:
            await store.open()

    assert "127.0.0.1" in str(caught.value)
    assert "Check DATABASE_URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_driver_that_gives_no_reason_is_told_of_all_the_same() -> None:
    error = DBAPIError("", {}, psycopg.OperationalError(""))

    told = unreachable(error, address("postgresql://ana@host/baton"))

    assert "it gives no reason" in str(told)


def test_a_password_in_the_drivers_reason_is_left_out() -> None:
    error = DBAPIError("", {}, psycopg.OperationalError("no such thing: hunter2\nmore"))

    told = unreachable(error, address("postgresql://ana:hunter2@host/baton"))

    assert "no such thing: …" in str(told)
    assert "more" not in str(told)


async def test_a_server_that_never_answers_keeps_nobody_waiting(
    store: Store, workspace: WorkspaceId
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        lost = Store(f"postgresql://ana@127.0.0.1:{port}/baton")
        lost._backend.check = lambda: None  # type: ignore[method-assign]  # it was there at the start
        await lost.open()
        began = monotonic()
        with pytest.raises(StoreUnavailable):
            await lost.run(workspace, count)
        waited = monotonic() - began
        await lost.close()

    assert waited < PATIENCE + 1
    assert await store.run(workspace, count) == 1


def test_a_session_that_cannot_be_set_up_is_closed(postgres_url: str) -> None:
    engine = postgresql_engine(address(postgres_url), connections=1, statement_timeout=-5)
    opened: list[psycopg.Connection] = []
    event.listen(engine, "connect", lambda connection, _: opened.append(connection), insert=True)

    with pytest.raises(DBAPIError, match="outside the valid range"):
        engine.connect()

    assert [connection.closed for connection in opened] == [True]
