"""How long people wait, on a machine that does nothing else, for what Baton shows them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks import seeds
from tests.benchmarks.clock import system_clock
from tests.benchmarks.engines import change, moment
from tests.benchmarks.figures import Figure
from tests.benchmarks.load import delegations, load
from tests.benchmarks.pairs import share
from tests.benchmarks.running import bot, local_slack, server

if TYPE_CHECKING:
    from tests.benchmarks.running import Slack
    from tests.benchmarks.scale import Bench

USUAL = 0.3
LONGEST = 2.0
"""Seconds; the second is the promise."""

PATIENCE = 20.0
APART = 0.4
"""Seconds between two huddles, so that none waits for another."""


async def delay(bench: Bench) -> list[Figure]:
    """Wait for a card after its receipt, and for a huddle after its minute."""
    figures: list[Figure] = []
    for engine in bench.scale.engines:
        samples = bench.scale.samples
        # Each in a workspace of its own: nothing waits for the limits of another one.
        async with local_slack(workspaces=samples, channels=1) as slack:
            database = await bench.engines.new(engine)
            seeds.workspaces(database, slack.workspaces)
            local = system_clock() - timedelta(minutes=1)
            seeds.teams(database, slack.workspaces, each=1, local=local)
            async with bot(slack, database) as ours:
                cards = [await _card(slack, server(ours).port, number) for number in range(samples)]
                huddles = await _huddles(slack, database)
        figures += [*_figures("card", engine, cards), *_figures("huddle", engine, huddles)]
    return figures


def _figures(what: str, engine: str, waited: list[float]) -> list[Figure]:
    row = f"{what} shown after"
    return [
        Figure(row, "median", engine, share([median(waited)], USUAL), "0.3 s", most=1),
        Figure(row, "worst", engine, share([max(waited)], LONGEST), "2 s", most=1),
    ]


async def _card(slack: Slack, port: int, number: int) -> float:
    """Return the seconds from a receipt to its card."""
    who = slack.workspaces[number]
    [request] = delegations(slack.signing_secret, [who], 1, run=f"card.{number}")
    await load(port, [request], clients=1)
    answered = system_clock().timestamp()
    [channel] = who["channels"]
    return max(0.0, (await _posted_in(slack, who["id"], channel)) - answered)


async def _huddles(slack: Slack, database: str) -> list[float]:
    """Return the seconds from each huddle's minute to its root."""
    await slack.forget()
    began = system_clock() + timedelta(seconds=1)
    due = {
        who["id"]: began + timedelta(seconds=APART * number)
        for number, who in enumerate(slack.workspaces)
    }
    change(
        database,
        *(
            f"UPDATE alarms SET due_at = {moment(database, at)} WHERE workspace = '{workspace}'"  # noqa: S608  # our own words
            for workspace, at in due.items()
        ),
    )
    return [
        await _posted_in(slack, who["id"], who["channels"][0]) - due[who["id"]].timestamp()
        for who in slack.workspaces
    ]


async def _posted_in(slack: Slack, team: str, channel: str) -> float:
    """Return when the first message of a channel came, as soon as there is one."""
    async with asyncio.timeout(PATIENCE + APART * len(slack.workspaces)):
        while True:
            for one in await slack.posted():
                if (one["team"], one["channel"]) == (team, channel):
                    return float(one["at"])
            # It happens in other processes, which set no event of ours.
            await asyncio.sleep(0.01)
