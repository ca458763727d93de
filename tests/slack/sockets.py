"""A bot behind Socket Mode, the local Slack before it, and Slacks that behave oddly."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from bot.slack.bolt import Answer
from bot.slack.socket_link import Pace
from bot.slack.socket_mode import SocketModeConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    import pytest

    from bot.sandbox.calls import Delivery
    from bot.sandbox.server import LocalSlack

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OK = Answer(status=200, headers={}, body="")
COMMAND = {"command": "/tasks", "text": "", "team_id": "T1", "user_id": "U1"}
EVENT = {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1"}}

# Short enough for a test to wait for a ping that is not answered, and for attempts to follow.
FAST = Pace(ping=0.1, delays=(0.0, 0.01), after_refusal=0.01, retiring=0.01, closing=0.05)


class Bot:
    """What stands behind the connection: it remembers, and can be made to wait or fail."""

    def __init__(self) -> None:
        self.heard: list[tuple[Mapping[str, Any], Mapping[str, str]]] = []
        self.answer: Answer | Exception = OK
        self.entered = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()
        self.silences: list[float | None] = []

    async def dispatch(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        self.heard.append((body, headers))
        self.entered.set()
        await self.go.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Connected:
    """A local Slack, a bot, and the connection between them."""

    def __init__(self, slack: LocalSlack, *, links: int = 1, pace: Pace = FAST) -> None:
        self.slack = slack
        self.bot = Bot()
        self.connection = SocketModeConnection(
            app_token=slack.app_token,
            api_url=slack.api_url,
            dispatch=self.bot.dispatch,
            links=links,
            pace=pace,
            on_connected=self.bot.silences.append,
        )

    async def command(self, **fields: str) -> Delivery:
        return await self.slack.courier.ask("command", "T1", {**COMMAND, **fields})

    async def again_connected(self, links: int = 2) -> None:
        """Wait until that many links were opened and only the last one is left."""
        await self.slack.until(lambda: self.slack.sockets.opened == links)
        await self.slack.until(lambda: len(self.slack.sockets.links) == 1)
        await self.slack.until(self.connection.connected)


@asynccontextmanager
async def a_connection(
    slack: LocalSlack, pace: Pace = FAST, *, links: int = 1
) -> AsyncIterator[Connected]:
    made = Connected(slack, links=links, pace=pace)
    await made.connection.start()
    try:
        await slack.until(lambda: len(slack.sockets.links) == links)
        yield made
    finally:
        made.bot.go.set()
        await made.connection.stop()


@asynccontextmanager
async def odd_slack(
    *frames: str | bytes | None,
    goodbye: bool = False,
    ponged: asyncio.Event | None = None,
    heard: asyncio.Queue[str] | None = None,
) -> AsyncIterator[str]:
    """Serve an address that says `frames` on every connection, None standing for a ping.

    Each text that comes is kept in `heard`, with the number of its connection before it.
    """
    numbers = itertools.count(1)

    async def open_address(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})

    async def link(request: web.Request) -> web.WebSocketResponse:
        number = next(numbers)
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        for frame in frames:
            await _send(ws, frame)
        if goodbye:
            await ws.close()
        async for message in ws:
            if message.type is aiohttp.WSMsgType.PING:
                await ws.pong(message.data)
            elif message.type is aiohttp.WSMsgType.PONG and ponged is not None:
                ponged.set()
            elif message.type is aiohttp.WSMsgType.TEXT and heard is not None:
                heard.put_nowait(f"{number} {message.data}")
        return ws

    app = web.Application()
    app.router.add_post("/api/apps.connections.open", open_address)
    app.router.add_get("/link", link)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    await runner.cleanup()


async def _send(ws: web.WebSocketResponse, frame: str | bytes | None) -> None:
    if frame is None:
        await ws.ping()
    elif isinstance(frame, bytes):
        await ws.send_bytes(frame)
    else:
        await ws.send_str(frame)


HELLO = json.dumps({"type": "hello"})


@contextmanager
def slow_slack(delay: float) -> Iterator[tuple[str, threading.Event]]:
    """Serve in another thread an address that answers pings only after a while."""
    pinged, running = threading.Event(), threading.Event()
    loop = asyncio.new_event_loop()
    ports: list[int] = []

    async def open_address(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})

    async def link(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        await ws.send_str(HELLO)
        async for message in ws:
            pinged.set()
            await asyncio.sleep(delay)
            await ws.pong(message.data)
        return ws

    async def serve() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", open_address)
        app.router.add_get("/link", link)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
        return runner

    def run() -> None:
        runner = loop.run_until_complete(serve())
        running.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert running.wait(5)
    yield f"http://127.0.0.1:{ports[0]}/api/", pinged
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def socket_to(api_url: str, bot: Bot, *, links: int = 1, pace: Pace = FAST) -> SocketModeConnection:
    return SocketModeConnection(
        app_token="xapp-1", api_url=api_url, dispatch=bot.dispatch, links=links, pace=pace
    )


def actions(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.__dict__["action"] for record in caplog.records if "action" in record.__dict__]
