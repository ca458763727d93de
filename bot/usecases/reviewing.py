"""What a delegator says of a result: that it is good, or what is still missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import BotError
from bot.domain.task import Status, Step
from bot.usecases.delegation import check, take_step

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.person import UserId
    from bot.domain.task import Task, TaskNumber, Via
    from bot.store.transaction import Tx


def verify(
    tx: Tx, number: TaskNumber, *, by: UserId, via: Via, sees_card: bool = False, now: datetime
) -> Task:
    """Say that what was done is good, which closes the task."""
    task = check(tx, number, Step.VERIFY, by=by, sees_card=sees_card)
    _check_finished(task)
    return take_step(tx, task, Step.VERIFY, by=by, via=via, now=now)


def send_back(
    tx: Tx,
    number: TaskNumber,
    *,
    text: str,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Say what is missing in what was done; whoever does the task hears of it."""
    task = check(tx, number, Step.RETURN, by=by, sees_card=sees_card)
    if task.status is not Status.RETURNED:
        _check_finished(task)
    if not text:
        raise BotError(
            "What is missing is empty. "
            f"Write it like: `/tasks return {number} the totals are missing`"
        )
    return take_step(tx, task, Step.RETURN, text=text, by=by, via=via, now=now)


def _check_finished(task: Task) -> None:
    if task.is_open:
        raise BotError(
            f"Nobody has finished task {task.number} yet. "
            f"`/tasks {task.number}` shows how it stands."
        )
