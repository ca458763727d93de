from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.post import PostKind
from bot.domain.task import TaskNumber, Via
from bot.usecases import catching_up, delegation, ringing
from tests.usecases.huddles import TUESDAY, at
from tests.usecases.tasking import ANA, BEN, DRAFT, MAYA, NOW, Desk, furnished

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.database import Store
    from tests.usecases.huddles import Office


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def heard(desk: Desk, minutes: float) -> datetime | None:
    return await desk.do(catching_up.heard, at=NOW + timedelta(minutes=minutes))


async def test_nothing_is_missed_while_slack_is_heard_every_few_minutes(desk: Desk) -> None:
    found = [await heard(desk, minutes) for minutes in (0, 1, 6, 11)]

    assert found == [None] * 4


async def test_a_long_silence_is_told_of_until_it_is_made_up_for(desk: Desk) -> None:
    await heard(desk, 0)

    assert await heard(desk, 6) == NOW
    assert await heard(desk, 7) == NOW
    await desk.do(catching_up.caught_up, now=NOW + timedelta(minutes=8))
    assert await heard(desk, 9) is None


async def test_of_two_clocks_the_one_that_is_ahead_counts(desk: Desk) -> None:
    await heard(desk, 10)

    assert await heard(desk, 0) is None
    assert await heard(desk, 11) is None


async def test_a_clock_that_was_set_back_is_believed(desk: Desk) -> None:
    await heard(desk, 600)

    await desk.do(ringing.rewind, now=NOW)

    assert await heard(desk, 6) == NOW


async def test_huddles_that_were_open_since_then_are_read_once_they_are_posted(
    office: Office,
) -> None:
    team = await office.team()
    await office.ring(at(9))
    assert await office.do(catching_up.huddles, since=at(9)) == []
    await office.posted(f"{team.id}/2026-11-23")
    await office.ring(at(13))

    [root] = await office.do(catching_up.huddles, since=at(12, 59))

    assert root == await office.post(PostKind.HUDDLE, f"{team.id}/2026-11-23")
    assert await office.do(catching_up.huddles, since=at(13)) == []


async def test_the_newest_open_huddle_is_read_first(office: Office) -> None:
    team = await office.team()
    for morning in (at(9), at(9, day=24)):
        await office.ring(morning)
        await office.posted(f"{team.id}/{office.now.date()}")

    roots = await office.do(catching_up.huddles, since=at(9, 5))

    assert [root.subject for root in roots] == [f"{team.id}/{TUESDAY}", f"{team.id}/2026-11-23"]


async def test_tasks_are_read_that_a_reaction_can_change(desk: Desk) -> None:
    for key in "1234":
        await desk.delegate(key=key)
    await desk.step(delegation.finish)
    await desk.do(delegation.cancel, TaskNumber(2), by=MAYA, via=Via.BUTTON, now=NOW)

    assert await desk.do(catching_up.tasks, since=NOW) == [4, 3]


async def test_a_task_that_was_finished_by_reaction_yesterday_is_read(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.finish, via=Via.REACTION)

    late, too_late = NOW + timedelta(hours=23), NOW + timedelta(hours=25)

    assert await desk.do(catching_up.tasks, since=late) == [1]
    assert await desk.do(catching_up.tasks, since=too_late) == []


async def test_of_a_tasks_cards_those_are_read_on_which_reactions_count(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None, assignees=(ANA, BEN)))
    for user in (MAYA, ANA):
        await desk.shown(PostKind.CARD, f"1/{user}")

    cards = await desk.do(catching_up.cards, TaskNumber(1))

    # Ben's was not shown yet, and Maya's would only tell her that hers do not count.
    assert [card.subject for card in cards] == [f"1/{ANA}"]


async def test_a_card_in_a_channel_is_read(desk: Desk) -> None:
    await desk.delegate()
    await desk.shown(PostKind.CARD, "1")

    assert [card.subject for card in await desk.do(catching_up.cards, TaskNumber(1))] == ["1"]
    assert await desk.do(catching_up.cards, TaskNumber(2)) == []
