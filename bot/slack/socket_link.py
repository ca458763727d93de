"""One WebSocket to Slack, from its single-use address to its end.

aiohttp's own heartbeat takes a process that was busy for a second for a dead link, because it looks
at the clock before it looks at what has arrived. So the pings are sent and awaited here.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import WSMsgType

from bot.domain.errors import SlackRejected, SlackUnavailable, SlackUnknown
from bot.slack.failing import failure_of
from bot.slack.proxying import proxy_for

if TYPE_CHECKING:
    from collections.abc import Callable

TOO_MANY = "too_many_websockets"
"""What Slack says when the app has ten connections already."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long everything about a connection may take, in seconds."""

    ping: float = 2.0
    """Until a link is pinged; half of it may pass until something is heard."""
    opening: float = 5.0
    """From asking for an address to Slack's hello."""
    delays: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
    """Before the next attempt; the last one repeats."""
    after_refusal: float = 30.0
    """Until a token is tried again that Slack does not accept."""
    crowded: float = 30.0
    """Until one more link is tried, when Slack allows no more and another one works."""
    longest: float = 60.0
    """What Slack may ask to wait for."""
    steady: float = 10.0
    """That a link must have lived for the next one to be opened at once."""
    retiring: float = 12.0
    """That a replaced link stays for what Slack still sends; Slack itself ends it after ten."""
    answering: float = 3.0
    """For the answers owed on a replaced link. Nobody waits for them any longer."""
    closing: float = 1.0
    """For a polite end, which a dead link never answers."""


class Link:
    """One open connection, and what came on it and is not answered yet."""

    def __init__(
        self,
        ws: aiohttp.ClientWebSocketResponse,
        *,
        pace: Pace,
        take: Callable[[Link, dict[str, Any]], None],
        on_end: Callable[[Link], None],
    ) -> None:
        """`take` gets every message of Slack; `on_end` is told once no more can come."""
        self._ws = ws
        self._pace = pace
        self._take = take
        self._on_end = on_end
        self._heard = asyncio.Event()
        self.opened_at = self.heard_at = time.monotonic()
        self.ended = asyncio.Event()
        self.leaving = False
        """Slack has asked for another link in the place of this one."""
        self.retiring = False
        """That other one is there."""
        self.in_hand: set[asyncio.Task[None]] = set()

    @property
    def works(self) -> bool:
        """Whether it is open and its pings are answered."""
        fresh = time.monotonic() - self.heard_at < 2 * self._pace.ping
        return fresh and not self.ended.is_set()

    async def run(self) -> None:
        """Take in what Slack sends until it ends the link, or is silent, or this is cancelled."""
        parts = {asyncio.create_task(self._read()), asyncio.create_task(self._stay_awake())}
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Said before the polite end, which takes its time where nobody answers.
            self._end()
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            await self.close()

    async def acknowledge(self, text: str) -> bool:
        """Send an acknowledgement; say whether there was a link to send it on."""
        if self.ended.is_set() or self._ws.closed:
            return False
        try:
            await self._ws.send_str(text)
        except ConnectionError:
            return False
        return True

    async def close(self) -> None:
        self._end()
        with suppress(ConnectionError, TimeoutError):
            # A closing frame, too, can get stuck on a dead link.
            async with asyncio.timeout(2 * self._pace.closing):
                await self._ws.close()

    def _end(self) -> None:
        if not self.ended.is_set():
            self.ended.set()
            self._on_end(self)

    async def _read(self) -> None:
        with suppress(ConnectionError):  # A pong without a way out is one more kind of end.
            while True:
                message = await self._ws.receive()
                if message.type is WSMsgType.TEXT:
                    self._take(self, json_object(message.data))
                elif message.type is WSMsgType.PING:
                    await self._ws.pong(message.data)
                elif message.type not in {WSMsgType.PONG, WSMsgType.BINARY}:
                    return
                self.heard_at = time.monotonic()
                self._heard.set()

    async def _stay_awake(self) -> None:
        """Ping Slack now and then, and return when nothing comes back."""
        with suppress(ConnectionError, TimeoutError):
            while True:
                await asyncio.sleep(self._pace.ping)
                self._heard.clear()
                try:
                    async with asyncio.timeout(self._pace.ping / 2):
                        await self._ws.ping()
                        await self._heard.wait()
                except TimeoutError:
                    # What arrived while the process itself was held up has been read by now.
                    if not self._heard.is_set():
                        return


async def opened(
    session: aiohttp.ClientSession, *, app_token: str, api_url: str, pace: Pace
) -> aiohttp.ClientWebSocketResponse:
    """Ask for an address, connect to it and wait for Slack's hello.

    Raises SlackRejected when the token is refused and SlackUnavailable for everything else.
    """
    try:
        async with asyncio.timeout(pace.opening):
            return await _opened(session, app_token, f"{api_url}apps.connections.open", pace)
    except (SlackRejected, SlackUnavailable):
        raise
    except SlackUnknown as error:
        raise SlackUnavailable(error.reason) from None
    except Exception as error:  # noqa: BLE001  # whatever it is, all to do is to try again
        # Its words may hold the address of the link, which is a secret.
        raise SlackUnavailable(type(error).__name__) from None


async def _opened(
    session: aiohttp.ClientSession, app_token: str, open_url: str, pace: Pace
) -> aiohttp.ClientWebSocketResponse:
    async with session.post(
        open_url,
        headers={"Authorization": f"Bearer {app_token}"},
        proxy=proxy_for(open_url),
        allow_redirects=False,
    ) as response:
        body = json_object(await response.text(errors="replace"))
        failure = failure_of(response.status, body, response.headers)
    if failure is not None:
        raise failure
    url = str(body["url"])
    ws = await session.ws_connect(
        url,
        # Pings and pongs are wanted here, to know when Slack was last heard.
        autoping=False,
        timeout=aiohttp.ClientWSTimeout(ws_close=pace.closing),
        proxy=proxy_for(url),
    )
    try:
        await _hello(ws)
    except BaseException:
        await ws.close()
        raise
    return ws


async def _hello(ws: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        message = await ws.receive()
        if message.type is WSMsgType.PING:
            await ws.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            greeting = json_object(message.data)
            if greeting.get("type") == "hello":
                return
            raise SlackUnavailable(str(greeting.get("reason") or "no hello"))
        elif message.type is not WSMsgType.PONG:
            raise SlackUnavailable("closed before its hello")


def json_object(text: str) -> dict[str, Any]:
    """Return what a JSON text says, or an empty object when it is none."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
