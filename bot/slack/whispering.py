"""Say something to one person that nobody else sees, wherever they just did something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackRejected
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import PostKind, post_id
from bot.slack.payloads import workspace_of
from bot.slack.prefixing import without_slash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.slack.gateway import Gateway

NOT_IN_CHANNEL = frozenset(
    {"channel_not_found", "not_in_channel", "user_not_in_channel", "is_archived", "missing_scope"}
)


async def whisper(
    gateway: Gateway,
    body: Mapping[str, Any],
    text: str,
    blocks: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Answer whoever caused `body`, beside the thing they clicked, typed or reacted to.

    `text` is mrkdwn and was escaped where it came from people. What cannot be said there is said
    in their direct messages with Baton, where everything is written without a slash.
    """
    workspace = WorkspaceId(workspace_of(body) or "")
    user, channel, thread = _place(body)
    in_direct_messages = channel is not None and channel.startswith("D")
    words = {"text": text, **({"blocks": list(blocks)} if blocks else {})}
    if in_direct_messages:
        words = without_slash(words)
    if url := body.get("response_url"):
        await gateway.respond(
            url, {"response_type": "ephemeral", "replace_original": False, **words}
        )
        return
    if user is None:
        return
    if channel is not None and not in_direct_messages:
        try:
            await gateway.call(
                workspace,
                "chat.postEphemeral",
                channel=channel,
                user=user,
                thread_ts=thread,
                **words,
            )
        except SlackRejected as refusal:
            if refusal.code not in NOT_IN_CHANNEL:
                raise
        else:
            return
    hint = post_id(workspace, PostKind.NOTICE, f"hint/{user}/{_moment(body)}")
    await gateway.call(
        workspace,
        "chat.postMessage",
        channel=channel if in_direct_messages else user,
        metadata={"event_type": "baton_note", "event_payload": {"post": hint, "kind": "hint"}},
        unfurl_links=False,
        unfurl_media=False,
        **without_slash(words),
    )


def _place(body: Mapping[str, Any]) -> tuple[UserId | None, str | None, str | None]:
    """Return who caused a payload, in which channel, and in which thread."""
    event = body.get("event") or {}
    item = event.get("item") or {}
    container = body.get("container") or {}
    user = (body.get("user") or {}).get("id") or event.get("user")
    channel = (
        (body.get("channel") or {}).get("id")
        or container.get("channel_id")
        or item.get("channel")
        or event.get("channel")
    )
    return (UserId(user) if user else None), channel, event.get("thread_ts")


def _moment(body: Mapping[str, Any]) -> str:
    """Return what tells this payload from others of the same person, the same at each delivery."""
    event = body.get("event") or {}
    return str(event.get("event_ts") or body.get("trigger_id") or "")
