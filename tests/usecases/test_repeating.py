"""Repeating tasks: the next one, once; what is left out, stopped, changed, paused and asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.alarm import Alarm, AlarmKind
from bot.domain.calendar import Weekday
from bot.domain.errors import BotError
from bot.domain.post import PostKind
from bot.domain.repeat import Frequency, Moving, Rule
from bot.domain.series import SeriesId
from bot.domain.task import Status, Step, TaskNumber, Via
from bot.usecases import delegation, repeat_notices, repeating, repeats, ringing, task_views
from tests.databases import WORKSPACE
from tests.usecases.tasking import ANA, BEN, DRAFT, DUE, JOY, MAYA, NOW, Desk, furnished

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.series import Series
    from bot.domain.task import Task, TaskEvent
    from bot.store.database import Store
    from bot.store.transaction import Tx

WEEKLY = Rule(Frequency.WEEKLY)
WEEK = timedelta(weeks=1)
# Where the Friday on which it is due ends the day at 17:00, the next comes while Ana still works.
DUE_AT = DUE.at


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def repeated(desk: Desk, rule: Rule = WEEKLY, **draft: Any) -> None:  # noqa: ANN401  # of many types
    """Let Maya give Ana what is due on Friday, and by this rule after that."""
    await desk.do(
        delegation.delegate,
        replace(DRAFT, rule=rule, **draft),
        key="1",
        by=MAYA,
        via=Via.COMMAND,
        now=NOW,
    )


async def ring(desk: Desk, now: datetime) -> None:
    alarm = Alarm(WORKSPACE, AlarmKind.SERIES_NEXT, "1", now, now)
    await desk.do(ringing.ring, alarm, now=now)


async def series(desk: Desk) -> Series:
    found = await desk.look(lambda tx: tx.series.get(1))
    assert found is not None
    return found


async def tasks(desk: Desk) -> list[Task]:
    found = await desk.look(lambda tx: tx.tasks.of_series(1, limit=20))
    return found[::-1]


async def alarm_at(desk: Desk) -> datetime | None:
    alarm = await desk.look(lambda tx: tx.alarms.get(AlarmKind.SERIES_NEXT, "1"))
    return None if alarm is None else alarm.due_at


async def notices(desk: Desk) -> list[str]:
    found = await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, "task"))
    return [post.subject for post in found]


async def history(desk: Desk, number: int) -> list[TaskEvent]:
    return await desk.look(lambda tx: tx.tasks.history(TaskNumber(number)))


async def finish(desk: Desk, number: int, now: datetime) -> None:
    await desk.do(
        delegation.finish, TaskNumber(number), by=ANA, via=Via.BUTTON, sees_card=True, now=now
    )


async def test_the_next_one_is_made_once_when_the_first_falls_due(desk: Desk) -> None:
    await repeated(desk)

    assert await alarm_at(desk) == DUE_AT
    await ring(desk, DUE_AT - timedelta(seconds=1))
    assert len(await tasks(desk)) == 1
    await ring(desk, DUE_AT)
    await ring(desk, DUE_AT)

    first, second = await tasks(desk)
    assert (first.series, second.series) == (1, 1)
    assert second.due.at == DUE.at + WEEK
    assert second.status is Status.WAITING
    assert (await history(desk, 2))[0].via is Via.REPEAT
    assert await alarm_at(desk) == DUE_AT + WEEK
    assert "2/UANA" in [
        post.subject for post in await desk.look(lambda tx: tx.posts.under(PostKind.NEW_TASK, "2"))
    ]


async def test_its_key_keeps_another_process_from_making_it_twice(desk: Desk) -> None:
    await repeated(desk)
    await ring(desk, DUE_AT)
    made = await series(desk)

    def anew(tx: Tx) -> None:
        tx.series.get(1)
        tx.series.save(replace(made, latest=DUE.local.date(), latest_due=DUE.at))
        tx.alarms.set(AlarmKind.SERIES_NEXT, "1", due_at=DUE_AT, after=DUE_AT)

    await desk.look(anew)
    await ring(desk, DUE_AT)

    assert len(await tasks(desk)) == 2


async def test_after_an_outage_only_the_latest_is_made_and_says_what_is_missing(desk: Desk) -> None:
    await repeated(desk, replace(WEEKLY, times=9))
    await ring(desk, DUE_AT + 2 * WEEK + timedelta(days=3))

    first, latest = await tasks(desk)
    [made] = await history(desk, 2)
    assert (first.number, latest.due.at) == (1, DUE.at + 3 * WEEK)
    assert made.text == (
        "Those due Fri 4 Dec 2026 and Fri 11 Dec 2026 were left out: Baton was not running then."
    )
    assert (await series(desk)).rule.times == 5


async def test_one_that_was_missed_is_named_alone_and_many_are_counted(desk: Desk) -> None:
    await repeated(desk)
    await ring(desk, DUE_AT + WEEK + timedelta(days=3))
    await ring(desk, DUE_AT + 10 * WEEK + timedelta(days=3))

    assert "The one due Fri 4 Dec 2026 was left out" in (await history(desk, 2))[0].text
    assert "and 3 more were left out" in (await history(desk, 3))[0].text


async def test_the_last_one_is_made_though_it_is_late(desk: Desk) -> None:
    await repeated(desk, replace(WEEKLY, times=2))
    await ring(desk, DUE_AT + 4 * WEEK)

    assert [task.due.at for task in await tasks(desk)] == [DUE.at, DUE.at + WEEK]
    assert (await series(desk)).next_due is None
    assert await alarm_at(desk) is None


async def test_the_next_one_waits_for_one_that_was_moved(desk: Desk) -> None:
    await repeated(desk)
    # To Wednesday: Monday is a holiday in the Philippines.
    moved = replace(DUE, at=DUE.at + timedelta(days=5), local=DUE.local + timedelta(days=5))
    await desk.look(lambda tx: tx.tasks.save(replace(_task(tx, 1), due=moved), None))

    await ring(desk, DUE_AT)

    assert len(await tasks(desk)) == 1
    assert await alarm_at(desk) == moved.at
    await ring(desk, moved.at)
    assert len(await tasks(desk)) == 2


def _task(tx: Tx, number: int) -> Task:
    found = tx.tasks.get(TaskNumber(number))
    assert found is not None
    return found


async def test_days_off_that_came_meanwhile_move_the_alarm(desk: Desk) -> None:
    await repeated(desk)
    early = DUE_AT - timedelta(days=1)
    await desk.look(lambda tx: tx.alarms.set(AlarmKind.SERIES_NEXT, "1", due_at=early, after=early))

    await ring(desk, early)

    assert len(await tasks(desk)) == 1
    assert await alarm_at(desk) == DUE_AT


async def test_one_is_skipped_and_the_next_comes(desk: Desk) -> None:
    await repeated(desk)

    await desk.step(repeating.skip, by=MAYA)
    await ring(desk, DUE_AT)

    first, second = await tasks(desk)
    assert (first.status, second.status) == (Status.CANCELLED, Status.WAITING)
    assert await desk.steps() == [Step.DELEGATE, Step.SKIP]
    assert "1/UANA/2" in [
        post.subject for post in await desk.look(lambda tx: tx.posts.under(PostKind.STEP, "1"))
    ]


async def test_a_series_is_stopped_for_good(desk: Desk) -> None:
    await repeated(desk)

    await desk.step(repeating.stop, by=MAYA)
    await desk.step(repeating.stop, by=MAYA)
    await ring(desk, DUE_AT)

    assert [task.status for task in await tasks(desk)] == [Status.WAITING]
    assert await desk.steps() == [Step.DELEGATE, Step.STOP]
    with pytest.raises(BotError, match="does not come again any more"):
        await desk.step(repeating.skip, by=MAYA)


async def test_an_alarm_of_what_ended_is_given_up(desk: Desk) -> None:
    await repeated(desk)
    await desk.step(repeating.stop, by=MAYA)
    await desk.look(
        lambda tx: tx.alarms.set(AlarmKind.SERIES_NEXT, "1", due_at=DUE_AT, after=DUE_AT)
    )

    await ring(desk, DUE_AT)

    assert await alarm_at(desk) is None


@pytest.mark.parametrize("verb", [repeating.skip, repeating.stop])
async def test_only_its_delegator_may(desk: Desk, verb: Any) -> None:  # noqa: ANN401  # a use case
    await repeated(desk)

    with pytest.raises(BotError, match="Only Maya can s"):
        await desk.step(verb, by=ANA)


async def test_what_comes_once_is_neither_skipped_nor_stopped(desk: Desk) -> None:
    await desk.delegate()

    for verb in (repeating.skip, repeating.stop):
        with pytest.raises(BotError, match="Task 1 does not repeat"):
            await desk.step(verb, by=MAYA)


async def test_a_delegation_that_is_taken_back_does_not_repeat(desk: Desk) -> None:
    await repeated(desk)

    await desk.do(delegation.undo, TaskNumber(1), by=MAYA, via=Via.BUTTON, now=NOW)

    assert not (await series(desk)).is_living
    assert await alarm_at(desk) is None


async def changed(desk: Desk, number: int = 1, **said: Any) -> Any:  # noqa: ANN401  # of many types
    task = await desk.look(lambda tx: _task(tx, number))
    known = await desk.look(lambda tx: tx.series.get(1))
    given = {
        "rule": known.rule if known and known.is_living else None,
        "moving": Moving.BEFORE,
        "for_all": False,
        "assignees": task.people,
        "title": task.title,
        "more": task.more,
        "due": task.due,
        "takes": task.takes,
        "in_channel": (),
    } | said
    return await desk.do(
        repeating.change_as_said, task.number, by=MAYA, via=Via.MODAL, now=NOW, **given
    )


async def test_this_one_is_changed_alone(desk: Desk) -> None:
    await repeated(desk)

    await changed(desk, title="Another")
    await changed(desk, title="Yet another", for_all=None)

    assert (await series(desk)).title == "Prepare June report"


async def test_this_one_and_all_that_follow_are_changed(desk: Desk) -> None:
    await repeated(desk, replace(WEEKLY, times=5))
    thursday = replace(DUE, at=DUE.at - timedelta(days=1), local=DUE.local - timedelta(days=1))

    await changed(desk, title="Another", due=thursday, assignees=(BEN,), for_all=True)

    made = await series(desk)
    assert (made.title, made.assignees, made.rule.times) == ("Another", (BEN,), 4)
    assert made.rule.days == {Weekday.TH}
    assert made.next_due == thursday.at + WEEK


async def test_an_older_one_changes_what_follows_the_newest(desk: Desk) -> None:
    await repeated(desk)
    await ring(desk, DUE_AT)

    await changed(desk, title="Another", for_all=True)

    made = await series(desk)
    assert (made.title, made.next_due) == ("Another", DUE.at + 2 * WEEK)


async def test_another_rule_is_for_all_that_follow(desk: Desk) -> None:
    await repeated(desk)

    await changed(desk, rule=replace(WEEKLY, interval=2))

    assert (await series(desk)).next_due == DUE.at + 2 * WEEK


async def test_never_stops_it_and_another_rule_begins_it_anew(desk: Desk) -> None:
    await repeated(desk)

    done = await changed(desk, rule=None)
    assert not done.series.is_living
    begun = await changed(desk, rule=WEEKLY)

    assert begun.series.is_living
    assert (await series(desk)).next_due == DUE.at + WEEK


async def test_what_came_to_an_end_ends_once(desk: Desk) -> None:
    await repeated(desk)
    first = await desk.task()

    await desk.do(repeats.end, first, now=NOW)
    await desk.do(repeats.end, first, now=DUE_AT)

    assert (await series(desk)).ended_at == NOW
    await desk.do(
        repeating.change,
        first.number,
        first,
        None,
        moving=Moving.BEFORE,
        by=MAYA,
        via=Via.MODAL,
        now=NOW,
    )
    assert not (await series(desk)).is_living


async def test_a_task_that_came_once_repeats_from_now_on(desk: Desk) -> None:
    await desk.delegate()

    await changed(desk, title="As it was", rule=None)
    await changed(desk, rule=WEEKLY)

    assert (await desk.task()).series == 1
    assert await alarm_at(desk) == DUE_AT


async def test_somebody_who_is_gone_pauses_it_and_the_delegator_hears_once(desk: Desk) -> None:
    await repeated(desk)
    await desk.person(ANA, is_deleted=True)

    await ring(desk, DUE_AT)
    await desk.do(repeating.pause_series_of, ANA, now=DUE_AT)

    assert (await series(desk)).is_paused
    assert len(await tasks(desk)) == 1
    assert await notices(desk) == ["task/1/paused/UANA/UMAYA"]
    await desk.do(repeating.resume_series_of, ANA, now=DUE_AT)
    assert (await series(desk)).is_paused
    await desk.person(ANA, is_deleted=False)
    await desk.do(repeating.resume_series_of, ANA, now=DUE_AT)
    await ring(desk, DUE_AT)
    assert len(await tasks(desk)) == 2


async def test_only_the_series_of_somebody_are_paused(desk: Desk) -> None:
    await repeated(desk)

    await desk.do(repeating.pause_series_of, JOY, now=NOW)
    assert not (await series(desk)).is_paused
    await desk.do(repeating.pause_series_of, ANA, now=NOW)
    await desk.do(repeating.resume_series_of, JOY, now=NOW)

    assert (await series(desk)).is_paused
    assert await alarm_at(desk) is None


async def test_after_two_that_are_done_the_assignee_is_asked_once(desk: Desk) -> None:
    await repeated(desk)
    await finish(desk, 1, NOW)
    assert not await notices(desk)
    await ring(desk, DUE_AT)
    await finish(desk, 2, DUE_AT)
    await ring(desk, DUE_AT + WEEK)
    await finish(desk, 3, DUE_AT + WEEK)

    assert await notices(desk) == ["task/2/enough/1/UANA"]
    said = await desk.do(repeating.answer_enough, TaskNumber(2), enough=True, by=ANA)
    assert (said[0].number, said[1]) == (2, Step.NOTE)
    assert (await series(desk)).was_enough
    with pytest.raises(BotError, match="Only Ana can answer this"):
        await desk.do(repeating.answer_enough, TaskNumber(2), enough=True, by=MAYA)


async def test_what_was_missing_is_asked_about_the_next_one(desk: Desk) -> None:
    await repeated(desk)
    await finish(desk, 1, NOW)
    await ring(desk, DUE_AT)

    task, step = await desk.do(repeating.answer_enough, TaskNumber(1), enough=False, by=ANA)

    assert (task.number, step) == (2, Step.ASK)


async def test_nobody_is_asked_about_what_they_gave_to_themselves(desk: Desk) -> None:
    await repeated(desk, assignees=(MAYA,))
    # Her Friday begins five hours later, at nine in New York.
    for number, now in ((1, NOW), (2, DUE_AT + timedelta(hours=5))):
        await desk.do(
            delegation.finish, TaskNumber(number), by=MAYA, via=Via.BUTTON, sees_card=True, now=now
        )
        await ring(desk, DUE_AT + timedelta(hours=5))

    assert not await notices(desk)


async def test_a_clock_that_is_set_back_leaves_one_of_each(desk: Desk) -> None:
    await repeated(desk)
    await ring(desk, DUE_AT)

    await desk.do(ringing.rewind, now=NOW)

    assert await alarm_at(desk) == DUE_AT + WEEK
    assert len(await tasks(desk)) == 2


async def test_new_zone_data_plan_the_next_one_anew(desk: Desk) -> None:
    await repeated(desk)
    await desk.look(lambda tx: tx.alarms.cancel(AlarmKind.SERIES_NEXT, "1"))

    def forget(tx: Tx) -> None:
        known = tx.workspaces.get()
        assert known is not None
        tx.workspaces.save(replace(known, zone_data="old"))

    await desk.look(forget)
    await desk.do(ringing.renew, now=NOW)

    assert await alarm_at(desk) == DUE_AT


async def test_the_alarm_says_what_it_will_do(desk: Desk) -> None:
    alarm = Alarm(WORKSPACE, AlarmKind.SERIES_NEXT, "1", NOW, NOW)

    assert await desk.do(ringing.in_words, alarm) == "task 1 comes again"


async def test_a_notice_shows_nothing_to_whom_it_does_not_concern(desk: Desk) -> None:
    await repeated(desk)
    await desk.do(repeating.pause_series_of, ANA, now=NOW)

    def shown(tx: Tx, subject: str) -> object:
        post = tx.posts.want(PostKind.NOTICE, subject, channel=DRAFT.channel)  # type: ignore[arg-type]  # it is one
        assert repeat_notices.is_of_series(post)
        return repeat_notices.shown(tx, post)

    for subject, is_there in (
        ("task/1/paused/UANA/UMAYA", True),
        ("task/1/paused/UANA/UJOY", False),
        ("task/9/paused/UANA/UMAYA", False),
    ):
        found = await desk.look(lambda tx, subject=subject: shown(tx, subject))  # type: ignore[misc]  # bound now
        assert (found is not None) is is_there


async def test_a_view_knows_what_repeats(desk: Desk) -> None:
    await repeated(desk)

    view = await desk.do(task_views.detail, TaskNumber(1), by=ANA)
    assert view.repeats
    assert view.repeats.id == SeriesId(1)
    await desk.step(repeating.stop, by=MAYA)

    assert (await desk.do(task_views.detail, TaskNumber(1), by=ANA)).repeats is None
