import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Open, Town
from tests.browser.scripted import ScriptedBot

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "https://example.com/" + "a-long-address-without-a-break/" * 8


async def fits(page: Page) -> None:
    wide = await page.evaluate(
        """() => [...document.querySelectorAll("body, body *")]
            .filter((node) => node.checkVisibility())
            .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
            .map((node) => `${node.tagName}.${node.className}`)"""
    )
    assert wide == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_everything_can_be_reached_on_a_phone(
    visit: Open, town: Town, bot: ScriptedBot
) -> None:
    await town.slack.person(town.maya).say(town.manila, f"See {LONG}")
    page = await visit("ana", "manila", width=390, height=844)
    box = page.get_by_role("textbox", name="Message #manila")
    await box.fill("/delegate Prepare the report")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("button", name="Accept")).to_be_visible()
    await fits(page)

    await page.locator("article", has_text="See http").get_by_role("button", name="Reply").click()
    await expect(page.get_by_role("textbox", name="Reply in the thread")).to_be_focused()
    await expect(box).to_be_hidden()
    await fits(page)
    await page.get_by_role("button", name="Close the thread").click()

    await page.get_by_role("button", name="People and channels").click()
    await expect(page.get_by_label("You are:")).to_be_focused()
    await expect(box).to_be_hidden()
    await fits(page)
    await page.get_by_label("You are:").select_option(label="Maya Lin (New York, 20:00)")
    await page.get_by_role("navigation").get_by_role("button", name="Home").click()
    await page.get_by_role("button", name="New task").click()
    await expect(page.get_by_role("dialog", name="Delegate a task")).to_be_visible()
    await fits(page)

    assert bot.pressed == ["home.new"]


async def test_the_last_message_is_in_sight_on_arrival(visit: Open, town: Town) -> None:
    maya = town.slack.person(town.maya)
    for number in range(20):
        await maya.say(town.manila, f"Line {number}")

    page = await visit("ana", "manila", width=390, height=844)

    await expect(page.locator("article", has_text="Line 19")).to_be_in_viewport()
    await expect(page.get_by_role("region", name="Clock of the sandbox")).to_be_visible()
    await expect(page.locator("article", has_text="Line 19")).to_be_in_viewport()


async def test_whoever_reads_above_is_told_of_newer_messages(visit: Open, town: Town) -> None:
    maya = town.slack.person(town.maya)
    for number in range(30):
        await maya.say(town.manila, f"Line {number}")
    page = await visit("ana")
    await expect(page.locator("article", has_text="Line 29")).to_be_in_viewport()
    await page.locator("article", has_text="Line 0").scroll_into_view_if_needed()

    await maya.say(town.manila, "The newest")
    newer = page.get_by_role("button", name="Newer messages")
    await expect(newer).to_be_visible()
    await expect(page.locator("article", has_text="The newest")).not_to_be_in_viewport()
    await newer.click()

    await expect(page.locator("article", has_text="The newest")).to_be_in_viewport()
    await expect(newer).to_be_hidden()
