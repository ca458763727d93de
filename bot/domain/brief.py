"""What somebody wants done, before it is a task: who may be given it, and what its title is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import BotError
from bot.domain.repeat import Moving
from bot.domain.task import (
    NO_DETAILS,
    Assignee,
    Reply,
    Status,
    Step,
    Task,
    TaskEvent,
    TaskNumber,
    listed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from bot.domain.person import Person, UserId
    from bot.domain.post import ChannelId
    from bot.domain.repeat import Rule
    from bot.domain.task import Details, Due, Via

TITLE_LIMIT: Final = 150
"""A longer title is cut, and kept whole beside it."""

MOST_PEOPLE: Final = 20
"""More than these are a team, not the assignees of one task."""

_NUMBER_TO_COME: Final = TaskNumber(0)


@dataclass(frozen=True)
class Draft:
    """Everything a task needs to exist."""

    title: str
    more: str
    assignees: tuple[UserId, ...]
    due: Due
    takes: timedelta | None = None
    channel: ChannelId | None = None
    """Where its card goes; None for the direct messages of everybody concerned."""
    details: Details = NO_DETAILS
    review: bool = False
    everyone: bool = False
    parent: TaskNumber | None = None
    series: int | None = None
    rule: Rule | None = None
    """How often it is to come again."""
    moving: Moving = Moving.BEFORE
    said: str = ""
    """What its history is to say about how it came to be."""


@dataclass(frozen=True)
class Rest:
    """What a whole brief says beyond its first lines."""

    details: Details = NO_DETAILS
    review: bool = False
    everyone: bool = False


NO_REST: Final = Rest()


def titled(text: str) -> tuple[str, str]:
    """Return a title of one line, and whatever was said beyond it; nothing is lost."""
    lines = text.strip().splitlines() or [""]
    title = " ".join(lines[0].split())
    if len(title) > TITLE_LIMIT:
        return f"{title[: TITLE_LIMIT - 1].rstrip()}…", text.strip()
    return title, "\n".join(lines[1:]).strip()


def check_title(title: str) -> None:
    if not title:
        raise BotError(
            "The task has no title. Say what should be true when it is done, "
            "such as: Prepare June report."
        )


def check_due(due: Due, now: datetime) -> None:
    if due.at <= now:
        raise BotError(f"{due.words} is past. Write a later time, such as tomorrow 17:00.")


def check_assignees(wanted: Iterable[UserId], people: Mapping[UserId, Person]) -> None:
    """Raise a refusal unless each of these people can be given a task."""
    users = tuple(wanted)
    if not users:
        raise BotError("The task is for nobody yet. Name at least one person, such as @ana.")
    if len(users) > MOST_PEOPLE:
        raise BotError(
            f"A task can be given to {MOST_PEOPLE} people at most. Make several tasks of it."
        )
    unknown = sum(user not in people for user in users)
    if unknown:
        raise BotError(
            "Baton cannot find "
            + ("one of these people" if len(users) > 1 else "this person")
            + " in this workspace. Mention somebody with @ and pick a name from Slack's list."
        )
    chosen = [people[user] for user in users]
    elsewhere = "Give the task to somebody else."
    for whom, because, instead in (
        ([p.name for p in chosen if p.is_bot], "is an app and cannot accept a task", elsewhere),
        (
            [p.name for p in chosen if p.is_deleted],
            "no longer has an active account here",
            elsewhere,
        ),
        (
            [p.name for p in chosen if p.is_external],
            "belongs to another company's workspace",
            "Give the task to somebody here, who agrees it with them in a channel that you share.",
        ),
    ):
        if whom:
            raise BotError(f"{listed(whom)} {because}. {instead}")


def begin(draft: Draft, *, by: UserId, via: Via, now: datetime) -> tuple[Task, TaskEvent]:
    """Return the task, its number still to come, and the first line of its history.

    What people give to nobody but themselves needs no yes.
    """
    check_title(draft.title)
    if draft.series is None:
        # What comes again may come late, as after an outage.
        check_due(draft.due, now)
    people = tuple(dict.fromkeys(draft.assignees))
    is_own = people == (by,)
    status = Status.DOING if is_own else Status.WAITING
    reply = Reply.ACCEPTED if is_own else Reply.NONE
    task = Task(
        number=_NUMBER_TO_COME,
        title=draft.title,
        more=draft.more,
        delegator=by,
        assignees=tuple(Assignee(person, reply) for person in people),
        due=draft.due,
        takes=draft.takes,
        channel=draft.channel,
        status=status,
        created_at=now,
        details=draft.details,
        review=draft.review,
        everyone=draft.everyone and len(people) > 1,
        parent=draft.parent,
        series=draft.series,
    )
    event = TaskEvent(
        place=1,
        step=Step.DELEGATE,
        by=by,
        via=via,
        at=now,
        before=status,
        after=status,
        text=draft.said,
    )
    return task, event
