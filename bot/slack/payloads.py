"""The shape of what Slack sends: whose it is, and whether it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN_TYPES = frozenset(
    {
        "event_callback",
        "block_actions",
        "block_suggestion",
        "view_submission",
        "view_closed",
        "shortcut",
        "message_action",
    }
)

# PostgreSQL stores no NUL, and nothing encodes half of a surrogate pair.
_UNSTORABLE = {0: "\ufffd"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def cleaned(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy in which every text can be stored and sent.

    What Slack may leave out, and listeners take for granted, is filled in.
    """
    payload = {_clean(name): _clean(value) for name, value in body.items()}
    match payload:
        case {"command": _}:
            return {"text": "", **payload}
        case {"type": "block_actions", "actions": [*actions]}:
            payload["actions"] = [
                {"block_id": "", **action} if isinstance(action, dict) else action
                for action in actions
            ]
        case {"type": "message_action", "message": {"ts": str()}}:
            pass
        case {"type": "message_action", "message_ts": str(ts)}:
            message = payload.get("message")
            payload["message"] = {**(message if isinstance(message, dict) else {}), "ts": ts}
        case {"type": "view_submission", "view": {"state": None} as view}:
            payload["view"] = {**view, "state": {"values": {}}}
        case {"type": "view_submission", "view": dict(view)} if "state" not in view:
            payload["view"] = {**view, "state": {"values": {}}}
    return payload


def _clean(value: Any) -> Any:  # noqa: ANN401  # whatever JSON can hold
    if isinstance(value, str):
        return value.translate(_UNSTORABLE)
    if isinstance(value, dict):
        return {_clean(name): _clean(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return value


def is_known(body: Mapping[str, Any]) -> bool:
    """Whether this is a kind of payload that Baton works with, or tries to be one."""
    kind = body.get("type")
    return "command" in body or not isinstance(kind, str) or kind in KNOWN_TYPES


def is_well_formed(body: Mapping[str, Any]) -> bool:
    """Whether a payload of a known kind has what the libraries and listeners take for granted."""
    match body:
        case {"command": str(command), "user_id": str(), "text": str()}:
            says_where = isinstance(body.get("team_id"), str | None)
            return says_where and "type" not in body and command.startswith("/")
        case {"command": _}:
            return False
        case {"type": "event_callback", "event": {"type": str()} as event}:
            return _is_whole_event(event)
        case {"type": "event_callback"}:
            return False
        case {"user": {"id": str()}}:
            return _is_whole_interaction(body)
        case _:
            return False


def _is_whole_interaction(body: Mapping[str, Any]) -> bool:
    match body:
        case {"type": "block_actions", "actions": [*actions]}:
            return bool(actions) and all(map(_is_action, actions)) and _is_in_whole_view(body)
        case {
            "type": "view_submission" | "view_closed" as kind,
            "view": {"type": str(), "callback_id": str(), "id": str()} as view,
        }:
            return _has_whole_blocks(view) and (kind == "view_closed" or _has_whole_state(view))
        case {"type": "shortcut", "callback_id": str(), "trigger_id": str()}:
            return True
        case {
            "type": "message_action",
            "callback_id": str(),
            "trigger_id": str(),
            "channel": {"id": str()},
            "message": {"ts": str()},
        }:
            return True
        case {"type": "block_suggestion", "action_id": str()}:
            return True
        case _:
            return False


def _is_in_whole_view(body: Mapping[str, Any]) -> bool:
    """Whether the view in which something was pressed, if it was in one, can be read."""
    view = body.get("view")
    if not isinstance(view, dict):
        return view is None
    return view.get("state") is None or _has_whole_state(view)


def _is_action(action: object) -> bool:
    match action:
        case {"action_id": str(), "block_id": str(), "value": value}:
            return isinstance(value, str | None)
        case {"action_id": str(), "block_id": str()}:
            return True
        case _:
            return False


def _has_whole_state(view: Mapping[str, Any]) -> bool:
    match view.get("state"):
        case {"values": dict() as values}:
            return all(_is_input(block) for block in values.values())
        case _:
            return False


def _is_input(block: object) -> bool:
    return isinstance(block, dict) and all(isinstance(given, dict) for given in block.values())


def _has_whole_blocks(view: Mapping[str, Any]) -> bool:
    blocks = view.get("blocks") or []
    return isinstance(blocks, list) and all(isinstance(block, dict) for block in blocks)


# What listeners read of an event without asking whether it is there.
_EVENT_TEXTS = {
    "message": ("channel", "ts"),
    "reaction_added": ("user", "reaction", "event_ts"),
    "reaction_removed": ("user", "reaction", "event_ts"),
    "app_home_opened": ("user",),
    "member_joined_channel": ("user", "channel"),
    "member_left_channel": ("user", "channel"),
    "channel_archive": ("channel",),
    "group_archive": ("channel",),
    "channel_id_changed": ("old_channel_id", "new_channel_id"),
}


# What they ask for, and take for a text when it is there.
_MESSAGE_TEXTS = ("user", "thread_ts", "subtype", "text", "channel_type", "bot_id")


def _messages_of(event: Mapping[str, Any]) -> list[Any]:
    """Return the messages in an event: what was written, or what it was before and after."""
    named = {
        "message_changed": ("message", "previous_message"),
        "message_deleted": ("previous_message",),
    }
    subtype = event.get("subtype")
    names = named.get(subtype, ()) if isinstance(subtype, str) else ()
    return [event, *(event[name] for name in names if event.get(name) is not None)]


def _is_whole_message(message: Any) -> bool:  # noqa: ANN401  # whatever JSON can hold
    return (
        isinstance(message, dict)
        and isinstance(message.get("ts"), str)
        and all(isinstance(message.get(name), str | None) for name in _MESSAGE_TEXTS)
    )


def _is_whole_event(event: Mapping[str, Any]) -> bool:
    if any(not isinstance(event.get(name), str) for name in _EVENT_TEXTS.get(event["type"], ())):
        return False
    match event:
        case {"type": "reaction_added" | "reaction_removed", "item": {"type": "message"} as item}:
            return isinstance(item.get("channel"), str) and isinstance(item.get("ts"), str)
        case {"type": "reaction_added" | "reaction_removed"}:
            # Files are reacted to as well.
            return isinstance(event.get("item"), dict)
        case {"type": "message"}:
            return all(_is_whole_message(part) for part in _messages_of(event))
        case {"type": "user_change"}:
            return isinstance(event.get("user"), dict) and isinstance(event["user"].get("id"), str)
        case _:
            return True


def workspace_of(body: Mapping[str, Any]) -> str | None:
    """Return the workspace in which Baton is asked, which is not always the person's own.

    In a channel shared between companies an event carries the workspace of whoever caused it, and
    a modal the one in which it was opened; the installation concerned stands beside it.
    """
    match body:
        case {"view": {"app_installed_team_id": str(workspace)}} if workspace:
            return workspace
        case {"authorizations": [{"team_id": str(workspace)}, *_]}:
            return workspace
        case {"team": {"id": str(workspace)}} | {"team": str(workspace)}:
            return workspace
        case {"team_id": str(workspace)}:
            return workspace
        case {"user": {"team_id": str(workspace)}} | {"view": {"team_id": str(workspace)}}:
            return workspace
        case _:
            return None
