"""The alarm that makes an agreement of a proposal about which nobody says anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.agreement import is_talked_about, stands_at
from bot.domain.alarm import AlarmKind
from bot.domain.person import Person

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.task import Proposal, Task, TaskEvent
    from bot.store.transaction import Tx


def watch(tx: Tx, before: Task, after: Task, event: TaskEvent) -> None:
    """Set or cancel the alarm of a task's proposal, whatever the step was that was just taken."""
    proposal = after.pending
    if proposal is None or is_talked_about([event], proposal):
        if before.proposal is not None:
            tx.alarms.cancel(AlarmKind.PROPOSAL_STANDS, str(after.number))
    elif proposal != before.pending:
        history = tx.tasks.history(after.number)
        # It may be an old one, of a task that was done by a slip.
        if not is_talked_about(history, proposal):
            _set(tx, after, proposal)


def is_put_off(tx: Tx, task: Task, proposal: Proposal, now: datetime) -> bool:
    """Whether the delegator's working day is not over yet by what is known of them now."""
    return _set(tx, task, proposal) > now


def _set(tx: Tx, task: Task, proposal: Proposal) -> datetime:
    user = task.delegator
    until = stands_at(proposal, tx.people.get(user) or Person(id=user, name=user))
    tx.alarms.set(AlarmKind.PROPOSAL_STANDS, str(task.number), due_at=until, after=proposal.at)
    return until


def agreeing_at(tx: Tx, task: Task) -> datetime | None:
    """Return when silence will have agreed to what is proposed; None when it will not."""
    alarm = tx.alarms.get(AlarmKind.PROPOSAL_STANDS, str(task.number))
    return None if alarm is None else alarm.due_at
