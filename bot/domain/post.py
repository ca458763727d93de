"""A message that Baton owns, as it is wanted and as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NewType
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.person import WorkspaceId

ChannelId = NewType("ChannelId", str)
"""Slack's conversation id; for a direct message that was never sent, the reader's user id."""

MessageTs = NewType("MessageTs", str)
"""Slack's message id within a conversation, such as `1512085950.000216`."""

PostId = NewType("PostId", str)

_NAMESPACE = UUID("8f4f2d0e-6f6b-5c8e-9a53-0a1f6a9b7c11")


class PostKind(StrEnum):
    """What a post shows; `subject` says of what."""

    HUDDLE = "huddle"  # the root of a huddle: subject team/date
    ANSWER = "answer"  # one person's answer in its thread: team/date/person
    MARK = "mark"  # a 📝 on somebody's own reply, a reaction and not a message: team/date/person
    SUMMARY = "summary"  # a summary that could not be edited into its root: team/date
    CARD = "card"  # a task: number, or number/person for the copy in somebody's DM
    HOME = "home"  # somebody's App Home, which has no ts: person
    NEW_TASK = "new_task"  # tells an assignee, where the card is in a channel: number/person
    STEP = "step"  # tells one person of a step somebody took: number/person/step's place in history
    DAY = "day"  # Your day, or what was gathered for somebody: person/date/place
    NOTICE = "notice"  # tells a lead or a delegator what went wrong: what/…/person


class PostState(StrEnum):
    """Whether a post can still be shown."""

    LIVE = "live"  # the publisher keeps it up to date
    UNKNOWN = "unknown"  # it may or may not have reached Slack, and nobody can look
    REJECTED = "rejected"  # Slack will not take it
    GONE = "gone"  # somebody deleted it
    GATHERED = "gathered"  # it is a line of another message, and never shown itself


@dataclass(frozen=True)
class Post:
    """One row of the outbox: pending while `shown` is behind `wanted`."""

    workspace: WorkspaceId
    id: PostId
    kind: PostKind
    subject: str
    channel: ChannelId
    parent: PostId | None = None
    """The post in whose thread this one is."""
    ts: MessageTs | None = None
    wanted: int = 1
    shown: int = 0
    attempts: int = 0
    """How often a message without `ts` may have left; anything above 0 means look first."""
    attempted_at: datetime | None = None
    """The first of these attempts, by Slack's clock."""
    state: PostState = PostState.LIVE
    reason: str | None = None
    """Slack's error code, once `state` is no longer live."""
    urgent: bool = False
    """A person waits for it, so it goes before what is merely due."""

    @property
    def is_pending(self) -> bool:
        return self.state is PostState.LIVE and self.shown < self.wanted

    @property
    def is_held(self) -> bool:
        """Whether it waits for its reader."""
        return self.state is PostState.LIVE and self.wanted == 0


def post_id(workspace: WorkspaceId, kind: PostKind, subject: str) -> PostId:
    """Return the one id a post of this key has, so that two processes mean the same row."""
    return PostId(uuid5(_NAMESPACE, f"{workspace}/{kind}/{subject}").hex)


@dataclass(frozen=True)
class Message:
    """A message as Slack is to show it."""

    text: str
    """Complete in itself; its first 100 characters say who, what and when."""
    blocks: Sequence[Mapping[str, Any]]
    event_type: str
    event_payload: Mapping[str, Any]
    """Readable by every app in the workspace: ids only."""


@dataclass(frozen=True)
class HomeView:
    """Somebody's App Home."""

    view: Mapping[str, Any]


@dataclass(frozen=True)
class Mark:
    """A reaction of Baton's on somebody else's message, standing or not."""

    name: str
    stands: bool


@dataclass(frozen=True)
class Withdrawn:
    """Nothing is to be seen any more: the message is deleted, or never sent."""


Rendered = Message | HomeView | Mark | Withdrawn
