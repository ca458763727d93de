"""Commands and reactions over HTTP, beside a bare Bolt app that only acknowledges them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import count as counting
from typing import TYPE_CHECKING

from tests.benchmarks import seeds
from tests.benchmarks.clock import system_clock
from tests.benchmarks.engines import ask
from tests.benchmarks.figures import Figure
from tests.benchmarks.load import Load, delegations, load, reactions
from tests.benchmarks.pairs import Ratio, in_turns, ratio, share
from tests.benchmarks.running import bare_bolt, bot, complaints, cpu, local_slack, server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.benchmarks.running import Server, Slack
    from tests.benchmarks.scale import Bench
    from tests.processes import BotProcess

    Requests = Callable[[int], Sequence[bytes]]

CLIENTS = 16
CROWD = 64
SLOWEST = 1.0
"""Seconds, of the three that Slack waits."""

BARE = "bare Bolt that only acknowledges"
WITH_ROWS = "the same with the same rows by the raw driver"
RECEIPT = b"Task "

# Whatever was pending before, nobody shows it while others are measured.
_PENDING = "SELECT count(*) FROM posts WHERE state = 'live' AND shown < wanted"
DRAINED = 120.0


@dataclass(frozen=True)
class _Setting:
    """The bot without a publisher, the bot with one, and their floors; each has a database."""

    ours: BotProcess
    bare: Server
    rows: Server
    publishing: BotProcess
    published_from: str

    @property
    def note(self) -> str:
        said = [line for one in (self.ours, self.publishing) for line in complaints(one)]
        return f"the bot complained {len(said)} times: {said[0]}" if said else ""


async def _set(stack: AsyncExitStack, slack: Slack, databases: Sequence[str]) -> _Setting:
    return _Setting(
        ours=await stack.enter_async_context(bot(slack, databases[0], publishing=False)),
        bare=await stack.enter_async_context(bare_bolt(slack)),
        rows=await stack.enter_async_context(bare_bolt(slack, databases[1])),
        # Slack's limits would keep it from working as hard as it can.
        publishing=await stack.enter_async_context(bot(slack, databases[2], paced=False)),
        published_from=databases[2],
    )


def _loading(
    to: Server, requests: Requests, number: int, *, clients: int = CLIENTS, says: bytes = b""
) -> Callable[[], Awaitable[Load]]:
    async def measure() -> Load:
        these = requests(number)
        before = cpu(to.pid)
        found = await load(to.port, these, clients=clients, says=says)
        return replace(found, cpu=cpu(to.pid) - before)

    return measure


def _then_drained(
    measure: Callable[[], Awaitable[Load]], database: str
) -> Callable[[], Awaitable[Load]]:
    """Wait after each measurement until all is published: the next one is somebody else's."""

    async def measured() -> Load:
        found = await measure()
        async with asyncio.timeout(DRAINED):
            # It happens in another process, which sets no event of ours.
            while (await asyncio.to_thread(ask, database, _PENDING))[0][0]:  # noqa: ASYNC110  # it happens in another process, which sets no event of ours
                await asyncio.sleep(0.1)
        return found

    return measured


async def delegate(bench: Bench) -> list[Figure]:
    """Delegate by 16 clients, in one workspace and in many, and by 64 at once."""
    figures: list[Figure] = []
    for engine in bench.scale.engines:
        for count in bench.scale.workspaces:
            figures += await _delegate(bench, engine, count)
    return figures


async def _delegate(bench: Bench, engine: str, count: int) -> list[Figure]:
    row = f"delegate in {count}"
    scale = bench.scale
    runs = counting()
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(local_slack(workspaces=count, channels=5))
        databases = [await bench.engines.new(engine) for _ in range(3)]
        for database in databases:
            seeds.workspaces(database, slack.workspaces)
        here = await _set(stack, slack, databases)

        def requests(number: int) -> list[bytes]:
            return delegations(
                slack.signing_secret, slack.workspaces, number, run=f"run.{next(runs)}"
            )

        ours, publishing = server(here.ours), server(here.publishing)
        # To meet a workspace for the first time costs more, and only then.
        for each in (ours, here.bare, here.rows, publishing):
            await _loading(each, requests, max(CLIENTS, count))()
        busy = _loading(publishing, requests, scale.requests, says=RECEIPT)
        figures = _figures(
            row,
            engine,
            await in_turns(
                scale.rounds,
                _loading(ours, requests, scale.requests, says=RECEIPT),
                _loading(here.bare, requests, scale.requests),
                _loading(here.rows, requests, scale.requests),
                _then_drained(busy, here.published_from),
            ),
            here.note,
        )
        crowd, bare_crowd = await in_turns(
            scale.rounds,
            _loading(ours, requests, scale.requests, clients=CROWD, says=RECEIPT),
            _loading(here.bare, requests, scale.requests, clients=CROWD),
        )
    crowded = f"{row}, {CROWD} clients"
    return [
        *figures,
        Figure(
            crowded,
            "slowest",
            engine,
            share([max(one.slowest for one in crowd)], SLOWEST),
            "a second",
            most=1,
            more={"bare": max(one.slowest for one in bare_crowd)},
        ),
        _errors(crowded, engine, crowd),
    ]


async def react(bench: Bench) -> list[Figure]:
    """Mark a task done by a reaction, by 16 clients."""
    figures: list[Figure] = []
    for engine in bench.scale.engines:
        for count in bench.scale.workspaces:
            figures += await _react(bench, engine, count)
    return figures


async def _react(bench: Bench, engine: str, count: int) -> list[Figure]:
    scale = bench.scale
    # Each measurement finishes tasks that nobody finished before, and the first is to warm up.
    each = (scale.rounds + 1) * -(-scale.requests // count)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(local_slack(workspaces=count, channels=5))
        databases = [await bench.engines.new(engine) for _ in range(3)]
        for database in databases:
            seeds.workspaces(database, slack.workspaces, next_task=each + 1)
            now = system_clock()
            cards = seeds.tasks(database, slack.workspaces, each=each, now=now, cards=True)
        here = await _set(stack, slack, databases)

        def fresh() -> Requests:
            unfinished = iter(cards)

            def requests(number: int) -> list[bytes]:
                these = [next(unfinished) for _ in range(number)]
                return reactions(slack.signing_secret, these)

            return requests

        busy = _loading(server(here.publishing), fresh(), scale.requests)
        measures = (
            _loading(server(here.ours), fresh(), scale.requests),
            _loading(here.bare, fresh(), scale.requests),
            _loading(here.rows, fresh(), scale.requests),
            _then_drained(busy, here.published_from),
        )
        await in_turns(1, *measures)
        found = await in_turns(scale.rounds, *measures)
        undone = await _undone(databases[0], (scale.rounds + 1) * scale.requests)
        return _figures(f"reaction in {count}", engine, found, here.note or undone)


async def _undone(database: str, reacted: int) -> str:
    [[done]] = await asyncio.to_thread(
        ask, database, "SELECT count(*) FROM tasks WHERE status = 'done'"
    )
    return "" if done == reacted else f"{reacted - done} tasks were not done"


def _figures(row: str, engine: str, found: list[list[Load]], note: str) -> list[Figure]:
    ours, bare, rows, publishing = found
    return [
        Figure(row, "(a) a second", engine, _rates(ours, bare), BARE, least=0.25, note=note),
        Figure(row, "(b) a second", engine, _rates(ours, rows), WITH_ROWS, least=0.6),
        Figure(row, "(a) computing", engine, _costs(ours, bare), BARE),
        Figure(row, "(b) computing", engine, _costs(ours, rows), WITH_ROWS),
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
    ]


def _rates(ours: list[Load], floor: list[Load]) -> Ratio:
    return ratio([one.rate for one in ours], [one.rate for one in floor])


def _costs(ours: list[Load], floor: list[Load]) -> Ratio:
    """Return how many times as much is computed for each request."""
    return ratio([one.cost for one in ours], [one.cost for one in floor])


def _errors(row: str, engine: str, loads: list[Load]) -> Figure:
    asked = sum(len(one.latencies) for one in loads)
    wrong = sum(one.errors for one in loads)
    return Figure(row, "errors", engine, share([wrong], asked), "all requests", most=0)
