"""A local Slack as a process, made for many workspaces: `python -m tests.benchmarks.slack`.

It prints one line of JSON that says who is in it. Beside the doors of every local Slack it has some
that stay quick however much was posted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.sandbox.server import LocalSlack
from tests.benchmarks.clock import system_clock

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

MAYA, ANA = "maya", "ana"


def furnish(slack: LocalSlack, workspaces: int, channels: int) -> list[dict[str, Any]]:
    """Put a lead and a teammate into so many channels of so many workspaces."""
    return [_workspace(slack.add_workspace(f"W {n}"), channels) for n in range(workspaces)]


def _workspace(workspace: Workspace, channels: int) -> dict[str, Any]:
    maya = workspace.add_person(MAYA, real_name="Maya Lin", tz="America/New_York", is_admin=True)
    ana = workspace.add_person(ANA, real_name="Ana Reyes", tz="Asia/Manila")
    rooms = [workspace.add_channel(f"c{n}", members=[maya, ana]).id for n in range(channels)]
    return {
        "id": workspace.id,
        "name": workspace.name,
        "token": workspace.token,
        "bot_id": workspace.bot_id,
        "bot_user": workspace.bot_user,
        MAYA: maya.id,
        ANA: ana.id,
        "channels": rooms,
    }


class Doors:
    """What the benchmarks ask of a local Slack, however much it was told before."""

    def __init__(self) -> None:
        self.slack: LocalSlack | None = None

    async def tally(self, request: web.Request) -> web.Response:
        """Say how many calls there were of each method and status, without what was in them."""
        del request
        assert self.slack is not None
        calls = self.slack.journal
        counted = Counter(f"{call.method} {call.status}" for call in calls)
        return web.json_response({"calls": len(calls), "counted": counted})

    async def posted(self, request: web.Request) -> web.Response:
        """Say where and when messages were posted, and with `bodies` also which."""
        assert self.slack is not None
        bodies = "bodies" in request.query
        answer = [
            {
                "team": call.team,
                "channel": call.args.get("channel"),
                "at": call.at.timestamp(),
                "ok": call.ok,
                **({"args": call.args} if bodies else {}),
            }
            for call in self.slack.journal
            if call.method == "chat.postMessage"
        ]
        return web.json_response(answer)

    async def forget(self, request: web.Request) -> web.Response:
        """Forget what was posted, so that the next measurement finds Slack as this one did."""
        del request
        assert self.slack is not None
        self.slack.journal.clear()
        self.slack.deliveries.clear()
        for workspace in self.slack.world.workspaces.values():
            for room in workspace.channels.values():
                room.messages.clear()
        return web.json_response({"ok": True})


async def serve(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.slack", description=__doc__)
    parser.add_argument("--workspaces", type=int, default=1)
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--limits", action="store_true")
    given = parser.parse_args(argv)
    doors = Doors()
    slack = doors.slack = LocalSlack(
        clock=system_clock,
        limits=given.limits,
        routes=[
            web.get("/_bench/tally", doors.tally),
            web.get("/_bench/posted", doors.posted),
            web.post("/_bench/forget", doors.forget),
        ],
    )
    people = furnish(slack, given.workspaces, given.channels)
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with slack:
        line = {
            "url": slack.url,
            "api_url": slack.api_url,
            "signing_secret": slack.signing_secret,
            "workspaces": people,
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
