"""What one person's Slack client knows: what they see, and how their actions are written down."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeAlias

from bot.sandbox import answers, forms, shapes
from bot.sandbox.errors import Refused
from bot.sandbox.records import (
    Channel,
    ChannelKind,
    Ephemeral,
    Json,
    Member,
    Message,
    View,
)

if TYPE_CHECKING:
    from bot.sandbox.answers import Answer
    from bot.sandbox.calls import Delivery
    from bot.sandbox.server import LocalSlack
    from bot.sandbox.workspace import Workspace

Surface: TypeAlias = Message | Ephemeral | View
# Slack's deprecated proof of itself, which proves nothing.
TOKEN = "local-slack-verification"  # noqa: S105 - it opens nothing


class Client:
    """The screen of one person, and the payloads that leave it."""

    def __init__(self, slack: LocalSlack, workspace: Workspace, member: Member) -> None:
        self.slack = slack
        self.workspace = workspace
        self.member = member
        self.id = member.id
        self.name = member.name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.id}>"

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

    def sees(self, room: Channel) -> bool:
        """Whether this person can read a channel."""
        if self.id in room.members:
            return True
        outside = self.member.guest or self.member.single_channel_guest or self.member.stranger
        return room.kind is ChannelKind.PUBLIC and not outside

    def _must_be_active(self) -> None:
        if self.member.deleted:
            raise Refused(f"{self.name} is deactivated")

    def _room(self, channel: str | Channel) -> Channel:
        self._must_be_active()
        room = self.workspace.channel(channel)
        if not self.sees(room):
            raise Refused(f"{self.name} does not see this channel")
        return room

    def _must_be_able_to_write(self, room: Channel) -> None:
        self._must_be_active()
        if self.id not in room.members:
            raise Refused(f"{self.name} is not in this channel")
        if room.archived:
            raise Refused("the channel is archived")
        if not self.slack.world.messages_tab and room is self.dm:
            raise Refused("sending messages to this app has been turned off")

    def _must_have_shortcuts(self) -> None:
        if self.member.stranger:
            raise Refused("people of other workspaces have no shortcuts of this app")
        if self.member.single_channel_guest:
            raise Refused("guests of a single channel have no shortcuts")

    def _visible(self, view: View | None) -> View:
        shown = self.view
        if view is not None and view is not shown:
            raise Refused("this modal is not the visible one")
        return shown

    def _trigger(self, view: View | None = None) -> str:
        name = None if view is None or view.type != "modal" else view.id
        return self.slack.world.new_trigger(self.workspace, self.id, view=name)

    def _response_url(self, room: Channel, original: Message | Ephemeral | None = None) -> str:
        return self.slack.responses.new(self.workspace, self.id, room, original)

    def _who(self) -> Json:
        return {
            "token": TOKEN,
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
        # An input tells nobody before the form is sent, unless it says so.
        found = [
            (block, element)
            for block, element in found
            if block["type"] != "input" or block.get("dispatch_action", False)
        ]
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
            "channel": {"id": room.id, "name": name_of(room)},
            "state": {"values": values},
            "response_url": self._response_url(room, surface),
        }
        if isinstance(surface, Message):
            place["message"] = shapes.message(
                surface, self.workspace, metadata=False, reactions=False
            )
        return place

    async def _ask(self, kind: str, payload: Json) -> Delivery:
        self._must_be_active()
        delivery = await self.slack.courier.ask(kind, self.workspace.id, payload)
        self.slack.world.changes.notify()
        return delivery

    async def _interact(self, payload: Json) -> Answer:
        return answers.answered(await self._ask("interaction", payload), self.member)

    def _mark(self) -> int:
        return len(self.slack.courier.deliveries)

    async def _told(self, mark: int) -> None:
        """Wait until the bot got each event since `mark` for the first time, or did not."""
        events = self.slack.courier.deliveries[mark:]
        # A delivery that is held up longer than this is no concern of the person who caused it.
        with contextlib.suppress(TimeoutError):
            await self.slack.until(
                lambda: all(event.attempts or event.finished.is_set() for event in events),
                timeout=self.slack.courier.ack_timeout,
            )


def name_of(room: Channel) -> str:
    return "privategroup" if room.kind is ChannelKind.PRIVATE else room.name
