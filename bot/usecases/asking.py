"""Asking about what a brief does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.details import GAP_QUESTIONS
from bot.domain.task import Status, Step
from bot.usecases.delegation import ask, check

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.details import Gap
    from bot.domain.person import UserId
    from bot.domain.task import Task, TaskNumber, Via
    from bot.store.transaction import Tx


def ask_gap(
    tx: Tx,
    number: TaskNumber,
    gap: Gap,
    *,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Ask about a part that is missing; what the same person asked just before stays asked."""
    task = check(tx, number, Step.ASK, by=by, sees_card=sees_card)
    question = GAP_QUESTIONS[gap]
    latest = tx.tasks.history(number)[-1]
    is_own = task.status is Status.ASKED and (latest.step, latest.by) == (Step.ASK, by)
    if is_own and task.question:
        if question in task.question:
            return task
        question = f"{task.question}\n{question}"
    return ask(tx, number, question=question, by=by, via=via, sees_card=sees_card, now=now)
