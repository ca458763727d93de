from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.errors import SlackFailure, SlackRejected, SlackUnavailable, SlackUnknown
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, Message, MessageTs, Post, PostId, PostKind
from bot.publishing.beating import Beating
from bot.publishing.held import LONGEST_PAUSE, Held
from bot.publishing.limiter import POST, Limits
from bot.publishing.sending import DOUBLE_TRIES, FIRST_DELAY, LONGEST_RETRY, Sender
from bot.store.claims import ClaimedWorkspace, ProcessId
from bot.store.outbox import Attempt, Later, Sent
from tests.databases import workspace_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.store.database import Store

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
T1 = WorkspaceId("T1")
CARD = Post(T1, PostId("p1"), PostKind.CARD, "1", ChannelId("C1"))
SENT = {"ok": True, "channel": "C1", "ts": "1.1"}


@dataclass
class Wire:
    """A messenger whose answers a test decides; the last one stays."""

    answers: list[Mapping[str, Any] | Exception]
    calls: list[str] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    check: Callable[[], None] | None = None
    knows_slack_time: bool = True

    async def call(
        self,
        workspace: WorkspaceId,
        method: str,
        /,
        **arguments: Any,  # noqa: ANN401  # whatever the method takes
    ) -> Mapping[str, Any]:
        del workspace, arguments
        if self.check is not None:
            self.check()
        self.calls.append(method)
        self.called.set()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @contextmanager
    def guarded(self, check: Callable[[], None]) -> Iterator[None]:
        self.check = check
        yield
        self.check = None

    def slack_now(self, now: datetime) -> datetime:
        return now


@dataclass
class Desk:
    """A sender with its clocks, and the workspace it sends for."""

    wire: Wire
    beating: Beating
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: float = 1000.0
    at_once: int = 1

    def __post_init__(self) -> None:
        self.held = Held(T1, Limits())
        self.held.claim(ClaimedWorkspace(T1, "B1", UserId("U1")), self.beating.process)
        self.sender = Sender(
            messenger=self.wire,
            beating=self.beating,
            stopping=self.stopping,
            clock=lambda: NOW,
            monotonic=lambda: self.seconds,
            at_once=self.at_once,
        )

    def attempt(self, post: Post = CARD, process: ProcessId | None = None) -> Attempt:
        message = Message("hello", [], "baton_task", {"post": post.id})
        return Attempt(post, message, None, process or self.beating.process)

    async def send(self, attempt: Attempt | None = None) -> object:
        return await self.sender.send(self.held, attempt or self.attempt())


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    await sqlite_store.run(T1, lambda tx: tx.workspaces.save(workspace_row(T1)))
    beating = Beating(
        sqlite_store.outbox.claims,
        on_buried=lambda: None,
        on_orphans=lambda: None,
        clock=lambda: NOW,
        monotonic=lambda: 0.0,
    )
    await beating.begin()
    return Desk(Wire([SENT]), beating)


def is_later(result: object, *, untouched: bool, seconds: float = 0.0) -> bool:
    assert isinstance(result, Later)
    delay = (result.retry_at - NOW).total_seconds()
    return result.untouched is untouched and seconds * 0.8 <= delay <= seconds * 1.2


@pytest.mark.parametrize(
    ("failure", "untouched", "seconds"),
    [
        (SlackUnavailable("ClientConnectorError"), True, 0.0),
        (SlackUnavailable("ratelimited", retry_after=5), True, 0.0),
        (SlackRejected("token_revoked"), True, 0.0),
        (SlackRejected("missing_scope"), True, 0.0),
        (SlackUnknown("TimeoutError"), False, FIRST_DELAY),
        (ZeroDivisionError(), False, LONGEST_RETRY),
    ],
)
async def test_what_a_failure_means_for_the_next_attempt(
    desk: Desk,
    failure: Exception,
    untouched: bool,  # noqa: FBT001  # pytest passes it by name
    seconds: float,
) -> None:
    desk.wire.answers = [failure]

    result = await desk.send()

    assert is_later(result, untouched=untouched, seconds=seconds)


async def test_delays_grow_until_it_is_sent(desk: Desk) -> None:
    desk.wire.answers = [SlackUnknown("TimeoutError")]
    delays = []
    for _ in range(5):
        result = await desk.send()
        assert isinstance(result, Later)
        delays.append((result.retry_at - NOW).total_seconds())

    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_RETRY

    desk.wire.answers = [SENT]
    assert isinstance(await desk.send(), Sent)
    desk.wire.answers = [SlackUnknown("TimeoutError")]
    assert is_later(await desk.send(), untouched=False, seconds=FIRST_DELAY)


async def test_no_delay_is_longer_than_the_store_believes(desk: Desk) -> None:
    late = desk.sender.later(desk.attempt(), 3600, untouched=True)

    assert late.retry_at == NOW + timedelta(seconds=60)


async def test_trouble_of_a_workspace_pauses_it_longer_each_time(desk: Desk) -> None:
    desk.wire.answers = [SlackUnavailable("ClientConnectorError")]
    desk.held.refill([CARD])
    pauses = []
    for _ in range(8):
        await asyncio.gather(desk.send(), desk.send(), desk.send())
        pauses.append(desk.held.next_chance(now=desk.seconds))
        desk.seconds += pauses[-1] + 0.001

    assert pauses[0] <= 1.2
    assert pauses == sorted(pauses[:5]) + pauses[5:]
    assert all(0.8 * LONGEST_PAUSE <= pause <= 1.2 * LONGEST_PAUSE for pause in pauses[5:])


async def test_a_single_one_finds_out_whether_a_trouble_is_over(desk: Desk) -> None:
    posts = [Post(T1, PostId(f"p{n}"), PostKind.CARD, str(n), ChannelId(f"C{n}")) for n in range(9)]
    desk.wire.answers = [SlackUnavailable("ClientConnectorError"), SENT]
    await desk.send()
    desk.seconds += 2
    desk.held.refill(posts)

    (probe,) = desk.held.choose(9, urgent=False, now=desk.seconds)
    assert desk.held.next_chance(now=desk.seconds) == float("inf")
    await desk.send()
    desk.held.done(probe)

    assert len(list(desk.held.choose(9, urgent=False, now=desk.seconds))) == 7


async def test_who_lost_the_claim_sends_nothing(desk: Desk) -> None:
    result = await desk.send(desk.attempt(process=ProcessId("an earlier life")))

    assert is_later(result, untouched=True)
    assert desk.wire.calls == []


async def test_a_workspace_that_was_never_claimed_is_not_sent_for(desk: Desk) -> None:
    desk.held.who = None

    assert is_later(await desk.send(), untouched=True)


async def test_further_calls_of_an_attempt_wait_for_the_limits(desk: Desk) -> None:
    tried = Post(
        T1, PostId("p1"), PostKind.CARD, "1", ChannelId("C1"), attempts=1, attempted_at=NOW
    )
    desk.wire.answers = [{"ok": True, "messages": []}, SENT]
    desk.held.limiter.pause(POST, "C1", 0.05, now=desk.seconds)
    sending = asyncio.create_task(desk.send(desk.attempt(tried)))

    async with asyncio.timeout(5):
        await desk.wire.called.wait()
    desk.seconds += 0.05
    assert isinstance(await sending, Sent)

    assert desk.wire.calls == ["conversations.history", POST]


async def test_who_waits_for_the_limits_stops_at_once_when_told_to(desk: Desk) -> None:
    tried = Post(T1, PostId("p1"), PostKind.CARD, "1", ChannelId("C1"), attempts=1)
    desk.wire.answers = [{"ok": True, "messages": []}]
    desk.held.limiter.pause(POST, "C1", 3600, now=desk.seconds)
    sending = asyncio.create_task(desk.send(desk.attempt(tried)))
    async with asyncio.timeout(5):
        await desk.wire.called.wait()

    desk.stopping.set()

    assert is_later(await sending, untouched=True)


class TestTurns:
    """One attempt is under way, so another one waits."""

    @pytest.fixture
    async def under_way(self, desk: Desk) -> asyncio.Task[object]:
        tried = Post(T1, PostId("p1"), PostKind.CARD, "1", ChannelId("C1"), attempts=1)
        desk.wire.answers = [{"ok": True, "messages": []}, SENT]
        desk.held.limiter.pause(POST, "C1", 3600, now=desk.seconds)
        sending = asyncio.create_task(desk.send(desk.attempt(tried)))
        async with asyncio.timeout(5):
            await desk.wire.called.wait()
        return sending

    @pytest.fixture
    def waiting(self, desk: Desk) -> Attempt:
        return desk.attempt(replace(CARD, id=PostId("p2"), channel=ChannelId("C2")))

    async def test_it_leaves_when_the_other_is_done(
        self, desk: Desk, under_way: asyncio.Task[object], waiting: Attempt
    ) -> None:
        sending = asyncio.create_task(desk.send(waiting))
        await asyncio.sleep(0)
        assert desk.wire.calls == ["conversations.history"]

        under_way.cancel()

        assert isinstance(await sending, Sent)
        assert desk.wire.calls == ["conversations.history", POST]

    async def test_it_never_leaves_when_told_to_stop(
        self, desk: Desk, under_way: asyncio.Task[object], waiting: Attempt
    ) -> None:
        sending = asyncio.create_task(desk.send(waiting))
        await asyncio.sleep(0)

        desk.stopping.set()

        assert is_later(await under_way, untouched=True)
        assert is_later(await sending, untouched=True)
        assert desk.wire.calls == ["conversations.history"]


class TestDoubles:
    @pytest.fixture
    def double(self, desk: Desk) -> Sent:
        # No try waits for the next one while everything stops.
        desk.stopping.set()
        return Sent(desk.attempt(), ChannelId("C1"), MessageTs("1.1"))

    async def test_they_are_deleted(self, desk: Desk, double: Sent) -> None:
        desk.wire.answers = [{"ok": True}]

        await desk.sender.delete_double(double)

        assert desk.wire.calls == ["chat.delete"]

    async def test_one_that_is_gone_is_as_good(self, desk: Desk, double: Sent) -> None:
        desk.wire.answers = [SlackRejected("message_not_found")]

        await desk.sender.delete_double(double)

        assert desk.wire.calls == ["chat.delete"]

    async def test_it_takes_several_tries(self, desk: Desk, double: Sent) -> None:
        faults: list[Mapping[str, Any] | Exception] = [SlackUnknown("?"), SlackUnavailable("!")]
        desk.wire.answers = [*faults, {"ok": True}]

        await desk.sender.delete_double(double)

        assert len(desk.wire.calls) == 3

    @pytest.mark.parametrize(
        ("failure", "tries"),
        [(SlackRejected("cant_delete_message"), 1), (SlackUnknown("?"), DOUBLE_TRIES)],
    )
    async def test_in_the_end_it_stays(
        self, desk: Desk, double: Sent, failure: SlackFailure, tries: int
    ) -> None:
        desk.wire.answers = [failure]

        await desk.sender.delete_double(double)

        assert len(desk.wire.calls) == tries
