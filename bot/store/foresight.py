"""What showing a batch of posts will ask for, of all their workspaces, read at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.domain.huddle import from_subject
from bot.domain.post import PostKind
from bot.store.huddles import answers_among, huddles_among
from bot.store.teams import teams_among

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import Connection

    from bot.domain.huddle import Answer, Huddle
    from bot.domain.person import WorkspaceId
    from bot.domain.post import Post
    from bot.domain.team import Team, TeamId
    from bot.store.huddles import HuddleKey
    from bot.store.transaction import Tx

_OF_HUDDLES = frozenset({PostKind.HUDDLE, PostKind.SUMMARY})

WORTH_IT = 2
"""How many posts of huddles there have to be: one alone asks for itself just as well."""


class Foresight:
    """The teams, huddles and answers of a batch; a transaction is told those of its workspace.

    It serves work that only reads them.
    """

    def __init__(self, connection: Connection, posts: Iterable[Post]) -> None:
        keys = [key for post in posts if (key := _huddle_of(post)) is not None]
        self._teams: dict[WorkspaceId, dict[TeamId, Team]] = defaultdict(dict)
        self._huddles: dict[WorkspaceId, dict[tuple[TeamId, date], Huddle]] = defaultdict(dict)
        self._answers: dict[WorkspaceId, dict[tuple[TeamId, date], list[Answer]]] = defaultdict(
            dict
        )
        if len(keys) < WORTH_IT:
            return
        for (workspace, number), team in teams_among(connection, {key[:2] for key in keys}).items():
            self._teams[workspace][number] = team
        for (workspace, number, on), huddle in huddles_among(connection, keys).items():
            self._huddles[workspace][number, on] = huddle
            self._answers[workspace][number, on] = []
        for (workspace, number, on), answers in answers_among(connection, keys).items():
            self._answers[workspace][number, on] = answers

    def tell(self, tx: Tx) -> None:
        tx.teams.foresee(self._teams.get(tx.workspace, {}))
        tx.huddles.foresee(self._huddles.get(tx.workspace, {}), self._answers.get(tx.workspace, {}))


def _huddle_of(post: Post) -> HuddleKey | None:
    if post.kind not in _OF_HUDDLES:
        return None
    try:
        team, local_date, _ = from_subject(post.subject)
    except ValueError:
        # Rendering it fails for the same reason, and then only that post is to blame.
        return None
    return post.workspace, team, local_date
