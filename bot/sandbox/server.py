"""The local Slack as a server: Web API, Socket Mode, response URLs and the sandbox's own doors.

`LocalSlack` is what tests hold on to: it has workspaces, people to act as, a journal of every
call, faults to switch on, and conditions to wait for. See `control.py` for the same over HTTP.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Self, TypeVar

from aiohttp import web

from bot.sandbox.control import Control
from bot.sandbox.delivery import Courier
from bot.sandbox.errors import SlackError
from bot.sandbox.events import DEFAULT_EVENTS
from bot.sandbox.faults import Faults
from bot.sandbox.limits import Limits
from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Member, Message
from bot.sandbox.responses import Responses
from bot.sandbox.sockets import Sockets
from bot.sandbox.wire import Wire
from bot.sandbox.world import DEFAULT_SCOPES, World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from bot.sandbox.calls import Call, Delivery
    from bot.sandbox.workspace import Workspace

T = TypeVar("T")

_LARGEST_BODY = 4 * 1024 * 1024


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
        self.wire = Wire(self.world, self.faults, self.limits, self.sockets)
        self.routes = list(routes)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._host, self._port = "127.0.0.1", 0

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; a port of 0 takes any that is free."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.add_routes(
            [
                web.route("*", "/api/{method}", self.wire.serve),
                web.get("/link/", self.sockets.accept),
                web.post("/response/{name:.+}", self._response),
                *Control(self).routes(),
                *self.routes,
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        self._host, self._port = host, port
        try:
            await self.plug_in()
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take back everything: connections, deliveries on their way, hanging answers."""
        self.wire.released.set()
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
        self.responses.base = self.wire.url = self.url

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        # Who listens everywhere is reached from here at the nearest address.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104 - only read
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}/"

    @property
    def host(self) -> str:
        return self._host

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
    def journal(self) -> list[Call]:
        """Every call of the Web API, in the order in which they came."""
        return self.wire.journal

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
        name = channel.id if isinstance(channel, Channel) else channel
        for workspace in self.world.workspaces.values():
            with contextlib.suppress(KeyError):
                workspace.channel(name)
                return workspace
        raise KeyError(name)

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

    async def _response(self, request: web.Request) -> web.Response:
        """Take what the bot posts to a `response_url`."""
        try:
            body = json.loads(await request.text())
            self.responses.use(request.match_info["name"], body)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        except SlackError as error:
            status = 404 if error.code.endswith("_url") else 400
            return web.json_response(error.answer(), status=status)
        finally:
            self.world.changes.notify()
        return web.Response(text="ok")
