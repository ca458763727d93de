"""Who hears what, and when: a message to one person waits for their working hours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.person import UserId
from bot.domain.post import ChannelId

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.post import PostId, PostKind
    from bot.store.transaction import Tx


LATELY = timedelta(days=7)
"""For so long a refusal of Slack's says something about the next message."""


def tell(tx: Tx, reader: UserId, kind: PostKind, subject: str, *, now: datetime) -> datetime:
    """Want a direct message to `reader`, and return when they will get it.

    That is now inside their working hours, else the start of their next working day. Telling the
    same again updates the message, and whoever was told already is not told twice.
    """
    person = tx.people.get(reader)
    hears_at = now if person is None else person.hears_at(now)
    channel = ChannelId(reader)
    known = tx.posts.find(kind, subject) if hears_at > now else None
    if hears_at <= now or (known is not None and known.wanted > 0):
        tx.posts.want(kind, subject, channel=channel, urgent=True)
    elif known is None:
        post = tx.posts.want(kind, subject, channel=channel, held=True)
        tx.alarms.set(AlarmKind.POST_RELEASE, post.id, due_at=hears_at, after=now)
    return hears_at


def refused_lately(tx: Tx, users: Iterable[UserId], *, now: datetime) -> dict[UserId, str]:
    """Return to whom of these people Slack brought no message lately, with the code it gave."""
    # Until a message is there, it knows its reader and not their conversation.
    channels = [ChannelId(user) for user in users]
    found = tx.posts.refused_in(channels, since=now - LATELY) if channels else {}
    return {UserId(channel): code for channel, code in found.items()}


def release(tx: Tx, post: PostId) -> None:
    """Let a message go that waited for its reader's day to begin."""
    tx.alarms.cancel(AlarmKind.POST_RELEASE, post)
    tx.posts.release(post)
