"""Everybody who may be there: guests, people of another company, apps, and who may not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox.errors import Refused
from tests.slack.handing import buttons, card_of, dm_of, shows, words

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from bot.sandbox.records import Message
    from tests.office import Office


async def answered(office: Office, person: Person, text: str) -> Message:
    """Return what Baton answers to what somebody writes to it."""
    before = len(office.slack.find(person.dm, event_type="baton_note"))
    await person.say(person.dm, text)
    await office.slack.until(
        lambda: len(office.slack.find(person.dm, event_type="baton_note")) > before
    )
    return office.slack.find(person.dm, event_type="baton_note")[-1]


async def test_a_guest_without_commands_does_everything(office: Office) -> None:
    member = office.world.add_person("gus", tz="Asia/Manila", single_channel_guest=True)
    gus = office.slack.person(member.id)
    office.world.channel("manila").members[member.id] = None
    for refused in (gus.command("/tasks"), gus.global_shortcut("delegate_new")):
        with pytest.raises(Refused, match="guests of a single channel"):
            await refused

    await _is_asked(office, gus)
    await _works(office, gus)
    await _hands_over(office, gus)
    await _has_a_home(office, gus)


async def _is_asked(office: Office, gus: Person) -> None:
    """Ask, hear the answer, and accept or decline, in direct messages."""
    maya = office.maya
    await maya.command("/delegate", "@gus Prepare June report due fri 17:00", channel="manila")
    card = await card_of(office)
    asked = await dm_of(office, gus, words="asks you")
    await gus.press(asked, "task.ask")
    await gus.submit(values={"question": "Which format?"})
    question = await dm_of(office, maya, words="asks about task 1")
    await maya.press(question, "task.answer")
    await maya.submit(values={"answer": "PDF"})
    answer = await dm_of(office, gus, words="answers on task 1")
    assert "PDF" in answer.text
    await gus.press(answer, "task.accept")
    await shows(office, card, "doing")

    await maya.command("/delegate", "@gus Water the plants due fri 17:00", channel="manila")
    second = await card_of(office, count=2)
    asked = await dm_of(office, gus, words="Water the plants")
    await gus.press(asked, "task.decline")
    await gus.submit(values={"reason": "No time"})
    await shows(office, second, "Declined")


async def _works(office: Office, gus: Person) -> None:
    """List, open one, note, be blocked, finish and reopen."""
    card = office.slack.find("manila", event_type="baton_task")[0]
    listed = await answered(office, gus, "tasks")
    await gus.press(listed, "task.show", "1")
    await gus.press(gus.view, "task.note")
    await gus.submit(values={"note": "Half of it is there"})
    await shows(office, card, "Half of it is there")
    await gus.press(gus.view, "task.block")
    await gus.submit(values={"reason": "Numbers"})
    await shows(office, card, "blocked")
    await gus.press(card, "task.done")
    await shows(office, card, "Done by gus")
    await gus.press(card, "task.reopen")
    await shows(office, card, "doing")
    await answered(office, gus, "done 1 it is in the folder")
    await shows(office, card, "it is in the folder")


async def _hands_over(office: Office, gus: Person) -> None:
    """Delegate in a line and by the form, change it and take it back."""
    maya = office.maya
    receipt = await answered(office, gus, "delegate @maya Send the logo due fri 17:00")
    assert "Task 3 is with maya" in receipt.text
    mayas = await dm_of(office, maya, words="Send the logo")
    await maya.press(mayas, "task.accept")
    offered = await answered(office, gus, "delegate")
    await gus.press(offered, "command.run")
    await gus.submit(values={"people": [maya.id], "outcome": "Check the logo", "due": "fri 17:00"})
    fourth = await dm_of(office, maya, words="Check the logo")
    await answered(office, gus, "due 4 mon 17:00")
    await shows(office, fourth, "Mon")
    await answered(office, gus, "give 4 @ana")
    await dm_of(office, office.ana, words="Check the logo")
    await answered(office, gus, "cancel 4")
    again = await answered(office, gus, "again 4")
    await gus.press(again, "command.run")
    assert gus.view.callback_id == "task.delegate"
    await gus.close()


async def _has_a_home(office: Office, gus: Person) -> None:
    await gus.open_home()
    await office.slack.until(lambda: gus.home is not None)
    home = gus.home
    assert home is not None
    assert "delegate.new" in buttons(home.blocks)
    await gus.press(home, "me.hours")
    await gus.submit(values={"start": "08:00", "end": "17:00"})
    await office.slack.until(lambda: "08:00-17:00" in words(gus.home.blocks if gus.home else []))
    away = await answered(office, gus, "away fri")
    assert "You are away on Fri" in away.text
    assert "no longer away" in (await answered(office, gus, "back")).text


async def test_people_of_a_connected_company_click_react_and_are_told_what_is_not_theirs(
    office: Office,
) -> None:
    sam = office.slack.person(office.world.add_person("sam", tz=None, stranger=True).id)
    room = office.world.add_channel(
        "shared", members=[office.maya.id, office.ana.id, sam.id], ext_shared=True
    )
    await office.maya.command("/delegate", "@ana Prepare June report due fri", channel=room)
    card = await card_of(office, room.id)

    for action in ("task.accept", "task.ask", "task.decline"):
        await sam.press(card, action)
        assert "Only ana can" in sam.ephemerals[-1].text
        assert "write to maya" in sam.ephemerals[-1].text
    before = len(sam.ephemerals)
    await sam.react(card, "white_check_mark")
    await sam.react(card, "eyes")
    await office.slack.until(lambda: len(sam.ephemerals) > before)
    assert "Your reaction changes nothing" in sam.ephemerals[-1].text
    await sam.say(room, "done", thread=card)
    await office.ana.press(card, "task.accept")
    await shows(office, card, "doing")
    await sam.press(card, "task.done")
    assert "Only ana can finish task 1" in sam.ephemerals[-1].text
    await sam.press(card, "task.note")
    assert "Only maya or ana can add a note to task 1" in sam.ephemerals[-1].text
    assert not sam.views

    assert "something went wrong" not in str(sam.ephemerals).casefold()


async def test_apps_and_baton_itself_are_given_no_task(office: Office) -> None:
    office.world.add_person("robo", is_bot=True)
    baton = office.world.members[office.world.bot_user].name

    for name in ("robo", baton):
        await office.maya.command("/delegate", f"@{name} Send it due fri", channel="manila")
        said = words(office.maya.view.blocks)
        assert "is an app and cannot accept a task. Give the task to somebody else." in said
        await office.maya.close()

    assert not office.slack.find("manila", event_type="baton_task")


async def test_the_receipt_says_whom_slack_brings_nothing(office: Office) -> None:
    line = "delegate @ana Send it due fri"
    with office.slack.faults.lasting(
        "error", method="chat.postMessage", channel=office.ana.id, code="messages_tab_disabled"
    ):
        first = await answered(office, office.maya, line)
        assert "ana hears of it now" in first.text
        await dm_of(office, office.maya, words="ana does not hear of task 1")

        second = await answered(office, office.maya, line)

    assert "ana may not hear of it from Baton, so tell them yourself: messages" in second.text
    assert "ana hears" not in second.text


TITLE = "Prepare the layoffs"


def shown_to(office: Office, person: Person) -> str:
    """Return all that somebody sees anywhere, except in channels that they are not in."""
    messages = [
        message
        for room in office.world.channels.values()
        if person.sees(room)
        for message in room.messages.values()
    ]
    home = [person.home.body] if person.home else []
    views = [view.body for view in person.views]
    said = [f"{message.text}{message.blocks}{message.metadata}" for message in messages]
    whispered = [f"{shown.text}{shown.blocks}" for shown in person.ephemerals]
    return f"{said}{whispered}{home}{views}"


async def test_the_title_of_a_task_in_a_private_channel_appears_nowhere_else(
    office: Office,
) -> None:
    maya, ana, ben = office.maya, office.ana, office.ben
    secret = office.world.add_channel("plans", private=True, members=[maya.id, ana.id])
    text = "team create Manila tz Asia/Manila at 09:00 on mon-fri"
    await maya.command("/baton", text, channel="manila")
    await ben.open_home()

    await maya.command("/delegate", f"@ana {TITLE} due fri", channel=secret)
    card = await card_of(office, secret.id)
    await maya.command("/tasks", f"divide 1 @ana {TITLE}, part one due wed", channel=secret)
    await card_of(office, secret.id, count=2)
    # A part for somebody outside says nothing of the whole.
    await maya.command("/tasks", "divide 1 @ben Count chairs due wed", channel=secret)
    part = await dm_of(office, ben, words="Count chairs")
    await ben.press(part, "task.accept")
    await ana.press(card, "task.accept")
    await ana.command("/tasks", f"note 1 {TITLE}: half", channel=secret)
    await maya.command("/baton", "huddle now", channel="manila")
    await office.slack.until(lambda: office.slack.find("manila", event_type="baton_huddle"))
    for asked in ("1", "team", "done 1", "note 1 hello", "give 1 @ben", "2", "waiting", "overdue"):
        await ben.command("/tasks", asked, channel="manila")
    for asked in ("1", "1 decline no", "1 ask which?", ""):
        await ben.command("/ack", asked, channel="manila")
    for asked in ("1", "done 1", "again 1", "tasks team", "divide 1"):
        await answered(office, ben, asked)
    await ben.open_home()
    await office.slack.settled()

    assert TITLE in shown_to(office, ana)
    assert "Count chairs" in shown_to(office, ben)
    assert TITLE not in shown_to(office, ben)
    assert TITLE not in str([m.metadata for m in secret.messages.values()])


async def test_who_finished_what_is_somebody_elses_now_sees_it_no_more(office: Office) -> None:
    await office.maya.command("/delegate", "@ana Send the logo due fri", channel="lobby")
    await office.ana.command("/tasks", "done 1", channel="manila")
    await office.maya.command("/tasks", "reopen 1", channel="manila")
    await office.maya.command("/tasks", "give 1 @ben", channel="manila")
    await office.ben.command("/tasks", "done 1", channel="manila")

    listed = await office.ana.command("/tasks", "done", channel="manila")

    assert "Send the logo" not in f"{listed.text}{listed.blocks}"
