"""What is shown of somebody's day: each line beside what it is about, as that stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.day import Matter
from bot.domain.huddle import from_subject
from bot.domain.post import PostId
from bot.domain.task import Reply, Status, TaskNumber
from bot.usecases import day_lines, task_views, your_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.day import Day, Line, News
    from bot.domain.huddle import Huddle
    from bot.domain.person import Person, UserId
    from bot.domain.post import Post
    from bot.domain.task import Task
    from bot.domain.team import Team
    from bot.store.transaction import Tx
    from bot.usecases.task_views import TaskView


@dataclass(frozen=True)
class Seen:
    """One line, and what it is about."""

    line: Line
    is_settled: bool = False
    task: TaskView | None = None
    post: Post | None = None
    """The message that waited."""
    huddle: Huddle | None = None
    team: Team | None = None
    news: Sequence[News] = ()


@dataclass(frozen=True)
class DayView:
    """A day as its owner sees it."""

    day: Day
    person: Person | None
    seen: Sequence[Seen]
    people: Mapping[UserId, Person]
    """Those of whom there is news."""


def of_post(tx: Tx, post: Post) -> DayView | None:
    """Return what a post shows; None: it is not known."""
    day = your_day.find(tx, post.subject)
    return None if day is None else of_day(tx, day)


def of_day(tx: Tx, day: Day) -> DayView:
    seen = [_seen(tx, day, line) for line in day.lines]
    users = [news.by for each in seen for news in each.news]
    return DayView(day, tx.people.get(day.person), seen, tx.people.many(users))


def _seen(tx: Tx, day: Day, line: Line) -> Seen:
    match line.matter:
        case Matter.TOLD:
            post = tx.posts.get(PostId(line.subject))
            is_moot = post is None or day_lines.is_moot(tx, post)
            return Seen(line, is_settled=is_moot, post=post)
        case Matter.NEWS:
            since = datetime.fromisoformat(line.subject)
            return Seen(line, news=tx.tasks.news(day.person, after=since, until=day.at))
        case Matter.HUDDLE:
            team_id, local_date, _ = from_subject(line.subject)
            answer = tx.huddles.answer_of(team_id, local_date, day.person)
            is_wanted = tx.days.is_reminded(day.person)
            return Seen(
                line,
                is_settled=answer is not None or not is_wanted,
                huddle=tx.huddles.get(team_id, local_date),
                team=tx.teams.get(team_id),
            )
        case _:
            task = tx.tasks.get(TaskNumber(int(line.subject)))
            if task is None:
                return Seen(line, is_settled=True)
            view = task_views.seen_by(tx, task, day.person)
            return Seen(line, is_settled=_is_settled(line, task, day.person), task=view)


def _is_settled(line: Line, task: Task, reader: UserId) -> bool:  # noqa: PLR0911  # one for each
    """Whether nothing is left to be done about a line."""
    waits_for_words = task.status in {Status.ASKED, Status.BLOCKED}
    match line.matter:
        case _ if line.is_put_off or reader not in task.concerned:
            return True
        case Matter.YES:
            needs_yes = task.is_assignee(reader) and task.reply_of(reader) is Reply.NONE
            return not task.is_open or waits_for_words or not needs_yes
        case Matter.ANSWER:
            return not waits_for_words
        case Matter.DECLINED:
            return task.status is not Status.DECLINED
        case Matter.REVIEW:
            return task.status is not Status.DONE
        case Matter.SILENT:
            return task.status is not Status.WAITING
        case Matter.LATE:
            return not task.is_open
        case _:
            has_share = task.is_assignee(reader) and task.reply_of(reader) is not Reply.DONE
            return not task.is_open or waits_for_words or not has_share
