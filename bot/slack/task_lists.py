"""The lists of tasks that people ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.slack import task_blocks
from bot.slack.blocks import context
from bot.slack.edge import Answer
from bot.slack.task_access import MOST_CHANNELS, members_of
from bot.usecases import task_views
from bot.usecases.task_views import Which

if TYPE_CHECKING:
    from bot.domain.person import UserId, WorkspaceId
    from bot.slack.edge import Edge, Request

LIST_BLOCK = "waits"
"""How the ids of the blocks begin of what waits for my yes."""


async def waiting(edge: Edge, workspace: WorkspaceId, user: UserId) -> Answer:
    views = await edge.do(workspace, _awaiting, user)
    if not views:
        return Answer("Nothing waits for your yes. `/tasks` lists everything of yours.")
    count = "1 task waits" if len(views) == 1 else f"{len(views)} tasks wait"
    text = f"{count} for your yes."
    blocks = [context(text), *task_blocks.cards(views)]
    return Answer(text, task_blocks.with_ids(blocks, LIST_BLOCK))


def _awaiting(tx: Any, user: UserId) -> list[task_views.TaskView]:  # noqa: ANN401  # the store's Tx
    return task_views.details(tx, task_views.awaiting(tx, user), by=user)


async def listed(edge: Edge, request: Request, which: Which) -> Answer:
    sees = set()
    if which is Which.TEAM:
        channels = await edge.do(request.workspace, task_views.channels_of_teams, request.user)
        for channel in sorted(channels)[:MOST_CHANNELS]:
            members = await members_of(edge, request.workspace, channel)
            if members is not None and request.user in members:
                sees.add(channel)
    listing = await edge.do(
        request.workspace,
        task_views.listing,
        which,
        by=request.user,
        sees=frozenset(sees),
        now=request.now,
    )
    total = sum(len(found) for _, found in listing.groups)
    if not total:
        return Answer(_EMPTY[which])
    text = f"{total} task{'s' if total > 1 else ''}. `/tasks 42` shows one with its history."
    return Answer(text, [*task_blocks.rows(listing, request.now), context(text)])


_EMPTY = {
    Which.MINE: "Nothing of yours is open. `/delegate` hands something over.",
    Which.SENT: "Nothing that you handed over is open. `/delegate` hands something over.",
    Which.TEAM: "Nothing is open in your teams that you can see.",
    Which.WAITING: "Nothing waits for your yes.",
    Which.OVERDUE: "Nothing is overdue.",
    Which.DONE: "Nothing is done yet. `/tasks` lists what is open.",
}
