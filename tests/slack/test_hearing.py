"""Who takes a step gets to know when the others hear of it, and can let them hear at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.slack.handing import buttons, dm_of, handed_over, shows, words
from tests.slack.test_delegating import keep_no_hours
from tests.slack.test_task_buttons import press_forged

if TYPE_CHECKING:
    from tests.office import Office


@pytest.mark.parametrize(
    ("by", "typed", "hears", "words"),
    [
        ("maya", "/tasks give 1 @ben", "ben", "Prepare June report"),
        ("maya", "/tasks due 1 mon 10:00", "ana", "moved"),
        ("maya", "/tasks cancel 1", "ana", "cancelled"),
        ("ana", "/ack 1 ask which format?", "maya", "asks about"),
        ("ana", "/ack 1 decline too busy", "maya", "declines"),
    ],
)
async def test_a_step_says_when_the_other_hears_of_it_and_can_be_sent_now(
    office: Office, by: str, typed: str, hears: str, words: str
) -> None:
    await handed_over(office)
    if by == "maya":
        await dm_of(office, office.ana, words="asks you")
    await keep_no_hours(office, office.person(hears))

    command, _, text = typed.partition(" ")
    answer = await office.person(by).command(command, text, channel="manila")
    assert f"\n{hears} hears of it " in answer.text
    assert buttons(answer.blocks)[0] == "task.send_now"
    assert answer.message is not None
    await office.person(by).press(answer.message, "task.send_now")

    await dm_of(office, office.person(hears), words=words)
    assert office.person(by).ephemerals[-1].text == f"Task 1: {hears} hears of it now."


async def test_a_step_that_is_heard_of_now_says_nothing_of_it(office: Office) -> None:
    await handed_over(office)

    answer = await office.ana.command("/ack", "1 ask which format?", channel="manila")

    assert "hears of it" not in answer.text
    assert "task.send_now" not in buttons(answer.blocks)


async def test_nobody_sends_a_step_of_somebody_else(office: Office) -> None:
    await handed_over(office)
    await keep_no_hours(office, office.maya)
    await office.ana.command("/ack", "1 ask which format?", channel="manila")

    await press_forged(office.maya, "send_now", "1 2", channel="lobby")

    assert office.maya.ephemerals[-1].text.startswith("Only whoever took this step can send it.")
    assert not [said for said in office.slack.find(office.maya.dm) if "asks about" in said.text]


@pytest.mark.parametrize(
    ("action", "values", "words_told"),
    [
        ("task.ask", {"question": "Which format?"}, "asks about"),
        ("task.decline", {"reason": "Too busy"}, "declines"),
    ],
)
async def test_a_step_by_modal_says_when_the_other_hears_of_it_and_can_be_sent_now(
    office: Office, action: str, values: dict[str, str], words_told: str
) -> None:
    card = await handed_over(office)
    await keep_no_hours(office, office.maya)

    await office.ana.press(card, action)
    await office.ana.submit(values=values)
    receipt = office.ana.view
    assert "maya hears of it " in words(receipt.blocks)
    await office.ana.press(receipt, "task.send_now")

    await dm_of(office, office.maya, words=words_told)
    assert "maya hears of it now" in words(office.ana.view.blocks)


async def test_a_modal_whose_words_are_heard_now_just_closes(office: Office) -> None:
    card = await handed_over(office)

    await office.ana.press(card, "task.ask")
    answer = await office.ana.submit(values={"question": "Which format?"})

    assert answer.view is None


async def test_a_step_by_button_on_the_card_says_it_in_private(office: Office) -> None:
    card = await handed_over(office)
    await office.ana.command("/tasks", "done 1", channel="manila")
    await shows(office, card, "Done by")
    await keep_no_hours(office, office.maya)

    await office.ana.press(card, "task.reopen")
    told = office.ana.ephemerals[-1]
    assert told.text.startswith("Task 1: maya hears of it ")
    await office.ana.press(told, "task.send_now")

    await dm_of(office, office.maya, words="reopened")


async def test_a_step_by_button_in_a_private_answer_says_it_there(office: Office) -> None:
    await handed_over(office)
    await dm_of(office, office.ana, words="asks you")
    await keep_no_hours(office, office.ana)
    shown = await office.maya.command("/tasks", "1", channel="manila")
    assert shown.message is not None

    await office.maya.press(shown.message, "task.cancel")

    assert "ana hears of it " in office.maya.ephemerals[-1].text
    assert "task.send_now" in buttons(office.maya.ephemerals[-1].blocks)
