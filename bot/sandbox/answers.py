"""What Slack makes of the bot's answers to commands and interactions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox import modals
from bot.sandbox.errors import SlackError

if TYPE_CHECKING:
    from bot.sandbox.calls import Delivery
    from bot.sandbox.records import Ephemeral, Json, Member, Message, View
    from bot.sandbox.responses import Responses
    from bot.sandbox.workspace import Workspace

_BAD_REQUEST, _SERVER_ERROR = 400, 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person sees of the bot's answer to what they did."""

    delivery: Delivery
    # What Slack tells the person when the bot did not answer in time, or answered badly.
    error: str | None = None
    message: Message | Ephemeral | None = None
    # The modal that is on top afterwards.
    view: View | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def status(self) -> int:
        return self.delivery.attempts[-1].status

    @property
    def body(self) -> str:
        return self.delivery.attempts[-1].body

    @property
    def text(self) -> str:
        return "" if self.message is None else self.message.text

    @property
    def blocks(self) -> list[Json]:
        return [] if self.message is None else self.message.blocks


def answered(delivery: Delivery, member: Member) -> Answer:
    """Return an answer whose body Slack ignores, as it does after a button."""
    return Answer(delivery, error=failure(delivery), view=_top(member))


def replied(delivery: Delivery, member: Member, responses: Responses, url: str) -> Answer:
    """Show what the bot answered to a command."""
    plain = answered(delivery, member)
    reply = plain.body
    if plain.error is not None or not reply.strip():
        return plain
    try:
        shown = responses.reply(url, _json(reply) or {"text": reply})
    except SlackError as error:
        return Answer(delivery, error=error.code, view=plain.view)
    return Answer(delivery, message=shown, view=plain.view)


def submitted(delivery: Delivery, workspace: Workspace, member: Member, view: View) -> Answer:
    """Do with a submitted modal what the bot's `response_action` says."""
    error = failure(delivery)
    if error is None:
        view.errors = {}
        try:
            _respond(delivery.attempts[-1].body, workspace, member, view)
        except SlackError as refused:
            error = refused.code
    workspace.world.changes.notify()
    return Answer(delivery, error=error, view=_top(member), errors=dict(view.errors))


def _respond(reply: str, workspace: Workspace, member: Member, view: View) -> None:
    body = _json(reply) if reply.strip() else {}
    action = None if body is None else body.get("response_action")
    if body == {}:
        # The bot may have taken the view away itself before it answered.
        modals.dismiss(workspace.world, member, view)
    elif body is not None and action == "errors":
        view.errors = _errors(view, body)
    elif action == "clear":
        modals.forget(workspace.world, member)
    elif body is not None and action == "update":
        modals.replace(workspace, view, modals.check(body.get("view"), kind="modal"))
    elif body is not None and action == "push":
        if len(member.views) >= modals.DEEPEST:
            raise SlackError("push_limit_reached")
        pushed = modals.check(body.get("view"), kind="modal")
        modals.show(workspace, member, pushed, below=view)
    else:
        raise SlackError("invalid_response")


def _top(member: Member) -> View | None:
    return member.views[-1] if member.views else None


def failure(delivery: Delivery) -> str | None:
    """Return what Slack tells a person when the bot did not take what they did."""
    attempt = delivery.attempts[-1]
    if attempt.ok:
        return None
    if attempt.failure in ("http_timeout", "timeout"):
        return "operation_timeout"
    if attempt.status >= _SERVER_ERROR:
        return "http_service_error"
    if attempt.status >= _BAD_REQUEST:
        return "http_client_error"
    return "dispatch_failed"


def _json(text: str) -> Json | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _errors(view: View, body: Json) -> dict[str, str]:
    """Return the complaints of the bot, which must each belong to an input of the view."""
    errors = body.get("errors")
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise SlackError("invalid_response")
    return {str(name): str(text) for name, text in errors.items()}
