"""Who takes a step gets to know when the others hear of it, and can let them hear at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.slack.handing import buttons, dm_of, handed_over
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
