"""Being away and back: what is typed, the form, and the buttons about tasks due meanwhile."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.domain.absence import Absence
from bot.domain.calendar import working_date
from bot.domain.errors import BotError
from bot.domain.person import Person, UserId
from bot.domain.spans import BadSpan, read_dates
from bot.domain.task import TaskNumber, Via
from bot.slack import absence_blocks, typed
from bot.slack.acquaintance import NAMING, known
from bot.slack.blocks import input_date, input_person, section
from bot.slack.bolt import InputError
from bot.slack.delegation_grammar import read_people
from bot.slack.edge import Answer, Form, actor
from bot.slack.surfaces import open_modal, replace
from bot.slack.task_access import around
from bot.slack.whispering import whisper
from bot.usecases import absence_notices, absences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import WorkspaceId
    from bot.slack.edge import Edge, Request

_STALE = "That is no longer up to date. Write `/baton me` to see how it is now."


async def absence(edge: Edge, request: Request, asked: typed.Away | typed.Back) -> Answer | Form:
    """Do what was typed about being away or back."""
    user = await _whose(edge, request, asked.who)
    person = await _person(edge, request.workspace, user)
    if isinstance(asked, typed.Back):
        ended = await edge.do(
            request.workspace, absences.back, user, by=request.user, now=request.now
        )
        text = absence_blocks.ended(ended, person, by=request.user)
        return Answer(text, [section(text)])
    if not asked.when:
        return await _form(edge, request.workspace, request.user)
    dates = read_dates(asked.when, hours=person.hours, now=request.now)
    away = await edge.do(
        request.workspace, absences.away, user, dates, by=request.user, now=request.now
    )
    return Answer(*absence_blocks.kept(away, by=request.user))


async def _whose(edge: Edge, request: Request, who: str) -> UserId:
    """Return of whom somebody speaks; of themselves where nobody is named."""
    if not who:
        return request.user
    there = await around(edge, request, by_name=True)
    found = read_people(who, names=there.names, name_of=there.name_of, me=request.user)
    if found.problems or len(found.users) != 1:
        problem = "Name one person: type @ and pick them, such as `/baton away @ana fri`."
        raise BotError(" ".join(found.problems) or problem)
    return found.users[0]


async def _person(edge: Edge, workspace: WorkspaceId, user: UserId) -> Person:
    people = await known(edge, workspace, (user,), seconds=NAMING)
    if user not in people:
        raise BotError("Slack does not say who that is at the moment. Try again in a minute.")
    return people[user]


async def _form(edge: Edge, workspace: WorkspaceId, user: UserId) -> Form:
    person = await _person(edge, workspace, user)
    leads = await edge.do(workspace, absences.may_speak_for_others, user)
    view = absence_blocks.form(working_date(person.hours, edge.clock()), leads=leads)
    return Form(view, Answer("On which days are you away? Write it like `away fri`."))


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the form and the buttons of absences."""
    listeners = _Listeners(edge)
    app.action(absence_blocks.AWAY)(listeners.open_form)
    app.view(absence_blocks.AWAY)(listeners.submit)
    app.action(absence_blocks.END)(listeners.end)
    app.action(re.compile(r"^absence\.(?:move|leave)(?:_all)?$"))(listeners.decide)


class _Listeners:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def open_form(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        form = await _form(self._edge, workspace, user)
        await open_modal(self._edge, workspace, body, dict(form.view))
        await ack()

    async def submit(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        workspace, user = actor(body, context)
        state = view["state"]
        first, last = input_date(state, "first"), input_date(state, "last")
        if first is None or last is None:
            raise InputError("Choose a day.", block="first" if first is None else "last")
        whose = input_person(state, "person") or user
        await _person(self._edge, workspace, whose)
        try:
            away = await self._edge.do(
                workspace,
                absences.away,
                whose,
                Absence(first, last),
                by=user,
                now=self._edge.clock(),
            )
        except BadSpan as refusal:
            raise InputError(str(refusal), block="last") from refusal
        text, blocks = absence_blocks.kept(away, by=user)
        await ack()
        await whisper(self._edge.gateway, body, text, blocks)

    async def end(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        whose, first = _ended(body)
        person = await _person(self._edge, workspace, whose)
        gone = await self._edge.do(
            workspace, absences.take_back, whose, first, by=user, now=self._edge.clock()
        )
        text = (
            "That absence is over or was taken back already."
            if gone is None
            else absence_blocks.ended(gone, person, by=user)
        )
        await replace(self._edge, workspace, body, title="Away", text=text, blocks=[section(text)])
        await ack()

    async def decide(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        action = body["actions"][0]
        number, subject = _decided(str(action.get("value") or ""))
        if action["action_id"] in {absence_blocks.MOVE, absence_blocks.MOVE_ALL}:
            await self._edge.do(
                workspace,
                absence_notices.move,
                subject,
                number,
                by=user,
                via=Via.BUTTON,
                now=self._edge.clock(),
            )
        else:
            await self._edge.do(workspace, absence_notices.leave, subject, number, by=user)
        await ack()


def _ended(body: Mapping[str, Any]) -> tuple[UserId, date]:
    try:
        whose, first = str(body["actions"][0].get("value") or "").split()
        return UserId(whose), date.fromisoformat(first)
    except ValueError:
        raise BotError(_STALE) from None


def _decided(value: str) -> tuple[TaskNumber | None, str]:
    """Return the task, where it is about one, and the notice on which the button stands."""
    number, _, subject = value.rpartition(" ")
    if number and not number.isdecimal():
        raise BotError(_STALE)
    return TaskNumber(int(number)) if number else None, subject
