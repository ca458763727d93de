"""What each kind of post shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.post import Post, PostKind, Rendered
from bot.slack import (
    absence_posts,
    day_posts,
    departing,
    home,
    huddle_posts,
    moving_posts,
    repeat_notices,
    task_notices,
    task_posts,
)
from bot.usecases.absence_notices import is_of_absence
from bot.usecases.departures import is_of_departure
from bot.usecases.moving import is_of_load
from bot.usecases.repeat_notices import is_of_series
from bot.usecases.task_notices import is_of_task

if TYPE_CHECKING:
    from datetime import datetime

_TASKS = frozenset({PostKind.CARD, PostKind.NEW_TASK, PostKind.STEP})


def render(  # noqa: PLR0911  # one for each kind
    tx: Any,  # noqa: ANN401  # the store's Tx
    post: Post,
    now: datetime,
) -> Rendered:
    """Return what Slack is to show of a post, as the database has it now."""
    if post.kind in _TASKS:
        return task_posts.render(tx, post, now)
    if is_of_series(post):
        return repeat_notices.render(tx, post, now)
    if is_of_load(post):
        return moving_posts.render(tx, post, now)
    if is_of_task(post):
        return task_notices.render(tx, post, now)
    if is_of_departure(post):
        return departing.render(tx, post, now)
    if is_of_absence(post):
        return absence_posts.render(tx, post, now)
    if post.kind is PostKind.HOME:
        return home.render(tx, post, now)
    if post.kind is PostKind.DAY:
        return day_posts.render(tx, post, now, message_of=render)
    return huddle_posts.render(tx, post, now)
