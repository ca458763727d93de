"""Reactions on task cards."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackFailure
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, MessageTs
from bot.slack import task_notices
from bot.slack.blocks import escape
from bot.slack.patience import once_known
from bot.slack.whispering import whisper
from bot.usecases import reacting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.slack.edge import Edge
    from bot.usecases.reacting import Reacted


def register(app: AsyncApp, edge: Edge) -> None:
    """Take reactions, and their removal, for steps with a task."""

    async def added(body: dict[str, Any], context: AsyncBoltContext) -> None:
        await _changed(edge, body, context, stands=True)

    async def removed(body: dict[str, Any], context: AsyncBoltContext) -> None:
        await _changed(edge, body, context, stands=False)

    app.event("reaction_added")(added)
    app.event("reaction_removed")(removed)


async def _changed(
    edge: Edge, body: Mapping[str, Any], context: AsyncBoltContext, *, stands: bool
) -> None:
    event = body["event"]
    item = event["item"]
    if item.get("type") != "message" or reacting.step_of(event["reaction"]) is None:
        return
    now = edge.clock()
    reacted = await once_known(
        lambda: edge.do(
            WorkspaceId(context["identity"].workspace),
            reacting.react,
            channel=ChannelId(item["channel"]),
            ts=MessageTs(item["ts"]),
            name=event["reaction"],
            stands=stands,
            event_ts=event["event_ts"],
            by=UserId(event["user"]),
            ahead=edge.gateway.slack_now(now) - now,
            now=now,
        )
    )
    if reacted is not None:
        # What they did is kept, whether they can be told or not.
        with suppress(SlackFailure):
            await _tell(edge, body, reacted)


async def _tell(edge: Edge, body: Mapping[str, Any], reacted: Reacted) -> None:
    if reacted.write is None:
        await whisper(edge.gateway, body, escape(reacted.hint))
        return
    text = task_notices.unsaid(reacted.number, reacted.write)
    blocks = task_notices.unsaid_blocks(reacted.number, reacted.write)
    await whisper(edge.gateway, body, text, blocks)
