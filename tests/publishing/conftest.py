"""A publisher between a real database and a local Slack, and posts that show what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, Message, MessageTs, Post, PostId, PostKind, Rendered
from bot.domain.workspace import Workspace as Identity
from bot.publishing import Publisher
from bot.sandbox.server import LocalSlack
from bot.slack.gateway import Gateway
from bot.store.database import Store

if TYPE_CHECKING:
    from bot.sandbox.records import Channel
    from bot.sandbox.records import Message as Shown
    from bot.sandbox.workspace import Workspace
    from bot.store.transaction import Tx


class Clock:
    """Moves only when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Renderer:
    """Shows a post as its subject and its version, or as a test says."""

    special: dict[PostId, Callable[[Post], Rendered]] = field(default_factory=dict)

    def __call__(self, tx: Tx, post: Post, now: datetime) -> Rendered:
        del tx, now
        return self.special.get(post.id, plain)(post)


def plain(post: Post) -> Message:
    text = f"{post.subject} v{post.wanted}"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return Message(text, [section], "baton_note", {"post": post.id})


@dataclass
class Office:
    """One workspace with a channel, and a publisher that works for it."""

    slack: LocalSlack
    acme: Workspace
    room: Channel
    store: Store
    publisher: Publisher
    gateway: Gateway
    clock: Clock
    renderer: Renderer
    troubles: list[tuple[Post, str]]

    @property
    def id(self) -> WorkspaceId:
        return WorkspaceId(self.acme.id)

    async def want(
        self,
        subject: str = "1",
        *,
        kind: PostKind = PostKind.CARD,
        channel: str | None = None,
        parent: PostId | None = None,
        ts: str | None = None,
        urgent: bool = False,
    ) -> Post:
        """Want a post to be shown (anew), as a use case does."""
        return await self.store.run(
            self.id,
            lambda tx: tx.posts.want(
                kind,
                subject,
                channel=ChannelId(channel or self.room.id),
                parent=parent,
                ts=None if ts is None else MessageTs(ts),
                urgent=urgent,
            ),
        )

    async def post(self, post: Post) -> Post:
        found = await self.store.run(self.id, lambda tx: tx.posts.get(post.id))
        assert found is not None
        return found

    async def until_settled(self, post: Post) -> Post:
        """Wait until a post is shown as it is wanted, or given up."""
        async with asyncio.timeout(10):
            while (now := await self.post(post)).is_pending:
                pass
        return now

    async def shown(self, subject: str = "1", **options: object) -> Post:
        """Want a post and wait until it is shown."""
        return await self.until_settled(await self.want(subject, **options))  # type: ignore[arg-type]  # handed on

    async def until_delayed(self, post: Post, *, attempts: int) -> None:
        """Wait until an attempt has failed, and let the delay that follows pass."""
        await self.slack.until(lambda: len(self.posted()) >= attempts)
        self.clock.advance(61)
        self.publisher.wake(self.id)

    def messages(self) -> list[Shown]:
        return self.slack.find(self.room)

    def texts(self) -> list[str]:
        return [message.text for message in self.messages()]

    def posted(self) -> list[object]:
        return list(self.slack.calls("chat.postMessage"))


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
async def office(slack: LocalSlack, clock: Clock, sqlite_url: str) -> AsyncIterator[Office]:
    acme = slack.add_workspace("Acme")
    workspace = WorkspaceId(acme.id)
    publishers: list[Publisher] = []
    store = Store(
        sqlite_url,
        synchronous="OFF",
        on_commit=lambda workspace, woken: publishers[0].wake(workspace) if woken.posts else None,
    )
    await store.open()
    gateway = Gateway(
        api_url=slack.api_url, token_of={workspace: acme.token}.get, clock=clock, timeout=5
    )
    await gateway.open()
    renderer, troubles = Renderer(), list[tuple[Post, str]]()
    publisher = Publisher(
        store=store,
        messenger=gateway,
        render=renderer,
        on_trouble=lambda _tx, post, reason: troubles.append((post, reason)),
        clock=clock,
    )
    publishers.append(publisher)
    who = Identity(workspace, "Acme", acme.bot_id, UserId(acme.bot_user))
    await store.run(workspace, lambda tx: tx.workspaces.save(who))
    await publisher.start()
    room = acme.add_channel("general")
    yield Office(slack, acme, room, store, publisher, gateway, clock, renderer, troubles)
    await publisher.stop()
    await gateway.close()
    await store.close()
