import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.chat import link_to
from tests.browser.conftest import Open, Town
from tests.browser.scripted import HOSTILE, ScriptedBot, escaped

# One browser for all of them: starting it takes longer than any of these tests.
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def _answered(bot: ScriptedBot) -> None:
    """Have somebody at the other end, for everything on this page waits for an answer."""


def box(page: Page, name: str = "Message #manila") -> Locator:
    return page.get_by_role("textbox", name=name)


async def say(page: Page, text: str) -> None:
    await box(page).fill(text)
    await box(page).press("Enter")


def message(page: Page, text: str) -> Locator:
    return page.locator("#log article", has_text=text)


async def test_the_people_to_choose_from_are_shown_with_their_local_time(visit: Open) -> None:
    page = await visit("maya")

    chooser = page.get_by_label("You are:")

    await expect(chooser.locator("option")).to_have_text(
        ["Maya Lin (New York, 20:00)", "Ana Reyes (Manila, 09:00)", "Ben Santos (Manila, 09:00)"]
    )
    await expect(chooser.locator("option:checked")).to_have_text("Maya Lin (New York, 20:00)")


async def test_choosing_somebody_else_shows_what_they_see(visit: Open) -> None:
    page = await visit("maya", "lobby")
    await expect(page.get_by_role("heading", name="#lobby")).to_be_visible()

    await page.get_by_label("You are:").select_option(label="Ana Reyes (Manila, 09:00)")

    await expect(page).to_have_title("Ana Reyes · Baton sandbox")
    await expect(page.get_by_text("You are not in #lobby.")).to_be_visible()
    await page.reload()
    await expect(page).to_have_title("Ana Reyes · Baton sandbox")
    await expect(page.get_by_text("You are not in #lobby.")).to_be_visible()


async def test_what_one_person_writes_shows_at_the_others_without_a_reload(visit: Open) -> None:
    maya, ana = await visit("maya"), await visit("ana")
    await expect(box(ana)).to_be_visible()

    await say(maya, "Good to see you, @ana")

    await expect(message(ana, "Good to see you, @Ana Reyes")).to_contain_text("Maya Lin")
    await expect(box(maya)).to_have_value("")


async def test_a_channel_is_marked_until_it_was_read(visit: Open, town: Town) -> None:
    page = await visit("maya", "lobby")
    await expect(page.get_by_role("heading", name="#lobby")).to_be_visible()
    marked = page.get_by_role("button", name="# manila 1 unread")

    await town.slack.person(town.ana).say(town.manila, "Anybody there?")
    await expect(marked).to_be_visible()
    await marked.click()

    await expect(message(page, "Anybody there?")).to_be_visible()
    await expect(marked).to_have_count(0)


async def test_a_commands_answer_is_seen_only_by_who_typed_it(visit: Open) -> None:
    maya, ana = await visit("maya"), await visit("ana")

    await say(maya, "/delegate help")

    answer = message(maya, "Try /delegate @ana")
    await expect(answer).to_contain_text("Only you see this")
    await say(maya, "That was it")
    await expect(message(ana, "That was it")).to_be_visible()
    await expect(message(ana, "Try")).to_have_count(0)
    await answer.get_by_role("button", name="Dismiss").click()
    await expect(answer).to_have_count(0)


async def test_each_reader_sees_dates_on_their_own_clock(visit: Open) -> None:
    maya, ana = await visit("maya"), await visit("ana")

    await say(maya, "/delegate Prepare the report")

    await expect(message(maya, "Task 1").locator("blockquote")).to_have_text("due Nov 27, 04:00")
    await expect(message(ana, "Task 1").locator("blockquote")).to_have_text("due Nov 27, 17:00")


async def test_a_button_changes_the_card_for_everybody(visit: Open, bot: ScriptedBot) -> None:
    maya, ana = await visit("maya"), await visit("ana")
    await say(maya, "/delegate Prepare the report")

    await message(ana, "Task 1").get_by_role("button", name="Accept").click()

    await expect(message(maya, "Task 1")).to_contain_text("accepted by ana")
    await expect(message(ana, "Task 1")).to_contain_text("accepted by ana")
    assert bot.pressed == ["task.accept"]


async def test_a_button_that_fails_says_so_at_its_message(visit: Open) -> None:
    page = await visit("maya")
    await say(page, "/delegate Prepare the report")

    await message(page, "Task 1").get_by_role("button", name="Open").click()

    failure = message(page, "Task 1").get_by_role("alert")
    await expect(failure).to_contain_text("the bot answered with an error")


async def test_a_button_may_ask_before_it_is_pressed(visit: Open, bot: ScriptedBot) -> None:
    page = await visit("maya")
    await say(page, "/delegate Prepare the report")
    cancel = message(page, "Task 1").get_by_role("button", name="Cancel")
    question = page.get_by_role("dialog", name="Cancel the task?")

    await cancel.click()
    await question.get_by_role("button", name="Keep it").click()
    await expect(question).to_be_hidden()
    assert bot.pressed == []
    await cancel.click()
    await question.get_by_role("button", name="Cancel it").click()

    await expect(question).to_be_hidden()
    await bot.slack.until(lambda: bot.pressed == ["task.cancel"])


async def test_a_command_that_fails_says_so_privately_and_keeps_the_text(visit: Open) -> None:
    page = await visit("maya")

    await say(page, "/delegate fail")

    failure = page.locator("#box").get_by_role("alert")
    await expect(failure).to_contain_text("Only you see this")
    await expect(failure).to_contain_text("the bot answered with an error")
    await expect(box(page)).to_have_value("/delegate fail")


async def test_an_unknown_command_is_refused_as_slack_would(
    visit: Open, forgiven: list[str]
) -> None:
    forgiven.append("status of 400")
    page = await visit("maya")

    await say(page, "/dance")

    failure = page.locator("#box").get_by_role("alert")
    await expect(failure).to_contain_text("/dance is not a valid command")


async def test_a_reaction_goes_on_and_off(visit: Open, town: Town) -> None:
    said = await town.slack.person(town.maya).say(town.manila, "Done?")
    page = await visit("ana")
    shown = message(page, "Done?")
    tap = shown.locator("[data-tap=white_check_mark]")

    await tap.click()
    await expect(tap).to_have_attribute("aria-pressed", "true")
    assert said.reactions == {"white_check_mark": [town.ana.id]}
    await expect(shown.locator("[data-reaction=white_check_mark]")).to_contain_text("✅ 1")
    await tap.click()

    await expect(tap).to_have_attribute("aria-pressed", "false")
    assert said.reactions == {}


async def test_one_joins_in_a_reaction_and_leaves_it_again(visit: Open, town: Town) -> None:
    maya = town.slack.person(town.maya)
    said = await maya.say(town.manila, "Done?")
    await maya.react(said, "tada")
    page = await visit("ana")
    chip = message(page, "Done?").locator("[data-reaction=tada]")

    await chip.click()
    await expect(chip).to_contain_text("🎉 2")
    await expect(chip).to_have_attribute("title", "Maya Lin, Ana Reyes reacted with :tada:")
    await chip.click()

    await expect(chip).to_contain_text("🎉 1")


async def test_a_reply_stands_in_the_thread_and_not_in_the_channel(visit: Open, town: Town) -> None:
    said = await town.slack.person(town.maya).say(town.manila, "What will you finish today?")
    page = await visit("ana")
    await message(page, "What will you").get_by_role("button", name="Reply").click()
    reply = box(page, "Reply in the thread")

    await expect(reply).to_be_focused()
    await reply.fill("The June report")
    await reply.press("Enter")

    await expect(page.locator("#thread-log article")).to_have_count(2)
    await expect(message(page, "What will you")).to_contain_text("1 reply")
    await expect(message(page, "The June report")).to_have_count(0)
    [stored] = town.slack.replies(town.manila, said.ts)
    assert (stored.user, stored.text) == (town.ana.id, "The June report")


async def test_a_command_does_not_work_in_a_thread(visit: Open, town: Town) -> None:
    await town.slack.person(town.maya).say(town.manila, "A root")
    page = await visit("ana")
    await message(page, "A root").get_by_role("button", name="Reply").click()
    reply = box(page, "Reply in the thread")

    await reply.fill("/delegate help")
    await reply.press("Enter")

    failure = page.locator("#thread-box").get_by_role("alert")
    await expect(failure).to_contain_text("/delegate is not supported in threads.")


async def test_ones_own_message_can_be_changed_and_deleted(visit: Open, town: Town) -> None:
    ana = town.slack.person(town.ana)
    said = await ana.say(town.manila, "Hi @maya, see https://example.com <b>")
    page = await visit("ana")
    await message(page, "Hi").get_by_role("button", name="Edit").click()
    editor = page.get_by_role("textbox", name="Edit message")

    await expect(editor).to_have_value("Hi @Maya Lin, see https://example.com <b>")
    await editor.fill("Hello @maya")
    await editor.press("Enter")
    await expect(message(page, "Hello @Maya Lin")).to_contain_text("(edited)")
    assert said.text == f"Hello <@{town.maya.id}>"
    await message(page, "Hello").get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    await expect(message(page, "Hello")).to_have_count(0)
    assert said.ts not in town.manila.messages


async def test_nobody_is_offered_to_change_what_others_wrote(visit: Open, town: Town) -> None:
    await town.slack.person(town.maya).say(town.manila, "Mine")
    page = await visit("ana")

    await expect(message(page, "Mine")).to_be_visible()

    await expect(message(page, "Mine").get_by_role("button", name="Edit")).to_have_count(0)
    await expect(message(page, "Mine").get_by_role("button", name="Delete")).to_have_count(0)


async def test_hostile_text_is_shown_as_text_wherever_it_stands(
    visit: Open, town: Town, bot: ScriptedBot
) -> None:
    town.workspace.change_person(town.ana, real_name=HOSTILE)
    page = await visit("maya")
    await say(page, f"From a person: {HOSTILE}")
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": HOSTILE}},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*{escaped(HOSTILE)}*"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": HOSTILE}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<javascript:alert(1)|click>"}},
    ]
    await bot.call("chat.postMessage", channel=town.manila.id, text="From a bot", blocks=blocks)

    await expect(message(page, f"From a person: {HOSTILE}")).to_be_visible()
    shown = page.locator("#log article", has_text="click")
    await expect(shown.locator("h3")).to_have_text(HOSTILE)
    await expect(shown.locator("strong").nth(1)).to_have_text(HOSTILE)
    await expect(shown.locator(".section").nth(1)).to_have_text(HOSTILE)
    await expect(page.locator("img")).to_have_count(0)
    await expect(page.locator("a[href^='javascript']")).to_have_count(0)
    await expect(page).to_have_title("Maya Lin · Baton sandbox")


async def test_the_marks_of_mrkdwn_are_understood(visit: Open, town: Town) -> None:
    await town.slack.person(town.maya).say(
        town.manila,
        "*bold _both_* ~gone~ `a *code* <b>` snake_case_name 2*3*4 :tada: :nope: #lobby @ana "
        "https://example.com/a_b_c.\n> quoted\n```\nplain *text*\n```",
    )
    page = await visit("ana")
    body = message(page, "bold").locator(".body")

    await expect(body.locator("strong")).to_have_text("bold both")
    await expect(body.locator("strong em")).to_have_text("both")
    await expect(body.locator("em")).to_have_count(1)
    await expect(body.locator("s")).to_have_text("gone")
    await expect(body.locator("code")).to_have_text("a *code* <b>")
    await expect(body).to_contain_text("snake_case_name 2*3*4 🎉 :nope:")
    await expect(body.locator(".mention.me")).to_have_text("@Ana Reyes")
    await expect(body.locator("a").nth(0)).to_have_text("#lobby")
    await expect(body.locator("a").nth(1)).to_have_attribute("rel", "noopener noreferrer")
    await expect(body.locator("blockquote")).to_have_text("quoted")
    await expect(body.locator("pre")).to_have_text("plain *text*")


async def test_rich_text_is_shown_with_its_parts(visit: Open, town: Town, bot: ScriptedBot) -> None:
    parts = [
        {"type": "text", "text": "Ask ", "style": {"bold": True}},
        {"type": "user", "user_id": town.ana.id},
        {"type": "emoji", "name": "eyes"},
        {"type": "date", "timestamp": 1795770000, "format": "{time}", "fallback": "then"},
        {"type": "link", "url": "javascript:alert(1)", "text": "no link"},
    ]
    sections = [{"type": "rich_text_section", "elements": parts}]
    items = [{"type": "rich_text_list", "style": "bullet", "elements": sections}]
    await bot.call(
        "chat.postMessage",
        channel=town.manila.id,
        text="Ask Ana",
        blocks=[{"type": "rich_text", "elements": items}],
    )
    page = await visit("ana")

    await expect(message(page, "Ask").locator("li")).to_have_text("Ask @Ana Reyes👀17:00no link")
    await expect(message(page, "Ask").locator("a")).to_have_count(0)


async def test_a_link_to_a_message_leads_to_it(visit: Open, town: Town, bot: ScriptedBot) -> None:
    said = await town.slack.person(town.maya).say(town.lobby, "The goal of the link")
    await town.slack.person(town.maya).invite_bot(town.lobby)
    link = link_to(town.workspace, said)
    await bot.call("chat.postMessage", channel=town.manila.id, text=f"<{link}|Go to it.>")
    page = await visit("maya")

    await page.get_by_role("link", name="Go to it.").click()

    await expect(page.get_by_role("heading", name="#lobby")).to_be_visible()
    await expect(message(page, "The goal of the link")).to_be_focused()


async def test_home_shows_what_the_bot_made_for_this_person(visit: Open, bot: ScriptedBot) -> None:
    page = await visit("ana")
    await page.get_by_role("navigation").get_by_role("button", name="Home").click()

    await expect(page.locator("#home")).to_contain_text("For @Ana Reyes")
    await page.get_by_role("button", name="New task").click()

    await expect(page.get_by_role("dialog", name="Delegate a task")).to_be_visible()
    assert bot.pressed == ["home.new"]


async def test_the_conversation_with_the_bot_opens(visit: Open, town: Town) -> None:
    page = await visit("ana")
    await page.get_by_role("navigation").get_by_role("button", name="Messages").click()

    await box(page, "Message Baton").fill("done 42")
    await box(page, "Message Baton").press("Enter")

    await expect(message(page, "done 42")).to_be_visible()
    dm = town.workspace.dm(town.workspace.bot_user, town.ana.id)
    assert [said.text for said in town.slack.messages(dm)] == ["done 42"]


async def test_somebody_joins_a_channel_and_invites_the_bot(visit: Open, town: Town) -> None:
    page = await visit("ana", "lobby")

    await page.get_by_role("button", name="Join").click()
    await box(page, "Message #lobby").fill("/invite @baton")
    await box(page, "Message #lobby").press("Enter")

    await expect(page.locator("#log")).to_contain_text("@Baton has joined the channel")
    assert town.ana.id in town.lobby.members
    assert town.workspace.bot_user in town.lobby.members


async def test_the_list_of_members_lets_people_in_and_out(visit: Open, town: Town) -> None:
    page = await visit("maya", "lobby")
    await page.get_by_text("1 members").click()
    await page.get_by_label("Invite somebody").select_option(label="Ben Santos")

    await page.get_by_role("button", name="Remove Ben Santos").click()

    await expect(page.locator("#log")).to_contain_text("@Ben Santos has left the channel")
    assert list(town.lobby.members) == [town.maya.id]


async def test_names_and_commands_complete_themselves_from_the_keyboard(
    visit: Open, town: Town
) -> None:
    page = await visit("maya")
    await box(page).press_sequentially("/del")
    await expect(page.get_by_role("option", name="/delegate @ana")).to_be_visible()
    await box(page).press("Tab")
    await expect(page.get_by_text("For example: /delegate @ana")).to_be_visible()
    await box(page).press_sequentially("@")
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(4)
    await box(page).press_sequentially("san")
    await box(page).press("Enter")

    await expect(box(page)).to_have_value("/delegate @ben ")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    assert town.slack.messages(town.manila) == []


async def test_what_one_types_stays_while_others_write(visit: Open, town: Town) -> None:
    page = await visit("ana")
    await box(page).fill("Half a sent")

    await town.slack.person(town.maya).say(town.manila, "Interrupting")
    await expect(message(page, "Interrupting")).to_be_visible()
    await page.keyboard.type("ence")

    await expect(box(page)).to_have_value("Half a sentence")


async def test_a_draft_waits_in_its_channel(visit: Open) -> None:
    page = await visit("maya")
    await box(page).fill("Not sent yet")

    await page.get_by_role("button", name="# lobby").click()
    await expect(box(page, "Message #lobby")).to_have_value("")
    await page.get_by_role("button", name="# manila").click()

    await expect(box(page)).to_have_value("Not sent yet")


async def test_the_focus_stays_on_a_button_whose_card_changes(visit: Open) -> None:
    page = await visit("ana")
    await say(page, "/delegate Prepare the report")
    accept = message(page, "Task 1").get_by_role("button", name="Accept")
    await accept.focus()

    await page.keyboard.press("Enter")
    await expect(message(page, "Task 1")).to_contain_text("accepted by ana")

    await expect(accept).to_be_focused()


async def test_the_page_finds_its_way_back_when_the_sandbox_was_away(
    visit: Open, town: Town, forgiven: list[str]
) -> None:
    forgiven += ["net::ERR", "Failed to load resource"]
    page = await visit("ana")
    await expect(box(page)).to_be_visible()

    await town.slack.unplug()
    await expect(page.get_by_text("The sandbox does not answer.")).to_be_visible()
    await town.slack.plug_in()
    await town.slack.person(town.maya).say(town.manila, "Back again")

    await expect(message(page, "Back again")).to_be_visible()
    await expect(page.get_by_text("The sandbox does not answer.")).to_be_hidden()
