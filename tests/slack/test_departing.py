"""Somebody is deactivated or leaves a channel: what the others see, and the buttons they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.slack.handing import buttons, card_of, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from tests.office import Office

GONE = "ana has no account here any more"


def deactivated(office: Office, name: str) -> None:
    office.world.change_person(office.user(name), deleted=True)


async def test_all_that_somebody_had_is_given_to_one_person(office: Office) -> None:
    card = await handed_over(office)
    await office.maya.command("/delegate", "@ana Call <b>Joe</b> due fri", channel="lobby")
    await dm_of(office, office.ana, words="Call")

    deactivated(office, "ana")
    told = await dm_of(office, office.maya, words=GONE, kind="baton_note")

    assert told.text.startswith(f"{GONE}: 2 tasks that you gave them are open.")
    assert "Call &lt;b&gt;Joe&lt;/b&gt;" in words(told.blocks)
    assert buttons(told.blocks)[:3] == ["left.give", "left.cancel", "left.leave"]
    await office.maya.press(told, "left.give")
    assert "had task 2 and task 1" in words(office.maya.view.blocks)
    await office.maya.submit(values={"person": office.ana.id})
    assert "no longer has an active account" in office.maya.view.errors["person"]
    await office.maya.submit(values={"person": office.ben.id})
    assert "2 tasks are with ben now" in words(office.maya.view.blocks)

    await shows(office, told, "settled")
    assert [block["type"] for block in told.blocks] == ["context"]
    await shows(office, card, "→ ben")
    await dm_of(office, office.ben, words="Call")
    office.world.change_person(office.user("ana"), deleted=False)
    await shows(office, told, "has an account here again")
    said = office.slack.find(office.maya.dm, event_type="baton_note")
    assert len([message for message in said if "ana has" in message.text]) == 1


async def test_all_is_cancelled_or_left_as_it_is(office: Office) -> None:
    card = await handed_over(office)
    await office.ben.command("/delegate", "@ana Water the plants due fri", channel="manila")
    await card_of(office, count=2)

    deactivated(office, "ana")
    mayas = await dm_of(office, office.maya, words=GONE)
    bens = await dm_of(office, office.ben, words=GONE)
    assert "June report" not in bens.text
    await office.maya.press(mayas, "left.cancel")
    await office.ben.press(bens, "left.leave")

    await shows(office, card, "Cancelled by maya")
    await shows(office, mayas, "settled")
    await shows(office, bens, "settled")
    listed = await office.ben.command("/tasks", "sent")
    assert "Water the plants" in words(listed.message.blocks if listed.message else [])


async def test_who_works_for_somebody_gone_hears_that_nobody_answers(office: Office) -> None:
    await handed_over(office)
    await dm_of(office, office.ana, words="asks you")

    deactivated(office, "maya")

    told = await dm_of(office, office.ana, words="maya has no account here any more")
    assert "Nobody hears your questions about what maya gave you." in told.text
    assert "or decline it" in told.text
    assert "left.give" not in buttons(told.blocks)


async def test_what_was_settled_meanwhile_is_refused_by_a_sentence(office: Office) -> None:
    await handed_over(office)
    deactivated(office, "ana")
    told = await dm_of(office, office.maya, words=GONE)
    await office.maya.press(told, "left.give")
    office.world.change_person(office.user("ana"), deleted=False)
    await office.slack.until(lambda: "again" in told.text)

    answer = await office.maya.submit(values={"person": office.ben.id})

    assert "ana is here again, so nothing was changed" in str(answer.errors)


async def test_slacks_refusal_says_as_much_as_its_event(office: Office) -> None:
    with office.slack.faults.lasting(
        "error", method="chat.postMessage", channel=office.ana.id, code="user_disabled"
    ):
        await office.maya.command("/delegate", "@ana Call Joe due fri", channel="lobby")
        told = await dm_of(office, office.maya, words=GONE)

    assert "left.give" in buttons(told.blocks)


async def test_who_leaves_a_channel_finds_their_card_in_their_messages(office: Office) -> None:
    await handed_over(office)
    await dm_of(office, office.ana, words="asks you")

    await office.ana.leave("manila")
    copy = await dm_of(office, office.ana, words="June report", kind="baton_task")
    await office.ana.press(copy, "task.accept")
    await shows(office, copy, "doing")
    await office.ana.react(copy, "white_check_mark")

    await shows(office, copy, "Done by ana")
    # The channel is known to be without them at once.
    await office.maya.command("/delegate", "@ana Call Joe due fri", channel="manila")
    await dm_of(office, office.ana, words="Call Joe", kind="baton_task")


async def test_a_card_of_a_shared_channel_follows_its_new_id(office: Office) -> None:
    card = await handed_over(office)

    office.world.change_channel_id("manila")
    await office.slack.settled()
    await office.ben.press(card, "task.accept")

    assert "Only ana can accept task 1" in office.ben.ephemerals[-1].text
