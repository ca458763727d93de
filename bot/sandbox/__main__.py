"""Runs a local Slack as a process of its own: `python -m bot.sandbox --port 4000`.

It prints one line of JSON with its addresses and, for every workspace, the id and the bot token;
everything else is done over HTTP, as `control.py` describes. `--shift` moves its clock against
that of the machine, so that a test can be at another hour.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.sandbox.server import LocalSlack

if TYPE_CHECKING:
    from collections.abc import Sequence


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    parser.add_argument("--workspace", action="append", default=[], metavar="NAME")
    parser.add_argument("--token", help="the bot token of the first workspace")
    parser.add_argument("--signing-secret", default="local-signing-secret")
    parser.add_argument("--app-token", default="xapp-1-local")
    parser.add_argument("--events-url", help="where the bot takes events over HTTP")
    parser.add_argument("--shift", type=float, default=0.0, metavar="SECONDS")
    return parser.parse_args(argv)


async def serve(argv: Sequence[str], stop: asyncio.Event) -> None:
    """Run until `stop` is set."""
    given = _arguments(argv)
    shift = timedelta(seconds=given.shift)
    # This process has no other place at which its clock could be read and handed in.
    slack = LocalSlack(
        clock=lambda: datetime.now(UTC) + shift,  # noqa: TID251 - see above
        signing_secret=given.signing_secret,
        app_token=given.app_token,
    )
    slack.events_url = given.events_url
    for number, name in enumerate(given.workspace):
        slack.add_workspace(name, token=None if number else given.token)
    await slack.start(host=given.host, port=given.port)
    try:
        _announce(slack)
        await stop.wait()
    finally:
        await slack.stop()


def _announce(slack: LocalSlack) -> None:
    workspaces = [
        {"id": workspace.id, "name": workspace.name, "token": workspace.token}
        for workspace in slack.world.workspaces.values()
    ]
    line = {
        "url": slack.url,
        "api_url": slack.api_url,
        "signing_secret": slack.signing_secret,
        "app_token": slack.app_token,
        "workspaces": workspaces,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def main(argv: Sequence[str]) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await serve(argv, stop)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
