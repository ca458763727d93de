"""The Slack edge between a real database and a local Slack, and a team's channel to act in."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, MessageTs
from bot.domain.workspace import Workspace as Installed
from bot.publishing import Publisher
from bot.sandbox.events import DEFAULT_EVENTS
from bot.sandbox.server import LocalSlack
from bot.slack import listeners, posts
from bot.slack.bolt import build_bolt, dispatch
from bot.slack.directory import Directory
from bot.slack.edge import Edge
from bot.slack.gateway import Gateway, Identity
from bot.slack.whispering import whisper
from bot.store.database import Store, StoreUnavailable
from bot.usecases import ringing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from slack_bolt.app.async_app import AsyncApp

    from bot.domain.post import Post
    from bot.sandbox.answers import Answer
    from bot.sandbox.people import Person
    from bot.sandbox.records import Channel, Ephemeral, Message
    from bot.sandbox.workspace import Workspace
    from bot.store.database import Tx, Woken

CREATE = "team create Manila tz Asia/Manila at 09:00 on mon-fri"


class Clock:
    """Stands still until a test moves it; it begins at 08:00 in Manila on Mon 23 Nov 2026."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Room:
    """Joy sets up teams; Ana and Ben are in #manila with her; Baton is in #manila, not in #cebu."""

    slack: LocalSlack
    world: Workspace
    clock: Clock
    store: Store
    gateway: Gateway
    publisher: Publisher
    manila: Channel
    cebu: Channel
    app: AsyncApp

    def person(self, name: str) -> Person:
        return self.slack.person(
            next(member for member in self.world.members.values() if member.name == name)
        )

    @property
    def joy(self) -> Person:
        return self.person("joy")

    @property
    def ana(self) -> Person:
        return self.person("ana")

    @property
    def ben(self) -> Person:
        return self.person("ben")

    async def say(self, text: str, *, by: Person | None = None, channel: str = "manila") -> Answer:
        """Type `/baton …`."""
        return await (by or self.joy).command("/baton", text, channel=channel)

    async def at(self, hour: int, minute: int = 0, *, day: int = 23) -> None:
        """Move the clock to a time in Manila, and let the heartbeat tick."""
        local = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
        self.clock.now = local - timedelta(hours=8)
        for alarm in await self.store.due(self.clock.now, limit=100):
            await self.store.run(
                alarm.workspace, partial(ringing.ring, alarm=alarm, now=self.clock.now)
            )

    async def opened(self) -> Message:
        """Return the root of today's huddle, posted at nine."""
        answer = await self.say(CREATE)
        assert answer.ok, answer.error
        await self.at(9)
        return await self.root()

    async def root(self) -> Message:
        """Return the root, once it is written down where it is, so that a link to it is known."""
        found: list[Message] = await self.until(self.roots)
        workspace = WorkspaceId(self.world.id)
        channel, ts = ChannelId(self.manila.id), MessageTs(found[0].ts)
        recorded: Post | None = None
        async with asyncio.timeout(5):
            while recorded is None:
                recorded = await self.store.run(workspace, lambda tx: tx.posts.at(channel, ts))
        return found[0]

    def roots(self) -> list[Message]:
        return self.slack.messages(self.manila, event_type="baton_huddle")

    def thread(self) -> list[Message]:
        """Return what stands under the newest root."""
        return self.slack.replies(self.manila, self.roots()[-1].ts)

    def dms(self, person: Person) -> list[Message]:
        return [said for said in self.slack.messages(person.dm) if said.user != person.id]

    async def until(self, found: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever is found
        return await self.slack.until(found)

    async def shows(self, message: Message, *words: str) -> None:
        """Wait until a message shows these words."""
        try:
            await self.until(lambda: all(word in message.text for word in words))
        except TimeoutError:
            raise AssertionError(f"{words} are not in {message.text!r}") from None

    async def whispered(self, person: Person, *words: str) -> Ephemeral:
        """Wait for something that only this person sees, with these words."""
        found: Ephemeral = await self.until(
            lambda: next(
                (said for said in person.ephemerals if all(word in said.text for word in words)),
                None,
            )
        )
        return found


def buttons(surface: Any) -> list[str]:  # noqa: ANN401  # whatever has blocks
    """Return the words on the buttons of a message or a view."""
    return [
        element["text"]["text"]
        for block in surface.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


@asynccontextmanager
async def entered(url: str) -> AsyncIterator[Room]:
    clock = Clock()
    doors: list[AsyncApp] = []

    async def take(request: web.Request) -> web.Response:
        raw = await request.text()
        if request.content_type == "application/json":
            body = json.loads(raw)
        else:
            fields = dict(parse_qsl(raw, keep_blank_values=True))
            body = json.loads(fields["payload"]) if "payload" in fields else fields
        answer = await dispatch(doors[0], body, {})
        return web.Response(status=answer.status, text=answer.body, headers=dict(answer.headers))

    slack = LocalSlack(
        clock=clock,
        bot_events=(*DEFAULT_EVENTS, "channel_left", "group_left"),
        routes=[web.post("/bot", take)],
    )
    async with slack:
        slack.events_url = f"{slack.url}bot"
        world = slack.add_workspace("Acme")
        people = [
            world.add_person("joy", real_name="Joy Cruz", tz="Asia/Manila"),
            world.add_person("ana", real_name="Ana Reyes", tz="Asia/Manila"),
            world.add_person("ben", real_name="Ben Stone", tz="America/New_York"),
        ]
        world.add_person("ada", tz="Europe/London", is_admin=True)
        world.add_person("gil", deleted=True)
        robo = world.add_person("robo", is_bot=True)
        eve = world.add_person("eve", stranger=True)
        manila = world.add_channel("manila", members=[*people, robo, eve])
        cebu = world.add_channel("cebu", members=people, bot_member=False)
        woken: list[Publisher] = []

        def committed(workspace: WorkspaceId, what: Woken) -> None:
            if what.posts and woken:
                woken[0].wake(workspace)

        def troubled(tx: Tx, post: Post, reason: str) -> None:
            ringing.give_up(tx, post, reason, now=clock())

        store = Store(url, synchronous="OFF", on_commit=committed)
        gateway = Gateway(
            api_url=slack.api_url, token_of={WorkspaceId(world.id): world.token}.get, clock=clock
        )
        await store.open()
        await gateway.open()
        publisher = Publisher(
            store=store,
            messenger=gateway,
            render=posts.render,
            on_trouble=troubled,
            clock=clock,
        )
        try:
            who = await gateway.identify(world.token)
            await store.run(
                who.workspace,
                lambda tx: tx.workspaces.save(
                    Installed(who.workspace, "Acme", who.bot_id, UserId(who.bot_user))
                ),
            )
            app = _bolt(store, gateway, clock, who, slack.api_url)
            doors.append(app)
            woken.append(publisher)
            await publisher.start()
            yield Room(slack, world, clock, store, gateway, publisher, manila, cebu, app)
        finally:
            await publisher.stop()
            await gateway.close()
            await store.close()


def _bolt(store: Store, gateway: Gateway, clock: Clock, who: Identity, api_url: str) -> AsyncApp:
    async def do(workspace: WorkspaceId, verb: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # whatever the verb takes
        return await store.run(workspace, lambda tx: verb(tx, *args, **kwargs))

    def identity(workspace: WorkspaceId) -> Identity | None:
        return who if workspace == who.workspace else None

    app = build_bolt(
        api_url=api_url,
        identity=identity,
        whisper=partial(whisper, gateway),
        outages=(StoreUnavailable,),
    )
    edge = Edge(
        do=do,
        gateway=gateway,
        directory=Directory(do=do, gateway=gateway, identity=identity, clock=clock),
        clock=clock,
    )
    listeners.register(app, edge)
    return app
