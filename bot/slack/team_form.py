"""The form and the buttons of teams, and what happens to their channels."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.calendar import parse_time, parse_weekdays
from bot.domain.errors import BotError, SlackFailure, SlackRejected
from bot.domain.huddle import team_id
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId
from bot.domain.schedule import Schedule
from bot.domain.team import BadName, BadPeople
from bot.domain.zones import find_zone
from bot.slack import team_blocks
from bot.slack.acquaintance import known
from bot.slack.blocks import escape, input_people, input_text
from bot.slack.bolt import InputError
from bot.slack.edge import actor
from bot.slack.surfaces import open_modal
from bot.slack.team_setup import NotThere, channel_of, create, draft_for, happened, members, zone_of
from bot.usecases import huddle_trouble, teams
from bot.usecases.huddle_trouble import CHANNEL_GONE, IS_ARCHIVED, NOT_IN_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.team import Team, TeamId
    from bot.slack.edge import Edge


# Events that end a channel for Baton, and what its leads are told.
ENDINGS = {
    "channel_archive": IS_ARCHIVED,
    "group_archive": IS_ARCHIVED,
    "channel_deleted": CHANNEL_GONE,
    "group_deleted": CHANNEL_GONE,
    "channel_left": NOT_IN_CHANNEL,
    "group_left": NOT_IN_CHANNEL,
}


@contextmanager
def _under(block: str, *refusals: type[BotError]) -> Iterator[None]:
    """Show these refusals under the input that they are about."""
    try:
        yield
    except refusals as refusal:
        raise InputError(str(refusal), block=block) from None


def _numbered(value: object, surface: str, todo: str) -> TeamId:
    """Return the team to which a button or a form belongs, or refuse one that names none."""
    try:
        return team_id(str(value))
    except ValueError:
        raise BotError(f"This {surface} is too old. {todo}") from None


@dataclass(frozen=True)
class Listeners:
    """What answers the form and the buttons, and hears the events."""

    edge: Edge

    async def open_form(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        channel = ChannelId(str(body["actions"][0].get("value") or ""))
        draft = await draft_for(self.edge, workspace, user, channel_of(channel))
        await open_modal(self.edge, workspace, body, team_blocks.form(draft))
        await ack()

    async def submit(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        workspace, user = actor(body, context)
        state, now = view["state"], self.edge.clock()
        changed = view.get("private_metadata")
        team = _numbered(changed, "form", "Write /baton team edit again.") if changed else None
        with _under("zone", BotError):
            zone = find_zone(input_text(state, "zone"))
        with _under("time", BotError):
            local_time = parse_time(input_text(state, "time"))
        with _under("days", BotError):
            weekdays = parse_weekdays(input_text(state, "days"))
        schedule = Schedule(zone, local_time, weekdays)
        channel = ChannelId(team_blocks.input_channel(state, "channel") or "")
        name, people = input_text(state, "name"), input_people(state, "people")
        with _under("name", BadName), _under("people", BadPeople), _under("channel", NotThere):
            if team is not None:
                saved = await self._save(
                    workspace,
                    user,
                    team,
                    name=name,
                    channel=channel,
                    schedule=schedule,
                    people=people,
                )
                title, what = "Team changed", "has changed."
            else:
                saved = await create(
                    self.edge,
                    workspace,
                    user,
                    name=name,
                    channel=channel,
                    schedule=schedule,
                    people=people or None,
                    now=now,
                )
                title, what = "Team set up", "is set up, with you as its lead."
        listed = await self.edge.do(workspace, teams.listed, saved.id, now=now)
        text = happened(listed, what, await zone_of(self.edge, workspace, user))
        await ack(response_action="update", view=team_blocks.done(title, text))

    async def _save(
        self,
        workspace: WorkspaceId,
        user: UserId,
        team: TeamId,
        *,
        name: str,
        channel: ChannelId,
        schedule: Schedule,
        people: Sequence[UserId],
    ) -> Team:
        now = self.edge.clock()
        await known(self.edge, workspace, (user, *people))
        before = await self.edge.do(workspace, teams.for_editing, team, by=user, now=now)
        if channel != before.team.channel:
            await members(self.edge, workspace, channel)
        return await self.edge.do(
            workspace,
            teams.edit,
            team,
            name=name,
            channel=channel,
            schedule=schedule,
            members=people,
            by=user,
            now=now,
        )

    async def delete(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        await known(self.edge, workspace, (user,))
        value = body["actions"][0].get("value")
        team = _numbered(value, "button", "Write /baton team delete again.")
        deleted = await self.edge.do(workspace, teams.delete, team, by=user, now=self.edge.clock())
        await ack()
        if url := body.get("response_url"):
            with suppress(SlackFailure):
                text = f"{escape(deleted.name)} was deleted."
                await self.edge.gateway.respond(url, {"replace_original": True, "text": text})

    async def joined(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Offer a huddle to whoever invited Baton, unless the channel has one."""
        identity = context["identity"]
        inviter = event.get("inviter")
        if event["user"] != identity.bot_user or not inviter:
            return
        workspace, channel = WorkspaceId(identity.workspace), ChannelId(event["channel"])
        if await self.edge.do(workspace, teams.of_channel, channel):
            return
        text, blocks = team_blocks.offer(channel)
        # Whoever is gone again by then needs no offer.
        with suppress(SlackRejected):
            await self.edge.gateway.call(
                workspace,
                "chat.postEphemeral",
                channel=channel,
                user=inviter,
                text=text,
                blocks=blocks,
            )

    async def ended(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Tell the leads that nothing can be posted in a channel any more."""
        workspace = WorkspaceId(context["identity"].workspace)
        channel = ChannelId(str(event.get("channel") or ""))
        self.edge.directory.left(workspace, channel)
        await self.edge.do(
            workspace,
            huddle_trouble.left_channel,
            channel,
            ENDINGS[event["type"]],
            now=self.edge.clock(),
        )

    async def moved(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Follow a channel that Slack gave another id."""
        await self.edge.do(
            WorkspaceId(context["identity"].workspace),
            teams.moved_channel,
            ChannelId(event["old_channel_id"]),
            ChannelId(event["new_channel_id"]),
        )
