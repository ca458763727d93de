from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.brief import Rest
from bot.domain.errors import BotError
from bot.domain.post import PostKind
from bot.domain.task import Reply, Status, Step, TaskNumber, Via
from bot.usecases import changing, delegation, dividing, reacting, reviewing, task_views
from tests.usecases.tasking import ANA, BEN, DRAFT, JOY, LATER, MAYA, NOW, Desk, furnished

if TYPE_CHECKING:
    from bot.domain.brief import Draft
    from bot.domain.person import UserId
    from bot.domain.task import Task
    from bot.store.database import Store

WHOLE, DRAWN, CHECKED = (TaskNumber(number) for number in (1, 2, 3))
PARTS = [
    replace(DRAFT, title="Draw it", assignees=(BEN,)),
    replace(DRAFT, title="Check it", assignees=(JOY,), due=LATER),
]


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def divided(desk: Desk, *, review: bool = False) -> None:
    await desk.delegate(replace(DRAFT, review=review))
    await desk.step(delegation.accept)
    await desk.do(dividing.divide, WHOLE, PARTS, key="V1", by=MAYA, via=Via.MODAL, now=NOW)


async def finish(desk: Desk, number: TaskNumber, by: UserId, verb: object = None) -> None:
    await desk.do(
        verb or delegation.finish,  # type: ignore[arg-type]  # any step
        number,
        by=by,
        via=Via.BUTTON,
        now=NOW,
    )


async def numbered(desk: Desk, number: TaskNumber) -> Task:
    found = await desk.look(lambda tx: tx.tasks.get(number))
    assert found is not None
    return found


async def test_parts_are_tasks_of_their_own_and_made_once(desk: Desk) -> None:
    await divided(desk)
    again = await desk.do(dividing.divide, WHOLE, PARTS, key="V1", by=MAYA, via=Via.MODAL, now=NOW)

    parts = await desk.look(lambda tx: tx.tasks.parts_of(WHOLE))
    assert [(part.number, part.people, part.parent) for part in parts] == [
        (DRAWN, (BEN,), WHOLE),
        (CHECKED, (JOY,), WHOLE),
    ]
    assert [done.task.number for done in again] == [DRAWN, CHECKED]
    assert await desk.steps() == [Step.DELEGATE, Step.ACCEPT, Step.DIVIDE]


async def test_the_whole_is_done_when_its_parts_are(desk: Desk) -> None:
    await divided(desk)

    await finish(desk, DRAWN, BEN)
    before = await desk.task()
    await finish(desk, CHECKED, JOY)

    assert before.status is Status.DOING
    assert (await desk.task()).status is Status.DONE
    last = (await desk.look(lambda tx: tx.tasks.history(WHOLE)))[-1]
    assert (last.step, last.by, last.via) == (Step.FINISH, JOY, Via.PART)


async def test_its_card_shows_how_the_parts_stand(desk: Desk) -> None:
    await divided(desk)
    await desk.shown(PostKind.CARD, "1")

    await finish(desk, DRAWN, BEN)

    assert (await desk.posts(PostKind.CARD))[""].is_pending
    view = await desk.look(lambda tx: task_views.detail(tx, WHOLE, by=ANA))
    assert [part.status for part in view.parts] == [Status.DONE, Status.WAITING]
    assert view.name(JOY) == "Joy"


async def test_a_part_that_is_opened_again_opens_the_whole_and_tells_once(desk: Desk) -> None:
    await divided(desk)
    await finish(desk, DRAWN, BEN)
    await finish(desk, CHECKED, JOY)

    await finish(desk, DRAWN, BEN, delegation.reopen)

    assert (await desk.task()).status is Status.DOING
    told = await desk.posts(PostKind.STEP)
    assert not any(subject.startswith(MAYA) for subject in told)


async def test_the_whole_cannot_be_finished_before_its_parts(desk: Desk) -> None:
    await divided(desk)
    channel, ts = await desk.shown(PostKind.CARD, "1")

    with pytest.raises(BotError, match="done when its parts are"):
        await desk.step(delegation.finish)
    reacted = await desk.do(
        reacting.react,
        channel=channel,
        ts=ts,
        name="white_check_mark",
        stands=True,
        event_ts="1800000000.000000",
        by=ANA,
        now=NOW,
    )
    assert reacted is not None
    assert "done when its parts are" in reacted.hint
    assert (await desk.task()).status is Status.DOING


async def test_a_mark_that_was_missed_does_not_finish_a_whole_with_parts_left(desk: Desk) -> None:
    await divided(desk)
    channel, ts = await desk.shown(PostKind.CARD, "1")

    await desk.do(
        reacting.read,
        channel=channel,
        ts=ts,
        reactions={"heavy_check_mark": [ANA]},
        event_ts="1800000001.000000",
        now=NOW,
    )

    assert (await desk.task()).status is Status.DOING


async def test_a_part_that_is_to_be_looked_at_holds_the_whole(desk: Desk) -> None:
    await desk.delegate()
    parts = [replace(part, review=True) for part in PARTS[:1]]
    await desk.do(dividing.divide, WHOLE, parts, key="V1", by=MAYA, via=Via.MODAL, now=NOW)

    await finish(desk, DRAWN, BEN)
    before = (await desk.task()).status
    await finish(desk, DRAWN, MAYA, reviewing.verify)

    assert (before, (await desk.task()).status) == (Status.WAITING, Status.DONE)


async def test_a_part_that_is_moved_is_shown_anew_on_the_whole(desk: Desk) -> None:
    await divided(desk)
    await desk.shown(PostKind.CARD, "1")

    await desk.do(changing.move, DRAWN, due=LATER, by=MAYA, via=Via.BUTTON, now=NOW)

    assert (await desk.posts(PostKind.CARD))[""].is_pending


async def test_parts_are_cancelled_with_the_whole_and_their_people_told(desk: Desk) -> None:
    await divided(desk)
    await finish(desk, DRAWN, BEN)

    await desk.step(delegation.cancel, by=MAYA)

    parts = await desk.look(lambda tx: tx.tasks.parts_of(WHOLE))
    assert [part.status for part in parts] == [Status.DONE, Status.CANCELLED]
    assert await desk.look(lambda tx: tx.posts.under(PostKind.STEP, f"{CHECKED}/{JOY}"))


async def test_whose_task_is_divided_hears_of_it(desk: Desk) -> None:
    await divided(desk)

    assert (await desk.posts(PostKind.STEP)).keys() == {f"{ANA}/3"}


async def test_two_last_parts_finished_at_once_finish_the_whole(store: Store) -> None:
    desk = await furnished(store)
    await divided(desk)

    await asyncio.gather(finish(desk, DRAWN, BEN), finish(desk, CHECKED, JOY))

    assert (await desk.task()).status is Status.DONE


async def test_a_whole_has_no_shares_whatever_its_form_says(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)))
    await desk.do(dividing.divide, WHOLE, PARTS, key="V1", by=MAYA, via=Via.MODAL, now=NOW)

    await desk.step(
        changing.edit,
        title="Prepare it",
        more="",
        takes=None,
        rest=Rest(everyone=True),
        by=MAYA,
    )

    assert not (await desk.task()).everyone


async def test_whoever_is_left_with_their_share_done_is_done(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN), everyone=True))
    await desk.step(delegation.finish)
    await desk.step(delegation.accept)

    given = await desk.step(changing.give, (ANA,), in_channel=(), by=MAYA)

    assert given.task.status is Status.DONE
    assert given.task.reply_of(ANA) is Reply.DONE


async def test_a_part_of_nothing_is_an_error(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, parent=TaskNumber(77)))

    with pytest.raises(LookupError):
        await desk.step(delegation.finish)


@pytest.mark.parametrize(
    ("drafts", "by", "number", "words"),
    [
        ([], MAYA, WHOLE, "Name at least one part"),
        (PARTS, ANA, WHOLE, "Only Maya can divide task 1"),
        (PARTS, MAYA, DRAWN, "is a part of task 1 itself"),
    ],
)
async def test_what_cannot_be_divided_is_refused_and_left_as_it_is(
    desk: Desk, drafts: list[Draft], by: UserId, number: TaskNumber, words: str
) -> None:
    await divided(desk)

    with pytest.raises(BotError, match=words):
        await desk.do(dividing.divide, number, drafts, key="V2", by=by, via=Via.MODAL, now=NOW)

    assert await desk.look(lambda tx: len(tx.tasks.parts_of(WHOLE))) == len(PARTS)
    assert await desk.look(lambda tx: tx.tasks.get(TaskNumber(4))) is None


async def test_dividing_ends_the_shares_of_all(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN), everyone=True))

    await desk.do(dividing.divide, WHOLE, PARTS, key="V1", by=MAYA, via=Via.MODAL, now=NOW)

    assert not (await desk.task()).everyone


async def test_with_shares_each_has_done_their_own(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN), everyone=True))
    await desk.step(delegation.accept)
    await desk.step(delegation.finish)

    mine = await desk.look(
        lambda tx: task_views.listing(tx, task_views.Which.MINE, by=ANA, now=NOW)
    )
    await desk.step(delegation.reopen)
    reopened = (await desk.task()).reply_of(ANA)
    await desk.step(delegation.finish)
    await desk.step(delegation.finish, by=BEN)

    assert not mine.groups
    assert reopened is Reply.ACCEPTED
    assert (await desk.task()).status is Status.DONE
