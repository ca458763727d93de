"""Making a team: who is in it, what its form is filled in with, and how it is told of."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.errors import BotError, SlackFailure
from bot.domain.team import joins_by_itself
from bot.slack import team_blocks
from bot.slack.acquaintance import READING, known
from bot.slack.blocks import escape
from bot.slack.patience import within
from bot.slack.team_blocks import Draft
from bot.usecases import teams
from bot.usecases.people import known as remembered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.person import Person, UserId, WorkspaceId
    from bot.domain.post import ChannelId
    from bot.domain.schedule import Schedule
    from bot.domain.team import Team
    from bot.slack.edge import Edge
    from bot.usecases.teams import Listed

NOT_INVITED = (
    "I am not in that channel. Invite me first: write /invite @Baton there, then try again."
)


class NotThere(BotError):
    """Baton, or whoever asks, is not in the channel."""


async def create(
    edge: Edge,
    workspace: WorkspaceId,
    user: UserId,
    *,
    name: str,
    channel: ChannelId,
    schedule: Schedule,
    people: Sequence[UserId] | None,
    now: datetime,
) -> Team:
    """Set up a team; without `people`, everybody of its channel who can be asked is in it."""
    try:
        async with within(READING):
            there = await members(edge, workspace, channel)
    except (SlackFailure, TimeoutError):
        # Slack does not say who is there, so it begins with whoever asked; people can be added.
        there = frozenset({user})
    if user not in there:
        raise NotThere("You are not in that channel yourself. Join it first, then try again.")
    if people is None:
        found = await known(edge, workspace, there)
        people = [who for who, person in found.items() if joins_by_itself(person)]
    else:
        await known(edge, workspace, (user, *people))
    return await edge.do(
        workspace,
        teams.create,
        name=name,
        channel=channel,
        schedule=schedule,
        people=people,
        by=user,
        now=now,
    )


async def members(edge: Edge, workspace: WorkspaceId, channel: ChannelId) -> frozenset[UserId]:
    there = await edge.directory.members(workspace, channel)
    if there is None:
        raise NotThere(NOT_INVITED)
    return there


async def draft_for(
    edge: Edge, workspace: WorkspaceId, user: UserId, channel: ChannelId | None
) -> Draft:
    """Return the form's contents for a new team, as far as they can be read in time."""
    draft = Draft(channel=channel, zone="UTC", people=(user,))
    with suppress(TimeoutError, SlackFailure):
        async with within(READING):
            # What is remembered comes at once; Slack may not answer in time.
            asking = await edge.do(workspace, remembered, (user,))
            draft = _in_zone_of(draft, asking.get(user))
            asking = await edge.directory.people(workspace, (user,))
            draft = _in_zone_of(draft, asking.get(user))
            if channel is not None:
                there = await edge.directory.members(workspace, channel) or frozenset()
                people = await edge.directory.people(workspace, there)
                fit = [who for who, person in people.items() if joins_by_itself(person)]
                draft = replace(draft, people=tuple(dict.fromkeys((user, *sorted(fit)))))
    return draft


def _in_zone_of(draft: Draft, person: Person | None) -> Draft:
    return draft if person is None else replace(draft, zone=person.zone)


async def zone_of(edge: Edge, workspace: WorkspaceId, user: UserId) -> str:
    person = (await known(edge, workspace, (user,))).get(user)
    return "UTC" if person is None else person.zone


def channel_of(channel: ChannelId) -> ChannelId | None:
    """Return where a command was typed, unless that is a direct message."""
    return None if channel.startswith("D") or not channel else channel


def happened(listed: Listed, what: str, reader_zone: str) -> str:
    shown = team_blocks.described(listed, reader_zone=reader_zone)
    return f"{escape(listed.team.name)} {what}\n{shown}"
