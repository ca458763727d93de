"""The composition root: settings become objects, which start and stop in order.

The only reader of the clock.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.domain.alarm import AlarmKind
from bot.domain.errors import SlackFailure, SlackRejected
from bot.domain.holidays import make_ready
from bot.publishing import LEASE, Publisher
from bot.scheduler import Heartbeat, Left
from bot.slack import listeners, posts
from bot.slack.bolt import build_bolt, dispatch, verifier
from bot.slack.catching_up import CatchingUp
from bot.slack.directory import Directory
from bot.slack.edge import Edge
from bot.slack.gateway import Gateway
from bot.slack.installation import Installation
from bot.slack.prefixing import prefixed
from bot.slack.socket_mode import AppTokenRefused, SocketModeConnection
from bot.slack.whispering import whisper
from bot.store.database import Store, StoreUnavailable
from bot.store.migrating import migrate
from bot.store.openings import Openings
from bot.usecases import huddling, ringing
from bot.web import Web

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Concatenate

    from bot.config import Settings
    from bot.domain.alarm import Alarm
    from bot.domain.person import WorkspaceId
    from bot.domain.post import Post
    from bot.slack.bolt import Answer
    from bot.store.transaction import Tx, Woken

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

STOPPING = 7.0
"""Seconds that work in hand may take to finish once the process is told to stop."""

LEAVING = 8.5
"""Seconds after which the process leaves, whatever still keeps it: a database that hangs, say."""

DATABASE_FRESH = 10.0
"""Seconds within which a tick must have read the database."""

ANSWERED = 1.8
"""Seconds within which the database must have done what a person waits for.

Somewhat more than the store lets work wait for its turn, and well below the three of Slack's.
"""

RETRY = 5.0
"""Seconds until Slack is asked again who Baton is, after it did not answer."""

FORESEEN = timedelta(days=30)

MOST_FORESEEN = 50
"""Alarms that are looked at for what is said to come next."""


def system_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the one place that reads it


class StartRefused(Exception):
    """Baton cannot start as it is set up: a sentence that says what to change."""


class Baton:
    """One running bot."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = system_clock,
        lease: float = LEASE,
        installation: Callable[..., Installation] = Installation,
    ) -> None:
        """`lease` is how many seconds a process may be silent before others take its work over.

        `installation` knows where Baton is installed; the one there is knows one token.
        """
        self._settings = settings
        self._clock = clock
        self._background: set[asyncio.Task[None]] = set()
        self.registry = CollectorRegistry()
        self._calls = Histogram(
            "baton_slack_call_seconds",
            "Time that calls to Slack took, by method and outcome",
            ["method", "outcome"],
            registry=self.registry,
        )
        self._alarms = Counter(
            "baton_alarms", "Alarms that were looked at, by kind", ["kind"], registry=self.registry
        )
        Gauge("baton_ready", "1 while /readyz answers 200", registry=self.registry).set_function(
            lambda: float(not any(self.readiness().values()))
        )
        self.store = Store(settings.database_url.get_secret_value(), on_commit=self._committed)
        token = settings.slack_bot_token
        self._openings = Openings(self.store)
        self.installation = installation(
            token=None if token is None else token.get_secret_value(), do=self.do
        )
        self.gateway = Gateway(
            api_url=settings.slack_api_url,
            token_of=self.installation.token_of,
            clock=clock,
            on_call=lambda method, outcome, seconds: self._calls.labels(method, outcome).observe(
                seconds
            ),
            prefix=settings.command_prefix,
        )
        self.edge = Edge(
            do=self._do_soon,
            gateway=self.gateway,
            directory=Directory(
                do=self._do_soon,
                gateway=self.gateway,
                identity=self.installation.identity_of,
                clock=clock,
            ),
            clock=clock,
            prefix=settings.command_prefix,
        )
        bolt = build_bolt(
            api_url=settings.slack_api_url,
            identity=self.installation.identity_of,
            whisper=partial(whisper, self.gateway),
            outages=(StoreUnavailable,),
            prefix=settings.command_prefix,
        )
        listeners.register(bolt, self.edge)
        self._bolt = bolt
        self.publisher = Publisher(
            store=self.store,
            messenger=self.gateway,
            render=posts.render,
            on_trouble=self._on_trouble,
            clock=clock,
            lease=lease,
        )
        self.heartbeat = Heartbeat(
            due=self.store.due,
            next_due=self.store.next_due,
            ring=self._ring,
            ring_together=self._ring_together,
            rewound=self._rewound,
            clock=clock,
            outages=(StoreUnavailable,),
        )
        self.heartbeat.every(RETRY, partial(self.installation.ask, self.gateway))
        self.catching_up = CatchingUp(
            edge=self.edge, turn=self.publisher.turn, outages=(StoreUnavailable,)
        )
        self.heartbeat.every(RETRY, self._note_slack)
        self._socket: SocketModeConnection | None = None
        if settings.slack_app_token is not None and settings.socket_mode:
            self._socket = SocketModeConnection(
                app_token=settings.slack_app_token.get_secret_value(),
                api_url=settings.slack_api_url,
                dispatch=self._dispatch,
                on_connected=self._connected,
            )
            Gauge(
                "baton_socket_connections",
                "Connections of Socket Mode that are open and have their pings answered",
                registry=self.registry,
            ).set_function(self._socket.working)
        self.web = Web(
            host=settings.host,
            port=settings.port,
            registry=self.registry,
            readiness=self.readiness,
            slack=None if self._socket else (self._verifier(), self._dispatch),
        )

    async def do(
        self,
        workspace: WorkspaceId,
        verb: Callable[Concatenate[Tx, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run one use case in one transaction."""
        return await self.store.run(workspace, lambda tx: verb(tx, *args, **kwargs))

    async def _do_soon(
        self,
        workspace: WorkspaceId,
        verb: Callable[Concatenate[Tx, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run one use case for somebody who waits, who is not kept waiting by a hanging database.

        What goes on once nobody waits any more takes itself back, so that the refusal is true;
        except while the database is committing, when nobody can tell.
        """
        waiting = True

        def work(tx: Tx) -> T:
            value = verb(tx, *args, **kwargs)
            if not waiting:
                raise StoreUnavailable("The database took too long. Nothing was changed.")
            return value

        try:
            async with asyncio.timeout(ANSWERED):
                return await self.store.run(workspace, work)
        except TimeoutError:
            raise StoreUnavailable("The database does not answer.") from None
        finally:
            waiting = False

    async def start(self) -> None:
        """Bring the database up to date, find out who Baton is, then take work.

        Raises StartRefused, and what the store and the web server raise, each a sentence.
        """
        async with AsyncExitStack() as started:
            url = self._settings.database_url.get_secret_value()
            before, after = await migrate(url)
            if before != after:
                logger.info(
                    "The database was migrated from %s to %s",
                    before,
                    after,
                    extra={"action": "migrate"},
                )
            await self.store.open()
            started.push_async_callback(self.store.close)
            await self.gateway.open()
            started.push_async_callback(self.gateway.close)
            await self.web.start()
            started.push_async_callback(self.web.stop)
            if self._settings.slack_bot_token is None:
                raise StartRefused("SLACK_BOT_TOKEN is not set.")
            try:
                await self.installation.identify(self.gateway)
            except SlackRejected as refusal:
                raise StartRefused(
                    f"Slack refused SLACK_BOT_TOKEN ({refusal.code}). Copy the bot token (xoxb-…) "
                    "again from your app's page, under OAuth & Permissions."
                ) from None
            except SlackFailure as failure:
                logger.warning(
                    "Slack does not answer yet (%s); trying again",
                    failure,
                    extra={"action": "slack_away"},
                )
                self._run(self._identify_later())
            else:
                await self._take_work()
            # Beside the first work, not in it: on a busy machine it takes longer than a person.
            self._run(asyncio.to_thread(make_ready))
            started.pop_all()

    async def stop(self) -> None:
        """Take no more work, finish what is in hand, let go of everything, within LEAVING."""
        try:
            async with asyncio.timeout(LEAVING):
                await self._finish()
        except TimeoutError:
            # What is not written down now is found out by whoever publishes next.
            logger.warning(
                "The database or Slack does not let go, so Baton leaves without a word",
                extra={"action": "stop_cut_off"},
            )

    async def _finish(self) -> None:
        """Stop part by part.

        The order matters: an answer that was committed must still leave, and a message that is on
        its way must still be recorded.
        """
        deadline = time.monotonic() + STOPPING
        self.web.refuse()
        if self._socket is not None:
            self._socket.refuse()
        await self.catching_up.stop()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        waiting = [self.web.drained(STOPPING), self.publisher.stop(STOPPING)]
        if self._socket is not None:
            waiting.append(self._socket.drained(STOPPING))
        await asyncio.gather(*waiting)
        if self._socket is not None:
            await self._socket.stop()
        await self.web.stop()
        await self.heartbeat.stop(max(0.0, deadline - time.monotonic()))
        await self.gateway.close()
        await self.store.close()

    async def upcoming(self) -> tuple[datetime, str] | None:
        """Return when there is something to do next, and what, in words."""
        for alarm in await self.store.due(self._clock() + FORESEEN, limit=MOST_FORESEEN):
            if words := await self.do(alarm.workspace, ringing.in_words, alarm):
                return alarm.due_at, words
        return None

    def readiness(self) -> Mapping[str, str | None]:
        """Name what the process needs, each with what is wrong, or None while it is fresh."""
        tick = self.heartbeat.last_tick
        late = tick is None or time.monotonic() - tick > DATABASE_FRESH
        return {
            "database and heartbeat": "no alarm could be looked up lately" if late else None,
            "slack": self.installation.trouble(
                self.gateway, connected=None if self._socket is None else self._socket.connected()
            ),
        }

    async def _identify_later(self) -> None:
        while True:
            await asyncio.sleep(RETRY)
            try:
                await self.installation.identify(self.gateway)
                await self._take_work()
            except (SlackFailure, StoreUnavailable, AppTokenRefused) as failure:
                logger.warning(
                    "Baton cannot take work yet (%s); trying again",
                    failure,
                    extra={"action": "slack_away"},
                )
            else:
                return

    async def _take_work(self) -> None:
        workspace = self.installation.workspace
        if workspace is None:
            return
        await self.do(workspace, ringing.renew, now=self._clock())
        await self.publisher.start()
        try:
            await self.heartbeat.start()
            if self._socket is not None:
                await self._socket.start()
        except BaseException:
            # The app's token is refused, or the process is told to stop while something is silent.
            await self.publisher.stop(STOPPING)
            await self.heartbeat.stop(0)
            raise
        logger.info(
            "Baton is ready; health is at %s:%s",
            self._settings.host,
            self.web.port,
            extra={"action": "ready"},
        )

    async def _note_slack(self) -> None:
        heard = self._socket.last_frame_at if self._socket else self.gateway.last_answer
        if self.installation.workspace is not None:
            await self.catching_up.heard(self.installation.workspace, heard)

    def _run(self, work: Any) -> None:  # noqa: ANN401  # a coroutine that returns nothing
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _verifier(self) -> Callable[[Mapping[str, str], bytes], bool]:
        secret = self._settings.slack_signing_secret
        if secret is None:
            return lambda _headers, _body: False
        return verifier(secret.get_secret_value(), clock=self._clock)

    async def _dispatch(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        only = self.installation.workspace
        if only is None:
            # Whose payload it is cannot be known yet, so Slack is asked to deliver it again.
            raise StoreUnavailable("Baton is still starting")
        answer = await dispatch(self._bolt, body, headers, only=only)
        return replace(answer, body=prefixed(answer.body, self._settings.command_prefix))

    def _connected(self, deaf_for: float | None) -> None:
        if deaf_for is not None:
            logger.info(
                "The socket was replaced after %.1f s",
                deaf_for,
                extra={"action": "socket_replaced"},
            )

    def _committed(self, workspace: WorkspaceId, woken: Woken) -> None:
        if woken.posts:
            self.publisher.wake(workspace)
        if woken.alarm is not None:
            self.heartbeat.wake(woken.alarm)

    async def _ring(self, alarm: Alarm, now: datetime) -> None:
        self._alarms.labels(alarm.kind).inc()
        await self.do(alarm.workspace, ringing.ring, alarm, now=now)

    async def _ring_together(self, alarms: Sequence[Alarm], now: datetime) -> Left:
        """Open huddles that are due at one minute in one transaction, whosever they are."""
        due = [alarm for alarm in alarms if alarm.kind is AlarmKind.HUDDLE_OPEN]
        others = [alarm for alarm in alarms if alarm.kind is not AlarmKind.HUDDLE_OPEN]
        if not due:
            return Left(alone=others)
        opened = await self._openings.open(due, decide=huddling.opening, now=now)
        self._alarms.labels(AlarmKind.HUDDLE_OPEN).inc(
            len(due) - len(opened.alone) - len(opened.busy)
        )
        for workspace in opened.workspaces:
            self.publisher.wake(workspace)
        if opened.next_at is not None:
            self.heartbeat.wake(opened.next_at)
        return Left(alone=[*opened.alone, *others], busy=opened.busy)

    def _on_trouble(self, tx: Tx, post: Post, reason: str) -> None:
        ringing.give_up(tx, post, reason, now=self._clock())

    async def _rewound(self, now: datetime) -> None:
        if self.installation.workspace is not None:
            await self.do(self.installation.workspace, ringing.rewind, now=now)
