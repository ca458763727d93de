"""What is shown of a task: on its card, in messages about it, and in lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.calendar import end_of_next_day
from bot.domain.parts import is_divided
from bot.domain.settling import is_settled
from bot.domain.task import OPEN, Reply, Status, Step
from bot.domain.team import Role
from bot.usecases import cards, delegation, repeats
from bot.usecases.silence import agreeing_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.domain.person import Person, UserId
    from bot.domain.post import ChannelId, Post
    from bot.domain.series import Series
    from bot.domain.task import Task, TaskEvent, TaskNumber
    from bot.store.transaction import Tx

DONE_LATELY = 20

_STUCK = frozenset({Status.ASKED, Status.BLOCKED, Status.DECLINED})

_SHORTEST_DAY = timedelta(hours=1)
"""What was handed over more lately is not looked into."""


@dataclass(frozen=True)
class TaskView:
    """A task as one reader may see it, or everybody in its channel."""

    task: Task
    people: Mapping[UserId, Person]
    history: Sequence[TaskEvent]
    reader: UserId | None
    """None: whoever can see the channel."""
    parts: Sequence[Task] = ()
    """What it was divided into."""

    series: Series | None = None
    """The repeating task of which it is one."""

    def name(self, user: UserId) -> str:
        person = self.people.get(user)
        return "somebody who left" if person is None else person.name

    @property
    def repeats(self) -> Series | None:
        """The repeating task, while it still is one."""
        return self.series if self.series is not None and self.series.is_living else None

    @property
    def is_private(self) -> bool:
        """Whether questions, reasons and own words may be shown."""
        return self.reader in self.task.concerned

    @property
    def person(self) -> Person | None:
        return None if self.reader is None else self.people.get(self.reader)

    @property
    def reply(self) -> Reply:
        """What the reader has said, as an assignee."""
        return Reply.NONE if self.reader is None else self.task.reply_of(self.reader)

    def latest(self, *steps: Step) -> TaskEvent | None:
        """Return the last of these steps that was taken."""
        return next((event for event in reversed(self.history) if event.step in steps), None)

    @property
    def last_note(self) -> TaskEvent | None:
        """Return the last note, or what was said when it was finished."""
        noted = (
            event
            for event in reversed(self.history)
            if event.text and event.step in {Step.NOTE, Step.FINISH}
        )
        return next(noted, None)

    @property
    def is_taken_back(self) -> bool:
        last = self.history[-1]
        return self.task.status is Status.CANCELLED and last.step is Step.UNDO


@dataclass(frozen=True)
class StepView:
    """One step of a task, as somebody is told of it."""

    view: TaskView
    event: TaskEvent
    is_settled: bool
    """Nothing is to be done about it any more."""
    stands_at: datetime | None = None
    """When silence makes an agreement of what the step proposes."""


class Which(StrEnum):
    """The lists of `/tasks`."""

    MINE = "mine"
    SENT = "sent"
    TEAM = "team"
    WAITING = "waiting"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True)
class Listing:
    """Tasks in groups, each group with a heading."""

    groups: Sequence[tuple[str, Sequence[Task]]]
    people: Mapping[UserId, Person]


def of_post(tx: Tx, post: Post) -> TaskView:
    """Return what a card shows, or a message that a task is somebody's now."""
    return seen_by(tx, delegation.of_post(tx, post), cards.reader_of(post))


def of_step(tx: Tx, post: Post) -> StepView:
    """Return what a message about a step shows."""
    view = of_post(tx, post)
    place = cards.place_of(post)
    event = view.history[place - 1]
    settled = is_settled(view.task, event, view.history[place:], reader=view.reader)
    stands_at = agreeing_at(tx, view.task) if event.step is Step.PROPOSE else None
    return StepView(view, event, is_settled=settled, stands_at=stands_at)


def detail(tx: Tx, number: TaskNumber, *, by: UserId, sees_card: bool = False) -> TaskView:
    """Return a task with its history, for somebody who asked for it."""
    return seen_by(tx, delegation.find(tx, number, by, sees_card=sees_card), by)


def seen_by(tx: Tx, task: Task, reader: UserId | None) -> TaskView:
    """Return a task as this person, or everybody in its channel, may see it."""
    history = tx.tasks.history(task.number)
    parts = tx.tasks.parts_of(task.number) if is_divided(history) else []
    users = [*task.concerned, *(event.by for event in history)]
    users += [user for part in parts for user in part.people]
    users += [] if reader is None else [reader]
    series = repeats.series_of(tx, task)
    return TaskView(task, tx.people.many(users), history, reader, parts, series)


def details(tx: Tx, tasks: Iterable[Task], *, by: UserId) -> list[TaskView]:
    return [seen_by(tx, task, by) for task in tasks]


def awaiting(tx: Tx, user: UserId) -> list[Task]:
    """Return the tasks that wait for this person's yes, nearest due first."""
    given = tx.tasks.assigned_to(user, *OPEN)
    return [task for task in given if task.reply_of(user) is Reply.NONE]


def channels_of_teams(tx: Tx, user: UserId) -> set[ChannelId]:
    """Return where tasks of this person's teams may have their cards."""
    return {task.channel for task in _of_teams(tx, user) if task.channel is not None}


def listing(
    tx: Tx, which: Which, *, by: UserId, sees: Collection[ChannelId] = (), now: datetime
) -> Listing:
    """Return one of the lists; `sees` are the channels whose cards this person can see."""
    match which:
        case Which.MINE:
            groups = _mine(tx, by, now)
        case Which.SENT:
            groups = _sent(tx, by, now)
        case Which.TEAM:
            team = _of_teams(tx, by)
            seen = [task for task in team if by in task.concerned or task.channel in sees]
            groups = [("My teams", seen)]
        case Which.WAITING:
            groups = [("Waiting for my yes", awaiting(tx, by)), *_needing(tx, by, now)]
        case Which.OVERDUE:
            groups = [("Overdue", tx.tasks.overdue(by, now))]
        case _:  # done
            sent = tx.tasks.sent_by(by, Status.DONE, Status.VERIFIED)[-DONE_LATELY:]
            mine = tx.tasks.done_by(by, DONE_LATELY)
            groups = [("Done by me", mine), ("Done for me", [t for t in sent if t not in mine])]
    users = dict.fromkeys(user for _, tasks in groups for task in tasks for user in task.concerned)
    return Listing([group for group in groups if group[1]], tx.people.many(users))


def _mine(tx: Tx, user: UserId, now: datetime) -> list[tuple[str, Sequence[Task]]]:
    waiting = awaiting(tx, user)
    given = [
        task
        for task in tx.tasks.assigned_to(user, *OPEN)
        if task not in waiting and task.reply_of(user) is not Reply.DONE
    ]
    going_on = (Status.DOING, Status.RETURNED)
    return [
        ("Waiting for my yes", waiting),
        ("Doing", [task for task in given if task.status in going_on]),
        ("Question or blocked", [task for task in given if task.status not in going_on]),
        *_needing(tx, user, now),
    ]


def needing(tx: Tx, user: UserId, *, now: datetime) -> list[Task]:
    """Return what somebody sent and has to act upon, nearest due first.

    It was declined, asked about or blocked, something else was proposed for it, or nobody has said
    anything for a whole working day of theirs.
    """
    sent = tx.tasks.sent_by(user, *OPEN, Status.DECLINED)
    waiting = [task for task in sent if task.status is Status.WAITING]
    unanswered = _unanswered(tx, waiting, now)
    return [
        task
        for task in sent
        if task.status in _STUCK or task.pending is not None or task.number in unanswered
    ]


def _unanswered(tx: Tx, waiting: Sequence[Task], now: datetime) -> set[TaskNumber]:
    """Return those for whose yes a whole working day of somebody they were given to has passed."""
    old = [task for task in waiting if task.created_at <= now - _SHORTEST_DAY]
    given_at = tx.tasks.handed_over([task.number for task in old])
    people = tx.people.many(user for task in old for user in task.people)
    return {
        task.number
        for task in old
        if any(
            _had_a_day(people[user], given_at[task.number], now)
            for user in task.people
            if user in people and task.reply_of(user) is Reply.NONE
        )
    }


def _had_a_day(person: Person, given_at: datetime, now: datetime) -> bool:
    return end_of_next_day(person.hours, after=given_at, off=person.off) <= now


def _needing(tx: Tx, user: UserId, now: datetime) -> list[tuple[str, Sequence[Task]]]:
    return [
        ("Sent, and needs me", needing(tx, user, now=now)),
        ("Done, and waits for my look", tx.tasks.to_review(user)),
    ]


def _sent(tx: Tx, user: UserId, now: datetime) -> list[tuple[str, Sequence[Task]]]:
    found = needing(tx, user, now=now)
    needs_me = {task.number for task in found}
    waiting, doing = (
        [task for task in tx.tasks.sent_by(user, *statuses) if task.number not in needs_me]
        for statuses in ((Status.WAITING,), (Status.DOING, Status.RETURNED))
    )
    return [
        ("Sent, and needs me", found),
        ("Done, and waits for my look", tx.tasks.to_review(user)),
        ("Sent, waiting for a yes", waiting),
        ("Sent, in work", doing),
    ]


def _of_teams(tx: Tx, user: UserId) -> list[Task]:
    people = {
        member
        for team in tx.teams.of_person(user)
        for member, role in team.roles
        if role is not Role.OBSERVER
    }
    return tx.tasks.of_people(sorted(people), *OPEN) if people else []
