"""Acting as a person: every click and keystroke becomes the payload that Slack would send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox import answers, events, forms, modals, shapes
from bot.sandbox.client import TOKEN, Client, Surface, name_of
from bot.sandbox.emoji import known
from bot.sandbox.errors import Refused
from bot.sandbox.records import Channel, ChannelKind, Json, Member, Message, View, format_ts
from bot.sandbox.typing_in import typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.answers import Answer


class Person(Client):
    """Somebody at Slack's client; what the client would not let them do raises Refused."""

    async def command(
        self,
        command: str,
        text: str = "",
        *,
        channel: str | Channel | None = None,
        raw: bool = False,
    ) -> Answer:
        """Type a slash command, in the DM with the bot unless a channel is given.

        With `raw` the text arrives as it is, instead of escaped and with mentions marked up.
        """
        room = self.dm if channel is None else self._room(channel)
        self._must_be_able_to_write(room)
        if self.member.stranger:
            raise Refused("people of other workspaces have no commands of this app")
        if self.member.single_channel_guest:
            raise Refused("guests of a single channel have no commands")
        if self.slack.commands is not None and command not in self.slack.commands:
            raise Refused(f"{command} is not a valid command")
        long = self.slack.long_mentions
        shown = text if raw else typed(self.workspace, text, long=long)
        url = self._response_url(room)
        payload = {
            "token": TOKEN,
            "team_id": self.workspace.id,
            "team_domain": self.workspace.domain,
            "channel_id": room.id,
            "channel_name": name_of(room),
            "user_id": self.id,
            "user_name": self.name,
            "command": command,
            "text": shown.strip(),
            "api_app_id": self.workspace.app_id,
            "is_enterprise_install": "false",
            "response_url": url,
            "trigger_id": self._trigger(),
        }
        delivery = await self._ask("command", payload)
        return answers.replied(delivery, self.member, self.slack.responses, url)

    async def press(
        self,
        surface: Surface,
        action_id: str,
        value: object = None,
        *,
        block_id: str | None = None,
    ) -> Answer:
        """Press a button, or choose `value` in whatever else has this `action_id`.

        Where several buttons share the id, `value` says which one is meant, or `block_id` does.
        """
        block, element = self._element(surface, action_id, value, block_id)
        action: Json = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": format_ts(self.slack.world.micros()),
        }
        state = forms.state_of(element, value) if forms.has_state(element) else None
        action |= forms.pressed(element, value) if state is None else state
        payload = {
            "type": "block_actions",
            **self._who(),
            "actions": [action],
            **self._place(surface, block["block_id"], element["action_id"], state),
        }
        return await self._interact(payload)

    def fill(self, view: View, values: Mapping[str, object]) -> None:
        """Fill in inputs of a modal without sending it."""
        for block_id, value in values.items():
            forms.fill(view, block_id, value)
        self.slack.world.changes.notify()

    async def submit(
        self, view: View | None = None, values: Mapping[str, object] | None = None
    ) -> Answer:
        """Fill in the visible modal and send it."""
        shown = self._visible(view)
        self.fill(shown, values or {})
        if "submit" not in shown.body:
            raise Refused("this modal has nothing to submit")
        lacking = forms.incomplete(shown)
        if lacking:
            raise Refused(f"please complete the required fields: {', '.join(lacking)}")
        payload = {
            "type": "view_submission",
            **self._who(),
            "trigger_id": self._trigger(shown),
            "view": shapes.view(shown, self.workspace),
            "response_urls": [],
        }
        delivery = await self._ask("interaction", payload)
        return answers.submitted(delivery, self.workspace, self.member, shown)

    async def close(self, view: View | None = None) -> Answer | None:
        """Dismiss the visible modal; the bot hears of it only when it asked to."""
        shown = self._visible(view)
        clears = bool(shown.body.get("clear_on_close"))
        if clears:
            modals.forget(self.slack.world, self.member)
        else:
            modals.dismiss(self.slack.world, self.member, shown)
        if not shown.body.get("notify_on_close"):
            return None
        payload = {
            "type": "view_closed",
            **self._who(),
            "view": shapes.view(shown, self.workspace),
            "is_cleared": clears,
        }
        return await self._interact(payload)

    async def global_shortcut(self, callback_id: str) -> Answer:
        self._must_have_shortcuts()
        payload = {
            "type": "shortcut",
            **self._who(),
            "callback_id": callback_id,
            "trigger_id": self._trigger(),
            "action_ts": format_ts(self.slack.world.micros()),
        }
        return await self._interact(payload)

    async def message_shortcut(self, message: Message, callback_id: str) -> Answer:
        self._must_have_shortcuts()
        room = self._room(message.channel)
        payload = {
            "type": "message_action",
            **self._who(),
            "callback_id": callback_id,
            "trigger_id": self._trigger(),
            "action_ts": format_ts(self.slack.world.micros()),
            "response_url": self._response_url(room),
            "message_ts": message.ts,
            "channel": {"id": room.id, "name": name_of(room)},
            "message": shapes.message(message, self.workspace, metadata=False, reactions=False),
        }
        return await self._interact(payload)

    async def say(
        self,
        channel: str | Channel,
        text: str,
        *,
        thread: str | Message | None = None,
        raw: bool = False,
    ) -> Message:
        """Write a message; returns once the bot was told for the first time."""
        room = self._room(channel)
        self._must_be_able_to_write(room)
        if not text.strip():
            raise Refused("an empty message cannot be sent")
        root = room.messages.get(thread) if isinstance(thread, str) else thread
        if thread is not None and root is None:
            raise Refused("there is no such thread")
        thread_ts = None if root is None else root.thread_ts or root.ts
        shown = text if raw else typed(self.workspace, text)
        mark = self._mark()
        said = self.workspace.say(room, self.id, shown, thread_ts=thread_ts)
        await self._told(mark)
        return said

    async def edit(self, message: Message, text: str) -> None:
        if message.user != self.id:
            raise Refused("only one's own messages can be edited")
        room = self._room(message.channel)
        shown = typed(self.workspace, text)

        def change() -> None:
            message.text = shown
            message.blocks = [shapes.rich_text(shown, message.blocks[0]["block_id"])]

        mark = self._mark()
        self.workspace.edit(room, message, self.id, change)
        await self._told(mark)

    async def delete(self, message: Message) -> None:
        if message.user != self.id and not (self.member.is_admin or self.member.is_owner):
            raise Refused("only one's own messages can be deleted")
        mark = self._mark()
        self.workspace.delete(self._room(message.channel), message)
        await self._told(mark)

    async def react(self, message: Message, name: str) -> None:
        if not known(name, self.workspace.emoji):
            raise Refused(f"there is no emoji :{name}:")
        room = self._room(message.channel)
        if room.archived:
            raise Refused("the channel is archived")
        mark = self._mark()
        if not self.workspace.react(room, message, self.id, name):
            raise Refused(f"{self.name} has already reacted with :{name}:")
        await self._told(mark)

    async def unreact(self, message: Message, name: str) -> None:
        mark = self._mark()
        room = self._room(message.channel)
        if not self.workspace.unreact(room, message, self.id, name):
            raise Refused(f"{self.name} has not reacted with :{name}:")
        await self._told(mark)

    async def open_home(self, tab: str = "home") -> View | None:
        """Open the app's Home and return what it shows once the bot was told."""
        self._must_be_active()
        mark = self._mark()
        events.home_opened(self.workspace, self.member, self.dm, tab)
        await self._told(mark)
        return self.member.home

    async def open_dm(self) -> Channel:
        """Open the conversation with the bot, which is a tab of its Home."""
        await self.open_home("messages")
        return self.dm

    async def invite_bot(self, channel: str | Channel) -> None:
        await self.invite(channel, self.workspace.bot_user)

    async def invite(self, channel: str | Channel, who: str | Member) -> None:
        room = self._room(channel)
        mark = self._mark()
        self.workspace.join(room, who, inviter=self.id)
        await self._told(mark)

    async def kick(self, channel: str | Channel, who: str | Member) -> None:
        room = self._room(channel)
        mark = self._mark()
        self.workspace.leave(room, who)
        await self._told(mark)

    async def join(self, channel: str | Channel) -> None:
        room = self.workspace.channel(channel)
        if room.kind is not ChannelKind.PUBLIC or self.member.guest:
            raise Refused(f"{self.name} cannot join this channel uninvited")
        mark = self._mark()
        self.workspace.join(room, self.id)
        await self._told(mark)

    async def leave(self, channel: str | Channel) -> None:
        room = self._room(channel)
        mark = self._mark()
        self.workspace.leave(room, self.id)
        await self._told(mark)
