"""`/delegate`, its form, its receipt, and the shortcuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox.errors import Refused
from tests.slack.handing import REPORT, buttons, card_of, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from tests.office import Office


async def test_a_complete_line_makes_the_task(office: Office) -> None:
    answer = await office.maya.command("/delegate", REPORT, channel="manila")
    card = await card_of(office)

    assert "Task 1 is with" in answer.text
    assert "17:00 New York (Sat 06:00 Manila)" in answer.text
    assert "Takes 3 h" in answer.text
    assert buttons(answer.blocks)[:2] == ["task.change", "task.undo"]
    assert buttons(card.blocks) == ["task.accept", "task.ask", "task.decline"]
    assert card.metadata is not None
    assert card.metadata["event_payload"].keys() == {"post", "task"}


async def test_the_first_100_characters_say_who_what_and_when(office: Office) -> None:
    card = await handed_over(office, f"@ana {'Prepare the June report ' * 5} due fri 17:00")

    first = card.text[:100]
    assert " → " in first
    assert "Prepare" in first
    assert "17:00 New York" in first
    assert len(card.text.splitlines()[0]) <= 100


async def test_the_assignee_hears_of_it_in_their_own_time(office: Office) -> None:
    await handed_over(office)

    told = await dm_of(office, office.ana, words="Prepare June report")

    assert "06:00 Manila (Fri 17:00 New York)" in told.text
    assert told.event_type == "baton_note"
    assert buttons(told.blocks)[:3] == ["task.accept", "task.ask", "task.decline"]


async def test_without_baton_in_the_channel_cards_go_to_direct_messages(office: Office) -> None:
    answer = await office.maya.command("/delegate", REPORT, channel="lobby")

    for person in (office.maya, office.ana):
        copy = await dm_of(office, person, words="Prepare June report", kind="baton_task")
        assert copy.metadata is not None
        assert copy.metadata["event_payload"]["task"] == 1
    assert "`/invite @Baton`" in answer.text
    assert not office.slack.find("lobby")


async def test_who_is_not_in_the_channel_is_named_in_the_receipt(office: Office) -> None:
    joy = office.world.add_person("joy", tz="Europe/London")

    answer = await office.maya.command("/delegate", "@joy Look at it due fri", channel="manila")

    await dm_of(office, office.slack.person(joy), words="Look at it", kind="baton_task")
    assert "is not in this channel, so the card goes to direct messages" in answer.text


async def test_one_interaction_makes_one_task(office: Office) -> None:
    await handed_over(office)
    (delivery,) = [sent for sent in office.slack.deliveries if sent.kind == "command"]

    again = await office.slack.courier.ask("command", delivery.team, delivery.payload)

    assert "Task 1 is with" in again.attempts[-1].body
    assert len(office.slack.find("manila", event_type="baton_task")) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("@ana Prepare June report", "Say by when"),
        ("Prepare June report due fri", "Say who does it"),
        ("@ana due fri", "Say what is to be done"),
        ("@ana Prepare June report due 3/4", "can be"),
        ("@ana Prepare June report due yesterday", "is past"),
        ("@ana Prepare June report due 2 jan 2020", "is past"),
        ("@nobody Prepare June report due fri", "Nobody here is called"),
        ("@baton Prepare June report due fri", "is an app and cannot accept a task"),
    ],
)
async def test_what_is_missing_or_unclear_opens_the_form(
    office: Office, text: str, problem: str
) -> None:
    await office.maya.command("/delegate", text, channel="manila")

    assert problem in words(office.maya.view.blocks)
    assert not office.slack.find("manila", event_type="baton_task")


async def test_who_is_known_already_is_not_asked_for_again(office: Office) -> None:
    await handed_over(office)
    methods = ("users.info", "conversations.members")
    asked = [len(office.slack.calls(method)) for method in methods]

    answer = await office.maya.command("/delegate", REPORT, channel="manila")
    await office.maya.command("/delegate", "@ana Prepare May report", channel="manila")

    assert "Task 2 is with" in answer.text
    assert "Say by when" in words(office.maya.view.blocks)
    assert asked == [len(office.slack.calls(method)) for method in methods]


async def test_a_deactivated_assignee_is_refused(office: Office) -> None:
    joy = office.world.add_person("joy")
    await office.maya.command("/delegate", f"<@{joy.id}> Hello due fri", channel="manila", raw=True)
    office.maya.views.clear()
    office.world.change_person(joy, deleted=True)
    await office.slack.settled()

    await office.maya.command(
        "/delegate", f"<@{joy.id}> Hello due fri 17:00", channel="manila", raw=True
    )

    assert "no longer has an active account" in words(office.maya.view.blocks)


async def test_the_form_keeps_what_was_understood(office: Office) -> None:
    await office.maya.command("/delegate", "@ana Prepare June report takes 3h", channel="manila")
    view = office.maya.view

    await office.maya.submit(view, {"due": "fri 17:00"})
    card = await card_of(office)

    assert "Prepare June report" in card.text
    assert "Takes 3 h" in card.text
    assert "Task 1 is with" in words(office.maya.view.blocks)


async def test_the_empty_form_makes_a_task_for_only_us(office: Office) -> None:
    await office.maya.command("/delegate", channel="manila")

    await office.maya.submit(
        values={
            "people": [office.ana.id],
            "outcome": "June report\nwith sales",
            "due": "tomorrow",
            "takes": "90m",
            "where": "only_us",
        }
    )

    copy = await dm_of(office, office.ana, words="June report", kind="baton_task")
    assert "with sales" in copy.text
    assert not office.slack.find("manila", event_type="baton_task")


@pytest.mark.parametrize(
    ("block", "value", "sentence"),
    [
        ("due", "3/4", "can be"),
        ("due", "yesterday", "is past"),
        ("due", "when it suits you", "as a time"),
        ("takes", "long", "as a duration"),
    ],
)
async def test_what_cannot_be_read_is_refused_under_its_input(
    office: Office, block: str, value: str, sentence: str
) -> None:
    await office.maya.command("/delegate", "@ana Prepare June report", channel="manila")

    answer = await office.maya.submit(values={"due": "fri", "takes": "3h"} | {block: value})

    assert answer.errors.keys() == {block}
    assert sentence in answer.errors[block]
    assert not office.slack.find("manila", event_type="baton_task")


async def test_an_app_is_refused_in_the_form(office: Office) -> None:
    await office.maya.command("/delegate", "Prepare June report due fri", channel="manila")

    answer = await office.maya.submit(values={"people": [office.world.bot_user]})

    assert "is an app" in answer.errors["people"]


async def test_a_blank_outcome_is_refused_in_the_form(office: Office) -> None:
    await office.maya.command("/delegate", "@ana due fri 17:00", channel="manila")

    answer = await office.maya.submit(values={"outcome": "   "})

    assert answer.errors.keys() == {"outcome"}


async def test_5000_characters_are_kept_whole(office: Office) -> None:
    text = "@ana Read this " + "and that, " * 500 + "to the END due fri 17:00"
    card = await handed_over(office, text)

    whole = await office.ana.command("/tasks", "1")

    assert "The rest: `/tasks 1`" in card.text
    assert "to the END" in words(whole.blocks)
    assert len(card.text) <= 3_900


async def test_5000_characters_without_a_date_open_a_form_that_says_so(office: Office) -> None:
    await office.maya.command("/delegate", f"@ana {'and that, ' * 500}", channel="manila")

    assert "3,000 characters" in words(office.maya.view.blocks)


async def test_a_title_cannot_ping_a_channel(office: Office) -> None:
    card = await handed_over(office, "@ana Tell <!channel> & <https://x.example|me> due fri 17:00")

    assert "<!channel>" not in str(card.blocks)
    assert "<!channel>" not in card.text


async def test_curly_quotes_are_read_like_plain_ones(office: Office) -> None:
    card = await handed_over(office, "@ana Send the “June” report due fri 17:00.")

    assert 'Send the "June" report' in card.text


async def test_a_task_for_oneself_needs_no_yes(office: Office) -> None:
    answer = await office.maya.command("/delegate", "me Buy paper due tomorrow", channel="manila")
    card = await card_of(office)

    assert "doing" in card.text
    assert "hears of it" not in answer.text


async def test_undo_takes_it_back_and_the_card_says_so(office: Office) -> None:
    answer = await office.maya.command("/delegate", REPORT, channel="manila")
    card = await card_of(office)
    assert answer.message is not None

    await office.maya.press(answer.message, "task.undo")

    await shows(office, card, "Taken back by")
    assert buttons(card.blocks) == []
    assert "was taken back" in office.maya.ephemerals[-1].text


async def test_undo_is_refused_once_somebody_acted(office: Office) -> None:
    answer = await office.maya.command("/delegate", REPORT, channel="manila")
    card = await card_of(office)
    await office.ana.press(card, "task.accept")
    assert answer.message is not None

    await office.maya.press(answer.message, "task.undo")

    assert "Something happened to task 1 since then" in office.maya.ephemerals[-1].text


async def test_change_opens_the_form_and_changes_the_task(office: Office) -> None:
    answer = await office.maya.command("/delegate", REPORT, channel="manila")
    card = await card_of(office)
    assert answer.message is not None

    await office.maya.press(answer.message, "task.change")
    await office.maya.submit(
        values={"outcome": "Prepare July report", "people": [office.ben.id], "due": "mon 10:00"}
    )

    await shows(office, card, "Prepare July report")
    assert "Task 1 was changed" in words(office.maya.view.blocks)
    await dm_of(office, office.ben, words="Prepare July report")
    await dm_of(office, office.ana, words="was given to somebody else")


async def test_a_due_time_that_nobody_touched_stays_as_it_is(office: Office) -> None:
    answer = await office.maya.command("/delegate", REPORT, channel="manila")
    card = await card_of(office)
    before = card.text
    assert answer.message is not None

    await office.maya.press(answer.message, "task.change")
    await office.maya.submit(values={"takes": ""})

    await office.slack.until(lambda: card.text != before)
    assert card.text.splitlines()[0] == before.splitlines()[0]
    assert "Takes 3 h" not in card.text
    assert "maya changed the estimate" in card.text


@pytest.mark.parametrize("where", ["manila", "lobby"])
async def test_what_waits_for_somebodys_day_can_be_sent_now(office: Office, where: str) -> None:
    await keep_no_hours(office, office.ana)

    answer = await office.maya.command("/delegate", REPORT, channel=where)
    assert "will hear of it when their working day begins" in answer.text
    assert answer.message is not None
    await office.maya.press(answer.message, "task.send_now")

    await dm_of(office, office.ana, words="Prepare June report")
    assert "hears of it now" in office.maya.ephemerals[-1].text


async def keep_no_hours(office: Office, person: Person) -> None:
    """Let somebody set hours on the one day that is farthest away."""
    clock = office.clock()
    day = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][(clock.weekday() + 3) % 7]
    menu = await person.command("/baton", "me", channel="manila")
    assert menu.message is not None
    await person.press(menu.message, "me.hours")
    await person.submit(values={"days": [day]})


async def test_a_message_becomes_a_task(office: Office) -> None:
    said = await office.ben.say("manila", "The invoice of @ana is wrong & late")

    await office.maya.message_shortcut(said, "delegate_message")
    form = office.maya.view
    await office.maya.submit(form, {"people": [office.ana.id], "due": "fri 17:00"})

    card = await card_of(office)
    assert "is wrong &amp; late" in card.text
    assert said.ts.replace(".", "") in card.text


async def test_the_global_shortcut_opens_the_form(office: Office) -> None:
    await office.maya.global_shortcut("delegate_new")

    await office.maya.submit(
        values={"people": [office.ana.id], "outcome": "Call Sam", "due": "fri 17:00"}
    )

    await dm_of(office, office.ana, words="Call Sam", kind="baton_task")


async def test_it_works_in_a_direct_message_without_the_slash(office: Office) -> None:
    await office.maya.say(office.maya.dm, "delegate @ana Call Sam due fri 17:00")

    await dm_of(office, office.ana, words="Call Sam", kind="baton_task")
    await dm_of(office, office.maya, words="Task 1 is with")


async def test_a_stranger_cannot_be_given_a_task(office: Office) -> None:
    sam = office.world.add_person("sam", stranger=True)

    await office.maya.command(
        "/delegate", f"<@{sam.id}> Call me due fri 17:00", channel="manila", raw=True
    )

    assert "belongs to another company" in words(office.maya.view.blocks)


async def test_a_task_can_be_started_once_more(office: Office) -> None:
    await handed_over(office)

    await office.maya.command("/tasks", "again 1", channel="manila")
    await office.maya.submit(values={"due": "fri 17:00"})

    card = await card_of(office, count=2)
    assert "Task 2" in card.text
    assert "Prepare June report" in card.text


async def test_the_button_for_once_more_opens_the_form(office: Office) -> None:
    await handed_over(office)
    shown = await office.ana.command("/tasks", "1")
    assert shown.message is not None

    await office.ana.press(shown.message, "task.again")

    with pytest.raises(Refused, match="due"):
        await office.ana.submit()


async def test_a_declined_task_is_changed_by_giving_it_to_somebody(office: Office) -> None:
    card = await handed_over(office)
    await office.ana.command("/ack", "1 decline too busy")
    told = await dm_of(office, office.maya, words="declines")

    await office.maya.press(told, "task.change")
    await office.maya.submit(values={"people": [office.ben.id]})

    await shows(office, card, "waiting for a yes")
    await dm_of(office, office.ben, words="Prepare June report")


async def test_when_slack_does_not_say_who_is_there_the_card_goes_to_direct_messages(
    office: Office,
) -> None:
    office.slack.faults.add("error", method="conversations.members")

    answer = await office.maya.command("/delegate", REPORT, channel="manila")

    await dm_of(office, office.ana, words="Prepare June report", kind="baton_task")
    assert "the card goes to direct messages" in answer.text


@pytest.mark.parametrize("method", ["conversations.members", "users.list"])
async def test_a_slow_slack_does_not_cost_the_persons_three_seconds(
    office: Office, method: str
) -> None:
    # Our own gateway gives up after eight seconds; a busy machine alone may take more than three.
    office.slack.courier.ack_timeout = 6.0
    with office.slack.faults.lasting("latency", method=method, seconds=20):
        answer = await office.maya.command(
            "/delegate", "@ben Prepare June report due fri 17:00", channel="manila"
        )

    assert answer.ok, answer.error
    assert "Task 1 is with ben" in answer.text


async def test_a_message_becomes_a_task_also_without_its_link(office: Office) -> None:
    said = await office.ben.say("manila", "The invoice is wrong")
    office.slack.faults.add("error", method="chat.getPermalink")

    await office.maya.message_shortcut(said, "delegate_message")
    await office.maya.submit(
        values={"people": [office.ana.id], "outcome": "Invoice", "due": "fri 17:00"}
    )

    assert "Invoice" in (await card_of(office)).text


async def test_an_undo_stands_even_if_the_receipt_cannot_be_replaced(office: Office) -> None:
    answer = await office.maya.command("/delegate", REPORT, channel="manila")
    card = await card_of(office)
    assert answer.message is not None
    office.slack.world.response_uses = 0

    pressed = await office.maya.press(answer.message, "task.undo")

    assert pressed.ok
    await shows(office, card, "Taken back by")


async def test_two_people_are_both_named(office: Office) -> None:
    answer = await office.maya.command(
        "/delegate", "@ana @ben Count the boxes due fri 17:00", channel="manila"
    )
    card = await card_of(office)

    assert "→ ana and ben" in card.text
    assert "ana and ben hear of it now." in answer.text
    await office.ana.press(card, "task.accept")
    await shows(office, card, "doing")
    await office.ben.press(card, "task.accept")
    await office.ben.press(card, "task.done")
    await shows(office, card, "Done by ben")


async def test_the_estimate_and_the_text_can_be_left_as_they_are(office: Office) -> None:
    card = await handed_over(office, f"@ana {'Read this and that ' * 20} due fri 17:00 takes 2h")
    before = card.text

    await office.maya.command("/tasks", "edit 1", channel="manila")
    await office.maya.submit()

    await office.slack.settled()
    assert card.text == before


async def test_while_slack_is_slow_people_are_as_they_are_remembered(office: Office) -> None:
    await handed_over(office)
    joy = office.world.add_person("joy")
    asked = office.baton.edge.directory._asked
    await office.maya.global_shortcut("delegate_new")
    filled = {"people": [office.ana.id], "outcome": "Call Sam", "due": "fri 17:00"}
    asked.clear()

    with office.slack.faults.lasting("latency", method="users.info", seconds=2.5):
        unknown = await office.maya.submit(values=filled | {"people": [joy.id]})
        await office.maya.submit(values=filled)

    assert "Try again" in unknown.errors["people"]
    await dm_of(office, office.ana, words="Call Sam", kind="baton_task")


@pytest.mark.parametrize("unknown", ["<@U_UNKNOWN>", "<@U0UNKNOWN|zoe>", "<@WUNKNOWN>"])
async def test_whom_slack_does_not_know_is_said_and_the_rest_is_kept(
    office: Office, unknown: str
) -> None:
    answer = await office.maya.command(
        "/delegate",
        f"{unknown} <@{office.ana.id}> Prepare June report due fri 17:00 takes 3h",
        channel="manila",
        raw=True,
    )

    assert answer.ok
    view = office.maya.view
    assert "Baton cannot find one of these people in this workspace." in words(view.blocks)
    filled = {
        block["block_id"]: block["element"].get("initial_value")
        or block["element"].get("initial_users")
        for block in view.blocks
        if block["type"] == "input"
    }
    assert filled["people"] == [office.ana.id]
    assert filled["outcome"] == "Prepare June report"
    assert "17:00" in filled["due"]
    assert filled["takes"] == "3 h"


async def test_a_task_is_not_given_to_whom_slack_does_not_know(office: Office) -> None:
    card = await handed_over(office)

    answer = await office.maya.command("/tasks", "give 1 <@U_UNKNOWN>", channel="manila", raw=True)

    assert answer.text.startswith("Baton cannot find this person in this workspace.")
    assert "pick a name from Slack's list" in answer.text
    assert "maya → ana" in card.text


async def test_a_title_may_mention_whom_slack_does_not_know(office: Office) -> None:
    text = f"<@{office.ana.id}> Call <@U0UNKNOWN|zoe> back due fri 17:00"
    await office.maya.command("/delegate", text, channel="manila", raw=True)

    assert "Call @zoe back" in (await card_of(office)).text
