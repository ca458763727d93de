"""Socket Mode: the WebSocket connections of the app, and the ways in which they fail."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from bot.sandbox.calls import Attempt

if TYPE_CHECKING:
    from bot.sandbox.records import Json
    from bot.sandbox.world import World

MOST_CONNECTIONS = 10
_LIFE = 18060
_PASSED_OVER = 10.0
"""Seconds for which a connection gets nothing that left a payload unanswered, if others do.

Slack pings every connection too, and chooses none for long on which nobody is.
"""


@dataclass(slots=True, eq=False)
class Link:
    """One open connection and what was sent on it without an acknowledgement yet."""

    number: int
    ws: web.WebSocketResponse
    request: web.Request
    # The answer to each envelope; None when the connection ended before it came.
    waiting: dict[str, asyncio.Future[Json | None]] = field(default_factory=dict)
    dead: bool = False
    avoided_until: float = 0.0

    async def send(self, body: Json) -> None:
        if not self.dead:
            await self.ws.send_str(json.dumps(body))

    def forget(self) -> None:
        for future in self.waiting.values():
            if not future.done():
                future.set_result(None)


class Sockets:
    """The connections of one app: each payload goes to one of them, in turn."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tickets: set[str] = set()
        self.links: list[Link] = []
        self.opened = 0
        self.most = MOST_CONNECTIONS
        # Acknowledgements of nothing that was asked for on that connection: connection, envelope.
        self.strays: list[tuple[int, str]] = []
        self._turn = 0

    def ticket(self) -> str:
        name = self.world.uuid()
        self.tickets.add(name)
        return name

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until either side ends it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.Response(status=404, text="no such ticket")
        self.tickets.discard(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if len(self.links) >= self.most:
            await ws.send_str(json.dumps(self._goodbye("too_many_websockets")))
            await ws.close()
            return ws
        self.opened += 1
        link = Link(number=self.opened, ws=ws, request=request)
        await link.send(
            {
                "type": "hello",
                "num_connections": len(self.links) + 1,
                "debug_info": {
                    "host": "local-slack",
                    "build_number": 1,
                    "approximate_connection_time": _LIFE,
                },
                "connection_info": {"app_id": self.world.app_id},
            }
        )
        self.links.append(link)
        self.world.changes.notify()
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledged(link, frame.data)
        finally:
            self._drop(link)
        return ws

    def _acknowledged(self, link: Link, text: str) -> None:
        try:
            body = json.loads(text)
        except ValueError:
            return  # Slack does not answer what it cannot read either.
        envelope = body.get("envelope_id") if isinstance(body, dict) else None
        if not isinstance(envelope, str):
            return
        link.avoided_until = 0.0
        future = link.waiting.pop(envelope, None)
        if future is None:
            self.strays.append((link.number, envelope))
        elif not future.done():
            future.set_result(body)

    def _drop(self, link: Link) -> None:
        if link in self.links:
            self.links.remove(link)
        link.forget()
        self.world.changes.notify()

    async def deliver(
        self,
        envelope: Json,
        *,
        number: int,
        patience: float,
        lose_ack: bool = False,
    ) -> Attempt:
        """Send an envelope on the next connection and wait for its acknowledgement."""
        link = self._next()
        name = self.world.uuid()
        future: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        link.waiting[name] = future
        started = monotonic()
        failure: str | None = None
        body: Json | None = None
        try:
            async with asyncio.timeout(patience):
                await link.send({"envelope_id": name, **envelope})
                body = await future
            failure = "connection_failed" if body is None else None
        except TimeoutError:
            failure = "timeout"
            link.avoided_until = monotonic() + _PASSED_OVER
        except ConnectionError:
            failure = "connection_failed"
        finally:
            link.waiting.pop(name, None)
        if lose_ack and failure is None:
            failure = "timeout"
        payload = (body or {}).get("payload")
        return Attempt(
            number=number,
            via="socket",
            status=0 if failure else 200,
            body="" if payload is None else json.dumps(payload),
            seconds=monotonic() - started,
            failure=failure,
        )

    def _next(self) -> Link:
        """Return the connection whose turn it is, of those that answer if there are any."""
        now = monotonic()
        links = [link for link in self.links if link.avoided_until <= now] or self.links
        self._turn += 1
        return links[self._turn % len(links)]

    def _goodbye(self, reason: str) -> Json:
        return {
            "type": "disconnect",
            "reason": reason,
            "debug_info": {"host": "local-slack"},
        }

    async def say_goodbye(
        self, reason: str = "refresh_requested", *links: Link, close: bool = False
    ) -> None:
        """Ask clients to connect anew (`warning`, `refresh_requested`, `link_disabled`, …).

        Here and below: on these connections, or on all when none are named.
        """
        for link in links or tuple(self.links):
            await link.send(self._goodbye(reason))
        if close:
            await self.close(*links)

    async def close(self, *links: Link) -> None:
        """End connections properly and without a word of warning."""
        for link in links or tuple(self.links):
            self._drop(link)
            await link.ws.close()

    def reset(self, *links: Link) -> None:
        """Cut connections with a TCP reset."""
        for link in links or tuple(self.links):
            self._drop(link)
            reset(link.request)

    def black_hole(self, *links: Link) -> None:
        """Stop reading and sending on open connections without closing them."""
        for link in links or tuple(self.links):
            link.dead = True
            if link.request.transport is not None:
                link.request.transport.pause_reading()


def reset(request: web.Request) -> None:
    """Cut the connection of a request so that its client gets a reset instead of an end."""
    transport = request.transport
    if transport is None:
        return
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
