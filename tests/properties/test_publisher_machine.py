"""The publisher against everything at once: crashes, lost answers, frozen processes, changes."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.domain.alarm import AlarmKind
from bot.domain.post import ChannelId, Message, Post, PostId, PostKind, Rendered, Withdrawn
from bot.publishing import Limits, Publisher
from bot.store.database import Store
from tests.databases import WORKSPACE, workspace_row
from tests.properties.model_slack import ModelMessenger, ModelSlack, Request, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from bot.store.transaction import Tx

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
SUBJECTS = ("root", "reply", "card", "note")
# A request that takes longer than the client waits has arrived by then, or never will.
ON_ITS_WAY = 10.0
# A bit coarser than in real life, in the same proportions: fewer beats make for longer runs.
EVERY, FRESH, LEASE = 5.0, 10.0, 25.0
MOST_PROCESSES = 3
# The same steps must bring the same end, however busy the machine is.
UNHURRIED = 60.0
SKEWS = (0.0, 240.0, -90.0)


Step: TypeAlias = "Callable[[], Coroutine[Any, Any, None]]"


class Process:
    """One process: its publisher is turned by hand, and can be frozen and killed."""

    def __init__(self, world: World, number: int) -> None:
        self.name = f"p{number}"
        self.frozen = False
        skew = timedelta(seconds=SKEWS[number % len(SKEWS)])
        self.publisher = Publisher(
            store=world.store,
            messenger=ModelMessenger(world.slack, self.name),
            render=world.render,
            clock=lambda: world.now + skew,
            monotonic=lambda: world.seconds,
            limits=Limits(paced=False),
            every=EVERY,
            fresh=FRESH,
            lease=LEASE,
        )

    async def begin(self) -> None:
        await self.publisher._beating.begin()

    async def turn(self) -> None:
        await self.publisher._turn()

    async def beat(self) -> None:
        await self.publisher._beating.once()

    def kill(self) -> None:
        for task in [*self.publisher._sends, *self.publisher._deletes]:
            task.cancel()
        if self.publisher._gathering is not None:
            self.publisher._gathering.cancel()


class World:
    """What the processes share: a database, a Slack, the time, and what is true."""

    def __init__(self, url: str) -> None:
        self.seconds = 1000.0
        self.store = Store(url, synchronous="OFF", patience=UNHURRIED)
        self.slack = ModelSlack(lambda: self.now, lambda: self.seconds)
        self.truth: dict[str, str | None] = {}
        self.posts: dict[str, PostId] = {}
        self.versions = 0
        self.processes: list[Process] = []
        self.born = 0

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def render(self, tx: Tx, post: Post, now: datetime) -> Rendered:
        del tx, now
        words = self.truth[post.subject]
        if words is None:
            return Withdrawn()
        return Message(words, [], "baton_note", {"post": post.id})

    async def open(self) -> None:
        await self.store.open()
        await self.store.run(WORKSPACE, lambda tx: tx.workspaces.save(workspace_row()))

    async def add_process(self) -> None:
        process = Process(self, self.born)
        self.born += 1
        await process.begin()
        self.processes.append(process)

    async def change(self, subject: str, *, withdraw: bool) -> None:
        """Make something else true and have it shown, in one transaction."""
        self.versions += 1
        words = None if withdraw else f"{subject} {self.versions}"
        if subject == "reply" and "root" not in self.posts:
            await self.change("root", withdraw=False)

        def work(tx: Tx) -> Post:
            self.truth[subject] = words
            return tx.posts.want(
                PostKind.NOTICE,
                subject,
                channel=ChannelId("C1"),
                parent=self.posts["root"] if subject == "reply" else None,
            )

        self.posts[subject] = (await self.store.run(WORKSPACE, work)).id
        for process in self.processes:
            if not process.frozen:
                process.publisher.wake(WORKSPACE)

    async def ring(self) -> None:
        """Show again what was taken over, as the heartbeat does when it is due."""
        for alarm in await self.store.due(self.now + timedelta(seconds=max(SKEWS)), limit=100):
            assert alarm.kind is AlarmKind.POST_AGAIN
            await self.store.run(WORKSPACE, partial(show_again, post_id=PostId(alarm.subject)))

    async def let_tasks_run(self) -> None:
        for _ in range(12):
            await asyncio.sleep(0)

    def alive(self) -> list[Process]:
        return [process for process in self.processes if not process.frozen]

    async def live(self, seconds: float) -> None:
        """Let time pass while everybody who is not frozen beats."""
        for _ in range(int(seconds / EVERY)):
            await self.pass_time(EVERY)
            for process in self.alive():
                await process.beat()
            await self.ring()

    async def pass_time(self, seconds: float) -> None:
        for request in list(self.slack.requests):
            if (
                request.stage is Stage.LEFT
                and self.seconds + seconds - request.left_at > ON_ITS_WAY
            ):
                self.slack.arrive(request)
        self.seconds += seconds
        await self.let_tasks_run()

    def requests(self, *stages: Stage) -> list[Request]:
        """Return requests in these stages that can go on: a frozen process does nothing."""
        frozen = {process.name for process in self.processes if process.frozen}
        return [
            request
            for request in self.slack.requests
            if request.stage in stages
            and (request.stage is Stage.LEFT or request.owner not in frozen)
        ]

    async def settle_everything(self) -> None:
        """Let everything go well from now on until nothing moves any more."""
        for process in self.processes:
            process.frozen = False
        quiet_for = 0
        for _ in range(100):
            for process in self.processes:
                await process.turn()
            await self.let_tasks_run()
            for request in list(self.slack.requests):
                if request.stage is Stage.MADE:
                    self.slack.leave(request)
                if request.stage is Stage.LEFT:
                    self.slack.arrive(request)
                if request.stage is Stage.ARRIVED:
                    self.slack.reply(request)
            await self.let_tasks_run()
            quiet_for = quiet_for + 1 if await self.is_quiet() else 0
            if quiet_for > 1:
                return
            await self.live(EVERY)
        raise AssertionError("It does not come to rest.")

    async def is_quiet(self) -> bool:
        claims = await self.store.outbox.claims.beats()
        pending = await self.store.outbox.pending([WORKSPACE], limit=10, now=self.now + HOUR)
        return (
            len(claims) == len(self.processes)
            and not pending
            and not self.slack.requests
            and not any(process.publisher._results for process in self.processes)
            and await self.store.next_due() is None
        )

    async def close(self) -> None:
        for process in self.processes:
            process.kill()
        await self.let_tasks_run()
        await self.store.close()


def show_again(tx: Tx, post_id: PostId) -> None:
    post = tx.posts.get(post_id)
    if post is not None:
        tx.posts.bump(post.kind, post.subject)
    tx.alarms.cancel(AlarmKind.POST_AGAIN, post_id)


class PublisherMachine(RuleBasedStateMachine):
    """Whatever happens, there is at most one message per post, and in the end the right one."""

    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="baton-machine-"))
        file = shutil.copy(self.template, self.folder / "baton.db")
        self.runner = asyncio.Runner()
        self.world = World(f"sqlite:///{file}")
        self.run(self.world.open())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        async def to_the_end() -> None:
            await work
            await self.world.let_tasks_run()

        self.runner.run(to_the_end())

    @initialize(count=st.integers(1, 3))
    def begin(self, count: int) -> None:
        for _ in range(count):
            self.run(self.world.add_process())

    @rule(choices=st.lists(st.integers(0, 9999), min_size=5, max_size=30))
    def go_on(self, choices: list[int]) -> None:
        """Do one of the things that can happen now, again and again.

        There is one rule on purpose: the library leaves whole rules out of most runs, and
        choosing among what is possible brings far more messages into trouble.
        """
        for choice in choices:
            possible = self.possible()
            self.run(possible[choice % len(possible)]())
            self.no_post_has_two_messages()

    def possible(self) -> list[Step]:
        world, slack = self.world, self.world.slack
        steps: list[Step] = [partial(world.live, EVERY), partial(world.pass_time, EVERY)]
        steps += [partial(world.live, LEASE + 2 * EVERY)]
        steps += [partial(world.change, subject, withdraw=False) for subject in SUBJECTS]
        steps += [partial(world.change, "card", withdraw=True)]
        alive = world.alive()
        for process in world.processes:
            mine = [request for request in slack.requests if request.owner == process.name]
            busy = len(mine) + len(process.publisher._results)
            steps += min(busy, 1) * [partial(self.kill, process)]
            if process.frozen:
                steps += 3 * [partial(self.freeze, process, frozen=False)]
                steps += 3 * [partial(world.live, LEASE + 2 * EVERY)]
            else:
                steps += 4 * [process.turn]
                if len(alive) > 1:
                    steps += min(1 + 3 * busy, 4) * [partial(self.freeze, process, frozen=True)]
        if len(world.processes) < MOST_PROCESSES:
            steps += 2 * [world.add_process]
        for request in world.requests(*Stage):
            advance = {
                Stage.MADE: slack.leave,
                Stage.LEFT: slack.arrive,
                Stage.ARRIVED: slack.reply,
            }[request.stage]
            steps += 6 * [partial(self.handle, advance, request)]
            # Nobody deletes a double twice in a test: they sleep before the next try.
            if request.is_for_a_post and request.stage is not Stage.MADE:
                steps += 2 * [partial(self.handle, slack.lose, request)]
            if request.is_for_a_post and request.stage is Stage.LEFT:
                steps.append(partial(self.handle, slack.turn_away, request))
        return steps

    async def handle(self, step: Callable[[Request], None], request: Request) -> None:
        step(request)

    async def freeze(self, process: Process, *, frozen: bool) -> None:
        process.frozen = frozen

    async def kill(self, process: Process) -> None:
        process.kill()
        self.world.slack.crash(process.name)
        self.world.processes.remove(process)
        if not self.world.processes:
            await self.world.add_process()

    @invariant()
    def no_post_has_two_messages(self) -> None:
        for subject, post in self.world.posts.items():
            assert len(self.world.slack.of(post)) <= 1, subject

    def teardown(self) -> None:
        try:
            if self.world.processes:
                self.run(self.world.settle_everything())
                for subject, post in self.world.posts.items():
                    texts = [shown.text for shown in self.world.slack.of(post)]
                    words = self.world.truth[subject]
                    assert texts == ([] if words is None else [words]), subject
                self.no_post_has_two_messages()
        finally:
            self.run(self.world.close())
            self.runner.close()
            shutil.rmtree(self.folder)


def run_machine(template: Path, *, examples: int, steps: int) -> None:
    PublisherMachine.template = template
    run_state_machine_as_test(
        PublisherMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_publisher_keeps_its_promise(migrated_file: Path) -> None:
    run_machine(migrated_file, examples=15, steps=8)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_publisher_keeps_its_promise_for_long(migrated_file: Path) -> None:
    run_machine(migrated_file, examples=1000, steps=20)
