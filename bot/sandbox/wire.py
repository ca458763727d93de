"""The Web API over HTTP: reads a call, lets the faults strike, does the work, writes the answer."""

from __future__ import annotations

import asyncio
import json
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from weakref import WeakKeyDictionary

from aiohttp import web

from bot.sandbox import chat, conversations, directory, modals
from bot.sandbox.api import METHODS, Ask, authenticate
from bot.sandbox.calls import Call
from bot.sandbox.errors import SlackError
from bot.sandbox.faults import Fault, FaultKind, Faults

if TYPE_CHECKING:
    from bot.sandbox.limits import Limits
    from bot.sandbox.records import Json
    from bot.sandbox.sockets import Sockets
    from bot.sandbox.world import World

# Importing these is what registers their methods.
MODULES = (chat, conversations, directory, modals)
_JSON = "application/json"
_PAGE = "<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"
_CUT = {FaultKind.DROP, FaultKind.DROP_AFTER, FaultKind.HANG, FaultKind.HANG_AFTER}


class Wire:
    """Serves `/api/…` and keeps the journal of what was called."""

    def __init__(self, world: World, faults: Faults, limits: Limits, sockets: Sockets) -> None:
        self.world = world
        self.faults = faults
        self.limits = limits
        self.sockets = sockets
        self.journal: list[Call] = []
        self.url = ""
        # Set when nobody needs to wait for an answer any more.
        self.released = asyncio.Event()
        self._connections: WeakKeyDictionary[asyncio.Transport, int] = WeakKeyDictionary()
        self._connected = 0
        self._date = (0, "")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one call of the Web API, with whatever faults wait for it."""
        args, token, is_json = await _arguments(request)
        name = request.match_info["method"]
        call = Call(
            method=name,
            args=args,
            at=self.world.clock(),
            connection=self._connection(request),
            http=request.method,
            team=self.world.tokens.get(token or ""),
        )
        self.journal.append(call)
        try:
            return await self._served(request, call, token, is_json=is_json)
        finally:
            self.world.changes.notify()

    async def _served(
        self, request: web.Request, call: Call, token: str | None, *, is_json: bool
    ) -> web.StreamResponse:
        if self.faults.armed:
            await self._wait(self.faults.wait(call, after=False))
            fault = self.faults.failure(call, after=False)
            if fault is not None:
                return await self._fail(request, call, fault)
        self._work(call, token, is_json=is_json)
        self.world.changes.notify()
        if self.faults.armed:
            await self._wait(self.faults.wait(call, after=True))
            fault = self.faults.failure(call, after=True)
            if fault is not None:
                return await self._fail(request, call, fault)
        call.status = 429 if call.retry_after is not None else 200
        return self._answer(call, self._headers(call, token))

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await asyncio.sleep(seconds)

    def _work(self, call: Call, token: str | None, *, is_json: bool) -> None:
        try:
            call.answer = self._do(call, token, is_json=is_json)
            call.committed = True
        except SlackError as error:
            call.answer = error.answer()

    def _do(self, call: Call, token: str | None, *, is_json: bool) -> Json:
        found = METHODS.get(call.method)
        if found is None:
            raise SlackError("unknown_method", req_method=call.method)
        team = authenticate(self.world, found, token)
        channel = str(call.args.get("channel", ""))
        call.retry_after = self.limits.wait(call.method, "" if team is None else team.id, channel)
        if call.retry_after is not None:
            raise SlackError("ratelimited")
        ask = Ask(
            world=self.world,
            # A method that takes forms only does not see what is in a JSON body.
            args=call.args if found.takes_json or not is_json else {},
            team=team,
            url=self.url,
            new_ticket=self.sockets.ticket,
        )
        if found.scope is not None:
            ask.needs(found.scope)
        return found.work(ask)

    async def _fail(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        call.fault = fault.kind
        kind = fault.kind
        if kind in (FaultKind.HANG, FaultKind.HANG_AFTER):
            await self.released.wait()
        if kind in _CUT:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if kind in (FaultKind.HTML, FaultKind.HTML_AFTER):
            call.status = 500
            return web.Response(status=500, text=_PAGE, content_type="text/html")
        if kind is FaultKind.TRUNCATED:
            call.status = 200
            text = json.dumps(call.answer)
            return web.Response(text=text[: len(text) // 2], content_type=_JSON)
        if kind in (FaultKind.RATE_LIMITED, FaultKind.STORM):
            call.status, call.retry_after = 429, fault.retry_after
            call.answer = {"ok": False, "error": "ratelimited"}
        else:
            call.status, call.answer = 200, {"ok": False, "error": fault.code}
        return self._answer(call, self._headers(call, None))

    def _headers(self, call: Call, token: str | None) -> dict[str, str]:
        now = int(self.world.clock().timestamp())
        if self._date[0] != now:
            self._date = (now, format_datetime(self.world.clock(), usegmt=True))
        headers = {"Date": self._date[1]}
        team = self.world.tokens.get(token or "")
        if team is not None:
            headers["X-OAuth-Scopes"] = ",".join(self.world.workspaces[team].scopes)
            found = METHODS.get(call.method)
            if found is not None and found.scope is not None:
                headers["X-Accepted-OAuth-Scopes"] = found.scope
        if call.retry_after is not None:
            headers["Retry-After"] = str(call.retry_after)
        return headers

    def _answer(self, call: Call, headers: dict[str, str]) -> web.Response:
        return web.Response(
            status=call.status,
            body=json.dumps(call.answer).encode(),
            content_type=_JSON,
            charset="utf-8",
            headers=headers,
        )

    def _connection(self, request: web.Request) -> int:
        """Return the number of the TCP connection on which a request came."""
        transport = request.transport
        if transport is None:
            return 0  # The caller has hung up already.
        if transport not in self._connections:
            self._connected += 1
            self._connections[transport] = self._connected
        return self._connections[transport]


async def _arguments(request: web.Request) -> tuple[Json, str | None, bool]:
    """Return arguments and token of a call, and whether they came in a JSON body."""
    args: Json = dict(request.query)
    is_json = False
    body = await request.text()
    if body:
        if request.content_type == _JSON:
            is_json = True
            try:
                given = json.loads(body)
            except ValueError:
                given = None
            args |= given if isinstance(given, dict) else {}
        else:
            args |= dict(parse_qsl(body, keep_blank_values=True))
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given_token = args.pop("token", None) if not is_json else None
    return args, token if scheme.lower() == "bearer" else given_token, is_json
