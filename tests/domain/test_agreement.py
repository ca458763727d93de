"""How much is asked of a yes, what becomes of other terms, and when silence is consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.agreement import (
    answers_talk,
    asks_for_more,
    in_words,
    is_talked_about,
    lacks_words,
    reply_before,
    stands_at,
)
from bot.domain.calendar import Weekday, end_of_next_day, is_working, next_start
from bot.domain.errors import BotError
from bot.domain.person import Person
from bot.domain.settling import is_settled
from bot.domain.steps import may, take, unreact
from bot.domain.task import Assignee, Proposal, Reply, Status, Step, Task, TaskEvent, Via
from tests.domain.test_steps import ANA, BEGUN, BEN, DUE, JOY, MAYA, NOW, a_task, name

LATER = replace(DUE, at=DUE.at + timedelta(days=3), local=DUE.local + timedelta(days=3))
PROPOSAL = Proposal(by=ANA, at=NOW, due=LATER, words="the numbers come late")


def proposed(task: Task, proposal: Proposal = PROPOSAL) -> Task:
    into = replace(task, proposal=proposal)
    return take(task, BEGUN, Step.PROPOSE, by=proposal.by, via=Via.MODAL, into=into, now=NOW)[0]


def event(place: int, step: Step, by: str = ANA, **facts: object) -> TaskEvent:
    return replace(BEGUN, place=place, step=step, by=by, **facts)  # type: ignore[arg-type] # of their types


@pytest.mark.parametrize(
    ("hours", "reply", "asks"),
    [
        (None, Reply.NONE, False),
        (4, Reply.NONE, False),
        (8, Reply.NONE, True),
        (40, Reply.NONE, True),
        (8, Reply.DECLINED, True),
        (8, Reply.ACCEPTED, False),
    ],
)
def test_a_yes_to_what_is_small_or_was_accepted_is_one_tap(
    hours: int | None, reply: Reply, *, asks: bool
) -> None:
    takes = None if hours is None else timedelta(hours=hours)
    task = replace(a_task(Status.WAITING, reply), takes=takes)

    assert asks_for_more(task, ANA) is asks
    assert not asks_for_more(replace(task, delegator=ANA), ANA)
    assert not asks_for_more(replace(task, status=Status.DONE), ANA)
    assert not asks_for_more(task, JOY)


def test_what_is_large_wants_words() -> None:
    task = replace(a_task(Status.DOING, Reply.ACCEPTED), takes=timedelta(days=3))

    assert lacks_words(task, ANA)
    assert not lacks_words(replace(task, takes=timedelta(hours=16)), ANA)
    assert not lacks_words(
        replace(task, assignees=(Assignee(ANA, Reply.ACCEPTED, "The draft"),)), ANA
    )


@pytest.mark.parametrize(
    ("at", "stands"),
    [
        # A Monday before nine: Monday itself is the next working day that begins.
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), datetime(2026, 11, 23, 23, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), datetime(2026, 11, 24, 23, 0, tzinfo=UTC)),
        # A Friday afternoon, and a Saturday.
        (datetime(2026, 11, 27, 20, 0, tzinfo=UTC), datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
        (datetime(2026, 11, 28, 20, 0, tzinfo=UTC), datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
    ],
)
def test_silence_is_consent_at_the_end_of_the_next_working_day(
    at: datetime, stands: datetime
) -> None:
    maya = Person(id=MAYA, name="Maya", zone="America/New_York")

    assert stands_at(replace(PROPOSAL, at=at), maya) == stands


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001  # made aware below
    start=st.times(),
    end=st.times(),
    days=st.frozensets(st.sampled_from(Weekday), min_size=1),
    zone=st.sampled_from(["America/New_York", "Asia/Manila", "Europe/London", "Pacific/Apia"]),
)
def test_there_is_always_a_whole_working_day_to_say_something(
    at: datetime, start: time, end: time, days: frozenset[Weekday], zone: str
) -> None:
    if start == end:
        return
    hours = Person(id=MAYA, name="Maya", zone=zone, start=start, end=end, days=days).hours
    now = at.replace(tzinfo=UTC)

    until = end_of_next_day(hours, after=now)
    begins = next_start(hours, after=now)

    assert now < begins < until
    assert is_working(hours, begins)
    assert until - begins <= timedelta(hours=25)


def test_who_agrees_makes_it_what_counts_with_the_words_that_were_said() -> None:
    task = proposed(replace(a_task(), assignees=(Assignee(ANA, words="All of it"),)))

    agreed, line = take(task, BEGUN, Step.AGREE, by=MAYA, via=Via.BUTTON, now=NOW)

    assert line is not None
    assert (agreed.due, agreed.proposal, agreed.status) == (LATER, None, Status.DOING)
    assert agreed.words_of(ANA) == "All of it; the numbers come late"


def test_who_said_yes_only_to_something_else_is_asked_again_when_it_stays() -> None:
    task = proposed(a_task())
    into = replace(task, assignees=(Assignee(ANA),))

    kept, _ = take(task, BEGUN, Step.KEEP, by=MAYA, via=Via.BUTTON, into=into, now=NOW)

    assert (kept.status, kept.due, kept.proposal) == (Status.WAITING, DUE, None)


@pytest.mark.parametrize("step", [Step.CANCEL, Step.MOVE, Step.GIVE, Step.DECLINE])
def test_a_proposal_ends_with_what_answers_it(step: Step) -> None:
    task = proposed(a_task(Status.WAITING, Reply.NONE, Reply.NONE))
    into = replace(task, assignees=(Assignee(BEN),)) if step is Step.GIVE else task
    by = ANA if step is Step.DECLINE else MAYA

    after, _ = take(task, BEGUN, step, by=by, via=Via.BUTTON, into=into, now=NOW)

    assert after.proposal is None


@pytest.mark.parametrize("step", [Step.MOVE, Step.GIVE, Step.DECLINE, Step.EDIT])
def test_a_proposal_that_is_not_answered_by_a_step_goes_on_waiting(step: Step) -> None:
    words = replace(PROPOSAL, due=None, words="Only the first half")
    task = proposed(a_task(Status.WAITING, Reply.NONE, Reply.NONE), words)
    by = BEN if step is Step.DECLINE else MAYA

    after, _ = take(task, BEGUN, step, by=by, via=Via.BUTTON, into=task, now=NOW)

    assert after.pending == words


def test_done_by_a_slip_brings_the_proposal_back() -> None:
    task = proposed(a_task())
    done, line = take(task, BEGUN, Step.FINISH, by=ANA, via=Via.REACTION, now=NOW)
    assert line is not None
    assert done.pending is None

    undone, _ = unreact(done, [BEGUN, line], Step.FINISH, by=ANA, now=NOW)
    reopened, _ = take(done, line, Step.REOPEN, by=MAYA, via=Via.BUTTON, now=NOW)
    returned, _ = take(done, line, Step.RETURN, by=MAYA, via=Via.BUTTON, now=NOW)

    assert undone.pending == PROPOSAL
    assert (reopened.pending, returned.pending) == (None, None)


@pytest.mark.parametrize(
    ("steps", "before"),
    [
        ([], Reply.NONE),
        ([(Step.PROPOSE, Reply.ACCEPTED)], Reply.NONE),
        ([(Step.KEEP, Reply.NONE), (Step.PROPOSE, Reply.NONE)], Reply.NONE),
        ([(Step.AGREE, Reply.NONE), (Step.PROPOSE, Reply.ACCEPTED)], Reply.ACCEPTED),
    ],
)
def test_what_was_said_before_a_proposal_is_remembered(
    steps: list[tuple[Step, Reply]], before: Reply
) -> None:
    lines = [BEGUN, event(2, Step.PROPOSE, reply_before=Reply.NONE)]
    lines += [
        event(place, step, ANA if step is Step.PROPOSE else MAYA, reply_before=reply)
        for place, (step, reply) in enumerate(steps, 3)
    ]

    assert reply_before(lines, ANA) is before


def test_a_proposal_in_words() -> None:
    assert in_words(PROPOSAL) == "Mon 30 Nov, 17:00 Manila: the numbers come late"
    assert in_words(replace(PROPOSAL, words="")) == "Mon 30 Nov, 17:00 Manila"
    assert in_words(replace(PROPOSAL, due=None)) == "the numbers come late"


def test_silence_agrees_to_nothing_that_is_talked_about() -> None:
    talk = event(3, Step.TALK, MAYA)

    assert is_talked_about([BEGUN, talk], PROPOSAL)
    assert not is_talked_about([BEGUN, talk], replace(PROPOSAL, at=NOW + timedelta(minutes=1)))


def test_words_after_a_talk_are_an_answer_to_it_once() -> None:
    talk, words = event(2, Step.TALK, MAYA), event(3, Step.ACCEPT, text="The draft")

    assert answers_talk([BEGUN, talk, words])
    assert not answers_talk([BEGUN, talk, words, replace(words, place=4)])
    assert not answers_talk([BEGUN, words])


def test_a_message_about_a_proposal_ends_with_the_proposal() -> None:
    told = event(2, Step.PROPOSE)
    task = proposed(a_task())

    assert not is_settled(task, told, [], reader=MAYA)
    assert is_settled(replace(task, proposal=None), told, [], reader=MAYA)
    assert is_settled(replace(task, status=Status.DONE), told, [], reader=MAYA)
    assert is_settled(task, replace(told, at=NOW - timedelta(hours=1)), [], reader=MAYA)


@pytest.mark.parametrize(
    ("step", "by", "is_over"),
    [
        (Step.ACCEPT, ANA, True),
        (Step.NOTE, ANA, True),
        (Step.NOTE, BEN, False),
        (Step.KEEP, MAYA, True),
        (Step.EDIT, MAYA, False),
    ],
)
def test_a_wish_to_talk_ends_when_whoever_was_asked_has_spoken(
    step: Step, by: str, *, is_over: bool
) -> None:
    task = proposed(a_task())

    said = [event(3, step, by)]

    assert is_settled(task, event(2, Step.TALK, MAYA), said, reader=ANA) is is_over


def test_words_that_were_said_end_with_the_next_ones_or_the_yes() -> None:
    task = a_task(Status.DOING, Reply.ACCEPTED)
    told = event(3, Step.ACCEPT, text="The draft")
    undone = event(4, Step.UNDO, text="accept")

    assert not is_settled(task, told, [], reader=MAYA)
    assert is_settled(task, told, [replace(told, place=4)], reader=MAYA)
    assert is_settled(task, told, [undone], reader=MAYA)
    assert is_settled(a_task(), told, [], reader=MAYA)


def test_a_bystander_may_propose_and_settle_nothing() -> None:
    for step in (Step.PROPOSE, Step.AGREE, Step.KEEP, Step.TALK):
        with pytest.raises(BotError) as refusal:
            may(a_task(), step, JOY, name=name)
        assert str(refusal.value).endswith("write to Maya.")
