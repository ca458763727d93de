"""Commands and reactions over HTTP, beside a bare Bolt app that only acknowledges them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app import system_clock
from tests.benchmarks import seeds
from tests.benchmarks.figures import Figure
from tests.benchmarks.load import Load, delegations, load, reactions
from tests.benchmarks.pairs import in_turns, ratio, share
from tests.benchmarks.running import bare_bolt, bot, complaints, local_slack, port_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.benchmarks.pairs import Ratio
    from tests.benchmarks.running import Slack
    from tests.benchmarks.scale import Bench
    from tests.processes import BotProcess

CLIENTS = 16
CROWD = 64
SLOWEST = 1.0
"""Seconds, of the three that Slack waits."""

BARE = "bare Bolt that only acknowledges"
WITH_ROWS = "the same with the same rows by the raw driver"
RECEIPT = b"Task "


@dataclass
class _Setting:
    """One local Slack, and beside it the bot and its floors, each with a database of its own."""

    slack: Slack
    ours: BotProcess
    bare: int
    rows: int
    publishing: BotProcess
    _runs: int = 0

    def delegating(
        self, port: int, bench: Bench, *, clients: int = CLIENTS
    ) -> Callable[[], Awaitable[Load]]:
        async def measure() -> Load:
            self._runs += 1
            requests = delegations(
                self.slack.signing_secret,
                self.slack.workspaces,
                bench.scale.requests,
                run=f"run.{self._runs}",
            )
            return await load(port, requests, clients=clients, says=RECEIPT)

        return measure

    async def warm_up(self) -> None:
        """Let everybody meet each workspace once: that costs more, and only then."""
        for port in (port_of(self.ours), self.bare, self.rows, port_of(self.publishing)):
            self._runs += 1
            requests = delegations(
                self.slack.signing_secret,
                self.slack.workspaces,
                max(32, len(self.slack.workspaces)),
                run=f"warm.{self._runs}",
            )
            await load(port, requests, clients=CLIENTS)


async def delegate(bench: Bench) -> list[Figure]:
    """Delegate by 16 clients, in one workspace and in many, and by 64 at once."""
    figures: list[Figure] = []
    for engine in bench.scale.engines:
        for count in bench.scale.workspaces:
            figures += await _delegate(bench, engine, count)
    return figures


async def _delegate(bench: Bench, engine: str, count: int) -> list[Figure]:
    row = f"delegate in {count}"
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(local_slack(workspaces=count, channels=5))
        databases = [await bench.engines.new(engine) for _ in range(3)]
        for database in databases:
            seeds.workspaces(database, slack.workspaces)
        here = _Setting(
            slack=slack,
            ours=await stack.enter_async_context(bot(slack, databases[0], publishing=False)),
            bare=await stack.enter_async_context(bare_bolt(slack)),
            rows=await stack.enter_async_context(bare_bolt(slack, databases[1])),
            publishing=await stack.enter_async_context(bot(slack, databases[2], paced=True)),
        )
        await here.warm_up()
        rounds = bench.scale.rounds
        ours, bare, rows, publishing = await in_turns(
            rounds,
            here.delegating(port_of(here.ours), bench),
            here.delegating(here.bare, bench),
            here.delegating(here.rows, bench),
            here.delegating(port_of(here.publishing), bench),
        )
        crowd, bare_crowd = await in_turns(
            rounds,
            here.delegating(port_of(here.ours), bench, clients=CROWD),
            here.delegating(here.bare, bench, clients=CROWD),
        )
        note = _note(here.ours, here.publishing)
    return [
        Figure(row, "(a) a second", engine, _rates(ours, bare), BARE, least=0.25, note=note),
        Figure(row, "(b) a second", engine, _rates(ours, rows), WITH_ROWS, least=0.6),
        _errors(row, engine, [*ours, *publishing]),
        Figure(
            row,
            "p99",
            engine,
            ratio([one.p99 for one in ours], [one.p99 for one in bare]),
            BARE,
            most=5,
        ),
        Figure(row, "publishing", engine, _rates(publishing, bare), BARE, least=0.15),
        Figure(
            f"{row}, {CROWD} clients",
            "slowest",
            engine,
            share([max(one.slowest for one in crowd)], SLOWEST),
            "a second",
            most=1,
            more={"bare": max(one.slowest for one in bare_crowd)},
        ),
        _errors(f"{row}, {CROWD} clients", engine, crowd),
    ]


async def react(bench: Bench) -> list[Figure]:
    """Mark a task done by a reaction, by 16 clients."""
    figures: list[Figure] = []
    for engine in bench.scale.engines:
        for count in bench.scale.workspaces:
            figures += await _react(bench, engine, count)
    return figures


async def _react(bench: Bench, engine: str, count: int) -> list[Figure]:
    row = f"reaction in {count}"
    scale = bench.scale
    # Each measurement finishes tasks that nobody finished before, and the first is to warm up.
    each = (scale.rounds + 1) * -(-scale.requests // count)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(local_slack(workspaces=count, channels=5))
        databases = [await bench.engines.new(engine) for _ in range(3)]
        for database in databases:
            seeds.workspaces(database, slack.workspaces, next_task=each + 1)
            cards = seeds.tasks(
                database, slack.workspaces, each=each, now=system_clock(), cards=True
            )
        ours = await stack.enter_async_context(bot(slack, databases[0], publishing=False))
        publishing = await stack.enter_async_context(bot(slack, databases[2]))
        ports = [
            port_of(ours),
            await stack.enter_async_context(bare_bolt(slack)),
            await stack.enter_async_context(bare_bolt(slack, databases[1])),
            port_of(publishing),
        ]

        def reacting(port: int) -> Callable[[], Awaitable[Load]]:
            fresh = iter(cards)

            async def measure() -> Load:
                these = [next(fresh) for _ in range(scale.requests)]
                requests = reactions(slack.signing_secret, these)
                return await load(port, requests, clients=CLIENTS)

            return measure

        measures = [reacting(port) for port in ports]
        await in_turns(1, *measures)
        mine, bare, rows, busy = await in_turns(scale.rounds, *measures)
        note = _note(ours, publishing)
    return [
        Figure(row, "(a) a second", engine, _rates(mine, bare), BARE, least=0.25, note=note),
        Figure(row, "(b) a second", engine, _rates(mine, rows), WITH_ROWS, least=0.6),
        _errors(row, engine, [*mine, *busy]),
        Figure(
            row,
            "p99",
            engine,
            ratio([one.p99 for one in mine], [one.p99 for one in bare]),
            BARE,
            most=5,
        ),
        Figure(row, "publishing", engine, _rates(busy, bare), BARE, least=0.15),
    ]


def _rates(ours: list[Load], floor: list[Load]) -> Ratio:
    return ratio([one.rate for one in ours], [one.rate for one in floor])


def _errors(row: str, engine: str, loads: list[Load]) -> Figure:
    asked = sum(len(one.latencies) for one in loads)
    wrong = sum(one.errors for one in loads)
    return Figure(row, "errors", engine, share([wrong], asked), "all requests", most=0)


def _note(*bots: BotProcess) -> str:
    said = [line for one in bots for line in complaints(one)]
    return f"the bot complained {len(said)} times: {said[0]}" if said else ""
