"""Claims workspaces in which posts wait, sends them, and writes down what became of them."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.domain.errors import SlackFailure
from bot.domain.post import PostKind, PostState, Withdrawn
from bot.publishing.beating import EVERY, FRESH, LEASE, Beating
from bot.publishing.held import Held
from bot.publishing.limiter import Limits
from bot.publishing.sending import Sender
from bot.publishing.showing import GivenUp
from bot.store.database import StoreUnavailable
from bot.store.outbox import Anew, Attempt, Found, Later, Outcome, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from datetime import datetime

    from bot.domain.person import WorkspaceId
    from bot.domain.post import Post, Rendered
    from bot.publishing.showing import Messenger
    from bot.store.database import Store
    from bot.store.transaction import Tx

logger = logging.getLogger(__name__)

POLL = 1.0
"""Seconds after which work is looked for that nobody told of: another process's, or put off."""

SIGHT = 100
"""How many posts of a sort are looked at in a workspace, of all that wait there."""

CLAIMS = 128
"""How many workspaces are claimed at once, at most."""

FEW = 8
"""How many are claimed even when much waits: a person may wait in one of them."""

GATHER = 0.05
"""Seconds for which results are gathered while everything is busy: batches cost less."""

AFTER_TROUBLE = 1.0
"""Seconds until the database is tried again."""

BROKEN_DELAY = 30.0
"""Seconds until a post that could not be made is tried again."""

CUT_OFF_DELAY = 10.0
"""Seconds until a post is looked for whose sending was cut off: longer than any request takes."""

MAY_BE_REPLIED_TO = frozenset({PostKind.HUDDLE, PostKind.CARD})


def _tell_nobody(tx: Tx, post: Post, reason: str) -> None:
    del tx, post, reason


class Publisher:
    """Makes Slack show what the posts of all workspaces want."""

    def __init__(
        self,
        *,
        store: Store,
        messenger: Messenger,
        render: Callable[[Tx, Post, datetime], Rendered],
        clock: Callable[[], datetime],
        on_trouble: Callable[[Tx, Post, str], None] = _tell_nobody,
        monotonic: Callable[[], float] = time.monotonic,
        limits: Limits | None = None,
        lease: float = LEASE,
        every: float = EVERY,
        fresh: float = FRESH,
    ) -> None:
        """`on_trouble` is told, in the transaction that gives a post up, why it was given up."""
        self._outbox = store.outbox
        self._messenger = messenger
        self._render = render
        self._on_trouble = on_trouble
        self._clock = clock
        self._monotonic = monotonic
        self._limits = limits or Limits()
        self._beating = Beating(
            store.outbox.claims,
            on_buried=self._drop_claims,
            on_orphans=self._look_around,
            clock=clock,
            monotonic=monotonic,
            lease=lease,
            every=every,
            fresh=fresh,
        )
        self._stopping = asyncio.Event()
        self._woken = asyncio.Event()
        self._freed = asyncio.Event()
        self._sender = Sender(
            messenger=messenger,
            beating=self._beating,
            stopping=self._stopping,
            clock=clock,
            monotonic=monotonic,
            at_once=self._limits.concurrency,
        )
        self._workspaces: dict[WorkspaceId, Held] = {}
        self._results: list[Outcome | GivenUp] = []
        self._sends: set[asyncio.Task[None]] = set()
        self._deletes: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._look = True
        self._more = False
        self._polled = float("-inf")
        self._crowded = False
        self._gathering: asyncio.TimerHandle | None = None
        self._turns = 0

    async def start(self) -> None:
        await self._beating.begin()
        self._stopping.clear()
        self._loops = [
            asyncio.create_task(self._beating.forever(), name="beats"),
            asyncio.create_task(self._publish(), name="publisher"),
        ]

    async def stop(self, timeout: float = 8.0) -> None:  # noqa: ASYNC109  # for sends in hand
        """Claim nothing more, finish what is under way, and leave what is claimed to others."""
        if not self._loops:
            return
        self._stopping.set()
        self._woken.set()
        beats, publishing = self._loops
        deadline = self._monotonic() + timeout
        await asyncio.wait([publishing], timeout=timeout)
        if under_way := self._sends | self._deletes:
            await asyncio.wait(under_way, timeout=max(0.0, deadline - self._monotonic()))
        leftover = [publishing, *self._sends, *self._deletes]
        for task in leftover:
            task.cancel()
        await asyncio.gather(*leftover, return_exceptions=True)
        try:
            await self._settle()
            await self._beating.end()
        except StoreUnavailable as outage:
            logger.warning(
                "The publisher could not write down its last results: %s",
                outage,
                extra={"action": "stop_unsettled"},
            )
        beats.cancel()
        await asyncio.gather(beats, return_exceptions=True)
        self._loops = []
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        self._workspaces = {}
        self._results = []
        self._look = True

    def wake(self, workspace: WorkspaceId) -> None:
        """Have something shown that was just committed."""
        held = self._workspaces.get(workspace)
        if held is not None and held.claimed_as is not None:
            held.stale = True
        else:
            self._look = True
        self._woken.set()

    async def turn(self, workspace: WorkspaceId, method: str) -> None:
        """Wait until the limits leave room for a call of somebody else's, and count it.

        It goes behind everything that a person waits for.
        """
        while True:
            held = self._workspaces.get(workspace)
            if held is None:
                held = self._workspaces[workspace] = Held(workspace, self._limits)
            now = self._monotonic()
            wait = held.limiter.wait(method, None, urgent=False, now=now)
            if wait <= 0:
                held.limiter.take(method, None, now=now)
                return
            await asyncio.sleep(wait)

    @property
    def stalled(self) -> Mapping[WorkspaceId, str]:
        """Workspaces in which Slack lets nothing through, and the code it gives."""
        return {held.id: held.stalled for held in self._workspaces.values() if held.stalled}

    @property
    def is_fresh(self) -> bool:
        """Whether its beat goes on, without which nothing is published."""
        return self._beating.is_fresh

    async def _publish(self) -> None:
        away = False
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                await self._turn()
                away = False
            except StoreUnavailable as outage:
                if not away:
                    logger.warning("%s", outage, extra={"action": "publish_delayed"})
                away = True
                await self._stopped_within(AFTER_TROUBLE)
            except Exception:
                # Without this loop nothing would ever be shown again.
                logger.exception("A turn of the publisher failed", extra={"action": "turn_failed"})
                await self._stopped_within(AFTER_TROUBLE)
            else:
                await self._rest()

    async def _rest(self) -> None:
        """Wait until there is something to do."""
        if self._beating.is_fresh and (self._look or self._wants_more):
            return
        now = self._monotonic()
        timeout = self._polled + POLL - now
        if not self._crowded:
            timeout = min([timeout, *(held.next_chance(now=now) for held in self._claimed())])
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, timeout)):
                await self._woken.wait()

    async def _turn(self) -> None:
        """Send what may be sent, while what was sent is settled and more is looked for."""
        books = asyncio.create_task(self._keep_books())
        try:
            while not books.done():
                self._freed.clear()
                if not (self._may_send and await self._send_more()):
                    await _first_of(books, self._freed)
        except BaseException:
            # What is not written down yet is kept, and doing it again changes nothing.
            books.cancel()
            await asyncio.gather(books, return_exceptions=True)
            raise
        if await books:
            await self._send_more()

    async def _keep_books(self) -> bool:
        """Settle what was sent, and look for what waits. False: nothing may be sent any more.

        Who is told to stop meanwhile still sends what was found: it may just have been committed,
        and nobody else may be there to send it.
        """
        await self._settle()
        if not self._may_send:
            return False
        self._poll()
        await self._claim()
        await self._refill()
        await self._release()
        return True

    @property
    def _may_send(self) -> bool:
        return not self._stopping.is_set() and self._beating.is_fresh

    async def _send_more(self) -> bool:
        """Send what may be sent now of what is known to wait. False: there is nothing."""
        if not await self._knows_slacks_time() or not (chosen := self._choose()):
            return False
        await self._attempt(chosen)
        return True

    def _poll(self) -> None:
        now = self._monotonic()
        if now - self._polled < POLL:
            return
        self._polled = now
        self._look = True
        for held in list(self._workspaces.values()):
            if held.claimed_as is not None:
                # While there is no room for more, a longer backlog would be of no use.
                held.stale |= not (self._crowded and held.waiting)
            elif held.is_forgettable(now=now):
                del self._workspaces[held.id]

    async def _release(self) -> None:
        idle = [held for held in self._claimed() if held.is_idle]
        if not idle:
            return
        await self._outbox.claims.release(self._beating.process, [held.id for held in idle])
        for held in idle:
            held.let_go()
        # Another process that could not claim one of them may have wanted something there. While
        # there is no room for it, the next look that is due anyway is soon enough.
        self._look |= not self._crowded

    async def _claim(self) -> None:
        if not (self._look or self._wants_more):
            return
        self._look = False
        limit = min(CLAIMS, max(FEW, 2 * self._limits.concurrency - self._waiting))
        process = self._beating.process
        claimed = await self._outbox.claims.claim(process, limit=limit, now=self._clock())
        self._more = len(claimed) == limit
        if process != self._beating.process:
            return
        for who in claimed:
            held = self._workspaces.get(who.id)
            if held is None:
                held = self._workspaces[who.id] = Held(who.id, self._limits)
            held.claim(who, process)

    async def _refill(self) -> None:
        stale = {held.id: held for held in self._claimed() if held.must_be_listed}
        if not stale:
            return
        for held in stale.values():
            held.stale = held.look_again = False
        try:
            pending = await self._outbox.pending(stale, limit=SIGHT, now=self._clock())
        except BaseException:
            for held in stale.values():
                held.stale = True
            raise
        for held in stale.values():
            if held.claimed_as is not None:
                held.refill(pending.get(held.id, ()))

    async def _knows_slacks_time(self) -> bool:
        """Have Slack answer something before a message is sent that may have to be looked for.

        Without its time nobody would know from when on to look; any answer tells it.
        """
        if self._messenger.knows_slack_time:
            return True
        now = self._monotonic()
        for held in self._claimed():
            if held.waiting and held.next_chance(now=now) <= 0:
                with suppress(SlackFailure):
                    await self._messenger.call(held.id, "auth.test")
                if not self._messenger.knows_slack_time:
                    held.failed(jitter=1.0, now=now)
                break
        return self._messenger.knows_slack_time

    def _choose(self) -> list[tuple[Held, Post]]:
        free = self._room
        now = self._monotonic()
        candidates = [held for held in self._claimed() if held.waiting]
        # Everybody is the first one in turn.
        self._turns += 1
        start = self._turns % len(candidates) if candidates else 0
        chosen: list[tuple[Held, Post]] = []
        for urgent in (True, False):
            for held in candidates[start:] + candidates[:start]:
                most = free - len(chosen)
                chosen += [(held, post) for post in held.choose(most, urgent=urgent, now=now)]
        self._crowded = len(chosen) == free
        return chosen

    @property
    def _room(self) -> int:
        """How many more may be recorded: so many wait until it is their turn to leave."""
        return self._limits.concurrency + self._limits.ahead - len(self._sends)

    async def _attempt(self, chosen: list[tuple[Held, Post]]) -> None:
        now = self._clock()
        process = self._beating.process
        holders = {post.id: (held, post) for held, post in chosen}
        try:
            attempted = await self._outbox.attempt(
                process,
                [post for _, post in chosen],
                render=self._render,
                slack_now=self._messenger.slack_now(now),
                now=now,
            )
            for attempt in attempted.ready:
                held, _ = holders.pop(attempt.post.id)
                self._run(self._sends, self._send(held, attempt))
            for post, error in attempted.broken:
                del holders[post.id]
                logger.error(
                    "A post cannot be made",
                    exc_info=error,
                    extra={"action": "render_failed", "workspace": post.workspace, "post": post.id},
                )
                # Only its delay is to be written down.
                nothing = Attempt(post, Withdrawn(), None, process)
                self._results.append(self._sender.later(nothing, BROKEN_DELAY, untouched=False))
                self._wake_soon()
        finally:
            # The others are shown already, or somebody is changing them just now.
            for held, post in holders.values():
                held.done(post)

    async def _send(self, held: Held, attempt: Attempt) -> None:
        try:
            result = await self._sender.send(held, attempt)
        except asyncio.CancelledError:
            # It may still be on its way, so whoever looks for it must not look too early.
            self._results.append(self._sender.later(attempt, CUT_OFF_DELAY, untouched=False))
            raise
        # Not in one statement: the list may be another one by now.
        self._results.append(result)
        if 2 * (self._room + 1) >= self._limits.concurrency:
            self._freed.set()
        # While there is no room for more anyway, results are gathered: batches cost less.
        if not self._crowded or 2 * len(self._results) >= self._limits.concurrency:
            self._woken.set()
        else:
            self._wake_soon()

    async def _settle(self) -> None:
        """Write down all results; what cannot be written down now is kept."""
        results, self._results = self._results, []
        outcomes = [result for result in results if not isinstance(result, GivenUp)]
        given_up = [result for result in results if isinstance(result, GivenUp)]
        try:
            if outcomes:
                settled = await self._outbox.settle(outcomes)
                busy = {id(outcome) for outcome in settled.busy}
                for outcome in outcomes:
                    if id(outcome) not in busy:
                        self._done(outcome)
                outcomes = settled.busy
                for double in settled.doubles:
                    self._run(self._deletes, self._sender.delete_double(double))
            while given_up:
                await self._give_up(given_up[-1])
                given_up.pop()
        finally:
            self._results += [*outcomes, *given_up]
            if outcomes:
                self._wake_soon()

    async def _give_up(self, given_up: GivenUp) -> None:
        post = given_up.attempt.post
        where = {"workspace": post.workspace, "post": post.id}
        # Who deletes a message knows that it is gone.
        deleted = given_up.state is PostState.GONE
        try:
            await self._outbox.fail(
                given_up.attempt,
                given_up.state,
                given_up.reason,
                on_trouble=_tell_nobody if deleted else self._on_trouble,
            )
        except StoreUnavailable:
            raise
        except Exception:
            logger.exception(
                "Nobody could be told of a post that is given up",
                extra={"action": "trouble_failed", **where},
            )
            late = self._sender.later(given_up.attempt, BROKEN_DELAY, untouched=True)
            await self._outbox.settle([late])
        else:
            logger.warning(
                "A post is given up: %s (%s)",
                given_up.state,
                given_up.reason,
                extra={"action": "post_given_up", **where},
            )
        self._done(given_up)

    def _done(self, result: Outcome | GivenUp) -> None:
        """Go on with the workspace of a result that was written down."""
        post = result.attempt.post
        held = self._workspaces[post.workspace]
        held.done(post)
        if held.claimed_as is not None:
            # Replies may have waited for this one, or it is to be shown once more itself.
            held.look_again |= isinstance(result, Sent) and post.kind in MAY_BE_REPLIED_TO
            held.stale |= isinstance(result, Found | Anew | Later | GivenUp)

    def _claimed(self) -> list[Held]:
        return [held for held in self._workspaces.values() if held.claimed_as is not None]

    @property
    def _waiting(self) -> int:
        return sum(held.waiting for held in self._claimed())

    @property
    def _wants_more(self) -> bool:
        """Whether more workspaces can be claimed, and there is room for what waits in them."""
        return self._more and not self._crowded and self._waiting < self._limits.concurrency

    def _drop_claims(self) -> None:
        for held in self._claimed():
            held.let_go()
        self._look = True

    def _look_around(self) -> None:
        self._look = True
        self._woken.set()

    def _wake_soon(self) -> None:
        if self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER, self._gathered)

    def _gathered(self) -> None:
        self._gathering = None
        self._woken.set()

    async def _stopped_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _run(self, tasks: set[asyncio.Task[None]], work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _first_of(task: asyncio.Task[bool], event: asyncio.Event) -> None:
    """Wait until a task has ended or an event has come; what the task raises stays with it."""
    coming = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({task, coming}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        coming.cancel()
