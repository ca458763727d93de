"""Several processes on one PostgreSQL, as objects in this one."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, PostKind, Rendered
from bot.domain.workspace import Workspace as Identity
from bot.publishing import Limits, Publisher
from bot.sandbox.server import LocalSlack
from bot.slack.gateway import Gateway
from bot.store.claims import IS_PENDING
from bot.store.database import Store
from bot.store.schema import posts
from tests.publishing.conftest import in_a_section

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.post import Post
    from bot.store.transaction import Tx

WORKSPACES, POSTS = 12, 8


def now() -> datetime:
    return datetime.fromtimestamp(asyncio.get_running_loop().time() + 1.8e9, tz=UTC)


def render(tx: Tx, post: Post, at: datetime) -> Rendered:
    del tx, at
    return in_a_section(post)


def fill(tx: Tx, *, identity: Identity, rooms: list[ChannelId]) -> None:
    tx.workspaces.save(identity)
    for room in rooms:
        tx.posts.want(PostKind.CARD, room, channel=room)


class Replica:
    """One process: a store, a gateway and a publisher of its own."""

    def __init__(self, url: str, slack: LocalSlack, tokens: dict[WorkspaceId, str]) -> None:
        self.store = Store(url)
        self.gateway = Gateway(api_url=slack.api_url, token_of=tokens.get, clock=now, timeout=1)
        self.publisher = Publisher(
            store=self.store,
            messenger=self.gateway,
            render=render,
            clock=now,
            limits=Limits(concurrency=8, paced=False),
            lease=2.0,
            every=0.1,
            fresh=0.5,
        )

    async def start(self) -> None:
        await self.store.open()
        await self.gateway.open()
        await self.publisher.start()

    async def stop(self) -> None:
        await self.publisher.stop()
        await self.close()

    async def kill(self) -> None:
        """End as abruptly as an object can: nothing is settled, nothing given back."""
        publisher = self.publisher
        tasks = [*publisher._loops, *publisher._sends]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.close()

    async def close(self) -> None:
        await self.gateway.close()
        await self.store.close()


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    local = LocalSlack(clock=now)
    await local.start()
    yield local
    await local.stop()


@pytest.mark.parametrize("killed", [False, True], ids=["all-live", "one-is-killed"])
async def test_every_post_is_one_message_whoever_publishes(
    postgres_url: str,
    slack: LocalSlack,
    killed: bool,  # noqa: FBT001  # pytest passes it by name
) -> None:
    tokens: dict[WorkspaceId, str] = {}
    replicas = [Replica(postgres_url, slack, tokens) for _ in range(3)]
    for replica in replicas:
        await replica.start()
    first, second, third = replicas
    for number in range(WORKSPACES):
        acme = slack.add_workspace(f"W{number}")
        workspace = WorkspaceId(acme.id)
        tokens[workspace] = acme.token
        rooms = [ChannelId(acme.add_channel(f"room{room}").id) for room in range(POSTS)]
        identity = Identity(workspace, acme.name, acme.bot_id, UserId(acme.bot_user))

        await second.store.run(workspace, partial(fill, identity=identity, rooms=rooms))
        for replica in replicas:
            replica.publisher.wake(workspace)

    await slack.until(lambda: len(slack.calls("chat.postMessage")) > POSTS)
    if killed:
        await first.kill()
    async with asyncio.timeout(30):
        while await second.store.door(
            lambda connection: connection.execute(
                select(func.count()).select_from(posts).where(IS_PENDING)
            ).scalar()
        ):
            pass
    for replica in [second, third] if killed else replicas:
        await replica.stop()

    shown = Counter(
        message.event_payload["post"]
        for workspace in tokens
        for room in slack.world.workspaces[workspace].channels.values()
        for message in slack.find(room)
    )
    assert len(shown) == WORKSPACES * POSTS
    assert set(shown.values()) == {1}
