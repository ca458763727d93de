"""Which lines somebody's day holds as things stand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.day import SETTLES_IN, Line, Matter, crowd, due_matter, is_silent, often
from bot.domain.huddle import HuddleStatus, from_subject
from bot.domain.post import PostKind
from bot.domain.settling import is_settled
from bot.domain.task import OPEN, Reply, Status, Step
from bot.usecases.cards import number_of, place_of, reader_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.domain.day import Day
    from bot.domain.person import Person, UserId
    from bot.domain.post import Post
    from bot.domain.task import Task, TaskNumber
    from bot.store.transaction import Tx

DAYS_KEPT_IN_MIND = 60
"""So many of somebody's last messages say how often a line was said."""

FIRST_NEWS = timedelta(days=3)
"""How far back news goes for somebody who has had no day yet."""

_OF_TASKS = frozenset({PostKind.CARD, PostKind.NEW_TASK, PostKind.STEP})
_HANDED_OVER = frozenset({Step.DELEGATE, Step.GIVE, Step.REOPEN, Step.RETURN})
_IN_WORK = frozenset({Status.DOING, Status.RETURNED})
_WAITS_FOR_WORDS = frozenset({Status.ASKED, Status.BLOCKED})


def task_of(post: Post) -> TaskNumber | None:
    """Return the task that a message to somebody is about."""
    return number_of(post) if post.kind in _OF_TASKS else None


def told(posts: Iterable[Post], tasks: dict[TaskNumber, Task], now: datetime) -> list[Line]:
    """Return a line for each message that waited, one for each task: the newest of it."""
    lines: dict[object, Line] = {}
    for post in sorted(posts, key=_age):
        number = task_of(post)
        task = None if number is None else tasks.get(number)
        due_at = now if task is None else task.due.at
        lines[number or post.id] = Line(Matter.TOLD, post.id, due_at, number)
    return list(lines.values())


def _age(post: Post) -> tuple[int, str]:
    return (place_of(post) if post.kind is PostKind.STEP else 0, post.id)


def is_moot(tx: Tx, post: Post) -> bool:
    """Whether a message that waits would not be sent any more: it says nothing that is left."""
    if post.kind not in _OF_TASKS or (reader := reader_of(post)) is None:
        return False
    task = tx.tasks.get(number_of(post))
    if task is None:
        return True
    if post.kind is not PostKind.STEP:
        has_said = post.kind is PostKind.NEW_TASK and task.reply_of(reader) is not Reply.NONE
        return not task.is_open or has_said or not task.is_assignee(reader)
    history = tx.tasks.history(task.number)
    place = place_of(post)
    event = history[place - 1]
    if reader not in task.concerned:
        return event.step is not Step.GIVE
    return is_settled(task, event, history[place:], reader=reader)


def collect(tx: Tx, person: Person, before: Sequence[Day], *, now: datetime) -> list[Line]:
    """Return the lines that follow from where things stand, those said often enough left out."""
    lines = [
        *_given(tx, person, now),
        *_sent(tx, person, now),
        *_huddles(tx, person, before, now),
    ]
    return [*often(lines, before), *_news(tx, person, before, now)]


def crowded(tx: Tx, person: Person, *, now: datetime) -> int:
    """Return how many tasks are due on somebody's fullest day to come, where those are too many."""
    return crowd(person.hours, [task.due.at for task in _to_do(tx, person.id, now)], off=person.off)


def _to_do(tx: Tx, user: UserId, now: datetime) -> list[Task]:
    return [
        task
        for task in tx.tasks.assigned_to(user, *OPEN)
        if task.due.at > now and task.reply_of(user) is not Reply.DONE
    ]


def _given(tx: Tx, person: Person, now: datetime) -> list[Line]:
    """Return lines about what somebody was given; what waits for others is silent."""
    lines = []
    for task in tx.tasks.assigned_to(person.id, *OPEN):
        if task.snoozed_until is not None and task.snoozed_until > now:
            continue
        if task.status in _WAITS_FOR_WORDS or task.reply_of(person.id) is Reply.DONE:
            continue
        matter: Matter | None = Matter.YES
        if task.reply_of(person.id) is not Reply.NONE:
            matter = due_matter(person.hours, task.due.at, now, off=person.off)
        if matter is not None:
            lines.append(_of_task(matter, task))
    return lines


def _sent(tx: Tx, person: Person, now: datetime) -> list[Line]:
    """Return lines about what somebody has sent and others do not go on with."""
    lines = [_of_task(Matter.REVIEW, task) for task in tx.tasks.to_review(person.id)]
    for task in tx.tasks.sent_by(person.id, *OPEN, Status.DECLINED):
        if task.people == (person.id,):
            continue
        if task.status in _WAITS_FOR_WORDS:
            lines.append(_of_task(Matter.ANSWER, task))
        elif task.status is Status.DECLINED:
            lines.append(_of_task(Matter.DECLINED, task))
        elif task.status is Status.WAITING and _nobody_speaks(tx, task, now):
            lines.append(_of_task(Matter.SILENT, task))
        elif task.status in _IN_WORK and task.due.at < now and _was_told_enough(tx, task):
            lines.append(_of_task(Matter.LATE, task))
    return lines


def _nobody_speaks(tx: Tx, task: Task, now: datetime) -> bool:
    """Whether all who were asked have had the task in a day of theirs, and a day to say yes."""
    history = tx.tasks.history(task.number)
    asked_at = max(event.at for event in history if event.step in _HANDED_OVER)
    people = tx.people.many(task.people).values()
    return all(is_silent(person.hours, asked_at, now, off=person.off) for person in people)


def _was_told_enough(tx: Tx, task: Task) -> bool:
    """Whether everybody who works on an overdue task found that among their lines often enough."""
    line = _of_task(Matter.OVERDUE, task)
    return not any(
        often([line], tx.days.latest(given.person, DAYS_KEPT_IN_MIND))
        for given in task.assignees
        if given.reply is Reply.ACCEPTED
    )


def _of_task(matter: Matter, task: Task) -> Line:
    return Line(matter, str(task.number), task.due.at, task.number)


def _huddles(tx: Tx, person: Person, before: Sequence[Day], now: datetime) -> list[Line]:
    """Return a line for the last huddle of each team that somebody has not answered, said once."""
    if not tx.days.is_reminded(person.id):
        return []
    since = _since(before, now)
    said = {line.key for day in before for line in day.lines}
    lines = []
    for team in tx.teams.of_person(person.id):
        if person.id not in team.members:
            continue
        for huddle in tx.huddles.latest(team.id, 1):
            # One whose message Slack refused was opened, and is missed all the same.
            is_held = huddle.status is not HuddleStatus.MISSED
            if not is_held or huddle.opened_at is None or huddle.opened_at <= since:
                continue
            line = Line(Matter.HUDDLE, huddle.subject, huddle.closes_at or now)
            answer = tx.huddles.answer_of(team.id, huddle.date, person.id)
            if answer is None and line.key not in said:
                lines.append(line)
    return lines


def is_opening(tx: Tx, person: Person, *, now: datetime) -> bool:
    """Whether a huddle that somebody is asked in opens at this very moment."""
    alarms = (
        tx.alarms.get(AlarmKind.HUDDLE_OPEN, str(team.id)) for team in tx.teams.of_person(person.id)
    )
    return any(alarm is not None and alarm.due_at <= now for alarm in alarms)


def settles_at(tx: Tx, lines: Sequence[Line], *, now: datetime) -> datetime:
    """Return when these lines are to be said: later, where all are huddles that just opened."""
    at = now
    for line in lines:
        if line.matter is not Matter.HUDDLE:
            return now
        team, local_date, _ = from_subject(line.subject)
        huddle = tx.huddles.get(team, local_date)
        opened_at = now if huddle is None or huddle.opened_at is None else huddle.opened_at
        at = max(at, opened_at + SETTLES_IN)
    return at


def _news(tx: Tx, person: Person, before: Sequence[Day], now: datetime) -> list[Line]:
    """Return one line for everything that happened to what somebody has sent, if anything did."""
    since = _since(before, now)
    if not tx.tasks.news(person.id, after=since, until=now):
        return []
    return [Line(Matter.NEWS, since.isoformat(), now)]


def _since(before: Sequence[Day], now: datetime) -> datetime:
    """Return since when somebody has had no *Your day*."""
    return max((day.at for day in before if day.place == 0), default=now - FIRST_NEWS)
