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

    from bot.sandbox.people import Person
    from bot.sandbox.workspace import Workspace


@dataclass(frozen=True)
class Office:
    """Maya leads from New York; Ana and Ben work in Manila; all are in #manila, and so is Baton."""

    slack: LocalSlack
    world: Workspace
    baton: Baton
    clock: SandboxClock

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
async def opened(database_url: str, *, prefix: str = "") -> AsyncIterator[Office]:
    clock = SandboxClock(system_clock)
    async with LocalSlack(clock=clock) as slack:
        world = slack.add_workspace("Harbour Studio")
        maya = world.add_person("maya", real_name="Maya Lin", tz="America/New_York", is_admin=True)
        ana = world.add_person("ana", real_name="Ana Reyes", tz="Asia/Manila")
        ben = world.add_person("ben", real_name="Ben Santos", tz="Asia/Manila")
        world.add_channel("manila", members=[maya, ana, ben])
        world.add_channel("lobby", members=[maya, ana, ben], bot_member=False)
        settings = Settings.from_env(
            {
                "SLACK_BOT_TOKEN": world.token,
                "SLACK_SIGNING_SECRET": slack.signing_secret,
                "SLACK_API_URL": slack.api_url,
                "DATABASE_URL": database_url,
                "PORT": "0",
                "BATON_COMMAND_PREFIX": prefix,
            }
        )
        baton = Baton(settings, clock=clock)
        await baton.start()
        slack.events_url = f"http://127.0.0.1:{baton.web.port}/slack/events"
        try:
            yield Office(slack=slack, world=world, baton=baton, clock=clock)
        finally:
            await baton.stop()


@pytest.fixture
async def office(sqlite_url: str) -> AsyncIterator[Office]:
    async with opened(sqlite_url) as office:
        yield office
