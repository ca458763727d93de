"""The sandbox's page in Chromium, on a local Slack with a scripted bot and a clock to skip."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
    expect,
)

from bot.sandbox.clock import SandboxClock, clock_routes
from bot.sandbox.page import page_routes
from bot.sandbox.records import Channel, Member
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace
from tests.browser.scripted import ScriptedBot, running

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 10_000  # milliseconds; a busy machine is slow, a broken page never gets there
expect.set_options(timeout=PATIENCE)

# Monday in Manila at 09:00, Sunday in New York at 20:00.
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

Open = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium on this machine"))


@dataclass
class Town:
    """A workspace with people on two sides of an ocean, and what is to come there."""

    slack: LocalSlack
    workspace: Workspace
    clock: SandboxClock
    ana: Member
    maya: Member
    manila: Channel
    lobby: Channel
    ahead: list[tuple[datetime, str]] = field(default_factory=list)

    async def upcoming(self) -> tuple[datetime, str] | None:
        return next((event for event in self.ahead if event[0] > self.clock()), None)


@pytest_asyncio.fixture(loop_scope="session")
async def town() -> AsyncIterator[Town]:
    clock = SandboxClock(lambda: MORNING)
    slack = LocalSlack(clock=clock, commands=("/delegate", "/tasks"))
    workspace = slack.add_workspace("Harbour Studio")
    maya = workspace.add_person("maya", real_name="Maya Lin", tz="America/New_York", is_admin=True)
    ana = workspace.add_person("ana", real_name="Ana Reyes", tz="Asia/Manila")
    workspace.add_person("ben", real_name="Ben Santos", tz="Asia/Manila")
    manila = workspace.add_channel("manila", members=[ana, maya])
    lobby = workspace.add_channel("lobby", members=[maya], bot_member=False)
    made = Town(slack, workspace, clock, ana, maya, manila, lobby)
    made.ahead.append((MORNING + timedelta(hours=3), "written huddle of Manila"))
    slack.routes = [*page_routes(), *clock_routes(clock, made.upcoming)]
    await slack.start()
    yield made
    await slack.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def bot(town: Town) -> AsyncIterator[ScriptedBot]:
    async with running(town.slack, town.workspace) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        await launched.close()


@pytest.fixture
def forgiven() -> list[str]:
    """Return parts of complaints that a test means to cause.

    Chromium writes every answer with an error to its console, whatever the page makes of it.
    """
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def visit(town: Town, browser: Browser, forgiven: list[str]) -> AsyncIterator[Open]:
    """Open the page as somebody; at the end it must have complained of and fetched nothing."""
    troubles: list[str] = []
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            troubles.append(f"{message.text} ({message.location.get('url')})")

    def watch(request: Request) -> None:
        if not request.url.startswith("http://127.0.0.1:"):
            troubles.append(f"fetched {request.url}")

    async def open_page(
        who: str,
        where: str = "manila",
        *,
        width: int = 1280,
        height: int = 800,
        url: str = town.slack.url,
    ) -> Page:
        # The browser is in a zone of its own, which must show nowhere.
        context = await browser.new_context(
            viewport={"width": width, "height": height}, timezone_id="Pacific/Auckland"
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = await context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", watch)
        await page.goto(f"{url}#{who}/{where}")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert [one for one in troubles if not any(part in one for part in forgiven)] == []
