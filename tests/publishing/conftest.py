"""A publisher between a real database and a local Slack, and posts that show what a test says."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, Message, MessageTs, Post, PostId, PostKind, Rendered
from bot.domain.workspace import Workspace as Identity
from bot.publishing import Publisher
from bot.sandbox.server import LocalSlack
from bot.slack.gateway import Gateway
from bot.store.database import Store
from bot.store.schema import posts, workspaces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.sandbox.calls import Call
    from bot.sandbox.records import Channel
    from bot.sandbox.records import Message as Said
    from bot.sandbox.workspace import Workspace
    from bot.store.database import Woken
    from bot.store.transaction import Tx


class Clocks:
    """A wall clock that moves only when a test says so, and a monotonic one that can be moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.skipped = 0.0

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped


def in_a_section(post: Post) -> Message:
    """Show a post as its subject and its version."""
    words = f"{post.subject} v{post.wanted}"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": words}}
    return Message(words, [section], "baton_note", {"post": post.id})


@dataclass
class Office:
    """One workspace with a channel and a person in it, and a publisher that works for it."""

    slack: LocalSlack
    clock: Clocks
    store: Store
    gateway: Gateway
    acme: Workspace
    room: Channel
    ana: str
    tokens: dict[WorkspaceId, str]
    troubles: list[tuple[Post, str]] = field(default_factory=list)
    trouble_fault: Exception | None = None
    show: Callable[[Post], Rendered] = in_a_section

    def __post_init__(self) -> None:
        self.publisher = Publisher(
            store=self.store,
            messenger=self.gateway,
            render=self._render,
            on_trouble=self._on_trouble,
            clock=self.clock,
            monotonic=self.clock.monotonic,
            # Tests skip hours on the monotonic clock, and nobody is frozen meanwhile.
            fresh=float("inf"),
        )

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

    async def shown(
        self,
        subject: str = "1",
        *,
        kind: PostKind = PostKind.CARD,
        channel: str | None = None,
        ts: str | None = None,
    ) -> Post:
        """Want a post and wait until it is shown or given up."""
        return await self.until_settled(await self.want(subject, kind=kind, channel=channel, ts=ts))

    async def post(self, post: Post) -> Post:
        found = await self.store.run(post.workspace, lambda tx: tx.posts.get(post.id))
        assert found is not None
        return found

    async def until_settled(self, post: Post) -> Post:
        async with asyncio.timeout(10):
            while (now := await self.post(post)).is_pending:
                pass
        return now

    async def until_put_off(self, post: Post) -> None:
        """Wait until an attempt was in vain and the next one is to come later."""
        async with asyncio.timeout(10):
            while not await self.is_put_off(post):
                assert (await self.post(post)).is_pending

    async def after_delay(self, post: Post) -> Post:
        """Wait until a post is settled, letting every delay pass; there must be one."""
        await self.until_put_off(post)
        async with asyncio.timeout(10):
            while (now := await self.post(post)).is_pending:
                if await self.is_put_off(post):
                    self.clock.advance(61)
                    self.publisher.wake(self.id)
        return now

    async def is_put_off(self, post: Post) -> bool:
        query = select(posts.c.retry_at).where(posts.c.id == post.id)
        retry_at = await self.store.door(lambda connection: connection.execute(query).scalar())
        return retry_at is not None and retry_at > self.clock.now

    async def until_limited(self) -> None:
        """Wait until nothing may be sent for a while."""
        await self.until(
            lambda: any(
                held.next_chance(now=self.clock.monotonic()) > 1 or held._failures
                for held in self.publisher._workspaces.values()
                if held.waiting
            )
        )

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await self.claimed_by()

    def end_pauses(self) -> None:
        self.clock.skipped += 1000
        self.publisher.wake(self.id)

    async def claimed_by(self) -> str | None:
        query = select(workspaces.c.claimed_by).where(workspaces.c.id == self.id)
        found: str | None = await self.store.door(
            lambda connection: connection.execute(query).scalar()
        )
        return found

    async def add_workspace(self, name: str) -> Workspace:
        acme = self.slack.add_workspace(name)
        workspace = WorkspaceId(acme.id)
        self.tokens[workspace] = acme.token
        identity = Identity(workspace, name, acme.bot_id, UserId(acme.bot_user))
        await self.store.run(workspace, lambda tx: tx.workspaces.save(identity))
        return acme

    def say(self, words: str) -> Said:
        return self.acme.say(self.room, self.ana, words)

    def delete_all(self) -> None:
        for message in self.messages():
            self.acme.delete(self.room, message)

    def messages(self) -> list[Said]:
        return self.slack.find(self.room)

    def texts(self) -> list[str]:
        return [message.text for message in self.messages()]

    def posted(self) -> list[Call]:
        return self.slack.calls("chat.postMessage")

    def methods(self) -> list[str]:
        return [call.method for call in self.slack.journal]

    def _render(self, tx: Tx, post: Post, now: datetime) -> Rendered:
        del tx, now
        return self.show(post)

    def _on_trouble(self, tx: Tx, post: Post, reason: str) -> None:
        del tx
        if self.trouble_fault is not None:
            fault, self.trouble_fault = self.trouble_fault, None
            raise fault
        self.troubles.append((post, reason))


@pytest.fixture
async def office(sqlite_url: str) -> AsyncIterator[Office]:
    clock = Clocks()
    slack = LocalSlack(clock=clock)
    await slack.start()
    offices: list[Office] = []

    def committed(workspace: WorkspaceId, woken: Woken) -> None:
        if woken.posts and offices:
            offices[0].publisher.wake(workspace)

    store = Store(
        sqlite_url,
        synchronous="OFF",
        on_commit=committed,
    )
    await store.open()
    tokens: dict[WorkspaceId, str] = {}
    gateway = Gateway(api_url=slack.api_url, token_of=tokens.get, clock=clock, timeout=5)
    await gateway.open()
    acme = slack.add_workspace("Acme")
    ana = acme.add_person("ana")
    room = acme.add_channel("general", members=[ana])
    tokens[WorkspaceId(acme.id)] = acme.token
    identity = Identity(WorkspaceId(acme.id), "Acme", acme.bot_id, UserId(acme.bot_user))
    await store.run(identity.id, lambda tx: tx.workspaces.save(identity))
    office = Office(slack, clock, store, gateway, acme, room, ana.id, tokens)
    offices.append(office)
    await office.publisher.start()
    yield office
    await office.publisher.stop()
    await gateway.close()
    await store.close()
    await slack.stop()
