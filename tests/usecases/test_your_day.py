"""*Your day*: when it begins, what it holds, and what it does with messages that waited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.absence import Absence
from bot.domain.alarm import AlarmKind
from bot.domain.calendar import WORKING_WEEK
from bot.domain.day import TOGETHER, Matter
from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.post import ChannelId, PostKind, PostState
from bot.domain.task import TaskNumber, Via
from bot.domain.team import Role, TeamId
from bot.usecases import (
    answering,
    changing,
    day_views,
    delegation,
    hearing,
    huddling,
    moving,
    people,
    reviewing,
    ringing,
    teams,
    telling,
    your_day,
)
from tests.usecases.huddles import nine
from tests.usecases.tasking import (
    ANA,
    BEN,
    CHANNEL,
    DRAFT,
    DUE,
    JOY,
    MAYA,
    NOW,
    furnished,
)

if TYPE_CHECKING:
    from bot.domain.day import Day
    from bot.domain.post import Post
    from bot.store.database import Store
    from bot.store.transaction import Tx
    from bot.usecases.day_views import DayView
    from tests.usecases.tasking import Desk

ONE = TaskNumber(1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Tuesday 09:00 in Manila, when Ana's and Ben's day begins; Friday 17:00 is when task 1 is due.
TUESDAY = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
# Tuesday 09:00 in New York, when Maya's day begins.
MAYAS = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    made = await furnished(sqlite_store)

    def keep_no_holidays(tx: Tx) -> None:
        for user in (MAYA, ANA, BEN, JOY):
            tx.people.set_holidays(user, "none")

    await made.look(keep_no_holidays)
    return made


async def ring(desk: Desk, now: datetime) -> None:
    """Let the heartbeat tick, as often as anything is due."""
    for _ in range(5):
        for alarm in await desk.store.due(now, limit=100):
            await desk.do(ringing.ring, alarm, now=now)


async def days(desk: Desk, user: UserId) -> list[Day]:
    return await desk.look(lambda tx: tx.days.latest(user, 50))


async def matters(desk: Desk, user: UserId) -> list[Matter]:
    """Return what the lines of somebody's last day are about."""
    (day, *_) = [*await days(desk, user), None]
    return [] if day is None else [line.matter for line in day.lines]


async def begins_at(desk: Desk, user: UserId) -> datetime | None:
    alarm = await desk.look(lambda tx: tx.alarms.get(AlarmKind.DAY_BEGIN, user))
    return None if alarm is None else alarm.due_at


async def keeps_nine_to_six(desk: Desk, *users: UserId) -> None:
    for user in users:
        person = (await desk.do(people.known, (user,)))[user]
        await desk.do(
            people.set_hours,
            by=user,
            start=person.start,
            end=person.end,
            days=WORKING_WEEK,
            now=NOW,
        )


async def step(desk: Desk, verb: object, *, by: UserId, now: datetime, **given: object) -> None:
    await desk.do(verb, ONE, by=by, via=Via.BUTTON, now=now, **given)  # type: ignore[arg-type]


async def post_of(desk: Desk, day: Day) -> Post:
    post = await desk.look(lambda tx: tx.posts.find(PostKind.DAY, day.subject))
    assert post is not None
    return post


async def seen(desk: Desk, user: UserId) -> list[bool]:
    """Return which lines of somebody's last day are settled."""
    (day, *_) = await days(desk, user)
    view: DayView = await desk.look(lambda tx: day_views.of_day(tx, day))
    return [each.is_settled for each in view.seen]


# When it begins.


async def test_a_day_is_awaited_by_those_it_may_hold_something_for(desk: Desk) -> None:
    await desk.delegate()
    await desk.delegate()

    assert await begins_at(desk, ANA) == TUESDAY
    assert await begins_at(desk, MAYA) == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    assert await begins_at(desk, BEN) is None


async def test_a_day_renews_itself_while_anything_is_open(desk: Desk) -> None:
    await desk.delegate()
    await ring(desk, TUESDAY)
    assert await begins_at(desk, ANA) == TUESDAY + DAY

    await step(desk, delegation.finish, by=ANA, now=TUESDAY + HOUR)
    await ring(desk, TUESDAY + DAY)

    assert await begins_at(desk, ANA) is None
    assert len(await days(desk, ANA)) == 1


async def test_a_task_that_is_open_again_is_looked_at_again(desk: Desk) -> None:
    await desk.delegate()
    await step(desk, delegation.finish, by=ANA, now=NOW)
    await ring(desk, TUESDAY)
    assert await begins_at(desk, ANA) is None

    await step(desk, delegation.reopen, by=MAYA, now=TUESDAY)

    assert await begins_at(desk, ANA) == TUESDAY + DAY


async def test_a_day_that_was_over_before_anything_ran_is_not_begun_late(desk: Desk) -> None:
    await desk.delegate()

    await ring(desk, TUESDAY + 10 * HOUR)

    assert await days(desk, ANA) == []
    assert await begins_at(desk, ANA) == TUESDAY + DAY


async def test_ringing_twice_begins_one_day(desk: Desk) -> None:
    await desk.delegate()
    (alarm,) = [one for one in await desk.store.due(TUESDAY, limit=9) if one.subject == ANA]
    for _ in range(2):
        await desk.do(ringing.ring, alarm, now=TUESDAY)
    await desk.look(
        lambda tx: tx.alarms.set(AlarmKind.DAY_BEGIN, ANA, due_at=TUESDAY, after=TUESDAY)
    )
    await ring(desk, TUESDAY + HOUR)

    assert len(await days(desk, ANA)) == 1


async def test_nobody_who_left_and_no_bot_is_awaited(desk: Desk) -> None:
    await desk.delegate()
    await desk.person(ANA, is_deleted=True)
    await ring(desk, TUESDAY)
    assert await days(desk, ANA) == []
    assert await begins_at(desk, ANA) is None

    await desk.do(telling.expect, (ANA,), now=NOW)

    assert await begins_at(desk, ANA) is None


async def test_new_hours_and_a_clock_set_back_plan_the_day_anew(desk: Desk) -> None:
    await desk.delegate()
    await keeps_nine_to_six(desk, ANA)
    assert await begins_at(desk, ANA) == TUESDAY
    await desk.look(
        lambda tx: tx.alarms.set(AlarmKind.DAY_BEGIN, ANA, due_at=TUESDAY + 5 * DAY, after=NOW)
    )

    await desk.do(ringing.rewind, now=NOW)

    assert await begins_at(desk, ANA) == TUESDAY


# What it holds.


async def test_lines_follow_how_things_stand(desk: Desk) -> None:
    await desk.delegate()
    await ring(desk, TUESDAY)
    assert await matters(desk, ANA) == [Matter.YES]
    assert await matters(desk, MAYA) == []

    await step(desk, delegation.accept, by=ANA, now=TUESDAY)
    assert await seen(desk, ANA) == [True]
    await ring(desk, MAYAS)
    assert await matters(desk, MAYA) == [Matter.NEWS]
    await ring(desk, TUESDAY + 2 * DAY)
    assert await matters(desk, ANA) == [Matter.SOON]
    await ring(desk, TUESDAY + 3 * DAY)
    assert await matters(desk, ANA) == [Matter.TODAY]
    assert await seen(desk, ANA) == [False]
    assert await seen(desk, MAYA) == [False]


async def test_an_overdue_task_is_a_line_three_times_and_then_its_delegators(desk: Desk) -> None:
    await desk.delegate()
    await step(desk, delegation.accept, by=ANA, now=NOW)
    monday = TUESDAY + 6 * DAY

    for later in range(5):
        await ring(desk, monday + later * DAY)
        await ring(desk, monday + later * DAY + 13 * HOUR)

    said = [line.matter for day in await days(desk, ANA) for line in day.lines]
    assert said.count(Matter.OVERDUE) == 3
    theirs = [line.matter for day in await days(desk, MAYA) for line in day.lines]
    assert theirs.count(Matter.LATE) == 3
    assert await seen(desk, MAYA) == [False]
    await step(desk, delegation.finish, by=ANA, now=monday + 5 * DAY)
    assert await seen(desk, MAYA) == [True]


async def test_what_waits_for_others_is_silent(desk: Desk) -> None:
    await desk.delegate()
    await step(desk, delegation.ask, by=ANA, now=NOW, question="Which?")
    await ring(desk, TUESDAY)
    await ring(desk, MAYAS)
    assert await matters(desk, ANA) == []
    assert await matters(desk, MAYA) == [Matter.ANSWER]

    await step(desk, delegation.answer, by=MAYA, now=MAYAS, text="The first.")
    assert await seen(desk, MAYA) == [True]
    await step(desk, delegation.snooze, by=ANA, now=MAYAS, until=MAYAS + 9 * DAY)
    await ring(desk, TUESDAY + DAY)

    assert await matters(desk, ANA) == []


async def test_a_delegator_hears_of_silence_a_working_day_later_until_they_wait(
    desk: Desk,
) -> None:
    await desk.delegate()
    await ring(desk, MAYAS)
    assert await matters(desk, MAYA) == []
    await ring(desk, MAYAS + DAY)
    assert await matters(desk, MAYA) == [Matter.SILENT]
    (day,) = await days(desk, MAYA)
    assert await seen(desk, MAYA) == [False]

    await desk.do(your_day.put_off, day.subject, ONE, by=MAYA)

    assert await seen(desk, MAYA) == [True]
    await ring(desk, MAYAS + 2 * DAY)
    assert len(await days(desk, MAYA)) == 1


async def test_a_task_in_work_is_no_line_of_its_delegators_before_it_is_late(desk: Desk) -> None:
    await desk.delegate()
    await step(desk, delegation.accept, by=ANA, now=NOW - 3 * DAY)

    await ring(desk, TUESDAY)
    await ring(desk, MAYAS)

    assert await matters(desk, ANA) == []

    assert await matters(desk, MAYA) == []


async def test_a_line_is_settled_for_whoever_the_task_was_taken_from(desk: Desk) -> None:
    await desk.delegate()
    await ring(desk, TUESDAY)
    await desk.do(changing.give, ONE, (BEN,), in_channel=(), by=MAYA, via=Via.BUTTON, now=TUESDAY)

    assert await seen(desk, ANA) == [True]
    (day,) = await days(desk, ANA)
    post = await post_of(desk, day)
    other = replace(post, subject=f"{ANA}/2020-01-01/0")
    assert await desk.look(lambda tx: day_views.of_post(tx, other)) is None


async def test_a_declined_task_is_its_delegators_until_they_act(desk: Desk) -> None:
    await desk.delegate()
    await step(desk, delegation.decline, by=ANA, now=NOW)
    await ring(desk, MAYAS)
    assert await matters(desk, MAYA) == [Matter.DECLINED]
    assert await seen(desk, MAYA) == [False]

    await desk.do(changing.give, ONE, (BEN,), in_channel=(), by=MAYA, via=Via.BUTTON, now=MAYAS)

    assert await seen(desk, MAYA) == [True]


async def test_a_task_for_oneself_is_a_line_of_ones_own(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(MAYA,)))

    await ring(desk, datetime(2026, 11, 26, 14, 0, tzinfo=UTC))

    assert await matters(desk, MAYA) == [Matter.SOON]


async def test_five_lines_are_shown_and_the_rest_counted(desk: Desk) -> None:
    for key in range(7):
        await desk.delegate(key=str(key))

    await ring(desk, TUESDAY)

    (day,) = await days(desk, ANA)
    assert (len(day.lines), day.rest, day.crowded) == (5, 2, 7)


async def test_a_task_that_is_gone_settles_its_line(desk: Desk) -> None:
    await desk.delegate()
    await ring(desk, TUESDAY)
    (day,) = await days(desk, ANA)
    nowhere = replace(day, lines=tuple(replace(line, subject="99", task=99) for line in day.lines))

    view = await desk.look(lambda tx: day_views.of_day(tx, nowhere))

    assert [each.is_settled for each in view.seen] == [True]


async def test_somebody_elses_day_is_nobodys_business(desk: Desk) -> None:
    await desk.delegate()
    await ring(desk, TUESDAY)
    (day,) = await days(desk, ANA)

    with pytest.raises(BotError, match="somebody else's day"):
        await desk.do(your_day.put_away, day.subject, by=BEN)
    with pytest.raises(BotError, match="somebody else's day"):
        await desk.do(your_day.put_away, f"{ANA}/2020-01-01/0", by=ANA)
    await desk.do(your_day.put_away, day.subject, by=ANA)

    (after,) = await days(desk, ANA)
    assert after.is_over
    assert await desk.look(lambda tx: tx.days.current([ANA])) == []


async def test_a_day_can_be_looked_at_before_it_begins(desk: Desk) -> None:
    await desk.delegate()

    day = await desk.do(your_day.preview, ANA, now=NOW)

    assert [line.matter for line in day.lines] == [Matter.YES]
    assert await days(desk, ANA) == []
    with pytest.raises(BotError, match="who you are"):
        await desk.do(your_day.preview, UserId("U9"), now=NOW)


async def test_a_result_to_be_looked_at_is_a_line_until_it_is(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, review=True))
    await step(desk, delegation.finish, by=ANA, now=NOW)
    await ring(desk, MAYAS)
    assert await matters(desk, MAYA) == [Matter.REVIEW]
    assert await seen(desk, MAYA) == [False]

    await step(desk, reviewing.verify, by=MAYA, now=MAYAS)

    assert await seen(desk, MAYA) == [True]


async def test_somebody_away_is_told_when_they_are_back(desk: Desk) -> None:
    away = Absence(TUESDAY.date(), TUESDAY.date())
    await desk.look(lambda tx: tx.absences.add(ANA, away))
    await desk.do(delegation.delegate, DRAFT, key="1", by=MAYA, via=Via.COMMAND, now=TUESDAY + HOUR)

    assert (await desk.posts(PostKind.NEW_TASK))[ANA].is_held
    await ring(desk, TUESDAY + DAY)
    assert (await desk.posts(PostKind.NEW_TASK))[ANA].wanted == 1


# Huddles.


async def team(desk: Desk, now: datetime = NOW) -> None:
    await desk.do(
        teams.create,
        name="Manila",
        channel=CHANNEL,
        schedule=nine(),
        people=(ANA,),
        by=JOY,
        now=now,
    )
    await desk.do(teams.add, TeamId(1), (BEN,), Role.OBSERVER, by=JOY, now=now)


async def test_a_huddle_that_just_opened_is_no_line_for_an_hour(desk: Desk) -> None:
    await team(desk)
    await desk.do(telling.expect, (BEN,), now=NOW)

    await ring(desk, TUESDAY)
    await ring(desk, TUESDAY + timedelta(seconds=5))
    assert await days(desk, ANA) == []
    await ring(desk, TUESDAY + HOUR)

    assert await matters(desk, ANA) == [Matter.HUDDLE]
    assert await seen(desk, ANA) == [False]
    assert await matters(desk, BEN) == []


async def test_a_day_that_holds_more_tells_of_the_huddle_at_once_and_only_then(
    desk: Desk,
) -> None:
    await team(desk)
    await desk.delegate()
    await ring(desk, TUESDAY)
    await ring(desk, TUESDAY + timedelta(seconds=5))
    assert await matters(desk, ANA) == [Matter.YES, Matter.HUDDLE]

    await desk.do(
        answering.skip, TeamId(1), (TUESDAY + 8 * HOUR).date(), by=ANA, now=TUESDAY + HOUR
    )

    assert await seen(desk, ANA) == [False, True]
    (day,) = await days(desk, ANA)
    assert (await post_of(desk, day)).wanted == 2


async def test_whoever_said_never_is_not_asked_until_they_want_to_be(desk: Desk) -> None:
    await team(desk)
    await desk.do(your_day.remind, by=ANA, wanted=False, now=NOW)
    assert not await desk.do(your_day.is_reminded, ANA)
    await ring(desk, TUESDAY)
    await ring(desk, TUESDAY + 2 * HOUR)
    assert await days(desk, ANA) == []

    await desk.do(your_day.remind, by=ANA, wanted=True, now=TUESDAY + 2 * HOUR)
    await ring(desk, TUESDAY + DAY)
    await ring(desk, TUESDAY + DAY + HOUR)
    assert await matters(desk, ANA) == [Matter.HUDDLE]
    await desk.do(your_day.remind, by=ANA, wanted=False, now=TUESDAY + DAY + HOUR)

    assert await seen(desk, ANA) == [True]


async def test_a_huddle_that_was_answered_is_no_line(desk: Desk) -> None:
    await team(desk)
    await ring(desk, TUESDAY)
    await desk.do(
        answering.answer, TeamId(1), (TUESDAY + 8 * HOUR).date(), ["All of it"], by=ANA, now=TUESDAY
    )

    await ring(desk, TUESDAY + HOUR)
    await ring(desk, TUESDAY + 2 * HOUR)

    assert await days(desk, ANA) == []


async def test_a_huddle_from_the_night_is_a_line_of_the_morning(desk: Desk) -> None:
    await team(desk)
    await ring(desk, TUESDAY)

    # Joy's day begins at nine in London, eight hours after the huddle.
    await ring(desk, TUESDAY + 8 * HOUR)

    assert await matters(desk, JOY) == [Matter.HUDDLE]
    await ring(desk, TUESDAY + 8 * HOUR + DAY - timedelta(minutes=1))
    assert len(await days(desk, JOY)) == 1


# What waited.


async def test_one_message_that_waited_goes_as_it_is(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    await desk.do(delegation.delegate, DRAFT, key="1", by=MAYA, via=Via.COMMAND, now=NOW + 2 * HOUR)
    assert (await desk.posts(PostKind.NEW_TASK))[ANA].is_held

    await ring(desk, TUESDAY)

    assert (await desk.posts(PostKind.NEW_TASK))[ANA].wanted == 1
    assert await days(desk, ANA) == []


async def test_messages_that_waited_are_lines_one_for_each_task(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    night = NOW + 2 * HOUR
    for key in "12":
        await desk.do(delegation.delegate, DRAFT, key=key, by=MAYA, via=Via.COMMAND, now=night)
    await step(desk, changing.move, by=MAYA, now=night, due=replace(DUE, at=DUE.at + DAY))
    await desk.do(telling.tell, ANA, PostKind.NOTICE, f"huddle/1/x-C/y/{ANA}", now=night)

    await ring(desk, TUESDAY)

    assert await matters(desk, ANA) == [Matter.TOLD] * 3
    (day,) = await days(desk, ANA)
    assert {line.task for line in day.lines} == {None, 1, 2}
    told = (await desk.posts(PostKind.NEW_TASK))[ANA]
    assert told.state is PostState.GATHERED
    assert (await desk.do(telling.tell, ANA, told.kind, told.subject, now=TUESDAY)) == TUESDAY
    assert await desk.look(lambda tx: tx.posts.get(told.id)) == told


async def test_the_card_of_whoever_acts_on_a_line_appears(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    here = replace(DRAFT, channel=None)
    for key in "12":
        await desk.do(
            delegation.delegate, here, key=key, by=MAYA, via=Via.COMMAND, now=NOW + 2 * HOUR
        )
    await ring(desk, TUESDAY)
    assert (await desk.posts(PostKind.CARD))[ANA].state is PostState.GATHERED

    await step(desk, delegation.accept, by=ANA, now=TUESDAY)

    assert (await desk.posts(PostKind.CARD))[ANA].is_pending
    assert await seen(desk, ANA) == [False, False]


async def test_what_says_nothing_any_more_is_let_go(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA, BEN)
    night = NOW + 2 * HOUR
    draft = replace(DRAFT, assignees=(ANA, BEN))
    await desk.do(delegation.delegate, draft, key="1", by=MAYA, via=Via.COMMAND, now=night)
    await step(desk, changing.move, by=MAYA, now=night, due=replace(DUE, at=DUE.at + DAY))
    await desk.do(changing.give, ONE, (BEN,), in_channel=(BEN,), by=MAYA, via=Via.BUTTON, now=night)
    await step(desk, delegation.cancel, by=MAYA, now=night)

    await ring(desk, TUESDAY)

    # To Ana only that it was given away is news; to Ben, that it was cancelled.
    for user in (ANA, BEN):
        states = {
            post.subject: post.state
            for post in await desk.look(
                lambda tx: tx.posts.under_any([(PostKind.STEP, "1"), (PostKind.NEW_TASK, "1")])
            )
            if user in post.subject
        }
        assert PostState.GATHERED not in states.values()
        assert await days(desk, user) == []
    lost = await desk.look(
        lambda tx: tx.posts.want(PostKind.NEW_TASK, f"99/{ANA}", channel=ChannelId(ANA), held=True)
    )
    await desk.do(telling.expect, (ANA,), now=TUESDAY)
    await ring(desk, TUESDAY + DAY)
    released = await desk.look(lambda tx: tx.posts.get(lost.id))
    assert released is not None
    assert not released.is_held


async def test_a_day_that_slack_does_not_take_is_unheard_of(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    for key in "12":
        await desk.do(
            delegation.delegate, DRAFT, key=key, by=MAYA, via=Via.COMMAND, now=NOW + 2 * HOUR
        )
    await ring(desk, TUESDAY)
    (day,) = await days(desk, ANA)
    post = await post_of(desk, day)

    for shown in (replace(post, subject=f"{ANA}/2020-01-01/0"), post):
        await desk.do(ringing.give_up, shown, "messages_tab_disabled", now=TUESDAY)

    told = await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, "task"))
    assert len(told) == 2


# Within ten minutes.


async def test_what_follows_within_ten_minutes_waits_for_their_end(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    early = NOW - 3 * HOUR
    hears = []
    for key, minutes in enumerate((0, 2, 4, 20)):
        now = early + timedelta(minutes=minutes)
        await ring(desk, now)
        receipt = await desk.do(
            delegation.delegate, DRAFT, key=str(key), by=MAYA, via=Via.COMMAND, now=now
        )
        hears.append(receipt.hears[ANA] - early)
    again = await desk.do(delegation.delegate, DRAFT, key="1", by=MAYA, via=Via.COMMAND, now=early)

    assert hears == [timedelta(minutes=minutes) for minutes in (0, 10, 10, 30)]
    assert await matters(desk, ANA) == [Matter.TOLD] * 2
    assert again.hears == {ANA: early}


async def test_a_talk_is_not_held_up(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    early = NOW - 3 * HOUR
    await desk.do(delegation.delegate, DRAFT, key="1", by=MAYA, via=Via.COMMAND, now=early)
    await step(desk, delegation.ask, by=ANA, now=early, question="Which?")
    await step(desk, delegation.answer, by=MAYA, now=early, text="That one.")
    await step(desk, delegation.cancel, by=MAYA, now=early + 2 * HOUR)

    steps = await desk.posts(PostKind.STEP)
    assert not any(post.is_held for post in steps.values())


async def test_a_step_says_until_when_it_waits_for_others(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    early = NOW - 3 * HOUR
    await desk.do(delegation.delegate, DRAFT, key="1", by=MAYA, via=Via.COMMAND, now=early)
    await step(desk, changing.move, by=MAYA, now=early, due=replace(DUE, at=DUE.at + DAY))

    told = await desk.do(hearing.of_latest, ONE, by=MAYA, now=early)

    assert told is not None
    assert told.hears == {ANA: early + TOGETHER}


async def test_telling_the_same_again_changes_the_message(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    for minutes in (0, 20):
        now = NOW - 3 * HOUR + timedelta(minutes=minutes)
        assert await desk.do(telling.tell, ANA, PostKind.STEP, f"1/{ANA}/2", now=now) == now

    post = await desk.look(lambda tx: tx.posts.find(PostKind.STEP, f"1/{ANA}/2"))
    assert post is not None
    assert post.wanted == 2


async def test_nothing_waits_past_the_end_of_somebodys_day(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    late = NOW + timedelta(minutes=55)
    for key in "12":
        receipt = await desk.do(
            delegation.delegate, DRAFT, key=key, by=MAYA, via=Via.COMMAND, now=late
        )

    assert receipt.hears == {ANA: late}


async def test_what_was_to_go_together_waits_for_the_day_if_nothing_ran(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    early = NOW - HOUR
    for key in "123":
        await desk.do(delegation.delegate, DRAFT, key=key, by=MAYA, via=Via.COMMAND, now=early)
    (alarm,) = [
        one for one in await desk.store.due(NOW, limit=9) if one.kind is AlarmKind.DAY_TOGETHER
    ]

    await desk.do(ringing.ring, alarm, now=NOW + 3 * HOUR)
    await desk.do(ringing.ring, alarm, now=NOW + 3 * HOUR)
    assert await days(desk, ANA) == []
    await ring(desk, TUESDAY)

    assert await matters(desk, ANA) == [Matter.YES, Matter.TOLD, Matter.TOLD]


async def test_a_second_gathering_of_a_day_is_another_message(desk: Desk) -> None:
    await keeps_nine_to_six(desk, ANA)
    for key in range(6):
        now = TUESDAY + HOUR + timedelta(minutes=3 * key)
        await ring(desk, now)
        await desk.do(delegation.delegate, DRAFT, key=str(key), by=MAYA, via=Via.COMMAND, now=now)
    await ring(desk, TUESDAY + 2 * HOUR)

    assert [day.place for day in await days(desk, ANA)] == [2, 1]
    await ring(desk, TUESDAY + DAY)
    assert [day.is_over for day in await days(desk, ANA)] == [False, True, True]


# Ask to move.


async def test_each_delegator_is_asked_once_to_move_what_is_too_much(desk: Desk) -> None:
    for key in range(6):
        await desk.delegate(by=(MAYA, JOY)[key % 2], key=str(key))
    own = replace(DRAFT, assignees=(ANA,))
    await desk.delegate(own, by=ANA, key="own")
    numbers = [task.number for task in await desk.do(moving.movable, ANA, now=NOW)]
    assert numbers == [1, 2, 3, 4, 5, 6]

    first = await desk.do(moving.ask, {ONE, TaskNumber(2)}, by=ANA, now=NOW)
    second = await desk.do(moving.ask, {TaskNumber(3)}, by=ANA, now=NOW)

    assert (set(first), second) == ({MAYA, JOY}, {})
    (joys, mayas) = sorted(
        await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, moving.LOAD)),
        key=lambda post: post.channel,
    )
    assert [
        [task.number for task in (await desk.do(moving.view, post)).tasks] for post in (joys, mayas)
    ] == [[2], [1]]
    assert await desk.do(moving.movable, UserId("U9"), now=NOW) == []
    assert await desk.do(moving.movable, BEN, now=NOW) == []
    with pytest.raises(BotError, match="at least one"):
        await desk.do(moving.ask, set(), by=ANA, now=NOW)

    await step(desk, changing.move, by=MAYA, now=NOW, due=replace(DUE, at=DUE.at + 5 * DAY))

    assert (await desk.do(moving.view, mayas)).tasks == []
    posts = await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, moving.LOAD))
    assert {post.id: post.wanted for post in posts} == {mayas.id: 2, joys.id: 1}


async def test_huddles_open_before_the_days_that_begin_with_them(desk: Desk) -> None:
    await team(desk)
    await desk.delegate()
    due = await desk.store.due(TUESDAY, limit=9)
    (alarm,) = [one for one in due if one.kind is AlarmKind.DAY_BEGIN and one.subject == ANA]

    await desk.do(ringing.ring, alarm, now=TUESDAY)
    assert await begins_at(desk, ANA) == TUESDAY + your_day.A_MOMENT
    (opening,) = [one for one in due if one.kind is AlarmKind.HUDDLE_OPEN]
    await desk.do(huddling.open_due, opening, now=TUESDAY)
    await ring(desk, TUESDAY + your_day.A_MOMENT)

    assert await matters(desk, ANA) == [Matter.YES, Matter.HUDDLE]
