"""Reads in Slack what happened while Baton could not be told of it: such events do not come back.

What is found goes through the same use cases as events do. Nobody gets a private hint, since it may
have been hours ago.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackFailure, SlackUnavailable, SlackUnknown
from bot.domain.person import UserId
from bot.domain.post import MessageTs
from bot.slack import huddling
from bot.slack.messages import is_written
from bot.usecases import answering, catching_up, reacting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
    from datetime import datetime

    from bot.domain.person import WorkspaceId
    from bot.domain.post import Post
    from bot.slack.edge import Edge

logger = logging.getLogger(__name__)

NOTED_EVERY = 60.0
"""Seconds between two notes that Slack was heard."""

PAGE = 15
"""Replies that Slack gives at once, whatever kind of app it takes Baton for."""

PAUSE = 1.0
"""Seconds until Slack is asked again, when it does not say when."""

TRIES = 3
"""How often something is asked to which the answer stays unclear."""


class CatchingUp:
    """Notes when Slack was heard, and after a long silence reads what may have been missed."""

    def __init__(
        self,
        *,
        edge: Edge,
        turn: Callable[[WorkspaceId, str], Awaitable[None]],
        outages: tuple[type[Exception], ...] = (),
    ) -> None:
        """`turn` waits until a method may be called; `outages` is what `do` raises meanwhile."""
        self._edge = edge
        self._turn = turn
        self._outages = outages
        self._noted = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._stopping = False

    async def heard(self, workspace: WorkspaceId, at: float | None) -> None:
        """Note that Slack was heard at this instant of the monotonic clock.

        What was missed before it is read beside. Until that is done nothing is noted, so that a
        process that ends meanwhile leaves it to the next one.
        """
        is_reading = self._reading is not None and not self._reading.done()
        if at is None or at - self._noted < NOTED_EVERY or is_reading:
            return
        ago = timedelta(seconds=time.monotonic() - at)
        since = await self._edge.do(workspace, catching_up.heard, at=self._edge.clock() - ago)
        self._noted = at
        if since is not None and not self._stopping:
            self._reading = asyncio.create_task(self._read(workspace, since))

    async def stop(self) -> None:
        """Read no further; what is left is read after the next start."""
        self._stopping = True
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, workspace: WorkspaceId, since: datetime) -> None:
        do = self._edge.do
        logger.info(
            "Slack was not heard for a while; reading what was missed since %s",
            since,
            extra={"action": "catch_up", "workspace": workspace},
        )
        try:
            roots = await do(workspace, catching_up.huddles, since=since)
            await self._each(roots, lambda root: self._read_thread(root, since))
            for number in await do(workspace, catching_up.tasks, since=since):
                await self._each(await do(workspace, catching_up.cards, number), self._read_card)
            await do(workspace, catching_up.caught_up, now=self._edge.clock())
        except self._outages as outage:
            logger.warning("%s", outage, extra={"action": "catch_up_later"})
        except Exception:
            logger.exception("What was missed cannot be read", extra={"action": "catch_up_failed"})
        else:
            logger.info(
                "What was missed has been read",
                extra={"action": "caught_up", "workspace": workspace},
            )

    async def _each(self, posts: Iterable[Post], read: Callable[[Post], Awaitable[None]]) -> None:
        """Read one after the other, without those that cannot be read."""
        for post in posts:
            ids = {"workspace": post.workspace, "post": post.id}
            try:
                await read(post)
            except self._outages:
                raise
            except SlackFailure as failure:
                logger.warning(
                    "What was missed in a place cannot be read (%s)",
                    failure,
                    extra={"action": "catch_up_skipped", **ids},
                )
            except Exception:
                logger.exception(
                    "What was missed in a place cannot be taken in",
                    extra={"action": "catch_up_skipped", **ids},
                )

    async def _read_card(self, card: Post) -> None:
        edge = self._edge
        asked_at = self._slacks(edge.clock())
        answer = await self._call(
            card.workspace, "reactions.get", channel=card.channel, timestamp=card.ts, full=True
        )
        now = edge.clock()
        await edge.do(
            card.workspace,
            reacting.read,
            channel=card.channel,
            ts=MessageTs(str(card.ts)),
            reactions={
                str(one["name"]): [UserId(user) for user in one.get("users") or ()]
                for one in answer["message"].get("reactions") or ()
            },
            event_ts=asked_at,
            ahead=edge.gateway.slack_now(now) - now,
            now=now,
        )

    async def _read_thread(self, root: Post, since: datetime) -> None:
        edge = self._edge
        asked_at = self._slacks(edge.clock())
        found = [message async for message in self._replies(root)]
        await edge.do(
            root.workspace,
            answering.withdraw_missing,
            root.subject,
            left={MessageTs(message["ts"]) for message in found},
            before=asked_at,
            now=edge.clock(),
        )
        where = (edge, root.workspace, root.channel, MessageTs(str(root.ts)))
        missed_since = self._slacks(since)
        for message in filter(is_written, found):
            who, ts = UserId(message["user"]), MessageTs(message["ts"])
            text = str(message.get("text") or "")
            if message.get("edited"):
                await huddling.reply_changed(*where, who, ts, text, edge.clock())
            # What was written before was no answer then, and is none now.
            if ts > missed_since:
                await huddling.thread_reply(*where, who, ts, text, edge.clock())

    async def _replies(self, root: Post) -> AsyncIterator[Mapping[str, Any]]:
        """Give out what stands in a thread, the oldest first, without its root."""
        cursor = ""
        while True:
            page = await self._call(
                root.workspace,
                "conversations.replies",
                channel=root.channel,
                ts=root.ts,
                limit=PAGE,
                cursor=cursor or None,
            )
            for message in page["messages"]:
                if message["ts"] != root.ts:
                    yield message
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    async def _call(
        self,
        workspace: WorkspaceId,
        method: str,
        **arguments: Any,  # noqa: ANN401  # whatever the method takes
    ) -> Mapping[str, Any]:
        """Ask in turn, and again when Slack is away: to read twice does no harm."""
        unclear = 0
        while True:
            await self._turn(workspace, method)
            try:
                return await self._edge.gateway.call(workspace, method, **arguments)
            except SlackUnavailable as failure:
                await asyncio.sleep(max(PAUSE, failure.retry_after or 0.0))
            except SlackUnknown:
                unclear += 1
                if unclear == TRIES:
                    raise
                await asyncio.sleep(PAUSE)

    def _slacks(self, instant: datetime) -> MessageTs:
        """Return an instant of our clock by Slack's, as it dates messages and events."""
        now = self._edge.clock()
        by_slack = self._edge.gateway.slack_now(now) - (now - instant)
        return MessageTs(f"{by_slack.timestamp():.6f}")
