from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import BotError
from bot.domain.post import PostKind
from bot.domain.task import Status, TaskNumber
from bot.usecases import delegation, reacting, reviewing, task_views
from bot.usecases.task_views import Which
from tests.usecases.tasking import ANA, DRAFT, MAYA, NOW, Desk, furnished

if TYPE_CHECKING:
    from bot.store.database import Store

REVIEWED = replace(DRAFT, review=True)


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def finished(desk: Desk, *, review: bool = True) -> None:
    await desk.delegate(replace(DRAFT, review=review))
    await desk.step(delegation.finish)


async def lists(desk: Desk, which: Which) -> dict[str, list[TaskNumber]]:
    found = await desk.look(lambda tx: task_views.listing(tx, which, by=MAYA, now=NOW))
    return {title: [task.number for task in tasks] for title, tasks in found.groups}


async def test_a_result_to_look_at_is_told_and_waits(desk: Desk) -> None:
    await finished(desk)

    assert (await desk.posts(PostKind.STEP)).keys() == {f"{MAYA}/2"}
    assert (await lists(desk, Which.SENT))["Done, and waits for my look"] == [1]


async def test_a_result_that_nobody_wants_to_see_is_told_to_nobody(desk: Desk) -> None:
    await finished(desk, review=False)

    assert not await desk.posts(PostKind.STEP)
    assert not await lists(desk, Which.SENT)


async def test_a_good_result_closes_the_task(desk: Desk) -> None:
    await finished(desk)

    for _ in range(2):
        await desk.step(reviewing.verify, by=MAYA)

    assert (await desk.task()).status is Status.VERIFIED
    assert (await lists(desk, Which.DONE))["Done for me"] == [1]
    assert (await desk.step(delegation.finish, text="the link")).status is Status.VERIFIED


async def test_what_is_missing_is_told_and_opens_the_task(desk: Desk) -> None:
    await finished(desk)

    await desk.step(reviewing.send_back, text="the totals", by=MAYA)
    await desk.step(reviewing.send_back, text="and the dates", by=MAYA)

    assert (await desk.task()).status is Status.RETURNED
    assert f"{ANA}/3" in await desk.posts(PostKind.STEP)
    view = await desk.look(lambda tx: task_views.detail(tx, TaskNumber(1), by=ANA))
    assert view.history[-1].text == "and the dates"
    assert (await desk.step(delegation.finish)).status is Status.DONE


async def test_a_mark_from_before_does_not_count_for_what_was_given_back(desk: Desk) -> None:
    await desk.delegate(REVIEWED)
    channel, ts = await desk.shown(PostKind.CARD, "1")

    async def react(event_ts: str, *, stands: bool) -> None:
        await desk.do(
            reacting.react,
            channel=channel,
            ts=ts,
            name="white_check_mark",
            stands=stands,
            event_ts=event_ts,
            by=ANA,
            now=NOW,
        )

    await react(f"{NOW.timestamp() - 1:.6f}", stands=True)
    await desk.step(reviewing.send_back, text="the totals", by=MAYA)
    await react(f"{NOW.timestamp() - 1:.6f}", stands=True)
    before = (await desk.task()).status
    await react(f"{NOW.timestamp() + 1:.6f}", stands=True)

    assert (before, (await desk.task()).status) == (Status.RETURNED, Status.DONE)


@pytest.mark.parametrize("verb", [reviewing.verify, reviewing.send_back])
async def test_only_what_is_done_is_looked_at_and_only_by_its_delegator(
    desk: Desk, verb: object
) -> None:
    words = {"text": "the totals"} if verb is reviewing.send_back else {}
    await desk.delegate(REVIEWED)

    with pytest.raises(BotError, match="Nobody has finished task 1 yet"):
        await desk.step(verb, by=MAYA, **words)  # type: ignore[arg-type]  # either of them
    await desk.step(delegation.finish)
    with pytest.raises(BotError, match="Only Maya can"):
        await desk.step(verb, **words)  # type: ignore[arg-type]  # either of them


async def test_a_result_is_not_given_back_without_a_word(desk: Desk) -> None:
    await finished(desk)

    with pytest.raises(BotError, match="What is missing is empty"):
        await desk.step(reviewing.send_back, text="", by=MAYA)
