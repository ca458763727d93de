"""The demo workspace in a local Slack, the bot beside it as processes, and what it wrote down."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
from sqlalchemy import NullPool, and_, create_engine, func, select

from bot.domain.alarm import AlarmKind
from bot.domain.post import PostState
from bot.domain.task import WORDS, Status
from bot.sandbox.demo import MANILA
from bot.store.address import address
from bot.store.schema import alarms, posts, processes, tasks, workspaces
from tests.fleet import TOKENS
from tests.processes import BotProcess, baton
from tests.shifted import LEASE, ShiftedClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from sqlalchemy import Select

    from bot.sandbox.answers import Answer
    from bot.sandbox.calls import Call
    from bot.sandbox.demo import Demo
    from bot.sandbox.faults import Fault, FaultKind
    from bot.sandbox.people import Person
    from bot.sandbox.records import Message
    from bot.sandbox.server import LocalSlack
    from bot.sandbox.workspace import Workspace

POST = "chat.postMessage"
UPDATE = "chat.update"
ROOT = "baton_huddle"
CARD = "baton_task"

NINE = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
"""Monday 09:00 in Manila."""

MONDAY = date(2026, 11, 30)

TAKEN_OVER = LEASE + 9
"""Seconds within which others have found out that a process is dead, and done its work."""

SHOWN = 60.0
"""Seconds within which everything is shown: dozens of edits at once fill Slack's limits."""

EVERY_DAY = "mon-sun"

_WAITING = and_(posts.c.state == PostState.LIVE, posts.c.shown < posts.c.wanted)

_PENDING = select(
    posts.c.kind, posts.c.subject, posts.c.attempts, posts.c.retry_at, posts.c.ts
).where(_WAITING)
_TASKS = select(tasks.c.number, tasks.c.status)
_POSTS = select(posts.c.id, posts.c.ts, posts.c.wanted)

_RECEIPT = re.compile(r"Task (\d+) is with ")


@dataclass(frozen=True)
class Tally:
    """What the local Slack's journal has too much, or too little, or too old: a line each."""

    doubles: tuple[str, ...] = ()
    """Huddles with two roots and tasks with two cards, whether the second one stayed or not."""
    lost: tuple[str, ...] = ()
    """Huddles without a root, tasks without a card, and receipts without a task."""
    unasked: tuple[str, ...] = ()
    """Roots of which the test knows nothing."""
    stale: tuple[str, ...] = ()
    """Cards that show an earlier state than the task has."""
    unrecorded: tuple[str, ...] = ()
    """Messages of which the database does not know where they are."""


ALL_IS_WELL = Tally()


@dataclass(frozen=True)
class Harbour:
    """Maya leads, and Ana is with her in every channel that is added for a test."""

    slack: LocalSlack
    demo: Demo
    clock: ShiftedClock
    database_url: str
    over: str
    folder: Path

    def baton(
        self,
        *,
        until: str = "ready",
        clock: ShiftedClock | None = None,
        fleet: Iterable[Workspace] = (),
    ) -> AbstractAsyncContextManager[BotProcess]:
        """Run the bot as a process, by Slack's clock or its own, killed where the block ends.

        It works in the workspaces of its `fleet` besides.
        """
        tokens = " ".join(workspace.token for workspace in fleet)
        return baton(
            self.slack,
            token=self.demo.token,
            database_url=self.database_url,
            over=self.over,
            folder=self.folder,
            clock=clock or self.clock,
            until=until,
            program="tests.fleet" if tokens else "tests.shifted",
            environ={TOKENS: tokens},
        )

    def own_clock(self, name: str, *, ahead: timedelta = timedelta()) -> ShiftedClock:
        """Return a clock beside Slack's, which is ahead of it, or behind."""
        clock = ShiftedClock(self.folder / f"clock-{name}")
        clock.set(self.clock() + ahead)
        return clock

    @property
    def maya(self) -> Person:
        return self.slack.person(self.demo.people["maya"])

    @property
    def ana(self) -> Person:
        return self.slack.person(self.demo.people["ana"])

    def add_channels(self, *names: str) -> None:
        for name in names:
            self._workspace.add_channel(name, members=[self.maya.id, self.ana.id])

    async def team(
        self, channel: str, at: str = "09:00", *, tz: str = MANILA, on: str = "mon-fri"
    ) -> None:
        """Have Maya set up a team that is called like its channel."""
        answer = await self.maya.command(
            "/baton", f"team create {channel} tz {tz} at {at} on {on}", channel=channel
        )
        assert channel in answer.text, answer

    async def delegate(self, channel: str) -> Answer:
        """Have Maya give Ana a task whose card goes to this channel."""
        answer = await self.maya.command(
            "/delegate", f"@ana Send the contract of {channel} due fri 17:00", channel=channel
        )
        assert "Send the contract" in answer.text, answer
        return answer

    def arm(
        self, kind: FaultKind, channel: str, *, method: str = POST, seconds: float = 0
    ) -> Fault:
        """Have the next new message of a channel run into this, or its next edit."""
        return self.slack.faults.add(
            kind, method=method, channel=self._id(channel), seconds=seconds
        )

    def roots(self, channel: str) -> list[Message]:
        return self.slack.find(channel, event_type=ROOT)

    def cards(self, channel: str) -> list[Message]:
        return self.slack.find(channel, event_type=CARD)

    def requests(self, channel: str, method: str = POST) -> list[Call]:
        """Return the calls of a method that arrived for a channel, done or not."""
        return self.slack.calls(method, channel=self._id(channel))

    def have_roots(self, channels: Iterable[str], *, each: int = 1) -> bool:
        return all(len(self.roots(channel)) >= each for channel in channels)

    async def passed(self, instant: datetime) -> None:
        """Wait until it is later than this."""
        # Nothing of the bot is waited for, only the clock that all processes share.
        await self.slack.until(lambda: self.clock() > instant, timeout=10)

    async def shown(self, *, within: float = SHOWN) -> None:
        """Wait until everything is shown and nobody publishes any more."""
        held = select(workspaces.c.claimed_by).where(workspaces.c.claimed_by.isnot(None))
        await self._empty(_PENDING, within=within)
        await self._empty(held, within=within)

    async def shown_again(self) -> None:
        """Wait until also that is over which follows upon a takeover."""
        await self._empty(select(alarms).where(alarms.c.kind == AlarmKind.POST_AGAIN), within=SHOWN)
        await self.shown()

    async def publisher(self) -> int | None:
        """Return the process that publishes at this moment."""
        query = select(workspaces.c.claimed_by).where(workspaces.c.claimed_by.isnot(None))
        rows = await self._read(query)
        return int(rows[0][0].split("/")[1]) if rows else None

    async def publishing(self, *lives: BotProcess) -> list[BotProcess]:
        """Return the processes, the one first that publishes, and wait for one that does."""
        found: int | None = None
        async with asyncio.timeout(TAKEN_OVER):
            while found is None:
                found = await self.publisher()
        return sorted(lives, key=lambda bot: bot.process.pid != found)

    def listen(self, bot: BotProcess) -> None:
        """Have Slack hand the next payload to this process; sockets take turns by themselves."""
        if self.over == "http":
            self.slack.events_url = f"{bot.url}/slack/events"

    async def processes(self) -> int:
        """Return how many have begun to publish and did not say that they ended."""
        return int((await self._read(select(func.count()).select_from(processes)))[0][0])

    async def tally(self, huddles: Mapping[str, Iterable[date]] | None = None) -> Tally:
        """Count what Slack was made to show, once everything is shown.

        `huddles` says which dates a channel's team was to have by now: these and no others.
        """
        names = {self._id(channel): channel for channel in huddles or {}}
        roots = Counter(
            f"{names.get(call.args['channel'], call.args['channel'])} {_payload(call)['date']}"
            for call in self._posted(ROOT)
        )
        due = {f"{name} {day}" for name, days in (huddles or {}).items() for day in days}
        cards = Counter(_payload(call)["task"] for call in self._posted(CARD))
        known = {row[0]: row[1:] for row in await self._read(_TASKS)}
        where = {row[0]: row[1:] for row in await self._read(_POSTS)}
        shown = [
            said
            for channel in self._workspace.channels.values()
            for said in self.slack.find(channel.id)
            if said.event_type in {ROOT, CARD}
        ]
        return Tally(
            doubles=_lines(
                [key for key, count in roots.items() if count > 1]
                + [f"task {key}" for key, count in cards.items() if count > 1]
            ),
            lost=_lines(
                [key for key in due if not roots[key]]
                + [f"task {key}" for key in known if not cards[key]]
                + [f"receipt of task {key}" for key in self._promised() - known.keys()]
            ),
            unasked=_lines(key for key in roots if key not in due),
            stale=_lines(
                f"task {said.event_payload['task']}"
                for said in shown
                if said.event_type == CARD and not _is_newest(said, known, where)
            ),
            unrecorded=_lines(
                f"{said.event_type} {said.event_payload}"
                for said in shown
                if where.get(said.event_payload["post"], (None,))[0] != said.ts
            ),
        )

    async def tasks(self) -> dict[int, str]:
        """Return the status of every task."""
        return {row[0]: row[1] for row in await self._read(_TASKS)}

    def _posted(self, event_type: str) -> list[Call]:
        """Return the calls that made such a message here, answered or not."""
        return [
            call
            for call in self.slack.calls(POST)
            if call.committed
            and call.team == self._workspace.id
            and call.args.get("metadata", {}).get("event_type") == event_type
        ]

    def _promised(self) -> set[int]:
        """Return the tasks whose receipts reached somebody."""
        return {
            int(found[1])
            for delivery in self.slack.deliveries
            for attempt in delivery.attempts
            if attempt.ok and (found := _RECEIPT.search(attempt.body))
        }

    @property
    def _workspace(self) -> Workspace:
        return self.ana.workspace

    def _id(self, channel: str) -> str:
        return self._workspace.channel(channel).id

    async def _empty(self, query: Select[Any], *, within: float) -> None:
        """Wait until nothing is left of this, or say what is."""
        left: list[tuple[Any, ...]] = []
        try:
            async with asyncio.timeout(within):
                # It happens in another process, which sets no event of ours.
                while left := await self._read(query):  # noqa: ASYNC110  # it happens in another process, which sets no event of ours
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"after {within} s at {self.clock()} there is: {left}") from None

    async def _read(self, query: Select[Any]) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(self._rows, query)

    def _rows(self, query: Select[Any]) -> list[tuple[Any, ...]]:
        engine = create_engine(address(self.database_url), poolclass=NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]


def _payload(call: Call) -> dict[str, Any]:
    return dict(call.args["metadata"]["event_payload"])


def _lines(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(lines))


def _is_newest(
    said: Message, known: Mapping[int, tuple[Any, ...]], where: Mapping[str, tuple[Any, ...]]
) -> bool:
    """Whether a card says what its task is, and was made from the newest of it."""
    number, post = said.event_payload["task"], said.event_payload["post"]
    if number not in known or post not in where:
        return False
    words = WORDS[Status(known[number][0])]
    newest = where[post][1]
    return f"Task {number}, {words}." in said.text and all(
        block["block_id"].startswith(f"{number}.{newest}.") for block in said.blocks
    )


async def readiness(bot: BotProcess) -> int:
    """Return what a process answers to who asks whether it is ready."""
    async with aiohttp.ClientSession() as session, session.get(f"{bot.url}/readyz") as answer:
        return answer.status


def logged(bot: BotProcess, action: str) -> int:
    """Return how often a process has logged this action."""
    return len([line for line in bot.log if line.get("action") == action])


def has_logged(bot: BotProcess, action: str, *, times: int = 1) -> bool:
    return logged(bot, action) >= times


def errors(*lives: BotProcess) -> list[object]:
    """Return what processes complained of; an outage is no error, a traceback is."""
    return [line for bot in lives for line in bot.log if line.get("level") in {"error", None}]


def nine(days: int) -> datetime:
    """Return 09:00 in Manila, so many days after that Monday."""
    return NINE + timedelta(days=days)


def dates(channels: Iterable[str], *, days: int = 1) -> dict[str, list[date]]:
    """Return so many dates from that Monday on for each of these channels."""
    return {channel: [MONDAY + timedelta(days=n) for n in range(days)] for channel in channels}
