"""The commands of an installation whose operator gave them a prefix, in everything Baton says."""

from __future__ import annotations

import re
from typing import Any

from bot.slack.manifest import COMMANDS

_COMMAND = re.compile(rf"(?<![\w/.:<>-])/(?=(?:{'|'.join(c.name for c in COMMANDS)})\b)")


def prefixed(said: Any, prefix: str) -> Any:  # noqa: ANN401  # a text, or whatever JSON can hold
    """Return what is said with every command in it as it is called here.

    Rules and use cases speak of `/tasks`; only the edge knows that it is `/acme-tasks`.
    """
    if not prefix:
        return said
    if isinstance(said, str):
        return _COMMAND.sub(f"/{prefix}", said)
    if isinstance(said, dict):
        return {name: prefixed(value, prefix) for name, value in said.items()}
    if isinstance(said, list | tuple):
        return [prefixed(value, prefix) for value in said]
    return said
