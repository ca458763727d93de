"""What `baton sandbox` runs: a local Slack, and beside it the bot, which takes it for Slack."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import time, timedelta
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from bot.domain.calendar import WORKING_WEEK
from bot.domain.schedule import Schedule, next_occurrence
from bot.sandbox.clock import SandboxClock, clock_routes
from bot.sandbox.demo import MANILA, furnish, rehearse
from bot.sandbox.page import page_routes
from bot.sandbox.server import LocalSlack

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

BEFORE_THE_FIRST_HUDDLE = timedelta(seconds=20)


class CannotListen(Exception):
    """The page's address is taken: a sentence that says what to do."""


class Bot(Protocol):
    """The bot, as far as the sandbox deals with it other than by being its Slack."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def upcoming(self) -> tuple[datetime, str] | None: ...


class Sandbox:
    """A local Slack and a bot, with a clock that can be put forward; nothing of it is kept."""

    def __init__(
        self,
        build: Callable[[Mapping[str, str], Callable[[], datetime]], Bot],
        *,
        host: str,
        port: int,
        commands: Collection[str],
        prefix: str,
        clock: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        """`build` makes a bot from settings, as the environment would hold them, and a clock."""
        self._build = build
        self._host = host
        self._port = port
        self._commands = commands
        self._prefix = prefix
        self._clock = SandboxClock(clock)
        self._say = say
        self._bot: Bot | None = None
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Start both, and have two teams set up a few seconds before their first huddle."""
        self._go_to_a_morning()
        async with AsyncExitStack() as started:
            folder = started.enter_context(TemporaryDirectory(prefix="baton-sandbox-"))
            slack = LocalSlack(
                clock=self._clock,
                commands=self._commands,
                routes=[*page_routes(), *clock_routes(self._clock, self._upcoming)],
            )
            demo = furnish(slack)
            try:
                await slack.start(host=self._host, port=self._port)
            except OSError as error:
                raise CannotListen(
                    f"Cannot listen on {self._host}:{self._port} ({error.strerror or error}); "
                    "give a free port by `baton sandbox --port`."
                ) from None
            started.push_async_callback(slack.stop)
            self._bot = self._build(
                {
                    "SLACK_BOT_TOKEN": demo.token,
                    "SLACK_APP_TOKEN": slack.app_token,
                    "SLACK_API_URL": slack.api_url,
                    "DATABASE_URL": f"sqlite:///{folder}/sandbox.db",
                },
                self._clock,
            )
            await self._bot.start()
            started.push_async_callback(self._bot.stop)
            await rehearse(slack.person(demo.people["maya"]), prefix=self._prefix)
            self._say(f"The sandbox is ready: open {slack.url} in a browser. Ctrl-C ends it.")
            self._stack = started.pop_all()

    async def stop(self) -> None:
        await self._stack.aclose()

    def _go_to_a_morning(self) -> None:
        morning = next_occurrence(
            Schedule(zone=MANILA, local_time=time(9), weekdays=WORKING_WEEK), after=self._clock()
        )
        if morning is not None:
            self._clock.skip_to(morning.at - BEFORE_THE_FIRST_HUDDLE)

    async def _upcoming(self) -> tuple[datetime, str] | None:
        return None if self._bot is None else await self._bot.upcoming()
