from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.faults import FaultKind
from tests.slack.huddle_room import CREATE, Room, buttons, entered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.answers import Answer
    from bot.sandbox.people import Person
    from bot.sandbox.records import Json, View


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Room]:
    async with entered(sqlite_url) as made:
        yield made


def initial(view: View) -> dict[str, Any]:
    """Return what a form is filled in with."""
    return {
        block["block_id"]: next(
            (value for name, value in block["element"].items() if name.startswith("initial_")),
            None,
        )
        for block in view.blocks
        if block["type"] == "input"
    }


def words(blocks: list[Json]) -> str:
    return " ".join(block["text"]["text"] for block in blocks if block["type"] == "section")


async def sent(person: Person, **values: Any) -> Answer:  # noqa: ANN401  # whatever the inputs take
    return await person.submit(values=values)


async def test_a_team_is_set_up_in_one_line(room: Room) -> None:
    answer = await room.say(CREATE)

    assert "Manila is set up, with you as its lead." in answer.text
    assert f"in <#{room.manila.id}>" in answer.text
    assert "09:00 Manila, Mon-Fri" in answer.text
    assert "next Mon 23 Nov, 09:00 Manila" in answer.text
    assert "joy (lead)" in answer.text
    assert "ana" in answer.text
    for other in ("robo", "eve", "gil", "baton"):
        assert other not in answer.text


async def test_a_team_can_be_set_up_for_another_channel_and_without_days(room: Room) -> None:
    answer = await room.joy.command("/baton", "team create Ops tz utc+8 at 9am in #manila")

    assert "Ops is set up" in answer.text
    assert "Mon-Fri" in answer.text


async def test_a_channel_without_baton_says_how_to_invite_it(room: Room) -> None:
    answer = await room.say(CREATE, channel="cebu")

    assert "Invite me first: write /invite @Baton there" in answer.text


async def test_only_somebody_of_the_channel_sets_up_its_team(room: Room) -> None:
    answer = await room.person("ada").command(
        "/baton", f"{CREATE} in #manila", channel=room.person("ada").dm
    )

    assert "You are not in that channel yourself. Join it first" in answer.text


async def test_a_name_that_is_taken_is_refused(room: Room) -> None:
    await room.say(CREATE)

    answer = await room.say(CREATE.replace("Manila", "“MANILA”", 1))

    assert "There is already a team called Manila. Choose another name" in answer.text


async def test_a_name_of_five_thousand_characters_is_refused(room: Room) -> None:
    answer = await room.say(CREATE.replace("Manila", "x" * 5_000, 1))

    assert "at most 60 characters. Shorten it." in answer.text


async def test_without_details_the_form_is_filled_in(room: Room) -> None:
    await room.say("team create", by=room.ben)

    shown = initial(room.ben.view)
    assert room.ben.view.callback_id == "team.edit"
    assert shown["name"] is None
    assert shown["channel"] == room.manila.id
    assert shown["zone"] == "America/New_York"
    assert shown["time"] == "09:00"
    assert shown["days"] == "Mon-Fri"
    assert set(shown["people"]) == {room.joy.id, room.ana.id, room.ben.id}


async def test_what_could_not_be_read_is_said_above_the_form(room: Room) -> None:
    await room.say("team create “Manila Team” tz Manilla at 25:00 on mon-wed")

    said = words(room.joy.view.blocks)
    assert "I know no time zone “Manilla”. Did you mean Asia/Manila" in said
    assert "There is no time “25:00”" in said
    shown = initial(room.joy.view)
    assert (shown["name"], shown["days"]) == ("Manila Team", "Mon-Wed")


async def test_the_form_sets_up_a_team_and_says_so(room: Room) -> None:
    await room.say("team create")

    answer = await sent(room.joy, name="Manila <1>", zone="manila", time="9:30", days="daily")

    assert answer.ok, answer.error
    assert not answer.errors
    assert answer.view is not None
    said = words(answer.view.blocks)
    assert "Manila &lt;1&gt; is set up, with you as its lead." in said
    assert "09:30 Manila, daily" in said


async def test_wrong_input_is_said_under_its_input(room: Room) -> None:
    await room.say(CREATE)
    await room.say("team create")
    right = {"name": "Cebu", "zone": "Manila", "time": "9", "days": "daily"}

    for wrong, sentence in (
        ({"zone": "Atlantis"}, "I know no time zone “Atlantis”"),
        ({"zone": "Manilla"}, "Did you mean Asia/Manila"),
        ({"time": "25:00"}, "There is no time “25:00”"),
        ({"days": "someday"}, "I cannot read “someday” as days"),
        ({"name": "manila"}, "already a team called Manila"),
        ({"name": "“”"}, "A team needs a name"),
        ({"channel": room.cebu.id}, "Invite me first"),
        ({"people": [room.person("robo").id]}, "robo is a bot"),
    ):
        answer = await sent(room.joy, **{**right, "channel": room.manila.id, **wrong})
        (block,) = wrong
        assert sentence in answer.errors[block], wrong
        await room.joy.close()
        await room.say("team create")


async def test_the_button_opens_the_form_for_its_channel_or_for_none(room: Room) -> None:
    answer = await room.say("team list", by=room.ben)
    assert "There is no team yet" in answer.text
    assert buttons(answer) == ["Set up a team"]

    assert answer.message is not None
    await room.ben.press(answer.message, "team.create")

    shown = initial(room.ben.view)
    assert shown["channel"] is None
    assert shown["people"] == [room.ben.id]


async def test_the_form_opens_although_slack_is_slow(room: Room) -> None:
    answer = await room.say("team list")
    assert answer.message is not None
    room.slack.faults.add(FaultKind.HANG, method="users.info", count=None)

    await room.ana.command("/baton", "team list", channel="manila")
    pressed = await room.joy.press(answer.message, "team.create")

    assert pressed.ok
    assert initial(room.joy.view)["time"] == "09:00"


async def test_who_invites_baton_is_offered_a_huddle_once_there_is_none(room: Room) -> None:
    await room.joy.invite_bot(room.cebu)
    offer = await room.whispered(room.joy, "Thank you for inviting me")
    assert buttons(offer) == ["Set up a huddle here"]

    await room.joy.press(offer, "team.create")
    assert initial(room.joy.view)["channel"] == room.cebu.id
    await sent(room.joy, name="Cebu")
    await room.joy.kick(room.cebu, room.world.bot_user)
    await room.joy.invite_bot(room.cebu)
    await room.slack.settled()

    assert len([said for said in room.joy.ephemerals if "inviting" in said.text]) == 1


async def test_others_who_join_are_offered_nothing(room: Room) -> None:
    await room.joy.invite(room.cebu, room.person("ada").id)
    await room.slack.settled()

    assert not room.joy.ephemerals


async def test_an_offer_that_slack_refuses_is_dropped(room: Room) -> None:
    room.slack.faults.add(FaultKind.ERROR, method="chat.postEphemeral", code="user_not_in_channel")

    await room.joy.invite_bot(room.cebu)

    await room.slack.settled()
    assert all(delivery.attempts[0].status == 200 for delivery in room.slack.deliveries)


async def test_the_list_shows_both_clocks_and_who_is_in(room: Room) -> None:
    await room.say(CREATE)
    await room.say("team add @ada as observer")
    await room.say("team pause until 4 jan")

    answer = await room.say("team list", by=room.ben)

    assert "*Manila* in <#" in answer.text
    assert "paused until Mon 4 Jan" in answer.text
    assert "next Mon 4 Jan, 09:00 Manila (Sun 3 Jan, 20:00 for you)" in answer.text
    assert "ada (observer)" in answer.text


async def test_a_guest_without_a_team_is_not_told_that_there_is_none(room: Room) -> None:
    await room.say(CREATE)
    room.world.add_person("gus", guest=True)
    gus = room.person("gus")

    for text in ("team list", "huddle status Manila", "huddle status", "huddle now Manila"):
        answer = await gus.command("/baton", text, channel=gus.dm)
        assert "There is no team of yours here." in answer.text, text


async def test_a_team_is_changed_from_another_channel_only_by_its_name(room: Room) -> None:
    await room.say(CREATE)

    for text in ("add @ada", "remove @ben", "edit", "pause", "resume", "delete"):
        answer = await room.say(f"team {text}", channel="cebu")
        assert "No team has its huddle in this channel. Name one: Manila." in answer.text, text
    assert not room.joy.views
    named = await room.say("team add @ada to Manila", channel="cebu")
    direct = await room.joy.command("/baton", "team pause", channel=room.joy.dm)

    assert "ada" in named.text
    assert "Manila is paused." in direct.text


async def test_a_long_list_is_cut_and_says_so(room: Room) -> None:
    for number in range(42):
        await room.say(CREATE.replace("Manila", f"Team {number:02}", 1))

    answer = await room.say("team list")

    assert "Team 39" in answer.text
    assert "Team 40" not in answer.text
    assert "and 2 more" in answer.text


async def test_people_are_added_by_mention_by_name_and_as_me(room: Room) -> None:
    await room.say(CREATE)

    answer = await room.say("team add @ada as lead")
    assert "ada (lead)" in answer.text
    assert f"Not in <#{room.manila.id}> yet: ada. Invite them there." in answer.text
    await room.say("team remove @ana @ben")
    again = await room.say("team add Ana Reyes and me to Manila as lead")

    assert "ana (lead)" in again.text
    assert "ben" not in again.text


async def test_who_cannot_be_added_is_named_with_what_to_do(room: Room) -> None:
    await room.say(CREATE)
    room.world.add_person("ana2", real_name="Ana Cruz")

    for text, sentence in (
        ("team add @robo", "robo is a bot"),
        ("team add @gil", "gil is deactivated"),
        ("team add zebra", "I know nobody called zebra. Type @"),
        ("team add ana", "ana"),
        ("team add ,", "Say who: type @"),
        ("team remove @ada", "ada is not in Manila"),
        ("team remove @joy", "would be left without a lead"),
        ("team frobnicate", "Write it like `/baton team list`"),
    ):
        answer = await room.say(text)
        assert sentence in answer.text, text
    unclear = await room.say("team add cruz to Manila")
    assert "cruz could be" in unclear.text


async def test_only_a_lead_changes_a_team(room: Room) -> None:
    await room.say(CREATE)

    for text in ("add @ada", "remove @ben", "edit", "pause", "resume", "delete"):
        answer = await room.say(f"team {text}", by=room.ana)
        assert "Only a lead can change Manila. Ask joy." in answer.text, text
        assert not room.ana.views
    ada = room.person("ada")
    room.world.join(room.manila, ada.id)
    assert "Manila is paused." in (await room.say("team pause", by=ada)).text


async def test_a_team_is_edited_in_its_form(room: Room) -> None:
    await room.say(CREATE)
    await room.say("team edit")
    shown = initial(room.joy.view)
    assert (shown["name"], shown["zone"], shown["time"]) == ("Manila", "Asia/Manila", "09:00")

    answer = await sent(room.joy, time="11:00", people=[room.joy.id, room.ana.id])

    assert answer.view is not None
    said = words(answer.view.blocks)
    assert "Manila has changed." in said
    assert "11:00 Manila" in said
    assert "ben" not in said


async def test_an_edit_is_refused_under_its_input(room: Room) -> None:
    await room.say(CREATE)
    for wrong, sentence in (
        ({"channel": room.cebu.id}, "Invite me first"),
        ({"people": [room.ana.id]}, "without a lead"),
    ):
        await room.say("team edit")
        answer = await sent(room.joy, **wrong)
        (block,) = wrong
        assert sentence in answer.errors[block]
        await room.joy.close()


async def test_a_pause_is_refused_when_its_end_is_past_or_unreadable(room: Room) -> None:
    await room.say(CREATE)

    assert "is paused." in (await room.say("team pause")).text
    assert "paused until somebody writes" in (await room.say("team list")).text
    assert "goes on." in (await room.say("team resume")).text
    unreadable = await room.say("team pause until blursday")
    assert "I cannot read “blursday”" in unreadable.text


async def test_deleting_asks_first(room: Room) -> None:
    await room.say(CREATE)

    answer = await room.say("team delete")
    assert "Delete Manila? No more huddles are posted" in answer.text
    assert buttons(answer) == ["Delete Manila"]
    assert answer.message is not None
    await room.joy.press(answer.message, "team.delete")

    assert "There is no team yet" in (await room.say("team list")).text
    assert any("Manila was deleted." in said.text for said in room.joy.ephemerals)


@pytest.mark.parametrize("value", ["abc", "9" * 23, "0"])
async def test_a_broken_button_or_form_changes_no_team(
    room: Room, caplog: pytest.LogCaptureFixture, value: str
) -> None:
    await room.say(CREATE)
    asked = await room.say("team delete")
    assert asked.message is not None
    asked.message.blocks[-1]["elements"][0]["value"] = value
    await room.joy.press(asked.message, "team.delete")
    await room.say("team edit")
    room.joy.view.body["private_metadata"] = value

    answer = await sent(room.joy, name="Cebu")

    await room.whispered(room.joy, "This button is too old. Write /baton team delete again.")
    assert "This form is too old. Write /baton team edit again." in str(answer)
    assert "*Manila*" in (await room.say("team list")).text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_leads_hear_once_what_happened_to_their_channel(room: Room) -> None:
    await room.opened()

    room.world.archive(room.manila)

    (told,) = await room.until(lambda: room.dms(room.joy))
    assert "was archived" in told.text
    assert "Unarchive it" in told.text
    await room.at(9, day=24)
    await room.slack.settled()
    assert sum("was archived" in message.text for message in room.dms(room.joy)) == 1
    assert "Set my hours" in buttons(told)


async def test_the_leads_hear_when_baton_is_removed(room: Room) -> None:
    await room.say(CREATE)

    await room.joy.kick(room.manila, room.world.bot_user)

    (told,) = await room.until(lambda: room.dms(room.joy))
    assert f"I am no longer in <#{room.manila.id}>, so I cannot post" in told.text


async def test_a_channel_that_gets_another_id_keeps_its_huddle(room: Room) -> None:
    await room.say(CREATE)

    room.world.change_channel_id(room.manila)
    await room.slack.settled()
    await room.at(9)

    root = await room.root()
    assert root.channel == room.manila.id


async def test_a_request_without_a_trigger_says_that_there_is_a_form(room: Room) -> None:
    await room.joy.say(room.joy.dm, "team create")

    said = await room.until(lambda: [each for each in room.dms(room.joy) if buttons(each)])

    assert "Set up the team in a form." in said[-1].text
