"""Commands as they are called where Baton speaks of them: with a prefix, or without a slash."""

from __future__ import annotations

import re
from typing import Any

from bot.slack.manifest import COMMANDS

_NAMES = "|".join(command.name for command in COMMANDS)
_COMMAND = re.compile(rf"(?<![\w/.:<>-])/(?=(?:{_NAMES})\b)")
# An example stands in backticks. Slack's own commands, such as /invite, keep their slash.
_EXAMPLE = re.compile(rf"(?<=`)/(?=(?:{_NAMES})\b)")


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


def without_slash(said: Any) -> Any:  # noqa: ANN401  # a text, or whatever blocks hold
    """Return what is said with every example as it can be written to Baton: without its slash."""
    if isinstance(said, str):
        return _EXAMPLE.sub("", said)
    if isinstance(said, dict):
        return {name: without_slash(value) for name, value in said.items()}
    if isinstance(said, list | tuple):
        return [without_slash(value) for value in said]
    return said
