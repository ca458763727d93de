"""The Web API's frame: who calls, with which arguments, and what refuses a call before its work."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.sandbox.errors import SlackError, missing
from bot.sandbox.records import Channel, ChannelKind, Json, Member, Message, parse_ts

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace
    from bot.sandbox.world import World

MOST_PER_PAGE = 1000
_TRUE = {True, "1", "true", "True"}
_FALSE = {False, "0", "false", "False", "", None}


@dataclass(slots=True)
class Ask:
    """One call: its arguments, read as leniently or strictly as Slack reads them."""

    world: World
    args: Json
    # The workspace whose bot token was given; app-level methods have none.
    team: Workspace | None
    # Where this local Slack is reached, for the addresses that it hands out.
    url: str = ""
    new_ticket: Callable[[], str] | None = None

    @property
    def workspace(self) -> Workspace:
        if self.team is None:
            raise SlackError("not_allowed_token_type")
        return self.team

    def text(self, name: str) -> str:
        value = self.maybe(name)
        if value is None:
            raise missing(name)
        return value

    def maybe(self, name: str) -> str | None:
        value = self.args.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise SlackError(
                "invalid_arguments", messages=[f"must provide a string [json-pointer:/{name}]"]
            )
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.args.get(name, default)
        try:
            if value in _TRUE:
                return True
            if value in _FALSE:
                return False
        except TypeError:  # A list or an object cannot be looked up, and is no flag.
            pass
        raise SlackError(
            "invalid_arguments", messages=[f"must be a valid boolean [json-pointer:/{name}]"]
        )

    def structure(self, name: str) -> Any:  # noqa: ANN401 - whatever JSON the caller sent
        """Return an argument that is JSON: an object, or text that holds one."""
        value = self.args.get(name)
        if isinstance(value, str) and value:
            try:
                return json.loads(value)
            except ValueError:
                return value
        return None if value == "" else value

    def limit(self, *, default: int) -> int:
        value = self.args.get("limit")
        if value in (None, "", 0, "0"):
            return default
        try:
            limit = int(str(value))
        except ValueError:
            raise SlackError("invalid_limit") from None
        if not 1 <= limit <= MOST_PER_PAGE:
            raise SlackError("invalid_limit")
        return limit

    def cursor(self) -> int:
        """Return where the page begins; cursors are opaque to callers."""
        value = self.maybe("cursor")
        if value is None:
            return 0
        head, _, number = value.partition(":")
        if head != "next" or not number.isdigit():
            raise SlackError("invalid_cursor")
        return int(number)

    def ts(self, name: str) -> int | None:
        value = self.args.get(name)
        if value is None or value == "":
            return None
        try:
            return parse_ts(str(value))
        except ValueError:
            raise SlackError(f"invalid_ts_{name}") from None

    def needs(self, scope: str) -> None:
        if scope not in self.workspace.scopes:
            raise SlackError(
                "missing_scope", needed=scope, provided=",".join(self.workspace.scopes)
            )

    def channel(self, name: str = "channel", *, scopes: str | None = None) -> Channel:
        """Return a conversation that the bot can see; `scopes` ends in what it wants, as `read`."""
        workspace = self.workspace
        room = workspace.channels.get(self.text(name))
        if room is None:
            raise SlackError("channel_not_found")
        if scopes is not None:
            prefix = {ChannelKind.PUBLIC: "channels", ChannelKind.PRIVATE: "groups"}
            self.needs(f"{prefix.get(room.kind, 'im')}:{scopes}")
        if room.kind is not ChannelKind.PUBLIC and workspace.bot_user not in room.members:
            raise SlackError("channel_not_found")
        return room

    def own_channel(self, *, scopes: str | None = None, name: str = "channel") -> Channel:
        """Return a conversation of which the bot is a member."""
        room = self.channel(name, scopes=scopes)
        if self.workspace.bot_user not in room.members:
            raise SlackError("not_in_channel")
        return room

    def member(self, name: str = "user") -> Member:
        person = self.workspace.members.get(self.text(name))
        if person is None:
            raise SlackError("user_not_found")
        return person

    def message(self, room: Channel, name: str) -> Message:
        said = room.messages.get(self.text(name))
        if said is None:
            raise SlackError("message_not_found")
        return said


def page(found: list[Any], ask: Ask, *, default: int) -> tuple[list[Any], str]:
    """Return one page of a list and the cursor of the next, empty at the end."""
    start, limit = ask.cursor(), ask.limit(default=default)
    following = f"next:{start + limit}" if start + limit < len(found) else ""
    return found[start : start + limit], following


Work: TypeAlias = Callable[[Ask], Json]


class Caller(StrEnum):
    """Whose token a method wants."""

    BOT = "bot"
    APP = "app"
    ANYBODY = "anybody"  # it works without any


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the Web API and what it asks of its caller."""

    name: str
    work: Work
    scope: str | None = None
    # Methods that only read take no JSON bodies: Slack then sees no arguments at all.
    takes_json: bool = True
    caller: Caller = Caller.BOT


METHODS: dict[str, Method] = {}


def method(
    name: str,
    *,
    scope: str | None = None,
    takes_json: bool = True,
    caller: Caller = Caller.BOT,
) -> Callable[[Work], Work]:
    def register(work: Work) -> Work:
        METHODS[name] = Method(name, work, scope, takes_json, caller)
        return work

    return register


def authenticate(world: World, found: Method, token: str | None) -> Workspace | None:
    """Return whose token this is; raises SlackError where it is no good for the method."""
    if found.caller is Caller.ANYBODY:
        return None
    if not token:
        raise SlackError("not_authed")
    if found.caller is Caller.APP:
        if token == world.app_token:
            return None
        raise SlackError("not_allowed_token_type" if token in world.tokens else "invalid_auth")
    if token == world.app_token:
        raise SlackError("not_allowed_token_type")
    team = world.tokens.get(token)
    if team is None:
        raise SlackError("invalid_auth")
    workspace = world.workspaces[team]
    if workspace.uninstalled:
        raise SlackError("account_inactive")
    if workspace.revoked or workspace.token != token:
        raise SlackError("token_revoked")
    return workspace
