"""The `chat` and `reactions` methods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.sandbox import shapes
from bot.sandbox.api import Ask, method
from bot.sandbox.emoji import known
from bot.sandbox.errors import SlackError
from bot.sandbox.records import Channel, ChannelKind, Ephemeral, Json, Message, parse_ts
from bot.sandbox.rules import Surface, check_blocks

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000
MOST_ATTACHMENTS = 100
# Slack says that there is a limit and not which; this one is far above what ids need.
LONGEST_METADATA = 8_000
MOST_REACTIONS = 23
_EVENT_TYPE = re.compile(r"[A-Za-z0-9_.\-]{1,255}")


def read_content(ask: Ask, *, longest: int) -> tuple[str, list[Json] | None, list[Json] | None]:
    """Return text, blocks and attachments as given; None stands for what was left out."""
    text = ask.args.get("text")
    if text is not None and not isinstance(text, str):
        raise SlackError(
            "invalid_arguments", messages=["must provide a string [json-pointer:/text]"]
        )
    blocks, attachments = ask.structure("blocks"), ask.structure("attachments")
    check_content(text or "", blocks, attachments, longest=longest)
    return text or "", blocks, attachments


def check_content(text: str, blocks: Any, attachments: Any, *, longest: int) -> None:  # noqa: ANN401 - whatever the caller sent
    if len(text) > longest:
        raise SlackError("msg_too_long")
    if blocks is not None:
        problems = check_blocks(blocks, Surface.MESSAGE)
        if problems:
            lines = [str(problem) for problem in problems]
            raise SlackError("invalid_blocks", messages=lines, errors=lines)
    if attachments is not None:
        if not isinstance(attachments, list) or not all(isinstance(a, dict) for a in attachments):
            raise SlackError("invalid_attachments")
        if len(attachments) > MOST_ATTACHMENTS:
            raise SlackError("too_many_attachments")
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")


def _metadata(ask: Ask) -> Json | None:
    given = ask.structure("metadata")
    if given is None:
        return None
    if given == {}:
        return {}
    if (
        not isinstance(given, dict)
        or not isinstance(given.get("event_type"), str)
        or not isinstance(given.get("event_payload"), dict)
        or not _EVENT_TYPE.fullmatch(given["event_type"])
    ):
        raise SlackError("invalid_metadata_format")
    if set(given) - {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_schema")
    if len(str(given)) > LONGEST_METADATA:
        raise SlackError("metadata_too_large")
    return given


def _destination(ask: Ask) -> Channel:
    """Return where a message goes; a person's id means the conversation with them."""
    workspace = ask.workspace
    name = ask.text("channel")
    if name in workspace.members:
        person = workspace.members[name]
        if person.deleted:
            raise SlackError("user_disabled")
        if person.is_bot or person.id == workspace.bot_user:
            raise SlackError("cannot_dm_bot")
        room = workspace.dm(workspace.bot_user, person.id)
    else:
        room = ask.channel()
    if room.kind is ChannelKind.DM and not ask.world.messages_tab:
        raise SlackError("messages_tab_disabled")
    if workspace.bot_user not in room.members and "chat:write.public" not in workspace.scopes:
        raise SlackError("not_in_channel")
    if room.archived:
        raise SlackError("is_archived")
    return room


def _thread(ask: Ask, room: Channel) -> str | None:
    ts = ask.maybe("thread_ts")
    if ts is None:
        return None
    root = room.messages.get(ts)
    if root is None:
        raise SlackError("thread_not_found")
    if root.thread_ts is not None or root.subtype not in (None, "tombstone"):
        raise SlackError("cannot_reply_to_message")
    return ts


@method("chat.postMessage", scope="chat:write")
def post_message(ask: Ask) -> Json:
    workspace, room = ask.workspace, _destination(ask)
    text, blocks, attachments = read_content(ask, longest=LONGEST_POST)
    thread_ts, broadcast = _thread(ask, room), ask.flag("reply_broadcast")
    said = Message(
        channel=room.id,
        ts="",
        user=workspace.bot_user,
        text=text,
        bot_id=workspace.bot_id,
        blocks=shapes.with_ids(blocks or [], ask.world.ids),
        attachments=attachments or [],
        thread_ts=thread_ts,
        metadata=_metadata(ask) or None,
        broadcast=broadcast and thread_ts is not None,
        subtype="thread_broadcast" if broadcast and thread_ts is not None else None,
    )
    said.ts = room.next_ts(ask.world.micros())
    workspace.post(room, said)
    body = shapes.message(said, workspace)
    return {"ok": True, "channel": room.id, "ts": said.ts, "message": body}


@method("chat.postEphemeral", scope="chat:write")
def post_ephemeral(ask: Ask) -> Json:
    workspace = ask.workspace
    room = ask.channel()
    if workspace.bot_user not in room.members:
        raise SlackError("not_in_channel")
    if room.archived:
        raise SlackError("is_archived")
    person = ask.member()
    text, blocks, attachments = read_content(ask, longest=LONGEST_POST)
    if person.id not in room.members:
        raise SlackError("user_not_in_channel")
    whisper = Ephemeral(
        channel=room.id,
        ts=room.next_ts(ask.world.micros()),
        user=person.id,
        text=text,
        blocks=shapes.with_ids(blocks or [], ask.world.ids),
        attachments=attachments or [],
        thread_ts=_thread(ask, room),
    )
    person.ephemerals.append(whisper)
    return {"ok": True, "message_ts": whisper.ts}


def rewrite(
    workspace: Workspace,
    said: Message,
    text: str,
    blocks: list[Json] | None,
    attachments: list[Json] | None,
) -> None:
    """Replace what a message says: new text without blocks takes the old blocks away."""
    if text or blocks is not None:
        said.text = text
        said.blocks = shapes.with_ids(blocks or [], workspace.world.ids)
    if attachments is not None:
        said.attachments = attachments


@method("chat.update", scope="chat:write")
def update(ask: Ask) -> Json:
    workspace = ask.workspace
    room = ask.own_channel()
    said = ask.message(room, "ts")
    if said.bot_id != workspace.bot_id:
        raise SlackError("cant_update_message")
    if room.archived:
        raise SlackError("is_archived")
    text, blocks, attachments = read_content(ask, longest=LONGEST_UPDATE)
    metadata = _metadata(ask)

    def change() -> None:
        rewrite(workspace, said, text, blocks, attachments)
        if metadata is not None:
            said.metadata = metadata or None

    workspace.edit(room, said, workspace.bot_user, change)
    if blocks:
        # An update by blocks shows no "(edited)".
        said.edited = None
    body = shapes.message(said, workspace, reactions=False, thread=False)
    body.pop("ts")
    return {"ok": True, "channel": room.id, "ts": said.ts, "text": said.text, "message": body}


@method("chat.delete", scope="chat:write")
def delete(ask: Ask) -> Json:
    workspace = ask.workspace
    room = ask.own_channel()
    said = ask.message(room, "ts")
    if said.bot_id != workspace.bot_id:
        raise SlackError("cant_delete_message")
    ts = said.ts
    workspace.delete(room, said)
    return {"ok": True, "channel": room.id, "ts": ts}


@method("chat.getPermalink", takes_json=False)
def permalink(ask: Ask) -> Json:
    room = ask.channel()
    said = ask.message(room, "message_ts")
    return {"ok": True, "channel": room.id, "permalink": link_to(ask.workspace, said)}


def link_to(workspace: Workspace, said: Message) -> str:
    address = f"https://{workspace.domain}.slack.com/archives/{said.channel}/p"
    address += said.ts.replace(".", "")
    if said.thread_ts is not None:
        address += f"?thread_ts={said.thread_ts}&cid={said.channel}"
    return address


def _reactable(ask: Ask) -> tuple[Channel, Message]:
    if ask.maybe("channel") is None or ask.maybe("timestamp") is None:
        raise SlackError("no_item_specified")
    room = ask.own_channel()
    try:
        parse_ts(ask.text("timestamp"))
    except ValueError:
        raise SlackError("bad_timestamp") from None
    return room, ask.message(room, "timestamp")


def _emoji(ask: Ask) -> str:
    name = ask.text("name")
    if not known(name, ask.workspace.emoji):
        raise SlackError("invalid_name")
    return name


@method("reactions.add", scope="reactions:write")
def add_reaction(ask: Ask) -> Json:
    room, said = _reactable(ask)
    name = _emoji(ask)
    if room.archived:
        raise SlackError("is_archived")
    if name not in said.reactions and len(said.reactions) >= MOST_REACTIONS:
        raise SlackError("too_many_emoji")
    if not ask.workspace.react(room, said, ask.workspace.bot_user, name):
        raise SlackError("already_reacted")
    return {"ok": True}


@method("reactions.remove", scope="reactions:write")
def remove_reaction(ask: Ask) -> Json:
    room, said = _reactable(ask)
    if not ask.workspace.unreact(room, said, ask.workspace.bot_user, _emoji(ask)):
        raise SlackError("no_reaction")
    return {"ok": True}


@method("reactions.get", scope="reactions:read", takes_json=False)
def get_reactions(ask: Ask) -> Json:
    room, said = _reactable(ask)
    body = shapes.message(said, ask.workspace, metadata=False, thread=False)
    body["permalink"] = link_to(ask.workspace, said)
    return {"ok": True, "type": "message", "channel": room.id, "message": body}
