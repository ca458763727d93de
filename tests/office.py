"""The whole bot beside a local Slack in one process: an office to act in."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bot.app import Baton, system_clock
from bot.config import Settings
from bot.domain.person import UserId, WorkspaceId
from bot.sandbox.clock import SandboxClock
from bot.sandbox.server import LocalSlack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import timedelta

    from bot.sandbox.people import Person
    from bot.sandbox.workspace import Workspace


@dataclass
class Office:
    """Maya leads from New York; Ana and Ben work in Manila; all are in #manila, and so is Baton."""

    slack: LocalSlack
    world: Workspace
    baton: Baton
    clock: SandboxClock
    settings: Settings

    async def start(self) -> None:
        """Start Baton, anew if it ran before."""
        self.baton = Baton(self.settings, clock=self.clock)
        await self.baton.start()
        if not self.settings.socket_mode:
            self.slack.events_url = f"http://127.0.0.1:{self.baton.web.port}/slack/events"

    @asynccontextmanager
    async def without_baton(self, *, lasting: timedelta) -> AsyncIterator[None]:
        """Stop Baton, let people act while nothing can be told, and start it after so long."""
        await self.baton.stop()
        self.slack.events_url = None
        yield
        self.clock.skip_to(self.clock() + lasting)
        await self.start()

    @property
    def workspace(self) -> WorkspaceId:
        return WorkspaceId(self.world.id)

    @property
    def maya(self) -> Person:
        return self.person("maya")

    @property
    def ana(self) -> Person:
        return self.person("ana")

    @property
    def ben(self) -> Person:
        return self.person("ben")

    def person(self, name: str) -> Person:
        return self.slack.person(self.user(name))

    def user(self, name: str) -> UserId:
        members = self.world.members.values()
        return UserId(next(member.id for member in members if member.name == name))


@asynccontextmanager
async def opened(
    database_url: str, *, prefix: str = "", over: str = "http"
) -> AsyncIterator[Office]:
    """Open an office in which Baton is told of things over `http` or `socket`."""
    clock = SandboxClock(system_clock)
    async with LocalSlack(clock=clock) as slack:
        world = slack.add_workspace("Harbour Studio")
        maya = world.add_person("maya", real_name="Maya Lin", tz="America/New_York", is_admin=True)
        ana = world.add_person("ana", real_name="Ana Reyes", tz="Asia/Manila")
        ben = world.add_person("ben", real_name="Ben Santos", tz="Asia/Manila")
        world.add_channel("manila", members=[maya, ana, ben])
        world.add_channel("lobby", members=[maya, ana, ben], bot_member=False)
        told = (
            {"SLACK_APP_TOKEN": slack.app_token}
            if over == "socket"
            else {"SLACK_SIGNING_SECRET": slack.signing_secret}
        )
        settings = Settings.from_env(
            {
                "SLACK_BOT_TOKEN": world.token,
                **told,
                "SLACK_API_URL": slack.api_url,
                "DATABASE_URL": database_url,
                "PORT": "0",
                "BATON_COMMAND_PREFIX": prefix,
            }
        )
        office = Office(
            slack=slack,
            world=world,
            baton=Baton(settings, clock=clock),
            clock=clock,
            settings=settings,
        )
        await office.start()
        try:
            yield office
        finally:
            await office.baton.stop()


@pytest.fixture
async def office(sqlite_url: str) -> AsyncIterator[Office]:
    async with opened(sqlite_url) as office:
        yield office
