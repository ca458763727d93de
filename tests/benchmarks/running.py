"""The processes of a measurement: the local Slack, the bot, and what the bot is compared with."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.processes import BotProcess, free_port, inherited

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping, Sequence

_LONGEST_LINE = 64 * 1024 * 1024
_KILOBYTES = 1024


def surroundings() -> dict[str, str]:
    """Return what a process needs, without what would have it count the lines it runs."""
    return {name: it for name, it in inherited().items() if not name.startswith("COVERAGE_")}


@asynccontextmanager
async def spawned(*argv: str) -> AsyncIterator[Process]:
    """Run a module of ours as a process, killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *argv), env=surroundings(), stdout=PIPE, limit=_LONGEST_LINE
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def line_of(process: Process) -> str:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    async with asyncio.timeout(600):
        line = await process.stdout.readline()
    assert line, "it ended without a word"
    return line.decode()


@dataclass(frozen=True)
class Slack:
    """A local Slack in a process of its own."""

    url: str
    api_url: str
    signing_secret: str
    workspaces: Sequence[Mapping[str, Any]]
    pid: int
    session: aiohttp.ClientSession

    async def calls(self) -> int:
        return int((await self._get("tally"))["calls"])

    async def counted(self) -> Mapping[str, int]:
        """Return how many calls there were, by method and status."""
        return dict((await self._get("tally"))["counted"])

    async def posted(self, *, bodies: bool = False) -> list[dict[str, Any]]:
        return list(await self._get("posted?bodies=1" if bodies else "posted"))

    async def forget(self) -> None:
        async with self.session.post(f"{self.url}_bench/forget") as answer:
            answer.raise_for_status()

    async def _get(self, door: str) -> Any:  # noqa: ANN401  # whatever JSON holds
        async with self.session.get(f"{self.url}_bench/{door}") as answer:
            answer.raise_for_status()
            return await answer.json()


@dataclass(frozen=True)
class Server:
    """What takes commands and events, whoever it is."""

    port: int
    pid: int


@asynccontextmanager
async def local_slack(
    *, workspaces: int, channels: int, limits: bool = False
) -> AsyncIterator[Slack]:
    told = ("--workspaces", str(workspaces), "--channels", str(channels))
    async with (
        spawned("tests.benchmarks.slack", *told, *(["--limits"] if limits else [])) as process,
        aiohttp.ClientSession() as session,
    ):
        yield Slack(**json.loads(await line_of(process)), pid=process.pid, session=session)


@asynccontextmanager
async def bot(
    slack: Slack, database: str, *, publishing: bool = True, paced: bool = True
) -> AsyncIterator[BotProcess]:
    """Run the bot for all workspaces of a local Slack, as a process that is ready."""
    with NamedTemporaryFile("w", suffix=".json") as plan:
        json.dump({"workspaces": slack.workspaces, "publishing": publishing, "paced": paced}, plan)
        plan.flush()
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.program", plan.name, "run"),
            env={**surroundings(), **settings(slack, database, port)},
            stderr=PIPE,
        )
        one = BotProcess(process, f"http://127.0.0.1:{port}")
        reading: asyncio.Task[None] | None = None
        try:
            await one.reached("ready")
            reading = asyncio.create_task(one.read())
            yield one
        finally:
            one.kill()
            await process.wait()
            if reading is not None:
                await reading


def settings(slack: Slack, database: str, port: int) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": str(slack.workspaces[0]["token"]),
        "SLACK_API_URL": slack.api_url,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "DATABASE_URL": database,
        "PORT": str(port),
        "BATON_LOG_FORMAT": "json",
    }


@asynccontextmanager
async def bare_bolt(slack: Slack, database: str | None = None) -> AsyncIterator[Server]:
    """Run the app that only acknowledges, as a process."""
    port = free_port()
    told = ["--port", str(port), "--secret", slack.signing_secret]
    told += ["--database", database] if database else []
    async with spawned("tests.benchmarks.floors", "serve", *told) as process:
        await line_of(process)
        yield Server(port, process.pid)


def server(one: BotProcess) -> Server:
    return Server(int(one.url.rpartition(":")[2]), one.process.pid)


def memory(pid: int, *, peak: bool = False) -> float:
    """Return how many megabytes a process has in memory, or has had at most."""
    name = "VmHWM" if peak else "VmRSS"
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    line = next(line for line in status if line.startswith(name))
    return int(line.split()[1]) / _KILOBYTES


def complaints(one: BotProcess) -> list[str]:
    """Return what a bot logged that it should not have had to."""
    return [str(line) for line in one.log if line.get("level") in {"error", "critical", None}]


def cpu(pid: int) -> float:
    """Return the seconds that a process has computed: other processes hardly change them."""
    _, _, fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
