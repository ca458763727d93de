"""A yes that is a commitment: what is small takes a tap, what is larger a form, and other terms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.domain.agreement import asks_for_more, lacks_words
from bot.domain.calendar import end_of_working_day
from bot.domain.errors import BotError
from bot.domain.person import Person
from bot.domain.phrases import read_due, split_due
from bot.domain.task import Due, Step
from bot.domain.zones import find_zone, to_utc, zone
from bot.slack import accept_form, task_notices
from bot.slack.blocks import actions, button, clock_words, input_text, section
from bot.slack.edge import Answer, actor
from bot.slack.surfaces import open_modal
from bot.slack.task_access import check_possible, people_of, sees_card
from bot.slack.task_blocks import REASONS
from bot.slack.task_buttons import Buttons, Modals
from bot.slack.task_values import (
    pressed_in,
    pressed_place,
    pressed_task,
    pressed_words,
    submitted_task,
)
from bot.usecases import agreeing, delegation, task_views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.task import TaskNumber
    from bot.slack.edge import Edge, Request
    from bot.usecases.task_views import TaskView

PROPOSE_THIS = "task.propose_this"
"""Proposes the time that somebody's own words hold."""

_REASON = re.compile(r"^task\.reason\.(?P<name>\w+)$")
_BECAUSE = re.compile(r"[\s,;:]*\b(?:because|since)\b[\s:]*", re.IGNORECASE)
_INSTEAD = re.compile(r"(?:instead|but)\b[\s:,]*", re.IGNORECASE)
_OUT_OF_DATE = "This button is out of date. `/tasks` lists yours."


@dataclass(frozen=True)
class Accepting:
    """The buttons and modals of a yes, and of what is said to other terms."""

    edge: Edge
    buttons: Buttons
    modals: Modals

    async def accept(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Take a tap for a yes to what is small; ask for a little more where it is larger."""
        workspace, user = actor(body, context)
        number = pressed_task(body)
        visible = await sees_card(self.edge, workspace, number, user, here=pressed_in(body))
        task = await self.edge.do(
            workspace, delegation.check, number, Step.ACCEPT, by=user, sees_card=visible
        )
        if not asks_for_more(task, user):
            await self.buttons.step(delegation.accept, ack, body, context)
            return
        view = await self.edge.do(workspace, task_views.detail, number, by=user)
        await open_modal(self.edge, workspace, body, accept_form.accept_modal(view))
        await ack()

    async def propose(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.buttons.form(Step.PROPOSE, accept_form.propose_modal, ack, body, context)

    async def say(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.buttons.form(Step.ACCEPT, accept_form.say_modal, ack, body, context)

    async def talk(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.buttons.form(Step.TALK, accept_form.talk_modal, ack, body, context)

    async def agree(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        place = pressed_place(body)
        await self.buttons.step(agreeing.agree, ack, body, context, is_told=True, place=place)

    async def keep(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        place = pressed_place(body)
        await self.buttons.step(agreeing.keep, ack, body, context, is_told=True, place=place)

    async def propose_this(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        due = _due_in(pressed_words(body))
        await self.buttons.step(agreeing.propose, ack, body, context, is_told=True, due=due)

    async def reason(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Decline for a reason that needs no typing."""
        found = _REASON.fullmatch(body["actions"][0]["action_id"])
        words = REASONS.get(found["name"] if found else "")
        if words is None:
            raise BotError(_OUT_OF_DATE)
        await self.buttons.step(delegation.decline, ack, body, context, is_told=True, reason=words)

    async def accepted(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        seen = await self._seen(body, view, context, Step.ACCEPT)
        terms = accept_form.read_terms(view, seen, self.edge.clock())
        await self.modals.step(agreeing.accept, ack, body, view, context, terms=terms)

    async def proposed(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        seen = await self._seen(body, view, context, Step.PROPOSE)
        said = accept_form.read_proposal(view, seen, self.edge.clock())
        await self.modals.step(
            agreeing.propose, ack, body, view, context, due=said.due, instead=said.instead
        )

    async def said(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        words = input_text(view["state"], "words")
        await self.modals.step(agreeing.say, ack, body, view, context, words=words)

    async def talked(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        text = input_text(view["state"], "words")
        await self.modals.step(agreeing.talk, ack, body, view, context, text=text)

    async def _seen(
        self, body: dict[str, Any], view: Mapping[str, Any], context: AsyncBoltContext, step: Step
    ) -> TaskView:
        """Return the task of a form, for somebody who may take its step."""
        workspace, user = actor(body, context)
        number = submitted_task(view)
        visible = await sees_card(self.edge, workspace, number, user)
        task = await self.edge.do(
            workspace, delegation.check, number, step, by=user, sees_card=visible
        )
        check_possible(task, step)
        return await self.edge.do(workspace, task_views.detail, number, by=user)


async def with_offers(
    edge: Edge, request: Request, number: TaskNumber, words: str, answer: Answer
) -> Answer:
    """Return the answer to a yes, with an offer to propose the time that its words hold.

    Where something large was accepted without words, they are asked for.
    """
    view = await edge.do(request.workspace, task_views.detail, number, by=request.user)
    if lacks_words(view.task, request.user):
        text = f"{answer.text}\n{task_notices.unsaid(number, Step.ACCEPT)}"
        return Answer(text, [*answer.blocks, *task_notices.unsaid_blocks(number, Step.ACCEPT)])
    due = _other_due(view, words, request.now) if words else None
    if due is None:
        return answer
    zone_name = view.person.zone if view.person else due.zone
    at, asked = clock_words(due.at, zone_name), clock_words(view.task.due.at, zone_name)
    note = f"You wrote {at}, and it is due {asked}. Your words are kept, the due time is as it was."
    value = f"{number} {due.local.isoformat()} {due.zone}"
    row = actions(button(f"Propose {at}", PROPOSE_THIS, value=value))
    return Answer(f"{answer.text}\n{note}", [*answer.blocks, section(note), row])


async def read_proposal(edge: Edge, request: Request, said: str) -> tuple[Due | None, str]:
    """Return the time and the words that somebody proposes: `mon noon because …`."""
    people = await people_of(edge, request.workspace, (request.user,))
    hours = people.get(request.user, Person(id=request.user, name=request.user)).hours
    if instead := _INSTEAD.match(said):
        return None, said[instead.end() :]
    when, *why = _BECAUSE.split(said, maxsplit=1)
    try:
        return read_due(when, mine=hours, theirs=hours, now=request.now), "".join(why)
    except BotError as refusal:
        rest, due, _ = split_due(f"by {when}", mine=hours, theirs=hours, now=request.now)
        if due is None:
            raise BotError(
                f"{refusal} To propose something else than a time, begin with *instead*."
            ) from refusal
        return due, ", ".join(filter(None, (rest, *why)))


def _other_due(view: TaskView, words: str, now: datetime) -> Due | None:
    """Return the time that somebody's own words hold, if it is another one than is asked."""
    person, task = view.person, view.task
    if person is None or task.delegator == person.id or not task.is_open:
        return None
    _, due, _ = split_due(words, mine=person.hours, theirs=person.hours, now=now)
    if due is None or due.at == task.due.at:
        return None
    # "By friday" says no more than that day, which is the one that is asked.
    is_its_day = due.local.date() == task.due.local.date()
    is_end = due.at == end_of_working_day(person.hours, due.local.date())
    return None if is_its_day and is_end else due


def _due_in(words: str) -> Due:
    """Return the due time in the value of a button, which comes back from outside."""
    said, _, name = words.partition(" ")
    try:
        local = datetime.fromisoformat(said)
        found = find_zone(name)
    except (ValueError, BotError):
        raise BotError(_OUT_OF_DATE) from None
    if local.tzinfo is not None:
        raise BotError(_OUT_OF_DATE)
    return Due(to_utc(zone(found), local), local, found)


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the buttons and modals of a yes, and of what is said to it."""
    here = Accepting(edge, Buttons(edge), Modals(edge))
    for name in ("accept", "propose", "say", "talk", "agree", "keep", "propose_this"):
        app.action(f"task.{name}")(getattr(here, name))
    app.action(_REASON)(here.reason)
    app.view(accept_form.ACCEPT)(here.accepted)
    app.view(accept_form.PROPOSE)(here.proposed)
    app.view(accept_form.SAY)(here.said)
    app.view(accept_form.TALK)(here.talked)
