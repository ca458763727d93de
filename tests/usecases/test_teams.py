from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.domain.calendar import WORKING_WEEK, Weekday
from bot.domain.errors import BotError
from bot.domain.huddle import HuddleStatus
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId, PostKind
from bot.domain.team import BadName, BadPeople, NotALead, Role
from bot.usecases import huddling, teams
from bot.usecases.teams import Elsewhere
from tests.usecases.huddles import (
    ADA,
    ANA,
    BEN,
    CHANNEL,
    EVE,
    GONE,
    JOY,
    ROBO,
    TUESDAY,
    at,
    nine,
)

if TYPE_CHECKING:
    from tests.usecases.huddles import Office


async def test_the_creator_is_lead_and_the_people_are_members(office: Office) -> None:
    team = await office.team(people=(ANA, JOY, ANA, BEN))

    assert team.roles == ((JOY, Role.LEAD), (ANA, Role.MEMBER), (BEN, Role.MEMBER))
    assert await office.next_at(team.id) == at(9)


async def test_a_team_created_after_its_time_starts_tomorrow(office: Office) -> None:
    team = await office.team(now=at(9))

    assert await office.next_at(team.id) == at(9, day=24)


async def test_a_name_taken_in_other_letters_is_refused(office: Office) -> None:
    await office.team("Manila Team")

    with pytest.raises(BadName, match="already a team called Manila Team"):
        await office.team("“manila  TEAM”")
    with pytest.raises(BadName, match="at most 60"):
        await office.team("x" * 5_000)


async def test_bots_deactivated_and_unknown_people_cannot_be_members(office: Office) -> None:
    with pytest.raises(BadPeople, match="Robo is a bot"):
        await office.team(people=(ROBO,))
    with pytest.raises(BadPeople, match="Gil is deactivated"):
        await office.team(people=(GONE,))
    with pytest.raises(BadPeople, match="does not know"):
        await office.team(people=(UserId("U9"),))

    assert (await office.team(people=(EVE,))).role_of(EVE) is Role.MEMBER


async def test_somebody_from_another_company_sets_up_nothing(office: Office) -> None:
    with pytest.raises(BotError, match="Only people of this workspace"):
        await office.team(by=EVE)


async def test_somebody_of_whom_nothing_is_known_may_set_up_a_team(office: Office) -> None:
    team = await office.team(by=UserId("U9"))

    assert team.leads == (UserId("U9"),)


async def test_only_leads_and_admins_change_a_team(office: Office) -> None:
    team = await office.team()

    changes = (
        lambda by: office.do(teams.edit, team.id, name="Cebu", by=by, now=at(8)),
        lambda by: office.do(teams.add, team.id, (BEN,), Role.LEAD, by=by, now=at(8)),
        lambda by: office.do(teams.remove, team.id, (BEN,), by=by, now=at(8)),
        lambda by: office.do(teams.pause, team.id, until=None, by=by, now=at(8)),
        lambda by: office.do(teams.resume, team.id, by=by, now=at(8)),
        lambda by: office.do(teams.for_editing, team.id, by=by, now=at(8)),
        lambda by: office.do(teams.delete, team.id, by=by, now=at(8)),
    )
    for change in changes:
        with pytest.raises(NotALead, match=r"Only a lead can change Manila\. Ask Joy\."):
            await change(ANA)

    assert (await office.do(teams.edit, team.id, name="Cebu", by=ADA, now=at(8))).name == "Cebu"


async def test_a_deleted_team_cannot_be_changed_and_gives_its_name_free(office: Office) -> None:
    team = await office.team()
    await office.do(teams.delete, team.id, by=JOY, now=at(8))

    with pytest.raises(BotError, match="was deleted"):
        await office.do(teams.resume, team.id, by=JOY, now=at(8))
    assert await office.next_at(team.id) is None
    assert (await office.team()).id != team.id


async def test_deleting_closes_the_open_huddle(office: Office) -> None:
    huddle = await office.opened()
    before = await office.post(PostKind.HUDDLE, huddle.subject)

    await office.do(teams.delete, huddle.team, by=JOY, now=at(10))
    await office.ring(at(13))

    closed = await office.huddle(huddle.team)
    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert closed is not None
    assert closed.status is HuddleStatus.CLOSED
    assert before is not None
    assert root is not None
    assert root.wanted == before.wanted + 1


async def test_deleting_leaves_an_old_huddle_closed(office: Office) -> None:
    huddle = await office.opened()
    await office.ring(at(13))

    await office.do(teams.delete, huddle.team, by=JOY, now=at(14))

    closed = await office.huddle(huddle.team)
    assert closed is not None
    assert closed.status is HuddleStatus.CLOSED


async def test_people_come_and_go(office: Office) -> None:
    team = await office.team()

    await office.do(teams.add, team.id, (BEN, ADA), Role.OBSERVER, by=JOY, now=at(8))
    changed = await office.do(teams.remove, team.id, (ANA,), by=JOY, now=at(8))

    assert changed.roles == ((JOY, Role.LEAD), (BEN, Role.OBSERVER), (ADA, Role.OBSERVER))


async def test_only_those_in_a_team_can_be_removed_and_never_the_last_lead(
    office: Office,
) -> None:
    team = await office.team()

    with pytest.raises(BadPeople, match="Ada is not in Manila"):
        await office.do(teams.remove, team.id, (ANA, ADA), by=JOY, now=at(8))
    with pytest.raises(BadPeople, match="One of them is not in Manila"):
        await office.do(teams.remove, team.id, (UserId("U9"),), by=JOY, now=at(8))
    with pytest.raises(BadPeople, match="without a lead"):
        await office.do(teams.remove, team.id, (JOY,), by=JOY, now=at(8))
    with pytest.raises(BadPeople, match="Robo is a bot"):
        await office.do(teams.add, team.id, (ROBO,), Role.MEMBER, by=JOY, now=at(8))


async def test_everything_of_a_team_can_be_edited_at_once(office: Office) -> None:
    team = await office.team()

    changed = await office.do(
        teams.edit,
        team.id,
        name=" MANILA ",
        channel=ChannelId("C2"),
        schedule=nine(11),
        members=(JOY, ADA),
        by=JOY,
        now=at(8),
    )

    assert changed.name == "MANILA"
    assert changed.channel == "C2"
    assert changed.members == (JOY, ADA)
    assert await office.next_at(team.id) == at(11)


async def test_a_name_of_another_team_cannot_be_taken_over(office: Office) -> None:
    await office.team()
    cebu = await office.team("Cebu")

    with pytest.raises(BadName):
        await office.do(teams.edit, cebu.id, name="manila", by=JOY, now=at(8))


async def test_members_who_left_slack_can_stay_listed(office: Office) -> None:
    team = await office.team()
    await office.do(lambda tx: tx.people.save(Person(ANA, "Ana", is_deleted=True)))

    changed = await office.do(teams.edit, team.id, members=(JOY, ANA), by=JOY, now=at(8))

    assert changed.members == (JOY, ANA)
    with pytest.raises(BadPeople, match="Gil is deactivated"):
        await office.do(teams.edit, team.id, members=(JOY, GONE), by=JOY, now=at(8))


async def test_a_new_name_shows_in_the_last_huddle(office: Office) -> None:
    huddle = await office.opened()

    await office.do(teams.edit, huddle.team, name="Cebu", by=JOY, now=at(10))

    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert root is not None
    assert root.is_pending


async def test_moving_to_later_moves_todays_huddle(office: Office) -> None:
    team = await office.team()

    await office.do(teams.edit, team.id, schedule=nine(11), by=JOY, now=at(8))
    await office.ring(at(9))
    assert await office.huddle(team.id) is None
    await office.ring(at(11))

    assert await office.huddle(team.id) is not None


async def test_moving_to_a_time_that_is_past_keeps_todays_huddle(office: Office) -> None:
    team = await office.team()

    await office.do(teams.edit, team.id, schedule=nine(7), by=JOY, now=at(8))
    await office.ring(at(9))

    assert await office.huddle(team.id) is not None
    assert await office.next_at(team.id) == at(7, day=24)


async def test_moving_after_todays_huddle_affects_the_next_date(office: Office) -> None:
    huddle = await office.opened()

    await office.do(teams.edit, huddle.team, schedule=nine(15), by=JOY, now=at(10))

    assert await office.next_at(huddle.team) == at(15, day=24)


async def test_a_change_at_the_very_moment_of_a_huddle_neither_drops_nor_doubles_it(
    office: Office,
) -> None:
    team = await office.team()

    await office.do(teams.edit, team.id, schedule=nine(15), by=JOY, now=at(9))
    await office.ring(at(9))
    await office.ring(at(15))

    assert len(await office.huddles(team.id)) == 1


async def test_another_day_of_the_week_drops_today_because_it_was_asked_to(
    office: Office,
) -> None:
    team = await office.team()

    tuesdays = nine(days=WORKING_WEEK - {Weekday.MO})
    await office.do(teams.edit, team.id, schedule=tuesdays, by=JOY, now=at(8))

    assert await office.next_at(team.id) == at(9, day=24)


async def test_a_pause_ends_on_its_date(office: Office) -> None:
    team = await office.team()

    await office.do(teams.pause, team.id, until=date(2026, 11, 25), by=JOY, now=at(8))

    assert await office.next_at(team.id) == at(9, day=25)
    with pytest.raises(BotError, match="ends on a later day"):
        await office.do(teams.pause, team.id, until=date(2026, 11, 23), by=JOY, now=at(8))


async def test_resuming_brings_back_todays_huddle_before_its_time_and_not_after(
    office: Office,
) -> None:
    team = await office.team()
    await office.do(teams.pause, team.id, until=None, by=JOY, now=at(7))
    await office.do(teams.resume, team.id, by=JOY, now=at(8))
    before = await office.next_at(team.id)
    await office.do(teams.pause, team.id, until=None, by=JOY, now=at(8))

    await office.do(teams.resume, team.id, by=JOY, now=at(10))

    assert before == at(9)
    assert await office.next_at(team.id) == at(9, day=24)


async def test_the_list_says_when_and_whether_paused(office: Office) -> None:
    manila = await office.team()
    cebu = await office.team("Cebu", people=())
    await office.do(teams.pause, manila.id, until=TUESDAY, by=JOY, now=at(8))

    first, second = await office.do(teams.listing, by=BEN, now=at(8))

    assert (first.team.name, first.is_paused, first.next_at) == ("Cebu", False, at(9))
    assert (second.team.name, second.is_paused) == ("Manila", True)
    assert second.next_at == at(9, day=24)
    assert [person.name for person in second.people.values()] == ["Joy", "Ana", "Ben"]
    only = await office.do(teams.listed, cebu.id, now=at(8))
    assert only.team == cebu


async def test_a_guest_sees_their_own_teams_only(office: Office) -> None:
    await office.team()
    await office.team("Cebu", people=(EVE,))
    await office.do(lambda tx: tx.people.save(Person(BEN, "Ben", is_guest=True)))

    of_guest = await office.do(teams.listing, by=BEN, now=at(8))
    of_external = await office.do(teams.listing, by=EVE, now=at(8))

    assert [listed.team.name for listed in of_guest] == ["Manila"]
    assert [listed.team.name for listed in of_external] == ["Cebu"]


async def test_a_team_is_meant_by_name_by_channel_or_as_ones_own(office: Office) -> None:
    manila = await office.team()
    elsewhere = ChannelId("D9")

    assert await office.do(teams.choose, name="MANILA", channel=elsewhere, by=ADA) == manila
    assert await office.do(teams.choose, name=None, channel=CHANNEL, by=ADA) == manila
    assert await office.do(teams.choose, name=" ", channel=elsewhere, by=ANA) == manila
    assert await office.do(teams.of_channel, CHANNEL) == [manila]


async def test_where_no_team_or_several_are_meant_they_are_listed(office: Office) -> None:
    with pytest.raises(BotError, match="Set one up with /baton team create"):
        await office.do(teams.choose, name=None, channel=CHANNEL, by=ADA)
    await office.team()
    with pytest.raises(BotError, match=r"no team Cebu here\. Name one: Manila"):
        await office.do(teams.choose, name="Cebu", channel=CHANNEL, by=ADA)
    for number in range(11):
        await office.team(f"Team {number:02}")

    with pytest.raises(BotError, match=r"Manila, Team 00, .*Team 08 and 2 more\. Add the name"):
        await office.do(teams.choose, name=None, channel=CHANNEL, by=ADA)


async def test_a_team_is_not_changed_unnamed_from_a_channel_that_is_not_its_own(
    office: Office,
) -> None:
    manila = await office.team()
    await office.team("Cebu", people=(), by=ADA)
    lobby, direct = ChannelId("C9"), ChannelId("D9")

    with pytest.raises(
        BotError, match=r"^No team has its huddle in this channel\. Name one: Manila\.$"
    ):
        await office.do(teams.choose, name=None, channel=lobby, by=JOY)
    with pytest.raises(BotError, match=r"in this channel\. Name one: Cebu, Manila\.$"):
        await office.do(teams.choose, name=None, channel=lobby, by=ROBO)
    with pytest.raises(BotError, match=r"^You are in no team\. Name one: Cebu, Manila\.$"):
        await office.do(teams.choose, name=None, channel=direct, by=ROBO)

    asked = await office.do(
        teams.choose, name=None, channel=lobby, by=JOY, elsewhere=Elsewhere.THEIR_ONLY_ONE
    )
    told = await office.do(teams.choose, name=None, channel=direct, by=JOY)
    unplaced = await office.do(teams.choose, name=None, channel=ChannelId(""), by=JOY)
    assert asked == told == unplaced == manila


async def test_a_huddle_is_not_opened_unnamed_from_elsewhere_where_there_are_several_teams(
    office: Office,
) -> None:
    manila, lobby = await office.team(), ChannelId("C9")
    for who in (JOY, ADA):
        for elsewhere in (Elsewhere.THE_ONLY_ONE, Elsewhere.THEIR_ONLY_ONE):
            assert manila == await office.do(
                teams.choose, name=None, channel=lobby, by=who, elsewhere=elsewhere
            )
    await office.team("Cebu", people=(), by=ADA)

    with pytest.raises(BotError, match=r"in this channel\. Name one: Manila\.$"):
        await office.do(
            teams.choose, name=None, channel=lobby, by=JOY, elsewhere=Elsewhere.THE_ONLY_ONE
        )
    with pytest.raises(BotError, match=r"in this channel\. Name one: Cebu, Manila\.$"):
        await office.do(
            teams.choose, name=None, channel=lobby, by=ROBO, elsewhere=Elsewhere.THEIR_ONLY_ONE
        )


async def test_a_guest_hears_of_no_team_but_their_own(office: Office) -> None:
    await office.team()
    for none in (
        office.do(teams.listing, by=EVE, now=at(8)),
        office.do(
            teams.choose, name=None, channel=CHANNEL, by=EVE, elsewhere=Elsewhere.THEIR_ONLY_ONE
        ),
        office.do(teams.choose, name="Manila", channel=CHANNEL, by=EVE),
    ):
        with pytest.raises(BotError, match=r"^There is no team of yours here\. Ask the lead"):
            await none
    cebu = await office.team("Cebu", people=(EVE,))

    with pytest.raises(BotError, match=r"^There is no team Manila here\. Name one: Cebu\.$"):
        await office.do(teams.choose, name="Manila", channel=CHANNEL, by=EVE)
    assert await office.do(teams.choose, name="cebu", channel=CHANNEL, by=EVE) == cebu
    assert await office.do(teams.choose, name=None, channel=CHANNEL, by=EVE) == cebu


async def test_a_channel_with_another_id_keeps_its_team(office: Office) -> None:
    team = await office.team()

    await office.do(teams.moved_channel, CHANNEL, ChannelId("C2"))

    (found,) = await office.do(teams.of_channel, ChannelId("C2"))
    assert found == replace(team, channel=ChannelId("C2"))


async def test_a_team_that_opened_by_hand_can_be_moved_later_the_same_day(
    office: Office,
) -> None:
    team = await office.team()
    await office.do(huddling.open_now, team.id, by=JOY, now=at(8))

    await office.do(teams.edit, team.id, schedule=nine(15), by=JOY, now=at(8, 30))

    assert await office.next_at(team.id) == at(15, day=24)
