"""Accepting on other terms: a proposal, what the delegator says to it, and what silence says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain import agreement
from bot.domain.alarm import AlarmKind
from bot.domain.brief import check_due
from bot.domain.errors import BotError
from bot.domain.post import PostKind
from bot.domain.task import Proposal, Step, TaskNumber, Via
from bot.usecases import silence
from bot.usecases.delegation import check, take_step

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain.alarm import Alarm
    from bot.domain.person import UserId
    from bot.domain.task import Due, Task
    from bot.store.transaction import Tx


@dataclass(frozen=True)
class Terms:
    """What somebody says yes to."""

    due: Due
    takes: timedelta | None
    """How long it takes, as they see it."""
    instead: str = ""
    """What they would do rather than what is asked."""
    words: str = ""
    """How they understand it, in their own words."""


def accept(
    tx: Tx,
    number: TaskNumber,
    terms: Terms,
    *,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Say yes to these terms; where they are not those of the task, that is a proposal.

    How long it takes is nothing to agree on: who does the work knows best, and it is noted.
    """
    task = check(tx, number, Step.ACCEPT, by=by, sees_card=sees_card)
    if terms.takes is not None and terms.takes != task.takes:
        noted = f"I think it takes {_hours(terms.takes)}."
        task = take_step(tx, task, Step.NOTE, text=noted, by=by, via=via, now=now)
    takes = terms.takes or task.takes
    if terms.due.at == task.due.at and not terms.instead:
        into = replace(task, takes=takes, proposal=_others(task, by))
        return take_step(
            tx, task, Step.ACCEPT, text=terms.words, into=into, by=by, via=via, now=now
        )
    asked = replace(terms, takes=takes)
    return _propose(tx, task, asked, by=by, via=via, now=now)


def propose(
    tx: Tx,
    number: TaskNumber,
    *,
    due: Due | None,
    instead: str = "",
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Say yes to another due time, or to something else than was asked."""
    task = check(tx, number, Step.PROPOSE, by=by, sees_card=sees_card)
    terms = Terms(due or task.due, task.takes, instead)
    return _propose(tx, task, terms, by=by, via=via, now=now)


def say(
    tx: Tx,
    number: TaskNumber,
    *,
    words: str,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Say in own words what was accepted; what is proposed besides stays so."""
    if not words:
        raise BotError(f"Say in one sentence what you will do, such as: {_EXAMPLE}")
    task = check(tx, number, Step.ACCEPT, by=by, sees_card=sees_card)
    return take_step(tx, task, Step.ACCEPT, text=words, by=by, via=via, now=now)


def agree(
    tx: Tx,
    number: TaskNumber,
    *,
    place: int | None = None,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Agree to what is proposed; `place` says to which proposal, where a button was pressed."""
    task = check(tx, number, Step.AGREE, by=by, sees_card=sees_card)
    _check_place(tx, task, place)
    return _agree(tx, task, via=via, now=now)


def keep(
    tx: Tx,
    number: TaskNumber,
    *,
    place: int | None = None,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Let it stay as it was; who said yes only to something else is asked again."""
    task = check(tx, number, Step.KEEP, by=by, sees_card=sees_card)
    _check_place(tx, task, place)
    into = task
    if task.proposal is not None:
        proposer = task.proposal.by
        reply = agreement.reply_before(tx.tasks.history(number), proposer)
        given = (
            replace(one, reply=reply) if one.person == proposer else one for one in task.assignees
        )
        into = replace(task, assignees=tuple(given))
    return take_step(tx, task, Step.KEEP, into=into, by=by, via=via, now=now)


def talk(
    tx: Tx,
    number: TaskNumber,
    *,
    text: str = "",
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Ask to talk about what somebody said or proposed; from then on silence agrees to nothing."""
    task = check(tx, number, Step.TALK, by=by, sees_card=sees_card)
    return take_step(tx, task, Step.TALK, text=text, by=by, via=via, now=now)


def stand_due(tx: Tx, alarm: Alarm, *, now: datetime) -> None:
    """Agree to a proposal about which the delegator said nothing while they could have."""
    standing = tx.alarms.get(alarm.kind, alarm.subject)
    if standing is None or standing.due_at > now:
        return
    task = tx.tasks.get(TaskNumber(int(alarm.subject)))
    if task is None or task.pending is None:
        tx.alarms.cancel(AlarmKind.PROPOSAL_STANDS, alarm.subject)
        return
    if silence.is_put_off(tx, task, task.pending, now):
        # The hours may be others by now, or the delegator away: they were promised a working day.
        places = [e.place for e in tx.tasks.history(task.number) if e.step is Step.PROPOSE]
        tx.posts.bump(PostKind.STEP, f"{task.number}/{task.delegator}/{places[-1]}")
        return
    _agree(tx, task, via=Via.SILENCE, now=now)


_EXAMPLE = "The draft is with you on Monday, with all the numbers."


def _propose(tx: Tx, task: Task, terms: Terms, *, by: UserId, via: Via, now: datetime) -> Task:
    number, words = task.number, terms.words
    due = None if terms.due.at == task.due.at else terms.due
    if by == task.delegator:
        raise BotError(
            f"You delegated task {number} yourself, so you need nobody's word: "
            f"`/tasks due {number} mon` sets another due time."
        )
    if due is None and not terms.instead:
        raise BotError(f"Task {number} is due then already. `/ack {number}` accepts it.")
    if due is not None:
        check_due(due, now)
    proposal = Proposal(by=by, at=now, due=due, words=terms.instead)
    if task.pending is not None and replace(task.pending, at=now) == proposal:
        return task
    if task.pending is not None and task.pending.by != by:
        raise BotError(
            f"Something else is proposed for task {number} already, and waits for an answer. "
            f"`/ack {number} ask …` says what you need besides."
        )
    own = (
        replace(one, words=words) if one.person == by and words else one for one in task.assignees
    )
    into = replace(task, takes=terms.takes, proposal=proposal, assignees=tuple(own))
    text = agreement.in_words(proposal)
    return take_step(tx, task, Step.PROPOSE, text=text, into=into, by=by, via=via, now=now)


def _agree(tx: Tx, task: Task, *, via: Via, now: datetime) -> Task:
    due = task.proposal.due if task.proposal else None
    text = "" if due is None else due.words
    return take_step(tx, task, Step.AGREE, text=text, by=task.delegator, via=via, now=now)


def _check_place(tx: Tx, task: Task, place: int | None) -> None:
    """Refuse a button of a proposal in whose stead there is another one by now."""
    if place is None or task.proposal is None:
        return
    told = next((event for event in tx.tasks.history(task.number) if event.place == place), None)
    if told is None or told.at != task.proposal.at:
        raise BotError(
            f"Something else is proposed for task {task.number} by now. "
            f"`/tasks {task.number}` shows it."
        )


def _others(task: Task, user: UserId) -> Proposal | None:
    """Return what somebody else proposes; who says yes takes their own back."""
    proposal = task.proposal
    return None if proposal is not None and proposal.by == user else proposal


def _hours(takes: timedelta) -> str:
    hours, rest = divmod(round(takes.total_seconds() / 60), 60)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{rest} min"] * (rest > 0))
