"""The local Slack as a process of its own."""

import asyncio
import json
import signal
import sys
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from bot.sandbox import __main__ as program


async def test_a_process_serves_until_it_is_told_to_stop() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.sandbox",
        "--workspace",
        "Acme",
        "--token",
        "xoxb-known",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        said = json.loads(await process.stdout.readline())
        headers = {"Authorization": "Bearer xoxb-known"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{said['api_url']}auth.test") as response,
        ):
            answer = await response.json()
        process.send_signal(signal.SIGTERM)
        code = await process.wait()

    assert answer["team"] == "Acme"
    assert answer["team_id"] == said["workspaces"][0]["id"]
    assert code == 0


async def test_its_clock_can_be_shifted(capsys: pytest.CaptureFixture[str]) -> None:
    async def now(*options: str) -> datetime:
        stop = asyncio.Event()
        serving = asyncio.ensure_future(program.serve(["--workspace", "A", *options], stop))
        said = ""
        while not said:
            await asyncio.sleep(0)
            said = capsys.readouterr().out
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{json.loads(said)['api_url']}api.test") as response,
        ):
            date = parsedate_to_datetime(response.headers["Date"])
        stop.set()
        await serving
        return date

    here = await now()
    tomorrow = await now("--shift", "86400")

    assert timedelta(hours=23) < tomorrow - here < timedelta(hours=25)
