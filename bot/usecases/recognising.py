"""Which of Baton's posts a message is that somebody replied or reacted to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import TooEarly
from bot.domain.post import ChannelId

if TYPE_CHECKING:
    from bot.domain.person import UserId
    from bot.domain.post import MessageTs, Post
    from bot.store.transaction import Tx


def recognise(tx: Tx, channel: ChannelId, ts: MessageTs, *, by: UserId) -> Post | None:
    """Return the post that is this message, which `by` acted on. None: it is not one of ours.

    People may be faster than Slack's answer, and an answer may be lost. So while a post is
    leaving for where they are, a message that is younger may be it, and TooEarly is raised.
    """
    post = tx.posts.at(channel, ts)
    if post is None and any(_may_be(leaving, ts) for leaving in _leaving(tx, channel, by)):
        raise TooEarly
    return post


def _leaving(tx: Tx, channel: ChannelId, by: UserId) -> list[Post]:
    # What is on its way to somebody does not know the id of its conversation yet.
    is_direct = channel.startswith("D")
    return tx.posts.leaving(channel, ChannelId(by) if is_direct else channel)


def _may_be(post: Post, ts: MessageTs) -> bool:
    """Whether a post that is leaving may be a message: not if that was there before it left."""
    # Slack dates messages by its own clock, which `attempted_at` is never ahead of.
    return post.attempted_at is not None and ts >= f"{post.attempted_at.timestamp():.6f}"
