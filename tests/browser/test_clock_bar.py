from datetime import timedelta

import pytest
from playwright.async_api import expect

from bot.sandbox.clock import EARLY
from bot.sandbox.page import page_routes
from bot.sandbox.server import LocalSlack
from tests.browser.conftest import MORNING, Open, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_clock_shows_every_zone_and_what_is_next(visit: Open) -> None:
    page = await visit("ana")
    bar = page.get_by_role("region", name="Clock of the sandbox")

    await expect(bar.get_by_role("listitem")).to_have_text(
        ["New York Sun 22 Nov, 20:00", "Manila Mon 23 Nov, 09:00"]
    )
    await expect(bar).to_contain_text("Next: written huddle of Manila, Mon 23 Nov, 12:00 (in 3 h)")


async def test_a_skip_puts_the_clock_of_everybody_forward(visit: Open, town: Town) -> None:
    page = await visit("maya")

    await page.get_by_role("button", name="Skip to what happens next").click()

    bar = page.get_by_role("region", name="Clock of the sandbox")
    await expect(bar).to_contain_text("Manila Mon 23 Nov, 11:59")
    await expect(bar).to_contain_text("(in less than a minute)")
    await expect(page.get_by_label("You are:").locator("option:checked")).to_have_text(
        "Maya Lin (New York, 22:59)"
    )
    assert town.clock() == MORNING + timedelta(hours=3) - EARLY


async def test_with_nothing_to_come_there_is_nothing_to_skip_to(visit: Open, town: Town) -> None:
    town.ahead.clear()
    page = await visit("maya")

    bar = page.get_by_role("region", name="Clock of the sandbox")
    await expect(bar).to_contain_text("Nothing is to come.")

    skip = page.get_by_role("button", name="Skip to what happens next")
    await expect(skip).to_have_attribute("aria-disabled", "true")


async def test_without_a_clock_to_put_forward_there_is_no_bar(
    visit: Open, town: Town, forgiven: list[str]
) -> None:
    forgiven.append("_sandbox/clock")
    async with LocalSlack(clock=town.clock, routes=page_routes()) as slack:
        slack.add_workspace("Elsewhere").add_person("zoe", tz="Europe/Paris")
        page = await visit("zoe", "home", url=slack.url)

        await expect(page.get_by_label("You are:")).to_contain_text("Zoe (Paris, 02:00)")

        await expect(page.locator("#clock")).to_be_hidden()
        await page.close()
