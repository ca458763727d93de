"""Bringing events, commands and interactions to the bot, over a socket or signed HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from bot.sandbox import events
from bot.sandbox.calls import Attempt, Delivery
from bot.sandbox.faults import FaultKind, Faults

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.sandbox.records import Json
    from bot.sandbox.sockets import Sockets
    from bot.sandbox.workspace import Workspace
    from bot.sandbox.world import World

_ENVELOPE = {"event": "events_api", "command": "slash_commands", "interaction": "interactive"}
_OK = range(200, 300)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature that proves to the bot that Slack sent `body`."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


class Courier:
    """Takes everything that is for the bot to it, as often as Slack would."""

    def __init__(
        self, world: World, sockets: Sockets, faults: Faults, *, signing_secret: str
    ) -> None:
        self.world = world
        self.sockets = sockets
        self.faults = faults
        self.signing_secret = signing_secret
        self.events_url: str | None = None
        self.retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
        self.ack_timeout = 3.0
        self.deliveries: list[Delivery] = []
        self._session: aiohttp.ClientSession | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def connected(self) -> bool:
        return bool(self.sockets.links) or self.events_url is not None

    def outbox(self, workspace: Workspace, payload: Json) -> None:
        """Take an event on its way; nobody waits for it."""
        delivery = Delivery(kind="event", team=workspace.id, payload=payload)
        self.deliveries.append(delivery)
        if not self.connected and not self.sockets.opened:
            delivery.finished.set()  # An app without an address has nothing to be retried.
            return
        self._start(self._event(delivery))
        duplicated = self.faults.event(delivery.call, FaultKind.DUPLICATE)
        for _ in range(0 if duplicated is None else duplicated.copies):
            self.again(delivery, same_id=False)

    def again(self, delivery: Delivery, *, same_id: bool = True) -> Delivery:
        """Deliver an event once more, under its own id or another one."""
        workspace = self.world.workspaces[delivery.team]
        payload = delivery.payload if same_id else events.copied(delivery.payload, workspace)
        copy = Delivery(kind="event", team=delivery.team, payload=payload)
        self.deliveries.append(copy)
        self._start(self._event(copy))
        return copy

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    @property
    def busy(self) -> bool:
        return bool(self._running)

    async def _event(self, delivery: Delivery) -> None:
        try:
            late = self.faults.event(delivery.call, FaultKind.DELAY)
            if late is not None:
                await asyncio.sleep(late.seconds)
            reason: str | None = None
            for number, delay in enumerate((0.0, *self.retry_delays)):
                if number:
                    await asyncio.sleep(delay)
                attempt = await self._try(delivery, number=number, reason=reason)
                if attempt.ok or attempt.final:
                    return
                reason = attempt.failure
        finally:
            delivery.finished.set()
            self.world.changes.notify()

    async def ask(self, kind: str, team: str, payload: Json) -> Delivery:
        """Deliver a command or an interaction, which Slack never tries twice."""
        delivery = Delivery(kind=kind, team=team, payload=payload)
        self.deliveries.append(delivery)
        try:
            await self._try(delivery, number=0, reason=None)
        finally:
            delivery.finished.set()
        return delivery

    async def _try(self, delivery: Delivery, *, number: int, reason: str | None) -> Attempt:
        lost = self.faults.event(delivery.call, FaultKind.LOSE_ACK) is not None
        if self.sockets.links:
            attempt = await self.sockets.deliver(
                self._enveloped(delivery, number, reason),
                number=number,
                patience=self.ack_timeout,
                lose_ack=lost,
            )
        elif self.events_url is not None:
            attempt = await self._http(delivery, self.events_url, number, reason)
            if lost:
                attempt = Attempt(number, "http", 0, "", attempt.seconds, "http_timeout")
        else:
            attempt = Attempt(number, "none", 0, "", 0.0, "connection_failed")
        delivery.attempts.append(attempt)
        self.world.changes.notify()
        return attempt

    def _enveloped(self, delivery: Delivery, number: int, reason: str | None) -> Json:
        body: Json = {
            "type": _ENVELOPE[delivery.kind],
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != "event",
        }
        if delivery.kind == "event":
            body |= {"retry_attempt": number, "retry_reason": reason or ""}
        return body

    async def _http(self, delivery: Delivery, url: str, number: int, reason: str | None) -> Attempt:
        headers = {}
        if delivery.kind == "event":
            body = json.dumps(delivery.payload).encode()
            headers["Content-Type"] = "application/json"
            if number:
                headers |= {
                    "X-Slack-Retry-Num": str(number),
                    "X-Slack-Retry-Reason": reason or "unknown_error",
                }
        else:
            fields = (
                delivery.payload
                if delivery.kind == "command"
                else {"payload": json.dumps(delivery.payload)}
            )
            body = urlencode(fields).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return await self.post(url, body, headers, number=number)

    async def post(self, url: str, body: bytes, headers: dict[str, str], *, number: int) -> Attempt:
        """Post a signed body and say how the bot took it."""
        timestamp = str(int(self.world.clock().timestamp()))
        headers = {
            **headers,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self.signing_secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        started = monotonic()
        status, text, failure, final = 0, "", None, False
        try:
            async with (
                asyncio.timeout(self.ack_timeout),
                self._session.post(url, data=body, headers=headers, max_redirects=2) as response,
            ):
                status, text = response.status, await response.text()
                if status not in _OK:
                    failure = "http_error"
                    final = response.headers.get("X-Slack-No-Retry") == "1"
        except TimeoutError:
            failure = "http_timeout"
        except aiohttp.TooManyRedirects:
            failure = "too_many_redirects"
        except (aiohttp.ClientError, UnicodeDecodeError, ValueError):
            failure = "connection_failed"
        return Attempt(number, "http", status, text, monotonic() - started, failure, final)

    async def verify_url(self) -> bool:
        """Ask the bot for the proof of ownership that Slack wants of a new request URL."""
        challenge = self.world.uuid()
        payload = {
            "token": "local-slack-verification",
            "challenge": challenge,
            "type": "url_verification",
        }
        attempt = await self.post(
            str(self.events_url),
            json.dumps(payload).encode(),
            {"Content-Type": "application/json"},
            number=0,
        )
        return attempt.ok and challenge in attempt.body
