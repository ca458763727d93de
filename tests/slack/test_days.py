"""*Your day* as people find it in their direct messages, and what its buttons do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import pytest

from bot.domain.brief import Draft, begin
from bot.domain.calendar import WORKING_WEEK
from bot.domain.person import UserId, WorkspaceId
from bot.domain.task import Assignee, Due, Reply, Status, Via
from bot.usecases import people, telling
from tests.slack.handing import words
from tests.slack.huddle_room import CREATE, Room, buttons, entered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.people import Person
    from bot.sandbox.records import Message
    from bot.store.transaction import Tx


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Room]:
    async with entered(sqlite_url) as room:
        yield room


async def keeps_hours(room: Room, person: Person) -> None:
    """Let somebody say that they work from nine to six."""
    workspace = WorkspaceId(room.world.id)
    await person.command("/baton", "me", channel="manila")
    await room.store.run(
        workspace,
        lambda tx: people.set_hours(
            tx,
            by=UserId(person.id),
            start=time(9),
            end=time(18),
            days=WORKING_WEEK,
            now=room.clock(),
        ),
    )


async def delegates(by: Person, text: str) -> None:
    answer = await by.command("/delegate", text, channel="manila")
    assert answer.ok, answer.error


async def day_of(room: Room, person: Person, *, count: int = 1) -> Message:
    """Return the newest message of lines, once there are as many."""

    def days() -> list[Message]:
        return [said for said in room.dms(person) if said.text.startswith("Your day")]

    await room.until(lambda: len(days()) >= count)
    return days()[-1]


def beside(message: Message) -> list[str]:
    """Return the words on the buttons beside the lines."""
    return [block["accessory"]["text"]["text"] for block in message.blocks if "accessory" in block]


async def test_a_day_lists_what_waits_and_what_is_due_with_a_button_each(room: Room) -> None:
    await delegates(room.joy, "@ana Prepare the report due wed 12:00")
    await delegates(room.joy, "@ana Send the invoice due tue 15:00")
    await room.ana.command("/ack", "2", channel="manila")

    await room.at(9, day=24)
    day = await day_of(room, room.ana)

    assert day.text.splitlines()[0].startswith(
        "Your day: Waits for your yes: Prepare the report, due Wed 25 Nov, 12:00 Manila"
    )
    assert len(day.text.splitlines()[0]) <= 100
    assert day.event_type == "baton_note"
    assert beside(day) == ["Accept", "Done"]
    assert buttons(day) == ["My list", "Not today", "Set my hours"]
    assert "@" not in day.text


async def test_a_day_follows_what_is_done_and_ends_as_a_grey_line(room: Room) -> None:
    await delegates(room.joy, "@ana Prepare the report due wed 12:00")
    await delegates(room.joy, "@ana Send the invoice due tue 15:00")
    await room.at(9, day=24)
    day = await day_of(room, room.ana)

    await room.ana.press(day, "task.accept", value="2")
    await room.until(lambda: "Send the invoice" not in day.text)
    await room.ana.press(day, "task.accept", value="1")

    await room.shows(day, "everything is settled")
    assert not buttons(day)
    assert [block["type"] for block in day.blocks] == ["context"]


async def test_who_has_nothing_hears_nothing(room: Room) -> None:
    await delegates(room.joy, "@ana Prepare the report due fri 12:00")
    await room.ana.command("/ack", "1", channel="manila")

    await room.at(9, day=24)
    await day_of(room, room.joy)

    assert [said for said in room.dms(room.ana) if said.text.startswith("Your day")] == []
    assert [said for said in room.dms(room.ben) if said.text.startswith("Your day")] == []


async def test_what_waited_for_the_day_is_one_message(room: Room) -> None:
    await keeps_hours(room, room.ana)
    await delegates(room.joy, "@ana Prepare the report due wed 12:00")
    await delegates(room.joy, "@ana Send the invoice due tue 15:00")
    before = len(room.dms(room.ana))

    await room.at(9)
    day = await day_of(room, room.ana)

    assert len(room.dms(room.ana)) == before + 1
    assert beside(day) == ["Accept", "Accept"]
    assert "joy asks you: Send the invoice" in day.text
    await room.ana.press(day, "task.accept", value="1")
    await room.until(lambda: beside(day) == ["Accept"])


async def test_messages_within_ten_minutes_are_one(room: Room) -> None:
    await keeps_hours(room, room.ana)
    await room.at(10)
    await delegates(room.joy, "@ana Prepare the report due wed 12:00")
    await room.until(lambda: [said for said in room.dms(room.ana) if "asks you" in said.text])
    said = await room.joy.command(
        "/delegate", "@ana Send the invoice due tue 15:00", channel="manila"
    )
    assert "ana hears of it with what else comes until then: Mon 23 Nov, 10:10 Manila." in said.text
    await delegates(room.joy, "@ana Book the room due tue 16:00")
    before = len(room.dms(room.ana))

    await room.at(10, 10)
    await room.until(lambda: len(room.dms(room.ana)) > before)

    gathered = room.dms(room.ana)[-1]
    assert len(room.dms(room.ana)) == before + 1
    assert gathered.text.startswith("News for you: joy asks you: Send the invoice")
    assert beside(gathered) == ["Accept", "Accept"]


async def test_not_today_puts_the_day_away(room: Room) -> None:
    await delegates(room.joy, "@ana Prepare the report due wed 12:00")
    await room.at(9, day=24)
    day = await day_of(room, room.ana)

    await room.ana.press(day, "day.away")

    await room.shows(day, "what is still open is among your tasks")
    assert not buttons(day)


async def test_an_unanswered_huddle_is_asked_about_once_and_in_private(room: Room) -> None:
    await room.say(CREATE)
    await room.at(9)
    await room.until(room.roots)
    await room.at(10, 1)
    day = await day_of(room, room.ana)
    assert (
        "Not answered yet: the written huddle of Manila, open until Mon 23 Nov, 13:00" in day.text
    )
    assert buttons(day)[:3] == ["Answer", "Not today", "Never remind me"]

    await room.ana.press(day, "huddle.skip")

    await room.shows(day, "everything is settled")
    await room.at(10, 30)
    assert len([said for said in room.dms(room.ana) if "Not answered" in said.text]) == 0


async def test_whoever_does_not_want_to_be_reminded_can_take_it_back(room: Room) -> None:
    await room.say(CREATE)
    await room.at(9)
    await room.until(room.roots)
    await room.at(10, 1)
    day = await day_of(room, room.ana)

    await room.ana.press(day, "day.never")
    told = await room.whispered(room.ana, "no longer says")
    await room.shows(day, "everything is settled")
    me = await room.ana.command("/baton", "me", channel="manila")
    assert "Remind me of huddles" in buttons(me)
    await room.ana.press(told, "day.remind")

    await room.whispered(room.ana, "says again when")
    me = await room.ana.command("/baton", "me", channel="manila")
    assert "Remind me of huddles" not in buttons(me)


async def test_a_delegator_is_offered_what_to_do_about_silence(room: Room) -> None:
    await delegates(room.joy, "@ana Prepare the report due fri 12:00")
    await room.at(9, day=24)
    assert not [said for said in room.dms(room.joy) if said.text.startswith("Your day")]
    await room.at(9, day=25)
    day = await day_of(room, room.joy)
    assert "No yes or no yet: Prepare the report" in day.text
    assert buttons(day)[:3] == ["Give to somebody else", "Wait", "Talk"]

    await room.joy.press(day, "day.talk")
    shown = room.joy.view
    assert shown is not None
    assert f"<@{room.ana.id}>" in words(shown.blocks)
    await room.joy.press(day, "day.wait")

    await room.shows(day, "everything is settled")


async def given_quietly(room: Room, by: Person, to: Person, *, count: int) -> None:
    """Let somebody have accepted tasks whose cards are nowhere, which takes Slack no time."""
    at = datetime(2026, 11, 25, 4, tzinfo=UTC)
    due = Due(at=at, local=at.replace(hour=12, tzinfo=None), zone="Asia/Manila")
    giver, taker = UserId(by.id), UserId(to.id)

    def add(tx: Tx) -> None:
        for page in range(count):
            draft = Draft(title=f"Page {page}", more="", assignees=(taker,), due=due, channel=None)
            task, event = begin(draft, by=giver, via=Via.COMMAND, now=room.clock())
            accepted = replace(
                task, status=Status.DOING, assignees=(Assignee(taker, Reply.ACCEPTED),)
            )
            tx.tasks.add(accepted, key=f"{giver}/{page}", event=event)
        telling.expect(tx, (taker,), now=room.clock())

    await room.store.run(WorkspaceId(room.world.id), add)


async def test_too_much_on_one_day_is_asked_to_be_moved_once(room: Room) -> None:
    for person in (room.joy, room.ana):
        await person.command("/baton", "me", channel="manila")
    await given_quietly(room, room.joy, room.ana, count=6)
    await room.at(9, day=24)
    day = await day_of(room, room.ana)
    assert "and 1 more" in day.text
    assert buttons(day)[:3] == ["My list", "Not today", "Ask to move…"]

    for _ in range(2):
        await room.ana.press(day, "day.move")
        await room.ana.submit(values={"tasks": ["1", "2"]})
    shown = room.ana.view
    assert shown is not None
    assert "asked about that day before" in words(shown.blocks)

    def asked() -> list[Message]:
        return [said for said in room.dms(room.joy) if "has much to do on Wed 25 Nov" in said.text]

    await room.until(asked)
    (request,) = asked()
    assert beside(request) == ["Change", "Change"]
    for number in (1, 2):
        await room.joy.command("/tasks", f"due {number} fri", channel="manila")
    await room.shows(request, "settled")


async def test_the_day_can_be_looked_at_at_any_time(room: Room) -> None:
    empty = await room.ana.command("/baton", "day", channel="manila")
    await delegates(room.joy, "@ana Prepare the report due tue 12:00")
    said = await room.ana.command("/baton", "day", channel="manila")

    assert "Your day holds nothing" in empty.text
    assert "Waits for your yes: Prepare the report" in said.text
    assert "My list" in buttons(said)


@pytest.mark.parametrize(
    ("action", "value", "says"),
    [
        ("day.away", "nonsense", "out of date"),
        ("day.away", "{theirs}", "somebody else's day"),
        ("day.wait", "1 nonsense", "out of date"),
        ("day.wait", "1 {theirs}", "somebody else's day"),
        ("day.move", "", "Nothing of this is left"),
    ],
)
async def test_a_button_that_is_no_day_of_ones_own_changes_nothing(
    room: Room, action: str, value: str, says: str
) -> None:
    await delegates(room.joy, "@ana Prepare the report due wed 12:00")
    await room.at(9, day=24)
    day = await day_of(room, room.ana)
    menu = await room.joy.command("/baton", "", channel="manila")
    assert menu.message is not None
    forged = value.format(theirs=f"{room.ana.id}/2026-11-24/0") or "x"
    menu.message.blocks[1]["elements"][0] |= {"action_id": action, "value": forged}

    await room.joy.press(menu.message, action)

    await room.whispered(room.joy, says)
    assert "Waits for your yes" in day.text
