"""Huddles that are due at one minute: everywhere without Slack's limits, in one workspace with."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from bot.publishing.limiter import Limits
from tests.benchmarks import seeds
from tests.benchmarks.clock import system_clock
from tests.benchmarks.engines import SQLITE, ask, change, moment
from tests.benchmarks.figures import Figure
from tests.benchmarks.footprint import bare_imports
from tests.benchmarks.pairs import ratio, share
from tests.benchmarks.running import (
    bot,
    complaints,
    cpu,
    line_of,
    local_slack,
    memory,
    spawned,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tests.benchmarks.running import Slack
    from tests.benchmarks.scale import Bench

CONCURRENCY = Limits().concurrency
SETTLED = 1.0
"""Seconds that the bot is given to come to rest before it is measured."""

AT_REST = 40.0
DURING = 150.0
"""Megabytes more than the bare imports."""

PER_MINUTE = 300
BURST = 10
"""Slack's limits on posting in one workspace, of which the theoretical minimum is made."""

POST = "chat.postMessage"
AWAKE = 2.0
"""Seconds until the huddles are due, while the bot finds out when they are."""

LONGEST = 600.0


@dataclass
class _Bursts:
    """What the bursts of one engine came to."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    floor_cpu: list[float] = field(default_factory=list)
    slack_cpu: list[float] = field(default_factory=list)
    resting: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    wrong: int = 0
    complaints: list[str] = field(default_factory=list)


async def burst(bench: Bench) -> list[Figure]:
    """All huddles of many workspaces at one minute, without limits; and the memory that takes."""
    figures: list[Figure] = []
    for engine in bench.scale.engines:
        figures += await _burst(bench, engine)
    return figures


async def _burst(bench: Bench, engine: str) -> list[Figure]:
    count, each = bench.scale.burst
    row = f"{count * each} huddles in {count}"
    found = _Bursts()
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(local_slack(workspaces=count, channels=each))
        seeded = await bench.engines.new(engine)
        seeds.workspaces(seeded, slack.workspaces)
        seeds.teams(seeded, slack.workspaces, each=each, local=_soon())
        for _ in range(bench.scale.rounds):
            await _one_burst(bench, slack, seeded, count * each, found)
        imports = await bare_imports()
    said = found.complaints
    note = f"the bot complained {len(said)} times: {said[0]}" if said else ""
    client = f"AsyncWebClient with {CONCURRENCY} at once"
    most = 1.6 if engine == SQLITE else 2.2
    return [
        Figure(
            row,
            "seconds",
            engine,
            ratio(found.ours, found.floor),
            client,
            most=most,
            note=note,
            # The local Slack is a process like the others, and must not be what is measured.
            more={
                "a huddle takes the bot": median(found.cpu) / (count * each),
                "a message takes the client": median(found.floor_cpu) / (count * each),
                "a message takes the local Slack": median(found.slack_cpu) / (count * each),
            },
        ),
        Figure(row, "computing", engine, ratio(found.cpu, found.floor_cpu), client),
        Figure(row, "wrong", engine, share([found.wrong], count * each), "all huddles", most=0),
        Figure(
            row,
            "memory during",
            engine,
            ratio(found.peak, [imports] * len(found.peak)),
            "the bare imports",
            most=1 + DURING / imports,
            more={"megabytes more": max(found.peak) - imports},
        ),
        Figure(
            row,
            "memory before",
            engine,
            ratio(found.resting, [imports] * len(found.resting)),
            "the bare imports",
            most=1 + AT_REST / imports,
            more={"megabytes more": max(found.resting) - imports},
        ),
    ]


async def _one_burst(bench: Bench, slack: Slack, seeded: str, huddles: int, found: _Bursts) -> None:
    database = bench.engines.copy(seeded)
    async with bot(slack, database, paced=False) as ours:
        await asyncio.sleep(SETTLED)
        found.resting.append(memory(ours.process.pid))
        before, worked = await slack.calls(), cpu(ours.process.pid)
        due_at = await _fall_due(database)
        await _posted(slack, before + huddles)
        found.ours.append((system_clock() - due_at).total_seconds())
        found.cpu.append(cpu(ours.process.pid) - worked)
        found.peak.append(memory(ours.process.pid, peak=True))
        # What was sent last is still to be written down.
        await _shown(database, huddles)
        found.wrong += await _amiss(slack, huddles)
        said = await slack.posted(bodies=True)
        found.complaints += complaints(ours)
    bench.engines.drop(database)
    await slack.forget()
    served = cpu(slack.pid)
    seconds, computed = await _posted_by_the_client(slack, said)
    found.floor.append(seconds)
    found.floor_cpu.append(computed)
    found.slack_cpu.append(cpu(slack.pid) - served)
    await slack.forget()


def _soon() -> datetime:
    """Return the minute at which teams are scheduled; their alarms are set to the second."""
    return system_clock() - timedelta(minutes=1)


async def _fall_due(database: str) -> datetime:
    """Have all alarms ring in a moment, wait for it, and return when it was."""
    due_at = system_clock() + timedelta(seconds=AWAKE)
    # As the teams are scheduled a minute ago, each has exactly one huddle to hold.
    change(database, f"UPDATE alarms SET due_at = {moment(database, due_at)}")  # noqa: S608  # our own time
    await asyncio.sleep((due_at - system_clock()).total_seconds())
    return due_at


async def _posted(slack: Slack, calls: int) -> None:
    async with asyncio.timeout(LONGEST):
        # It happens in other processes, which set no event of ours.
        while await slack.calls() < calls:  # noqa: ASYNC110  # it happens in another process, which sets no event of ours
            await asyncio.sleep(0.02)


async def _shown(database: str, huddles: int) -> None:
    async with asyncio.timeout(LONGEST):
        query = "SELECT count(*) FROM posts WHERE kind = 'huddle' AND ts IS NOT NULL"
        while (await asyncio.to_thread(ask, database, query))[0][0] < huddles:  # noqa: ASYNC110  # likewise
            await asyncio.sleep(0.05)


async def _amiss(slack: Slack, huddles: int) -> int:
    """Return how many channels have not exactly one root."""
    posted = [(one["team"], one["channel"]) for one in await slack.posted() if one["ok"]]
    return abs(huddles - len(posted)) + len(posted) - len(set(posted))


async def _posted_by_the_client(slack: Slack, said: list[dict[str, Any]]) -> tuple[float, float]:
    tokens = {who["id"]: who["token"] for who in slack.workspaces}
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([(tokens[one["team"]], one["args"]) for one in said if one["ok"]], file)
        file.flush()
        told = ("--api-url", slack.api_url, "--concurrency", str(CONCURRENCY), "--file", file.name)
        async with spawned("tests.benchmarks.floors", "post", *told) as process:
            seconds, computed = json.loads(await line_of(process))
            return float(seconds), float(computed)


async def limited(bench: Bench) -> list[Figure]:
    """All huddles of one workspace at one minute, with Slack's limits on."""
    figures: list[Figure] = []
    for engine in bench.scale.engines:
        figures += await _limited(bench, engine)
    return figures


async def _limited(bench: Bench, engine: str) -> list[Figure]:
    huddles = bench.scale.limited
    row = f"{huddles} huddles in one"
    minimum = (huddles - BURST) / (PER_MINUTE / 60)
    async with local_slack(workspaces=1, channels=huddles, limits=True) as slack:
        database = await bench.engines.new(engine)
        seeds.workspaces(database, slack.workspaces)
        seeds.teams(database, slack.workspaces, each=huddles, local=_soon())
        async with bot(slack, database) as ours:
            await asyncio.sleep(SETTLED)
            due_at = await _fall_due(database)
            await _shown(database, huddles)
            last = max(one["at"] for one in await slack.posted() if one["ok"])
            counted = await slack.counted()
            wrong = await _amiss(slack, huddles)
            note = "; ".join(complaints(ours)[:1])
    refused = _of_status(counted, "429")
    took = last - due_at.timestamp()
    return [
        Figure(
            row,
            "seconds",
            engine,
            share([took], minimum),
            f"the minimum: {BURST} at once, then {PER_MINUTE} a minute",
            most=1.1,
            note=note,
        ),
        Figure(row, "429", engine, share([refused], sum(counted.values())), "all calls", most=0.01),
        Figure(row, "wrong", engine, share([wrong], huddles), "all huddles", most=0),
    ]


def _of_status(counted: Mapping[str, int], status: str) -> int:
    return sum(n for what, n in counted.items() if what.endswith(status))
