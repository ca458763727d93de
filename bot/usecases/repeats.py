"""Repeating tasks as they stand: begun, planned, ended, and the one question about their brief."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.post import PostKind
from bot.domain.series import appears_at, begun, comings
from bot.domain.task import Status
from bot.usecases import cards
from bot.usecases.telling import tell

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import date, datetime

    from bot.domain.calendar import WorkingHours
    from bot.domain.person import UserId
    from bot.domain.repeat import Moving, Rule
    from bot.domain.series import Series
    from bot.domain.task import Task
    from bot.store.transaction import Tx

ENOUGH = "enough"
"""Asks whether the brief of a repeating task was enough: task/number/enough/series/person."""

_ASKED_AFTER = 2
"""Occurrences that were done."""

_SHOWN = 5
"""Occurrences whose cards may still be looked at for when the next one comes."""


def series_of(tx: Tx, task: Task) -> Series | None:
    """Return the repeating task of which this is one."""
    return None if task.series is None else tx.series.get(task.series)


def calendar_of(tx: Tx, series: Series) -> tuple[WorkingHours | None, Container[date]]:
    """Return the hours of whoever does it, of several the first, and the dates they are off."""
    person = tx.people.get(series.assignees[0])
    return (None, ()) if person is None else (person.hours, person.off)


def begin(tx: Tx, task: Task, rule: Rule, *, moving: Moving, now: datetime) -> Task:
    """Let a task come again; it is the first one."""
    person = tx.people.get(task.people[0])
    series = begun(task, rule, moving=moving, hours=person.hours if person else None)
    known = tx.series.get(series.id)
    if known is not None:
        series = replace(series, was_asked=known.was_asked, was_enough=known.was_enough)
    if task.series is None:
        task = replace(task, series=series.id)
        tx.tasks.save(task, None)
    plan(tx, series, now=now)
    return task


def plan(tx: Tx, series: Series, *, now: datetime) -> Series:
    """Keep a repeating task, and set its alarm for the next occurrence, if there is one."""
    hours, off = calendar_of(tx, series)
    subject = str(series.id)
    coming = None if series.is_paused else next(comings(series, hours, off=off), None)
    if coming is None:
        tx.alarms.cancel(AlarmKind.SERIES_NEXT, subject)
        series = replace(series, next_date=None, next_due=None)
    else:
        at = appears_at(series.latest_due, coming.due, hours, off=off)
        tx.alarms.set(AlarmKind.SERIES_NEXT, subject, due_at=at, after=now)
        series = replace(series, next_date=coming.date, next_due=coming.due.at)
    tx.series.save(series)
    for task in tx.tasks.of_series(series.id, limit=_SHOWN):
        tx.posts.bump_all(cards.shown_of(tx, task))
    return series


def end(tx: Tx, task: Task, *, now: datetime) -> None:
    """Let a repeating task come no more."""
    series = series_of(tx, task)
    if series is not None and series.is_living:
        plan(tx, replace(series, ended_at=now), now=now)


def recompute(tx: Tx, *, now: datetime) -> None:
    """Set all alarms anew: the clock was set back, or the zone data changed."""
    for series in tx.series.living():
        plan(tx, series, now=now)


def ask_whether_enough(tx: Tx, task: Task, *, by: UserId, now: datetime) -> None:
    """Ask whoever finished a second occurrence, once, whether the brief held all they needed."""
    series = series_of(tx, task)
    if series is None or series.was_asked or by == task.delegator:
        return
    occurrences = tx.tasks.of_series(series.id, limit=_ASKED_AFTER * _SHOWN)
    done = [one for one in occurrences if one.status in {Status.DONE, Status.VERIFIED}]
    if len(done) < _ASKED_AFTER or not task.is_assignee(by):
        return
    tx.series.save(replace(series, was_asked=True))
    subject = f"{cards.NOTICE}/{task.number}/{ENOUGH}/{series.id}/{by}"
    tell(tx, by, PostKind.NOTICE, subject, now=now)
