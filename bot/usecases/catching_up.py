"""What has to be read again in Slack after Baton could not be told of anything for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.post import PostKind, PostState
from bot.usecases.cards import reader_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.post import Post
    from bot.domain.task import TaskNumber
    from bot.store.transaction import Tx

TOLD_AGAIN = timedelta(minutes=5)
"""For about as long Slack tells again what nobody took; what is older does not come back."""

SECOND_THOUGHTS = timedelta(days=1)
"""How long before the silence somebody may have finished what they took back during it."""

MOST_TASKS = 500
"""So many of the newest, which take about half an hour to read, cards and messages of them."""


def heard(tx: Tx, *, at: datetime) -> datetime | None:
    """Keep that nothing was missed up to `at`, unless something may have been.

    Then nothing is kept until `caught_up`, and the instant since when is returned. Of several
    processes whose clocks disagree, the one that is ahead counts.
    """
    before = tx.workspaces.heard_at()
    if before is not None and at - before > TOLD_AGAIN:
        return before
    if before is None or at > before:
        tx.workspaces.heard(at)
    return None


def caught_up(tx: Tx, *, now: datetime) -> None:
    """Keep that all was read that may have been missed."""
    tx.workspaces.heard(now)


def huddles(tx: Tx, *, since: datetime) -> list[Post]:
    """Return the roots under which people may have answered since then."""
    found = tx.huddles.open_after(since)
    roots = (tx.posts.find(PostKind.HUDDLE, huddle.subject) for huddle in found)
    return [root for root in roots if root is not None and _is_there(root)]


def tasks(tx: Tx, *, since: datetime) -> list[TaskNumber]:
    """Return the tasks with which a reaction may have done something since then."""
    return tx.tasks.reactable(since=since - SECOND_THOUGHTS, limit=MOST_TASKS)


def cards(tx: Tx, number: TaskNumber) -> list[Post]:
    """Return the copies of a task's card, and what tells of it, that assignees can react to."""
    task = tx.tasks.get(number)
    return [
        post
        for kind in (PostKind.CARD, PostKind.NEW_TASK)
        for post in tx.posts.under(kind, str(number))
        if _is_there(post)
        and task is not None
        and ((reader := reader_of(post)) is None or task.is_assignee(reader))
    ]


def _is_there(post: Post) -> bool:
    return post.ts is not None and post.state is PostState.LIVE
