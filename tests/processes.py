"""The bot as a process, beside a local Slack in the test."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping

    from bot.sandbox.server import LocalSlack
    from tests.shifted import ShiftedClock

STARTED = 60.0
"""Seconds a process may take to be ready on a machine that does much else."""

STOPPED = 10.0
"""Seconds in which a process has promised to stop."""

# Only of commands that run to their end. It would slow down a bot that others wait for, all of
# which runs inside the tests as well.
COVERAGE = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")


@dataclass
class BotProcess:
    """One `baton run`, and what it logged."""

    process: Process
    url: str
    log: list[dict[str, Any]] = field(default_factory=list)

    async def reached(self, action: str) -> None:
        """Wait until the process logs this action."""
        assert self.process.stderr is not None
        async with asyncio.timeout(STARTED):
            async for line in self.process.stderr:
                self._note(line)
                if self.log[-1].get("action") == action:
                    return
        raise AssertionError(f"the process ended before {action}: {self.log}")

    async def read(self) -> None:
        """Go on reading what it logs, so that it never waits for us."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self._note(line)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    async def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.terminate()
        async with asyncio.timeout(STOPPED):
            return await self.process.wait()

    def _note(self, line: bytes) -> None:
        try:
            self.log.append(json.loads(line))
        except ValueError:
            self.log.append({"message": line.decode(errors="replace").rstrip()})


@asynccontextmanager
async def baton(
    slack: LocalSlack,
    *,
    token: str,
    database_url: str,
    over: str,
    folder: Path,
    clock: ShiftedClock,
    until: str = "ready",
    program: str = "tests.shifted",
    environ: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[BotProcess]:
    """Run the bot as a process over `http` or `socket`, and kill what is left of it at the end.

    It is there once it has logged the action `until`. `program` is the module that is run as the
    bot, and `environ` what it is told besides.
    """
    port = free_port()
    told = {
        **inherited(),
        **environ,
        "SLACK_BOT_TOKEN": token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "BATON_LOG_FORMAT": "json",
    }
    if over == "http":
        told["SLACK_SIGNING_SECRET"] = slack.signing_secret
        slack.events_url = f"http://127.0.0.1:{port}/slack/events"
    else:
        told["SLACK_APP_TOKEN"] = slack.app_token
        slack.events_url = None
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        program,
        str(clock.file),
        "run",
        cwd=folder,
        env=told,
        stderr=asyncio.subprocess.PIPE,
    )
    bot = BotProcess(process, f"http://127.0.0.1:{port}")
    reading: asyncio.Task[None] | None = None
    try:
        await bot.reached(until)
        reading = asyncio.create_task(bot.read())
        yield bot
    finally:
        bot.kill()
        await process.wait()
        if reading is not None:
            await reading


async def ran(
    *argv: str, environ: dict[str, str], folder: Path, until: str | None = None
) -> tuple[int, str, str]:
    """Run a command to its end, or until it prints a line with `until` and is told to stop.

    Returns the exit code and what it wrote to its two outputs.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *argv,
        cwd=folder,
        env={**inherited(*COVERAGE), **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    printed = ""
    try:
        async with asyncio.timeout(STARTED + STOPPED):
            if until is not None:
                while until not in printed:
                    line = await process.stdout.readline()
                    assert line, f"it ended before it printed {until!r}"
                    printed += line.decode()
                process.terminate()
            out, err = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    assert process.returncode is not None
    return process.returncode, printed + out.decode(), err.decode()


async def stopped(*argv: str, environ: dict[str, str], folder: Path) -> int:
    """Start a command, tell it to stop at once, and return the exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *argv, cwd=folder, env={**inherited(*COVERAGE), **environ}
    )
    # Its handlers stand once the interpreter has begun on its first module.
    while process.returncode is None and not _catches(process.pid, signal.SIGTERM):  # noqa: ASYNC110  # no event tells
        await asyncio.sleep(0.01)
    process.terminate()
    try:
        async with asyncio.timeout(STOPPED):
            return await process.wait()
    finally:
        with suppress(ProcessLookupError):
            process.kill()


def _catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal, as Linux tells."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def inherited(*more: str) -> dict[str, str]:
    """Return what a process needs to find Python and this checkout, and what else is named."""
    names = ("PATH", "HOME", "LANG", *more)
    environ = {name: os.environ[name] for name in names if name in os.environ}  # noqa: TID251  # passed on, not read
    return {**environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
