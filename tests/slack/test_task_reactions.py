"""Reactions on cards, and replies in their threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.slack.handing import buttons, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from tests.office import Office


async def test_accept_and_finish_by_reaction_and_back(office: Office) -> None:
    card = await handed_over(office)

    await office.ana.react(card, "raised_hand::skin-tone-3")
    await shows(office, card, "doing")
    await office.ana.react(card, "white_check_mark")
    await shows(office, card, "Done by")
    await office.ana.unreact(card, "white_check_mark")

    await shows(office, card, "doing")


@pytest.mark.parametrize(
    ("name", "status", "action", "block", "heard"),
    [
        ("question", "question", "task.ask", "question", "asks about"),
        ("no_entry", "blocked", "task.block", "reason", "is blocked on"),
    ],
)
async def test_a_reaction_that_needs_words_offers_to_write_them(  # noqa: PLR0917  # a table
    office: Office, name: str, status: str, action: str, block: str, heard: str
) -> None:
    card = await handed_over(office)

    await office.ana.react(card, name)
    await shows(office, card, status)
    await office.slack.until(lambda: office.ana.ephemerals)
    offer = office.ana.ephemerals[-1]
    assert buttons(offer.blocks) == [action]
    await office.ana.press(offer, action)
    await office.ana.submit(values={block: "Sam's numbers"})

    def written() -> bool:
        sent = office.slack.find(office.maya.dm)
        return any("Sam's numbers" in words(message.blocks) for message in sent)

    await office.slack.until(written)
    await dm_of(office, office.maya, words=heard)


async def test_a_bystander_gets_one_private_hint(office: Office) -> None:
    card = await handed_over(office)

    await office.ben.react(card, "white_check_mark")
    await office.ben.react(card, "raised_hand")
    await office.slack.settled()

    (hint,) = office.ben.ephemerals
    assert hint.text.startswith("Your reaction changes nothing: task 1 was given to somebody else")
    assert "waiting for a yes" in card.text


async def test_other_reactions_and_messages_mean_nothing(office: Office) -> None:
    card = await handed_over(office)
    said = await office.ben.say("manila", "Lunch?")

    await office.ana.react(card, "eyes")
    await office.ana.react(said, "white_check_mark")
    await office.slack.settled()

    assert "waiting for a yes" in card.text
    assert not office.ana.ephemerals


async def test_a_hint_that_cannot_be_said_does_not_bring_the_event_back(office: Office) -> None:
    card = await handed_over(office)
    office.slack.faults.add("error", method="chat.postEphemeral")

    await office.ana.react(card, "question")
    await shows(office, card, "question")
    await office.slack.settled()

    deliveries = [sent for sent in office.slack.deliveries if sent.name == "reaction_added"]
    assert [len(sent.attempts) for sent in deliveries] == [1]


async def test_lines_in_the_thread_are_notes_and_done_is_the_step(office: Office) -> None:
    card = await handed_over(office)

    await office.ana.say("manila", "Half way, ask <@sam> & co", thread=card)
    await shows(office, card, "Half way")
    await office.ben.say("manila", "Nice", thread=card)
    await office.ana.say("manila", "done", thread=card)

    await shows(office, card, "Done by")
    assert "Nice" not in card.text
