"""When there is nothing left to do about a step that somebody was told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.task import Reply, Status, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.person import UserId
    from bot.domain.task import Task, TaskEvent


def is_settled(  # noqa: C901, PLR0911, PLR0912  # one line for each step
    task: Task, event: TaskEvent, later: Sequence[TaskEvent], *, reader: UserId | None
) -> bool:
    """Whether nothing is to be done about a step any more; `later` is what followed it."""
    is_said_again = any(e.step is event.step and e.by == event.by for e in later)
    match event.step:
        case Step.ASK:
            is_asked_anew = any(e.step is Step.ASK and e.before is not Status.ASKED for e in later)
            is_closed = task.status is not Status.ASKED or is_asked_anew
            return is_closed or is_said_again or _is_taken_back(event, later)
        case Step.BLOCK:
            is_over = task.status is not Status.BLOCKED
            return is_over or is_said_again or _is_taken_back(event, later)
        case Step.DECLINE:
            counts = task.reply_of(event.by) is Reply.DECLINED
            return not counts or is_said_again or task.status is Status.CANCELLED
        case Step.CHECK:
            is_said = any(e.by != event.by for e in later)
            return not task.is_open or is_said or is_said_again
        case Step.FINISH:
            return task.status is not Status.DONE or _is_taken_back(event, later)
        case Step.RETURN:
            return task.status is not Status.RETURNED or is_said_again
        case Step.PROPOSE:
            return task.pending is None or task.pending.at != event.at
        case Step.TALK:
            is_over = any(e.step in {Step.AGREE, Step.KEEP, Step.TALK} for e in later)
            return not task.is_open or is_over or any(_answers(e, reader) for e in later)
        case Step.ACCEPT:
            counts = task.reply_of(event.by) is Reply.ACCEPTED
            is_said_again |= _is_taken_back(event, later)
            return not task.is_open or not counts or is_said_again
        case Step.CANCEL | Step.SKIP:
            return task.status is not Status.CANCELLED
        case Step.GIVE | Step.REOPEN | Step.KEEP if reader is not None and task.is_assignee(reader):
            needed_a_yes = event.after is Status.WAITING
            has_said = needed_a_yes and task.reply_of(reader) is not Reply.NONE
            return not task.is_open or has_said or is_said_again
        case Step.GIVE:
            return False
        case _:
            return not task.is_open or is_said_again


def _answers(event: TaskEvent, reader: UserId | None) -> bool:
    """Whether somebody who was asked to talk has said something."""
    said = {Step.ACCEPT, Step.PROPOSE, Step.ASK, Step.DECLINE, Step.NOTE, Step.FINISH}
    return event.by == reader and event.step in said


def _is_taken_back(event: TaskEvent, later: Sequence[TaskEvent]) -> bool:
    return any((e.step, e.text, e.by) == (Step.UNDO, event.step.value, event.by) for e in later)
