"""Messages to one person about a repeating task: was the brief enough, and that it is paused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.person import UserId
from bot.domain.post import PostKind
from bot.domain.task import TaskNumber
from bot.usecases import task_views
from bot.usecases.cards import NOTICE
from bot.usecases.repeating import PAUSED
from bot.usecases.repeats import ENOUGH

if TYPE_CHECKING:
    from bot.domain.person import Person
    from bot.domain.post import Post
    from bot.domain.series import Series
    from bot.store.transaction import Tx
    from bot.usecases.task_views import TaskView


@dataclass(frozen=True)
class Shown:
    """What such a message is about."""

    what: str
    view: TaskView
    series: Series
    person: Person | None
    """Who is gone, where that is what it says."""


def is_of_series(post: Post) -> bool:
    """Whether a notice about a task is about its repeating."""
    kind, _, what, *_ = (*post.subject.split("/"), "", "")
    return post.kind is PostKind.NOTICE and kind == NOTICE and what in {ENOUGH, PAUSED}


def shown(tx: Tx, post: Post) -> Shown | None:
    """Return what such a message shows; None: there is nothing to say any more."""
    _, number, what, about, reader = post.subject.split("/")
    task = tx.tasks.get(TaskNumber(int(number)))
    if task is None:
        return None
    view = task_views.seen_by(tx, task, UserId(reader))
    if view.series is None or not view.is_private:
        return None
    return Shown(what, view, view.series, tx.people.get(UserId(about)))
