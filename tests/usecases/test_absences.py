"""Being away and back, and what delegators are asked about what is due meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.absence import Absence
from bot.domain.alarm import AlarmKind
from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.post import ChannelId, Post, PostKind
from bot.domain.task import TaskNumber, Via
from bot.usecases import absence_notices, absences, changing, people
from bot.usecases.absence_notices import DueInside, PutDown
from bot.usecases.telling import tell
from tests.usecases.tasking import ANA, BEN, DRAFT, DUE, JOY, MAYA, NOW, PEOPLE, Desk, furnished

if TYPE_CHECKING:
    from bot.store.database import Store

FRIDAY = Absence(date(2026, 11, 27), date(2026, 11, 27))
WEEK = Absence(date(2026, 11, 25), date(2026, 12, 1))
SUBJECT = f"absence/{ANA}/2026-11-27/2026-11-27/{MAYA}"


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def notices(desk: Desk) -> dict[str, Post]:
    kinds = [(PostKind.NOTICE, "absence"), (PostKind.NOTICE, "away")]
    found = await desk.look(lambda tx: tx.posts.under_any(kinds))
    return {post.subject: post for post in found}


async def asked(desk: Desk, subject: str = SUBJECT) -> DueInside:
    posts = await notices(desk)
    found = await desk.do(absence_notices.view, posts[subject])
    assert isinstance(found, DueInside)
    return found


async def test_what_is_due_meanwhile_is_told_and_asked_about_once(desk: Desk) -> None:
    await desk.delegate()

    away = await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)
    again = await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)

    assert [task.title for task in away.due] == [DRAFT.title]
    assert again.absence == FRIDAY
    assert list(await notices(desk)) == [SUBJECT]


async def test_an_absence_that_grows_asks_only_about_what_is_new(desk: Desk) -> None:
    await desk.delegate()
    await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)

    away = await desk.do(absences.away, ANA, WEEK, by=ANA, now=NOW)

    assert away.absence == WEEK
    assert list(await notices(desk)) == [SUBJECT]


async def test_nobody_is_asked_about_their_own_tasks_or_others(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(BEN,)), by=MAYA)
    await desk.delegate(DRAFT, by=ANA, key="2")

    away = await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)

    assert [task.number for task in away.due] == [2]
    assert not await notices(desk)


async def test_a_task_is_moved_to_the_end_of_the_day_after(desk: Desk) -> None:
    await desk.delegate()
    await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)

    view = await desk.do(
        absence_notices.move, SUBJECT, TaskNumber(1), by=MAYA, via=Via.BUTTON, now=NOW
    )

    # Monday the 30th of November is Bonifacio Day, which Ana keeps.
    assert (await desk.task()).due.local.isoformat() == "2026-12-01T18:00:00"
    assert view.tasks == ()


async def test_a_task_that_is_left_is_not_asked_about_again(desk: Desk) -> None:
    await desk.delegate()
    await desk.delegate(replace(DRAFT, title="Call Sam"), key="2")
    await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)

    view = await desk.do(absence_notices.leave, SUBJECT, TaskNumber(1), by=MAYA)
    assert [task.number for task in view.tasks] == [2]
    view = await desk.do(absence_notices.leave, SUBJECT, None, by=MAYA)

    assert view.tasks == ()
    assert (await desk.task()).due == DUE


async def test_a_task_given_to_somebody_else_is_settled(desk: Desk) -> None:
    await desk.delegate()
    await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)

    await desk.step(changing.give, (BEN,), in_channel=(), by=MAYA)

    assert (await asked(desk)).tasks == ()


async def test_only_whoever_was_asked_decides(desk: Desk) -> None:
    await desk.delegate()
    await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)

    with pytest.raises(BotError, match="Only whoever was asked"):
        await desk.do(absence_notices.leave, SUBJECT, None, by=BEN)
    with pytest.raises(BotError, match="Only whoever was asked"):
        await desk.do(
            absence_notices.leave, f"away/{ANA}/2026-11-27/2026-11-27/{MAYA}", None, by=ANA
        )


async def test_a_lead_says_it_for_a_member_who_is_told_at_once(desk: Desk) -> None:
    await desk.look(lambda tx: tx.people.save(replace(PEOPLE[0], is_admin=True)))

    await desk.do(absences.away, ANA, FRIDAY, by=MAYA, now=NOW)

    [(subject, post)] = (await notices(desk)).items()
    view = await desk.do(absence_notices.view, post)
    assert subject == f"away/{ANA}/2026-11-27/2026-11-27/{MAYA}"
    assert post.wanted == 1
    assert isinstance(view, PutDown)
    assert view.stands
    assert view.lead is not None
    assert view.lead.name == "Maya"


async def test_nobody_else_says_it_for_them(desk: Desk) -> None:
    with pytest.raises(BotError, match="Only Ana can say when they are away"):
        await desk.do(absences.away, ANA, FRIDAY, by=JOY, now=NOW)
    with pytest.raises(BotError, match="does not know that person"):
        await desk.do(absences.away, UserId("UNOBODY"), FRIDAY, by=JOY, now=NOW)


async def test_a_bot_is_never_away(desk: Desk) -> None:
    await desk.look(lambda tx: tx.people.save(replace(PEOPLE[2], is_bot=True)))
    await desk.look(lambda tx: tx.people.save(replace(PEOPLE[0], is_admin=True)))

    with pytest.raises(BotError, match="not at work here"):
        await desk.do(absences.away, BEN, FRIDAY, by=MAYA, now=NOW)


async def test_what_waited_for_the_next_day_waits_until_they_are_back(desk: Desk) -> None:
    # It is 17:00 on Monday in Manila; Tuesday is off.
    await desk.do(
        people.set_hours,
        by=ANA,
        start=PEOPLE[1].start,
        end=PEOPLE[1].end,
        days=PEOPLE[1].days,
        now=NOW,
    )
    late = NOW + timedelta(hours=3)
    await desk.look(lambda tx: tell(tx, ANA, PostKind.STEP, f"1/{ANA}/1", now=late))
    assert await desk.look(lambda tx: tx.posts.held_for(ChannelId(ANA)))
    tuesday = Absence(date(2026, 11, 24), date(2026, 11, 24))

    away = await desk.do(absences.away, ANA, tuesday, by=ANA, now=late)
    held = await desk.look(lambda tx: tx.alarms.get(AlarmKind.DAY_BEGIN, ANA))
    await desk.do(absences.back, ANA, by=ANA, now=late)
    again = await desk.look(lambda tx: tx.alarms.get(AlarmKind.DAY_BEGIN, ANA))

    assert held is not None
    assert held.due_at == away.back_at == NOW + timedelta(days=1, hours=16)
    assert again is not None
    assert again.due_at == NOW + timedelta(hours=16)


async def test_back_ends_the_present_absence_today(desk: Desk) -> None:
    days = Absence(date(2026, 11, 23), date(2026, 11, 27))
    await desk.do(absences.away, ANA, days, by=ANA, now=NOW)

    ended = await desk.do(absences.back, ANA, by=ANA, now=NOW + timedelta(days=2))

    assert ended == days
    assert await desk.look(lambda tx: tx.absences.of(ANA)) == (
        Absence(date(2026, 11, 23), date(2026, 11, 24)),
    )
    with pytest.raises(BotError, match="You are not down as away"):
        await desk.do(absences.back, ANA, by=ANA, now=NOW + timedelta(days=2))


async def test_an_absence_that_is_taken_back_asks_nothing_more(desk: Desk) -> None:
    await desk.delegate()
    await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)

    assert await desk.do(absences.take_back, ANA, FRIDAY.first, by=ANA, now=NOW) == FRIDAY
    assert await desk.do(absences.take_back, ANA, FRIDAY.first, by=ANA, now=NOW) is None

    assert (await asked(desk)).tasks == ()


async def test_notices_about_people_whom_nobody_knows_show_nothing(desk: Desk) -> None:
    await desk.delegate()
    await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)
    post = (await notices(desk))[SUBJECT]

    for subject in (SUBJECT.replace(ANA, "UGONE"), f"away/UGONE/2026-11-27/2026-11-27/{MAYA}"):
        assert await desk.do(absence_notices.view, replace(post, subject=subject)) is None


async def test_past_absences_are_listed_no_more_and_forgotten_in_time(desk: Desk) -> None:
    await desk.do(absences.away, ANA, FRIDAY, by=ANA, now=NOW)
    later = NOW + timedelta(days=70)
    ana = await desk.look(lambda tx: tx.people.get(ANA))
    assert ana is not None
    assert absences.coming(ana, NOW) == (FRIDAY,)
    assert absences.coming(ana, later) == ()

    day = later.date() + timedelta(days=1)
    await desk.do(absences.away, ANA, Absence(day, day), by=ANA, now=later)

    assert await desk.look(lambda tx: tx.absences.of(ANA)) == (Absence(day, day),)


async def test_only_leads_and_admins_may_speak_for_others(desk: Desk) -> None:
    assert not await desk.do(absences.may_speak_for_others, MAYA)
    await desk.look(lambda tx: tx.people.save(replace(PEOPLE[0], is_admin=True)))

    assert await desk.do(absences.may_speak_for_others, MAYA)
