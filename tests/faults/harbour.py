"""The demo workspace in a local Slack, the bot beside it as processes, and what it wrote down."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
from sqlalchemy import NullPool, and_, create_engine, func, select

from bot.domain.alarm import AlarmKind
from bot.domain.post import PostState
from bot.sandbox.demo import MANILA
from bot.store.address import address
from bot.store.schema import alarms, posts, processes, workspaces
from tests.processes import BotProcess, baton
from tests.shifted import LEASE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from sqlalchemy import Select

    from bot.sandbox.answers import Answer
    from bot.sandbox.calls import Call
    from bot.sandbox.demo import Demo
    from bot.sandbox.faults import FaultKind
    from bot.sandbox.people import Person
    from bot.sandbox.records import Message
    from bot.sandbox.server import LocalSlack
    from bot.sandbox.workspace import Workspace
    from tests.shifted import ShiftedClock

POST = "chat.postMessage"
ROOT = "baton_huddle"
CARD = "baton_task"

NINE = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
"""Monday 09:00 in Manila."""

TAKEN_OVER = LEASE + 9
"""Seconds within which others have found out that a process is dead, and done its work."""

_WAITING = and_(posts.c.state == PostState.LIVE, posts.c.shown < posts.c.wanted)


@dataclass(frozen=True)
class Harbour:
    """Maya leads, and Ana is with her in every channel that is added for a test."""

    slack: LocalSlack
    demo: Demo
    clock: ShiftedClock
    database_url: str
    over: str
    folder: Path

    def baton(self, *, until: str = "ready") -> AbstractAsyncContextManager[BotProcess]:
        """Run the bot as a process, which is killed where the block ends."""
        return baton(
            self.slack,
            token=self.demo.token,
            database_url=self.database_url,
            over=self.over,
            folder=self.folder,
            clock=self.clock,
            until=until,
        )

    @property
    def maya(self) -> Person:
        return self.slack.person(self.demo.people["maya"])

    @property
    def ana(self) -> Person:
        return self.slack.person(self.demo.people["ana"])

    def add_channels(self, *names: str) -> None:
        for name in names:
            self._workspace.add_channel(name, members=[self.maya.id, self.ana.id])

    async def team(self, channel: str, at: str = "09:00") -> None:
        """Have Maya set up a team that is called like its channel."""
        answer = await self.maya.command(
            "/baton", f"team create {channel} tz {MANILA} at {at} on mon-fri", channel=channel
        )
        assert channel in answer.text, answer

    async def delegate(self, channel: str) -> Answer:
        """Have Maya give Ana a task whose card goes to this channel."""
        answer = await self.maya.command(
            "/delegate", f"@ana Send the contract of {channel} due fri 17:00", channel=channel
        )
        assert "Send the contract" in answer.text, answer
        return answer

    def arm(self, kind: FaultKind, channel: str, *, seconds: float = 0) -> None:
        """Have the next new message of a channel run into this."""
        self.slack.faults.add(kind, method=POST, channel=self._id(channel), seconds=seconds)

    def roots(self, channel: str) -> list[Message]:
        return self.slack.find(channel, event_type=ROOT)

    def cards(self, channel: str) -> list[Message]:
        return self.slack.find(channel, event_type=CARD)

    def requests(self, channel: str, method: str = POST) -> list[Call]:
        """Return the calls of a method that arrived for a channel, done or not."""
        return self.slack.calls(method, channel=self._id(channel))

    def times_posted(self, channel: str, event_type: str) -> int:
        """Return how often such a message appeared there, whether it stayed or not."""
        return sum(
            call.committed and call.args["metadata"]["event_type"] == event_type
            for call in self.requests(channel)
        )

    def have_roots(self, channels: Iterable[str], *, each: int = 1) -> bool:
        return all(len(self.roots(channel)) >= each for channel in channels)

    async def passed(self, instant: datetime) -> None:
        """Wait until it is later than this."""
        # Nothing of the bot is waited for, only the clock that all processes share.
        await self.slack.until(lambda: self.clock() > instant, timeout=10)

    async def shown(self) -> None:
        """Wait until everything is shown and nobody publishes any more."""
        busy = (
            select(func.count()).select_from(posts).where(_WAITING),
            select(func.count()).select_from(workspaces).where(workspaces.c.claimed_by.isnot(None)),
        )
        await self._none_of(busy)

    async def shown_again(self) -> None:
        """Wait until also that is over which follows upon a takeover."""
        again = alarms.c.kind == AlarmKind.POST_AGAIN
        await self._none_of([select(func.count()).select_from(alarms).where(again)])
        await self.shown()

    async def publisher(self) -> int | None:
        """Return the process that publishes at this moment."""
        query = select(workspaces.c.claimed_by).where(workspaces.c.claimed_by.isnot(None))
        rows = await asyncio.to_thread(self._rows, query)
        return int(rows[0][0].split("/")[1]) if rows else None

    async def processes(self) -> int:
        """Return how many have begun to publish and did not say that they ended."""
        count = select(func.count()).select_from(processes)
        return int((await asyncio.to_thread(self._rows, count))[0][0])

    async def are_recorded(self, messages: Iterable[Message]) -> bool:
        """Say whether the database knows where each of these messages is."""
        recorded = dict(await asyncio.to_thread(self._rows, select(posts.c.id, posts.c.ts)))
        return all(recorded[said.event_payload["post"]] == said.ts for said in messages)

    @property
    def _workspace(self) -> Workspace:
        (workspace,) = self.slack.world.workspaces.values()
        return workspace

    def _id(self, channel: str) -> str:
        return self._workspace.channel(channel).id

    async def _none_of(self, counts: Iterable[Select[int]]) -> None:
        async with asyncio.timeout(TAKEN_OVER + LEASE):
            for count in counts:
                # It happens in another process, which sets no event of ours.
                while (await asyncio.to_thread(self._rows, count))[0][0]:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)

    def _rows(self, query: Select[Any]) -> list[tuple[Any, ...]]:
        engine = create_engine(address(self.database_url), poolclass=NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]


async def readiness(bot: BotProcess) -> int:
    """Return what a process answers to who asks whether it is ready."""
    async with aiohttp.ClientSession() as session, session.get(f"{bot.url}/readyz") as answer:
        return answer.status


def errors(*lives: BotProcess) -> list[object]:
    """Return what processes complained of; an outage is no error, a traceback is."""
    return [line for bot in lives for line in bot.log if line.get("level") in {"error", None}]


def nine(days: int) -> datetime:
    """Return 09:00 in Manila, so many days after that Monday."""
    return NINE + timedelta(days=days)
