"""What delegators are asked about tasks due inside an absence, and what a lead said for others."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.absence import Absence
from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.post import PostKind
from bot.usecases import changing
from bot.usecases.absences import DUE_INSIDE, PUT_DOWN, back_at, day_after, due_inside

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.person import Person
    from bot.domain.post import Post
    from bot.domain.task import Due, Task, TaskNumber, Via
    from bot.store.transaction import Tx


@dataclass(frozen=True)
class DueInside:
    """What a delegator has to decide about, and what they read of it."""

    subject: str
    person: Person
    absence: Absence
    after: Due
    """The end of the first day after it."""
    tasks: tuple[Task, ...]
    """Those about which nothing was decided yet; none when all is settled."""
    reader: Person | None


@dataclass(frozen=True)
class PutDown:
    """What somebody reads of whom a lead said that they are away."""

    absence: Absence
    stands: bool
    lead: Person | None
    back_at: datetime
    reader: Person


def is_of_absence(post: Post) -> bool:
    """Whether a notice is about an absence; others are about tasks or huddles."""
    return post.kind is PostKind.NOTICE and post.subject.split("/")[0] in {DUE_INSIDE, PUT_DOWN}


def view(tx: Tx, post: Post) -> DueInside | PutDown | None:
    """Return what a notice about an absence shows; None: the person is not known any more."""
    return _view(tx, post.subject)


def move(
    tx: Tx, subject: str, number: TaskNumber | None, *, by: UserId, via: Via, now: datetime
) -> DueInside:
    """Move a task, or all of them, to the end of the first day after the absence."""
    asked = _asked(tx, subject, by)
    for task in _chosen(asked, number):
        changing.move(tx, task.number, due=asked.after, by=by, via=via, now=now)
    return _shown_anew(tx, subject, by)


def leave(tx: Tx, subject: str, number: TaskNumber | None, *, by: UserId) -> DueInside:
    """Keep the due time of a task, or of all of them, although somebody is away then."""
    asked = _asked(tx, subject, by)
    for task in _chosen(asked, number):
        tx.hints.once(_left(asked, task), by)
    return _shown_anew(tx, subject, by)


def _chosen(asked: DueInside, number: TaskNumber | None) -> list[Task]:
    return [task for task in asked.tasks if number in {None, task.number}]


def _asked(tx: Tx, subject: str, by: UserId) -> DueInside:
    found = _view(tx, subject)
    if not isinstance(found, DueInside) or not subject.endswith(f"/{by}"):
        raise BotError("Only whoever was asked can decide that. `/tasks sent` lists your tasks.")
    return found


def _shown_anew(tx: Tx, subject: str, by: UserId) -> DueInside:
    tx.posts.bump(PostKind.NOTICE, subject)
    return _asked(tx, subject, by)


def _view(tx: Tx, subject: str) -> DueInside | PutDown | None:
    what, user, first, last, other = subject.split("/")
    known = tx.people.many((UserId(user), UserId(other)))
    person, reader = known.get(UserId(user)), known.get(UserId(other))
    if person is None:
        return None
    absence = Absence(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    stands, whole = _stands(person, absence), _whole(person, absence)
    if what == PUT_DOWN:
        return PutDown(absence, stands, reader, back_at(person, whole), person)
    asked = DueInside(subject, person, absence, day_after(person, whole), (), reader)
    if not stands:
        return asked
    tasks = tuple(
        task
        for task in due_inside(tx, person, absence)
        if task.delegator == other and not tx.hints.known(_left(asked, task), UserId(other))
    )
    return DueInside(subject, person, absence, asked.after, tasks, reader)


def _left(asked: DueInside, task: Task) -> str:
    return f"left/{asked.person.id}/{asked.absence.first}/{task.number}"


def _whole(person: Person, absence: Absence) -> Absence:
    """Return the absence of which these dates are a part, now that it may be longer."""
    return next((each for each in person.absences if absence.last in each), absence)


def _stands(person: Person, absence: Absence) -> bool:
    return any(absence.first in each or absence.last in each for each in person.absences)
