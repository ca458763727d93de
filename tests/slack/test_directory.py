"""Who people are: what Slack says of them, and what is remembered when it says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.errors import SlackRejected
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId
from bot.slack.directory import person_of
from bot.usecases import people as usecase

if TYPE_CHECKING:
    from tests.office import Office

HOME = WorkspaceId("T1")


async def test_people_are_asked_for_once_and_remembered(office: Office) -> None:
    directory = office.baton.edge.directory
    ana = office.user("ana")

    first = await directory.people(office.workspace, (ana,))
    again = await directory.people(office.workspace, (ana, ana))

    assert first == again
    assert first[ana].real_name == "Ana Reyes"
    assert first[ana].zone == "Asia/Manila"
    assert len(office.slack.calls("users.info")) == 1


async def test_somebody_slack_does_not_know_is_left_out(office: Office) -> None:
    found = await office.baton.edge.directory.people(office.workspace, (UserId("U0NOBODY"),))

    assert found == {}


async def test_what_is_remembered_serves_while_slack_is_down(office: Office) -> None:
    directory = office.baton.edge.directory
    ben = person_of(office.workspace, {"id": office.user("ben"), "name": "ben"})
    await office.baton.do(office.workspace, usecase.remember, (ben,), now=office.clock())
    await office.slack.unplug()

    found = await directory.people(office.workspace, (ben.id,))
    names = await directory.names(office.workspace)

    assert found == {ben.id: ben}
    assert names("ben") == [ben.id]


async def test_a_typed_name_finds_everybody_of_that_name_but_bots_and_the_gone(
    office: Office,
) -> None:
    office.world.add_person("ana.cruz", real_name="Ana Cruz")
    office.world.add_person("ana.bot", real_name="Ana Bot", is_bot=True)
    office.world.add_person("ana.gone", real_name="Ana Gone", deleted=True)

    names = await office.baton.edge.directory.names(office.workspace)
    await office.baton.edge.directory.names(office.workspace)

    assert len(names("ana")) == 2 or names("ana") == [office.user("ana")]
    assert names("Ana Cruz") == [office.user("ana.cruz")]
    assert names("@ben") == [office.user("ben")]
    assert names("reyes") == [office.user("ana")]
    assert names("nobody") == names("") == names("@") == []
    assert len(office.slack.calls("users.list")) == 1


async def test_the_members_of_a_channel_are_known_only_where_baton_is_one(office: Office) -> None:
    directory = office.baton.edge.directory
    manila, lobby = (office.world.channel(name) for name in ("manila", "lobby"))

    there = await directory.members(office.workspace, ChannelId(manila.id))
    elsewhere = await directory.members(office.workspace, ChannelId(lobby.id))
    nowhere = await directory.members(office.workspace, ChannelId("C0NOWHERE"))

    assert there is not None
    assert {office.user("maya"), office.user("ana"), office.user("ben")} < there
    assert elsewhere is None
    assert nowhere is None


async def test_whoever_was_in_a_channel_a_minute_ago_is_not_asked_for_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = office.baton.edge.directory
    manila = ChannelId(office.world.channel("manila").id)
    those = (office.user("maya"), office.user("ana"))

    first = await directory.members_with(office.workspace, manila, those)
    again = await directory.members_with(office.workspace, manila, those)
    assert first == again
    assert len(office.slack.calls("conversations.members")) == 1

    monkeypatch.setattr("bot.slack.directory.MET_FOR", 0.0)
    await directory.members_with(office.workspace, manila, those)
    assert len(office.slack.calls("conversations.members")) == 2


async def test_whoever_was_missing_from_a_channel_is_asked_for_each_time(office: Office) -> None:
    directory = office.baton.edge.directory
    manila = ChannelId(office.world.channel("manila").id)
    eve = UserId(office.world.add_person("eve").id)

    before = await directory.members_with(office.workspace, manila, (eve,))
    office.world.join(manila, eve)
    after = await directory.members_with(office.workspace, manila, (eve,))

    assert before is not None
    assert eve not in before
    assert after is not None
    assert eve in after


async def test_a_channel_that_baton_left_is_asked_about_again(office: Office) -> None:
    directory = office.baton.edge.directory
    manila = ChannelId(office.world.channel("manila").id)
    those = (office.user("maya"),)
    await directory.members_with(office.workspace, manila, those)

    directory.left(office.workspace, manila)
    await directory.members_with(office.workspace, manila, those)

    assert len(office.slack.calls("conversations.members")) == 2


async def test_only_so_many_channels_are_remembered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.directory.MOST_CHANNELS", 1)
    directory = office.baton.edge.directory
    maya = office.user("maya")
    cebu = office.world.add_channel("cebu", members=[office.world.members[maya]])
    manila = ChannelId(office.world.channel("manila").id)

    for channel in (manila, ChannelId(cebu.id), manila):
        await directory.members_with(office.workspace, channel, (maya,))

    assert len(office.slack.calls("conversations.members")) == 3


async def test_a_refusal_that_says_nothing_of_the_channel_is_not_taken_for_absence(
    office: Office,
) -> None:
    office.world.revoke_token()

    with pytest.raises(SlackRejected):
        await office.baton.edge.directory.members(
            office.workspace, ChannelId(office.world.channel("manila").id)
        )


async def test_a_change_of_profile_is_kept_for_those_who_are_known(office: Office) -> None:
    directory = office.baton.edge.directory
    ana = office.user("ana")
    await directory.people(office.workspace, (ana,))

    office.world.change_person(office.user("ana"), tz="Asia/Tokyo")
    office.world.change_person(office.user("ben"), tz="Asia/Tokyo")
    await office.slack.settled()

    known = await office.baton.do(office.workspace, usecase.known, (ana, office.user("ben")))
    assert {user: person.zone for user, person in known.items()} == {ana: "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({}, ("U1", "UTC", False, False)),
        ({"tz": None, "profile": None, "name": ""}, ("U1", "UTC", False, False)),
        ({"tz": "Mars/Olympus", "name": "ana"}, ("ana", "UTC", False, False)),
        (
            {"real_name": "Ana Reyes", "tz": "Asia/Manila"},
            ("Ana Reyes", "Asia/Manila", False, False),
        ),
        ({"profile": {"display_name": "Ana"}, "is_bot": True}, ("Ana", "UTC", True, False)),
        ({"id": "USLACKBOT", "name": "slackbot"}, ("slackbot", "UTC", True, False)),
        ({"team_id": "T2", "name": "x"}, ("x", "UTC", False, True)),
        ({"is_stranger": True, "name": "x"}, ("x", "UTC", False, True)),
    ],
)
def test_any_field_of_a_profile_may_be_missing(
    user: dict[str, Any], expected: tuple[str, str, bool, bool]
) -> None:
    person = person_of(HOME, {"id": "U1", **user})

    assert (person.name, person.zone, person.is_bot, person.is_external) == expected
