"""A huddle: one team's thread for one local date, and the answers in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.domain.person import UserId
    from bot.domain.post import MessageTs
    from bot.domain.team import TeamId

QUESTIONS = ("What will you finish today?", "What do you need, and from whom?")
"""The first is required, the second optional."""

OPEN_FOR = timedelta(hours=4)
"""How long a huddle is open, unless the next one comes sooner."""

CLOSED_BEFORE_NEXT = timedelta(hours=1)

CATCH_UP = timedelta(minutes=90)
"""A huddle missed by at most this is still posted; an older one is recorded as missed."""

LATE_AFTER = timedelta(minutes=1)
"""A huddle opened later than this after its time says so."""


class HuddleStatus(StrEnum):
    """Where a huddle stands."""

    OPEN = "open"  # takes answers, shows a count
    CLOSED = "closed"  # shows its summary; late answers still join it
    MISSED = "missed"  # was due while nothing ran, and is not held


@dataclass(frozen=True)
class Huddle:
    """The huddle of `team` on `date`, which is the date it was scheduled for."""

    team: TeamId
    date: date
    status: HuddleStatus
    due_at: datetime
    """When it was to open."""
    opened_at: datetime | None
    closes_at: datetime | None
    questions: tuple[str, ...] = QUESTIONS
    reason: str | None = None
    """Why it was missed, in words for the team's lead."""

    @property
    def subject(self) -> str:
        return huddle_subject(self.team, self.date)

    @property
    def is_late(self) -> bool:
        return self.opened_at is not None and self.opened_at - self.due_at > LATE_AFTER


class AnswerSource(StrEnum):
    """How an answer was given."""

    REPLY = "reply"  # a plain reply in the thread, which Baton marks
    MODAL = "modal"  # the form, which Baton shows in the thread
    SKIP = "skip"  # *Skip today*


@dataclass(frozen=True)
class Answer:
    """One person's answer; there is at most one per huddle and person."""

    person: UserId
    source: AnswerSource
    texts: tuple[str, ...]
    """One per question, empty where nothing was said; a plain reply fills the first."""
    at: datetime
    ts: MessageTs | None = None
    """The reply that counts, when `source` is a reply."""


def huddle_subject(team: TeamId, local_date: date) -> str:
    return f"{team}/{local_date.isoformat()}"
