"""The form of a task while it is filled in: both clocks, picks, details; and moves that fit."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.domain.durations import read_duration
from bot.domain.errors import BotError, SlackFailure, SlackRejected
from bot.domain.fitting import read
from bot.domain.person import Person
from bot.domain.task import SMALL, Via
from bot.slack import delegation_form, surfaces
from bot.slack.acquaintance import known
from bot.slack.brief_form import ADD
from bot.slack.delegation_form import CALLBACK, form
from bot.slack.due_choice import CHECK, DATE, PICK, WRITE, Outlook
from bot.slack.edge import actor
from bot.slack.patience import within
from bot.slack.receipts import FIT, receipt
from bot.slack.task_values import BUTTON_OUT_OF_DATE, pressed_task, pressed_words
from bot.usecases import changing, delegation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import UserId, WorkspaceId
    from bot.slack.blocks import Block
    from bot.slack.delegation_form import Filled
    from bot.slack.edge import Edge

READING = 1.0
"""Seconds for learning whose clocks there are; a form opens without them, too."""

_CHANGES = re.compile(
    rf"^(?:people|due|takes|{re.escape(CHECK)}|{re.escape(ADD)}|{re.escape(DATE)}"
    rf"|{re.escape(WRITE)}|{re.escape(PICK)}\.\w+)$"
)


async def shown(
    edge: Edge, workspace: WorkspaceId, user: UserId, filled: Filled, *, now: datetime
) -> Block:
    """Return the form with both clocks, as far as they are known in time."""
    try:
        async with within(READING):
            outlook = await _outlook(edge, workspace, user, filled, now=now)
    except (TimeoutError, SlackFailure):
        return form(filled)
    return form(filled, outlook)


async def _outlook(
    edge: Edge, workspace: WorkspaceId, user: UserId, filled: Filled, *, now: datetime
) -> Outlook:
    people = await known(edge, workspace, (user, *filled.people))
    assignees = tuple(people[one] for one in filled.people if one in people)
    new: tuple[UserId, ...] = ()
    if assignees and _is_larger(filled.takes):
        new = await edge.do(workspace, delegation.first_timers, filled.people, by=user)
    return Outlook(
        me=people.get(user, Person(id=user, name=user)),
        assignees=assignees,
        now=now,
        new=tuple(person for person in assignees if person.id in new and filled.task is None),
    )


def _is_larger(takes: str) -> bool:
    """Whether an estimate is for more than a small task; what cannot be read is for none."""
    with suppress(BotError):
        return bool(takes) and read_duration(takes) > SMALL
    return False


@dataclass(frozen=True)
class Briefing:
    """What people do in the form before they send it, and with the due time after that."""

    edge: Edge

    async def adjust(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Show the form anew: with what was put in, and what follows from it."""
        workspace, user = actor(body, context)
        view = body.get("view") or {}
        if view.get("callback_id") != CALLBACK:
            # Other forms have inputs of these names, too.
            await ack()
            return
        filled = _after(body["actions"][0], delegation_form.refilled(view))
        anew = await shown(self.edge, workspace, user, filled, now=self.edge.clock())
        try:
            async with within(surfaces.OPENING):
                await self.edge.gateway.call(
                    workspace, "views.update", view_id=view["id"], hash=view.get("hash"), view=anew
                )
        except SlackRejected as refusal:
            # They are ahead of us, and what they did last is shown, or they closed it.
            if refusal.code not in {"hash_conflict", "not_found"}:
                raise
        except TimeoutError:
            raise BotError(
                "Slack takes too long to show this. What you wrote is still there: try again."
            ) from None
        await ack()

    async def fit(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Move a task to the due time that its receipt offers."""
        workspace, user = actor(body, context)
        number, now = pressed_task(body), self.edge.clock()
        try:
            due = read(pressed_words(body), Person(id=user, name=user).hours)
        except ValueError:
            raise BotError(BUTTON_OUT_OF_DATE) from None
        done = await self.edge.do(
            workspace, changing.fit, number, due=due, by=user, via=Via.BUTTON, now=now
        )
        answer = receipt(done, now=now)
        await surfaces.replace(
            self.edge,
            workspace,
            body,
            title=f"Task {number}",
            text=answer.text,
            blocks=list(map(dict, answer.blocks)),
        )
        await ack()


def _after(action: Mapping[str, Any], filled: Filled) -> Filled:
    """Return what the form holds after something in it was pressed or chosen."""
    name = str(action["action_id"])
    if name == ADD:
        return replace(filled, is_whole=True)
    if name == WRITE:
        return replace(filled, pick="")
    pick = action.get("selected_date") if name == DATE else action.get("value")
    if (name == DATE or name.startswith(PICK)) and isinstance(pick, str):
        return replace(filled, pick=pick, due="")
    return filled


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer what is pressed in the form, and the due times that a receipt offers."""
    briefing = Briefing(edge)
    app.action(_CHANGES)(briefing.adjust)
    app.action(re.compile(rf"{re.escape(FIT)}\.\w+"))(briefing.fit)
