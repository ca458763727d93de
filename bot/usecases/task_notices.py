"""Messages to one person beside a task's own: words that are still to be written, somebody unheard.

They are posts, so that they say something true after whatever happened, and end when it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.person import UserId
from bot.domain.post import ChannelId, PostKind
from bot.domain.settling import is_settled
from bot.domain.task import TaskNumber
from bot.usecases import departures, task_views
from bot.usecases.cards import NOTICE, number_of, place_of, reader_of
from bot.usecases.telling import tell

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.post import Post
    from bot.domain.task import Step, TaskEvent
    from bot.store.transaction import Tx
    from bot.usecases.task_views import TaskView

WRITE = "write"
"""Offers to put a step into words that was taken without any: task/number/write/place/person."""

UNHEARD = "unheard"
"""Says that Slack brings somebody nothing: task/number/unheard/somebody/code/person."""


@dataclass(frozen=True)
class Unsaid:
    """A step of the reader's that is still without words."""

    view: TaskView
    step: Step
    is_settled: bool


@dataclass(frozen=True)
class Unheard:
    """Somebody whom a message about a task did not reach."""

    view: TaskView
    person: UserId
    code: str
    """Why Slack did not take it."""
    is_settled: bool


def is_of_task(post: Post) -> bool:
    """Whether a notice is about a task; others are about huddles."""
    return post.kind is PostKind.NOTICE and post.subject.startswith(f"{NOTICE}/")


def offer_words(tx: Tx, number: TaskNumber, event: TaskEvent) -> None:
    """Offer whoever took a step to write what it is about, in their direct messages."""
    subject = f"{NOTICE}/{number}/{WRITE}/{event.place}/{event.by}"
    tx.posts.want(PostKind.NOTICE, subject, channel=ChannelId(event.by), urgent=True)


def on_trouble(tx: Tx, post: Post, reason: str, *, now: datetime) -> None:
    """Tell the other side, once, that a message about a task does not reach its reader.

    That is the delegator, or, where the delegator is out of reach, whoever took the step. What
    was shown before and can only not be changed any more has been heard.
    """
    reader, number = reader_of(post), number_of(post)
    task = tx.tasks.get(number)
    if task is None or reader is None or post.ts is not None:
        return
    other = task.delegator
    if reader == task.delegator and post.kind is PostKind.STEP:
        other = tx.tasks.history(number)[place_of(post) - 1].by
    person = tx.people.get(reader)
    if person is not None and person.is_deleted and departures.tell_of(tx, person, other, now=now):
        return
    spell = f"{NOTICE}/{number}/{UNHEARD}/{reader}"
    if other == reader or tx.posts.under(PostKind.NOTICE, spell):
        return
    tell(tx, other, PostKind.NOTICE, f"{spell}/{reason}/{other}", now=now)


def view(tx: Tx, post: Post) -> Unsaid | Unheard | None:
    """Return what a notice about a task shows; None: the task is not there."""
    _, number, what, first, *further, reader = post.subject.split("/")
    task = tx.tasks.get(TaskNumber(int(number)))
    if task is None:
        return None
    seen = task_views.seen_by(tx, task, UserId(reader))
    if what == UNHEARD:
        person, (code, *_) = UserId(first), further
        is_over = not task.is_open or person not in task.concerned or not seen.is_private
        return Unheard(seen, person, code, is_settled=is_over)
    place = int(first)
    event, later = seen.history[place - 1], seen.history[place:]
    is_over = not seen.is_private or is_settled(task, event, later, reader=seen.reader)
    return Unsaid(seen, event.step, is_settled=is_over)
