"""Opening many huddles at once leaves what opening each of them alone leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.alarm import Alarm, AlarmKind
from bot.domain.huddle import HuddleStatus, opened
from bot.domain.person import WorkspaceId
from bot.domain.post import ChannelId, PostKind
from bot.domain.schedule import Occurrence
from bot.domain.team import Role, TeamId
from bot.store.database import Store, StoreFault, StoreUnavailable
from bot.store.openings import Opened, Openings
from bot.usecases import huddling, ringing
from tests.databases import WORKSPACE, workspace_row
from tests.usecases.huddles import ANA, BEN, MONDAY, at, nine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy import Connection

    from bot.domain.huddle import Huddle
    from bot.domain.team import Team
    from bot.store.transaction import Tx

NINE = at(9)
BEFORE = at(9, day=20)
TOGETHER, ALONE = WORKSPACE, WorkspaceId("T0002")
ROLES = ((ANA, Role.LEAD), (BEN, Role.MEMBER))

_ROWS = {
    "huddles": "team, date, status, due_at, opened_at, closes_at, questions, reason, version",
    "posts": "kind, subject, channel, parent, ts, wanted, shown, attempts, attempted_at, state, "
    "reason, urgent, retry_at",
    "alarms": "kind, subject, due_at, after",
}


def _add(tx: Tx, name: str, *, due_at: Any = NINE, after: Any = BEFORE) -> Team:  # noqa: ANN401  # instants
    team = tx.teams.add(
        name=name, channel=ChannelId(f"C-{name}"), schedule=nine(), roles=ROLES, now=BEFORE
    )
    tx.alarms.set(AlarmKind.HUDDLE_OPEN, str(team.id), due_at=due_at, after=after)
    return team


def _furnish(tx: Tx) -> None:
    """Add teams of every sort, of which some are simple to open and some are not."""
    tx.workspaces.save(workspace_row(tx.workspace))
    for number in range(3):
        _add(tx, f"simple {number}")
    tx.teams.save(replace(_add(tx, "paused for good"), paused=True))
    tx.teams.save(replace(_add(tx, "paused"), paused=True, paused_until=date(2026, 11, 25)))
    tx.teams.save(replace(_add(tx, "deleted"), deleted_at=BEFORE))
    tx.teams.save(replace(_add(tx, "moved"), schedule=nine(11)))
    _add(tx, "not due yet", due_at=NINE + timedelta(seconds=1))
    _add(tx, "looked at long ago", after=NINE - timedelta(days=40))
    _add(tx, "too late", due_at=at(7, day=20), after=at(7, day=20) - timedelta(hours=1))
    held = opened(_add(tx, "held already"), Occurrence(MONDAY, NINE), now=NINE)
    tx.huddles.add(held)
    tx.huddles.add(replace(held, team=_add(tx, "held tomorrow").id, date=date(2026, 11, 24)))
    missed = held.missed("Nobody was there.")
    tx.huddles.add(replace(missed, team=_add(tx, "missed by a fast clock").id))
    tx.huddles.add(replace(held, team=_add(tx, "held before").id, date=date(2026, 11, 20)))


def _rows(workspace: WorkspaceId) -> Callable[[Connection], dict[str, list[Any]]]:
    def read(connection: Connection) -> dict[str, list[Any]]:
        return {
            table: sorted(
                tuple(map(str, row))
                for row in connection.exec_driver_sql(
                    f"SELECT {columns} FROM {table} WHERE workspace = '{workspace}'"  # noqa: S608  # our own words
                )
            )
            for table, columns in _ROWS.items()
        }

    return read


async def _open(store: Store, due: list[Alarm], now: Any = NINE) -> Opened:  # noqa: ANN401  # an instant
    return await Openings(store).open(due, decide=huddling.opening, now=now)


def _ring(alarm: Alarm, tx: Tx) -> None:
    ringing.ring(tx, alarm, now=NINE)


def _huddle(team: int, tx: Tx) -> Huddle | None:
    return tx.huddles.get(TeamId(team), MONDAY)


async def _alone(store: Store, due: list[Alarm]) -> None:
    for alarm in due:
        await store.run(alarm.workspace, partial(_ring, alarm))


def _of(due: list[Alarm], workspace: WorkspaceId) -> list[Alarm]:
    return [alarm for alarm in due if alarm.workspace == workspace]


async def test_many_at_once_leave_the_rows_that_one_by_one_would_leave(store: Store) -> None:
    for workspace in (TOGETHER, ALONE):
        await store.run(workspace, _furnish)
    due = await store.due(NINE + timedelta(seconds=1), limit=100)

    result = await _open(store, _of(due, TOGETHER))
    await _alone(store, result.alone)
    await _alone(store, _of(due, ALONE))

    together = await store.door(_rows(TOGETHER))
    alone = await store.door(_rows(ALONE))
    assert together == alone
    assert len(together["posts"]) == 9
    assert result.busy == []
    assert result.workspaces == {TOGETHER}
    assert result.next_at == at(13)
    # Most are simple, or this would be of no use.
    assert len(result.alone) <= 5
    again = await _open(store, due)
    await _alone(store, again.alone)
    assert await store.door(_rows(TOGETHER)) == together


async def test_teams_of_the_same_number_are_told_apart_by_their_workspaces(store: Store) -> None:
    others = [WorkspaceId(f"T001{number}") for number in range(5)]
    for workspace in others:
        await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row(tx.workspace)))
        await store.run(workspace, lambda tx: _add(tx, f"of {tx.workspace}"))

    result = await _open(store, await store.due(NINE, limit=100))

    assert result.alone == result.busy == []
    assert result.workspaces == set(others)
    for workspace in others:
        root = await store.run(workspace, lambda tx: tx.posts.find(PostKind.HUDDLE, f"1/{MONDAY}"))
        assert root is not None
        assert (root.channel, root.wanted, root.urgent) == (f"C-of {workspace}", 1, True)


async def test_alarms_that_were_cancelled_meanwhile_are_neither_opened_nor_left(
    store: Store,
) -> None:
    gone = Alarm(WORKSPACE, AlarmKind.HUDDLE_OPEN, "77", due_at=NINE, after=BEFORE)

    result = await _open(store, [gone])

    assert result == Opened(alone=[], busy=[], workspaces=frozenset(), next_at=None)


async def test_one_that_cannot_be_written_takes_all_back(store: Store) -> None:
    await store.run(WORKSPACE, lambda tx: [_add(tx, name) for name in ("a", "b")])
    # What nothing of ours leaves behind: a message without its huddle.
    await store.run(
        WORKSPACE,
        lambda tx: tx.posts.want(PostKind.HUDDLE, f"2/{MONDAY}", channel=ChannelId("C-b")),
    )
    due = await store.due(NINE, limit=100)

    with pytest.raises((StoreFault, StoreUnavailable, IntegrityError)):
        await _open(store, due)

    assert await store.run(WORKSPACE, lambda tx: tx.huddles.get(TeamId(1), MONDAY)) is None
    await _alone(store, due)
    for team in (1, 2):
        huddle = await store.run(WORKSPACE, partial(_huddle, team))
        assert huddle is not None
        assert huddle.status is HuddleStatus.OPEN


class TestManyProcesses:
    @pytest.fixture
    async def stores(self, postgres_url: str) -> AsyncIterator[tuple[Store, Store]]:
        stores = Store(postgres_url), Store(postgres_url)
        for one in stores:
            await one.open()
        await stores[0].run(WORKSPACE, lambda tx: tx.workspaces.save(workspace_row()))
        yield stores
        for one in stores:
            await one.close()

    async def test_those_another_process_opens_are_left_to_it(
        self, stores: tuple[Store, Store], postgres_url: str
    ) -> None:
        store, _ = stores
        await store.run(WORKSPACE, lambda tx: [_add(tx, name) for name in "abc"])
        due = await store.due(NINE, limit=100)
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as other:
            other.execute("SELECT * FROM alarms WHERE subject = '2' FOR UPDATE")
            result = await _open(store, due)

        assert [alarm.subject for alarm in result.busy] == ["2"]
        assert result.alone == []
        left = await store.due(NINE, limit=100)
        assert [alarm.subject for alarm in left] == ["2"]

    async def test_each_huddle_is_opened_once_whoever_is_first(
        self, stores: tuple[Store, Store]
    ) -> None:
        one, other = stores
        await one.run(WORKSPACE, lambda tx: [_add(tx, f"t{number}") for number in range(40)])
        due = await one.due(NINE, limit=100)

        await asyncio.gather(
            *(_open(store, due) for store in stores for _ in range(2)),
            *(_open(store, due[::-1]) for store in stores),
        )

        assert await other.due(NINE, limit=100) == []
        rows = await other.door(_rows(WORKSPACE))
        assert len(rows["huddles"]) == len(rows["posts"]) == 40
