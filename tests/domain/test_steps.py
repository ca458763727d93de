from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.steps import (
    TRANSITIONS,
    UNDO_WITHIN,
    Next,
    may,
    take,
    take_back,
    unreact,
)
from bot.domain.task import (
    OPEN,
    WORDS,
    Assignee,
    Due,
    Proposal,
    Reply,
    Size,
    Status,
    Step,
    Task,
    TaskEvent,
    TaskNumber,
    Via,
    listed,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAYA, ANA, BEN, JOY = (UserId(user) for user in ("UMAYA", "UANA", "UBEN", "UJOY"))
NAMES = {MAYA: "Maya", ANA: "Ana", BEN: "Ben", JOY: "Joy"}
DUE = Due(
    at=datetime(2026, 11, 27, 9, 0, tzinfo=UTC),
    local=datetime(2026, 11, 27, 17, 0),  # noqa: DTZ001  # what a wall clock shows
    zone="Asia/Manila",
)
BEGUN = TaskEvent(
    place=1,
    step=Step.DELEGATE,
    by=MAYA,
    via=Via.COMMAND,
    at=NOW,
    before=Status.WAITING,
    after=Status.WAITING,
)
PAIRS = [(status, step) for status in Status for step in Step]
ALLOWED = [(status, step) for status, step in PAIRS if (status, step) in TRANSITIONS]
REFUSED = [(status, step) for status, step in PAIRS if (status, step) not in TRANSITIONS]
OF_ASSIGNEES = [
    Step.ACCEPT,
    Step.DECLINE,
    Step.ASK,
    Step.BLOCK,
    Step.FINISH,
    Step.SNOOZE,
    Step.PROPOSE,
]
OF_THE_DELEGATOR = [
    Step.EDIT,
    Step.MOVE,
    Step.GIVE,
    Step.CANCEL,
    Step.SKIP,
    Step.STOP,
    Step.ANSWER,
    Step.AGREE,
    Step.KEEP,
    Step.TALK,
    Step.CHECK,
    Step.DIVIDE,
    Step.VERIFY,
    Step.RETURN,
]

# What each step makes of each status of a task that Ana has accepted and Ben has not answered.
# A dot is a refusal, and an equals sign leaves the status as it is. What undoing makes of a task
# follows from the step that is undone, so it has tests of its own.
TABLE = """
            waiting  asked  doing  blocked returned  done  verified declined  cancelled
delegate    .        .      .      .        .        .     .        .         .
accept      doing    doing  =      doing    doing    .     .        .         .
decline     waiting  waiting waiting waiting waiting .     .        =         .
ask         asked    =      asked  asked    asked    .     .        .         .
answer      =        doing  =      =        =        .     .        .         .
block       blocked  blocked blocked =      blocked  .     .        .         .
finish      done     done   done   done     done     =     .        .         .
verify      .        .      .      .        .        verified =     .         .
return      .        .      .      .        =        returned .     .         .
note        =        =      =      =        =        =     =        =         =
reopen      =        =      =      =        =        doing doing    doing     doing
cancel      cancelled cancelled cancelled cancelled cancelled . .   cancelled =
skip        cancelled cancelled cancelled cancelled cancelled . .   cancelled =
stop        =        =      =      =        =        =     =        =         =
edit        =        =      =      =        =        .     .        .         .
move        =        =      =      =        =        .     .        .         .
give        doing    doing  =      doing    doing    .     .        doing     .
snooze      =        =      =      =        =        .     .        .         .
propose     doing    doing  =      doing    doing    .     .        .         .
agree       =        =      =      =        =        .     .        .         .
keep        =        =      =      =        =        .     .        .         .
talk        =        =      =      =        =        .     .        .         .
check       =        =      =      =        =        .     .        .         .
divide      =        =      =      =        =        .     .        .         .
undo        .        .      .      .        .        .     .        .         .
"""


def name(user: UserId) -> str:
    return NAMES[user]


def a_task(status: Status = Status.WAITING, *replies: Reply) -> Task:
    people = (ANA, BEN)[: len(replies) or 1]
    return Task(
        number=TaskNumber(42),
        title="Prepare June report",
        more="",
        delegator=MAYA,
        assignees=tuple(
            Assignee(person, reply)
            for person, reply in zip(people, replies or (Reply.NONE,), strict=True)
        ),
        due=DUE,
        takes=None,
        channel=None,
        status=status,
        created_at=NOW,
    )


def taken(task: Task, step: Step, *, by: UserId = ANA, text: str = "") -> Task:
    return take(task, BEGUN, step, by=by, via=Via.BUTTON, text=text, now=NOW)[0]


def rows() -> list[tuple[Status, Step, str]]:
    header, *lines = [line.split() for line in TABLE.strip().splitlines()]
    return [
        (Status(status), Step(step), after)
        for step, *cells in lines
        for status, after in zip(header, cells, strict=True)
    ]


@pytest.mark.parametrize(("status", "step", "after"), rows())
def test_every_step_makes_of_every_status_what_the_table_says(
    status: Status, step: Step, after: str
) -> None:
    reply = Reply.DECLINED if status is Status.DECLINED else Reply.ACCEPTED
    task = a_task(status, reply, Reply.NONE)
    if status is Status.DECLINED:
        task = replace(task, assignees=(Assignee(ANA, Reply.ACCEPTED), Assignee(BEN)))
        task = task if step is not Step.DECLINE else a_task(status, Reply.DECLINED)

    if step in {Step.AGREE, Step.KEEP}:
        task = replace(task, proposal=Proposal(by=ANA, at=NOW))

    if after == "." and step is not Step.UNDO:
        with pytest.raises(BotError, match=r"(?i)task 42"):
            taken(task, step)
    elif after != ".":
        expected = status if after == "=" else Status(after)
        assert taken(task, step).status is expected


def test_the_table_holds_every_pair_of_status_and_step() -> None:
    assert {(status, step) for status, step, _ in rows()} == set(PAIRS)


@pytest.mark.parametrize(("status", "step"), REFUSED)
def test_what_is_refused_says_what_to_do(status: Status, step: Step) -> None:
    with pytest.raises(BotError) as refusal:
        taken(a_task(status), step)

    assert "`/tasks " in str(refusal.value)
    assert str(refusal.value).endswith(".")


@given(
    st.sampled_from(ALLOWED),
    st.lists(st.sampled_from(Reply), min_size=1, max_size=2),
    st.sampled_from(["", "because"]),
)
def test_a_step_taken_twice_is_taken_once(
    pair: tuple[Status, Step], replies: list[Reply], text: str
) -> None:
    status, step = pair
    if step is Step.UNDO:
        return
    by = MAYA if step in OF_THE_DELEGATOR else ANA
    task = replace(a_task(status, *replies), proposal=Proposal(by=ANA, at=NOW))
    first, event = take(task, BEGUN, step, by=by, via=Via.BUTTON, text=text, now=NOW)
    if (first.status, step) not in TRANSITIONS:
        return

    again, nothing = take(first, event or BEGUN, step, by=by, via=Via.BUTTON, text=text, now=NOW)

    assert again is first or (nothing and event is None)
    assert nothing is None or event is None


@given(
    steps=st.lists(st.tuples(st.sampled_from(Step), st.sampled_from([ANA, BEN])), max_size=12),
    alone=st.booleans(),
)
def test_a_status_always_agrees_with_what_people_said(
    steps: list[tuple[Step, UserId]],
    *,
    alone: bool,
) -> None:
    task = a_task(Status.WAITING, *([Reply.NONE] if alone else [Reply.NONE, Reply.NONE]))
    latest = BEGUN
    for step, person in steps:
        by = MAYA if step in OF_THE_DELEGATOR else person
        if step in {Step.UNDO, Step.DELEGATE} or (by is BEN and alone):
            continue
        try:
            task, event = take(task, latest, step, by=by, via=Via.BUTTON, now=NOW)
        except BotError:
            continue
        latest = event or latest

    replies = {given.reply for given in task.assignees}
    if task.status is Status.DOING:
        assert Reply.ACCEPTED in replies
    if task.status is Status.WAITING:
        assert Reply.ACCEPTED not in replies
    if task.status is Status.DECLINED:
        assert replies == {Reply.DECLINED}


def test_where_everybody_has_a_share_the_last_one_to_finish_closes_it() -> None:
    task = replace(a_task(Status.WAITING, Reply.NONE, Reply.NONE), everyone=True)

    first = taken(task, Step.FINISH, by=ANA)
    undone = taken(first, Step.REOPEN, by=ANA)
    both = taken(first, Step.FINISH, by=BEN)
    again = taken(both, Step.REOPEN, by=BEN)
    returned = taken(both, Step.RETURN, by=MAYA)

    assert (first.status, both.status) == (Status.DOING, Status.DONE)
    assert (undone.status, undone.reply_of(ANA)) == (Status.DOING, Reply.ACCEPTED)
    assert [given.reply for given in again.assignees] == [Reply.DONE, Reply.ACCEPTED]
    assert {given.reply for given in returned.assignees} == {Reply.ACCEPTED}


def test_where_everybody_has_a_share_a_no_of_the_last_one_closes_it() -> None:
    task = replace(a_task(Status.WAITING, Reply.DONE, Reply.NONE), everyone=True)

    assert taken(task, Step.DECLINE, by=BEN).status is Status.DONE


def test_a_proposal_that_is_agreed_to_is_what_counts() -> None:
    later = replace(DUE, at=DUE.at + timedelta(days=1), local=DUE.local + timedelta(days=1))
    proposal = Proposal(by=ANA, at=NOW, due=later, words="the numbers come on Friday")
    task = a_task()
    proposed, _ = take(
        task,
        BEGUN,
        Step.PROPOSE,
        by=ANA,
        via=Via.MODAL,
        into=replace(task, proposal=proposal),
        now=NOW,
    )

    agreed, kept = (taken(proposed, step, by=MAYA) for step in (Step.AGREE, Step.KEEP))

    assert (proposed.status, proposed.due, proposed.proposal) == (Status.DOING, DUE, proposal)
    assert (agreed.due, agreed.proposal) == (later, None)
    assert (kept.due, kept.proposal) == (DUE, None)
    with pytest.raises(BotError, match="Nothing is proposed for task 42"):
        taken(kept, Step.AGREE, by=MAYA)


@pytest.mark.parametrize(
    ("takes", "size"),
    [
        (None, Size.SMALL),
        (timedelta(hours=4), Size.SMALL),
        (timedelta(hours=5), Size.MEDIUM),
        (timedelta(hours=16), Size.MEDIUM),
        (timedelta(hours=17), Size.LARGE),
    ],
)
def test_a_size_follows_from_the_estimate(takes: timedelta | None, size: Size) -> None:
    assert replace(a_task(), takes=takes).size is size


def test_an_event_says_what_was_before_and_after() -> None:
    _, event = take(a_task(), BEGUN, Step.ACCEPT, by=ANA, via=Via.COMMAND, text="yes", now=NOW)

    assert event == TaskEvent(
        place=2,
        step=Step.ACCEPT,
        by=ANA,
        via=Via.COMMAND,
        at=NOW,
        before=Status.WAITING,
        after=Status.DOING,
        text="yes",
    )


def test_own_words_are_kept_when_they_are_not_said_again() -> None:
    accepted = taken(a_task(), Step.ACCEPT, text="I send the draft on Monday")

    assert taken(accepted, Step.ACCEPT) is not None
    assert taken(accepted, Step.BLOCK).assignees[0].words == "I send the draft on Monday"


def test_it_is_declined_only_when_everybody_declined() -> None:
    one = taken(a_task(Status.WAITING, Reply.NONE, Reply.NONE), Step.DECLINE)

    assert one.status is Status.WAITING
    assert taken(one, Step.DECLINE, by=BEN).status is Status.DECLINED


def test_the_first_who_finishes_closes_it_for_all() -> None:
    task = a_task(Status.WAITING, Reply.NONE, Reply.NONE)

    assert taken(task, Step.FINISH, by=BEN).status is Status.DONE


def test_an_answer_takes_the_question_away() -> None:
    asked = taken(a_task(), Step.ASK, text="Which format?")

    assert asked.question == "Which format?"
    assert taken(asked, Step.ANSWER, by=MAYA, text="PDF").question == ""


def test_words_added_to_a_block_are_a_step_of_their_own() -> None:
    blocked = taken(a_task(), Step.BLOCK)

    _, event = take(blocked, BEGUN, Step.BLOCK, by=ANA, via=Via.MODAL, text="No login", now=NOW)

    assert event is not None
    assert event.text == "No login"


def test_who_declined_is_asked_again_when_it_is_reopened() -> None:
    reopened = taken(a_task(Status.DECLINED, Reply.DECLINED), Step.REOPEN, by=MAYA)

    assert reopened.status is Status.WAITING
    assert reopened.reply_of(ANA) is Reply.NONE


def test_who_keeps_a_task_keeps_their_yes() -> None:
    task = a_task(Status.DOING, Reply.ACCEPTED)
    into = replace(task, assignees=(*task.assignees, Assignee(JOY)))

    given, _ = take(task, BEGUN, Step.GIVE, by=MAYA, via=Via.COMMAND, into=into, now=NOW)

    assert given.status is Status.DOING
    assert given.people == (ANA, JOY)


@pytest.mark.parametrize("step", OF_ASSIGNEES)
def test_only_an_assignee_may_do_what_the_work_needs(step: Step) -> None:
    may(a_task(), step, ANA, name=name)

    for somebody in (MAYA, JOY):
        with pytest.raises(BotError, match=r"^Only Ana can .* task 42\. "):
            may(a_task(), step, somebody, name=name)


@pytest.mark.parametrize("step", OF_THE_DELEGATOR)
def test_only_the_delegator_may_change_what_is_wanted(step: Step) -> None:
    may(a_task(), step, MAYA, name=name)

    for somebody in (ANA, JOY):
        with pytest.raises(BotError, match=r"^Only Maya can .* task 42\. "):
            may(a_task(), step, somebody, name=name)


@pytest.mark.parametrize("step", [Step.NOTE, Step.REOPEN, Step.UNDO])
def test_a_bystander_may_do_nothing(step: Step) -> None:
    for somebody in (MAYA, ANA):
        may(a_task(), step, somebody, name=name)

    with pytest.raises(BotError) as refusal:
        may(a_task(), step, JOY, name=name)

    assert str(refusal.value).endswith("If you need something about it, write to Maya.")


def test_what_the_delegator_cancelled_only_they_reopen() -> None:
    may(a_task(Status.CANCELLED), Step.REOPEN, MAYA, name=name)

    with pytest.raises(BotError, match="Only Maya can reopen task 42"):
        may(a_task(Status.CANCELLED), Step.REOPEN, ANA, name=name)


def test_the_delegator_hears_what_they_can_do_instead() -> None:
    with pytest.raises(BotError, match="`/tasks 42`"):
        may(a_task(), Step.ACCEPT, MAYA, name=name)


def test_a_delegation_is_taken_back_while_nobody_acted() -> None:
    edited = replace(BEGUN, place=2, step=Step.EDIT)

    undone, event = take_back(
        a_task(), [BEGUN, edited], by=MAYA, via=Via.BUTTON, now=NOW + UNDO_WITHIN
    )

    assert undone.status is Status.CANCELLED
    assert event is not None
    assert (event.place, event.text) == (3, "delegate")


def test_taking_back_twice_is_taking_back_once() -> None:
    undone, event = take_back(a_task(), [BEGUN], by=MAYA, via=Via.BUTTON, now=NOW)
    assert event is not None

    again, nothing = take_back(undone, [BEGUN, event], by=MAYA, via=Via.BUTTON, now=NOW)

    assert again is undone
    assert nothing is None


def test_an_old_delegation_is_not_taken_back() -> None:
    late = NOW + UNDO_WITHIN + timedelta(seconds=1)

    with pytest.raises(BotError, match="`/tasks cancel 42`"):
        take_back(a_task(), [BEGUN], by=MAYA, via=Via.BUTTON, now=late)


def test_what_somebody_acted_on_is_not_taken_back() -> None:
    task, event = take(a_task(), BEGUN, Step.ACCEPT, by=ANA, via=Via.BUTTON, now=NOW)
    assert event is not None

    with pytest.raises(BotError, match="Something happened to task 42"):
        take_back(task, [BEGUN, event], by=MAYA, via=Via.BUTTON, now=NOW)


def test_what_was_cancelled_is_not_taken_back() -> None:
    cancelled = replace(BEGUN, place=2, step=Step.CANCEL)

    with pytest.raises(BotError, match="Task 42 was cancelled"):
        take_back(a_task(Status.CANCELLED), [BEGUN, cancelled], by=MAYA, via=Via.BUTTON, now=NOW)


@pytest.mark.parametrize("step", [Step.ACCEPT, Step.FINISH, Step.ASK, Step.BLOCK])
@pytest.mark.parametrize("before", OPEN)
def test_removing_a_reaction_brings_back_what_was_before(before: Status, step: Step) -> None:
    task = a_task(before, Reply.NONE, Reply.ACCEPTED)
    history = [BEGUN]
    if before is Status.ASKED:
        asking = replace(BEGUN, place=2, step=Step.ASK, by=BEN, after=before, text="Which format?")
        task, history = replace(task, question="Which format?"), [BEGUN, asking]
    done, event = take(
        task, history[-1], step, by=ANA, via=Via.REACTION, reaction="question", now=NOW
    )
    if event is None:
        return

    undone, line = unreact(done, [*history, event], step, by=ANA, now=NOW)

    assert undone == task
    assert line is not None
    assert (line.step, line.text, line.via) == (Step.UNDO, step, Via.REACTION)


@pytest.mark.parametrize(
    "change",
    [{"via": Via.BUTTON}, {"by": BEN}, {"step": Step.NOTE}],
    ids=["by a button", "by somebody else", "another step"],
)
def test_removing_a_reaction_undoes_nothing_else(change: dict[str, object]) -> None:
    task = a_task(Status.DONE, Reply.ACCEPTED)
    latest = replace(
        BEGUN, place=2, step=Step.FINISH, by=ANA, via=Via.REACTION, before=Status.DOING
    )
    other = replace(latest, **change)  # type: ignore[arg-type] # one field of its type

    assert unreact(task, [BEGUN, other], Step.FINISH, by=ANA, now=NOW) == (task, None)


def test_every_status_has_words_for_people() -> None:
    assert set(WORDS) == set(Status)


def test_every_marker_of_the_table_is_used() -> None:
    assert {after for after in TRANSITIONS.values() if isinstance(after, Next)} == set(Next)


def test_people_are_listed_as_people_list_them() -> None:
    assert listed(["Ana"]) == "Ana"
    assert listed(["Ana", "Ben"], "or") == "Ana or Ben"
    assert listed(["Ana", "Ben", "Joy"]) == "Ana, Ben and Joy"


def test_a_due_time_is_said_by_the_clock_that_was_meant() -> None:
    assert DUE.words == "Fri 27 Nov, 17:00 Manila"


def test_a_task_concerns_its_delegator_once() -> None:
    own = replace(a_task(), assignees=(Assignee(MAYA),))

    assert own.concerned == (MAYA,)
    assert own.reply_of(JOY) is Reply.NONE


@pytest.mark.parametrize("step", [Step.ACCEPT, Step.BLOCK, Step.FINISH, Step.DECLINE, Step.CANCEL])
def test_a_question_ends_with_whatever_follows_it(step: Step) -> None:
    asked = taken(a_task(), Step.ASK, text="Which format?")
    by = MAYA if step is Step.CANCEL else ANA

    assert taken(asked, step, by=by).question == ""


def test_a_question_that_was_answered_by_going_on_does_not_come_back() -> None:
    asked = taken(a_task(), Step.ASK, text="Which format?")

    assert taken(taken(asked, Step.ACCEPT), Step.ASK).question == ""


def test_a_step_that_was_taken_back_before_does_not_bring_a_question_back() -> None:
    line = replace(BEGUN, by=ANA, via=Via.REACTION, step=Step.ASK, after=Status.ASKED)
    history = [
        BEGUN,
        replace(line, text="Which format?", via=Via.COMMAND),
        replace(line, step=Step.UNDO, after=Status.WAITING, text="ask"),
        replace(line, place=4),
        replace(line, place=5, step=Step.FINISH, before=Status.ASKED, after=Status.DONE),
    ]
    task = a_task(Status.DONE, Reply.ACCEPTED)

    undone, _ = unreact(task, history, Step.FINISH, by=ANA, now=NOW)

    assert (undone.status, undone.question) == (Status.ASKED, "")


@pytest.mark.parametrize("step", [Step.ASK, Step.BLOCK])
def test_two_people_may_ask_or_be_blocked_at_once(step: Step) -> None:
    first, event = take(
        a_task(Status.WAITING, Reply.NONE, Reply.NONE),
        BEGUN,
        step,
        by=ANA,
        via=Via.COMMAND,
        text="Which format?",
        now=NOW,
    )
    assert event is not None

    second, joined = take(first, event, step, by=BEN, via=Via.REACTION, now=NOW)

    assert second == first
    assert joined is not None
    assert joined.by == BEN


def test_a_reason_that_is_given_after_a_no_is_kept() -> None:
    declined = taken(a_task(), Step.DECLINE)

    _, event = take(declined, BEGUN, Step.DECLINE, by=ANA, via=Via.COMMAND, text="Busy", now=NOW)

    assert event is not None
    assert event.text == "Busy"
