"""Every interleaving of two publishers over the steps of the protocol: enumerated, not sampled.

One publisher has recorded its attempt and stops there for longer than its lease; the other buries
it and takes over; a person changes what is to be shown. Every order of their steps is tried.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import SlackUnknown
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, Message, Post, PostId, PostKind, Rendered, post_id
from bot.publishing.showing import ClaimLost, GivenUp, show
from bot.store.claims import ClaimedWorkspace, ProcessId
from bot.store.outbox import Attempt, Later, Outcome
from tests.databases import workspace_row
from tests.properties.model_slack import BOT, ModelMessenger, ModelSlack
from tests.properties.test_publisher_machine import show_again

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from bot.store.database import Store
    from bot.store.transaction import Tx

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = timedelta(minutes=2)

numbers = count()


@dataclass
class Stage:
    """A workspace with one post in it, and what its publishers and its people do there."""

    store: Store
    answer_is_lost: bool
    workspace: WorkspaceId
    slack: ModelSlack
    post: PostId
    now: datetime = NOW
    truth: str = "old"
    buried: set[ProcessId] = field(default_factory=set)

    def render(self, tx: Tx, post: Post, now: datetime) -> Rendered:
        del tx, now
        return Message(self.truth, [], "baton_note", {"post": post.id})

    async def want(self) -> None:
        await self.store.run(
            self.workspace,
            lambda tx: tx.posts.want(PostKind.NOTICE, "x", channel=ChannelId("C1")),
        )

    async def change(self) -> AsyncIterator[None]:
        """Be a person who changes what is to be shown: one step, and the last one."""
        self.truth = "new"
        await self.want()
        for _ in range(0):
            yield

    async def claim(self, process: ProcessId) -> list[ClaimedWorkspace]:
        return await self.store.outbox.claims.claim(process, limit=1000, now=self.now)

    async def first(self) -> AsyncIterator[None]:
        """Be the publisher that is taken for dead. Its first step is over when others begin."""
        process = ProcessId(f"first/{self.workspace}")
        await self.store.outbox.claims.register(process)
        await self.claim(process)
        async for _ in self._publish(process, loses_answer=self.answer_is_lost):
            yield

    async def second(self) -> AsyncIterator[None]:
        """Be the publisher that buries it and takes over."""
        first, second = (ProcessId(f"{name}/{self.workspace}") for name in ("first", "second"))
        await self.store.outbox.claims.register(second)
        again_at = self.now + timedelta(seconds=30)
        await self.store.outbox.claims.bury(first, seen=0, again_at=again_at, now=self.now)
        self.buried.add(first)
        yield
        await self.claim(second)
        async for _ in self._publish(second):
            yield

    async def _publish(
        self, process: ProcessId, *, loses_answer: bool = False
    ) -> AsyncIterator[None]:
        """Publish until nothing waits; a `yield` is a place where others may come between."""
        outbox = self.store.outbox
        while (await outbox.pending([self.workspace], limit=9, now=self.now)) and (
            attempt := await self._attempt(process)
        ):
            yield
            task = asyncio.create_task(self._show(attempt))
            async for _ in self._answer_all(task, process, loses_answer=loses_answer):
                yield
            # Losing one is enough; who lost all of them would never come to an end.
            loses_answer = False
            settled = await outbox.settle([task.result()])
            for double in settled.doubles:
                del self.slack.messages[double.ts]
            yield
        await outbox.claims.release(process, [self.workspace])

    async def _attempt(self, process: ProcessId) -> Attempt | None:
        pending = await self.store.outbox.pending([self.workspace], limit=9, now=self.now)
        attempted = await self.store.outbox.attempt(
            process, pending[self.workspace], render=self.render, slack_now=NOW, now=self.now
        )
        return attempted.ready[0] if attempted.ready else None

    async def _show(self, attempt: Attempt) -> Outcome:
        messenger = ModelMessenger(self.slack, attempt.process)

        async def call(method: str, /, **arguments: object) -> Mapping[str, object]:
            return await messenger.call(self.workspace, method, **arguments)

        def check() -> None:
            if attempt.process in self.buried:
                raise ClaimLost

        try:
            with messenger.guarded(check):
                who = ClaimedWorkspace(self.workspace, BOT, UserId(""))
                result = await show(attempt, who, call)
        except ClaimLost:
            return Later(attempt, self.now, untouched=True)
        except SlackUnknown:
            return Later(attempt, self.now, untouched=False)
        assert not isinstance(result, GivenUp)
        return result

    async def _answer_all(
        self, task: asyncio.Task[Outcome], process: ProcessId, *, loses_answer: bool
    ) -> AsyncIterator[None]:
        """Carry each request to Slack in one step: a lease is longer than its way there."""
        while not task.done():
            mine = [request for request in self.slack.requests if request.owner == process]
            if not mine:
                await asyncio.sleep(0)
                continue
            (request,) = mine
            self.slack.leave(request)
            if request in self.slack.requests:
                self.slack.arrive(request)
                # It is there, and its process does not know yet.
                yield
                if loses_answer:
                    self.slack.lose(request)
                else:
                    self.slack.reply(request)


async def play(stage: Stage, choose: Callable[[int], int], *, is_edit: bool, changes: bool) -> None:
    """Let the actors take their steps in the order chosen, then let everything come to rest."""
    await stage.want()
    if is_edit:
        await drain(stage)
        stage.truth = "newer"
        await stage.want()
    first = stage.first()
    # What comes before the recorded attempt leaves no trace.
    await anext(first)
    actors = [first, stage.second(), *([stage.change()] if changes else [])]
    while actors:
        actor = actors[choose(len(actors))]
        try:
            await anext(actor)
        except StopAsyncIteration:
            actors.remove(actor)
    stage.now += LATER
    for alarm in await stage.store.due(stage.now, limit=1000):
        if alarm.workspace == stage.workspace:
            await stage.store.run(stage.workspace, partial(show_again, post_id=stage.post))
    for process in await stage.store.outbox.claims.beats():
        await stage.store.outbox.claims.unregister(process)
    await drain(stage)


async def drain(stage: Stage) -> None:
    process = ProcessId(f"last/{next(numbers)}")
    await stage.store.outbox.claims.register(process)
    await stage.claim(process)
    async for _ in stage._publish(process):
        pass
    await stage.store.outbox.claims.unregister(process)


class Schedules:
    """All sequences of choices, the next one after each `restart`."""

    def __init__(self) -> None:
        self._chosen: list[int] = []
        self._options: list[int] = []
        self._place = 0
        self.tried = 0

    def choose(self, options: int) -> int:
        if self._place == len(self._chosen):
            self._chosen.append(0)
            self._options.append(options)
        choice = self._chosen[self._place]
        self._place += 1
        return choice

    def restart(self) -> bool:
        """Go on to the next sequence. False: there is none."""
        self.tried += 1
        self._place = 0
        while self._chosen and self._chosen[-1] + 1 == self._options[-1]:
            self._chosen.pop()
            self._options.pop()
        if not self._chosen:
            return False
        self._chosen[-1] += 1
        return True


async def every_interleaving(
    store: Store, *, changes: bool, is_edit: bool, answer_is_lost: bool
) -> int:
    """Try all orders, and return how many there are."""
    schedules = Schedules()
    while True:
        workspace = WorkspaceId(f"W{next(numbers)}")
        slack = ModelSlack(lambda: NOW, lambda: 0.0)
        post = post_id(workspace, PostKind.NOTICE, "x")
        stage = Stage(store, answer_is_lost, workspace, slack, post)
        await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row(tx.workspace)))

        await play(stage, schedules.choose, is_edit=is_edit, changes=changes)

        texts = [message.text for message in slack.of(stage.post)]
        assert texts == [stage.truth], schedules._chosen
        if not schedules.restart():
            return schedules.tried


KINDS = pytest.mark.parametrize(
    ("is_edit", "answer_is_lost"),
    [
        (False, False),
        (True, False),
        pytest.param(False, True, marks=pytest.mark.long),
        pytest.param(True, True, marks=pytest.mark.long),
    ],
)


@KINDS
async def test_no_order_of_steps_shows_two_messages(
    sqlite_store: Store,
    is_edit: bool,  # noqa: FBT001  # pytest passes it by name
    answer_is_lost: bool,  # noqa: FBT001  # likewise
) -> None:
    tried = await every_interleaving(
        sqlite_store, changes=False, is_edit=is_edit, answer_is_lost=answer_is_lost
    )

    assert tried > 30


@pytest.mark.long
@pytest.mark.timeout(1800)
@KINDS
async def test_no_order_of_steps_and_a_change_shows_two_messages_or_an_old_one(
    sqlite_store: Store,
    is_edit: bool,  # noqa: FBT001  # pytest passes it by name
    answer_is_lost: bool,  # noqa: FBT001  # likewise
) -> None:
    tried = await every_interleaving(
        sqlite_store, changes=True, is_edit=is_edit, answer_is_lost=answer_is_lost
    )

    assert tried > 200
