"""What makes a yes a commitment: how much is asked of it, and what becomes of other terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.calendar import end_of_next_day
from bot.domain.task import Reply, Size, Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.person import Person, UserId
    from bot.domain.task import Proposal, Task, TaskEvent

_ANSWERED = frozenset({Step.AGREE, Step.KEEP, Step.MOVE, Step.GIVE, Step.CANCEL, Step.REOPEN})


def asks_for_more(task: Task, user: UserId) -> bool:
    """Whether a yes by a tap should ask for more than the tap.

    What is small needs no ceremony, nor does going on with what was accepted before.
    """
    if task.size is Size.SMALL or user == task.delegator or not task.is_open:
        return False
    return task.is_assignee(user) and task.reply_of(user) in {Reply.NONE, Reply.DECLINED}


def lacks_words(task: Task, user: UserId) -> bool:
    """Whether somebody has said yes to something large, and not yet in their own words."""
    is_large = task.size is Size.LARGE and user != task.delegator
    said_yes = task.is_open and task.reply_of(user) is Reply.ACCEPTED
    return is_large and said_yes and not task.words_of(user)


def stands_at(proposal: Proposal, delegator: Person) -> datetime:
    """Return when silence makes an agreement of it: at the end of the delegator's next day."""
    return end_of_next_day(delegator.hours, after=proposal.at, off=delegator.off)


def is_talked_about(history: Sequence[TaskEvent], proposal: Proposal) -> bool:
    """Whether the delegator wants to talk about it first, so that silence is no consent."""
    return any(event.step is Step.TALK and event.at >= proposal.at for event in history)


def in_words(proposal: Proposal) -> str:
    """Return a proposal as a line of the task's history says it."""
    due = "" if proposal.due is None else proposal.due.words
    return ": ".join(filter(None, (due, proposal.words)))


def reply_before(history: Sequence[TaskEvent], proposer: UserId) -> Reply:
    """Return what somebody had said before they proposed anything that is still unanswered.

    A yes to other terms is no yes to those that there were.
    """
    reply, is_unanswered = Reply.NONE, False
    for event in history:
        if (event.step, event.by) == (Step.PROPOSE, proposer):
            reply = reply if is_unanswered else event.reply_before
            is_unanswered = True
        elif event.step in _ANSWERED:
            is_unanswered = False
    return reply


def answers_talk(history: Sequence[TaskEvent]) -> bool:
    """Whether the latest step of a history is an answer to somebody who wants to talk."""
    *before, latest = history
    for event in reversed(before):
        if event.step is Step.TALK:
            return True
        if event.by == latest.by and event.step in {Step.ACCEPT, Step.PROPOSE, Step.ASK}:
            return False
    return False
