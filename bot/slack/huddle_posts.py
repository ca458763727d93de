"""What each post of a huddle shows: root, answers, marks, summary, and notices to the leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.huddle import HuddleStatus
from bot.domain.post import Mark, Message, Post, PostKind, Rendered, Withdrawn
from bot.slack import huddle_blocks
from bot.slack.hours import offer
from bot.usecases import huddle_views

if TYPE_CHECKING:
    from datetime import datetime

    from bot.slack.huddle_blocks import Shown

MEMO = "memo"
"""The mark on a reply that counts as an answer: 📝."""

ROOT_EVENT = "baton_huddle"
NOTE_EVENT = "baton_note"


def render(tx: Any, post: Post, now: datetime) -> Rendered:  # noqa: ANN401  # the store's Tx
    """Return what Slack is to show of a post, as the database has it now."""
    del now
    match post.kind:
        case PostKind.HUDDLE:
            return _root(tx, post)
        case PostKind.ANSWER:
            answer = huddle_views.answer_view(tx, post.subject)
            return Withdrawn() if answer is None else _note(post, huddle_blocks.answer(answer))
        case PostKind.MARK:
            return Mark(MEMO, stands=huddle_views.is_marked(tx, post))
        case PostKind.SUMMARY:
            view = huddle_views.huddle_view(tx, post.subject)
            return Withdrawn() if view is None else _note(post, huddle_blocks.summary(view))
        case PostKind.NOTICE:
            return _notice(tx, post)
        case _:
            raise ValueError(f"a post of the kind {post.kind} is not about a huddle")


def _root(tx: Any, post: Post) -> Rendered:  # noqa: ANN401  # likewise
    view = huddle_views.huddle_view(tx, post.subject)
    if view is None or (post.ts is None and view.huddle.status is HuddleStatus.MISSED):
        return Withdrawn()
    text, blocks = huddle_blocks.root(view)
    payload = {
        "post": post.id,
        "team": view.team.id,
        "date": view.huddle.date.isoformat(),
    }
    return Message(text, blocks, ROOT_EVENT, payload)


def _notice(tx: Any, post: Post) -> Rendered:  # noqa: ANN401  # likewise
    view = huddle_views.trouble_view(tx, post.subject)
    if view is None:
        return Withdrawn()
    text, blocks = huddle_blocks.trouble(view)
    return _note(post, (text, [*blocks, *offer(view.reader)]))


def _note(post: Post, shown: Shown) -> Message:
    text, blocks = shown
    return Message(text, blocks, NOTE_EVENT, {"post": post.id, "kind": post.kind.value})
