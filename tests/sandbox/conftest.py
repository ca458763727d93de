"""A local Slack with one workspace, three people, and a bot whose answers a test decides."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox.api import METHODS
from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace

Reply = Callable[["Request"], Awaitable[web.Response]]


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> None:
        self.now += timedelta(**units)


@dataclass
class Request:
    """What the bot was sent."""

    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Json:
        """The event, command or interaction, whichever way it was wrapped."""
        if self.headers["Content-Type"].startswith("application/json"):
            return dict(json.loads(self.raw))
        fields = dict(parse_qsl(self.raw.decode(), keep_blank_values=True))
        return dict(json.loads(fields["payload"])) if "payload" in fields else fields


@dataclass
class Bot:
    """A bot that remembers what it was sent and answers as it is told."""

    url: str = ""
    seen: list[Request] = field(default_factory=list)
    reply: Reply | None = None

    async def take(self, request: web.Request) -> web.Response:
        sent = Request(dict(request.headers), await request.read())
        self.seen.append(sent)
        return web.Response() if self.reply is None else await self.reply(sent)

    def answers(self, body: Json | str = "", *, status: int = 200) -> None:
        """Answer everything alike from now on."""

        async def reply(_request: Request) -> web.Response:
            if isinstance(body, str):
                return web.Response(status=status, text=body)
            return web.json_response(body, status=status)

        self.reply = reply

    @property
    def last(self) -> Json:
        return self.seen[-1].body

    def events(self, kind: str) -> list[Json]:
        bodies = [request.body for request in self.seen]
        return [body["event"] for body in bodies if body.get("event", {}).get("type") == kind]


class Api:
    """Calls the Web API with a token and returns the answer, whatever it is."""

    def __init__(self, slack: LocalSlack, session: aiohttp.ClientSession) -> None:
        self.slack = slack
        self.session = session
        self.token = ""

    async def __call__(self, method: str, **args: Any) -> Json:  # noqa: ANN401 - whatever the method takes
        async with await self.response(method, **args) as response:
            return dict(await response.json())

    async def response(self, method: str, **args: Any) -> aiohttp.ClientResponse:  # noqa: ANN401 - likewise
        found = METHODS.get(method)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if found is None or found.takes_json:
            return await self.session.post(
                self.slack.api_url + method,
                data=json.dumps(args),
                headers={**headers, "Content-Type": "application/json; charset=utf-8"},
            )
        plain = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in args.items()
        }
        return await self.session.get(self.slack.api_url + method, params=plain, headers=headers)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[LocalSlack]:
    local = LocalSlack(clock=clock)
    await local.start()
    yield local
    await local.stop()


@pytest.fixture
async def bot(slack: LocalSlack) -> AsyncIterator[Bot]:
    made = Bot()
    app = web.Application()
    app.router.add_post("/slack/events", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    slack.events_url = made.url
    slack.courier.retry_delays = (0.0, 0.0, 0.0)
    yield made
    await runner.cleanup()


@pytest.fixture
def acme(slack: LocalSlack) -> Workspace:
    return slack.add_workspace("Acme")


@pytest.fixture
def ana(slack: LocalSlack, acme: Workspace) -> Person:
    return slack.person(acme.add_person("ana", tz="Asia/Manila"))


@pytest.fixture
def lee(slack: LocalSlack, acme: Workspace) -> Person:
    return slack.person(acme.add_person("lee", tz="America/New_York", is_admin=True))


@pytest.fixture
def room(acme: Workspace, ana: Person, lee: Person) -> Channel:
    return acme.add_channel("general", members=[ana.id, lee.id])


@pytest.fixture
async def api(slack: LocalSlack, acme: Workspace) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        made = Api(slack, session)
        made.token = acme.token
        yield made


def button(action_id: str, value: str = "1", text: str = "Go") -> Json:
    words = {"type": "plain_text", "text": text}
    return {"type": "button", "action_id": action_id, "value": value, "text": words}


def actions(*elements: Json, block_id: str = "act") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def ask(block_id: str, element: Json | None = None, **more: object) -> Json:
    """Return an input block whose element has the block's id."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": block_id.title()},
        "element": {"type": "plain_text_input", **(element or {}), "action_id": block_id},
        **more,
    }


def modal(*blocks: Json, **more: object) -> Json:
    words = {"type": "plain_text", "text": "A modal"}
    return {
        "type": "modal",
        "callback_id": "modal",
        "title": words,
        "submit": {"type": "plain_text", "text": "OK"},
        "blocks": list(blocks),
        **more,
    }


def home(*blocks: Json) -> Json:
    return {"type": "home", "blocks": list(blocks) or [section("home")]}
