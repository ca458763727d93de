"""What the messages about absences show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.post import Message, Withdrawn
from bot.slack import absence_blocks
from bot.slack.hours import offer
from bot.slack.task_blocks import with_ids
from bot.usecases import absence_notices
from bot.usecases.absence_notices import PutDown

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.post import Post, Rendered


def render(tx: Any, post: Post, now: datetime) -> Rendered:  # noqa: ANN401  # the store's Tx
    """Return what Slack is to show of a notice about an absence."""
    del now
    view = absence_notices.view(tx, post)
    if view is None:
        return Withdrawn()
    if isinstance(view, PutDown):
        text, blocks = absence_blocks.put_down(view)
    elif not view.tasks and post.ts is None:
        return Withdrawn()
    else:
        text, blocks = absence_blocks.due_inside(view)
        blocks += offer(view.reader) if view.tasks else []
    return Message(
        text=text,
        blocks=with_ids(blocks, f"away.{post.wanted}"),
        event_type="baton_note",
        event_payload={"post": post.id, "kind": post.kind.value},
    )
