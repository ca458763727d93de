"""What the delegator of a task changes about it: what is to be done, by when, and by whom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.brief import check_assignees, check_due, check_title
from bot.domain.details import changed_parts
from bot.domain.errors import BotError
from bot.domain.parts import is_divided
from bot.domain.post import PostKind
from bot.domain.steps import UNDO_WITHIN
from bot.domain.task import Assignee, Reply, Step
from bot.usecases import cards
from bot.usecases.delegation import Receipt, check, find, receipt, take_step
from bot.usecases.telling import refused_lately, tell

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from bot.domain.brief import Rest
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


def fit(tx: Tx, number: TaskNumber, *, due: Due, by: UserId, via: Via, now: datetime) -> Receipt:
    """Set the due time that was offered with the receipt, and return what that says now.

    Who has only just been given the task, and has not answered, sees it in the message they have.
    """
    task = check(tx, number, Step.MOVE, by=by)
    is_new = now - task.created_at <= UNDO_WITHIN
    unanswered = [given.person for given in task.assignees if given.reply is Reply.NONE]
    spare = unanswered if is_new else ()
    return receipt(tx, _move(tx, task, due, by=by, via=via, spare=spare, now=now), now=now)


def edit(
    tx: Tx,
    number: TaskNumber,
    *,
    title: str,
    more: str,
    takes: timedelta | None,
    rest: Rest | None = None,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Say anew what is to be done and how long it takes; without `rest` that stays as it is.

    The step says which parts of the brief were changed.
    """
    task = check(tx, number, Step.EDIT, by=by, sees_card=sees_card)
    check_title(title)
    into = replace(task, title=title, more=more, takes=takes)
    if rest is not None:
        into = replace(into, details=rest.details, review=rest.review)
        if not is_divided(tx.tasks.history(number)):
            into = _shared(into, everyone=rest.everyone)
    parts = changed_parts(task, into)
    return take_step(tx, task, Step.EDIT, text=parts, into=into, by=by, via=via, now=now)


def _shared(task: Task, *, everyone: bool) -> Task:
    """Return the task with a share for each, or with one for all."""
    if len(task.people) == 1:
        return task
    wanted = everyone
    if wanted != task.everyone and any(given.reply is Reply.DONE for given in task.assignees):
        raise BotError(
            f"Somebody has finished their share of task {task.number}, so who has to finish it "
            "stays as it is."
        )
    return replace(task, everyone=wanted)


def give(
    tx: Tx,
    number: TaskNumber,
    to: tuple[UserId, ...],
    *,
    in_channel: Collection[UserId],
    spare: Collection[UserId] = (),
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Receipt:
    """Give it to these people instead; `in_channel` is who can see its card there.

    What somebody who keeps it had said stays, except a no, which is asked about again. `spare`
    are those who are not told that they lose it.
    """
    task = check(tx, number, Step.GIVE, by=by, sees_card=sees_card)
    check_assignees(to, tx.people.many(to))
    kept = {given.person: given for given in task.assignees}
    own = Assignee(by, Reply.ACCEPTED)
    wanted = tuple(dict.fromkeys(to))
    new = (own,) if wanted == (by,) else tuple(kept.get(user, Assignee(user)) for user in wanted)
    into = replace(task, assignees=new)
    given = take_step(tx, task, Step.GIVE, into=into, by=by, via=via, spare=spare, now=now)
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
    refused = refused_lately(tx, hears, now=now)
    return Receipt(given, tx.people.many(given.concerned), hears, refused=refused)


def change(
    tx: Tx,
    number: TaskNumber,
    *,
    assignees: tuple[UserId, ...],
    title: str,
    more: str,
    due: Due,
    takes: timedelta | None,
    rest: Rest | None = None,
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
    changed = edit(
        tx, number, title=title, more=more, takes=takes, rest=rest, by=by, via=via, now=now
    )
    refused = refused_lately(tx, hears, now=now)
    return Receipt(changed, tx.people.many(changed.concerned), hears, refused=refused)


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
