"""Acting as a person: every click and keystroke becomes the payload that Slack would send."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from bot.sandbox import events, forms, modals, shapes
from bot.sandbox.emoji import known
from bot.sandbox.errors import SlackError
from bot.sandbox.typing_in import typed
from bot.sandbox.workspace import (
    Channel,
    ChannelKind,
    Ephemeral,
    Json,
    Member,
    Message,
    Refused,
    View,
    format_ts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.calls import Delivery
    from bot.sandbox.server import LocalSlack
    from bot.sandbox.world import Workspace

Surface: TypeAlias = Message | Ephemeral | View
_TOKEN = "local-slack-verification"  # noqa: S105 - Slack's deprecated field, which proves nothing
_BAD_REQUEST, _SERVER_ERROR = 400, 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person sees of the bot's answer to what they did."""

    delivery: Delivery
    # What Slack tells the person when the bot did not answer in time, or answered badly.
    error: str | None = None
    message: Message | Ephemeral | None = None
    # The modal that is on top afterwards.
    view: View | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def status(self) -> int:
        return self.delivery.attempts[-1].status

    @property
    def body(self) -> str:
        return self.delivery.attempts[-1].body

    @property
    def text(self) -> str:
        return "" if self.message is None else self.message.text

    @property
    def blocks(self) -> list[Json]:
        return [] if self.message is None else self.message.blocks


class Person:
    """Somebody at Slack's client; what the client would not let them do raises Refused."""

    def __init__(self, slack: LocalSlack, workspace: Workspace, member: Member) -> None:
        self.slack = slack
        self.workspace = workspace
        self.member = member
        self.id = member.id
        self.name = member.name

    def __repr__(self) -> str:
        return f"<Person {self.name} {self.id}>"

    @property
    def views(self) -> list[View]:
        """The modals on the screen, the visible one last."""
        return self.member.views

    @property
    def view(self) -> View:
        """The modal that is visible; raises Refused when there is none."""
        if not self.member.views:
            raise Refused(f"{self.name} has no modal open")
        return self.member.views[-1]

    @property
    def home(self) -> View | None:
        return self.member.home

    @property
    def ephemerals(self) -> list[Ephemeral]:
        return self.member.ephemerals

    @property
    def dm(self) -> Channel:
        """The conversation with the bot."""
        return self.workspace.dm(self.workspace.bot_user, self.id)

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
        if self.slack.commands is not None and command not in self.slack.commands:
            raise Refused(f"{command} is not a valid command")
        long = self.slack.long_mentions
        shown = text if raw else typed(self.workspace, text, long=long)
        url = self._response_url(room)
        payload = {
            "token": _TOKEN,
            "team_id": self.workspace.id,
            "team_domain": self.workspace.domain,
            "channel_id": room.id,
            "channel_name": _name_of(room),
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
        return self._replied(delivery, url)

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
        state: Json | None = None
        if element["type"] == "button":
            action["text"] = element["text"]
            action |= {name: element[name] for name in ("value", "style", "url") if name in element}
        elif element["type"] == "overflow":
            action["selected_option"] = _choice(element, value)
        else:
            state = forms.state_of(element, value)
            action |= state
        payload = {
            "type": "block_actions",
            **self._who(),
            "actions": [action],
            **self._place(surface, block["block_id"], element["action_id"], state),
        }
        return self._answered(await self._ask("interaction", payload))

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
        failure = _failure(delivery)
        if failure is not None:
            return Answer(delivery, error=failure, view=shown)
        return self._after_submit(delivery, shown)

    async def close(self, view: View | None = None) -> Answer | None:
        """Dismiss the visible modal; the bot hears of it only when it asked to."""
        shown = self._visible(view)
        clears = bool(shown.body.get("clear_on_close"))
        if clears:
            modals.forget(self.slack.world, self.member)
        else:
            self._pop(shown)
        if not shown.body.get("notify_on_close"):
            return None
        payload = {
            "type": "view_closed",
            **self._who(),
            "view": shapes.view(shown, self.workspace),
            "is_cleared": clears,
        }
        return self._answered(await self._ask("interaction", payload))

    async def global_shortcut(self, callback_id: str) -> Answer:
        self._must_have_shortcuts()
        payload = {
            "type": "shortcut",
            **self._who(),
            "callback_id": callback_id,
            "trigger_id": self._trigger(),
            "action_ts": format_ts(self.slack.world.micros()),
        }
        return self._answered(await self._ask("interaction", payload))

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
            "channel": {"id": room.id, "name": _name_of(room)},
            "message": shapes.message(message, self.workspace, metadata=False),
        }
        return self._answered(await self._ask("interaction", payload))

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

    def sees(self, room: Channel) -> bool:
        """Whether this person can read a channel."""
        if self.id in room.members:
            return True
        outside = self.member.guest or self.member.single_channel_guest or self.member.stranger
        return room.kind is ChannelKind.PUBLIC and not outside

    def _room(self, channel: str | Channel) -> Channel:
        room = self.workspace.channel(channel)
        if not self.sees(room):
            raise Refused(f"{self.name} does not see this channel")
        return room

    def _must_be_able_to_write(self, room: Channel) -> None:
        if self.member.deleted:
            raise Refused(f"{self.name} is deactivated")
        if self.id not in room.members:
            raise Refused(f"{self.name} is not in this channel")
        if room.archived:
            raise Refused("the channel is archived")

    def _must_have_shortcuts(self) -> None:
        if self.member.stranger:
            raise Refused("people of other workspaces have no shortcuts of this app")

    def _visible(self, view: View | None) -> View:
        shown = self.view
        if view is not None and view is not shown:
            raise Refused("this modal is not the visible one")
        return shown

    def _pop(self, view: View) -> None:
        self.member.views.remove(view)
        self.slack.world.views.pop(view.id, None)
        self.slack.world.changes.notify()

    def _trigger(self, view: View | None = None) -> str:
        name = None if view is None or view.type != "modal" else view.id
        return self.slack.world.new_trigger(self.workspace, self.id, view=name)

    def _response_url(self, room: Channel, original: Message | Ephemeral | None = None) -> str:
        return self.slack.responses.new(self.workspace, self.id, room, original)

    def _who(self) -> Json:
        return {
            "token": _TOKEN,
            "api_app_id": self.workspace.app_id,
            "team": {"id": self.workspace.id, "domain": self.workspace.domain},
            "user": {
                "id": self.id,
                "username": self.name,
                "name": self.name,
                "team_id": self.member.team_id,
            },
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _element(
        self, surface: Surface, action_id: str, value: object, block_id: str | None
    ) -> tuple[Json, Json]:
        self._must_see(surface)
        found = [
            (block, element)
            for block, element in forms.elements(surface.blocks)
            if element.get("action_id") == action_id and block_id in (None, block["block_id"])
        ]
        buttons = [pair for pair in found if pair[1]["type"] == "button"]
        if value is not None and buttons:
            found = [pair for pair in buttons if pair[1].get("value") == value]
        if not found:
            raise Refused(f"there is nothing to press with the id {action_id!r}")
        if len(found) > 1:
            raise Refused(f"several elements have the id {action_id!r}; say which by its value")
        return found[0]

    def _must_see(self, surface: Surface) -> None:
        if isinstance(surface, Message):
            room = self._room(surface.channel)
            there = room.messages.get(surface.ts) is surface
        elif isinstance(surface, Ephemeral):
            there = surface in self.member.ephemerals
        else:
            there = surface is self.member.home or surface in self.member.views[-1:]
        if not there:
            raise Refused(f"{self.name} does not see this (any more)")

    def _place(self, surface: Surface, block_id: str, action_id: str, state: Json | None) -> Json:
        """Return where an action happened, and the state of the inputs around it."""
        if isinstance(surface, View):
            if state is not None:
                surface.values.setdefault(block_id, {})[action_id] = state
                surface.touched.add((block_id, action_id))
            return {
                "container": {"type": "view", "view_id": surface.id},
                "trigger_id": self._trigger(surface),
                "view": shapes.view(surface, self.workspace),
            }
        values = forms.initial_values(surface.blocks)
        if state is not None:
            values[block_id][action_id] = state
        room = self.workspace.channels[surface.channel]
        container: Json = {
            "type": "message",
            "message_ts": surface.ts,
            "channel_id": room.id,
            "is_ephemeral": isinstance(surface, Ephemeral),
        }
        if surface.thread_ts is not None:
            container["thread_ts"] = surface.thread_ts
        place: Json = {
            "container": container,
            "trigger_id": self._trigger(),
            "channel": {"id": room.id, "name": _name_of(room)},
            "state": {"values": values},
            "response_url": self._response_url(room, surface),
        }
        if isinstance(surface, Message):
            place["message"] = shapes.message(surface, self.workspace, metadata=False)
        return place

    async def _ask(self, kind: str, payload: Json) -> Delivery:
        delivery = await self.slack.courier.ask(kind, self.workspace.id, payload)
        self.slack.world.changes.notify()
        return delivery

    def _answered(self, delivery: Delivery) -> Answer:
        top = self.member.views[-1] if self.member.views else None
        return Answer(delivery, error=_failure(delivery), view=top)

    def _replied(self, delivery: Delivery, url: str) -> Answer:
        """Show what the bot answered to a command."""
        plain = self._answered(delivery)
        reply = plain.body
        if plain.error is not None or not reply.strip():
            return plain
        body = _json(reply)
        if body is None:
            body = {"text": reply}
        try:
            shown = self.slack.responses.reply(url, body)
        except SlackError as error:
            return Answer(delivery, error=error.code, view=plain.view)
        return Answer(delivery, message=shown, view=plain.view)

    def _after_submit(self, delivery: Delivery, shown: View) -> Answer:
        reply = delivery.attempts[-1].body
        body = _json(reply) if reply.strip() else {}
        action = None if body is None else body.get("response_action")
        shown.errors = {}
        error = None
        try:
            if body is None or (body and action is None):
                error = "invalid_response"
            elif action == "errors":
                shown.errors = _errors(shown, body)
            elif action == "clear":
                modals.forget(self.slack.world, self.member)
            elif action == "update":
                modals.replace(self.workspace, shown, modals.check(body.get("view"), kind="modal"))
            elif action == "push":
                if len(self.member.views) >= modals.DEEPEST:
                    raise SlackError("push_limit_reached")
                pushed = modals.check(body.get("view"), kind="modal")
                modals.show(self.workspace, self.member, pushed, below=shown)
            elif action is None:
                # Between the bot's own views.update and this answer the view may have gone.
                if shown in self.member.views:
                    self._pop(shown)
            else:
                error = "invalid_response"
        except SlackError as refused:
            error = refused.code
        self.slack.world.changes.notify()
        top = self.member.views[-1] if self.member.views else None
        return Answer(delivery, error=error, view=top, errors=dict(shown.errors))

    def _mark(self) -> int:
        return len(self.slack.courier.deliveries)

    async def _told(self, mark: int) -> None:
        """Wait until the bot got each event since `mark` for the first time, or did not."""
        for delivery in self.slack.courier.deliveries[mark:]:
            await self.slack.until(
                lambda told=delivery: told.attempts or told.finished.is_set(),  # type: ignore[misc] # the default binds it
                timeout=self.slack.courier.ack_timeout * 2,
            )


def _name_of(room: Channel) -> str:
    return "privategroup" if room.kind is ChannelKind.PRIVATE else room.name


def _choice(element: Json, value: object) -> Json:
    for option in element["options"]:
        if value in (option.get("value"), option["text"]["text"]):
            return dict(option)
    raise Refused(f"{value!r} is not among the options")


def _failure(delivery: Delivery) -> str | None:
    """Return what Slack tells a person when the bot did not take what they did."""
    attempt = delivery.attempts[-1]
    if attempt.ok:
        return None
    if attempt.failure in ("http_timeout", "timeout"):
        return "operation_timeout"
    if attempt.status >= _SERVER_ERROR:
        return "http_service_error"
    if attempt.status >= _BAD_REQUEST:
        return "http_client_error"
    return "dispatch_failed"


def _json(text: str) -> Json | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _errors(view: View, body: Json) -> dict[str, str]:
    """Return the complaints of the bot, which must each belong to an input of the view."""
    errors = body.get("errors")
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise SlackError("invalid_response")
    return {str(name): str(text) for name, text in errors.items()}
