from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.calendar import Weekday
from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.post import ChannelId, PostKind
from bot.domain.schedule import Schedule
from bot.domain.task import Status, Step, TaskNumber, Via
from bot.domain.team import Role
from bot.usecases import changing, delegation, reacting, task_views
from bot.usecases.task_views import StepView, Which
from tests.usecases.tasking import (
    ANA,
    BEN,
    CHANNEL,
    DRAFT,
    DUE,
    JOY,
    LATER,
    MAYA,
    NOW,
    Desk,
    furnished,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.database import Store
    from bot.store.transaction import Tx

ONE = TaskNumber(1)


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    desk = await furnished(sqlite_store)
    await desk.delegate()
    return desk


async def told(desk: Desk, subject: str) -> StepView:
    def read(tx: Tx) -> StepView:
        post = tx.posts.find(PostKind.STEP, f"1/{subject}")
        assert post is not None
        return task_views.of_step(tx, post)

    return await desk.look(read)


async def listed(
    desk: Desk, which: Which, *, by: UserId = ANA, sees: frozenset[ChannelId] = frozenset()
) -> dict[str, list[int]]:
    listing = await desk.do(task_views.listing, which, by=by, sees=sees, now=NOW)
    return {heading: [task.number for task in tasks] for heading, tasks in listing.groups}


async def test_a_card_in_a_channel_is_for_everybody(desk: Desk) -> None:
    def read(tx: Tx) -> task_views.TaskView:
        (post,) = tx.posts.under(PostKind.CARD, "1")
        return task_views.of_post(tx, post)

    view = await desk.look(read)

    assert view.reader is None
    assert not view.is_private
    assert view.person is None
    assert view.name(ANA) == "Ana"
    assert view.name(UserId("UGONE")) == "somebody who left"


async def test_a_message_to_an_assignee_is_private(desk: Desk) -> None:
    def read(tx: Tx) -> task_views.TaskView:
        (post,) = tx.posts.under(PostKind.NEW_TASK, "1")
        return task_views.of_post(tx, post)

    view = await desk.look(read)

    assert view.is_private
    assert view.person is not None
    assert view.person.name == "Ana"


async def test_a_task_is_shown_to_those_who_may_see_it(desk: Desk) -> None:
    seen = await desk.do(task_views.detail, ONE, by=JOY, sees_card=True)

    assert not seen.is_private
    with pytest.raises(BotError, match="There is no task 1 that you can see"):
        await desk.do(task_views.detail, ONE, by=JOY)


async def test_the_last_note_is_the_last_words_for_everybody(desk: Desk) -> None:
    await desk.step(delegation.note, text="Half way")
    await desk.step(delegation.ask, question="Which format?")
    noted = await desk.do(task_views.detail, ONE, by=ANA)
    await desk.step(delegation.finish, text="Sent")
    finished = await desk.do(task_views.detail, ONE, by=ANA)

    assert noted.last_note is not None
    assert noted.last_note.text == "Half way"
    assert finished.last_note is not None
    assert finished.last_note.text == "Sent"


async def test_a_task_taken_back_is_known_as_such(desk: Desk) -> None:
    await desk.do(delegation.undo, ONE, by=MAYA, via=Via.BUTTON, now=NOW)

    view = await desk.do(task_views.detail, ONE, by=MAYA)

    assert view.is_taken_back
    assert view.last_note is None


@pytest.mark.parametrize(
    ("verb", "given", "by", "subject", "settling"),
    [
        (delegation.ask, {"question": "?"}, ANA, f"{MAYA}/2", "answer"),
        (delegation.ask, {"question": "?"}, ANA, f"{MAYA}/2", "ask"),
        (delegation.ask, {"question": "?"}, ANA, f"{MAYA}/2", "cancel"),
        (delegation.ask, {"question": "?"}, ANA, f"{MAYA}/2", "accept"),
        (delegation.decline, {}, ANA, f"{MAYA}/2", "decline"),
        (delegation.answer, {"text": "?"}, MAYA, f"{ANA}/2", "answer"),
        (delegation.block, {}, ANA, f"{MAYA}/2", "block"),
        (delegation.block, {}, ANA, f"{MAYA}/2", "accept"),
        (delegation.decline, {}, ANA, f"{MAYA}/2", "reopen"),
        (delegation.decline, {}, ANA, f"{MAYA}/2", "cancel"),
        (delegation.cancel, {}, MAYA, f"{ANA}/2", "reopen"),
        (changing.move, {"due": LATER}, MAYA, f"{ANA}/2", "move"),
        (changing.move, {"due": LATER}, MAYA, f"{ANA}/2", "finish"),
        (delegation.answer, {"text": "PDF"}, MAYA, f"{ANA}/2", "finish"),
    ],
)
async def test_a_message_about_a_step_is_settled_by_what_follows(  # noqa: PLR0917  # a table
    desk: Desk,
    verb: Callable[..., object],
    given: dict[str, Any],
    by: UserId,
    subject: str,
    settling: str,
) -> None:
    await desk.step(verb, by=by, **given)
    before = await told(desk, subject)
    after: dict[str, tuple[Callable[..., object], dict[str, Any], UserId]] = {
        "answer": (delegation.answer, {"text": "PDF"}, MAYA),
        "ask": (delegation.ask, {"question": "Really?"}, ANA),
        "block": (delegation.block, {"reason": "No login"}, ANA),
        "decline": (delegation.decline, {"reason": "Too busy"}, ANA),
        "accept": (delegation.accept, {}, ANA),
        "reopen": (delegation.reopen, {}, MAYA),
        "cancel": (delegation.cancel, {}, MAYA),
        "move": (changing.move, {"due": DUE}, MAYA),
        "finish": (delegation.finish, {}, ANA),
    }
    verb, given, by = after[settling]
    await desk.step(verb, by=by, **given)

    assert not before.is_settled
    assert (await told(desk, subject)).is_settled


async def test_a_question_that_was_taken_back_is_settled(desk: Desk) -> None:
    channel, ts = await desk.shown(PostKind.CARD, "1")
    for stands, event_ts in ((True, "1.0"), (False, "2.0")):
        await desk.do(
            reacting.react,
            channel=channel,
            ts=ts,
            name="question",
            stands=stands,
            event_ts=event_ts,
            by=ANA,
            now=NOW,
        )

    assert (await told(desk, f"{MAYA}/2")).is_settled


async def test_who_was_asked_again_settles_it_by_answering(desk: Desk) -> None:
    await desk.step(delegation.decline)
    await desk.step(delegation.reopen, by=MAYA)
    before = await told(desk, f"{ANA}/3")
    await desk.step(delegation.accept)

    assert not before.is_settled
    assert (await told(desk, f"{ANA}/3")).is_settled


async def test_that_a_task_was_taken_away_stays_said(desk: Desk) -> None:
    await desk.step(changing.give, (BEN,), in_channel=(), by=MAYA)

    assert not (await told(desk, f"{ANA}/2")).is_settled


async def test_what_waits_for_my_yes_is_listed(desk: Desk) -> None:
    await desk.delegate(key="2")
    await desk.step(delegation.accept)

    waiting = await desk.do(task_views.awaiting, ANA)
    views = await desk.do(task_views.details, waiting, by=ANA)

    assert [view.task.number for view in views] == [2]


async def test_my_list_has_what_waits_what_i_do_and_what_needs_me(desk: Desk) -> None:
    await desk.step(delegation.accept)
    await desk.delegate(key="2")
    await desk.delegate(replace(DRAFT, assignees=(MAYA,)), key="3", by=ANA)
    await desk.do(delegation.decline, TaskNumber(3), by=MAYA, via=Via.BUTTON, now=NOW)
    await desk.delegate(key="4")
    await desk.do(delegation.block, TaskNumber(4), by=ANA, via=Via.BUTTON, now=NOW)

    assert await listed(desk, Which.MINE) == {
        "Waiting for my yes": [2, 4],
        "Doing": [1],
        "Sent, and needs me": [3],
    }


async def test_a_question_of_mine_is_listed_apart(desk: Desk) -> None:
    await desk.step(delegation.accept)
    await desk.step(delegation.ask, question="Which format?")

    assert await listed(desk, Which.MINE) == {"Question or blocked": [1]}
    assert await listed(desk, Which.WAITING, by=MAYA) == {"Sent, and needs me": [1]}


async def test_what_i_sent_is_listed_by_how_it_stands(desk: Desk) -> None:
    await desk.delegate(key="2")
    await desk.step(delegation.accept)

    assert await listed(desk, Which.SENT, by=MAYA) == {
        "Sent, waiting for a yes": [2],
        "Sent, in work": [1],
    }


async def test_what_is_done_is_listed_for_both_sides(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(MAYA,)), key="2")
    await desk.step(delegation.finish)
    await desk.do(delegation.finish, TaskNumber(2), by=MAYA, via=Via.BUTTON, now=NOW)

    assert await listed(desk, Which.DONE) == {"Done by me": [1]}
    assert await listed(desk, Which.DONE, by=MAYA) == {"Done by me": [2], "Done for me": [1]}


async def test_what_is_overdue_is_listed(desk: Desk) -> None:
    listing = await desk.do(
        task_views.listing, Which.OVERDUE, by=ANA, now=DUE.at + timedelta(seconds=1)
    )

    assert [heading for heading, _ in listing.groups] == ["Overdue"]
    assert await listed(desk, Which.OVERDUE) == {}


async def test_of_my_teams_i_see_only_what_my_channels_show(desk: Desk) -> None:
    def team(tx: Tx) -> None:
        tx.teams.add(
            name="Manila",
            channel=CHANNEL,
            schedule=Schedule("Asia/Manila", time(9), frozenset({Weekday.MO})),
            roles=((ANA, Role.LEAD), (JOY, Role.MEMBER), (MAYA, Role.OBSERVER)),
            now=NOW,
        )

    await desk.look(team)
    await desk.delegate(replace(DRAFT, channel=None), key="2")

    assert await desk.do(task_views.channels_of_teams, JOY) == {CHANNEL}
    assert await listed(desk, Which.TEAM, by=JOY) == {}
    assert await listed(desk, Which.TEAM, by=JOY, sees=frozenset({CHANNEL})) == {"My teams": [1]}
    assert await listed(desk, Which.TEAM, by=ANA) == {"My teams": [1, 2]}
    assert await listed(desk, Which.TEAM, by=BEN) == {}


async def test_each_status_of_a_task_can_be_read_from_its_history(desk: Desk) -> None:
    await desk.step(delegation.accept)
    view = await desk.do(task_views.detail, ONE, by=ANA)

    accepted = view.latest(Step.ACCEPT)
    assert accepted is not None
    assert accepted.after is Status.DOING
    assert view.latest(Step.CANCEL) is None


async def test_a_question_stays_settled_when_somebody_asks_anew(desk: Desk) -> None:
    await desk.step(changing.give, (ANA, BEN), in_channel={ANA, BEN}, by=MAYA)
    await desk.step(delegation.ask, question="Which format?")
    await desk.step(delegation.accept)
    await desk.step(delegation.ask, question="By when?", by=BEN)

    assert (await told(desk, f"{MAYA}/3")).is_settled
    assert not (await told(desk, f"{MAYA}/5")).is_settled
