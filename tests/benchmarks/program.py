"""`baton run` as the benchmarks need it: `python -m tests.benchmarks.program PLAN run`.

The plan is a file of JSON: the workspaces with their tokens, whether messages are published, and
whether that is paced by Slack's limits.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.app import Baton
from bot.cli import main
from bot.domain.person import UserId, WorkspaceId
from bot.publishing.limiter import Limits
from bot.slack.gateway import Identity
from bot.slack.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Mapping

SCOPES = frozenset({"chat:write", "channels:history", "groups:history", "im:history"})


class Everywhere(Installation):
    """Baton is installed in many workspaces, with a token for each."""

    def __init__(self, *, workspaces: list[Mapping[str, Any]], **given: Any) -> None:  # noqa: ANN401  # handed on
        super().__init__(**given)
        self._tokens = {WorkspaceId(who["id"]): str(who["token"]) for who in workspaces}
        self._identities = {
            WorkspaceId(who["id"]): Identity(
                workspace=WorkspaceId(who["id"]),
                name=who["name"],
                bot_id=who["bot_id"],
                bot_user=UserId(who["bot_user"]),
                scopes=SCOPES,
                enterprise="",
            )
            for who in workspaces
        }

    def identity_of(self, workspace: WorkspaceId) -> Identity | None:
        return self._identities.get(workspace)

    def token_of(self, workspace: WorkspaceId) -> str | None:
        return self._tokens.get(workspace)


async def _nothing() -> None:
    """Publish nothing."""


def made(plan: Mapping[str, Any], *given: Any, **named: Any) -> Baton:  # noqa: ANN401  # handed on
    """Return the bot as planned."""
    everywhere = partial(Everywhere, workspaces=plan["workspaces"])
    baton = Baton(*given, installation=everywhere, **named)
    if not plan["paced"]:
        baton.publisher._limits = Limits(paced=False)
    if not plan["publishing"]:
        baton.publisher.start = _nothing  # type: ignore[method-assign]  # this program's one purpose
    return baton


if __name__ == "__main__":
    planned = json.loads(Path(sys.argv[1]).read_text())
    sys.exit(main(sys.argv[2:], make=partial(made, planned)))
