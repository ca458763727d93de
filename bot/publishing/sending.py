"""Sends one post within Slack's limits, and decides what a failure means for the next attempt."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackFailure, SlackRejected, SlackUnavailable, SlackUnknown
from bot.publishing.limiter import POST
from bot.publishing.showing import (
    INSTALLATION,
    ClaimLost,
    GivenUp,
    WorkspaceStalled,
    delete,
    first_method,
    show,
)
from bot.store.claims import LONGEST_DELAY
from bot.store.outbox import Attempt, Found, Later, Outcome, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.domain.post import Post, PostId
    from bot.publishing.beating import Beating
    from bot.publishing.held import Held
    from bot.publishing.showing import Messenger
    from bot.store.claims import ProcessId

logger = logging.getLogger(__name__)

RATE_LIMITED = "ratelimited"

RETRY_AFTER = 1.0
"""Seconds to wait when Slack limits without saying for how long."""

FIRST_DELAY = 5.0
"""Seconds after an unclear answer: Slack may still be about to show what it was sent."""

LONGEST_RETRY = 30.0

DOUBLE_TRIES = 6


class Sender:
    """Makes one attempt at a time per post, and remembers how often it was in vain."""

    def __init__(
        self,
        *,
        messenger: Messenger,
        beating: Beating,
        stopping: asyncio.Event,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        at_once: int = 64,
    ) -> None:
        """`at_once` is how many attempts are under way at a time; the others wait their turn."""
        self._slots = asyncio.Semaphore(at_once)
        self._messenger = messenger
        self._beating = beating
        self._stopping = stopping
        self._clock = clock
        self._monotonic = monotonic
        self._tries: dict[PostId, int] = {}

    async def send(self, held: Held, attempt: Attempt) -> Outcome | GivenUp:
        """Return what became of an attempt; whatever goes wrong is put off and not raised."""
        post = attempt.post
        calls = Calls(self._messenger, held, post, self._stopping, self._monotonic)
        now = self._monotonic
        try:
            if held.who is None:
                raise ClaimLost  # noqa: TRY301  # it ends like one that is lost a moment later
            has_to_wait = self._slots.locked()
            async with self._slots:
                if has_to_wait and self._stopping.is_set():
                    raise ClaimLost  # noqa: TRY301  # likewise
                with self._messenger.guarded(partial(self._check, attempt.process)):
                    result = await show(attempt, held.who, calls)
        except SlackUnavailable as failure:
            if failure.reason != RATE_LIMITED and held.failed(jitter=_jitter(), now=now()):
                logger.warning(
                    "Slack cannot be reached or takes nothing (%s); posts wait",
                    failure,
                    extra={"action": "slack_away", "workspace": held.id},
                )
            return self.later(attempt, 0.0, untouched=True)
        except WorkspaceStalled as stalled:
            if held.stalled != stalled.code:
                logger.error(  # noqa: TRY400  # the code says it all
                    "Slack lets Baton do nothing in a workspace (%s); its posts wait",
                    stalled.code,
                    extra={"action": "workspace_stalled", "workspace": held.id},
                )
            held.stall(stalled.code, jitter=_jitter(), now=now())
            return self.later(attempt, 0.0, untouched=True)
        except ClaimLost:
            return self.later(attempt, 0.0, untouched=True)
        except SlackUnknown as failure:
            logger.warning(
                "Slack's answer to a post is unclear (%s)",
                failure,
                extra={"action": "post_unclear", "workspace": post.workspace, "post": post.id},
            )
            return self.later(attempt, None, untouched=not calls.may_have_left)
        except Exception:
            logger.exception(
                "A post cannot be sent",
                extra={"action": "send_failed", "workspace": post.workspace, "post": post.id},
            )
            return self.later(attempt, LONGEST_RETRY, untouched=not calls.may_have_left)
        held.succeeded()
        self._tries.pop(post.id, None)
        return result

    def later(self, attempt: Attempt, delay: float | None, *, untouched: bool) -> Later:
        """Put an attempt off, by a delay that grows each time when none is given."""
        if delay is None:
            tries = self._tries.get(attempt.post.id, 0)
            self._tries[attempt.post.id] = tries + 1
            delay = min(LONGEST_RETRY, FIRST_DELAY * 2**tries * _jitter())
        put_off = min(LONGEST_DELAY, timedelta(seconds=delay))
        return Later(attempt, self._clock() + put_off, untouched)

    async def delete_double(self, double: Sent | Found) -> None:
        """Take back a message whose post turned out to have another one."""
        workspace = double.attempt.post.workspace
        call = partial(self._messenger.call, workspace)
        for tried in range(DOUBLE_TRIES):
            try:
                await delete(call, double.channel, double.ts)
            except SlackRejected as refusal:
                logger.error(  # noqa: TRY400  # the code says it all
                    "A double message cannot be deleted (%s)",
                    refusal,
                    extra={"action": "double_stays", "workspace": workspace},
                )
                return
            except SlackFailure:
                await _within(self._stopping, RETRY_AFTER * 2**tried)
            else:
                return

    def _check(self, process: ProcessId) -> None:
        if process != self._beating.process or not self._beating.is_fresh:
            raise ClaimLost


class Calls:
    """The calls of one attempt: each waits for the limits, and obeys when Slack says wait."""

    def __init__(
        self,
        messenger: Messenger,
        held: Held,
        post: Post,
        stopping: asyncio.Event,
        monotonic: Callable[[], float],
    ) -> None:
        self._messenger = messenger
        self._held = held
        self._post = post
        self._stopping = stopping
        self._monotonic = monotonic
        # The limits were asked about this one before the attempt was recorded.
        self._paid = first_method(post)
        self.may_have_left = False
        """Whether a new message of this attempt may have reached Slack."""

    async def __call__(
        self,
        method: str,
        /,
        **arguments: Any,  # noqa: ANN401  # whatever the method takes
    ) -> Mapping[str, Any]:
        channel = arguments.get("channel")
        if method != self._paid:
            await self._wait(method, channel)
        self._paid = ""
        before, self.may_have_left = self.may_have_left, self.may_have_left or method == POST
        try:
            return await self._messenger.call(self._post.workspace, method, **arguments)
        except SlackUnavailable as failure:
            self.may_have_left = before
            if failure.reason == RATE_LIMITED:
                seconds = max(RETRY_AFTER, failure.retry_after or 0.0)
                self._held.limiter.pause(method, channel, seconds, now=self._monotonic())
            raise
        except SlackRejected as refusal:
            self.may_have_left = before
            lacks_scope = refusal.code == "missing_scope" and method.startswith("chat.")
            if refusal.code in INSTALLATION or lacks_scope:
                raise WorkspaceStalled(refusal.code) from refusal
            raise
        except ClaimLost:
            self.may_have_left = before
            raise

    async def _wait(self, method: str, channel: str | None) -> None:
        limiter = self._held.limiter
        while True:
            now = self._monotonic()
            wait = limiter.wait(method, channel, urgent=self._post.urgent, now=now)
            if wait <= 0:
                limiter.take(method, channel, now=now)
                return
            if await _within(self._stopping, wait):
                raise ClaimLost


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Return whether the event came in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _jitter() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311  # it spreads retries, and guards nothing
