"""An instant at which something has to be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.person import WorkspaceId


class AlarmKind(StrEnum):
    """What is looked at; `subject` says which one."""

    HUDDLE_OPEN = "huddle.open"  # a team's next huddle: team
    HUDDLE_CLOSE = "huddle.close"  # an open huddle's end: team/date
    PROPOSAL_STANDS = "proposal.stands"  # silence is consent: task number
    SERIES_NEXT = "series.next"  # the next occurrence of a repeating task: series
    POST_RELEASE = "post.release"  # a message whose reader's day begins: post id
    DAY_BEGIN = "day.begin"  # the start of somebody's working day: person
    DAY_TOGETHER = "day.together"  # what waits ten minutes to be one message: person
    POST_AGAIN = "post.again"  # a post taken over from a dead process: post id


@dataclass(frozen=True)
class Alarm:
    """What fell due in `(after, due_at]` is decided by the rule of its kind."""

    workspace: WorkspaceId
    kind: AlarmKind
    subject: str
    due_at: datetime
    after: datetime
    """Everything up to this instant has been dealt with."""
