"""Reactions on task cards."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackFailure
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, MessageTs
from bot.domain.task import Step
from bot.slack.blocks import actions, button, escape, section
from bot.slack.whispering import whisper
from bot.usecases import reacting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.slack.edge import Edge
    from bot.usecases.reacting import Reacted

_ASKED = "Task {number} waits for an answer now. What do you want to ask?"
_BLOCKED = "Task {number} is blocked now. What is it waiting for?"


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
    reacted = await edge.do(
        WorkspaceId(context["identity"].workspace),
        reacting.react,
        channel=ChannelId(item["channel"]),
        ts=MessageTs(item["ts"]),
        name=event["reaction"],
        stands=stands,
        event_ts=event["event_ts"],
        by=UserId(event["user"]),
        now=edge.clock(),
    )
    if reacted is not None:
        # What they did is kept, whether they can be told or not.
        with suppress(SlackFailure):
            await _tell(edge, body, reacted)


async def _tell(edge: Edge, body: Mapping[str, Any], reacted: Reacted) -> None:
    if reacted.write is None:
        await whisper(edge.gateway, body, escape(reacted.hint))
        return
    is_question = reacted.write is Step.ASK
    text = (_ASKED if is_question else _BLOCKED).format(number=reacted.number)
    write = button(
        "Write it", "task.ask" if is_question else "task.block", value=str(reacted.number)
    )
    await whisper(edge.gateway, body, text, [section(text), actions(write)])
