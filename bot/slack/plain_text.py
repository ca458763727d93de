"""Text as Slack sends it, with mentions looked up, as its author saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack import written
from bot.slack.written import mentioned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.person import Person, UserId, WorkspaceId
    from bot.slack.directory import Directory
    from bot.slack.written import NameOf


async def naming(directory: Directory, workspace: WorkspaceId, text: str) -> NameOf:
    """Return what says the names of those who are mentioned in `text`."""
    users = mentioned(text)
    return names_in(await directory.people(workspace, users) if users else {})


def names_in(people: Mapping[UserId, Person]) -> NameOf:
    """Return what says the names of these people."""

    def name_of(user: UserId) -> str:
        return people[user].name if user in people else "somebody"

    return name_of


async def plain(directory: Directory, workspace: WorkspaceId, text: str) -> str:
    """Return what a person sees of a text: names instead of ids, and no mark-up.

    It must be escaped again wherever it is shown; it can ping nobody and forges no link.
    """
    return written.plain(text, await naming(directory, workspace, text)).strip()
