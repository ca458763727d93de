"""What a workspace of the local Slack holds: people, channels, messages, views, and their ids."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

SLACKBOT = "USLACKBOT"


class Ids:
    """Hands out ids that look like Slack's and never repeat within one local Slack."""

    def __init__(self) -> None:
        self._last: Counter[str] = Counter()

    def next(self, prefix: str) -> str:
        self._last[prefix] += 1
        return f"{prefix}{self._last[prefix]:010X}"

    def number(self, kind: str) -> int:
        self._last[kind] += 1
        return self._last[kind]


class ChannelKind(StrEnum):
    PUBLIC = "channel"  # anybody of the workspace may join
    PRIVATE = "group"  # seen by its members only
    DM = "im"  # two people, one of whom may be the bot


@dataclass(slots=True, eq=False)
class Message:
    """One message; `thread_ts` is the root's `ts` on replies and empty on everything else."""

    channel: str
    ts: str
    user: str
    text: str
    bot_id: str | None = None
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    subtype: str | None = None
    client_msg_id: str | None = None
    edited: Json | None = None
    inviter: str | None = None
    broadcast: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)

    @property
    def event_type(self) -> str | None:
        return None if self.metadata is None else str(self.metadata["event_type"])

    @property
    def event_payload(self) -> Json:
        return {} if self.metadata is None else dict(self.metadata["event_payload"])


@dataclass(slots=True, eq=False)
class Ephemeral:
    """A message that only `user` sees, until their client reloads."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None


@dataclass(slots=True, eq=False)
class View:
    """A modal or a Home tab as one person has it open, with what they filled in so far."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    # The `block_id`s that somebody filled in by hand, whose values survive an update.
    touched: set[tuple[str, str]] = field(default_factory=set)

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def callback_id(self) -> str:
        return str(self.body.get("callback_id", ""))

    @property
    def blocks(self) -> list[Json]:
        return list(self.body["blocks"])


@dataclass(slots=True, eq=False)
class Member:
    """A person of the workspace, or a bot, as Slack's directory shows them."""

    id: str
    team_id: str
    name: str
    real_name: str
    tz: str | None
    updated: int
    is_bot: bool = False
    bot_id: str | None = None
    deleted: bool = False
    guest: bool = False
    single_channel_guest: bool = False
    is_admin: bool = False
    is_owner: bool = False
    stranger: bool = False
    locale: str = "en-US"
    views: list[View] = field(default_factory=list)
    home: View | None = None
    ephemerals: list[Ephemeral] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Channel:
    """A conversation: its members in the order in which they came, its messages by `ts`."""

    id: str
    name: str
    kind: ChannelKind
    created: int
    creator: str
    members: dict[str, None] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    archived: bool = False
    deleted: bool = False
    ext_shared: bool = False
    previous_names: list[str] = field(default_factory=list)
    last_micros: int = 0

    def next_ts(self, micros: int) -> str:
        """Return a `ts` at `micros`, or just after the last one where that is taken."""
        self.last_micros = max(micros, self.last_micros + 1)
        return format_ts(self.last_micros)

    def root_of(self, message: Message) -> Message | None:
        return None if message.thread_ts is None else self.messages.get(message.thread_ts)


def format_ts(micros: int) -> str:
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


def parse_ts(text: str) -> int:
    """Return the microseconds of a `ts`, which callers may write with fewer digits.

    Raises ValueError for anything that is no `ts`.
    """
    seconds, _, fraction = text.partition(".")
    if not seconds.isdigit() or len(fraction) > 6 or (fraction and not fraction.isdigit()):  # noqa: PLR2004 - microseconds
        raise ValueError(f"not a ts: {text!r}")
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0"))
