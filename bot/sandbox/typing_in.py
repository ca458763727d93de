"""What Slack's client and server make of the text that a person types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.sandbox.records import ChannelKind
from bot.sandbox.shapes import escaped

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

_SPECIAL = re.compile(r"https?://[^\s<>]+|[@#](?=\w)")
_EVERYBODY = ("here", "channel", "everyone")


def typed(workspace: Workspace, text: str, *, long: bool = False) -> str:
    """Return `text` as it arrives: mentions and links marked up, everything else escaped.

    A mention that fits nobody stays plain text. `long` writes the name beside the id, as Slack
    did for years and still does in places.
    """
    names = _names(workspace, long=long)
    parts: list[str] = []
    at = 0
    for found in _SPECIAL.finditer(text):
        if found.start() < at:
            continue
        mark, start = found.group(), found.start()
        if mark in "@#":
            name = _longest(text, start, mark, names)
            if name is None or (start and text[start - 1].isalnum()):
                continue
            written, end = names[mark + name], start + 1 + len(name)
        else:
            written, end = f"<{escaped(mark)}>", found.end()
        parts += [escaped(text[at:start]), written]
        at = end
    return "".join([*parts, escaped(text[at:])])


def _names(workspace: Workspace, *, long: bool) -> dict[str, str]:
    found = {f"@{word}": f"<!{word}>" for word in _EVERYBODY}
    for person in workspace.members.values():
        mention = f"<@{person.id}|{person.name}>" if long else f"<@{person.id}>"
        found.setdefault(f"@{person.real_name.lower()}", mention)
        found[f"@{person.name.lower()}"] = mention
    for room in workspace.channels.values():
        if room.kind is not ChannelKind.DM:
            shown = room.name if room.kind is ChannelKind.PUBLIC else ""
            found[f"#{room.name.lower()}"] = f"<#{room.id}|{shown}>"
    return found


def _longest(text: str, start: int, mark: str, names: dict[str, str]) -> str | None:
    rest = text[start + 1 :].lower()
    fitting = [
        name[1:]
        for name in names
        if name[0] == mark
        and rest.startswith(name[1:])
        and not re.match(r"\w", rest[len(name) - 1 :])
    ]
    return max(fitting, key=len, default=None)
