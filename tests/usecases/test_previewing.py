from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.domain.absence import Absence
from bot.domain.errors import BotError
from bot.domain.post import ChannelId
from bot.domain.team import Role
from bot.usecases import previewing, teams
from tests.usecases.huddles import ADA, ANA, BEN, CHANNEL, EVE, GONE, JOY, TUESDAY, at

if TYPE_CHECKING:
    from bot.domain.person import UserId
    from bot.domain.preview import Preview
    from tests.usecases.huddles import Office

ELSEWHERE = ChannelId("C0002")
DIRECT = ChannelId("D0001")


async def seen(
    office: Office,
    *,
    by: UserId = ANA,
    name: str | None = None,
    channel: ChannelId = CHANNEL,
    days: int = 14,
) -> list[Preview]:
    found = await office.do(previewing.coming, name=name, channel=channel, days=days, by=by)
    return [each.preview(days=days, now=office.now) for each in found]


async def test_what_is_kept_of_people_shows_in_what_is_to_come(office: Office) -> None:
    await office.team()
    tuesday = Absence(TUESDAY, TUESDAY)
    await office.do(lambda tx: tx.absences.add(ANA, tuesday))

    (found,) = await seen(office, days=2)

    assert [each.at for each in found.prompts] == [at(9), at(9, day=24)]
    assert [each.away for each in found.prompts] == [(), (ANA,)]
    assert set(found.home) == {ANA, JOY}
    assert [clock.people for clock in found.others] == [(BEN,)]


async def test_a_huddle_that_was_opened_by_hand_is_not_to_come(office: Office) -> None:
    await office.opened()
    office.now = at(8, 30)

    (found,) = await seen(office, days=2)

    assert [each.date for each in found.prompts] == [TUESDAY]


async def test_a_missed_one_does_not_hide_what_its_date_still_holds(office: Office) -> None:
    team = await office.team()
    await office.ring(at(15))
    office.now = at(8)

    (found,) = await seen(office, days=1)

    assert [each.date for each in found.prompts] == [date(2026, 11, 23)]
    assert found.team.id == team.id


async def test_all_teams_of_a_channel_are_meant_and_in_a_dm_all_of_ones_own(
    office: Office,
) -> None:
    for name, channel, people in (
        ("Cebu", CHANNEL, (ANA,)),
        ("Manila", CHANNEL, (BEN,)),
        ("Davao", ELSEWHERE, (ANA,)),
    ):
        await office.team(name, channel=channel, people=people)

    async def names(by: UserId, channel: ChannelId = CHANNEL, name: str | None = None) -> list[str]:
        return [each.team.name for each in await seen(office, by=by, channel=channel, name=name)]

    assert await names(JOY) == ["Cebu", "Manila"]
    assert await names(ANA) == ["Cebu"]
    assert await names(ADA) == ["Cebu", "Manila"]
    assert await names(ANA, DIRECT) == ["Cebu", "Davao"]
    assert await names(ANA, name="davao") == ["Davao"]
    # Whoever has one team means it wherever they ask.
    assert await names(BEN, ChannelId("C0003")) == ["Manila"]


async def test_observers_see_it_too_and_others_are_told_whom_to_ask(office: Office) -> None:
    team = await office.team(people=(ANA,))
    with pytest.raises(BotError, match=r"Only people of Manila can see .* ask Joy"):
        await seen(office, by=BEN)

    await office.do(teams.add, team.id, (BEN,), Role.OBSERVER, by=JOY, now=office.now)

    assert len(await seen(office, by=BEN)) == 1


async def test_without_a_team_or_with_a_wrong_number_it_says_what_to_do(office: Office) -> None:
    with pytest.raises(BotError, match=r"You are in no team\. Set one up with /baton team create"):
        await seen(office, channel=DIRECT)
    await office.team("Cebu")
    with pytest.raises(BotError, match=r"no team Davao here\. Name one: Cebu"):
        await seen(office, name="Davao")
    with pytest.raises(BotError, match="no team of yours here"):
        await seen(office, by=EVE)
    with pytest.raises(BotError, match="1 to 60 days"):
        await seen(office, days=0)
    await office.team("Davao", channel=ELSEWHERE)
    with pytest.raises(BotError, match="No team has its huddle in this channel"):
        await seen(office, by=GONE, channel=ChannelId("C0003"))
