"""The journal's entries: every call of the Web API and every delivery to the bot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.records import Json

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, eq=False)
class Call:
    """One request to the Web API; `status` is 0 while it runs and when the connection was cut."""

    method: str
    args: Json
    at: datetime
    # Numbers the TCP connections, so that a test can see whether one was reused.
    connection: int = 0
    team: str | None = None
    http: str = "POST"
    status: int = 0
    answer: Json = field(default_factory=dict)
    # Whether the method did its work, whatever the caller then got to hear.
    committed: bool = False
    fault: str | None = None
    retry_after: int | None = None

    @property
    def ok(self) -> bool:
        return bool(self.answer.get("ok"))

    @property
    def error(self) -> str | None:
        error = self.answer.get("error")
        return None if error is None else str(error)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to hand something to the bot and what came back; status 0 means nothing did."""

    number: int
    via: str
    status: int
    body: str
    seconds: float
    failure: str | None = None
    # The bot asked not to be sent this again.
    final: bool = False

    @property
    def ok(self) -> bool:
        return self.failure is None


@dataclass(slots=True, eq=False)
class Delivery:
    """An event, command or interaction on its way to the bot, with all attempts."""

    kind: str
    team: str
    payload: Json
    attempts: list[Attempt] = field(default_factory=list)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def event(self) -> Json:
        return dict(self.payload.get("event", {}))

    @property
    def name(self) -> str:
        """What faults and tests call it: the event's type, the command, the interaction's type."""
        if self.kind == "event":
            return str(self.payload["event"]["type"])
        return str(self.payload.get("command") or self.payload.get("type"))

    @property
    def ok(self) -> bool:
        return bool(self.attempts) and self.attempts[-1].ok

    @property
    def call(self) -> Call:
        """The delivery as a fault's predicate sees it."""
        event = self.payload.get("event", self.payload)
        item = event.get("item")
        channel = item.get("channel") if isinstance(item, dict) else event.get("channel")
        if isinstance(channel, dict):
            channel = channel.get("id")
        args = {**event, "channel": channel or event.get("channel_id")}
        return Call(method=self.name, args=args, at=_NEVER, team=self.team)
