"""What the delegator of a task changes about it: what is to be done, by when, and by whom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.brief import check_assignees, check_due, check_title
from bot.domain.post import PostKind
from bot.domain.task import Assignee, Reply, Step
from bot.usecases import cards
from bot.usecases.delegation import Receipt, check, find, take_step
from bot.usecases.telling import tell

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from bot.domain.person import UserId
    from bot.domain.task import Due, Task, TaskNumber, Via
    from bot.store.transaction import Tx


def move(
    tx: Tx,
    number: TaskNumber,
    *,
    due: Due,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Set another due time."""
    task = check(tx, number, Step.MOVE, by=by, sees_card=sees_card)
    return _move(tx, task, due, by=by, via=via, now=now)


def edit(
    tx: Tx,
    number: TaskNumber,
    *,
    title: str,
    more: str,
    takes: timedelta | None,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Say anew what is to be done and how long it takes."""
    task = check(tx, number, Step.EDIT, by=by, sees_card=sees_card)
    check_title(title)
    into = replace(task, title=title, more=more, takes=takes)
    return take_step(tx, task, Step.EDIT, into=into, by=by, via=via, now=now)


def give(
    tx: Tx,
    number: TaskNumber,
    to: tuple[UserId, ...],
    *,
    in_channel: Collection[UserId],
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Receipt:
    """Give it to these people instead; `in_channel` is who can see its card there.

    What somebody who keeps it had said stays, except a no, which is asked about again.
    """
    task = check(tx, number, Step.GIVE, by=by, sees_card=sees_card)
    check_assignees(to, tx.people.many(to))
    kept = {given.person: given for given in task.assignees}
    own = Assignee(by, Reply.ACCEPTED)
    wanted = tuple(dict.fromkeys(to))
    new = (own,) if wanted == (by,) else tuple(kept.get(user, Assignee(user)) for user in wanted)
    given = take_step(
        tx, task, Step.GIVE, into=replace(task, assignees=new), by=by, via=via, now=now
    )
    place = len(tx.tasks.history(number))
    hears = {}
    for user in wanted:
        is_asked_again = task.is_assignee(user) and task.reply_of(user) is Reply.DECLINED
        if task.is_assignee(user) and not is_asked_again:
            continue
        if cards.was_told(tx, number, user) and user != by:
            # An edited message pings nobody.
            hears[user] = tell(tx, user, PostKind.STEP, f"{number}/{user}/{place}", now=now)
        hears |= cards.hand_over(tx, given, (user,), in_channel=in_channel, now=now)
    return Receipt(given, tx.people.many(given.concerned), hears)


def change(
    tx: Tx,
    number: TaskNumber,
    *,
    assignees: tuple[UserId, ...],
    title: str,
    more: str,
    due: Due,
    takes: timedelta | None,
    in_channel: Collection[UserId],
    by: UserId,
    via: Via,
    now: datetime,
) -> Receipt:
    """Make the task what a form says: each thing that differs is a step of its own."""
    task = find(tx, number, by)
    hears: dict[UserId, datetime] = {}
    if set(assignees) != set(task.people):
        given = give(tx, number, assignees, in_channel=in_channel, by=by, via=via, now=now)
        hears |= given.hears
    if due != task.due:
        task = check(tx, number, Step.MOVE, by=by)
        # Whom it was given to just now hears of the due time with the task.
        _move(tx, task, due, by=by, via=via, spare=hears, now=now)
    changed = edit(tx, number, title=title, more=more, takes=takes, by=by, via=via, now=now)
    return Receipt(changed, tx.people.many(changed.concerned), hears)


def _move(
    tx: Tx,
    task: Task,
    due: Due,
    *,
    by: UserId,
    via: Via,
    spare: Collection[UserId] = (),
    now: datetime,
) -> Task:
    check_due(due, now)
    into, words = replace(task, due=due), due.words
    return take_step(
        tx, task, Step.MOVE, into=into, text=words, by=by, via=via, spare=spare, now=now
    )
