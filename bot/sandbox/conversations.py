"""The `conversations` methods, and `users.conversations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox import shapes
from bot.sandbox.api import Ask, method, page
from bot.sandbox.errors import SlackError
from bot.sandbox.records import Channel, ChannelKind, Json, Message, parse_ts

if TYPE_CHECKING:
    from collections.abc import Iterable

_TYPES = {
    "public_channel": (ChannelKind.PUBLIC, "channels:read"),
    "private_channel": (ChannelKind.PRIVATE, "groups:read"),
    "im": (ChannelKind.DM, "im:read"),
    "mpim": (None, "mpim:read"),
}
_HISTORY_PAGE = 100
_REPLIES_PAGE = 1000
_MOST_IN_GROUP = 8


@method("conversations.info", takes_json=False)
def info(ask: Ask) -> Json:
    room = ask.channel(scopes="read")
    num_members = ask.flag("include_num_members")
    return {"ok": True, "channel": shapes.channel(room, ask.workspace, num_members=num_members)}


@method("conversations.members", takes_json=False)
def members(ask: Ask) -> Json:
    room = ask.channel(scopes="read")
    found, cursor = page(list(room.members), ask, default=100)
    return {"ok": True, "members": found, "response_metadata": {"next_cursor": cursor}}


def _kinds(ask: Ask) -> set[ChannelKind | None]:
    kinds: set[ChannelKind | None] = set()
    for name in (ask.maybe("types") or "public_channel").split(","):
        if name.strip() not in _TYPES:
            raise SlackError("invalid_types")
        kind, scope = _TYPES[name.strip()]
        ask.needs(scope)
        kinds.add(kind)
    return kinds


def _listed(ask: Ask, rooms: Iterable[Channel]) -> Json:
    kinds, exclude_archived = _kinds(ask), ask.flag("exclude_archived")
    found, cursor = page(
        [room for room in rooms if room.kind in kinds and not (exclude_archived and room.archived)],
        ask,
        default=100,
    )
    bodies = [shapes.channel(room, ask.workspace) for room in found]
    return {"ok": True, "channels": bodies, "response_metadata": {"next_cursor": cursor}}


@method("conversations.list", takes_json=False)
def all_channels(ask: Ask) -> Json:
    workspace = ask.workspace
    return _listed(
        ask,
        (
            room
            for room in workspace.channels.values()
            if room.kind is ChannelKind.PUBLIC or workspace.bot_user in room.members
        ),
    )


@method("users.conversations", takes_json=False)
def channels_of(ask: Ask) -> Json:
    workspace = ask.workspace
    user = ask.maybe("user") or workspace.bot_user
    if user not in workspace.members:
        raise SlackError("user_not_found")
    answer = _listed(
        ask,
        (
            room
            for room in workspace.channels.values()
            if user in room.members
            and (room.kind is ChannelKind.PUBLIC or workspace.bot_user in room.members)
        ),
    )
    for body in answer["channels"]:
        # Here membership is the user's and not the bot's, and Slack says nothing of it.
        body.pop("is_member", None)
    return answer


@method("conversations.open", scope="im:write")
def open_dm(ask: Ask) -> Json:
    workspace = ask.workspace
    given = ask.maybe("users")
    if given is None:
        if ask.maybe("channel") is None:
            raise SlackError("users_list_not_supplied")
        room = ask.own_channel()
        if room.kind is not ChannelKind.DM:
            raise SlackError("method_not_supported_for_channel_type")
        known = True
    else:
        users = [user.strip() for user in given.split(",") if user.strip()]
        if len(users) > _MOST_IN_GROUP:
            raise SlackError("too_many_users")
        if any(user not in workspace.members for user in users):
            raise SlackError("user_not_found")
        if len(users) > 1:
            # A group of several people needs `mpim:write`, which no bot here has.
            ask.needs("mpim:write")
        person = workspace.members[users[0]]
        if person.deleted:
            raise SlackError("user_disabled")
        if person.is_bot:
            raise SlackError("cannot_dm_bot")
        before = len(workspace.channels)
        room = workspace.dm(workspace.bot_user, person.id)
        known = len(workspace.channels) == before
    body = shapes.channel(room, workspace) if ask.flag("return_im") else {"id": room.id}
    answer: Json = {"ok": True, "channel": body}
    if known:
        answer |= {"no_op": True, "already_open": True}
    return answer


@method("conversations.join", scope="channels:join")
def join(ask: Ask) -> Json:
    workspace, room = ask.workspace, ask.channel()
    if room.kind is not ChannelKind.PUBLIC:
        raise SlackError("method_not_supported_for_channel_type")
    if room.archived:
        raise SlackError("is_archived")
    answer: Json = {"ok": True}
    if workspace.bot_user in room.members:
        answer |= {
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    workspace.join(room, workspace.bot_user)
    return {**answer, "channel": shapes.channel(room, workspace)}


def _between(ask: Ask, found: list[Message]) -> list[Message]:
    """Return the messages between `oldest` and `latest`, whose ends count only if asked for."""
    oldest, latest, inclusive = ask.ts("oldest"), ask.ts("latest"), ask.flag("inclusive")
    kept = []
    for said in found:
        at = parse_ts(said.ts)
        if oldest is not None and (at < oldest or (at == oldest and not inclusive)):
            continue
        if latest is not None and (at > latest or (at == latest and not inclusive)):
            continue
        kept.append(said)
    return kept


def _cut(ask: Ask, found: list[Message], *, default: int) -> tuple[list[Message], str]:
    limit = ask.limit(default=default)
    return found[:limit], f"next:{parse_ts(found[limit].ts)}" if len(found) > limit else ""


def _bodies(ask: Ask, found: list[Message]) -> list[Json]:
    metadata = ask.flag("include_all_metadata")
    return [shapes.message(said, ask.workspace, metadata=metadata) for said in found]


@method("conversations.history", takes_json=False)
def history(ask: Ask) -> Json:
    room = ask.own_channel(scopes="history")
    standing = [said for said in room.messages.values() if said.thread_ts is None or said.broadcast]
    newest_first = _between(ask, standing)[::-1]
    # Pages hang on a time and not on a count: what is posted meanwhile shifts nothing.
    at = ask.cursor()
    left = [said for said in newest_first if not at or parse_ts(said.ts) <= at]
    found, cursor = _cut(ask, left, default=_HISTORY_PAGE)
    answer: Json = {
        "ok": True,
        "messages": _bodies(ask, found),
        "has_more": bool(cursor),
        "pin_count": 0,
    }
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


@method("conversations.replies", takes_json=False)
def replies(ask: Ask) -> Json:
    """Return the root, on every page, and then its replies from the oldest on."""
    room = ask.own_channel(scopes="history")
    root = room.messages.get(ask.text("ts"))
    if root is None:
        raise SlackError("thread_not_found")
    at = ask.cursor()
    below = [room.messages[ts] for ts in root.replies if parse_ts(ts) >= at]
    found, cursor = _cut(ask, _between(ask, below), default=_REPLIES_PAGE)
    answer: Json = {
        "ok": True,
        "messages": _bodies(ask, [root, *found]),
        "has_more": bool(cursor),
    }
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer
