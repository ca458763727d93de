"""Say something to one person that nobody else sees, wherever they just did something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackRejected
from bot.domain.person import UserId, WorkspaceId
from bot.slack.payloads import workspace_of

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
    in their direct messages with Baton.
    """
    workspace = WorkspaceId(workspace_of(body) or "")
    words = {"text": text, **({"blocks": list(blocks)} if blocks else {})}
    if url := body.get("response_url"):
        await gateway.respond(
            url, {"response_type": "ephemeral", "replace_original": False, **words}
        )
        return
    user, channel, thread = _place(body)
    if user is None:
        return
    if channel is not None and not channel.startswith("D"):
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
    await gateway.call(
        workspace,
        "chat.postMessage",
        channel=channel if channel is not None and channel.startswith("D") else user,
        unfurl_links=False,
        unfurl_media=False,
        **words,
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
