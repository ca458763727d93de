"""Buttons and modals of tasks that say something else than Baton wrote, or say it too late."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from bot.domain.task import TaskNumber
from bot.slack import delegation_form, task_blocks
from tests.slack.handing import REPORT, buttons, dm_of, handed_over, shows

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from bot.sandbox.records import Json
    from tests.office import Office

BUTTONS = (
    "accept",
    "done",
    "reopen",
    "cancel",
    "ask",
    "decline",
    "note",
    "block",
    "snooze",
    "answer",
    "show",
    "change",
    "again",
    "undo",
    "send_now",
    "agree",
    "keep",
    "talk",
    "propose",
    "say",
    "reason.time",
)
FORMS = {
    "ask": (task_blocks.ask_modal, {"question": "Which format?"}),
    "decline": (task_blocks.decline_modal, {"reason": "Too busy"}),
    "note": (task_blocks.note_modal, {"note": "Half way"}),
    "block": (task_blocks.block_modal, {"reason": "No login"}),
    "snooze": (task_blocks.snooze_modal, {"until": "in 2 days"}),
    "answer": (task_blocks.answer_modal, {"answer": "A PDF"}),
}
NOT_HIS = "There is no task 1 that you can see."


async def press_forged(person: Person, action: str, value: str | None, *, channel: str) -> None:
    """Press a button of somebody's own private answer after putting something else in it."""
    answer = await person.command("/delegate", "me Buy paper due tomorrow", channel=channel)
    assert answer.message is not None
    row = next(block for block in answer.message.blocks if block["type"] == "actions")
    forged: Json = row["elements"][0] | {"action_id": f"task.{action}", "value": value}
    row["elements"] = [{name: given for name, given in forged.items() if given is not None}]
    await person.press(answer.message, f"task.{action}")


async def submit_forged(person: Person, form: str, metadata: str) -> str:
    """Send a form that somebody had open after putting something else in it; what is said."""
    build, values = FORMS[form]
    await person.command("/delegate", channel="manila")
    person.view.body.clear()
    person.view.body.update(build(TaskNumber(1)) | {"private_metadata": metadata})
    answer = await person.submit(values=values)
    return "".join(answer.errors.values())


@pytest.mark.parametrize("action", BUTTONS)
async def test_a_forged_button_tells_nothing_of_a_task_that_i_cannot_see(
    office: Office, action: str
) -> None:
    await office.maya.command("/delegate", REPORT, channel="lobby")

    await press_forged(office.ben, action, "1", channel="lobby")

    assert office.ben.ephemerals[-1].text.startswith(NOT_HIS)
    assert not office.ben.views


@pytest.mark.parametrize("form", FORMS)
async def test_a_forged_form_tells_nothing_of_a_task_that_i_cannot_see(
    office: Office, form: str
) -> None:
    await office.maya.command("/delegate", REPORT, channel="lobby")

    assert (await submit_forged(office.ben, form, '{"task": 1}')).startswith(NOT_HIS)


async def test_a_card_in_a_channel_that_i_am_not_in_is_not_there_either(office: Office) -> None:
    await handed_over(office)
    joy = office.slack.person(office.world.add_person("joy", tz="Europe/London"))
    await joy.join("lobby")

    await press_forged(joy, "accept", "1", channel="lobby")

    assert joy.ephemerals[-1].text.startswith(NOT_HIS)


async def test_on_the_card_itself_nobody_has_to_be_asked_who_sees_it(office: Office) -> None:
    card = await handed_over(office)
    office.baton.edge.directory._asked.clear()

    with office.slack.faults.lasting("error", method="conversations.members"):
        await office.ben.press(card, "task.accept")

    assert office.ben.ephemerals[-1].text.startswith("Only ana can accept task 1.")


@pytest.mark.parametrize("value", ["abc", "9" * 30, "9" * 1_900, "-1", "0", "¹", "1.5", None])
@pytest.mark.parametrize("action", ["done", "note", "show", "change", "again", "undo", "send_now"])
async def test_a_button_that_names_no_task_is_out_of_date(
    office: Office, action: str, value: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        await press_forged(office.ben, action, value, channel="manila")

    said = office.ben.ephemerals[-1].text
    assert said == "This button is out of date. `/tasks` lists yours."
    assert not caplog.records


BROKEN = [
    "",
    "[]",
    "{}",
    "nonsense",
    "[" * 2_900,
    '{"task": "abc"}',
    '{"task": true}',
    '{"task": -1}',
    f'{{"task": {"9" * 2_900}}}',
]


@pytest.mark.parametrize("metadata", BROKEN)
@pytest.mark.parametrize("form", FORMS)
async def test_a_form_that_names_no_task_is_out_of_date(
    office: Office, form: str, metadata: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        said = await submit_forged(office.ben, form, metadata)

    assert said == "This form is out of date. `/tasks` lists yours."
    assert not caplog.records


@pytest.mark.parametrize("metadata", [text for text in BROKEN if text not in {"", "{}"}])
async def test_a_broken_form_of_a_delegation_is_out_of_date(
    office: Office, metadata: str, caplog: pytest.LogCaptureFixture
) -> None:
    await office.maya.command("/delegate", "@ana Prepare June report", channel="manila")
    assert office.maya.view.body["callback_id"] == delegation_form.CALLBACK
    office.maya.view.body["private_metadata"] = metadata

    with caplog.at_level(logging.ERROR):
        answer = await office.maya.submit(values={"due": "fri 17:00"})

    assert "This form is out of date. `/tasks` lists yours." in answer.errors.values()
    assert not caplog.records
    assert not office.slack.find("manila", event_type="baton_task")


@pytest.mark.parametrize("action", ["task.block", "task.snooze", "task.ask", "task.decline"])
async def test_a_stale_button_of_a_done_task_opens_no_form(office: Office, action: str) -> None:
    card = await handed_over(office)
    listed = await office.ana.command("/tasks", channel="manila")
    assert listed.message is not None
    await office.ana.press(listed.message, "task.show")
    shown = office.ana.view
    await office.ana.command("/tasks", "done 1", channel="manila")
    await shows(office, card, "Done by")

    await office.ana.press(shown, action)

    assert office.ana.view is shown
    await dm_of(office, office.ana, words="Task 1 is done.")


@pytest.mark.parametrize("action", ["task.answer", "task.change"])
async def test_a_stale_button_of_a_delegator_opens_no_form(office: Office, action: str) -> None:
    await handed_over(office)
    await office.ana.command("/ack", "1 ask which format?", channel="manila")
    shown = await office.maya.command("/tasks", "1", channel="manila")
    assert shown.message is not None
    assert action in buttons(shown.blocks)
    await office.ana.command("/tasks", "done 1", channel="manila")

    await office.maya.press(shown.message, action)

    assert not office.maya.views
    assert office.maya.ephemerals[-1].text.startswith("Task 1 is done.")


@pytest.mark.parametrize("text", ["edit 1", "again 1"])
async def test_a_form_is_typed_for_only_while_it_can_be_sent(office: Office, text: str) -> None:
    await handed_over(office)
    await office.ana.command("/tasks", "done 1", channel="manila")

    await office.maya.command("/tasks", text, channel="manila")

    assert bool(office.maya.views) is (text == "again 1")


@pytest.mark.parametrize("action", ["task.done", "task.note"])
async def test_who_has_not_accepted_is_asked_to_where_the_card_serves_two(
    office: Office, action: str
) -> None:
    card = await handed_over(office, "@ana @ben Prepare June report due fri 17:00")
    await office.ana.press(card, "task.accept")
    await shows(office, card, "doing")
    assert buttons(card.blocks) == ["task.accept", "task.done", "task.note"]

    await office.ben.press(card, action)
    hint = office.ben.ephemerals[-1]

    assert hint.text.startswith("You have not accepted task 1, and somebody else has.")
    assert buttons(hint.blocks) == ["task.accept", "task.ask", "task.decline"]
    assert not office.ben.views
    assert "doing" in card.text
    await office.ben.press(hint, "task.accept")
    await office.slack.until(lambda: buttons(card.blocks) == ["task.done", "task.note"])
    await office.ben.press(card, "task.done")
    await shows(office, card, "Done by ben")


async def test_who_declined_is_asked_to_accept_as_well(office: Office) -> None:
    card = await handed_over(office, "@ana @ben Prepare June report due fri 17:00")
    await office.ana.press(card, "task.accept")
    await office.ben.command("/ack", "1 decline too busy", channel="manila")
    await office.slack.until(lambda: buttons(card.blocks) == ["task.done", "task.note"])

    await office.ben.press(card, "task.done")

    assert office.ben.ephemerals[-1].text.startswith("You have not accepted task 1")
    assert "doing" in card.text


@pytest.mark.parametrize("value", ["nothing 0", "mine -1", "mine", "mine 99999999"])
async def test_a_forged_page_of_a_list_is_out_of_date(office: Office, value: str) -> None:
    await press_forged(office.ana, "page.on", value, channel="lobby")

    assert "This button is out of date" in office.ana.ephemerals[-1].text
