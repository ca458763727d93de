"""Dividing a task into parts, each a task with one person and a due time of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.errors import BotError
from bot.domain.parts import check_divisible
from bot.domain.task import Step, listed
from bot.usecases.delegation import check, delegate, take_step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.brief import Draft
    from bot.domain.person import UserId
    from bot.domain.task import TaskNumber, Via
    from bot.store.transaction import Tx
    from bot.usecases.delegation import Receipt


def divide(
    tx: Tx,
    number: TaskNumber,
    drafts: Sequence[Draft],
    *,
    key: str,
    by: UserId,
    via: Via,
    now: datetime,
) -> list[Receipt]:
    """Make parts of a task, once for each `key`; the whole is done when they are."""
    task = check(tx, number, Step.DIVIDE, by=by)
    if not drafts:
        raise BotError("Name at least one part: who does it, what it is, and when it is due.")
    known = tx.tasks.parts_of(number)
    made = [
        delegate(tx, replace(draft, parent=number), key=f"{key}/{place}", by=by, via=via, now=now)
        for place, draft in enumerate(drafts, 1)
    ]
    new = [done for done in made if all(done.task.number != part.number for part in known)]
    if new:
        check_divisible(task, known, len(new))
        text = listed(f"task {done.task.number}" for done in new)
        into = replace(task, everyone=False)
        hear_of_theirs = [user for done in new for user in done.task.people]
        take_step(
            tx,
            task,
            Step.DIVIDE,
            text=text,
            into=into,
            by=by,
            via=via,
            spare=hear_of_theirs,
            now=now,
        )
    return made
