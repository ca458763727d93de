"""Where somebody did something: a modal is stacked or updated there, a private answer replaced."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.domain.errors import (
    BotError,
    SlackFailure,
    SlackRejected,
    SlackUnavailable,
    SlackUnknown,
)
from bot.slack.blocks import Block, modal
from bot.slack.patience import within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.person import WorkspaceId
    from bot.slack.edge import Edge

# Written by `task_blocks.with_ids`: task, version, place.
_OF_POST = re.compile(r"\d+\.\d+\.\d+")

PATIENCE = 1.0
"""Seconds for what comes after the change: it is committed, and the person's three go on."""


OPENING = 1.5
"""Seconds that Slack may take to open a modal; its permission to open one lasts for three."""

_TOO_LATE = frozenset(
    {"expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id", "trigger_expired"}
)

CROSSROADS = frozenset({"task.decline"})
"""Modals that ask which way to go: the way that is chosen takes their place."""

_AGAIN = {
    "block_actions": "Press the button again in a minute.",
    "shortcut": "Choose the shortcut again in a minute.",
    "message_action": "Choose the shortcut on the message again in a minute.",
}


class NotOpened(BotError):
    """Slack did not open a modal in time; `why` is the half of the sentence that says so."""

    def __init__(self, why: str, todo: str) -> None:
        super().__init__(f"{why} {todo}")
        self.why = why


async def open_modal(
    edge: Edge, workspace: WorkspaceId, body: Mapping[str, Any], view: Mapping[str, Any]
) -> None:
    """Open a modal, on top of the one in which the person is; raises NotOpened."""
    below = body.get("view") or {}
    given: dict[str, Any] = {"trigger_id": body.get("trigger_id") or ""}
    method = "views.push" if below.get("type") == "modal" else "views.open"
    if below.get("callback_id") in CROSSROADS:
        method, given = "views.update", {"view_id": below.get("id")}
    todo = _AGAIN.get(str(body.get("type")), "Try again in a minute.")
    try:
        async with within(OPENING):
            await edge.gateway.call(workspace, method, **given, view=view)
    except (TimeoutError, SlackUnavailable, SlackUnknown):
        # Whether or not it opens later, nothing is changed until the person sends it.
        raise NotOpened(
            "Slack takes too long to open this, so nothing was changed.", todo
        ) from None
    except SlackRejected as refusal:
        if refusal.code in _TOO_LATE:
            raise NotOpened(
                "That took too long for Slack to open this, so nothing was changed.", todo
            ) from None
        raise


async def replace(
    edge: Edge,
    workspace: WorkspaceId,
    body: Mapping[str, Any],
    *,
    title: str,
    text: str,
    blocks: Sequence[Block],
    callback_id: str = "task.show",
) -> None:
    """Put something else in the place of a private answer or a modal that was acted upon.

    A post of Baton's is left alone: the publisher shows it anew. What was done stands whether this
    succeeds or not.
    """
    view = body.get("view") or {}
    with suppress(SlackFailure, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            if view.get("type") == "modal":
                shown = modal(callback_id, title, blocks)
                await edge.gateway.call(workspace, "views.update", view_id=view["id"], view=shown)
            elif body.get("response_url") and not _is_post(body):
                answer = {"replace_original": True, "text": text, "blocks": list(blocks)}
                await edge.gateway.respond(body["response_url"], answer)


def _is_post(body: Mapping[str, Any]) -> bool:
    """Whether the button that was pressed stands on a post, whose blocks have ids of ours."""
    return _OF_POST.fullmatch(body["actions"][0]["block_id"]) is not None
