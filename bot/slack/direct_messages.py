"""What Baton answers to what people write to it: the same as to commands, said without slashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.errors import BotError
from bot.domain.post import PostKind, post_id
from bot.slack import commands
from bot.slack.blocks import (
    BUTTON_VALUE_LIMIT,
    TEXT_LIMIT,
    actions,
    button,
    context,
    cut,
    escape,
    in_plain_words,
    section,
)
from bot.slack.edge import Answer, Form
from bot.slack.home import SET_UP_A_TEAM
from bot.slack.prefixing import without_slash
from bot.usecases import people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.slack.edge import Edge, Request

REPLY = "reply"
"""The `kind` in the metadata of an answer."""


async def answer(edge: Edge, request: Request) -> None:
    """Answer what somebody wrote to Baton in a direct message."""
    try:
        found = await commands.read(edge, None, request)
        given = await commands.answer(edge, request, found)
    except BotError as refusal:
        given = Answer(escape(str(refusal)))
    told = given.instead if isinstance(given, Form) else given
    # The same message may be delivered many times, and its answer goes out at most once.
    if not await edge.do(request.workspace, people.answered, request.key, by=request.user):
        return
    blocks = list(told.blocks) or [section(told.text)]
    if isinstance(given, Form):
        value = request.text[:BUTTON_VALUE_LIMIT]
        blocks.append(actions(button("Open the form", commands.RUN, value=value, style="primary")))
    if not await edge.do(request.workspace, people.any_team) and SET_UP_A_TEAM not in str(blocks):
        blocks += [
            context("No team holds a written huddle here yet."),
            actions(button("Set up a team", SET_UP_A_TEAM)),
        ]
    await edge.gateway.call(
        request.workspace,
        "chat.postMessage",
        channel=request.channel,
        text=without_slash(_whole(told)),
        blocks=[without_slash(block) for block in blocks],
        metadata=_metadata(request),
        unfurl_links=False,
        unfurl_media=False,
    )


def _metadata(request: Request) -> Mapping[str, Any]:
    answered = post_id(request.workspace, PostKind.NOTICE, f"{REPLY}/{request.key}")
    return {"event_type": "baton_note", "event_payload": {"post": answered, "kind": REPLY}}


def _whole(told: Answer) -> str:
    """Return everything an answer says, for notifications and those who read no blocks."""
    said = [block["text"]["text"] for block in told.blocks if block["type"] == "section"]
    return cut(in_plain_words("\n".join(dict.fromkeys((told.text, *said)))), TEXT_LIMIT)
