"""What the program takes before it has done anything: memory, and the time to be ready."""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks import seeds
from tests.benchmarks.figures import Figure
from tests.benchmarks.pairs import in_turns, ratio
from tests.benchmarks.running import cpu, local_slack, memory, settings, surroundings
from tests.processes import free_port

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

    from tests.benchmarks.running import Slack
    from tests.benchmarks.scale import Bench

AT_REST = 40.0
"""Megabytes more than the bare imports."""

RESTED = 1.0
"""Seconds after which what was needed only to start has been let go of."""

LIBRARIES = (
    "aiohttp.web, alembic.migration, alembic.script, apscheduler.schedulers.asyncio, dateparser, "
    "dotenv.parser, prometheus_client, pydantic, pytz, slack_bolt.app.async_app, "
    "slack_sdk.web.async_client, sqlalchemy.dialects.sqlite, psycopg, yaml"
)
"""What Baton imports of others before it is ready."""

_IMPORTS = f"import {LIBRARIES}; print('imported', flush=True); import sys; sys.stdin.read()"


@dataclass(frozen=True)
class _Start:
    """How long a process took to be there, what of it computing, and what it then had in memory."""

    seconds: float
    computed: float
    megabytes: float


@asynccontextmanager
async def _importing() -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _IMPORTS), env=surroundings(), stdin=PIPE, stdout=PIPE
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"imported\n"
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def bare_imports() -> float:
    """Return the megabytes of a process that has imported the libraries and nothing else."""
    return (await _import()).megabytes


async def _import() -> _Start:
    began = time.monotonic()
    async with _importing() as process:
        return _Start(time.monotonic() - began, cpu(process.pid), memory(process.pid))


async def footprint(bench: Bench) -> list[Figure]:
    """`baton run` on an up-to-date database: the time until it is ready, and memory at rest."""
    figures: list[Figure] = []
    for engine in bench.scale.engines:
        async with local_slack(workspaces=1, channels=1) as slack:
            figures += await _footprint(bench, engine, slack)
    return figures


async def _footprint(bench: Bench, engine: str, slack: Slack) -> list[Figure]:
    database = await bench.engines.new(engine)
    seeds.workspaces(database, slack.workspaces)
    # The first start finds nothing in the disk's cache.
    await _import()
    await _start(slack, database, rest=0)
    started, imported = await in_turns(
        bench.scale.rounds, lambda: _start(slack, database, rest=RESTED), _import
    )
    ready = [one.seconds for one in started], [one.seconds for one in imported]
    computed = [one.computed for one in started], [one.computed for one in imported]
    resting, imports = [one.megabytes for one in started], [one.megabytes for one in imported]
    floor = "the bare imports"
    return [
        Figure("start", "until ready", engine, ratio(*ready), floor, most=1.5),
        Figure("start", "computing", engine, ratio(*computed), floor),
        Figure(
            "start",
            "memory at rest",
            engine,
            ratio(resting, imports),
            floor,
            most=1 + AT_REST / imports[0],
            more={"megabytes more": resting[0] - imports[0]},
        ),
    ]


async def _start(slack: Slack, database: str, *, rest: float) -> _Start:
    began = time.monotonic()
    async with _running(slack, database) as process:
        seconds, computed = time.monotonic() - began, cpu(process.pid)
        await asyncio.sleep(rest)
        return _Start(seconds, computed, memory(process.pid))


@asynccontextmanager
async def _running(slack: Slack, database: str) -> AsyncIterator[Process]:
    """Run the very program that operators run, until `/readyz` has said that it is ready."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env={
            **surroundings(),
            **settings(slack, database, port),
            "BATON_LOG_LEVEL": "warning",
        },
    )
    try:
        async with asyncio.timeout(60):
            while not await _is_ready(port):  # noqa: ASYNC110  # another process sets no event
                await asyncio.sleep(0.005)
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return (await reader.readline()).startswith(b"HTTP/1.1 200")
    finally:
        writer.close()
