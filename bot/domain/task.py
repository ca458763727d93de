"""A delegated task, its people, and the lines of its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType

from bot.domain.zones import zone_label

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

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
    RETURNED = "returned"  # the delegator looked at what was done, and something is missing
    DONE = "done"  # an assignee finished it
    VERIFIED = "verified"  # the delegator looked at what was done, and it is good
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
    PROPOSE = "propose"  # a yes to another due time, or to something else
    AGREE = "agree"  # to what was proposed
    KEEP = "keep"  # it stays what it was before that
    TALK = "talk"  # the two should speak first
    CHECK = "check"  # asks how it is going
    DIVIDE = "divide"  # into parts, each a task of its own
    VERIFY = "verify"  # what was done is good
    RETURN = "return"  # something is still missing in what was done
    SKIP = "skip"  # this occurrence of a repeating task is left out
    STOP = "stop"  # a repeating task comes no more
    UNDO = "undo"  # takes the latest step back


class Via(StrEnum):
    """The way by which a step was taken."""

    COMMAND = "command"
    BUTTON = "button"
    MODAL = "modal"
    MESSAGE = "message"  # a direct message to Baton
    THREAD = "thread"  # a reply in the card's thread
    REACTION = "reaction"
    PART = "part"  # what was done with its last part was the step
    SILENCE = "silence"  # nobody objected until it counted as said
    REPEAT = "repeat"  # it came again


class Reply(StrEnum):
    """What one assignee said to being asked."""

    NONE = "none"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"  # with their own share, where everybody has one


class Size(StrEnum):
    """How large a task is, which decides how it is accepted."""

    SMALL = "S"  # up to half a day
    MEDIUM = "M"  # up to two days
    LARGE = "L"


class Authority(StrEnum):
    """How far somebody may go on their own."""

    RESEARCH = "research"  # and report
    POSTED = "posted"  # act and keep me posted
    ACT = "act"  # act and report the result


class Kind(StrEnum):
    """What sort of work it is."""

    ROUTINE = "routine"
    CHALLENGING = "challenging"


@dataclass(frozen=True)
class Details:
    """What was said about a task beyond its outcome; empty is what nobody has said yet."""

    measure: str = ""
    """How we will know that it is good: the measure and its target."""
    risks: str = ""
    """What may go wrong, and what to do then."""
    links: str = ""
    """Links and messages, a line each."""
    authority: Authority | None = None
    kind: Kind | None = None


NO_DETAILS: Final = Details()


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

    @property
    def words(self) -> str:
        """The wall clock that was meant: `Fri 27 Nov, 17:00 Manila`."""
        local = self.local
        label = zone_label(self.zone, self.at)
        return f"{local:%a} {local.day} {local:%b}, {local:%H:%M} {label}"


@dataclass(frozen=True)
class Proposal:
    """A yes on other terms, which waits for the delegator."""

    by: UserId
    at: datetime
    """When it was made."""
    due: Due | None = None
    """The due time that is proposed; None: the one there is."""
    words: str = ""
    """What is proposed instead, or why."""


@dataclass(frozen=True)
class Task:
    """A task. The first assignee to finish it closes it, unless `everyone` has a share of it."""

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
    details: Details = NO_DETAILS
    review: bool = False
    """The delegator wants to see it before it counts as done."""
    everyone: bool = False
    """Each assignee has a share of their own; else the first one done is enough."""
    proposal: Proposal | None = None
    parent: TaskNumber | None = None
    """The task of which this is a part."""
    series: int | None = None
    """The repeating task of which this is one occurrence."""

    @property
    def size(self) -> Size:
        """The size that follows from the estimate; without one it is small."""
        if self.takes is None or self.takes <= SMALL:
            return Size.SMALL
        return Size.MEDIUM if self.takes <= MEDIUM else Size.LARGE

    @property
    def people(self) -> tuple[UserId, ...]:
        return tuple(assignee.person for assignee in self.assignees)

    @property
    def concerned(self) -> tuple[UserId, ...]:
        """The delegator and the assignees, each once."""
        return tuple(dict.fromkeys((self.delegator, *self.people)))

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def is_assignee(self, user: UserId) -> bool:
        return user in self.people

    @property
    def pending(self) -> Proposal | None:
        """What waits for the delegator; a closed task keeps it, in case its end was a slip."""
        return self.proposal if self.is_open else None

    def words_of(self, user: UserId) -> str:
        words = (given.words for given in self.assignees if given.person == user)
        return next(words, "")

    def reply_of(self, user: UserId) -> Reply:
        replies = (given.reply for given in self.assignees if given.person == user)
        return next(replies, Reply.NONE)


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


OPEN: Final = (Status.WAITING, Status.ASKED, Status.DOING, Status.BLOCKED, Status.RETURNED)
"""Where something is still to be done."""

SMALL: Final = timedelta(hours=4)
MEDIUM: Final = timedelta(hours=16)
"""The longest estimates of a small and of a medium task, as working time."""

YES: Final = frozenset({Reply.ACCEPTED, Reply.DONE})
"""What somebody says who takes it on, or has."""

WORDS: Final = {
    Status.WAITING: "waiting for a yes",
    Status.ASKED: "question",
    Status.DOING: "doing",
    Status.BLOCKED: "blocked",
    Status.RETURNED: "doing",
    Status.DONE: "done",
    Status.VERIFIED: "closed",
    Status.DECLINED: "declined",
    Status.CANCELLED: "closed",
}
"""What people see of a status."""


def listed(words: Iterable[str], last: str = "and") -> str:
    """Return words as people list them: `Ana, Ben and Joy`."""
    *others, final = words
    return f"{', '.join(others)} {last} {final}" if others else final
