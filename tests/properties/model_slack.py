"""A Slack reduced to what the publisher's protocol rests on, whose every step a test decides."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackRejected, SlackUnavailable, SlackUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from bot.domain.person import WorkspaceId

BOT = "B0001"

_GUARD: ContextVar[Callable[[], None] | None] = ContextVar("model_guard", default=None)


@dataclass
class Shown:
    """One message as people see it."""

    ts: str
    channel: str
    text: str
    post: str
    thread_ts: str | None


class Stage(StrEnum):
    """How far a request has come."""

    MADE = "made"  # a connection is there, no byte has left
    LEFT = "left"  # it is on its way
    ARRIVED = "arrived"  # Slack has done it, the answer is on its way


@dataclass(eq=False)
class Request:
    """One call, from its process to Slack and back."""

    owner: str
    method: str
    arguments: Mapping[str, Any]
    guard: Callable[[], None] | None
    answered: asyncio.Future[Mapping[str, Any]]
    stage: Stage = Stage.MADE
    left_at: float = 0.0
    answer: Mapping[str, Any] | Exception | None = None

    @property
    def is_for_a_post(self) -> bool:
        """Whether a claim stands behind it; a double is deleted without one."""
        return self.guard is not None


@dataclass
class ModelSlack:
    """Messages, and the requests that are under way."""

    clock: Callable[[], datetime]
    seconds: Callable[[], float]
    messages: dict[str, Shown] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    posted: int = 0

    def of(self, post: str) -> list[Shown]:
        return [message for message in self.messages.values() if message.post == post]

    def leave(self, request: Request) -> None:
        """Let the bytes leave, if the process's own check allows it."""
        try:
            if request.guard is not None:
                request.guard()
        except Exception as error:  # noqa: BLE001  # whatever the check says
            self._answer(request, error)
            return
        request.stage = Stage.LEFT
        request.left_at = self.seconds()

    def arrive(self, request: Request) -> None:
        """Do what is asked; the answer is on its way."""
        try:
            request.answer = self._do(request.method, request.arguments)
        except SlackRejected as refusal:
            request.answer = refusal
        request.stage = Stage.ARRIVED

    def lose(self, request: Request) -> None:
        """Lose a request on its way to Slack, or the answer to it."""
        self._answer(request, SlackUnknown("lost"))

    def turn_away(self, request: Request) -> None:
        """Answer that the call may be made later, having done nothing."""
        self._answer(request, SlackUnavailable("service_unavailable"))

    def reply(self, request: Request) -> None:
        answer = request.answer
        self._answer(request, SlackUnknown("no answer") if answer is None else answer)

    def crash(self, owner: str) -> None:
        """Forget what had not left; what has left still arrives, and nobody hears the answer."""
        self.requests = [
            request
            for request in self.requests
            if request.owner != owner or request.stage is Stage.LEFT
        ]

    def _answer(self, request: Request, answer: Mapping[str, Any] | Exception) -> None:
        self.requests.remove(request)
        if request.answered.done():
            return  # Its process is gone.
        if isinstance(answer, Exception):
            request.answered.set_exception(answer)
        else:
            request.answered.set_result(answer)

    def _do(self, method: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        match method:
            case "chat.postMessage":
                self.posted += 1
                ts = f"{self.clock().timestamp():.0f}.{self.posted:06d}"
                post = given["metadata"]["event_payload"]["post"]
                self.messages[ts] = Shown(
                    ts, given["channel"], given["text"], post, given.get("thread_ts")
                )
                return {"ok": True, "ts": ts, "channel": given["channel"]}
            case "chat.update":
                self._find(given["ts"]).text = given["text"]
                return {"ok": True}
            case "chat.delete":
                self._find(given["ts"])
                del self.messages[given["ts"]]
                return {"ok": True}
            case "conversations.history" | "conversations.replies":
                return self._page(method, given)
        raise AssertionError(method)

    def _find(self, ts: str) -> Shown:
        if ts not in self.messages:
            raise SlackRejected("message_not_found")
        return self.messages[ts]

    def _page(self, method: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        thread = given.get("ts") if method == "conversations.replies" else None
        found: list[dict[str, Any]] = [
            {
                "ts": shown.ts,
                "bot_id": BOT,
                "metadata": {"event_type": "baton_note", "event_payload": {"post": shown.post}},
            }
            for shown in self.messages.values()
            if shown.channel == given["channel"]
            and (shown.thread_ts == thread)
            and float(shown.ts) >= float(given["oldest"])
        ]
        # As Slack does, a cursor names the message to go on with and not how many came before:
        # what is deleted between two pages hides nothing.
        ahead = [message for message in found if message["ts"] >= (given["cursor"] or "")]
        page, rest = ahead[:2], ahead[2:]  # Small pages, so that there are several.
        return {
            "ok": True,
            "messages": page,
            "response_metadata": {"next_cursor": rest[0]["ts"] if rest else ""},
        }


@dataclass
class ModelMessenger:
    """One process's way to the model Slack."""

    slack: ModelSlack
    owner: str
    knows_slack_time: bool = True

    async def call(
        self,
        workspace: WorkspaceId,
        method: str,
        /,
        **arguments: Any,  # noqa: ANN401  # whatever the method takes
    ) -> Mapping[str, Any]:
        del workspace
        answered: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self.slack.requests.append(Request(self.owner, method, arguments, _GUARD.get(), answered))
        return await answered

    @contextmanager
    def guarded(self, check: Callable[[], None]) -> Iterator[None]:
        token = _GUARD.set(check)
        try:
            yield
        finally:
            _GUARD.reset(token)

    def slack_now(self, now: datetime) -> datetime:
        del now
        return self.slack.clock()
