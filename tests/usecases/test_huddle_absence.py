"""Huddles on days on which some of a team, or all of it, are away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from bot.domain.absence import Absence
from bot.domain.huddle import EVERYBODY_AWAY, HuddleStatus
from bot.domain.post import PostKind
from bot.slack import huddle_blocks
from bot.usecases import absences, answering, huddle_views, huddling
from tests.usecases.huddles import ANA, BEN, JOY, MONDAY, TUESDAY, Office, at

if TYPE_CHECKING:
    from bot.domain.huddle import Huddle

TODAY = Absence(MONDAY, MONDAY)
EVERYBODY = (JOY, ANA, BEN)


async def away(office: Office, *users: str, days: Absence = TODAY) -> None:
    for user in users:
        await office.do(absences.away, user, days, by=user, now=office.now)


async def shown(office: Office, huddle: Huddle) -> str:
    view = await office.do(huddle_views.huddle_view, huddle.subject)
    assert view is not None
    text, _ = huddle_blocks.root(view)
    return text


async def test_who_is_away_is_shown_as_away_and_not_as_missing(office: Office) -> None:
    await away(office, ANA, BEN)

    huddle = await office.opened()

    assert huddle.away == (ANA, BEN)
    assert "Away today: Ana, Ben." in await shown(office, huddle)


async def test_who_is_away_may_answer_all_the_same(office: Office) -> None:
    await away(office, ANA, BEN)
    huddle = await office.opened()

    await office.do(
        answering.answer, huddle.team, MONDAY, by=ANA, texts=("The report", ""), now=at(10)
    )

    assert "Away today: Ben." in await shown(office, huddle)
    status = await office.do(answering.status, huddle.team, now=at(11))
    assert (status.told[0].answered, status.told[0].away) == (1, 1)


async def test_an_absence_of_today_shows_in_the_open_huddle_and_back_takes_it_away(
    office: Office,
) -> None:
    huddle = await office.opened()

    await office.do(absences.away, ANA, TODAY, by=ANA, now=at(10))
    assert "Away today: Ana." in await shown(office, huddle)
    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert root is not None
    assert root.is_pending

    await office.do(absences.back, ANA, by=ANA, now=at(10))
    assert "Away" not in await shown(office, huddle)


async def test_a_closed_huddle_stays_as_it_was(office: Office) -> None:
    huddle = await office.opened()
    await office.ring(at(14))

    await office.do(absences.away, ANA, TODAY, by=ANA, now=at(15))

    found = await office.huddle(huddle.team)
    assert found is not None
    assert found.away == ()


async def test_nothing_is_posted_while_everybody_is_away_and_the_next_one_says_so(
    office: Office,
) -> None:
    team = await office.team()
    await away(office, *EVERYBODY)

    await office.ring(at(9))
    skipped = await office.huddle(team.id)
    await office.ring(at(9, day=24))
    following = await office.huddle(team.id, TUESDAY)

    assert skipped is not None
    assert (skipped.status, skipped.reason) == (HuddleStatus.MISSED, EVERYBODY_AWAY)
    assert await office.post(PostKind.HUDDLE, skipped.subject) is None
    assert following is not None
    assert following.skipped == MONDAY
    assert "There was no huddle on Mon 23 Nov: everybody was away." in await shown(
        office, following
    )
    status = huddle_blocks.status(
        await office.do(answering.status, team.id, now=at(10, day=24)), reader_zone="Asia/Manila"
    )
    assert "Mon 23 Nov: not held. Everybody was away that day." in status


async def test_a_huddle_by_hand_is_held_although_everybody_is_away(office: Office) -> None:
    team = await office.team()
    await away(office, *EVERYBODY)
    await office.ring(at(9))

    huddle = await office.do(huddling.open_now, team.id, by=JOY, now=at(10))

    assert huddle.status is HuddleStatus.OPEN
    assert huddle.away == EVERYBODY


async def test_a_holiday_of_everybody_is_no_day_for_a_huddle(office: Office) -> None:
    # The 30th of November is Bonifacio Day in the Philippines; Ben works in New York.
    team = await office.team(people=(ANA,))
    both = await office.team("Both")
    office.now = at(10, day=27)
    await office.ring(at(9, day=30))

    huddle = await office.huddle(team.id, date(2026, 11, 30))
    with_ben = await office.huddle(both.id, date(2026, 11, 30))

    assert huddle is not None
    assert huddle.reason == EVERYBODY_AWAY
    assert with_ben is not None
    assert with_ben.away == (JOY, ANA)


async def test_a_date_that_the_team_has_off_has_no_huddle(office: Office) -> None:
    team = await office.team()
    await office.do(lambda tx: tx.teams.save(replace(team, dates_off=frozenset({MONDAY}))))

    await office.ring(at(9))

    huddle = await office.huddle(team.id)
    assert huddle is not None
    assert huddle.reason == EVERYBODY_AWAY


async def test_a_huddle_in_the_evening_of_one_is_in_the_morning_of_another(
    office: Office,
) -> None:
    """Nine on Monday in Manila is Sunday evening in New York; Ben's Monday is what counts."""
    await away(office, BEN)

    assert (await office.opened()).away == (BEN,)


async def test_what_somebody_is_away_for_later_changes_nothing_today(office: Office) -> None:
    huddle = await office.opened()
    before = await office.do(lambda tx: tx.posts.find(PostKind.HUDDLE, huddle.subject))

    await away(office, BEN, days=Absence(TUESDAY, TUESDAY))

    after = await office.do(lambda tx: tx.posts.find(PostKind.HUDDLE, huddle.subject))
    assert before is not None
    assert after == before
