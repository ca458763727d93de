"""A delegated task, the steps people take with it, and who may take them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain.person import UserId
    from bot.domain.post import ChannelId

TaskNumber = NewType("TaskNumber", int)
"""Counted per workspace from 1; what people type."""


class Status(StrEnum):
    """Where a task stands."""

    WAITING = "waiting"  # for a yes
    ASKED = "asked"  # a question waits for the delegator
    DOING = "doing"  # somebody accepted it
    BLOCKED = "blocked"  # it cannot go on for now
    DONE = "done"  # an assignee finished it
    DECLINED = "declined"  # every assignee said no
    CANCELLED = "cancelled"  # the delegator took it back


class Step(StrEnum):
    """What somebody can do with a task; every step taken is kept."""

    DELEGATE = "delegate"
    ACCEPT = "accept"
    DECLINE = "decline"
    ASK = "ask"
    ANSWER = "answer"
    BLOCK = "block"
    FINISH = "finish"
    NOTE = "note"
    REOPEN = "reopen"
    CANCEL = "cancel"
    EDIT = "edit"
    MOVE = "move"  # another due time
    GIVE = "give"  # to somebody else
    SNOOZE = "snooze"
    UNDO = "undo"  # takes the latest step back


class Via(StrEnum):
    """The way by which a step was taken."""

    COMMAND = "command"
    BUTTON = "button"
    MODAL = "modal"
    MESSAGE = "message"  # a direct message to Baton
    THREAD = "thread"  # a reply in the card's thread
    REACTION = "reaction"


class Reply(StrEnum):
    """What one assignee said to being asked."""

    NONE = "none"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True)
class Assignee:
    """One person a task was given to, with their answer and, if they gave them, their own words."""

    person: UserId
    reply: Reply = Reply.NONE
    words: str = ""


@dataclass(frozen=True)
class Due:
    """A due time: the instant, and the wall clock and zone it was said in."""

    at: datetime
    local: datetime
    """Naive; what the clocks in `zone` show at that instant."""
    zone: str


@dataclass(frozen=True)
class Task:
    """A task. The first assignee to finish it closes it."""

    number: TaskNumber
    title: str
    """One line."""
    more: str
    """What was said beyond the title, or nothing."""
    delegator: UserId
    assignees: tuple[Assignee, ...]
    due: Due
    takes: timedelta | None
    """The estimate, as working time."""
    channel: ChannelId | None
    """Where the card is; None when everybody concerned has a copy in their direct messages."""
    status: Status
    created_at: datetime
    question: str = ""
    """The question that waits for an answer, while `status` is asked."""
    snoozed_until: datetime | None = None

    @property
    def people(self) -> tuple[UserId, ...]:
        return tuple(assignee.person for assignee in self.assignees)

    def is_assignee(self, user: UserId) -> bool:
        return user in self.people


@dataclass(frozen=True)
class TaskEvent:
    """One step that was taken: a line of the task's history."""

    place: int
    """Counted per task from 1, the delegation itself."""
    step: Step
    by: UserId
    via: Via
    at: datetime
    before: Status
    after: Status
    reply_before: Reply = Reply.NONE
    """What `by` had said until then, so that the step can be taken back whole."""
    text: str = ""
    reaction: str = ""
    """The emoji's name, when `via` is a reaction."""
