"""Socket Mode: one WebSocket to Slack that is watched, replaced in time, and emptied at the end.

Slack's own client opens its single-use address again after a failure, for ever, notices a dead
link by the wall clock and only after four missed pings, and writes whole messages into the debug
log. aiohttp brings what remains: pings, and an end to a link on which they are not answered.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import WSMsgType

from bot.domain.errors import SlackRejected, SlackUnavailable, SlackUnknown
from bot.slack.failing import failure_of
from bot.slack.proxying import proxy_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from bot.slack.bolt import Answer

    Dispatch = Callable[[Mapping[str, Any], Mapping[str, str]], Awaitable[Answer]]

logger = logging.getLogger(__name__)

PING_INTERVAL = 3.0
"""Seconds without a frame until a ping; its answer may take half of that."""

OPENING = 8.0
"""Seconds from asking for an address to Slack's hello."""

DELAYS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Seconds before the next attempt; the last one repeats."""

DELAY_AFTER_REFUSAL = 30.0
LONGEST_DELAY = 60.0

STEADY = 10.0
"""Seconds a link must have lived for the next one to be opened at once."""

CLOSING = 1.0
"""Seconds for a polite end, which a dead link never answers."""

RETIRING = 5.0
"""Seconds for the answers owed on a link that was replaced. Slack leaves it open for ten."""


class AppTokenRefused(Exception):
    """Slack does not let this token use Socket Mode: a sentence that says what to do."""


@dataclass(eq=False, kw_only=True)
class _Link:
    """One WebSocket, from Slack's hello to its end."""

    ws: aiohttp.ClientWebSocketResponse
    opened_at: float
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when Slack asks for a new link, or this one has ended."""
    in_hand: set[asyncio.Task[None]] = field(default_factory=set)


class SocketModeConnection:
    """Receives what Slack sends over a WebSocket, and acknowledges what `dispatch` answers by 200.

    Anything else stays unacknowledged, so that Slack delivers it again. `on_connected` is told for
    how many seconds nothing was heard whenever a link replaces another, and None for the first.
    """

    def __init__(
        self,
        *,
        app_token: str,
        api_url: str,
        dispatch: Dispatch,
        ping_interval: float = PING_INTERVAL,
        on_connected: Callable[[float | None], None] | None = None,
    ) -> None:
        self._app_token = app_token
        self._open_url = f"{api_url}apps.connections.open"
        self._dispatch = dispatch
        self._ping_interval = ping_interval
        self._on_connected = on_connected
        self._session: aiohttp.ClientSession | None = None
        self._link: _Link | None = None
        self._refusing = False
        # Everything that runs beside: the watch, a reader for every link, and retiring links.
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[asyncio.Task[None]] = set()
        self.last_frame_at: float | None = None
        """When Slack was last heard, pongs included, on the monotonic clock."""

    def connected(self) -> bool:
        """Whether a link is open and its pings are answered."""
        if self._link is None or self._link.ws.closed or self.last_frame_at is None:
            return False
        return time.monotonic() - self.last_frame_at < 3 * self._ping_interval

    async def start(self) -> None:
        """Open the first link, or keep trying when Slack is away; raises AppTokenRefused."""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            await self._connect(self._session)
        except SlackRejected as error:
            await self._session.close()
            raise AppTokenRefused(_refusal(error)) from None
        except SlackUnavailable as error:
            _log_unavailable(error)
        except BaseException:
            await self._session.close()
            raise
        self._run(self._watch(self._session))

    def refuse(self) -> None:
        """Take no more payloads, but go on with those in hand."""
        self._refusing = True

    async def drained(self, limit: float) -> bool:
        """Wait until all that was taken is acknowledged, at most `limit` seconds; say whether."""
        if self._in_hand:
            await asyncio.wait(set(self._in_hand), timeout=limit)
        return not self._in_hand

    async def stop(self) -> None:
        """End every link at once; whoever wants to finish first calls `refuse` and `drained`."""
        self._refusing = True
        running = {*self._tasks, *self._in_hand}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._link is not None:
            await _close(self._link)
        if self._session is not None:
            await self._session.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, session: aiohttp.ClientSession) -> None:
        """Replace the link whenever it is over, sooner after a long life than after a short one."""
        failures = 0
        while True:
            link = self._link
            if link is not None:
                await link.over.wait()
                if time.monotonic() - link.opened_at >= STEADY:
                    failures = 0
            while self._link is link:
                await asyncio.sleep(_pause(failures))
                failures += 1
                await self._try(session)

    async def _try(self, session: aiohttp.ClientSession) -> None:
        """Connect, or wait as long as the reason why that failed asks for."""
        try:
            await self._connect(session)
        except SlackRejected as error:
            logger.error(_refusal(error), extra={"action": "app_token_refused"})  # noqa: TRY400  # no bug, no traceback
            await asyncio.sleep(DELAY_AFTER_REFUSAL)
        except SlackUnavailable as error:
            _log_unavailable(error)
            await asyncio.sleep(min(error.retry_after or 0.0, LONGEST_DELAY))

    async def _connect(self, session: aiohttp.ClientSession) -> None:
        """Put a new link in the place of the old one; raises SlackRejected or SlackUnavailable."""
        try:
            async with asyncio.timeout(OPENING):
                ws = await self._open(session)
        except (SlackRejected, SlackUnavailable):
            raise
        except SlackUnknown as error:
            raise SlackUnavailable(error.reason) from None
        except Exception as error:  # noqa: BLE001  # whatever it is, all to do is to try again
            # Its words may hold the address of the link, which is a secret.
            raise SlackUnavailable(type(error).__name__) from None
        old, now = self._link, time.monotonic()
        silence = None if self.last_frame_at is None else now - self.last_frame_at
        self._link, self.last_frame_at = _Link(ws=ws, opened_at=now), now
        self._run(self._read(self._link))
        if old is not None:
            self._run(self._retire(old))
        logger.info("Connected to Slack by Socket Mode", extra={"action": "connected"})
        if self._on_connected is not None:
            self._on_connected(silence)

    async def _open(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        """Ask for an address, connect to it and wait for Slack's hello."""
        async with session.post(
            self._open_url,
            headers={"Authorization": f"Bearer {self._app_token}"},
            proxy=proxy_for(self._open_url),
            allow_redirects=False,
        ) as response:
            body = _object(await response.text(errors="replace"))
            failure = failure_of(response.status, body, response.headers)
        if failure is not None:
            raise failure
        url = str(body["url"])
        ws = await session.ws_connect(
            url,
            # Pongs are wanted here, to know when Slack was last heard.
            autoping=False,
            heartbeat=self._ping_interval,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSING),
            proxy=proxy_for(url),
        )
        try:
            await self._hello(ws)
        except BaseException:
            await ws.close()
            raise
        return ws

    async def _hello(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            message = await ws.receive()
            if message.type is WSMsgType.PING:
                await ws.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                greeting = _object(message.data)
                if greeting.get("type") == "hello":
                    return
                raise SlackUnavailable(str(greeting.get("reason") or "no hello"))
            elif message.type is not WSMsgType.PONG:
                raise SlackUnavailable("closed before its hello")

    async def _read(self, link: _Link) -> None:
        """Take in frames until the link ends, or somebody ends this task."""
        try:
            while True:
                message = await link.ws.receive()
                if message.type is WSMsgType.TEXT:
                    self._take(link, _object(message.data))
                elif message.type is WSMsgType.PING:
                    await link.ws.pong(message.data)
                elif message.type not in {WSMsgType.PONG, WSMsgType.BINARY}:
                    break
                self.last_frame_at = time.monotonic()
        except ConnectionError:
            pass  # The pong had nowhere to go, which is one more way to learn that it is over.
        finally:
            link.over.set()

    def _take(self, link: _Link, envelope: dict[str, Any]) -> None:
        if envelope.get("type") == "disconnect":
            logger.info(
                "Slack asks for a new connection: %s",
                envelope.get("reason"),
                extra={"action": "disconnect"},
            )
            link.over.set()
        elif "envelope_id" in envelope and not self._refusing:
            task = asyncio.create_task(self._work(link, envelope))
            for tasks in (self._in_hand, link.in_hand):
                tasks.add(task)
                task.add_done_callback(tasks.discard)

    async def _work(self, link: _Link, envelope: dict[str, Any]) -> None:
        """Have a payload worked on, and acknowledge it if that succeeded."""
        try:
            answer = await self._dispatch(envelope["payload"], _retry_headers(envelope))
        except Exception:
            logger.exception("A payload was not answered", extra={"action": "unanswered"})
            return
        if answer.status != HTTPStatus.OK:
            logger.warning(
                "A payload was left for Slack to deliver again",
                extra={"action": "not_acknowledged", "status": answer.status},
            )
            return
        acknowledgement = {"envelope_id": envelope["envelope_id"]}
        if answer.body and envelope.get("accepts_response_payload"):
            acknowledgement["payload"] = json.loads(answer.body)
        await self._send(link, json.dumps(acknowledgement))

    async def _send(self, link: _Link, text: str) -> None:
        """Send on the link on which the payload came, or on the one that has replaced it."""
        for candidate in (link, self._link):
            if candidate is not None and not candidate.ws.closed:
                with suppress(ConnectionError):
                    await candidate.ws.send_str(text)
                    return
        logger.warning(
            "An acknowledgement was lost with its connection",
            extra={"action": "acknowledgement_lost"},
        )

    async def _retire(self, link: _Link) -> None:
        """Let what came on an old link be answered there, then close it."""
        if link.in_hand:
            await asyncio.wait(set(link.in_hand), timeout=RETIRING)
        await _close(link)


def _pause(failures: int) -> float:
    return DELAYS[min(failures, len(DELAYS) - 1)]


async def _close(link: _Link) -> None:
    link.over.set()
    with suppress(ConnectionError, TimeoutError):
        await link.ws.close()


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _retry_headers(envelope: Mapping[str, Any]) -> dict[str, str]:
    """Return what HTTP says in headers about an event that is delivered again."""
    attempt, reason = envelope.get("retry_attempt"), envelope.get("retry_reason")
    if not attempt:
        return {}
    return {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": str(reason or "")}


def _log_unavailable(error: SlackUnavailable) -> None:
    logger.warning(
        "Slack could not be reached by Socket Mode: %s",
        error.reason,
        extra={"action": "not_connected"},
    )


def _refusal(error: SlackRejected) -> str:
    return (
        f"Slack refused SLACK_APP_TOKEN ({error.code}). Create an app-level token with the scope "
        "connections:write under Basic Information in your app's settings, and set it."
    )
