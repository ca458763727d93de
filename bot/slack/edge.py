"""What every listener is given, and what a command answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from bot.domain.person import UserId, WorkspaceId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.domain.post import ChannelId
    from bot.domain.task import Via
    from bot.slack.directory import Directory
    from bot.slack.gateway import Gateway

P = ParamSpec("P")
T = TypeVar("T")


class Do(Protocol):
    """Runs one use case in one transaction: `await do(workspace, delegation.accept, 42, by=…)`.

    It returns after the commit. Leaving by an exception rolls back.
    """

    async def __call__(
        self,
        workspace: WorkspaceId,
        verb: Callable[Concatenate[Any, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T: ...


@dataclass(frozen=True)
class Edge:
    """The things a listener needs and does not make itself."""

    do: Do
    gateway: Gateway
    directory: Directory
    clock: Callable[[], datetime]
    prefix: str = ""
    """What the slash commands of this installation begin with."""


@dataclass(frozen=True)
class Request:
    """Something a person typed, after a slash or in a direct message to Baton."""

    workspace: WorkspaceId
    user: UserId
    channel: ChannelId
    text: str
    key: str
    """Names this interaction once and for all: its trigger_id, or the message's channel and ts."""
    via: Via
    now: datetime
    trigger_id: str | None = None
    """Opens a modal within 3 s; a direct message has none."""


@dataclass(frozen=True)
class Answer:
    """A private answer to a request."""

    text: str
    blocks: Sequence[Mapping[str, Any]] = field(default=())


@dataclass(frozen=True)
class Form:
    """An answer that is a modal.

    Without a trigger_id nothing can be opened, so `instead` is shown, with a button that opens it.
    """

    view: Mapping[str, Any]
    instead: Answer


def actor(body: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[WorkspaceId, UserId]:
    """Return the workspace in which Baton is asked, and who asks: by button, modal or command."""
    user = body["user"]["id"] if "user" in body else body["user_id"]
    return WorkspaceId(context["identity"].workspace), UserId(user)
