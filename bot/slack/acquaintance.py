"""Who people are, as far as that can be known while somebody waits."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bot.domain.errors import SlackFailure
from bot.slack.patience import within
from bot.usecases import people

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.person import Person, UserId, WorkspaceId
    from bot.slack.edge import Edge

READING = 1.0
"""Seconds for which Slack is asked; what is remembered has to do then."""

NAMING = 1.4
"""Seconds for learning who is mentioned, of whom Baton may never have heard; the longest wait of
all, because what is done next knows them then."""


async def known(
    edge: Edge, workspace: WorkspaceId, users: Iterable[UserId], *, seconds: float = READING
) -> dict[UserId, Person]:
    """Return who these people are: as Slack says in so many seconds, else as is remembered."""
    wanted = tuple(users)
    with suppress(TimeoutError, SlackFailure):
        async with within(seconds):
            return await edge.directory.people(workspace, wanted)
    return await edge.do(workspace, people.known, wanted)
