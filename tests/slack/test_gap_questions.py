"""What a brief does not say is asked by one tap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack.gap_questions import ASK_GAP
from tests.slack.handing import buttons, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from tests.office import Office

LARGE = "@ana Move the archive due 4 mar 10:00 takes 2 days"


async def test_one_tap_asks_and_the_next_one_adds_to_it(office: Office) -> None:
    card = await handed_over(office, LARGE)
    assert "Not said yet: how we will know it is good" in card.text

    await office.ana.press(card, "task.ask")
    await office.ana.press(office.ana.view, f"{ASK_GAP}.measure")

    told = await dm_of(office, office.maya, words="How will we know that it is good?")
    assert "task.answer" in buttons(told.blocks)
    said = words(office.ana.view.blocks)
    assert "You asked:" in said
    assert f"{ASK_GAP}.measure" not in buttons(office.ana.view.blocks)
    await shows(office, card, "question")

    await office.ana.press(office.ana.view, f"{ASK_GAP}.risks")

    await dm_of(office, office.maya, words="What may go wrong, and what should I do then?")


async def test_own_words_are_asked_as_before(office: Office) -> None:
    await handed_over(office, LARGE)

    await office.ana.command("/ack", "1 ask")
    assert f"{ASK_GAP}.measure" in buttons(office.ana.view.blocks)
    await office.ana.submit(values={"question": "Which format?"})

    await dm_of(office, office.maya, words="Which format?")


async def test_a_small_task_offers_nothing_to_ask(office: Office) -> None:
    card = await handed_over(office)

    await office.ana.press(card, "task.ask")

    assert buttons(office.ana.view.blocks) == []


async def test_a_gap_that_nobody_knows_is_refused(office: Office) -> None:
    card = await handed_over(office, LARGE)
    await office.ana.press(card, "task.ask")
    row = next(block for block in office.ana.view.blocks if block["type"] == "actions")
    row["elements"][0]["action_id"] = f"{ASK_GAP}.mood"

    await office.ana.press(office.ana.view, f"{ASK_GAP}.mood")

    await dm_of(office, office.ana, words="out of date")
