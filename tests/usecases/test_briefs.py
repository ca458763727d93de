"""A brief that is completed and changed later, and due times that are moved to fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.brief import Rest
from bot.domain.details import GAP_QUESTIONS, Gap
from bot.domain.errors import BotError
from bot.domain.post import PostKind
from bot.domain.task import Authority, Details, Step, TaskNumber, Via
from bot.usecases import asking, changing, delegation
from tests.usecases.tasking import ANA, BEN, DRAFT, JOY, LATER, MAYA, NOW, furnished

if TYPE_CHECKING:
    from bot.domain.task import TaskEvent
    from bot.store.database import Store
    from tests.usecases.tasking import Desk

ONE = TaskNumber(1)
DETAILS = Details(measure="Twelve shops", authority=Authority.ACT)
SAME = {"title": DRAFT.title, "more": DRAFT.more, "takes": DRAFT.takes}


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def last(desk: Desk) -> TaskEvent:
    return (await desk.look(lambda tx: tx.tasks.history(ONE)))[-1]


async def test_what_is_completed_is_kept_and_named_in_the_history(desk: Desk) -> None:
    await desk.delegate()

    task = await desk.step(changing.edit, **SAME, rest=Rest(details=DETAILS, review=True), by=MAYA)

    event = await last(desk)
    assert (task.details, task.review) == (DETAILS, True)
    assert event.step is Step.EDIT
    assert event.text == ("how we will know it is good, how far to go and whether it is reviewed")
    assert not await desk.posts(PostKind.STEP)


async def test_a_form_without_details_leaves_them_as_they_are(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, details=DETAILS, review=True))

    task = await desk.step(changing.edit, **(SAME | {"title": "July report"}), by=MAYA)

    assert (task.details, task.review) == (DETAILS, True)
    assert (await last(desk)).text == "the outcome"


async def test_one_person_has_no_share(desk: Desk) -> None:
    await desk.delegate()

    task = await desk.step(changing.edit, **SAME, rest=Rest(everyone=True), by=MAYA)

    assert not task.everyone
    assert (await last(desk)).step is Step.DELEGATE


async def test_who_has_to_finish_is_settled_once_somebody_has(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN), everyone=True))
    await desk.step(delegation.finish)

    with pytest.raises(BotError, match="finished their share"):
        await desk.step(changing.edit, **SAME, rest=Rest(everyone=False), by=MAYA)
    task = await desk.step(
        changing.edit, **SAME, rest=Rest(details=DETAILS, everyone=True), by=MAYA
    )

    assert task.everyone
    assert task.details == DETAILS


async def test_who_was_just_told_of_a_task_is_not_told_that_it_moved(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)))
    await desk.step(delegation.accept, by=BEN)

    done = await desk.do(changing.fit, ONE, due=LATER, by=MAYA, via=Via.BUTTON, now=NOW)

    assert done.task.due == LATER
    assert {subject.partition("/")[0] for subject in await desk.posts(PostKind.STEP)} == {BEN}


async def test_later_everybody_is_told_that_it_moved(desk: Desk) -> None:
    await desk.delegate()

    later = NOW + timedelta(hours=1)
    await desk.do(changing.fit, ONE, due=LATER, by=MAYA, via=Via.BUTTON, now=later)

    assert len(await desk.posts(PostKind.STEP)) == 1


async def test_a_larger_first_task_is_noticed(desk: Desk) -> None:
    small = await desk.delegate(replace(DRAFT, assignees=(JOY,)), key="1")
    large = replace(DRAFT, assignees=(ANA, JOY), takes=timedelta(hours=8))
    first = await desk.delegate(large, key="2")
    repeated = await desk.delegate(large, key="2")
    second = await desk.delegate(large, key="3")
    own = await desk.delegate(replace(large, assignees=(MAYA,)), key="4")

    assert small.new_to == ()
    assert first.new_to == repeated.new_to == (ANA,)
    assert second.new_to == own.new_to == ()


async def test_who_never_got_a_task_of_mine_is_known_before_i_give_one(desk: Desk) -> None:
    await desk.delegate()

    found = await desk.do(delegation.first_timers, (MAYA, ANA, BEN), by=MAYA)

    assert found == (BEN,)


async def test_several_gaps_become_one_question(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, takes=timedelta(hours=24)))

    await desk.step(asking.ask_gap, Gap.MEASURE)
    await desk.step(asking.ask_gap, Gap.RISKS)
    task = await desk.step(asking.ask_gap, Gap.RISKS)

    assert task.question == f"{GAP_QUESTIONS[Gap.MEASURE]}\n{GAP_QUESTIONS[Gap.RISKS]}"
    assert await desk.steps() == [Step.DELEGATE, Step.ASK, Step.ASK]


async def test_somebody_elses_question_is_left_to_them(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN), takes=timedelta(hours=24)))
    await desk.step(delegation.ask, question="Which format?", by=BEN)

    task = await desk.step(asking.ask_gap, Gap.LINKS)

    assert task.question == GAP_QUESTIONS[Gap.LINKS]


async def test_only_assignees_ask_about_gaps(desk: Desk) -> None:
    await desk.delegate()

    with pytest.raises(BotError, match="Only Ana can"):
        await desk.step(asking.ask_gap, Gap.LINKS, by=BEN)
