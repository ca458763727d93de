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
    own_time,
    repeat_notices,
    task_notices,
    task_posts,
)
from bot.usecases.absence_notices import is_of_absence
from bot.usecases.departures import is_of_departure
from bot.usecases.moving import is_of_load
from bot.usecases.own_time import is_of_own_time
from bot.usecases.repeat_notices import is_of_series
from bot.usecases.task_notices import is_of_task

if TYPE_CHECKING:
    from datetime import datetime

_NOTICES = (
    (is_of_series, repeat_notices.render),
    (is_of_load, moving_posts.render),
    (is_of_task, task_notices.render),
    (is_of_departure, departing.render),
    (is_of_absence, absence_posts.render),
    (is_of_own_time, own_time.render),
)
_TASKS = frozenset({PostKind.CARD, PostKind.NEW_TASK, PostKind.STEP})


def render(  # one for each kind
    tx: Any,  # noqa: ANN401  # the store's Tx
    post: Post,
    now: datetime,
) -> Rendered:
    """Return what Slack is to show of a post, as the database has it now."""
    if post.kind in _TASKS:
        return task_posts.render(tx, post, now)
    for is_of, part in _NOTICES:
        if is_of(post):
            return part(tx, post, now)
    if post.kind is PostKind.HOME:
        return home.render(tx, post, now)
    if post.kind is PostKind.DAY:
        return day_posts.render(tx, post, now, message_of=render)
    return huddle_posts.render(tx, post, now)
