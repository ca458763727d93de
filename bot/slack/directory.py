"""Who the people of a workspace are, as Slack says, and who is in a channel."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackFailure, SlackRejected
from bot.domain.person import Person, UserId, called
from bot.domain.zones import UnknownZone, find_zone
from bot.usecases import people as usecase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from bot.domain.person import WorkspaceId
    from bot.domain.post import ChannelId
    from bot.slack.edge import Do
    from bot.slack.gateway import Gateway, Identity

FRESH_FOR = 600.0
"""Seconds for which nobody asks Slack again; changes arrive as events meanwhile."""

MET_FOR = 60.0
"""Seconds for which whoever was in a channel is taken to be there still."""

MOST_CHANNELS = 1_000
"""So many channels are remembered, those that were last asked about."""

ASK_AT_ONCE = 8
"""How many people are asked for at the same time."""

PAGE = 1_000
PAGES = 5
"""Slack is asked for at most 5,000 people at a time: nobody who typed a name waits for longer."""

NOT_THERE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "method_not_supported_for_channel_type",
        "missing_scope",
    }
)

SLACKBOT = "USLACKBOT"
"""Slack says of it that it is no bot."""


class Directory:
    """Asks Slack about people once in a while and remembers it in the database."""

    def __init__(
        self,
        *,
        do: Do,
        gateway: Gateway,
        identity: Callable[[WorkspaceId], Identity | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._do = do
        self._gateway = gateway
        self._identity = identity
        self._clock = clock
        self._asked: dict[tuple[WorkspaceId, str], float] = {}
        self._met: dict[tuple[WorkspaceId, ChannelId], tuple[float, frozenset[UserId]]] = {}

    def baton(self, workspace: WorkspaceId) -> UserId | None:
        """Return who Baton itself is in a workspace."""
        identity = self._identity(workspace)
        return None if identity is None else identity.bot_user

    async def people(self, workspace: WorkspaceId, users: Iterable[UserId]) -> dict[UserId, Person]:
        """Return those of `users` that exist; Slack is asked for whom it was not asked lately.

        While Slack cannot be reached, what is remembered has to do.
        """
        wanted = tuple(dict.fromkeys(users))
        await self.refresh(workspace, wanted)
        return await self._do(workspace, usecase.known, wanted)

    async def refresh(self, workspace: WorkspaceId, users: Iterable[UserId]) -> None:
        """Learn who these people are, as far as Slack was not asked lately."""
        if stale := self.stale(workspace, users):
            await self._refresh(workspace, stale)

    def stale(self, workspace: WorkspaceId, users: Iterable[UserId]) -> list[UserId]:
        """Return those of `users` about whom Slack was not asked lately."""
        return [user for user in dict.fromkeys(users) if not self._is_fresh(workspace, user)]

    async def names(self, workspace: WorkspaceId) -> Callable[[str], list[UserId]]:
        """Return what tells whom a typed name may mean."""
        await self.refresh_all(workspace)
        everybody = await self._do(workspace, usecase.everybody)
        return lambda text: [person.id for person in called(everybody, text)]

    async def refresh_all(self, workspace: WorkspaceId) -> None:
        """Learn who is in the workspace, unless Slack was asked lately.

        While it is away, these are the people it has told us of before.
        """
        if not self._is_fresh(workspace, "*"):
            with suppress(SlackFailure):
                await self._refresh_all(workspace)

    async def members(self, workspace: WorkspaceId, channel: ChannelId) -> frozenset[UserId] | None:
        """Return who is in a channel, Baton included; None when Baton itself is not."""
        found: set[UserId] = set()
        cursor = ""
        try:
            for _ in range(PAGES):
                page = await self._gateway.call(
                    workspace,
                    "conversations.members",
                    channel=channel,
                    limit=PAGE,
                    cursor=cursor or None,
                )
                found.update(UserId(user) for user in page["members"])
                cursor = _cursor(page)
                if not cursor:
                    break
        except SlackRejected as refusal:
            if refusal.code in NOT_THERE:
                return None
            raise
        identity = self._identity(workspace)
        if identity is None or identity.bot_user not in found:
            return None
        self._met.pop((workspace, channel), None)
        self._met[workspace, channel] = time.monotonic(), frozenset(found)
        while len(self._met) > MOST_CHANNELS:
            self._met.pop(next(iter(self._met)))
        return frozenset(found)

    async def members_with(
        self, workspace: WorkspaceId, channel: ChannelId, users: Iterable[UserId]
    ) -> frozenset[UserId] | None:
        """Return who is in a channel, as it was a minute ago if all of `users` were there then.

        Whoever was not there may have been invited because we said so, and is asked for again.
        """
        met = self.met(workspace, channel, users)
        return await self.members(workspace, channel) if met is None else met

    def met(
        self, workspace: WorkspaceId, channel: ChannelId, users: Iterable[UserId]
    ) -> frozenset[UserId] | None:
        """Return who was in a channel a minute ago; None where Slack has to be asked for that."""
        asked, there = self._met.get((workspace, channel), (0.0, frozenset()))
        is_fresh = there.issuperset(users) and time.monotonic() - asked < MET_FOR
        return there if is_fresh else None

    def left(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        """Take in that Baton, or somebody else, is not in a channel any more."""
        self._met.pop((workspace, channel), None)

    async def changed(self, workspace: WorkspaceId, user: Mapping[str, Any]) -> None:
        """Take in what an event says about somebody whom Baton knows."""
        known = await self._do(workspace, usecase.known, (UserId(user["id"]),))
        if known:
            await self._remember(workspace, (person_of(workspace, user),))

    async def _refresh(self, workspace: WorkspaceId, users: list[UserId]) -> None:
        turns = asyncio.Semaphore(ASK_AT_ONCE)

        async def ask(user: UserId) -> Person | None:
            async with turns:
                try:
                    answer = await self._gateway.call(workspace, "users.info", user=user)
                except SlackFailure:
                    return None
            self._asked[workspace, user] = time.monotonic()
            return person_of(workspace, answer["user"])

        found = await asyncio.gather(*(ask(user) for user in users))
        await self._remember(workspace, tuple(person for person in found if person))

    async def _refresh_all(self, workspace: WorkspaceId) -> None:
        cursor = ""
        for _ in range(PAGES):
            page = await self._gateway.call(
                workspace, "users.list", limit=PAGE, cursor=cursor or None
            )
            people = tuple(person_of(workspace, user) for user in page["members"])
            await self._remember(workspace, people)
            cursor = _cursor(page)
            if not cursor:
                break
        self._asked[workspace, "*"] = time.monotonic()

    async def _remember(self, workspace: WorkspaceId, people: tuple[Person, ...]) -> None:
        await self._do(workspace, usecase.remember, people, now=self._clock())

    def _is_fresh(self, workspace: WorkspaceId, user: str) -> bool:
        asked = self._asked.get((workspace, user))
        return asked is not None and time.monotonic() - asked < FRESH_FOR


def person_of(workspace: WorkspaceId, user: Mapping[str, Any]) -> Person:
    """Return a person from Slack's user object, in which any field may be absent, null or empty."""
    profile = user.get("profile") or {}
    handle = user.get("name") or ""
    real_name = profile.get("real_name") or user.get("real_name") or handle
    return Person(
        id=UserId(user["id"]),
        name=profile.get("display_name") or real_name or user["id"],
        handle=handle,
        real_name=real_name,
        zone=_zone(user.get("tz")),
        is_bot=bool(user.get("is_bot")) or user["id"] == SLACKBOT,
        is_deleted=bool(user.get("deleted")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_external=bool(user.get("is_stranger"))
        or (user.get("team_id") or workspace) != workspace,
    )


def _zone(name: object) -> str:
    if not isinstance(name, str) or not name:
        return "UTC"
    try:
        return find_zone(name)
    except UnknownZone:
        return "UTC"


def _cursor(page: Mapping[str, Any]) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")
