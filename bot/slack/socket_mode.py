"""Socket Mode: two WebSockets to Slack, watched, replaced in time, and emptied at the end.

Slack's own client opens its single-use address again after a failure, for ever, notices a dead
link by the wall clock and only after four missed pings, and writes whole messages into the debug
log. With two links, half of what people do arrives while Slack or Baton finds out that one is dead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.domain.errors import SlackRejected, SlackUnavailable
from bot.slack.envelopes import Envelopes
from bot.slack.socket_link import TOO_MANY, Link, Pace, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from bot.slack.envelopes import Dispatch

logger = logging.getLogger(__name__)

LINKS = 2
"""Connections of a process. Slack allows an app ten, and old processes meet new ones."""


class AppTokenRefused(Exception):
    """Slack does not let this token use Socket Mode: a sentence that says what to do."""


class SocketModeConnection:
    """Receives what Slack sends, and acknowledges what `dispatch` answers by 200 where it came in.

    Anything else stays unacknowledged, so that Slack delivers it again. `on_connected` is told for
    how many seconds nothing was heard whenever a link comes after none worked, and None at first.
    """

    def __init__(
        self,
        *,
        app_token: str,
        api_url: str,
        dispatch: Dispatch,
        links: int = LINKS,
        pace: Pace | None = None,
        on_connected: Callable[[float | None], None] | None = None,
    ) -> None:
        self._app_token = app_token
        self._api_url = api_url
        self._envelopes = Envelopes(dispatch)
        self._wanted = links
        self._pace = pace or Pace()
        self._on_connected = on_connected
        self._session: aiohttp.ClientSession | None = None
        self._links: list[Link] = []
        # Set when a link is lost, or Slack wants another one in its place.
        self._changed = asyncio.Event()
        self._refusing = False
        self._not_before = 0.0
        # Everything that runs beside: the watch, all links, and the ends of old ones.
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._heard_at: float | None = None

    @property
    def last_frame_at(self) -> float | None:
        """When Slack was last heard, pongs included, on the monotonic clock."""
        heard = [link.heard_at for link in self._links]
        if self._heard_at is not None:
            heard.append(self._heard_at)
        return max(heard, default=None)

    def working(self) -> int:
        """Return how many links are open and have their pings answered."""
        return sum(link.works for link in self._links)

    def connected(self) -> bool:
        """Whether at least one link works."""
        return self.working() > 0

    async def start(self) -> None:
        """Open the first link, or keep trying when Slack is away; raises AppTokenRefused."""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            await self._connect(self._session)
        except SlackRejected as error:
            await self._session.close()
            raise AppTokenRefused(_refusal(error)) from None
        except SlackUnavailable as error:
            self._note(error)
        except BaseException:
            await self._session.close()
            raise
        self._run(self._keep_up(self._session))

    def refuse(self) -> None:
        """Take no more payloads, but go on with those in hand."""
        self._refusing = True

    async def drained(self, limit: float) -> bool:
        """Wait until all that was taken is acknowledged, at most `limit` seconds; say whether."""
        if self._in_hand:
            await asyncio.wait(set(self._in_hand), timeout=limit)
        return not self._in_hand

    async def stop(self) -> None:
        """End every link at once; whoever wants to finish first calls `refuse` and `drained`."""
        self._refusing = True
        running = {*self._tasks, *self._in_hand}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, self._envelopes.stop(), return_exceptions=True)
        await asyncio.gather(*(link.close() for link in list(self._links)))
        if self._session is not None:
            await self._session.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_up(self, session: aiohttp.ClientSession) -> None:
        """Open links until there are enough, sooner after a long life than after a short one."""
        failures, died_young = 0, False
        while True:
            if self._are_enough():
                newest = max((link.opened_at for link in self._links), default=0.0)
                while self._are_enough():
                    self._changed.clear()
                    await self._changed.wait()
                died_young = time.monotonic() - newest < self._pace.steady
                failures = failures if died_young else 0
            delays = self._pace.delays
            await self._rest(delays[min(failures, len(delays) - 1)])
            await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
            if not await self._try(session) or died_young:
                failures += 1

    def _are_enough(self) -> bool:
        lasting = sum(not link.leaving for link in self._links)
        return self._refusing or lasting >= self._wanted

    async def _rest(self, seconds: float) -> None:
        """Wait before the next attempt, but no longer once the last link that worked is gone."""
        if not self.connected():
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._links:
                    self._changed.clear()
                    await self._changed.wait()

    async def _try(self, session: aiohttp.ClientSession) -> bool:
        """Connect, or wait as long as the reason why that failed asks for; say which."""
        try:
            await self._connect(session)
            return True  # noqa: TRY300  # the other ways out all mean no
        except SlackRejected as error:
            logger.error(_refusal(error), extra={"action": "app_token_refused"})  # noqa: TRY400  # no bug, no traceback
            await self._rest(self._pace.after_refusal)
        except SlackUnavailable as error:
            self._note(error)
            if error.reason == TOO_MANY and self.connected():
                await self._rest(self._pace.crowded)
        return False

    def _note(self, error: SlackUnavailable) -> None:
        """Log why Slack is not to be had, and remember how long it wants to be left alone."""
        wait = min(error.retry_after or 0.0, self._pace.longest)
        self._not_before = time.monotonic() + wait
        if error.reason == TOO_MANY:
            logger.warning(
                "Slack lets an app have ten connections and all are taken, so this process has %d "
                "of %d and tries again. Run fewer processes, or stop those that are left over.",
                self.working(),
                self._wanted,
                extra={"action": "crowded"},
            )
        else:
            logger.warning(
                "Slack could not be reached by Socket Mode: %s",
                error.reason,
                extra={"action": "not_connected"},
            )

    async def _connect(self, session: aiohttp.ClientSession) -> None:
        """Open one more link; raises SlackRejected or SlackUnavailable."""
        ws = await opened(
            session, app_token=self._app_token, api_url=self._api_url, pace=self._pace
        )
        heard_at, was_deaf = self.last_frame_at, not self.connected()
        link = Link(ws, pace=self._pace, take=self._take, on_end=self._lost)
        self._links.append(link)
        self._run(link.run())
        if self._are_enough():
            for old in [link for link in self._links if link.leaving and not link.retiring]:
                old.retiring = True
                self._run(self._retire(old))
        logger.info(
            "Connected to Slack by Socket Mode, %d of %d",
            self.working(),
            self._wanted,
            extra={"action": "connected"},
        )
        if was_deaf and self._on_connected is not None:
            self._on_connected(None if heard_at is None else link.opened_at - heard_at)

    def _lost(self, link: Link) -> None:
        """Count a link no more: nothing can come on it."""
        self._heard_at = self.last_frame_at
        self._links.remove(link)
        self._changed.set()

    def _take(self, link: Link, envelope: dict[str, Any]) -> None:
        if envelope.get("type") == "disconnect":
            logger.info(
                "Slack asks for a new connection: %s",
                envelope.get("reason"),
                extra={"action": "disconnect"},
            )
            link.leaving = True
            self._changed.set()
        elif "envelope_id" in envelope and not self._refusing:
            task = asyncio.create_task(self._answer(link, envelope))
            for tasks in (self._in_hand, link.in_hand):
                tasks.add(task)
                task.add_done_callback(tasks.discard)

    async def _answer(self, link: Link, envelope: Mapping[str, Any]) -> None:
        """Have a payload worked on, and acknowledge it on the link on which it came."""
        text = await self._envelopes.acknowledgement(envelope)
        if text is not None and not await link.acknowledge(text):
            logger.warning(
                "An acknowledgement was lost with its connection",
                extra={"action": "acknowledgement_lost"},
            )

    async def _retire(self, link: Link) -> None:
        """Let Slack end a link that was replaced, or end it when all that came is answered."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.retiring):
                await link.ended.wait()
        if link.in_hand:
            await asyncio.wait(set(link.in_hand), timeout=self._pace.answering)
        await link.close()


def _refusal(error: SlackRejected) -> str:
    return (
        f"Slack refused SLACK_APP_TOKEN ({error.code}). Create an app-level token with the scope "
        "connections:write under Basic Information in your app's settings, and set it."
    )
