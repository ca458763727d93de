"""What people say of their own time, and what they are asked about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.calendar import WORKING_WEEK
from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.post import ChannelId, PostKind
from bot.domain.schedule import Schedule
from bot.domain.team import Role
from bot.usecases import own_time, people, teams
from bot.usecases.own_time import Welcome, ZoneChange
from tests.usecases.tasking import ANA, BEN, JOY, MAYA, NOW, PEOPLE, Desk, furnished

if TYPE_CHECKING:
    from bot.domain.person import Person
    from bot.domain.post import Post
    from bot.domain.team import Team
    from bot.store.database import Store

TOKYO = "Asia/Tokyo"


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def person(desk: Desk, user: UserId = ANA) -> Person:
    found = await desk.look(lambda tx: tx.people.get(user))
    assert found is not None
    return found


async def moved(desk: Desk) -> None:
    """Let Slack say that Ana, whose hours are known, is in Tokyo."""
    await desk.keeps_hours(ANA)
    await desk.do(people.remember, (replace(PEOPLE[1], zone=TOKYO),), now=NOW)
    await desk.do(own_time.ask_zone, ANA, now=NOW)


async def notices(desk: Desk) -> dict[str, Post]:
    kinds = [(PostKind.NOTICE, what) for what in ("zone", "welcome")]
    found = await desk.look(lambda tx: tx.posts.under_any(kinds))
    return {post.subject: post for post in found}


async def team(desk: Desk) -> Team:
    return await desk.do(
        teams.create,
        name="Manila",
        channel=ChannelId("C1"),
        schedule=Schedule("Asia/Manila", time(9), WORKING_WEEK),
        people=(ANA,),
        by=MAYA,
        now=NOW,
    )


async def test_a_new_zone_is_taken_over_after_one_click(desk: Desk) -> None:
    await moved(desk)
    [post] = (await notices(desk)).values()
    asked = await desk.do(own_time.view, post)
    assert isinstance(asked, ZoneChange)
    assert asked.is_open
    assert (await person(desk)).zone == "Asia/Manila"

    await desk.do(own_time.answer_zone, TOKYO, by=ANA, yes=True, now=NOW)

    assert (await person(desk)).zone == TOKYO
    settled = await desk.do(own_time.view, post)
    assert isinstance(settled, ZoneChange)
    assert not settled.is_open
    with pytest.raises(BotError, match="settled already"):
        await desk.do(own_time.answer_zone, TOKYO, by=ANA, yes=True, now=NOW)


async def test_a_zone_that_is_kept_is_not_asked_about_again(desk: Desk) -> None:
    await moved(desk)

    await desk.do(own_time.answer_zone, TOKYO, by=ANA, yes=False, now=NOW)
    await moved(desk)

    ana = await person(desk)
    assert (ana.zone, ana.profile_zone, ana.zone_kept) == ("Asia/Manila", TOKYO, True)
    assert len(await notices(desk)) == 1


async def test_a_question_that_waits_is_not_asked_twice(desk: Desk) -> None:
    await moved(desk)
    await desk.do(own_time.ask_zone, ANA, now=NOW)
    await desk.do(own_time.ask_zone, UserId("UNOBODY"), now=NOW)

    assert len(await notices(desk)) == 1


async def test_whose_hours_nobody_knows_simply_moves(desk: Desk) -> None:
    await desk.do(people.remember, (replace(PEOPLE[1], zone=TOKYO),), now=NOW)
    await desk.do(own_time.ask_zone, ANA, now=NOW)

    assert (await person(desk)).zone == TOKYO
    assert not await notices(desk)


async def test_a_new_member_hears_once_who_added_them(desk: Desk) -> None:
    made = await team(desk)
    await desk.do(teams.add, made.id, (BEN,), Role.MEMBER, by=MAYA, now=NOW)
    await desk.do(teams.add, made.id, (JOY,), Role.OBSERVER, by=MAYA, now=NOW)
    await desk.do(teams.edit, made.id, members=(MAYA, ANA, BEN, JOY), by=MAYA, now=NOW)

    posts = await notices(desk)

    assert list(posts) == [f"welcome/{ANA}/1/{MAYA}", f"welcome/{BEN}/1/{MAYA}"]
    view = await desk.do(own_time.view, posts[f"welcome/{ANA}/1/{MAYA}"])
    assert isinstance(view, Welcome)
    assert (view.person.id, view.is_member) == (ANA, True)
    assert view.by is not None
    assert view.by.name == "Maya"


async def test_right_confirms_the_hours_as_they_are(desk: Desk) -> None:
    confirmed = await desk.do(own_time.confirm, by=ANA, now=NOW)

    assert confirmed.hours_confirmed
    assert (confirmed.start, confirmed.end) == (time(9), time(18))
    with pytest.raises(BotError, match="Slack does not say who you are"):
        await desk.do(own_time.confirm, by=UserId("UNOBODY"), now=NOW)


async def test_hours_zone_and_holidays_are_kept_together(desk: Desk) -> None:
    await moved(desk)
    hours: dict[str, Any] = {
        "by": ANA,
        "start": time(21),
        "end": time(6),
        "days": WORKING_WEEK,
        "now": NOW,
    }

    await desk.do(own_time.keep, **hours, keeps="US", zone=TOKYO)
    ana = await person(desk)
    assert (ana.keeps, ana.zone, ana.start, ana.country) == ("US", TOKYO, time(21), "US")

    await desk.do(own_time.keep, **hours, keeps=None, zone=None)
    assert (await person(desk)).keeps == "US"
    with pytest.raises(BotError, match="I know no public holidays"):
        await desk.do(own_time.keep, **hours, keeps="XX", zone=None)


async def test_a_zone_that_was_never_offered_changes_nothing(desk: Desk) -> None:
    hours: dict[str, Any] = {
        "by": ANA,
        "start": time(9),
        "end": time(6),
        "days": WORKING_WEEK,
        "now": NOW,
    }

    await desk.do(own_time.keep, **hours, keeps=None, zone=TOKYO)

    assert (await person(desk)).zone == "Asia/Manila"


async def test_notices_of_no_use_show_nothing(desk: Desk) -> None:
    await team(desk)
    [post] = (await notices(desk)).values()

    for subject in (f"welcome/UNOBODY/1/{MAYA}", f"welcome/{ANA}/9/{MAYA}"):
        assert await desk.do(own_time.view, replace(post, subject=subject)) is None


async def test_a_team_takes_days_off_and_forgets_them(desk: Desk) -> None:
    made = await team(desk)
    days = [NOW.date().replace(day=day) for day in (1, 26, 27)]

    off = await desk.do(teams.take_off, made.id, days, by=MAYA, now=NOW)
    assert off.dates_off == frozenset(days[1:])
    many = [NOW.date().replace(year=2027 + number) for number in range(61)]
    with pytest.raises(BotError, match="at most 60"):
        await desk.do(teams.take_off, made.id, many, by=MAYA, now=NOW)

    none = await desk.do(teams.work_on, made.id, by=MAYA, now=NOW)
    assert none.dates_off == frozenset()


async def test_who_was_not_reached_with_the_question_yet_is_not_asked_anew(desk: Desk) -> None:
    await desk.look(
        lambda tx: tx.people.set_hours(ANA, start=time(9), end=time(18), days=WORKING_WEEK)
    )
    await desk.do(people.remember, (replace(PEOPLE[1], zone=TOKYO),), now=NOW)
    await desk.do(own_time.ask_zone, ANA, now=NOW)
    before = await notices(desk)

    await desk.do(own_time.ask_zone, ANA, now=NOW)

    assert len(before) == 1
    assert await notices(desk) == before
