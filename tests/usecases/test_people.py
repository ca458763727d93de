"""What is kept of people, and what their Home shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.person import UserId, called
from bot.domain.post import PostKind
from bot.domain.task import Status, TaskNumber, Via
from bot.usecases import delegation, home, people
from tests.usecases.tasking import ANA, BEN, DRAFT, MAYA, NOW, PEOPLE, furnished

if TYPE_CHECKING:
    from bot.store.database import Store
    from tests.usecases.tasking import Desk


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def test_what_slack_says_is_kept_and_hours_stay(desk: Desk) -> None:
    await desk.keeps_hours(ANA)
    moved = replace(PEOPLE[1], zone="Asia/Tokyo")

    await desk.do(people.remember, (moved, PEOPLE[2]), now=NOW)

    ana = (await desk.do(people.known, (ANA,)))[ANA]
    assert (ana.zone, ana.profile_zone) == ("Asia/Manila", "Asia/Tokyo")
    assert ana.hours_confirmed
    assert len(await desk.do(people.everybody)) == len(PEOPLE)


async def test_hours_of_somebody_with_nothing_waiting_are_kept(desk: Desk) -> None:
    ben = PEOPLE[2]

    await desk.do(people.set_hours, by=BEN, start=ben.start, end=ben.end, days=ben.days, now=NOW)

    assert (await desk.do(people.known, (BEN,)))[BEN].hours_confirmed


async def test_home_is_wanted_by_who_opens_it(desk: Desk) -> None:
    await desk.do(people.open_home, ANA)

    post = await desk.look(lambda tx: tx.posts.find(PostKind.HOME, ANA))
    assert post is not None
    assert post.is_pending


async def test_home_groups_what_is_given_to_me_and_by_me(desk: Desk) -> None:
    await desk.delegate(key="1")
    await desk.delegate(replace(DRAFT, assignees=(MAYA,)), key="2")
    await desk.step(delegation.accept)

    anas = await desk.look(lambda tx: home.load(tx, ANA, now=NOW))
    mayas = await desk.look(lambda tx: home.load(tx, MAYA, now=NOW))
    strangers = await desk.look(lambda tx: home.load(tx, UserId("U9"), now=NOW))

    assert (anas.waiting.count, anas.doing.count, anas.sent.count) == (0, 1, 0)
    assert (mayas.waiting.count, mayas.doing.count, mayas.sent.count) == (0, 1, 1)
    assert anas.doing.tasks[0].status is Status.DOING
    assert (strangers.person, strangers.any_team, strangers.teams) == (None, False, [])


async def test_home_shows_the_first_few_and_counts_the_rest(desk: Desk) -> None:
    for key in range(home.ROWS + 2):
        await desk.delegate(key=str(key))

    shown = await desk.look(lambda tx: home.load(tx, ANA, now=NOW))

    assert len(shown.waiting.tasks) == home.ROWS
    assert shown.waiting.count == home.ROWS + 2


async def test_home_shows_what_needs_me_and_what_was_done_lately(desk: Desk) -> None:
    for key in "12":
        await desk.delegate(key=key)
    await desk.step(delegation.finish)
    await desk.do(delegation.ask, TaskNumber(2), question="Which?", by=ANA, via=Via.BUTTON, now=NOW)

    mayas = await desk.look(lambda tx: home.load(tx, MAYA, now=NOW))
    later = await desk.look(lambda tx: home.load(tx, MAYA, now=NOW + home.LATELY))

    assert [task.number for task in mayas.needing.tasks] == [2]
    assert [task.number for task in mayas.done.tasks] == [1]
    assert later.done.count == 0


def test_a_typed_name_means_whole_names_before_words_of_names() -> None:
    ana = replace(PEOPLE[1], handle="ana.r", real_name="Ana Reyes")
    other = replace(PEOPLE[2], name="Ana Cruz", handle="cruz", real_name="Ana Cruz")
    gone = replace(other, id=UserId("U3"), is_deleted=True)
    bot = replace(other, id=UserId("U4"), is_bot=True)
    everybody = (other, bot, gone, ana)

    assert called(everybody, "Ana") == [ana]
    assert called(everybody, "  ana   CRUZ ") == [other]
    assert called(everybody, "@ana.r") == [ana]
    assert called(everybody, "reyes") == [ana]
    assert called(everybody, "joy") == called(everybody, " @ ") == []
