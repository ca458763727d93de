"""Rows that are asked for by their keys are found by an index, and no others are read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.person import WorkspaceId
from bot.domain.team import TeamId
from bot.store import huddles, openings, outbox, teams
from bot.store.huddles import answers_among, huddles_among
from bot.store.teams import teams_among
from tests.databases import workspace_row
from tests.store.samples import A_HUDDLE, AN_ANSWER, CHANNEL, DATE, NOW, ROLES, SCHEDULE

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from bot.store.database import Store, Tx

HERE, THERE = WorkspaceId("T0001"), WorkspaceId("T0002")
NEXT = DATE.replace(day=DATE.day + 1)


def _furnish(tx: Tx) -> None:
    tx.workspaces.save(workspace_row(tx.workspace))
    for name in ("Manila", "Cebu"):
        team = tx.teams.add(name=name, channel=CHANNEL, schedule=SCHEDULE, roles=ROLES, now=NOW)
        for on in (DATE, NEXT):
            tx.huddles.add(replace(A_HUDDLE, team=team.id, date=on))
            tx.huddles.put_answer(team.id, on, AN_ANSWER)


async def test_those_are_found_that_are_asked_for_and_no_others(store: Store) -> None:
    asked = [(HERE, TeamId(1), DATE), (THERE, TeamId(2), NEXT), (THERE, TeamId(7), DATE)]
    for workspace in (HERE, THERE):
        await store.run(workspace, _furnish)

    def work(connection: Connection) -> tuple[object, ...]:
        return (
            teams_among(connection, [key[:2] for key in asked]).keys(),
            huddles_among(connection, asked).keys(),
            answers_among(connection, asked).keys(),
        )

    found_teams, *found = await store.door(work)

    assert found_teams == {key[:2] for key in asked[:2]}
    assert found == [set(asked[:2])] * 2


@pytest.mark.parametrize(
    "statement",
    [
        openings._DUE,
        openings._STILL_THERE,
        openings._KNOWN,
        teams._AMONG,
        teams._PEOPLE_AMONG,
        huddles._AMONG,
        huddles._ANSWERS_AMONG,
        outbox._TO_ATTEMPT,
        outbox._TO_SETTLE,
        outbox._STILL_THERE,
    ],
)
async def test_no_table_is_read_from_end_to_end(
    sqlite_store: Store, statement: Select[Any]
) -> None:
    def plan(connection: Connection) -> list[str]:
        compiled = statement.compile(connection)
        nothing = dict.fromkeys(compiled.params)
        explained = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {compiled}", tuple(nothing.values())
        )
        return [row[3] for row in explained]

    steps = await sqlite_store.door(plan)

    # The one thing that may be read whole is what was asked for.
    assert [step for step in steps if "SCAN" in step and "VIRTUAL TABLE" not in step] == []
