"""*Your day*: which lines somebody finds in it, in which order, and how often the same one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.calendar import next_start, shift, working_date

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import date, datetime

    from bot.domain.calendar import WorkingHours
    from bot.domain.person import UserId
    from bot.domain.task import Step

MOST_LINES: Final = 5
MOST_TIMES: Final = 3
"""So often somebody finds the same line; after that it is only in their lists."""

MOST_DUE: Final = 5
"""More than these on one day are too many, and some of them should be moved."""

TOGETHER: Final = timedelta(minutes=10)
"""Messages to one person within so long are one."""

SETTLES_IN: Final = timedelta(hours=1)
"""How long a huddle is open before an answer to it counts as missing."""


class Matter(StrEnum):
    """What a line is about; its `subject` says which one."""

    YES = "yes"  # a task waits for the reader's yes: number
    TODAY = "today"  # a task is due on this working day: number
    SOON = "soon"  # a task is due by the end of the next one: number
    OVERDUE = "overdue"  # a task should be done by now: number
    HUDDLE = "huddle"  # a written huddle the reader has not answered: team/date
    ANSWER = "answer"  # somebody asks, or is blocked, and waits for the reader: number
    DECLINED = "declined"  # nobody does what the reader has sent: number
    REVIEW = "review"  # what the reader has sent is done, and they wanted to look at it: number
    SILENT = "silent"  # nobody has said yes or no for a day to what the reader has sent: number
    LATE = "late"  # what the reader has sent is overdue, and its assignee was told enough: number
    TOLD = "told"  # a message that waited for the reader: post id
    NEWS = "news"  # what happened to what the reader has sent: since when


OF_THE_DELEGATOR: Final = frozenset(
    {
        Matter.ANSWER,
        Matter.DECLINED,
        Matter.REVIEW,
        Matter.SILENT,
        Matter.LATE,
        Matter.NEWS,
    }
)
OFFERED: Final = frozenset({Matter.DECLINED, Matter.SILENT})
"""Where the delegator is offered to give it to somebody else, to wait, or to talk."""


@dataclass(frozen=True)
class Line:
    """One thing that is said to somebody at the start of their working day."""

    matter: Matter
    subject: str
    due_at: datetime
    """What it is sorted by."""
    task: int | None = None
    """The task it is about, so that a change of the task shows."""
    is_put_off: bool = False
    """The reader chose to wait."""

    @property
    def key(self) -> tuple[Matter, str]:
        return self.matter, self.subject


@dataclass(frozen=True)
class Day:
    """One message of lines to one person: *Your day*, or what came within ten minutes after it."""

    person: UserId
    date: date
    """The reader's working date."""
    place: int
    """0 is *Your day*; what was gathered later on that date counts on."""
    at: datetime
    lines: tuple[Line, ...]
    rest: int = 0
    """How many more there were."""
    crowded: int = 0
    """How many tasks are due on the fullest day, where those are too many."""
    is_over: bool = False
    """The reader put it away, or the next one took its place."""

    @property
    def subject(self) -> str:
        return day_subject(self.person, self.date, self.place)

    def concerns(self, task: int) -> bool:
        return any(line.task == task for line in self.lines)

    def over(self) -> Day:
        return replace(self, is_over=True)

    def put_off(self, task: int) -> Day:
        """Return the day with what the reader was offered about a task put off."""
        lines = (
            replace(line, is_put_off=True)
            if line.task == task and line.matter in OFFERED | {Matter.LATE}
            else line
            for line in self.lines
        )
        return replace(self, lines=tuple(lines))


@dataclass(frozen=True)
class News:
    """The last thing that others did with a task somebody has sent."""

    task: int
    title: str
    step: Step
    by: UserId


def day_subject(person: UserId, local_date: date, place: int) -> str:
    return f"{person}/{local_date.isoformat()}/{place}"


def ordered(lines: Iterable[Line]) -> list[Line]:
    """Return lines as they are read: what waits for a yes, the nearest due first, news at last."""
    return sorted(lines, key=lambda line: (_rank(line), line.due_at, line.subject))


def _rank(line: Line) -> int:
    match line.matter:
        case Matter.YES:
            return 0
        case Matter.NEWS:
            return 2
        case _:
            return 1


def often(lines: Iterable[Line], before: Sequence[Day]) -> list[Line]:
    """Return those lines that were not said often enough, nor put off, on the days before."""
    said = [line for day in before for line in day.lines]
    put_off = {line.key for line in said if line.is_put_off}
    keys = [line.key for line in said]
    return [line for line in lines if line.key not in put_off and keys.count(line.key) < MOST_TIMES]


def due_matter(
    hours: WorkingHours, due_at: datetime, now: datetime, *, off: Container[date] = ()
) -> Matter | None:
    """Return how near a due time is to somebody at `now`, or nothing while it is far."""
    if due_at < now:
        return Matter.OVERDUE
    today = shift(hours, working_date(hours, now, off=off))
    if due_at <= today.end:
        return Matter.TODAY
    following = next_start(hours, after=max(now, today.start), off=off)
    end = shift(hours, working_date(hours, following, off=off)).end
    return Matter.SOON if due_at <= end else None


def is_silent(
    hours: WorkingHours, asked_at: datetime, now: datetime, *, off: Container[date] = ()
) -> bool:
    """Whether somebody who was asked has had a whole working day with it in *Your day*."""
    first = next_start(hours, after=asked_at, off=off)
    return next_start(hours, after=first, off=off) <= now


def crowd(hours: WorkingHours, due_ats: Iterable[datetime], *, off: Container[date] = ()) -> int:
    """Return how many are due on the fullest working day, where those are too many, else 0."""
    dates = [working_date(hours, due_at - timedelta(seconds=1), off=off) for due_at in due_ats]
    fullest = max(map(dates.count, dates), default=0)
    return fullest if fullest > MOST_DUE else 0
