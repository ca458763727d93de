"""Text as Slack sends it, with marked-up mentions and links, as the plain text it stands for."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from bot.domain.person import UserId

if TYPE_CHECKING:
    from bot.domain.person import WorkspaceId
    from bot.slack.directory import Directory

_MENTION = re.compile(r"<@(?P<user>[UW][A-Z0-9]+)(?:\|(?P<label>[^>]*))?>")
_CHANNEL = re.compile(r"<#(?P<id>[CG][A-Z0-9]+)(?:\|(?P<label>[^>]*))?>")
_SPECIAL = re.compile(r"<!(?P<what>[^|>]+)(?:\|(?P<label>[^>]*))?>")
_LINK = re.compile(r"<(?P<url>[a-z]+:[^|>]+)(?:\|[^>]*)?>")


def mentioned(text: str) -> tuple[UserId, ...]:
    """Return the people who are mentioned in a text, each once."""
    return tuple(dict.fromkeys(UserId(found["user"]) for found in _MENTION.finditer(text)))


def without_mentions(text: str) -> str:
    return " ".join(_MENTION.sub(" ", text).split())


async def plain(directory: Directory, workspace: WorkspaceId, text: str) -> str:
    """Return what a person sees of a text: names instead of ids, and no mark-up.

    It must be escaped again wherever it is shown; it can ping nobody and forges no link.
    """
    users = mentioned(text)
    people = await directory.people(workspace, users) if users else {}

    def name(found: re.Match[str]) -> str:
        person = people.get(UserId(found["user"]))
        return f"@{person.name if person else found['label'] or 'somebody'}"

    text = _MENTION.sub(name, text)
    text = _CHANNEL.sub(lambda found: f"#{found['label'] or 'a private channel'}", text)
    text = _SPECIAL.sub(_special, text)
    text = _LINK.sub(lambda found: found["url"].removeprefix("mailto:"), text)
    return html.unescape(text).strip()


def _special(found: re.Match[str]) -> str:
    what = found["what"].partition("^")[0]
    label = found["label"] or what
    return label if what == "date" else f"@{label.removeprefix('@')}"
