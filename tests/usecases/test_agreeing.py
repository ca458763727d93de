"""A yes on other terms, what the delegator says to it, and what silence says."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.alarm import Alarm, AlarmKind
from bot.domain.calendar import Weekday
from bot.domain.errors import BotError
from bot.domain.post import PostKind
from bot.domain.task import Reply, Status, Step, TaskNumber, Via
from bot.usecases import agreeing, changing, delegation, reacting, ringing, task_views
from bot.usecases.agreeing import Terms
from tests.usecases.tasking import ANA, BEN, DRAFT, DUE, JOY, LATER, MAYA, NOW, furnished

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.person import UserId
    from bot.domain.task import Task
    from bot.store.database import Store
    from tests.usecases.tasking import Desk

STANDS = AlarmKind.PROPOSAL_STANDS


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    desk = await furnished(sqlite_store)
    await desk.delegate(replace(DRAFT, takes=timedelta(hours=8)))
    return desk


async def alarm(desk: Desk) -> Alarm | None:
    return await desk.look(lambda tx: tx.alarms.get(STANDS, "1"))


async def ring(desk: Desk) -> None:
    set_for = await alarm(desk)
    assert set_for is not None
    await desk.do(ringing.ring, set_for, now=set_for.due_at)


async def told(desk: Desk) -> set[str]:
    return set(await desk.posts(PostKind.STEP))


async def test_a_proposal_is_told_to_the_delegator_and_stands_when_nobody_objects(
    desk: Desk,
) -> None:
    await desk.step(agreeing.propose, due=LATER, instead="the numbers come late")

    task = await desk.task()
    set_for = await alarm(desk)
    assert (task.status, task.due, task.reply_of(ANA)) == (Status.DOING, DUE, Reply.ACCEPTED)
    assert task.pending is not None
    assert set_for is not None
    # Maya's Monday begins after this, at nine in New York, and ends at six.
    assert set_for.due_at == NOW + timedelta(hours=14)
    assert await told(desk) == {f"{MAYA}/2"}
    assert "task 1" in await desk.do(ringing.in_words, set_for)

    await desk.do(ringing.ring, set_for, now=NOW)
    assert (await desk.task()).pending is not None
    for _ in range(2):
        await desk.do(ringing.ring, set_for, now=set_for.due_at)

    assert ((await desk.task()).due, (await desk.task()).pending) == (LATER, None)
    assert await told(desk) == {f"{MAYA}/2", f"{MAYA}/3", f"{ANA}/3"}
    assert await alarm(desk) is None
    history = await desk.look(lambda tx: tx.tasks.history(TaskNumber(1)))
    assert (history[-1].step, history[-1].via, history[-1].by) == (Step.AGREE, Via.SILENCE, MAYA)


async def test_who_is_away_meanwhile_has_their_working_day_afterwards(desk: Desk) -> None:
    await desk.step(agreeing.propose, due=LATER)
    await desk.shown(PostKind.STEP, f"1/{MAYA}/2")
    fridays = frozenset({Weekday.FR})
    await desk.look(lambda tx: tx.people.set_hours(MAYA, start=time(9), end=time(18), days=fridays))

    await ring(desk)

    set_for = await alarm(desk)
    assert (await desk.task()).pending is not None
    assert set_for is not None
    assert set_for.due_at == NOW + timedelta(days=4, hours=14)
    assert (await desk.posts(PostKind.STEP))[f"{MAYA}/2"].is_pending
    await ring(desk)
    assert (await desk.task()).due == LATER


async def test_what_is_agreed_is_what_counts(desk: Desk) -> None:
    await desk.step(agreeing.propose, due=LATER)

    for _ in range(2):
        await desk.step(agreeing.agree, by=MAYA)

    assert (await desk.task()).due == LATER
    assert await told(desk) == {f"{MAYA}/2", f"{ANA}/3"}
    assert await alarm(desk) is None
    late = LATER.at - timedelta(minutes=1)
    assert not await desk.look(lambda tx: tx.tasks.overdue(ANA, late))


@pytest.mark.parametrize("accepted", [True, False])
async def test_what_is_kept_asks_only_those_again_who_had_not_accepted(
    desk: Desk, *, accepted: bool
) -> None:
    if accepted:
        await desk.step(delegation.accept)
    await desk.step(agreeing.propose, due=LATER)
    await desk.step(agreeing.propose, due=LATER, instead="really")

    for _ in range(2):
        await desk.step(agreeing.keep, by=MAYA)

    task = await desk.task()
    assert (task.due, task.pending) == (DUE, None)
    assert task.reply_of(ANA) is (Reply.ACCEPTED if accepted else Reply.NONE)
    assert task.status is (Status.DOING if accepted else Status.WAITING)
    assert await alarm(desk) is None
    with pytest.raises(BotError, match="Nothing is proposed for task 1"):
        await desk.step(agreeing.agree, by=MAYA)


async def test_what_is_talked_about_waits_for_a_word(desk: Desk) -> None:
    await desk.step(agreeing.propose, due=LATER)

    await desk.step(agreeing.talk, text="Is Friday no good at all?", by=MAYA)

    assert await alarm(desk) is None
    assert (await desk.task()).pending is not None
    assert f"{ANA}/3" in await told(desk)
    await desk.step(agreeing.agree, by=MAYA)
    assert (await desk.task()).due == LATER


@pytest.mark.parametrize(
    ("verb", "by", "given"),
    [
        (delegation.accept, ANA, {}),
        (delegation.decline, ANA, {}),
        (delegation.finish, ANA, {}),
        (delegation.cancel, MAYA, {}),
        (changing.move, MAYA, {"due": LATER}),
        (changing.give, MAYA, {"to": (BEN,), "in_channel": (BEN,)}),
    ],
)
async def test_whatever_answers_a_proposal_ends_its_alarm(
    desk: Desk, verb: Callable[..., object], by: UserId, given: dict[str, object]
) -> None:
    await desk.step(agreeing.propose, due=LATER)

    await desk.step(verb, by=by, **given)

    assert (await desk.task()).pending is None
    assert await alarm(desk) is None


async def test_done_by_a_slip_sets_the_alarm_again_unless_it_is_talked_about(desk: Desk) -> None:
    await desk.step(agreeing.propose, due=LATER)
    set_for = await alarm(desk)
    channel, ts = await desk.shown(PostKind.CARD, "1")

    async def react(*, stands: bool, at: str) -> None:
        await desk.do(
            reacting.react,
            channel=channel,
            ts=ts,
            name="white_check_mark",
            stands=stands,
            event_ts=at,
            by=ANA,
            now=NOW,
        )

    await react(stands=True, at="1.1")
    assert await alarm(desk) is None
    await react(stands=False, at="1.2")
    assert await alarm(desk) == set_for
    await desk.step(agreeing.talk, by=MAYA)
    await react(stands=True, at="1.3")
    await react(stands=False, at="1.4")

    assert (await desk.task()).pending is not None
    assert await alarm(desk) is None


async def test_an_alarm_of_nothing_that_is_proposed_goes(desk: Desk) -> None:
    await desk.look(lambda tx: tx.alarms.set(STANDS, "1", due_at=NOW, after=NOW))

    await ring(desk)

    assert await alarm(desk) is None
    assert await desk.steps() == [Step.DELEGATE]


async def test_the_same_terms_are_a_yes_and_other_ones_a_proposal(desk: Desk) -> None:
    asked = Terms(DUE, timedelta(hours=8), words="The report, with charts")
    await desk.step(agreeing.accept, asked)

    task = await desk.task()
    assert (task.pending, task.words_of(ANA)) == (None, "The report, with charts")

    mine = Terms(LATER, timedelta(hours=12, minutes=30), instead="No charts", words="The report")
    for _ in range(2):
        await desk.step(agreeing.accept, mine)

    task = await desk.task()
    assert task.pending is not None
    assert (task.pending.due, task.pending.words) == (LATER, "No charts")
    assert (task.takes, task.words_of(ANA)) == (timedelta(hours=12, minutes=30), "The report")
    history = await desk.look(lambda tx: tx.tasks.history(TaskNumber(1)))
    assert [event.step for event in history[1:]] == [Step.ACCEPT, Step.NOTE, Step.PROPOSE]
    assert history[2].text == "I think it takes 12 h 30 min."

    await desk.step(agreeing.accept, asked)
    assert (await desk.task()).pending is None


async def test_words_leave_standing_what_is_proposed_besides(desk: Desk) -> None:
    await desk.step(agreeing.propose, due=LATER)

    await desk.step(agreeing.say, words="The report, with charts")

    assert (await desk.task()).pending is not None
    with pytest.raises(BotError, match="one sentence"):
        await desk.step(agreeing.say, words="")


async def test_who_said_what_was_not_quite_right_answers_in_a_message(desk: Desk) -> None:
    await desk.step(delegation.accept, words="The draft")
    assert not await told(desk)

    await desk.step(agreeing.talk, by=MAYA)
    await desk.step(agreeing.say, words="The whole report")
    await desk.step(agreeing.say, words="The whole report, on Friday")

    assert await told(desk) == {f"{ANA}/3", f"{MAYA}/4"}


async def test_without_words_a_wish_to_talk_reaches_whoever_has_it(desk: Desk) -> None:
    await desk.step(agreeing.talk, by=MAYA)

    assert await told(desk) == {f"{ANA}/2"}


@pytest.mark.parametrize(
    ("verb", "by", "says"),
    [
        (agreeing.propose, MAYA, "Only Ana can propose"),
        (agreeing.agree, ANA, "Only Maya can agree"),
        (agreeing.keep, BEN, "Only Maya can refuse"),
        (agreeing.talk, JOY, "Only Maya can ask to talk"),
        (agreeing.say, JOY, "Only Ana can accept"),
    ],
)
async def test_everybody_else_is_refused(
    desk: Desk, verb: Callable[..., object], by: UserId, says: str
) -> None:
    given: dict[object, dict[str, object]] = {
        agreeing.propose: {"due": LATER},
        agreeing.say: {"words": "The report"},
    }
    await desk.step(agreeing.propose, due=LATER)

    with pytest.raises(BotError, match=says):
        await desk.step(verb, by=by, **given.get(verb, {}))


async def test_a_proposal_of_what_is_asked_or_past_or_ones_own_is_refused(desk: Desk) -> None:
    past = replace(DUE, at=NOW - timedelta(hours=1))
    await desk.delegate(replace(DRAFT, assignees=(MAYA,)), key="2")

    with pytest.raises(BotError, match="due then already"):
        await desk.step(agreeing.propose, due=DUE)
    with pytest.raises(BotError, match="is past"):
        await desk.step(agreeing.propose, due=past)
    with pytest.raises(BotError, match="/tasks due 2 mon"):
        await desk.do(agreeing.propose, TaskNumber(2), due=LATER, by=MAYA, via=Via.BUTTON, now=NOW)
    await desk.step(agreeing.propose, due=None, instead="Only the first half")
    assert (await desk.task()).pending is not None


async def test_a_button_of_an_older_proposal_agrees_to_nothing(desk: Desk) -> None:
    await desk.step(agreeing.propose, due=LATER)
    soon = replace(LATER, at=LATER.at + timedelta(days=1))
    await desk.step(agreeing.propose, due=soon, now=NOW + timedelta(minutes=5))

    for place in (2, 99):
        with pytest.raises(BotError, match="Something else is proposed for task 1"):
            await desk.step(agreeing.agree, place=place, by=MAYA)

    await desk.step(agreeing.agree, place=3, by=MAYA)
    await desk.step(agreeing.agree, place=3, by=MAYA)
    assert (await desk.task()).due == soon


async def test_who_accepts_as_it_stands_takes_their_own_proposal_back_and_no_other(
    desk: Desk,
) -> None:
    await desk.step(changing.give, (ANA, BEN), in_channel=(ANA, BEN), by=MAYA)
    await desk.step(agreeing.propose, due=LATER)

    await desk.step(agreeing.accept, Terms(DUE, None), by=BEN)
    assert (await desk.task()).pending is not None
    await desk.step(delegation.accept, by=BEN)
    assert (await desk.task()).pending is not None
    await desk.step(delegation.accept)
    assert (await desk.task()).pending is None


async def test_a_hand_that_is_raised_for_something_large_is_asked_for_words(desk: Desk) -> None:
    await desk.step(changing.edit, title="The year", more="", takes=timedelta(days=4), by=MAYA)
    channel, ts = await desk.shown(PostKind.CARD, "1")

    reacted = await desk.do(
        reacting.react,
        channel=channel,
        ts=ts,
        name="raising_hand",
        stands=True,
        event_ts="1.1",
        by=ANA,
        now=NOW,
    )

    assert reacted is not None
    assert reacted.write is Step.ACCEPT


async def test_nothing_rings_while_a_question_waits(desk: Desk) -> None:
    await desk.step(delegation.ask, question="Which format?")

    assert await desk.look(lambda tx: tx.alarms.get(STANDS, "1")) is None
    assert [task.number for task in await needing(desk)] == [1]
    await desk.step(delegation.answer, text="PDF", by=MAYA)
    assert not await needing(desk)


async def needing(desk: Desk, after: timedelta = timedelta(0)) -> list[Task]:
    return await desk.look(lambda tx: task_views.needing(tx, MAYA, now=NOW + after))


async def test_what_is_declined_or_unanswered_or_proposed_needs_the_delegator(desk: Desk) -> None:
    # Monday is over in Manila when it is given; Tuesday ends there 25 hours later.
    assert not await needing(desk, timedelta(hours=24))
    assert await needing(desk, timedelta(hours=25))
    listing = await desk.do(
        task_views.listing,
        task_views.Which.SENT,
        by=MAYA,
        now=NOW + timedelta(hours=25),
    )
    assert [heading for heading, _ in listing.groups] == ["Sent, and needs me"]

    later = NOW + timedelta(hours=24)
    await desk.step(changing.give, (BEN,), in_channel=(BEN,), by=MAYA, now=later)
    assert not await needing(desk, timedelta(hours=25))

    await desk.step(agreeing.propose, due=LATER, by=BEN)
    assert await needing(desk)
    await desk.step(agreeing.agree, by=MAYA)
    assert not await needing(desk)
    await desk.step(delegation.decline, by=BEN)
    assert await needing(desk)


async def test_one_proposal_does_not_take_the_place_of_somebody_elses(sqlite_store: Store) -> None:
    desk = await furnished(sqlite_store)
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)))
    await desk.step(agreeing.propose, due=LATER)

    with pytest.raises(BotError, match="Something else is proposed for task 1 already"):
        await desk.step(agreeing.propose, due=None, instead="only the figures", by=BEN)

    proposal = (await desk.task()).proposal
    assert proposal is not None
    assert proposal.by == ANA
