"""What the bot says through a `response_url`: five times within half an hour."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bot.sandbox import shapes
from bot.sandbox.chat import LONGEST_POST, check_content, rewrite
from bot.sandbox.errors import SlackError
from bot.sandbox.records import Channel, Ephemeral, Json, Message
from bot.sandbox.world import ResponseUrl

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace
    from bot.sandbox.world import World


class Responses:
    """The response URLs that were handed out, and what is done with them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.base = ""

    def new(
        self,
        workspace: Workspace,
        user: str,
        room: Channel,
        original: Message | Ephemeral | None = None,
    ) -> str:
        name = f"{workspace.id}/{self.world.ids.number('response')}/{secrets.token_hex(12)}"
        self.world.response_urls[name] = ResponseUrl(
            user=user,
            team=workspace.id,
            channel=room.id,
            born=self.world.clock(),
            original=None if original is None else original.ts,
            ephemeral=not isinstance(original, Message),
            thread_ts=None if original is None else original.thread_ts,
        )
        return f"{self.base}response/{name}"

    def use(self, name: str, body: object) -> None:
        """Do what the bot posted to a URL; raises SlackError when it may not."""
        place = self.world.response_urls.get(name)
        if place is None:
            raise SlackError("invalid_url")
        if (self.world.clock() - place.born).total_seconds() > self.world.response_life:
            raise SlackError("expired_url")
        if place.uses >= self.world.response_uses:
            raise SlackError("used_url")
        if not isinstance(body, dict):
            raise SlackError("invalid_payload")
        self._do(place, body)
        place.uses += 1

    def reply(self, url: str, body: Json) -> Message | Ephemeral | None:
        """Show the direct answer to a command, which costs none of the five uses."""
        place = self.world.response_urls[url.removeprefix(f"{self.base}response/")]
        return self._do(place, body)

    def _do(self, place: ResponseUrl, body: Json) -> Message | Ephemeral | None:
        workspace = self.world.workspaces[place.team]
        original = self._original(workspace, place)
        if body.get("delete_original"):
            if original is not None:
                self._remove(workspace, original)
            return None
        text = body.get("text") or ""
        blocks, attachments = body.get("blocks"), body.get("attachments")
        if not isinstance(text, str):
            raise SlackError("invalid_payload")
        check_content(text, blocks, attachments, longest=LONGEST_POST)
        if body.get("replace_original") and original is not None:
            self._replace(workspace, original, text, blocks, attachments)
            return original
        in_channel = body.get("response_type") == "in_channel"
        shown = self._show(workspace, place, body, in_channel=in_channel)
        if place.original is None:
            place.original, place.ephemeral = shown.ts, not in_channel
        return shown

    def _original(self, workspace: Workspace, place: ResponseUrl) -> Message | Ephemeral | None:
        if place.original is None:
            return None
        if place.ephemeral:
            whispers = workspace.members[place.user].ephemerals
            return next((w for w in whispers if w.ts == place.original), None)
        room = workspace.channels.get(place.channel)
        return None if room is None else room.messages.get(place.original)

    def _remove(self, workspace: Workspace, original: Message | Ephemeral) -> None:
        if isinstance(original, Ephemeral):
            workspace.members[original.user].ephemerals.remove(original)
            self.world.changes.notify()
        else:
            workspace.delete(workspace.channels[original.channel], original)

    def _replace(
        self,
        workspace: Workspace,
        original: Message | Ephemeral,
        text: str,
        blocks: list[Json] | None,
        attachments: list[Json] | None,
    ) -> None:
        if isinstance(original, Ephemeral):
            original.text = text
            original.blocks = shapes.with_ids(blocks or [], self.world.ids)
            original.attachments = attachments or []
            self.world.changes.notify()
            return
        room = workspace.channels[original.channel]
        workspace.edit(
            room,
            original,
            workspace.bot_user,
            lambda: rewrite(workspace, original, text, blocks, attachments),
        )

    def _show(
        self, workspace: Workspace, place: ResponseUrl, body: Json, *, in_channel: bool
    ) -> Message | Ephemeral:
        room = workspace.channels.get(place.channel)
        if room is None:
            raise SlackError("channel_not_found")
        ts = room.next_ts(self.world.micros())
        text = body.get("text") or ""
        blocks = shapes.with_ids(body.get("blocks") or [], self.world.ids)
        attachments = body.get("attachments") or []
        thread_ts = body.get("thread_ts") or place.thread_ts
        if not in_channel:
            whisper = Ephemeral(
                channel=room.id,
                ts=ts,
                user=place.user,
                text=text,
                blocks=blocks,
                attachments=attachments,
                thread_ts=thread_ts,
            )
            workspace.members[place.user].ephemerals.append(whisper)
            self.world.changes.notify()
            return whisper
        said = Message(
            channel=room.id,
            ts=ts,
            user=workspace.bot_user,
            text=text,
            bot_id=workspace.bot_id,
            blocks=blocks,
            attachments=attachments,
            thread_ts=thread_ts,
        )
        return workspace.post(room, said)
