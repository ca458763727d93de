"""The lists of tasks that people ask for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.domain.errors import BotError
from bot.slack import task_blocks
from bot.slack.blocks import context, modal, section
from bot.slack.edge import Answer, actor
from bot.slack.surfaces import open_modal, replace
from bot.slack.task_access import MOST_CHANNELS, members_of
from bot.slack.task_values import pressed_value
from bot.usecases import task_views
from bot.usecases.task_views import Which

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import UserId, WorkspaceId
    from bot.slack.edge import Edge

LIST = "task.list"
_TITLE = "Tasks"

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


async def listed(
    edge: Edge,
    workspace: WorkspaceId,
    user: UserId,
    which: Which,
    *,
    start: int = 0,
    now: datetime,
) -> Answer:
    """Return a page of one of the lists, from its task number `start` on, counted from 0."""
    sees = set()
    if which is Which.TEAM:
        channels = await edge.do(workspace, task_views.channels_of_teams, user)
        for channel in sorted(channels)[:MOST_CHANNELS]:
            members = await members_of(edge, workspace, channel)
            if members is not None and user in members:
                sees.add(channel)
    listing = await edge.do(
        workspace, task_views.listing, which, by=user, sees=frozenset(sees), now=now
    )
    total = sum(len(found) for _, found in listing.groups)
    if not total:
        return Answer(_EMPTY[which])
    text = f"{total} task{'s' if total > 1 else ''}. `/tasks 42` shows one with its history."
    return Answer(text, [*task_blocks.rows(listing, which, now, start=start), context(text)])


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the buttons that turn the pages of a list, and open one from Home."""

    async def turned(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        which, start = _page_of(body)
        found = await listed(edge, workspace, user, which, start=start, now=edge.clock())
        blocks = list(map(dict, found.blocks)) or [section(found.text)]
        if (body.get("view") or {}).get("type") == "home":
            await open_modal(edge, workspace, body, modal(LIST, _TITLE, blocks))
        else:
            await replace(
                edge,
                workspace,
                body,
                title=_TITLE,
                text=found.text,
                blocks=blocks,
                callback_id=LIST,
            )
        await ack()

    app.action(re.compile(r"^task\.page\."))(turned)


def _page_of(body: Mapping[str, Any]) -> tuple[Which, int]:
    """Return which list a button turns and to where; what it carries comes from outside."""
    which, _, start = pressed_value(body).partition(" ")
    if which not in set(Which) or not re.fullmatch(r"[0-9]{1,6}", start):
        raise BotError("This button is out of date. `/tasks` lists yours.")
    return Which(which), int(start)


_EMPTY = {
    Which.MINE: "Nothing of yours is open. `/delegate` hands something over.",
    Which.SENT: "Nothing that you handed over is open. `/delegate` hands something over.",
    Which.TEAM: "Nothing is open in your teams that you can see.",
    Which.WAITING: "Nothing waits for your yes.",
    Which.OVERDUE: "Nothing is overdue.",
    Which.DONE: "Nothing is done yet. `/tasks` lists what is open.",
}
