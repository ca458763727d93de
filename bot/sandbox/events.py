"""What the app is told, shaped as the Events API does, and only what it may see."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from bot.sandbox import shapes
from bot.sandbox.records import Channel, ChannelKind, Json, Member, Message, format_ts

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

DEFAULT_EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "tokens_revoked",
    "reaction_added",
    "reaction_removed",
    "user_change",
    "team_join",
    "member_joined_channel",
    "member_left_channel",
    "channel_archive",
    "channel_unarchive",
    "channel_rename",
    "channel_deleted",
    "channel_left",
    "group_archive",
    "group_unarchive",
    "group_rename",
    "group_deleted",
    "group_left",
    "channel_id_changed",
    "message.channels",
    "message.groups",
    "message.im",
)

_MESSAGES = {
    ChannelKind.PUBLIC: ("message.channels", "channels:history"),
    ChannelKind.PRIVATE: ("message.groups", "groups:history"),
    ChannelKind.DM: ("message.im", "im:history"),
}
_READ = {
    ChannelKind.PUBLIC: "channels:read",
    ChannelKind.PRIVATE: "groups:read",
    ChannelKind.DM: "im:read",
}
# Slack writes the kind of a channel as one letter in events about membership.
_LETTER = {ChannelKind.PUBLIC: "C", ChannelKind.PRIVATE: "G", ChannelKind.DM: "D"}


def _tell(
    workspace: Workspace,
    event: Json,
    *,
    subscription: str,
    scope: str | None = None,
    room: Channel | None = None,
) -> None:
    """Send an event when the app asked for it, may have it, and its bot user is there."""
    world = workspace.world
    world.changes.notify()
    if (
        subscription not in world.bot_events
        or (scope is not None and scope not in workspace.scopes)
        or workspace.uninstalled
        or (room is not None and workspace.bot_user not in room.members)
    ):
        return
    shared = room is not None and room.ext_shared
    world.outbox(workspace, envelope(workspace, event, ext_shared=shared))


def envelope(workspace: Workspace, event: Json, *, ext_shared: bool = False) -> Json:
    """Wrap an event in what Slack posts around it, with an id of its own."""
    world = workspace.world
    number = world.ids.number("event_context")
    return {
        "token": "local-slack-verification",
        "team_id": workspace.id,
        "context_team_id": workspace.id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": world.ids.next("Ev"),
        "event_time": int(world.clock().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.id,
                "user_id": workspace.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": ext_shared,
        "event_context": f"4-local{number:08x}",
    }


def _event_ts(workspace: Workspace) -> str:
    world = workspace.world
    world.last_event = max(world.micros(), world.last_event + 1)
    return format_ts(world.last_event)


def snapshot(workspace: Workspace, said: Message) -> Json:
    """Return a message as events quote it: without reactions, and never with metadata."""
    body = shapes.message(said, workspace, reactions=False)
    for name in ("metadata", "reply_users"):
        body.pop(name, None)
    return body


def posted(workspace: Workspace, room: Channel, said: Message) -> None:
    event = snapshot(workspace, said)
    event |= {"channel": room.id, "event_ts": said.ts, "channel_type": str(room.kind)}
    _message(workspace, room, event)


def edited(workspace: Workspace, room: Channel, said: Message, before: Json, ts: str) -> None:
    event = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "message": snapshot(workspace, said),
        "previous_message": before,
        "channel": room.id,
        "ts": ts,
        "event_ts": ts,
        "channel_type": str(room.kind),
    }
    _message(workspace, room, event)


def deleted(workspace: Workspace, room: Channel, gone: str, before: Json, ts: str) -> None:
    event = {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "deleted_ts": gone,
        "previous_message": before,
        "channel": room.id,
        "ts": ts,
        "event_ts": ts,
        "channel_type": str(room.kind),
    }
    _message(workspace, room, event)


def _message(workspace: Workspace, room: Channel, event: Json) -> None:
    subscription, scope = _MESSAGES[room.kind]
    _tell(workspace, event, subscription=subscription, scope=scope, room=room)


def reacted(
    workspace: Workspace, room: Channel, said: Message, user: str, name: str, *, added: bool
) -> None:
    kind = "reaction_added" if added else "reaction_removed"
    event: Json = {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": room.id, "ts": said.ts},
        "event_ts": _event_ts(workspace),
    }
    if said.subtype is None:
        event["item_user"] = said.user
    _tell(workspace, event, subscription=kind, scope="reactions:read", room=room)


def joined(workspace: Workspace, room: Channel, user: str, inviter: str | None) -> None:
    event = _membership(workspace, "member_joined_channel", room, user)
    if inviter is not None:
        event["inviter"] = inviter
    _tell(workspace, event, subscription="member_joined_channel", scope=_READ[room.kind], room=room)


def left(workspace: Workspace, room: Channel, user: str) -> None:
    """Tell of somebody who leaves; for the bot itself the event has another name."""
    if user == workspace.bot_user:
        kind = "channel_left" if room.kind is ChannelKind.PUBLIC else "group_left"
        event: Json = {
            "type": kind,
            "channel": room.id,
            "actor_id": user,
            "event_ts": _event_ts(workspace),
        }
    else:
        kind = "member_left_channel"
        event = _membership(workspace, kind, room, user)
    _tell(workspace, event, subscription=kind, scope=_READ[room.kind], room=room)


def _membership(workspace: Workspace, kind: str, room: Channel, user: str) -> Json:
    return {
        "type": kind,
        "user": user,
        "channel": room.id,
        "channel_type": _LETTER[room.kind],
        "team": workspace.id,
        "event_ts": _event_ts(workspace),
    }


def _about(workspace: Workspace, room: Channel, what: str, event: Json) -> None:
    """Tell of a channel itself: of every public one, of private ones to their members."""
    public = room.kind is ChannelKind.PUBLIC
    kind = f"{'channel' if public else 'group'}_{what}"
    _tell(
        workspace,
        {"type": kind, **event, "event_ts": _event_ts(workspace)},
        subscription=kind,
        scope=_READ[room.kind],
        room=None if public else room,
    )


def channel_changed(workspace: Workspace, room: Channel, what: str, **who: str) -> None:
    _about(workspace, room, what, {"channel": room.id, **who})


def channel_renamed(workspace: Workspace, room: Channel) -> None:
    body = {
        "id": room.id,
        "is_channel": room.kind is ChannelKind.PUBLIC,
        "is_mpim": False,
        "name": room.name,
        "name_normalized": room.name,
        "created": room.created,
    }
    _about(workspace, room, "rename", {"channel": body})


def channel_id_changed(workspace: Workspace, room: Channel, old: str) -> None:
    event = {
        "type": "channel_id_changed",
        "old_channel_id": old,
        "new_channel_id": room.id,
        "event_ts": _event_ts(workspace),
    }
    _tell(workspace, event, subscription="channel_id_changed", scope=_READ[room.kind], room=room)


def person_changed(workspace: Workspace, person: Member, kind: str) -> None:
    body = shapes.member(person, workspace.world.clock())
    event: Json = {"type": kind, "user": body}
    if kind == "user_change":
        event["cache_ts"] = person.updated
    _tell(workspace, event, subscription=kind, scope="users:read")


def home_opened(workspace: Workspace, person: Member, room: Channel, tab: str) -> None:
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": room.id,
        "tab": tab,
        "event_ts": _event_ts(workspace),
    }
    if person.home is not None and tab == "home":
        event["view"] = shapes.view(person.home, workspace)
    _tell(workspace, event, subscription="app_home_opened")


def tokens_revoked(workspace: Workspace) -> None:
    # The lists hold the ids of users, never the tokens themselves.
    event = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [workspace.bot_user]}}
    _tell(workspace, event, subscription="tokens_revoked")


def app_uninstalled(workspace: Workspace) -> None:
    _tell(workspace, {"type": "app_uninstalled"}, subscription="app_uninstalled")


def copied(payload: Json, workspace: Workspace) -> Json:
    """Return the same event once more under another id, as Slack has been seen to do."""
    shared = payload["is_ext_shared_channel"]
    return envelope(workspace, copy.deepcopy(payload["event"]), ext_shared=shared)
