"""Making the next of a repeating task, leaving one out, and changing all that follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.domain.alarm import AlarmKind
from bot.domain.brief import check_assignees
from bot.domain.dates import shown_date
from bot.domain.errors import BotError
from bot.domain.post import PostKind
from bot.domain.repeat import Moving, shifted
from bot.domain.series import (
    SeriesId,
    appears_at,
    begun,
    comings,
    draft_of,
    made,
    place_of,
)
from bot.domain.task import Step, TaskNumber, Via, listed
from bot.usecases import cards, changing, delegation
from bot.usecases.repeats import begin, calendar_of, end, plan, series_of
from bot.usecases.telling import tell

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alarm import Alarm
    from bot.domain.person import UserId
    from bot.domain.repeat import Rule
    from bot.domain.series import Coming, Series
    from bot.domain.task import Task
    from bot.store.transaction import Tx
    from bot.usecases.delegation import Receipt

PAUSED = "paused"
"""Says that a repeating task has nobody who does it: task/number/paused/somebody/person."""

_MOST_NAMED = 5


def make_due(tx: Tx, alarm: Alarm, *, now: datetime) -> None:
    """Make the occurrence whose time has come; of several that were missed, the latest."""
    standing = tx.alarms.get(AlarmKind.SERIES_NEXT, alarm.subject)
    if standing is None or standing.due_at > now:
        return
    series = tx.series.get(int(alarm.subject))
    if series is None or not series.is_living or series.is_paused:
        tx.alarms.cancel(AlarmKind.SERIES_NEXT, alarm.subject)
        return
    if gone := _gone(tx, series):
        _pause(tx, series, gone, now=now)
        return
    missed = _begun_by(tx, series, now)
    if not missed:
        # Hours or days off have changed since the alarm was set.
        plan(tx, series, now=now)
        return
    *passed, coming = missed
    if not passed and (at := _waits_until(tx, series, coming, now)) is not None:
        tx.alarms.set(AlarmKind.SERIES_NEXT, alarm.subject, due_at=at, after=now)
        return
    draft = replace(draft_of(series, coming.due), said=_left_out(passed))
    key = f"series/{series.id}/{coming.date}"
    delegation.delegate(tx, draft, key=key, by=series.delegator, via=Via.REPEAT, now=now)
    plan(tx, made(series, coming, passed=len(passed)), now=now)


def skip(
    tx: Tx, number: TaskNumber, *, by: UserId, via: Via, sees_card: bool = False, now: datetime
) -> Task:
    """Leave this one out; the next one comes when it would have come."""
    task = delegation.check(tx, number, Step.SKIP, by=by, sees_card=sees_card)
    _living(tx, task)
    return delegation.take_step(tx, task, Step.SKIP, by=by, via=via, now=now)


def stop(
    tx: Tx, number: TaskNumber, *, by: UserId, via: Via, sees_card: bool = False, now: datetime
) -> Task:
    """Let it come no more; what there is of it stays."""
    task = delegation.check(tx, number, Step.STOP, by=by, sees_card=sees_card)
    series = series_of(tx, task)
    if series is not None and not series.is_living:
        return task
    _living(tx, task)
    end(tx, task, now=now)
    return delegation.take_step(tx, task, Step.STOP, by=by, via=via, now=now)


def change_as_said(
    tx: Tx,
    number: TaskNumber,
    /,
    *,
    rule: Rule | None,
    moving: Moving,
    for_all: bool | None,
    by: UserId,
    via: Via,
    now: datetime,
    **given: Any,  # noqa: ANN401  # what a form says of the task itself
) -> Receipt:
    """Make the task what a form says, and all that follow where the form is about them.

    Another rule is about them anyway. With `for_all` None nothing was said about repeating.
    """
    before = delegation.find(tx, number, by)
    done = changing.change(tx, number, by=by, via=via, now=now, **given)
    if for_all is None:
        return done
    series = series_of(tx, before)
    living = series if series is not None and series.is_living else None
    known = (living.rule, living.moving) if living else (None, moving)
    if (rule, moving) != known or (living is not None and for_all):
        change(tx, number, before, rule, moving=moving, by=by, via=via, now=now)
    task = delegation.find(tx, number, by)
    return replace(done, task=task, series=series_of(tx, task))


def change(
    tx: Tx,
    number: TaskNumber,
    before: Task,
    rule: Rule | None,
    *,
    moving: Moving,
    by: UserId,
    via: Via,
    now: datetime,
) -> None:
    """Let all that follow be what a task is since it was changed, and come by this rule.

    `before` is the task as it was; without a rule there are none that follow.
    """
    task = delegation.check(tx, number, Step.STOP, by=by)
    series = series_of(tx, task)
    if series is None or not series.is_living:
        if rule is not None:
            begin(tx, task, rule, moving=moving, now=now)
            tx.posts.bump_all(cards.shown_of(tx, task))
    elif rule is None:
        stop(tx, number, by=by, via=via, now=now)
    else:
        plan(tx, _changed(tx, series, before, task, rule=rule, moving=moving), now=now)


def pause_series_of(tx: Tx, user: UserId, *, now: datetime) -> None:
    """Let everything that somebody who is gone would do come no more, until it is changed."""
    for series in tx.series.living():
        if user in series.assignees and not series.is_paused:
            _pause(tx, series, user, now=now)


def resume_series_of(tx: Tx, user: UserId, *, now: datetime) -> None:
    """Let everything come again that waits for somebody who is back."""
    for series in tx.series.living():
        if user in series.assignees and series.is_paused and not _gone(tx, series):
            plan(tx, replace(series, is_paused=False), now=now)


def answer_enough(tx: Tx, number: TaskNumber, *, enough: bool, by: UserId) -> tuple[Task, Step]:
    """Keep whether the brief was enough; return where what was missing can be said, and how.

    A question about the next occurrence is heard; where there is none, it is a note.
    """
    task = delegation.find(tx, number, by)
    series = series_of(tx, task)
    if series is None or not task.is_assignee(by):
        who = listed(map(delegation.names(tx, task), task.people), "or")
        raise BotError(f"Only {who} can answer this. `/tasks {number}` shows the task.")
    tx.series.save(replace(series, was_asked=True, was_enough=enough))
    tx.posts.bump_all(
        (post.kind, post.subject)
        for post in tx.posts.under(PostKind.NOTICE, f"{cards.NOTICE}/{number}")
    )
    latest, *_ = tx.tasks.of_series(series.id, limit=1)
    if latest.is_open and latest.is_assignee(by):
        return latest, Step.ASK
    return task, Step.NOTE


def _living(tx: Tx, task: Task) -> Series:
    series = series_of(tx, task)
    if series is None:
        raise BotError(
            f"Task {task.number} does not repeat. `/tasks cancel {task.number}` cancels it, "
            f"`/tasks edit {task.number}` lets it repeat."
        )
    if not series.is_living:
        raise BotError(
            f"Task {task.number} does not come again any more. "
            f"`/tasks cancel {task.number}` cancels this one."
        )
    return series


def _gone(tx: Tx, series: Series) -> UserId | None:
    """Return somebody of those who do it who cannot be given a task any more."""
    people = tx.people.many(series.assignees)
    for user in series.assignees:
        try:
            check_assignees((user,), people)
        except BotError:
            return user
    return None


def _pause(tx: Tx, series: Series, user: UserId, *, now: datetime) -> None:
    plan(tx, replace(series, is_paused=True), now=now)
    latest, *_ = tx.tasks.of_series(series.id, limit=1)
    subject = f"{cards.NOTICE}/{latest.number}/{PAUSED}/{user}/{series.delegator}"
    tell(tx, series.delegator, PostKind.NOTICE, subject, now=now)


def _begun_by(tx: Tx, series: Series, now: datetime) -> list[Coming]:
    """Return the occurrences that should be there by now."""
    hours, off = calendar_of(tx, series)
    found = []
    before = series.latest_due
    for coming in comings(series, hours, off=off):
        if appears_at(before, coming.due, hours, off=off) > now:
            break
        found.append(coming)
        before = coming.due.at
    return found


def _waits_until(tx: Tx, series: Series, coming: Coming, now: datetime) -> datetime | None:
    """Return when an occurrence comes, where the one before it was moved and is not due yet."""
    latest, *_ = tx.tasks.of_series(series.id, limit=1)
    if not (latest.is_open and now < latest.due.at < coming.due.at):
        return None
    hours, off = calendar_of(tx, series)
    return appears_at(latest.due.at, coming.due, hours, off=off)


def _left_out(passed: list[Coming]) -> str:
    if not passed:
        return ""
    dates = [shown_date(coming.due.local) for coming in passed]
    if len(dates) > _MOST_NAMED:
        dates = [*dates[:_MOST_NAMED], f"{len(dates) - _MOST_NAMED} more"]
    which = "The one due" if len(passed) == 1 else "Those due"
    verb = "was" if len(passed) == 1 else "were"
    return f"{which} {listed(dates)} {verb} left out: Baton was not running then."


def _changed(
    tx: Tx, series: Series, before: Task, task: Task, *, rule: Rule, moving: Moving
) -> Series:
    """Return a repeating task whose occurrences are like this one from now on."""
    person = tx.people.get(task.people[0])
    hours = person.hours if person else None
    if rule == series.rule:
        then, _ = place_of(before.due, hours)
        rule = shifted(rule, then, place_of(task.due, hours)[0])
        rule = rule if rule.times is None else replace(rule, times=rule.times + 1)
    anew = begun(task, rule, moving=moving, hours=hours)
    latest, *_ = tx.tasks.of_series(series.id, limit=1)
    if latest.number != task.number:
        # An older one was changed: what was made since then stays.
        anew = replace(anew, latest=series.latest, latest_due=series.latest_due)
    return replace(
        anew,
        id=SeriesId(series.id),
        was_asked=series.was_asked,
        was_enough=series.was_enough,
    )
