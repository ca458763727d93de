import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Open, Town
from tests.browser.scripted import ScriptedBot, asking, form, words

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def opened(page: Page) -> Locator:
    box = page.get_by_role("textbox", name="Message #manila")
    await box.fill("/delegate")
    await box.press("Enter")
    dialog = page.get_by_role("dialog", name="Delegate a task")
    await expect(dialog).to_be_visible()
    return dialog


async def submit(dialog: Locator) -> None:
    await dialog.get_by_role("button", name="Delegate").click()


async def test_a_modal_opens_with_what_the_bot_filled_in(visit: Open, bot: ScriptedBot) -> None:
    page = await visit("ana")
    await page.get_by_role("button", name="Delegate a task…").click()
    dialog = page.get_by_role("dialog", name="Delegate a task")

    await expect(dialog.locator("strong")).to_have_text("understood")
    await expect(dialog.get_by_label("What is to be done")).to_be_focused()
    await expect(dialog.get_by_label("Details (optional)")).to_have_value("From\nlast week")
    await expect(dialog.get_by_label("Details (optional)")).to_have_accessible_description(
        "Links help"
    )
    who = dialog.get_by_role("group", name="Who")
    await expect(who.get_by_label("Ana Reyes")).to_be_checked()
    await expect(who.get_by_label("Maya Lin")).not_to_be_checked()
    await expect(dialog.get_by_label("Where").locator("option:checked")).to_have_text("Here")
    await expect(dialog.get_by_label("Channel").locator("option:checked")).to_have_text("#manila")
    days = dialog.get_by_role("group", name="Days").locator("input:checked")
    await expect(days).to_have_count(2)
    await expect(dialog.get_by_label("Time")).to_have_value("09:30")
    await expect(dialog.get_by_label("Date")).to_have_value("2026-11-27")
    await expect(dialog.get_by_role("radio", name="First")).not_to_be_checked()
    assert bot.pressed == ["shortcut"]


async def test_what_is_missing_is_said_at_its_input_before_the_bot_hears(
    visit: Open, town: Town, bot: ScriptedBot
) -> None:
    page = await visit("ana")
    dialog = await opened(page)

    await submit(dialog)

    outcome = dialog.get_by_label("What is to be done")
    await expect(outcome).to_have_accessible_description("Please complete this required field.")
    await expect(outcome).to_have_attribute("aria-invalid", "true")
    await expect(outcome).to_be_focused()
    who = dialog.get_by_role("group", name="Who")
    await expect(who).to_contain_text("Please complete this required field.")
    await expect(dialog.get_by_text("Please complete")).to_have_count(2)
    await town.slack.settled()
    assert [one.kind for one in town.slack.deliveries] == ["command"]
    assert bot.submitted == []


async def test_a_modal_is_sent_after_the_bots_complaint_is_met(
    visit: Open, town: Town, bot: ScriptedBot
) -> None:
    page = await visit("ana")
    dialog = await opened(page)
    outcome = dialog.get_by_label("What is to be done")
    await outcome.fill("too vague")
    await dialog.get_by_role("group", name="Who").get_by_label("Maya Lin").check()
    await dialog.get_by_label("Where").select_option(label="Private")
    await dialog.get_by_role("checkbox", name="Tue").uncheck()
    await dialog.get_by_label("Time").fill("17:45")
    await dialog.get_by_label("Date").fill("2026-12-01")
    await dialog.get_by_role("radio", name="All").check()
    await dialog.get_by_label("Details").fill("")

    await submit(dialog)
    await expect(dialog.get_by_text("Say what will be there when it is done.")).to_be_visible()
    await expect(outcome).to_be_focused()
    await expect(outcome).to_have_value("too vague")
    await outcome.fill("The June report")
    await submit(dialog)

    await expect(dialog).to_be_hidden()
    [values] = bot.submitted
    assert values["outcome"]["value"] == "The June report"
    assert values["details"]["value"] is None
    assert values["people"]["selected_users"] == [town.maya.id]
    assert values["where"]["selected_option"]["value"] == "private"
    assert values["channel"]["selected_conversation"] == town.manila.id
    assert [day["value"] for day in values["days"]["selected_options"]] == ["mon"]
    assert values["at"]["selected_time"] == "17:45"
    assert values["on"]["selected_date"] == "2026-12-01"
    assert values["how"]["selected_option"]["value"] == "all"


async def test_the_same_complaint_is_shown_a_second_time(visit: Open, bot: ScriptedBot) -> None:
    page = await visit("ana")
    dialog = await opened(page)
    await dialog.get_by_label("What is to be done").fill("too vague")
    await dialog.get_by_role("group", name="Who").get_by_label("Maya Lin").check()
    complaint = dialog.get_by_text("Say what will be there when it is done.")

    for _ in range(2):
        await submit(dialog)
        await expect(complaint).to_be_visible()
        await dialog.get_by_label("Details").focus()

    assert bot.submitted == []


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("how", ["Not now", "Close", "Escape"])
async def test_a_modal_is_left_without_sending_it(visit: Open, town: Town, how: str) -> None:
    page = await visit("ana")
    dialog = await opened(page)

    if how == "Escape":
        await page.keyboard.press("Escape")
    else:
        await dialog.get_by_role("button", name=how).click()

    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("textbox", name="Message #manila")).to_be_focused()
    assert town.ana.views == []


async def test_what_is_filled_in_stays_when_the_bot_changes_the_modal(
    visit: Open, town: Town, bot: ScriptedBot
) -> None:
    page = await visit("ana")
    dialog = await opened(page)
    await dialog.get_by_label("What is to be done").fill("The June re")
    view = form([])
    view["blocks"].insert(0, {"type": "section", "text": words("Now with a hint")})

    await bot.call("views.update", view_id=town.ana.views[-1].id, view=view)
    await expect(dialog).to_contain_text("Now with a hint")
    await page.keyboard.type("port")

    await expect(dialog.get_by_label("What is to be done")).to_have_value("The June report")


async def test_a_choice_that_asks_for_it_is_told_at_once_with_all_that_is_filled_in(
    visit: Open, town: Town, bot: ScriptedBot
) -> None:
    page = await visit("ana")
    dialog = await opened(page)
    view = form([])
    options = [{"text": words(name), "value": name} for name in ("one", "two")]
    view["blocks"].append(
        asking("size", "Size", {"type": "static_select", "options": options}, dispatch_action=True)
    )
    await bot.call("views.update", view_id=town.ana.views[-1].id, view=view)
    await dialog.get_by_label("What is to be done").fill("The June report")

    await dialog.get_by_label("Size").select_option(label="two")

    await town.slack.until(lambda: bot.pressed == ["size"])
    payload = town.slack.deliveries[-1].payload
    values = payload["view"]["state"]["values"]
    assert values["outcome"]["outcome"]["value"] == "The June report"
    assert payload["actions"][0]["selected_option"]["value"] == "two"


async def test_a_message_can_become_a_task(visit: Open, town: Town, bot: ScriptedBot) -> None:
    await town.slack.person(town.maya).say(town.manila, "Could somebody do the report?")
    page = await visit("ana")

    await page.get_by_role("button", name="Delegate this").click()

    await expect(page.get_by_role("dialog", name="Delegate a task")).to_be_visible()
    assert bot.pressed == ["message_action"]


@pytest.mark.usefixtures("bot")
async def test_a_long_list_of_people_is_searched_by_name(visit: Open, town: Town) -> None:
    for number in range(12):
        town.workspace.add_person(f"guest{number}", real_name=f"Guest {number}")
    page = await visit("ana")
    dialog = await opened(page)
    who = dialog.get_by_role("group", name="Who")

    await who.get_by_label("Find by name").fill("maya")
    await expect(who.locator("label:visible")).to_have_text(["Maya Lin"])
    await who.get_by_label("Maya Lin").check()
    await who.get_by_label("Find by name").fill("guest 11")

    await expect(who.locator("label:visible")).to_have_text(["Maya Lin", "Guest 11"])
