"""How people, channels, messages and views look in Slack's answers and payloads."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.sandbox.records import (
    SLACKBOT,
    Channel,
    ChannelKind,
    Ephemeral,
    Json,
    Member,
    Message,
    View,
)
from bot.sandbox.rules import action_elements

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.records import Ids
    from bot.sandbox.workspace import Workspace

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|<#([CG][A-Z0-9]+)(?:\|[^>]*)?>")


def escaped(text: str) -> str:
    """Return `text` as Slack delivers what a person typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def rich_text(text: str, block_id: str) -> Json:
    """Return the block that Slack's client makes of a message a person typed."""
    parts: list[Json] = []
    at = 0
    for found in _MENTION.finditer(text):
        if found.start() > at:
            parts.append({"type": "text", "text": unescaped(text[at : found.start()])})
        user, channel = found.groups()
        parts.append(
            {"type": "user", "user_id": user}
            if user
            else {"type": "channel", "channel_id": channel}
        )
        at = found.end()
    if text[at:] or not parts:
        parts.append({"type": "text", "text": unescaped(text[at:])})
    return {
        "type": "rich_text",
        "block_id": block_id,
        "elements": [{"type": "rich_text_section", "elements": parts}],
    }


def with_ids(blocks: list[Json], ids: Ids) -> list[Json]:
    """Return `blocks` with the ids that Slack gives to what has none, leaving them as they are."""
    named = []
    for block in blocks:
        if not all(element.get("action_id") for element in action_elements(block)):
            block = copy.deepcopy(block)  # noqa: PLW2901 - the given one is the caller's
            for element in action_elements(block):
                element["action_id"] = element.get("action_id") or f"a{ids.number('action')}"
        named.append({**block, "block_id": block.get("block_id") or f"b{ids.number('block')}"})
    return named


def member(person: Member, now: datetime) -> Json:
    body: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "profile": {
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "status_text": "",
            "status_emoji": "",
            "team": person.team_id,
        },
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": person.updated,
    }
    if person.bot_id is not None:
        body["profile"]["bot_id"] = person.bot_id
    if person.deleted:
        # Slack keeps little of a deactivated account.
        return body
    body |= {
        "color": "9f69e7",
        "real_name": person.real_name,
        "is_admin": person.is_admin,
        "is_owner": person.is_owner,
        "is_primary_owner": False,
        "is_restricted": person.guest or person.single_channel_guest,
        "is_ultra_restricted": person.single_channel_guest,
        "is_email_confirmed": not person.is_bot,
        "who_can_share_contact_card": "EVERYONE",
    }
    if person.stranger:
        body["is_stranger"] = True
    if person.tz is not None:
        body |= {"tz": person.tz, "tz_label": person.tz.rpartition("/")[2].replace("_", " ")}
        offset = _offset(person.tz, now)
        if offset is not None:
            body["tz_offset"] = offset
    return body


def _offset(tz: str, now: datetime) -> int | None:
    try:
        offset = now.astimezone(ZoneInfo(tz)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return None  # This machine does not know the zone; Slack promises the field to nobody.
    return None if offset is None else int(offset.total_seconds())


def channel(room: Channel, workspace: Workspace, *, num_members: bool = False) -> Json:
    """Return a conversation as the bot sees it."""
    if room.kind is ChannelKind.DM:
        other = next((user for user in room.members if user != workspace.bot_user), "")
        return {
            "id": room.id,
            "created": room.created,
            "is_archived": room.archived,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": workspace.id,
            "updated": room.created * 1000,
            "user": other,
        }
    private = room.kind is ChannelKind.PRIVATE
    body: Json = {
        "id": room.id,
        "name": room.name,
        "name_normalized": room.name,
        "is_channel": not private,
        "is_group": private,
        "is_im": False,
        "is_mpim": False,
        "is_private": private,
        "created": room.created,
        "creator": room.creator,
        "is_archived": room.archived,
        "is_general": room.name == "general",
        "unlinked": 0,
        "is_shared": room.ext_shared,
        "is_ext_shared": room.ext_shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "shared_team_ids": [workspace.id],
        "context_team_id": workspace.id,
        "updated": room.created * 1000,
        "is_member": workspace.bot_user in room.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": list(room.previous_names),
    }
    if num_members:
        body["num_members"] = len(room.members)
    return body


def bot_profile(workspace: Workspace) -> Json:
    bot = workspace.members[workspace.bot_user]
    return {
        "id": workspace.bot_id,
        "deleted": False,
        "name": bot.name,
        "updated": bot.updated,
        "app_id": workspace.app_id,
        "icons": {},
        "team_id": workspace.id,
    }


def message(
    said: Message,
    workspace: Workspace,
    *,
    metadata: bool = True,
    reactions: bool = True,
    thread: bool = True,
) -> Json:
    """Return a message; without `metadata` only its event type shows, as in a plain history.

    Parts are shared with the message and not copied: a message changes by getting other ones.
    """
    body: Json = {"type": "message", "text": said.text, "ts": said.ts}
    body |= _author(said, workspace)
    if said.subtype is not None:
        body["subtype"] = said.subtype
    if said.client_msg_id is not None:
        body["client_msg_id"] = said.client_msg_id
    if said.blocks:
        body["blocks"] = said.blocks
    if said.attachments:
        body["attachments"] = said.attachments
    if said.metadata is not None:
        kept = {"event_type": said.metadata["event_type"]}
        body["metadata"] = said.metadata if metadata else kept
    if said.edited is not None:
        body["edited"] = dict(said.edited)
    if thread:
        body |= _thread(said, workspace.channels[said.channel])
    if reactions and said.reactions:
        body["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in said.reactions.items()
        ]
    return body


def _author(said: Message, workspace: Workspace) -> Json:
    body: Json = {"user": said.user, "team": workspace.id}
    if said.bot_id is not None:
        body |= {"bot_id": said.bot_id, "app_id": workspace.app_id}
        body["bot_profile"] = bot_profile(workspace)
    if said.inviter is not None:
        body["inviter"] = said.inviter
    return body


def _thread(said: Message, room: Channel) -> Json:
    """Return what a message says of the thread that it is in, or begins."""
    if said.thread_ts is not None:
        root = room.root_of(said)
        body = {"thread_ts": said.thread_ts}
        return body if root is None else {**body, "parent_user_id": root.user}
    return _replies(said, room) if said.replies else {}


def _replies(root: Message, room: Channel) -> Json:
    writers = dict.fromkeys(room.messages[ts].user for ts in root.replies)
    return {
        "thread_ts": root.ts,
        "reply_count": len(root.replies),
        "reply_users_count": len(writers),
        "latest_reply": root.replies[-1],
        "reply_users": list(writers)[:5],
        "is_locked": False,
        "subscribed": False,
    }


def whisper(said: Ephemeral, workspace: Workspace) -> Json:
    """Return a message that only one person sees, as that person's client has it."""
    body: Json = {
        "type": "message",
        "user": workspace.bot_user,
        "ts": said.ts,
        "text": said.text,
        "blocks": said.blocks,
        "attachments": said.attachments,
        "ephemeral": True,
    }
    if said.thread_ts is not None:
        body["thread_ts"] = said.thread_ts
    return body


def tombstone(said: Message) -> None:
    """Turn a deleted message that has replies into what Slack leaves in its place."""
    said.user, said.text, said.subtype = SLACKBOT, "This message was deleted.", "tombstone"
    said.bot_id = said.metadata = said.edited = said.client_msg_id = None
    said.blocks, said.attachments, said.reactions = [], [], {}


def view(opened: View, workspace: Workspace) -> Json:
    """Return a view as answers and payloads carry it, with what is filled in so far."""
    given = opened.body
    body: Json = {
        "id": opened.id,
        "team_id": workspace.id,
        "type": opened.type,
        "blocks": copy.deepcopy(given["blocks"]),
        "private_metadata": given.get("private_metadata", ""),
        "callback_id": opened.callback_id,
        "external_id": given.get("external_id", ""),
        "state": {"values": copy.deepcopy(opened.values)},
        "hash": opened.hash,
        "title": given.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "submit": given.get("submit"),
        "close": given.get("close"),
        "clear_on_close": given.get("clear_on_close", False),
        "notify_on_close": given.get("notify_on_close", False),
        "root_view_id": opened.root_id,
        "previous_view_id": opened.previous_id,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.id,
        "bot_id": workspace.bot_id,
    }
    if opened.type == "modal":
        body["submit_disabled"] = given.get("submit_disabled", False)
    return body
