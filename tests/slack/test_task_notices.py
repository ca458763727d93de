"""What is said in a direct message beside a task, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.slack.handing import buttons, dm_of, handed_over, words

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from bot.sandbox.records import Message
    from tests.office import Office

REPORT = "@ana Prepare June report due fri 17:00"


async def own_card(office: Office) -> Message:
    """Return Ana's copy of a card that is in no channel."""
    await office.maya.command("/delegate", REPORT, channel="lobby")
    return await dm_of(office, office.ana, words="June report", kind="baton_task")


def settled(message: Message) -> bool:
    return [block["type"] for block in message.blocks] == ["context"]


@pytest.mark.parametrize(
    ("name", "asks", "action", "values"),
    [
        ("question", "What do you want to ask?", "task.ask", {"question": "Which?"}),
        ("no_entry", "What is it waiting for?", "task.block", {"reason": "Numbers"}),
    ],
)
async def test_the_offer_to_write_ends_once_it_is_written(
    office: Office, name: str, asks: str, action: str, values: dict[str, str]
) -> None:
    card = await own_card(office)

    await office.ana.react(card, name)
    offer = await dm_of(office, office.ana, words=asks, kind="baton_note")
    assert buttons(offer.blocks) == [action]
    await office.ana.press(offer, action)
    await office.ana.submit(values=values)

    await office.slack.until(lambda: settled(offer))
    assert offer.text == "Task 1: Prepare June report: settled."


@pytest.mark.parametrize("how", ["taken back", "answered", "given away", "done"])
async def test_the_offer_to_write_ends_with_what_it_was_about(office: Office, how: str) -> None:
    card = await own_card(office)
    await office.ana.react(card, "question")
    offer = await dm_of(office, office.ana, words="What do you want to ask?")

    match how:
        case "taken back":
            await office.ana.unreact(card, "question")
        case "answered":
            await office.ana.command("/ack", "1", channel="manila")
        case "given away":
            await office.maya.command("/tasks", "give 1 @ben", channel="manila")
        case _:
            await office.ana.command("/tasks", "done 1", channel="manila")

    await office.slack.until(lambda: settled(offer))


async def test_an_offer_that_slack_did_not_take_comes_after_a_restart(office: Office) -> None:
    card = await own_card(office)
    with office.slack.faults.lasting("error", method="chat.postMessage", code="ratelimited"):
        await office.ana.react(card, "question")
        await office.slack.settled()
        await office.baton.stop()
    await office.start()

    await dm_of(office, office.ana, words="What do you want to ask?")


async def told_of(office: Office, person: Person) -> Message:
    return await dm_of(office, person, words="does not hear of task 1", kind="baton_note")


@pytest.mark.parametrize("where", ["manila", "lobby"])
async def test_who_gets_no_messages_is_told_to_the_delegator(office: Office, where: str) -> None:
    with office.slack.faults.lasting(
        "error", method="chat.postMessage", channel=office.ana.id, code="messages_tab_disabled"
    ):
        await office.maya.command("/delegate", REPORT, channel=where)
        told = await told_of(office, office.maya)
        await office.slack.settled()

    assert told.text.startswith("ana does not hear of task 1 ")
    assert "switched off" in told.text
    assert "Tell them yourself, or give the task to somebody else" in words(told.blocks)
    assert buttons(told.blocks)[:2] == ["task.change", "task.cancel"]
    tried = [c for c in office.slack.calls("chat.postMessage") if not c.ok]
    assert len(tried) == 1
    await office.maya.command("/tasks", "give 1 @ben", channel=where)
    await office.slack.until(lambda: settled(told))


async def test_a_delegator_who_gets_no_messages_is_told_to_whoever_asks(office: Office) -> None:
    await handed_over(office)
    await dm_of(office, office.ana, words="asks you")

    with office.slack.faults.lasting(
        "error", method="chat.postMessage", channel=office.maya.id, code="user_not_found"
    ):
        await office.ana.command("/ack", "1 ask which format?", channel="manila")
        told = await told_of(office, office.ana)
        await office.ana.command("/ack", "1 ask and how long?", channel="manila")
        await office.slack.settled()

    assert "Slack no longer knows them" in told.text
    assert "Tell maya yourself" in told.text
    said = office.slack.find(office.ana.dm, event_type="baton_note")
    assert len([message for message in said if "does not hear" in message.text]) == 1


async def test_a_refusal_that_nobody_knows_says_its_code(office: Office) -> None:
    with office.slack.faults.lasting(
        "error", method="chat.postMessage", channel=office.ana.id, code="restricted_action"
    ):
        await office.maya.command("/delegate", REPORT, channel="manila")
        told = await told_of(office, office.maya)

    assert "(restricted_action)" in told.text
