import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from bot.app import Baton, system_clock
from bot.config import Settings
from bot.sandbox.running import Sandbox
from bot.slack.manifest import COMMANDS
from tests.browser.conftest import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A huddle opens a few seconds after a skip, and a tick of the heartbeat passes before it is seen.
SOON = 30_000


@pytest_asyncio.fixture(loop_scope="session")
async def url() -> AsyncIterator[str]:
    """Run what `baton sandbox` runs, and return where its page is."""
    said: list[str] = []

    def build(slack: Mapping[str, str], clock: Callable[[], datetime]) -> Baton:
        return Baton(Settings.from_env({**slack, "PORT": "0"}), clock=clock)

    sandbox = Sandbox(
        build,
        host="127.0.0.1",
        port=0,
        commands=[command.called("") for command in COMMANDS],
        prefix="",
        clock=system_clock,
        say=said.append,
    )
    await sandbox.start()
    found = re.search(r"http://\S+", said[-1])
    assert found is not None
    yield found.group()
    await sandbox.stop()


def box(page: Page, channel: str) -> Locator:
    return page.get_by_role("textbox", name=f"Message #{channel}")


async def test_a_newcomer_watches_a_huddle_and_answers_it(url: str, visit: Open) -> None:
    page = await visit("ana", "manila", url=url)
    huddle = page.locator("#log article", has_text="Manila written huddle")
    await page.get_by_role("button", name="Skip to what happens next").click()
    await expect(huddle).to_be_visible(timeout=SOON)

    await huddle.get_by_role("button", name="Answer").click()
    dialog = page.get_by_role("dialog", name="Written huddle")
    await dialog.get_by_role("button", name="Answer").click()
    await expect(dialog.get_by_text("Please complete this required field.")).to_be_visible()
    await dialog.get_by_label("What will you finish today?").fill("The June report")
    await dialog.get_by_role("button", name="Answer").click()

    await expect(dialog).to_be_hidden()
    # A reply in the thread counts, too, and is marked.
    await page.get_by_label("You are:").select_option(label=await chosen(page, "Ben Santos"))
    await huddle.get_by_role("button", name="Reply", exact=True).click()
    await box_of_thread(page).fill("The budget")
    await box_of_thread(page).press("Enter")
    reply = page.locator("#thread-log article", has_text="The budget")
    await expect(reply.locator("[data-reaction=memo]")).to_contain_text("📝 1", timeout=SOON)


def box_of_thread(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Reply in the thread")


async def chosen(page: Page, name: str) -> str:
    option = page.get_by_label("You are:").locator("option", has_text=name)
    return await option.text_content() or ""


async def test_a_newcomer_hands_over_a_task_and_sees_it_done(url: str, visit: Open) -> None:
    maya = await visit("maya", "handover", url=url)
    ana = await visit("ana", "handover", url=url)
    await box(maya, "handover").fill("/delegate @ana Send the draft")
    await box(maya, "handover").press("Enter")
    dialog = maya.get_by_role("dialog", name="Delegate")
    await expect(dialog.get_by_role("group", name="Who").get_by_label("Ana Reyes")).to_be_checked()
    due = dialog.locator("[data-block=due] input")
    await due.fill("yesterday")
    await dialog.locator("button[type=submit]").click()
    await expect(dialog.locator("[data-block=due] .complaint")).to_be_visible()
    await due.fill("in 2 days")
    await dialog.locator("button[type=submit]").click()
    await expect(dialog).to_be_hidden()

    card = ana.locator("#log article", has_text="Send the draft")
    await card.get_by_role("button", name="Accept").click()
    mayas = maya.locator("#log article:not(.whisper)", has_text="Send the draft")
    await expect(mayas).to_contain_text("accepted", timeout=SOON)
    await card.locator("[data-tap=white_check_mark]").click()

    await expect(mayas).to_contain_text("done", ignore_case=True, timeout=SOON)


async def test_home_and_the_conversation_with_baton_work(url: str, visit: Open) -> None:
    page = await visit("ana", "home", url=url)

    await expect(page.locator("#home")).to_contain_text("Prepare the June report", timeout=SOON)
    await page.locator("#talk-tabs").get_by_role("button", name="Messages").click()

    # What can be typed after a slash can be written here without one.
    message = page.get_by_role("textbox", name="Message Baton")
    await message.fill("tasks")
    await message.press("Enter")
    answer = page.locator("#log article", has_text="Prepare the June report")
    await expect(answer.first).to_be_visible(timeout=SOON)
