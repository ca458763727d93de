"""The steps people take with a task: what each makes of it, and who may take it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.errors import BotError
from bot.domain.task import OPEN, Reply, Status, Step, Task, TaskEvent, Via, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from bot.domain.person import UserId
    from bot.domain.task import Assignee, Proposal

UNDO_WITHIN: Final = timedelta(minutes=10)
"""How long a delegation can be taken back, while nobody acted."""


class Next(StrEnum):
    """A status that follows from more than the status before and the step."""

    STAY = "stay"  # as it is
    BACK = "back"  # doing when somebody has accepted, else waiting
    REPLIES = "replies"  # declined when everybody has declined, else like shares
    SHARES = "shares"  # done when that is everybody's share that is needed, else like back
    BEFORE = "before"  # what it was before the latest step, or cancelled where that began it


_ROWS: Final[Mapping[Step, Mapping[Status, Status | Next]]] = {
    Step.DELEGATE: {},
    Step.ACCEPT: dict.fromkeys(OPEN, Status.DOING),
    Step.DECLINE: dict.fromkeys((*OPEN, Status.DECLINED), Next.REPLIES),
    Step.ASK: dict.fromkeys(OPEN, Status.ASKED),
    Step.ANSWER: dict.fromkeys(OPEN, Next.STAY) | {Status.ASKED: Next.BACK},
    Step.BLOCK: dict.fromkeys(OPEN, Status.BLOCKED),
    Step.FINISH: dict.fromkeys(OPEN, Next.SHARES) | {Status.DONE: Status.DONE},
    Step.VERIFY: dict.fromkeys((Status.DONE, Status.VERIFIED), Status.VERIFIED),
    Step.RETURN: dict.fromkeys((Status.DONE, Status.RETURNED), Status.RETURNED),
    Step.PROPOSE: dict.fromkeys(OPEN, Status.DOING),
    Step.AGREE: dict.fromkeys(OPEN, Next.STAY),
    Step.KEEP: dict.fromkeys(OPEN, Next.STAY) | {Status.DOING: Next.BACK},
    Step.TALK: dict.fromkeys(OPEN, Next.STAY),
    Step.CHECK: dict.fromkeys(OPEN, Next.STAY),
    Step.DIVIDE: dict.fromkeys(OPEN, Next.STAY),
    Step.NOTE: dict.fromkeys(Status, Next.STAY),
    Step.REOPEN: dict.fromkeys(OPEN, Next.STAY)
    | dict.fromkeys((Status.DONE, Status.VERIFIED, Status.DECLINED, Status.CANCELLED), Next.BACK),
    Step.CANCEL: dict.fromkeys((*OPEN, Status.DECLINED, Status.CANCELLED), Status.CANCELLED),
    Step.SKIP: dict.fromkeys((*OPEN, Status.DECLINED, Status.CANCELLED), Status.CANCELLED),
    Step.STOP: dict.fromkeys(Status, Next.STAY),
    Step.EDIT: dict.fromkeys(OPEN, Next.STAY),
    Step.MOVE: dict.fromkeys(OPEN, Next.STAY),
    Step.GIVE: dict.fromkeys((*OPEN, Status.DECLINED), Next.REPLIES),
    Step.SNOOZE: dict.fromkeys(OPEN, Next.STAY),
    Step.UNDO: dict.fromkeys((*OPEN, Status.DONE), Next.BEFORE),
}

TRANSITIONS: Final = {
    (before, step): after for step, row in _ROWS.items() for before, after in row.items()
}
"""What a step makes of a status. A pair that is not here is refused."""

_VERBS: Final = {
    Step.DELEGATE: "delegate",
    Step.ACCEPT: "accept",
    Step.DECLINE: "decline",
    Step.ASK: "ask about",
    Step.ANSWER: "answer questions about",
    Step.BLOCK: "block",
    Step.FINISH: "finish",
    Step.NOTE: "add a note to",
    Step.REOPEN: "reopen",
    Step.CANCEL: "cancel",
    Step.SKIP: "skip",
    Step.STOP: "stop the repeating of",
    Step.EDIT: "change",
    Step.MOVE: "change the due time of",
    Step.GIVE: "give away",
    Step.SNOOZE: "snooze",
    Step.PROPOSE: "propose something else for",
    Step.AGREE: "agree to a proposal for",
    Step.KEEP: "refuse a proposal for",
    Step.TALK: "ask to talk about",
    Step.CHECK: "ask how it is going with",
    Step.DIVIDE: "divide",
    Step.VERIFY: "check the result of",
    Step.RETURN: "return",
    Step.UNDO: "take back a step of",
}
_OF_ASSIGNEES: Final = frozenset(
    {
        Step.ACCEPT,
        Step.DECLINE,
        Step.ASK,
        Step.BLOCK,
        Step.FINISH,
        Step.SNOOZE,
        Step.PROPOSE,
    }
)
_OF_THE_DELEGATOR: Final = frozenset(
    {
        Step.ANSWER,
        Step.CANCEL,
        Step.SKIP,
        Step.STOP,
        Step.EDIT,
        Step.MOVE,
        Step.GIVE,
        Step.DELEGATE,
        Step.AGREE,
        Step.KEEP,
        Step.TALK,
        Step.CHECK,
        Step.DIVIDE,
        Step.VERIFY,
        Step.RETURN,
    }
)

_WORDS_COUNT: Final = frozenset(
    {Step.NOTE, Step.ANSWER, Step.BLOCK, Step.DECLINE, Step.DIVIDE, Step.RETURN}
)
"""Saying one of these again in other words is news."""

_SHAPING: Final = frozenset({Step.DELEGATE, Step.EDIT, Step.MOVE, Step.GIVE})
"""What makes a task what it is; everything else is something that happened to it."""


def may(task: Task, step: Step, user: UserId, *, name: Callable[[UserId], str]) -> None:
    """Raise a refusal unless this is a step that `user` may take; `name` says who somebody is."""
    allowed = _who_may(task, step)
    if user in allowed:
        return
    number = task.number
    only = f"Only {listed(map(name, allowed), 'or')} can {_VERBS[step]} task {number}."
    if user == task.delegator:
        rest = (
            f"You can change it, move it, give it to somebody else or cancel it: `/tasks {number}`."
        )
    elif task.is_assignee(user):
        rest = f"You can ask for that: `/ack {number} ask` and your question."
    else:
        rest = f"If you need something about it, write to {name(task.delegator)}."
    raise BotError(f"{only} {rest}")


def _who_may(task: Task, step: Step) -> tuple[UserId, ...]:
    if step in _OF_ASSIGNEES:
        return task.people
    if step in _OF_THE_DELEGATOR or (step is Step.REOPEN and task.status is Status.CANCELLED):
        return (task.delegator,)
    return task.concerned


def take(
    task: Task,
    latest: TaskEvent,
    step: Step,
    *,
    by: UserId,
    via: Via,
    text: str = "",
    reaction: str = "",
    into: Task | None = None,
    now: datetime,
) -> tuple[Task, TaskEvent | None]:
    """Return the task after a step, and the line of its history.

    A step that was taken already returns the same task, and no line. `latest` is the last line so
    far. `into` is the task with whatever its delegator changed, or until when it is snoozed.
    """
    after = TRANSITIONS.get((task.status, step))
    if after is None:
        raise BotError(refusal(task))
    is_answered = task.proposal is None and (latest.step, latest.by) != (step, by)
    if step in {Step.AGREE, Step.KEEP} and is_answered:
        raise BotError(
            f"Nothing is proposed for task {task.number} now. `/tasks {task.number}` shows it."
        )
    changed = _with_status(_applied(task, step, by=by, text=text, into=into or task), after)
    if changed.status is not Status.ASKED:
        changed = replace(changed, question="")
    is_repeated = (latest.step, latest.by, latest.text) == (step, by, text)
    # None of these changes anything, and each is news; that it comes no more is so once.
    is_news = step in {Step.CHECK, Step.TALK} or (step is Step.STOP and not is_repeated)
    says_more = bool(text) and step in _WORDS_COUNT
    # Two people may ask, or be blocked, at the same time.
    joins_in = step in {Step.ASK, Step.BLOCK} and latest.by != by
    if changed == task and (is_repeated or not (says_more or joins_in or is_news)):
        return task, None
    return changed, TaskEvent(
        place=latest.place + 1,
        step=step,
        by=by,
        via=via,
        at=now,
        before=task.status,
        after=changed.status,
        reply_before=task.reply_of(by),
        text=text,
        reaction=reaction,
    )


def take_back(
    task: Task, history: Sequence[TaskEvent], *, by: UserId, via: Via, now: datetime
) -> tuple[Task, TaskEvent | None]:
    """Return a delegation taken back, which is possible for a while and until somebody acts."""
    acted = [event for event in history if event.step not in _SHAPING]
    if task.status is Status.CANCELLED and acted and acted[-1].step is Step.UNDO:
        return task, None
    if (task.status, Step.UNDO) not in TRANSITIONS:
        raise BotError(refusal(task))
    if acted:
        raise BotError(
            f"Something happened to task {task.number} since then. "
            f"`/tasks {task.number}` shows what, and what you can do now."
        )
    if now - task.created_at > UNDO_WITHIN:
        raise BotError(
            f"Task {task.number} is older than 10 minutes. "
            f"`/tasks cancel {task.number}` cancels it."
        )
    undone = replace(task, status=Status.CANCELLED)
    return undone, _undoing(task, undone, history[-1], Step.DELEGATE, by=by, via=via, now=now)


def unreact(
    task: Task, history: Sequence[TaskEvent], step: Step, *, by: UserId, now: datetime
) -> tuple[Task, TaskEvent | None]:
    """Return the task without a step that `by` took by a reaction, while nothing followed it.

    Otherwise the task is the same: removing a reaction undoes nothing else.
    """
    latest = history[-1]
    if (latest.via, latest.by, latest.step) != (Via.REACTION, by, step):
        return task, None
    undone = replace(
        _replied(task, by, latest.reply_before),
        status=latest.before,
        question=_question_after(history[:-1]),
    )
    return undone, _undoing(task, undone, latest, step, by=by, via=Via.REACTION, now=now)


def _question_after(history: Sequence[TaskEvent]) -> str:
    """Return the question that was open after these steps."""
    open_after = [""]
    for event in history:
        if event.step is Step.UNDO:
            # It took back the step before it, and with that what the step did to the question.
            open_after = open_after[:-1] or [""]
            continue
        asked = event.text if event.step is Step.ASK else ""
        open_after.append((asked or open_after[-1]) if event.after is Status.ASKED else "")
    return open_after[-1]


def _undoing(
    task: Task, undone: Task, latest: TaskEvent, step: Step, *, by: UserId, via: Via, now: datetime
) -> TaskEvent:
    return TaskEvent(
        place=latest.place + 1,
        step=Step.UNDO,
        by=by,
        via=via,
        at=now,
        before=task.status,
        after=undone.status,
        reply_before=task.reply_of(by),
        text=step,
    )


def _applied(  # noqa: C901, PLR0911, PLR0912  # one line for each step
    task: Task, step: Step, *, by: UserId, text: str, into: Task
) -> Task:
    """Return the task with everything that a step changes except its status."""
    match step:
        case Step.ACCEPT:
            terms = replace(task, takes=into.takes, proposal=into.proposal)
            # Who has done their share has not less than accepted it.
            is_done = task.reply_of(by) is Reply.DONE
            return _replied(terms, by, Reply.DONE if is_done else Reply.ACCEPTED, words=text)
        case Step.DECLINE:
            return _without_proposal(_replied(task, by, Reply.DECLINED), of=by)
        case Step.FINISH if task.status is not Status.DONE:
            return _replied(task, by, Reply.DONE if task.everyone else Reply.ACCEPTED)
        case Step.ASK:
            return replace(task, question=text or task.question)
        case Step.CANCEL:
            return replace(task, proposal=None)
        case Step.REOPEN if task.status in {Status.DONE, Status.VERIFIED}:
            redone = _unfinished(task, [by] if task.is_assignee(by) else task.people)
            return replace(redone, proposal=None)
        case Step.REOPEN if task.is_open:
            return _unfinished(task, [by])
        case Step.REOPEN:
            return replace(task, assignees=tuple(map(_asked_again, task.assignees)), proposal=None)
        case Step.RETURN:
            return replace(_unfinished(task, task.people), proposal=None)
        case Step.PROPOSE:
            terms = replace(task, takes=into.takes, proposal=into.proposal)
            return _replied(terms, by, Reply.ACCEPTED, words=into.words_of(by))
        case Step.AGREE if task.proposal is not None:
            return _agreed(task, task.proposal)
        case Step.KEEP:
            return replace(task, proposal=None, assignees=into.assignees)
        case Step.GIVE:
            given = replace(task, assignees=tuple(map(_asked_again, into.assignees)))
            proposal = task.proposal
            stays = proposal is not None and given.is_assignee(proposal.by)
            return replace(given, proposal=proposal if stays else None)
        case Step.MOVE:
            is_answered = into.proposal is not None and into.proposal.due is not None
            return replace(into, proposal=None) if is_answered else into
        case Step.EDIT | Step.SNOOZE | Step.DIVIDE:
            return into
        case _:
            return task


def _agreed(task: Task, proposal: Proposal) -> Task:
    """Return the task as it was proposed; what was said with it belongs to the yes from now on."""
    said = "; ".join(filter(None, (task.words_of(proposal.by), proposal.words)))
    agreed = replace(task, proposal=None, due=proposal.due or task.due)
    return _replied(agreed, proposal.by, task.reply_of(proposal.by), words=said)


def _without_proposal(task: Task, *, of: UserId) -> Task:
    is_theirs = task.proposal is not None and task.proposal.by == of
    return replace(task, proposal=None) if is_theirs else task


def _asked_again(given: Assignee) -> Assignee:
    """Return an assignee whose no, if they said one, no longer counts."""
    return replace(given, reply=Reply.NONE) if given.reply is Reply.DECLINED else given


def _unfinished(task: Task, users: Collection[UserId]) -> Task:
    """Return the task with the shares of these people to be done again."""
    return replace(
        task,
        assignees=tuple(
            replace(given, reply=Reply.ACCEPTED)
            if given.person in users and given.reply is Reply.DONE
            else given
            for given in task.assignees
        ),
    )


def _replied(task: Task, user: UserId, reply: Reply, *, words: str = "") -> Task:
    return replace(
        task,
        assignees=tuple(
            replace(given, reply=reply, words=words or given.words)
            if given.person == user
            else given
            for given in task.assignees
        ),
    )


def _with_status(task: Task, after: Status | Next) -> Task:
    if isinstance(after, Status):
        return replace(task, status=after)
    if after is Next.STAY:
        return task
    replies = {given.reply for given in task.assignees}
    if after is Next.REPLIES and replies == {Reply.DECLINED}:
        return replace(task, status=Status.DECLINED)
    if after in {Next.REPLIES, Next.SHARES} and _is_enough(
        task, step_finishes=after is Next.SHARES
    ):
        return replace(task, status=Status.DONE)
    has_begun = bool(replies & {Reply.ACCEPTED, Reply.DONE})
    return replace(task, status=Status.DOING if has_begun else Status.WAITING)


def _is_enough(task: Task, *, step_finishes: bool) -> bool:
    """Whether a task is done: where not everybody has a share, once somebody finishes it."""
    if not task.everyone:
        return step_finishes
    return {given.reply for given in task.assignees} - {Reply.DECLINED} == {Reply.DONE}


def refusal(task: Task) -> str:
    """Say why a step cannot be taken as the task stands, and what can be done instead."""
    number = task.number
    match task.status:
        case Status.DONE | Status.VERIFIED:
            return f"Task {number} is done. `/tasks reopen {number}` opens it again."
        case Status.DECLINED:
            return (
                f"Task {number} was declined. `/tasks give {number} @somebody` hands it to "
                f"somebody else, `/tasks reopen {number}` asks again."
            )
        case Status.CANCELLED:
            return (
                f"Task {number} was cancelled. "
                f"`/tasks again {number}` starts a new one with the same words."
            )
        case _:
            return (
                f"Task {number} exists already. "
                f"`/tasks again {number}` starts a new one with the same words."
            )
