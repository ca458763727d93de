"""Messages that people write: replies under Baton's posts, and what they write to Baton itself.

Everything else in a channel is dropped here, before it is logged or stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, MessageTs, PostKind
from bot.domain.task import Via
from bot.slack import delegating, direct_messages, huddling
from bot.slack.edge import Request
from bot.slack.patience import once_known
from bot.usecases import hearing
from bot.usecases.recognising import recognise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.slack.edge import Edge

_ABOUT_A_TASK = frozenset({PostKind.NEW_TASK, PostKind.STEP})

# What else arrives as a message is a notice of Slack's own, such as somebody joining.
_WRITTEN = frozenset({None, "thread_broadcast", "file_share"})


def register(app: AsyncApp, edge: Edge) -> None:
    """Read the messages that are meant for Baton."""

    async def message(event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        workspace = WorkspaceId(context["identity"].workspace)
        match event.get("subtype"):
            case "message_changed":
                await _changed(edge, workspace, event)
            case "message_deleted":
                await _deleted(edge, workspace, event)
            case _ if is_written(event):
                await _written(edge, workspace, event)

    app.event("message")(message)


def is_written(message: Mapping[str, Any]) -> bool:
    """Whether a person wrote this; other messages are notices of Slack's, or an app's."""
    return message.get("subtype") in _WRITTEN and _is_from_a_person(message)


def _is_from_a_person(message: Mapping[str, Any]) -> bool:
    return bool(message.get("user")) and not message.get("bot_id")


async def _written(edge: Edge, workspace: WorkspaceId, event: Mapping[str, Any]) -> None:
    channel, ts = ChannelId(event["channel"]), MessageTs(event["ts"])
    user, text = UserId(event["user"]), str(event.get("text") or "")
    thread = event.get("thread_ts")
    is_direct = event.get("channel_type") == "im" or channel.startswith("D")
    if thread and thread != ts:
        root = MessageTs(thread)
        post = await once_known(lambda: edge.do(workspace, recognise, channel, root, by=user))
        reply = {PostKind.HUDDLE: huddling.thread_reply, PostKind.CARD: delegating.card_reply}
        if post is not None and (take := reply.get(post.kind)):
            await take(edge, workspace, channel, root, user, ts, text, edge.clock())
            return
        if post is not None and post.kind in _ABOUT_A_TASK:
            text = await edge.do(workspace, hearing.line_under, post, text)
    if is_direct:
        await direct_messages.answer(
            edge,
            Request(
                workspace=workspace,
                user=user,
                channel=channel,
                text=text,
                key=f"{channel}/{ts}",
                via=Via.MESSAGE,
                now=edge.clock(),
            ),
        )


async def _changed(edge: Edge, workspace: WorkspaceId, event: Mapping[str, Any]) -> None:
    message = event.get("message") or {}
    before = event.get("previous_message") or {}
    if not _is_from_a_person(message) or message.get("text") == before.get("text"):
        return
    if thread := message.get("thread_ts"):
        await huddling.reply_changed(
            edge,
            workspace,
            ChannelId(event["channel"]),
            MessageTs(thread),
            UserId(message["user"]),
            MessageTs(message["ts"]),
            str(message.get("text") or ""),
            edge.clock(),
        )


async def _deleted(edge: Edge, workspace: WorkspaceId, event: Mapping[str, Any]) -> None:
    message = event.get("previous_message") or {}
    if not _is_from_a_person(message):
        return
    if thread := message.get("thread_ts"):
        await huddling.reply_deleted(
            edge,
            workspace,
            ChannelId(event["channel"]),
            MessageTs(thread),
            UserId(message["user"]),
            MessageTs(message["ts"]),
            edge.clock(),
        )
