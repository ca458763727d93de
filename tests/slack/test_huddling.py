from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.faults import FaultKind
from tests.slack.huddle_room import CREATE, Room, buttons, entered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Room]:
    async with entered(sqlite_url) as made:
        yield made


async def answered(room: Room, name: str, today: str, needs: str = "") -> None:
    person = room.person(name)
    await person.press(room.roots()[-1], "huddle.answer")
    answer = await person.submit(values={"q1": today, "q2": needs} if needs else {"q1": today})
    assert answer.ok, answer.error
    assert not answer.errors


async def test_the_root_says_who_what_and_when(room: Room) -> None:
    root = await room.opened()

    assert root.text.startswith(
        "Manila written huddle, Mon 23 Nov: what will you finish today? Open until 13:00 Manila."
    )
    assert "What do you need, and from whom?" in root.text
    assert "late" not in root.text
    assert buttons(root) == ["Answer", "Skip today"]
    assert root.event_payload["team"] == 1
    assert root.event_payload["date"] == "2026-11-23"


async def test_a_late_root_says_that_it_is_late(room: Room) -> None:
    await room.say(CREATE)
    await room.at(9, 45)

    root = await room.root()

    assert "This huddle is late: its time was 09:00 Manila." in root.text
    assert "Open until 13:45 Manila" in root.text


async def test_an_answer_stands_in_the_thread_and_is_edited_in_place(room: Room) -> None:
    root = await room.opened()

    await answered(room, "ana", "The June report", "Ben's numbers")
    (said,) = await room.until(room.thread)
    assert said.text == "ana: The June report\nneeds: Ben's numbers"
    assert said.event_type == "baton_note"
    assert said.event_payload["kind"] == "answer"
    await answered(room, "ana", "The slides", "<!channel> & Ben")

    await room.shows(said, "The slides")
    assert len(room.thread()) == 1
    assert "needs: &lt;!channel&gt; &amp; Ben" in said.text
    await room.shows(root, "1 answer so far")


async def test_the_form_is_filled_in_with_what_was_said(room: Room) -> None:
    await room.opened()
    await answered(room, "ana", "The June report")

    await room.ana.press(room.roots()[-1], "huddle.answer")

    inputs = [block for block in room.ana.view.blocks if block["type"] == "input"]
    assert [block["block_id"] for block in inputs] == ["q1", "q2"]
    assert inputs[0]["element"]["initial_value"] == "The June report"
    assert room.ana.view.callback_id == "huddle.answer"


async def test_a_reply_is_marked_and_its_words_fill_in_the_form(room: Room) -> None:
    root = await room.opened()

    said = await room.ana.say(room.manila, "With @ben: the report & more", thread=root)

    await room.until(lambda: room.world.bot_user in said.reactions.get("memo", []))
    await room.shows(root, "1 answer so far")
    assert room.thread() == [said]
    await room.ana.press(root, "huddle.answer")
    first = next(block for block in room.ana.view.blocks if block["type"] == "input")
    assert first["element"]["initial_value"] == "With @ben: the report & more"
    assert "takes the place of your reply" in first["hint"]["text"]


async def test_only_the_first_plain_reply_counts(room: Room) -> None:
    root = await room.opened()

    asked = await room.ana.say(room.manila, "@ben are you in?", thread=root)
    first = await room.ana.say(room.manila, "The report", thread=root)
    later = await room.ana.say(room.manila, "And lunch", thread=root)
    stranger = await room.slack.person(
        next(m for m in room.world.members.values() if m.name == "eve")
    ).say(room.manila, "Hello", thread=root)

    await room.until(lambda: "memo" in first.reactions)
    await room.slack.settled()
    await room.shows(root, "1 answer so far")
    assert not asked.reactions
    assert not later.reactions
    assert not stranger.reactions


async def test_editing_and_deleting_the_marked_reply_changes_the_answer(room: Room) -> None:
    root = await room.opened()
    said = await room.ana.say(room.manila, "The report", thread=root)
    await room.shows(root, "1 answer so far")

    await room.ana.edit(said, "The slides")
    await room.at(13)
    await room.shows(root, "ana: The slides")
    await room.ana.delete(said)

    await room.shows(root, "nobody answered")


async def test_replies_outside_of_huddles_change_nothing(room: Room) -> None:
    await room.opened()
    other = await room.ana.say(room.manila, "Lunch?")

    reply = await room.ana.say(room.manila, "Yes", thread=other)
    await room.ana.edit(reply, "No")
    await room.ana.delete(reply)

    await room.slack.settled()
    assert all(delivery.attempts[0].status == 200 for delivery in room.slack.deliveries)


async def test_skipping_shows_somebody_as_away_and_withdraws_the_answer(room: Room) -> None:
    root = await room.opened()
    await answered(room, "ana", "The report")
    await room.until(room.thread)

    await room.ana.press(root, "huddle.skip")

    await room.until(lambda: not room.thread())
    await room.at(13)
    await room.shows(root, "nobody answered, 1 away", "Away today: ana")


async def test_closing_turns_the_root_into_the_summary(room: Room) -> None:
    root = await room.opened()
    await answered(room, "ana", "The June\nreport", "Ben's numbers")
    await answered(room, "ben", "The slides")
    await room.joy.press(root, "huddle.skip")

    await room.at(13)

    await room.shows(root, "Manila written huddle, Mon 23 Nov: 2 answered, 1 away.")
    assert "ana: The June report / needs: Ben's numbers" in root.text
    assert "ben: The slides" in root.text
    assert "Away today: joy" in root.text
    assert buttons(root) == ["Answer"]
    assert len(room.roots()) == 1
    shown = str(root.blocks)
    assert "<@" not in shown + root.text


async def test_a_late_answer_joins_the_summary(room: Room) -> None:
    root = await room.opened()
    await room.at(13)
    await room.shows(root, "nobody answered")

    await answered(room, "ana", "The report")

    await room.shows(root, "1 answered", "ana: The report")
    await room.until(room.thread)


async def test_a_long_summary_stays_within_its_limit(room: Room) -> None:
    people = [room.world.add_person(f"p{number:02}") for number in range(30)]
    for person in people:
        room.world.join(room.manila, person)
    root = await room.opened()
    for person in people:
        await room.slack.person(person).say(room.manila, "word & " * 300, thread=root)
    await room.slack.settled()

    await room.at(13)

    await room.shows(root, "30 answered", "more in the thread")
    assert len(root.text) <= 3_500
    assert sum(len(str(block)) for block in root.blocks) < 5_000


async def test_too_much_for_the_form_is_said_under_its_input(room: Room) -> None:
    root = await room.opened()
    await room.ana.press(root, "huddle.answer")
    # An older form may have let more in.
    for block in room.ana.view.body["blocks"]:
        block.get("element", {}).pop("max_length", None)

    answer = await room.ana.submit(values={"q1": "x" * 2_500})

    assert "2,500 characters long, and 1,800 fit" in answer.errors["q1"]


async def test_who_is_no_member_is_told_so_in_private(room: Room) -> None:
    root = await room.opened()
    eve = room.person("eve")

    await eve.press(root, "huddle.answer")
    await eve.press(root, "huddle.skip")

    assert not eve.views
    await room.whispered(eve, "Only members of Manila answer its huddle", "ask joy")


async def test_a_form_opens_although_the_database_is_slow(room: Room) -> None:
    root = await room.opened()
    busy = Event()
    blocked = asyncio.ensure_future(room.store.door(lambda _: busy.wait(10)))

    answer = await room.ana.press(root, "huddle.answer")
    busy.set()
    await blocked

    assert answer.ok
    assert room.ana.view.callback_id == "huddle.answer"
    assert [block["block_id"] for block in room.ana.view.blocks] == ["q1", "q2"]
    await room.ana.submit(values={"q1": "The report"})
    await room.shows(root, "1 answer so far")


async def test_a_second_huddle_of_today_is_refused_with_a_link(room: Room) -> None:
    root = await room.opened()

    answer = await room.say("huddle now")

    assert "Manila has its huddle of today already." in answer.text
    assert "|Go to it>" in answer.text
    assert root.ts.replace(".", "") in answer.text
    assert len(room.roots()) == 1


async def test_the_refusal_does_without_a_link_when_slack_has_none(room: Room) -> None:
    await room.opened()
    room.slack.faults.add(FaultKind.ERROR, method="chat.getPermalink", code="message_not_found")

    answer = await room.say("huddle now")

    assert f"It is in <#{room.manila.id}>." in answer.text


async def test_a_huddle_starts_by_hand(room: Room) -> None:
    await room.say(CREATE)

    answer = await room.say("huddle now", by=room.ana)

    assert "The written huddle of Manila opens" in answer.text
    assert "until Mon 23 Nov, 12:00 Manila." in answer.text
    assert "<!date" not in answer.text
    assert answer.message is not None
    assert "<!date" in str(answer.message.blocks)
    await room.root()
    await room.at(9)
    assert len(room.roots()) == 1


async def test_a_huddle_started_in_a_direct_message_says_until_when_in_words(room: Room) -> None:
    await room.say(CREATE)

    await room.joy.say(room.joy.dm, "huddle now")

    (told,) = await room.until(lambda: room.dms(room.joy))
    assert "until Mon 23 Nov, 12:00 Manila." in told.text
    assert "<!date" not in told.text
    assert "<!date" in str(told.blocks)


async def test_the_status_tells_how_it_went_and_when_the_next_one_is(room: Room) -> None:
    await room.say(CREATE)
    assert "None was held yet" in (await room.say("huddle status")).text
    await room.at(12)
    await room.at(9, 30, day=24)
    await room.until(room.roots)
    await answered(room, "ana", "The report")
    await room.ben.press(room.roots()[-1], "huddle.skip")

    of_ben = (await room.say("huddle status Manila", by=room.ben)).text
    of_joy = (await room.say("huddle status")).text

    assert "Next: Wed 25 Nov, 09:00 Manila (Tue 24 Nov, 20:00 for you)." in of_ben
    assert "Next: Wed 25 Nov, 09:00 Manila." in of_joy
    assert "Mon 23 Nov: not held. Baton was not running" in of_joy
    assert "Tue 24 Nov: 1 answered, 1 away so far. It was posted late." in of_joy


async def test_where_several_teams_share_a_channel_their_names_are_asked_for(room: Room) -> None:
    await room.say(CREATE)
    await room.say(CREATE.replace("Manila", "<Cebu>", 1))

    answer = await room.say("huddle now")

    assert "Several teams could be meant: &lt;Cebu&gt;, Manila" in answer.text
    assert "There is no team Davao" in (await room.say("huddle now Davao")).text


async def test_a_huddle_opened_from_another_channel_says_where_it_is(room: Room) -> None:
    await room.say(CREATE)

    answer = await room.say("Huddle NOW", channel="cebu")
    again = await room.say("huddle now", channel="cebu")

    assert f"opens in <#{room.manila.id}>" in answer.text
    assert "has its huddle of today already" in again.text
    await room.until(room.roots)


async def test_several_teams_elsewhere_are_asked_for_by_name(room: Room) -> None:
    await room.say(CREATE)
    await room.say(CREATE.replace("Manila", "Cebu", 1))

    for typed in ("huddle now", "huddle status"):
        answer = await room.say(typed, channel="cebu")
        assert "Cebu, Manila" in answer.text
    assert not room.roots()


async def test_what_huddle_cannot_do_is_answered(room: Room) -> None:
    assert "huddle now" in (await room.say("huddle frobnicate")).text


@pytest.mark.parametrize("value", ["nonsense", "99999999999999999999/2026-11-30", "0/2026-11-23"])
async def test_a_button_of_another_time_says_what_to_do(
    room: Room, caplog: pytest.LogCaptureFixture, value: str
) -> None:
    root = await room.opened()
    for block in root.blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == "huddle.answer":
                element["value"] = value

    await room.ana.press(root, "huddle.answer")

    await room.whispered(room.ana, "too old")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("subject", ["zz", "", "99999999999999999999/2026-11-30"])
async def test_a_form_of_another_time_says_what_to_do(
    room: Room, caplog: pytest.LogCaptureFixture, subject: str
) -> None:
    root = await room.opened()
    await room.ana.press(root, "huddle.answer")
    room.ana.view.body["private_metadata"] = subject

    answer = await room.ana.submit(values={"q1": "The report"})

    assert "This form is too old. Press Answer" in str(answer)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_leads_hear_once_when_a_huddle_cannot_be_posted(room: Room) -> None:
    await room.say(CREATE)
    room.manila.members.pop(room.world.bot_user)

    await room.at(9)

    (told,) = await room.until(lambda: room.dms(room.joy))
    assert "written huddle of Manila" in told.text
    assert "Invite me with /invite @Baton" in told.text
    assert told.event_payload["kind"] == "notice"
    await room.at(9, day=24)
    status = (await room.say("huddle status")).text
    assert "not held" in status
    assert len(room.dms(room.joy)) == 1
    assert all("added you to" in told.text for told in room.dms(room.ana))
