"""The local Slack as a server: Web API, Socket Mode, response URLs and the sandbox's own doors.

`LocalSlack` is what tests hold on to: it has workspaces, people to act as, a journal of every
call, faults to switch on, and conditions to wait for. See `control.py` for the same over HTTP.
"""

from __future__ import annotations

import asyncio
import json
from email.utils import format_datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web

from bot.sandbox import chat, conversations, directory, modals
from bot.sandbox.api import METHODS, Ask, authenticate
from bot.sandbox.calls import Call, Delivery
from bot.sandbox.control import Control
from bot.sandbox.delivery import Courier
from bot.sandbox.errors import SlackError
from bot.sandbox.events import DEFAULT_EVENTS
from bot.sandbox.faults import Fault, FaultKind, Faults
from bot.sandbox.limits import Limits
from bot.sandbox.people import Person
from bot.sandbox.responses import Responses
from bot.sandbox.sockets import Sockets
from bot.sandbox.workspace import DEFAULT_SCOPES, Channel, Json, Member, Message
from bot.sandbox.world import Workspace, World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

T = TypeVar("T")

_MODULES = (chat, conversations, directory, modals)
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_LARGEST_BODY = 4 * 1024 * 1024
_PAGE = "<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"


class LocalSlack:
    """A Slack of one's own, for one app and any number of workspaces."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        signing_secret: str = "local-signing-secret",  # noqa: S107 - it guards nothing but a test
        app_token: str = "xapp-1-local",  # noqa: S107 - likewise
        bot_events: Collection[str] = DEFAULT_EVENTS,
        commands: Collection[str] | None = None,
        limits: bool = False,
        routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        self.signing_secret = signing_secret
        self.app_token = app_token
        # The slash commands that exist; None lets any be typed.
        self.commands = commands
        # Whether mentions in commands carry a name beside the id, as older Slacks wrote them.
        self.long_mentions = False
        self.world = World(clock=clock, bot_events=bot_events, app_token=app_token)
        self.faults = Faults()
        self.limits = Limits(on=limits)
        self.sockets = Sockets(self.world)
        self.responses = Responses(self.world)
        self.courier = Courier(self.world, self.sockets, self.faults, signing_secret=signing_secret)
        self.world.outbox = self.courier.outbox
        self.journal: list[Call] = []
        self.routes = list(routes)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._host, self._port = "127.0.0.1", 0
        self._connections: dict[int, int] = {}
        self._hanging = asyncio.Event()
        self._date = (0, "")

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; a port of 0 takes any that is free."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._api),
                web.get("/link/", self.sockets.accept),
                web.post("/response/{name:.+}", self._response),
                *Control(self).routes(),
                *self.routes,
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        self._host, self._port = host, port
        await self.plug_in()

    async def stop(self) -> None:
        """Take back everything: connections, deliveries on their way, hanging answers."""
        self._hanging.set()
        self.faults.clear()
        self.sockets.reset()
        await self.courier.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = self._site = None

    async def unplug(self) -> None:
        """Go down altogether: cut every connection and refuse new ones."""
        self.sockets.reset()
        if self._site is not None:
            await self._site.stop()
            self._site = None
        server = None if self._runner is None else self._runner.server
        for connection in () if server is None else list(server.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def plug_in(self) -> None:
        """Listen (again), at the same address."""
        if self._runner is None:
            raise RuntimeError("the local Slack has not been started")
        self._site = web.TCPSite(self._runner, self._host, self._port, reuse_address=True)
        await self._site.start()
        self._port = self._runner.addresses[0][1]
        self.responses.base = self.url

    async def __aenter__(self) -> LocalSlack:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}/"

    @property
    def api_url(self) -> str:
        return f"{self.url}api/"

    @property
    def events_url(self) -> str | None:
        """Where the bot takes what is delivered over HTTP."""
        return self.courier.events_url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self.courier.events_url = url

    @property
    def deliveries(self) -> list[Delivery]:
        return self.courier.deliveries

    def add_workspace(
        self,
        name: str,
        *,
        scopes: Collection[str] = DEFAULT_SCOPES,
        bot_name: str = "baton",
        token: str | None = None,
    ) -> Workspace:
        return self.world.add_workspace(name, scopes=scopes, bot_name=bot_name, token=token)

    def person(self, who: str | Member) -> Person:
        """Return somebody to act as, by id or as `add_person` returned them."""
        name = who if isinstance(who, str) else who.id
        workspace = self.world.workspace_of(name)
        return Person(self, workspace, workspace.members[name])

    def _workspace_of(self, channel: str | Channel) -> Workspace:
        for workspace in self.world.workspaces.values():
            try:
                workspace.channel(channel)
            except KeyError:
                continue
            if not isinstance(channel, Channel) or channel.id in workspace.channels:
                return workspace
        raise KeyError(channel)

    def messages(self, channel: str | Channel, *, event_type: str | None = None) -> list[Message]:
        """Return what stands in a channel outside of threads, oldest first."""
        return self._workspace_of(channel).messages(channel, event_type=event_type)

    def replies(self, channel: str | Channel, ts: str) -> list[Message]:
        return self._workspace_of(channel).replies(channel, ts)

    def find(self, channel: str | Channel, *, event_type: str | None = None) -> list[Message]:
        """Return the bot's messages of a channel, threads included."""
        return self._workspace_of(channel).find(channel, event_type=event_type)

    def calls(self, method: str | None = None, **args: object) -> list[Call]:
        """Return the journal's calls of a method with these arguments."""
        return [
            call
            for call in self.journal
            if method in (None, call.method)
            and all(call.args.get(name) == value for name, value in args.items())
        ]

    async def until(self, predicate: Callable[[], T], *, timeout: float = 5.0) -> T:  # noqa: ASYNC109 - every caller wants its own
        """Return the first true answer of `predicate`; raises TimeoutError when none comes."""
        return await self.world.changes.until(predicate, timeout=timeout)

    async def settled(self, *, timeout: float = 5.0) -> None:  # noqa: ASYNC109 - likewise
        """Wait until no event is on its way to the bot."""
        await self.until(lambda: not self.courier.busy, timeout=timeout)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        """Serve one call of the Web API, with whatever faults wait for it."""
        args, token, warning = await _arguments(request)
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
            return await self._served(request, call, token, warning)
        finally:
            self.world.changes.notify()

    async def _served(
        self, request: web.Request, call: Call, token: str | None, warning: str | None
    ) -> web.StreamResponse:
        if self.faults.armed:
            await self._wait(self.faults.wait(call, after=False))
            fault = self.faults.failure(call, after=False)
            if fault is not None:
                return await self._fail(request, call, fault)
        self._work(call, token, warning)
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

    def _work(self, call: Call, token: str | None, warning: str | None) -> None:
        try:
            found = METHODS.get(call.method)
            if found is None:
                raise SlackError("unknown_method", req_method=call.method)
            team = authenticate(self.world, found, token)
            channel = str(call.args.get("channel", ""))
            call.retry_after = self.limits.wait(
                call.method, "" if team is None else team.id, channel
            )
            if call.retry_after is not None:
                raise SlackError("ratelimited")
            ask = Ask(
                world=self.world,
                args=call.args,
                team=team,
                url=self.url,
                new_ticket=self.sockets.ticket,
            )
            if found.scope is not None:
                ask.needs(found.scope)
            if not found.takes_json and warning == "json":
                # A method that takes forms only does not see what is in a JSON body.
                ask.args = {}
            call.answer = found.work(ask)
            call.committed = True
        except SlackError as error:
            call.answer = error.answer()

    async def _fail(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        call.fault = fault.kind
        kind = fault.kind
        if kind in (FaultKind.HANG, FaultKind.HANG_AFTER):
            await self._hanging.wait()
        if kind in (FaultKind.DROP, FaultKind.DROP_AFTER, FaultKind.HANG, FaultKind.HANG_AFTER):
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
        if kind is FaultKind.RATE_LIMITED:
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
        return self._connections.setdefault(id(request.transport), len(self._connections) + 1)

    async def _response(self, request: web.Request) -> web.Response:
        """Take what the bot posts to a `response_url`."""
        try:
            body = json.loads(await request.text())
            if not isinstance(body, dict):
                raise SlackError("invalid_payload")
            self.responses.use(request.match_info["name"], body)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        except SlackError as error:
            status = 404 if error.code.endswith("_url") else 400
            return web.json_response(error.answer(), status=status)
        finally:
            self.world.changes.notify()
        return web.Response(text="ok")


async def _arguments(request: web.Request) -> tuple[Json, str | None, str | None]:
    """Return arguments and token of a call, and "json" when they came in a JSON body."""
    args: Json = dict(request.query)
    kind = None
    body = await request.text()
    if body:
        if request.content_type == _JSON:
            kind = "json"
            try:
                given = json.loads(body)
            except ValueError:
                given = None
            args |= given if isinstance(given, dict) else {}
        else:
            args |= dict(parse_qsl(body, keep_blank_values=True))
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given_token = args.pop("token", None) if kind != "json" else None
    return args, token if scheme.lower() == "bearer" else given_token, kind
