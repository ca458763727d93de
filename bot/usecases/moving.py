"""*Ask to move…*: too much is due on one day, and those who sent it are asked, each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.domain.calendar import working_date
from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.post import PostKind
from bot.domain.task import OPEN, Reply, TaskNumber
from bot.usecases.telling import tell

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.domain.person import Person
    from bot.domain.post import Post
    from bot.domain.task import Task
    from bot.store.transaction import Tx

LOAD = "load"
"""What the subject of such a notice begins with: load/asker/date/numbers/reader."""

MOST_MOVABLE = 10
"""So many check boxes fit into a form, and so many numbers into a subject."""


@dataclass(frozen=True)
class Load:
    """What one delegator is asked to move."""

    asker: Person | None
    reader: Person | None
    date: date
    tasks: Sequence[Task]
    """Those that are still due on that day."""


def is_of_load(post: Post) -> bool:
    return post.kind is PostKind.NOTICE and post.subject.startswith(f"{LOAD}/")


def asked_about(post: Post) -> list[str]:
    """Return the numbers of the tasks that somebody is asked to move."""
    return post.subject.split("/")[3].split(".")


def movable(tx: Tx, user: UserId, *, now: datetime) -> list[Task]:
    """Return what somebody may ask others to move: what is due on their fullest day to come."""
    person = tx.people.get(user)
    open_tasks = [] if person is None else _to_do(tx, person, now)
    dates = [local_date for local_date, _ in open_tasks]
    fullest = max(dates, key=dates.count, default=None)
    found = [task for at, task in open_tasks if at == fullest and task.delegator != user]
    return found[:MOST_MOVABLE]


def ask(
    tx: Tx, numbers: Collection[TaskNumber], *, by: UserId, now: datetime
) -> dict[UserId, datetime]:
    """Ask those who sent these tasks to move them, each once for that day; return who hears when.

    Whoever was asked about that day before hears nothing more.
    """
    chosen = [task for task in movable(tx, by, now=now) if task.number in numbers]
    if not chosen:
        raise BotError("Choose at least one task that is still to be done. `/tasks` lists yours.")
    person = tx.people.many((by,))[by]
    local_date = _due_date(person, chosen[0]).isoformat()
    asked = {
        post.subject.rpartition("/")[2]
        for post in tx.posts.under(PostKind.NOTICE, f"{LOAD}/{by}/{local_date}")
    }
    hears = {}
    for user in dict.fromkeys(task.delegator for task in chosen):
        if user not in asked:
            their = ".".join(str(task.number) for task in chosen if task.delegator == user)
            subject = f"{LOAD}/{by}/{local_date}/{their}/{user}"
            hears[user] = tell(tx, user, PostKind.NOTICE, subject, now=now)
    return hears


def view(tx: Tx, post: Post) -> Load:
    """Return what a notice asks, as far as it is not done yet."""
    _, asker, day, _, reader = post.subject.split("/")
    person = tx.people.get(UserId(asker))
    found = (tx.tasks.get(TaskNumber(int(number))) for number in asked_about(post))
    local_date = date.fromisoformat(day)
    left = [
        task
        for task in found
        if task is not None
        and person is not None
        and task.is_open
        and task.is_assignee(person.id)
        and task.delegator == reader
        and _due_date(person, task) == local_date
    ]
    return Load(person, tx.people.get(UserId(reader)), local_date, left)


def _to_do(tx: Tx, person: Person, now: datetime) -> list[tuple[date, Task]]:
    return [
        (_due_date(person, task), task)
        for task in tx.tasks.assigned_to(person.id, *OPEN)
        if task.due.at > now and task.reply_of(person.id) is not Reply.DONE
    ]


def _due_date(person: Person, task: Task) -> date:
    """Return the working date by whose end a task is due to somebody."""
    return working_date(person.hours, task.due.at - timedelta(seconds=1), off=person.off)
