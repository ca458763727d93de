"""`baton` for several workspaces in one process, as its store allows: `python -m tests.fleet`.

`FLEET_TOKENS` names one bot token for each further workspace, with blanks between them.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.app import Baton
from bot.cli import main
from bot.domain.person import WorkspaceId
from bot.slack.bolt import dispatch
from bot.slack.installation import Installation
from bot.slack.prefixing import prefixed
from tests.processes import inherited
from tests.shifted import LEASE, ShiftedClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.slack.bolt import Answer
    from bot.slack.edge import Do
    from bot.slack.gateway import Gateway, Identity

TOKENS = "FLEET_TOKENS"


class Installations(Installation):
    """The one whose token the operator gave, and others beside it."""

    def __init__(self, *, token: str | None, do: Do) -> None:
        super().__init__(token=token, do=do)
        further = inherited(TOKENS).get(TOKENS, "").split()
        self._others = [Installation(token=token, do=do) for token in further]

    def identity_of(self, workspace: WorkspaceId) -> Identity | None:
        found = (other.identity_of(workspace) for other in self._others)
        return super().identity_of(workspace) or next(filter(None, found), None)

    def token_of(self, workspace: WorkspaceId) -> str | None:
        if workspace == self.workspace:
            return super().token_of(workspace)
        found = (other.token_of(workspace) for other in self._others)
        return next(filter(None, found), None)

    async def identify(self, gateway: Gateway) -> None:
        for other in self._others:
            await other.identify(gateway)
        await super().identify(gateway)


class Fleet(Baton):
    """One bot that takes what any of its workspaces sends."""

    async def _dispatch(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        team = body.get("team_id") or body.get("team", {}).get("id")
        answer = await dispatch(self._bolt, body, headers, only=WorkspaceId(str(team)))
        return replace(answer, body=prefixed(answer.body, self._settings.command_prefix))


if __name__ == "__main__":
    clock = ShiftedClock(Path(sys.argv[1]))
    fleet = partial(Fleet, lease=LEASE, installation=Installations)
    sys.exit(main(sys.argv[2:], make=fleet, clock=clock))
