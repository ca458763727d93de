"""Who hears what, and when: at once, ten minutes later with what else came, or in *Your day*."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.calendar import next_start
from bot.domain.day import TOGETHER
from bot.domain.person import UserId
from bot.domain.post import ChannelId, PostState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.domain.person import Person
    from bot.domain.post import PostId, PostKind
    from bot.store.transaction import Tx


LATELY = timedelta(days=7)
"""For so long a refusal of Slack's says something about the next message."""


def _never() -> bool:
    return False


def tell(
    tx: Tx,
    reader: UserId,
    kind: PostKind,
    subject: str,
    *,
    is_talking: Callable[[], bool] = _never,
    now: datetime,
) -> datetime:
    """Want a direct message to `reader`, and return when they will get it.

    That is now inside their working hours, else the start of their next working day. What follows
    another message within ten minutes waits for the end of these, so that it is one with what else
    comes, unless the reader `is_talking`: has a hand in it at this very moment. Telling the same
    again updates the message, and whoever was told already is not told twice.
    """
    channel = ChannelId(reader)
    person = tx.people.get(reader)
    if person is None or (not person.hours_confirmed and person.hears_at(now) <= now):
        # Nothing is held back from them until they have said when they work, or that they do not.
        tx.posts.want(kind, subject, channel=channel, urgent=True)
        return now
    known = tx.posts.find(kind, subject)
    if known is not None and known.state is PostState.GATHERED:
        return now
    if known is not None and not known.is_held:
        tx.posts.want(kind, subject, channel=channel, urgent=True)
        return now
    hears_at = person.hears_at(now)
    alarm = AlarmKind.DAY_BEGIN
    if hears_at <= now:
        hears_at, alarm = _together_at(tx, person, is_talking, now), AlarmKind.DAY_TOGETHER
    if hears_at <= now:
        tx.posts.want(kind, subject, channel=channel, urgent=True)
        tx.days.told(reader, now=now)
    else:
        tx.posts.want(kind, subject, channel=channel, held=True)
        tx.alarms.begin(alarm, reader, due_at=hears_at, after=now)
    return hears_at


def _together_at(tx: Tx, person: Person, is_talking: Callable[[], bool], now: datetime) -> datetime:
    """Return when a message goes that may be one with others: now, or within ten minutes."""
    told_at = tx.days.told_at(person.id)
    end = None if told_at is None else told_at + TOGETHER
    if told_at is None or end is None or not told_at <= now < end:
        return now
    # It does not wait past the end of their day, which would be till tomorrow.
    return now if person.hears_at(end) > end or is_talking() else end


def hears_at(tx: Tx, person: Person, *, now: datetime) -> datetime:
    """Return when somebody hears of what waits for them."""
    if (start := person.hears_at(now)) > now:
        return start
    alarm = tx.alarms.get(AlarmKind.DAY_TOGETHER, person.id)
    return now if alarm is None else alarm.due_at


def expect(tx: Tx, users: Iterable[UserId], *, now: datetime) -> None:
    """See to it that these people's next working day is begun, now that it may hold something."""
    for user, person in tx.people.many(users).items():
        if not (person.is_bot or person.is_deleted):
            start = next_start(person.hours, after=now, off=person.off)
            tx.alarms.begin(AlarmKind.DAY_BEGIN, user, due_at=start, after=now)


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
