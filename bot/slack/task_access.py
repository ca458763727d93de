"""What has to be asked of Slack before a step: who can see a task's card, and who people are."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import BotError, SlackFailure, SlackUnavailable
from bot.domain.person import Person, called
from bot.domain.phrases import read_due
from bot.domain.steps import TRANSITIONS, refusal
from bot.domain.task import listed
from bot.slack.acquaintance import NAMING
from bot.slack.patience import within
from bot.slack.written import mentioned
from bot.usecases import delegation
from bot.usecases import people as known_people

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from bot.domain.calendar import WorkingHours
    from bot.domain.person import UserId, WorkspaceId
    from bot.domain.post import ChannelId
    from bot.domain.task import Due, Step, Task, TaskNumber
    from bot.slack.edge import Edge, Request

PATIENCE = 1.0
"""Seconds for which Slack is waited for, of the three that a person's click has."""

MOST_CHANNELS = 5
"""More channels than this are not looked into for one list."""


async def people_of(
    edge: Edge, workspace: WorkspaceId, users: Iterable[UserId], *, seconds: float = PATIENCE
) -> dict[UserId, Person]:
    """Return those of `users` that exist; while Slack is slow, as they are remembered.

    Whoever is not remembered may exist all the same, so then the person has to try again.
    """
    wanted = tuple(users)
    is_slow = False
    try:
        async with within(seconds):
            await edge.directory.refresh(workspace, wanted)
    except TimeoutError:
        is_slow = True
    known = await edge.do(workspace, known_people.known, wanted)
    if is_slow and known.keys() != set(wanted):
        raise SlackUnavailable("slow")
    return known


async def members_of(
    edge: Edge, workspace: WorkspaceId, channel: ChannelId
) -> frozenset[UserId] | None:
    """Return who is in a channel; None when Baton is not, or Slack does not say."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await edge.directory.members(workspace, channel)
    except (SlackFailure, TimeoutError):
        return None


async def members_with(
    edge: Edge, workspace: WorkspaceId, channel: ChannelId, users: Iterable[UserId]
) -> frozenset[UserId] | None:
    """Return who is in a channel that is to show something to `users`, or None as `members_of`."""
    try:
        async with within(PATIENCE):
            return await edge.directory.members_with(workspace, channel, users)
    except (SlackFailure, TimeoutError):
        return None


async def sees_card(
    edge: Edge,
    workspace: WorkspaceId,
    task: TaskNumber,
    user: UserId,
    *,
    here: ChannelId | None = None,
) -> bool:
    """Whether somebody whom a task does not concern is in the channel that has its card.

    `here` is where they are, as Slack says, which spares asking it.
    """
    channel = await edge.do(workspace, delegation.elsewhere, task, user)
    if channel is None:
        return False
    if channel == here:
        return True
    return user in (await members_of(edge, workspace, channel) or ())


async def readers_of(
    edge: Edge, workspace: WorkspaceId, task: TaskNumber, user: UserId
) -> Collection[UserId]:
    """Return who can see a task's card in its channel; nobody, where it is in none."""
    found = await edge.do(workspace, delegation.find, task, user)
    if found.channel is None:
        return ()
    return await members_of(edge, workspace, found.channel) or ()


def check_possible(task: Task, step: Step) -> None:
    """Refuse a step that the task does not take as it stands, before anybody writes for it."""
    if (task.status, step) not in TRANSITIONS:
        raise BotError(refusal(task))


def is_channel(channel: ChannelId) -> bool:
    """Whether several people may be in it, other than in a direct message."""
    return channel.startswith(("C", "G"))


def place_for(
    channel: ChannelId,
    members: frozenset[UserId] | None,
    users: Iterable[UserId],
    people: Mapping[UserId, Person],
) -> tuple[ChannelId | None, str]:
    """Return the channel of a card, or None for direct messages, and a line that says why."""
    if not is_channel(channel):
        return None, ""
    if members is None:
        return None, (
            "Baton is not in this channel, so the card goes to direct messages. "
            "To have cards here, invite it: `/invite @Baton`."
        )
    missing = [
        people[user].name if user in people else "Somebody" for user in users if user not in members
    ]
    if missing:
        are = "are" if len(missing) > 1 else "is"
        return None, (
            f"{listed(missing)} {are} not in this channel, so the card goes to direct messages."
        )
    return channel, ""


@dataclass(frozen=True)
class Around:
    """Who may be meant by what somebody typed."""

    people: dict[UserId, Person]
    """The one who typed it and who is mentioned, or everybody where somebody is called by name."""
    names: Callable[[str], list[UserId]]

    def name_of(self, user: UserId) -> str:
        return self.people[user].name if user in self.people else "somebody"

    def hours_of(self, user: UserId) -> WorkingHours:
        return self.people.get(user, Person(id=user, name=user)).hours


async def around(edge: Edge, request: Request, *, by_name: bool) -> Around:
    """Ask Slack at once for all that is needed to understand a text, within its time.

    Unless somebody is called `by_name`, it is nobody's business who else is here.
    """
    workspace = request.workspace
    mentions = (request.user, *mentioned(request.text))
    people = people_of(edge, workspace, mentions, seconds=NAMING)
    if not by_name:
        return Around(people=await people, names=lambda _: [])
    await asyncio.gather(people, _refreshed(edge, workspace))
    everybody = await edge.do(workspace, known_people.everybody)
    return Around(
        people={person.id: person for person in everybody},
        names=lambda text: [person.id for person in called(everybody, text)],
    )


async def _refreshed(edge: Edge, workspace: WorkspaceId) -> None:
    """Let the directory learn who is here, as far as there is time for it."""
    with suppress(TimeoutError):
        async with within(PATIENCE):
            await edge.directory.refresh_all(workspace)


async def due_in(
    edge: Edge,
    workspace: WorkspaceId,
    user: UserId,
    text: str,
    *,
    theirs: UserId | None = None,
    now: datetime,
) -> Due:
    """Return the time that somebody wrote, by their own clock and the assignee's working day."""
    people = await people_of(edge, workspace, (user,) if theirs is None else (user, theirs))
    mine = people.get(user, Person(id=user, name=user))
    other = mine if theirs is None else people.get(theirs, mine)
    return read_due(text, mine=mine.hours, theirs=other.hours, now=now)
