"""*Your day*: one message at the start of somebody's working day, when it holds something.

What waited for them is in it; what comes within ten minutes of another message is one like it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.calendar import is_working, next_start, working_date
from bot.domain.day import MOST_LINES, Day, Matter, ordered
from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.post import ChannelId, PostId, PostKind
from bot.domain.task import OPEN, Status
from bot.usecases import day_lines
from bot.usecases.day_lines import DAYS_KEPT_IN_MIND
from bot.usecases.telling import expect, release

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.alarm import Alarm
    from bot.domain.day import Line
    from bot.domain.person import Person
    from bot.domain.post import Post
    from bot.domain.task import TaskNumber
    from bot.store.transaction import Tx

A_MOMENT = timedelta(seconds=5)
"""A huddle that opens with somebody's day comes first, so that the day can know of it."""

WAITS_FOR_HUDDLES = timedelta(minutes=1)


def begin(tx: Tx, alarm: Alarm, *, now: datetime) -> None:
    """Begin somebody's working day, and set the alarm for their next one."""
    user = UserId(alarm.subject)
    standing = tx.alarms.get(AlarmKind.DAY_BEGIN, user)
    if standing is None or standing.due_at > now:
        return
    person = tx.people.get(user)
    if person is None or person.is_bot or person.is_deleted:
        tx.alarms.cancel(AlarmKind.DAY_BEGIN, user)
        return
    if not is_working(person.hours, now, off=person.off):
        # Their day was over before anything ran again, or begins at another time by now.
        plan(tx, person, now=now)
        return
    is_fresh = now - standing.due_at < WAITS_FOR_HUDDLES
    if is_fresh and day_lines.is_opening(tx, person, now=now):
        tx.alarms.set(AlarmKind.DAY_BEGIN, user, due_at=now + A_MOMENT, after=now)
        return
    later = _gather(tx, person, is_begun=True, now=now)
    if later is not None:
        tx.alarms.set(AlarmKind.DAY_BEGIN, user, due_at=later, after=now)
    else:
        plan(tx, person, now=now)


def together(tx: Tx, alarm: Alarm, *, now: datetime) -> None:
    """Let what waited for some minutes go as one message."""
    user = UserId(alarm.subject)
    standing = tx.alarms.get(AlarmKind.DAY_TOGETHER, user)
    if standing is None or standing.due_at > now:
        return
    tx.alarms.cancel(AlarmKind.DAY_TOGETHER, user)
    person = tx.people.get(user)
    if person is not None and person.hears_at(now) <= now:
        _gather(tx, person, is_begun=False, now=now)
    else:
        # Nothing ran for so long that their day is over.
        expect(tx, (user,), now=now)


def plan(tx: Tx, person: Person, *, now: datetime) -> None:
    """Set the alarm for somebody's next working day, while there is anything it may hold."""
    if _may_hold_something(tx, person.id):
        start = next_start(person.hours, after=now, off=person.off)
        tx.alarms.set(AlarmKind.DAY_BEGIN, person.id, due_at=start, after=now)
    else:
        tx.alarms.cancel(AlarmKind.DAY_BEGIN, person.id)


def changed_hours(tx: Tx, user: UserId, *, now: datetime) -> None:
    """Go by the hours that somebody has now: what waits for them, and when their day begins."""
    for person in tx.people.many((user,)).values():
        plan(tx, person, now=now)
        if person.hears_at(now) <= now and tx.posts.held_for(ChannelId(user)):
            tx.alarms.set(AlarmKind.DAY_TOGETHER, user, due_at=now, after=now)


def recompute(tx: Tx, *, now: datetime) -> None:
    """Set the alarms of all days anew: the clock was set back, or the zone data changed."""
    waiting = {
        UserId(alarm.subject)
        for alarm in tx.alarms.of_kind(AlarmKind.DAY_BEGIN)
        if alarm.due_at > now
    }
    for person in tx.people.many(sorted(waiting)).values():
        plan(tx, person, now=now)


def preview(tx: Tx, user: UserId, *, now: datetime) -> Day:
    """Return somebody's day as it would begin now; nothing is kept."""
    person = tx.people.get(user)
    if person is None:
        raise BotError("Slack does not say who you are at the moment. Try again in a minute.")
    lines = day_lines.collect(tx, person, (), now=now)
    return _day(tx, person, lines, place=0, now=now)


def holds_something(tx: Tx, alarm: Alarm) -> bool:
    """Whether somebody's day, as it stands now, will begin with a message."""
    user = UserId(alarm.subject)
    if tx.people.get(user) is None:
        return False
    return bool(preview(tx, user, now=alarm.due_at).lines or tx.posts.held_for(ChannelId(user)))


def find(tx: Tx, subject: str) -> Day | None:
    """Return the lines that a post shows."""
    return tx.days.get(*from_subject(subject))


def from_subject(subject: str) -> tuple[UserId, date, int]:
    """Return whose day a post shows, of which date; raises ValueError for whatever is none."""
    person, local_date, place = subject.split("/")
    return UserId(person), date.fromisoformat(local_date), int(place)


def told_in(tx: Tx, post: Post) -> list[Post]:
    """Return the messages that are lines of this one, while it was never shown."""
    day = find(tx, post.subject)
    lines = () if day is None or post.ts is not None else day.lines
    found = (tx.posts.get(PostId(line.subject)) for line in lines if line.matter is Matter.TOLD)
    return [told for told in found if told is not None]


def put_away(tx: Tx, subject: str, *, by: UserId) -> None:
    """Let nothing of a day be seen until the next; what is open stays in its owner's lists."""
    _end(tx, _own(tx, subject, by))


def put_off(tx: Tx, subject: str, task: TaskNumber, *, by: UserId) -> None:
    """Say no more of what a delegator was offered about a task: they wait."""
    day = _own(tx, subject, by)
    tx.days.save(day.put_off(task))
    tx.posts.bump(PostKind.DAY, day.subject)


def remind(tx: Tx, *, by: UserId, wanted: bool, now: datetime) -> None:
    """Keep whether unanswered huddles are lines of somebody's days."""
    tx.days.remind(by, wanted=wanted)
    for day in tx.days.current((by,)):
        tx.posts.bump(PostKind.DAY, day.subject)
    tx.posts.bump(PostKind.HOME, by)
    if wanted:
        expect(tx, (by,), now=now)


def is_reminded(tx: Tx, user: UserId) -> bool:
    """Whether unanswered huddles are lines of somebody's days."""
    return tx.days.is_reminded(user)


def _own(tx: Tx, subject: str, by: UserId) -> Day:
    day = find(tx, subject)
    if day is None or day.person != by:
        raise BotError("This is somebody else's day. `/tasks` lists what is yours.")
    return day


def _gather(tx: Tx, person: Person, *, is_begun: bool, now: datetime) -> datetime | None:
    """Tell somebody in one message what waits for them, or return when it is to be looked at again.

    A single message that waited goes as it is, when nothing else is to be said.
    """
    waiting = _waiting(tx, person)
    numbers = [number for post in waiting if (number := day_lines.task_of(post)) is not None]
    tasks = {number: task for number in numbers if (task := tx.tasks.get(number)) is not None}
    lines = day_lines.told(waiting, tasks, now)
    before = tx.days.latest(person.id, DAYS_KEPT_IN_MIND)
    local_date = working_date(person.hours, now, off=person.off)
    today = [day for day in before if day.date == local_date]
    if is_begun and not any(day.place == 0 for day in today):
        said = {line.task for line in lines}
        own = day_lines.collect(tx, person, before, now=now)
        lines += [line for line in own if line.task is None or line.task not in said]
        later = day_lines.settles_at(tx, lines, now=now)
        if later > now and is_working(person.hours, later, off=person.off):
            return later
        place = 0
    else:
        place = max((day.place for day in today), default=0) + 1
    if len(waiting) == len(lines) == 1:
        release(tx, waiting[0].id)
        tx.days.told(person.id, now=now)
    elif lines:
        for day in tx.days.current((person.id,)) if place == 0 else ():
            _end(tx, day)
        day = _day(tx, person, lines, place=place, now=now)
        tx.posts.gather(post.id for post in waiting)
        tx.days.add(day)
        tx.posts.want(PostKind.DAY, day.subject, channel=ChannelId(person.id))
        tx.days.told(person.id, now=now)
    return None


def _waiting(tx: Tx, person: Person) -> list[Post]:
    """Return the messages that wait for somebody; what says nothing any more is let go."""
    waiting = []
    for post in tx.posts.held_for(ChannelId(person.id)):
        if day_lines.is_moot(tx, post):
            release(tx, post.id)
        else:
            waiting.append(post)
    return waiting


def _day(tx: Tx, person: Person, lines: Sequence[Line], *, place: int, now: datetime) -> Day:
    shown = ordered(lines)
    return Day(
        person=person.id,
        date=working_date(person.hours, now, off=person.off),
        place=place,
        at=now,
        lines=tuple(shown[:MOST_LINES]),
        rest=max(len(shown) - MOST_LINES, 0),
        crowded=day_lines.crowded(tx, person, now=now) if place == 0 else 0,
    )


def _end(tx: Tx, day: Day) -> None:
    tx.days.save(day.over())
    tx.posts.bump(PostKind.DAY, day.subject)


def _may_hold_something(tx: Tx, user: UserId) -> bool:
    return bool(
        tx.tasks.assigned_to(user, *OPEN)
        or tx.tasks.sent_by(user, *OPEN, Status.DECLINED)
        or tx.tasks.to_review(user)
        or tx.posts.held_for(ChannelId(user))
        or tx.teams.of_person(user)
    )
