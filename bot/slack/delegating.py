"""`/delegate`, its form and its receipt: a task is there when the receipt arrives."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.brief import NO_REST, Draft, check_assignees
from bot.domain.errors import BotError, SlackFailure
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId
from bot.domain.repeat import Moving
from bot.domain.task import Status, Step, Via
from bot.slack import briefing, delegation_form
from bot.slack.blocks import duration_words, escape, modal, section
from bot.slack.delegation_form import Filled
from bot.slack.delegation_grammar import calls_by_name, parse_delegate
from bot.slack.edge import Answer, Form, actor
from bot.slack.hearing import at_once
from bot.slack.plain_text import plain
from bot.slack.receipts import receipt
from bot.slack.repeat_form import Repeats, rule_of
from bot.slack.surfaces import PATIENCE, open_modal, replace
from bot.slack.task_access import (
    Around,
    around,
    check_possible,
    is_channel,
    members_with,
    people_of,
    place_for,
    readers_of,
    sees_card,
)
from bot.slack.task_values import pressed_in, pressed_place, pressed_task
from bot.slack.written import mentioned
from bot.usecases import delegation, hearing, reacting, repeating, task_views

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import WorkspaceId
    from bot.domain.post import MessageTs
    from bot.domain.task import Due, TaskNumber
    from bot.slack.delegation_form import Wanted
    from bot.slack.delegation_grammar import Delegation
    from bot.slack.edge import Edge, Request
    from bot.usecases.delegation import Receipt

NEW = "delegate.new"
"""The `action_id` of *Delegate a task*, wherever it stands."""

ASK_FOR_THE_REST = "Who does it, what should be true when it is done, and when is it due?"


async def delegate(edge: Edge, request: Request) -> Answer | Form:
    """Make the task that was described whole, else open the form with what was understood."""
    if not request.text.strip():
        return await _form(edge, request, Filled(channel=request.channel), ASK_FOR_THE_REST)
    said, done = await _delegated(edge, request)
    if done is None:
        reason = "\n".join(escape(problem) for problem in said.filled.problems)
        return await _form(edge, request, said.filled, reason)
    notes = [said.why] if said.why else []
    return receipt(done, notes=notes, now=request.now)


@dataclass(frozen=True)
class _Said:
    """What a line says."""

    filled: Filled
    """All of it, for the form."""
    draft: Draft | None
    """The task; None where something is missing."""
    why: str
    """Why its card goes to direct messages, where it does."""


async def _delegated(edge: Edge, request: Request) -> tuple[_Said, Receipt | None]:
    """Make the task if it was described whole; in one transaction if Slack need not be asked."""
    workspace, channel = request.workspace, request.channel
    users = (request.user, *mentioned(request.text))
    members = edge.directory.met(workspace, channel, users) if is_channel(channel) else None
    by_name = calls_by_name(request.text)
    is_known = is_channel(channel) == (members is not None)
    if is_known and not by_name and not edge.directory.stale(workspace, users):

        def understand(people: Mapping[UserId, Person]) -> _Said:
            there = Around(people=dict(people), names=lambda _: [])
            return _said(request, _asked(request, there), there, members)

        return await edge.do(
            workspace,
            delegation.delegate_as_said,
            users,
            understand,
            key=request.key,
            by=request.user,
            via=request.via,
            now=request.now,
        )
    there = await around(edge, request, by_name=by_name)
    asked = _asked(request, there)
    if is_channel(channel) and not asked.problems:
        members = await members_with(edge, workspace, channel, (request.user, *asked.people))
    said = _said(request, asked, there, members)
    if said.draft is None:
        return said, None
    done = await edge.do(
        workspace,
        delegation.delegate,
        said.draft,
        key=request.key,
        by=request.user,
        via=request.via,
        now=request.now,
    )
    return said, done


def _asked(request: Request, there: Around) -> Delegation:
    """Read the line with those who may be meant, and check that they can be given a task."""
    asked = parse_delegate(
        request.text,
        names=there.names,
        name_of=there.name_of,
        me=request.user,
        mine=there.hours_of(request.user),
        theirs_of=lambda users: there.hours_of(users[0]),
        now=request.now,
    )
    return dataclasses.replace(
        asked, problems=(*asked.problems, *_refused(asked.people, there.people))
    )


def _said(
    request: Request, asked: Delegation, there: Around, members: frozenset[UserId] | None
) -> _Said:
    # Slack opens no form that names somebody whom it does not know.
    known = tuple(user for user in asked.people if user in there.people)
    filled = Filled(
        people=known,
        outcome=asked.more or asked.title,
        due=asked.due.words if asked.due else "",
        takes=duration_words(asked.takes.total_seconds()) if asked.takes else "",
        channel=request.channel,
        repeats=Repeats(asked.every or ""),
        problems=asked.problems,
    )
    if asked.problems or asked.due is None:
        return _Said(filled, None, "")
    users = (request.user, *asked.people)
    channel, why = place_for(request.channel, members, users, there.people)
    draft = Draft(
        title=asked.title,
        more=asked.more,
        assignees=asked.people,
        due=asked.due,
        takes=asked.takes,
        channel=channel,
        rule=asked.rule,
    )
    return _Said(filled, draft, why)


async def _form(edge: Edge, request: Request, filled: Filled, instead: str) -> Form:
    view = await briefing.shown(edge, request.workspace, request.user, filled, now=request.now)
    return Form(view, Answer(instead))


def _refused(users: tuple[UserId, ...], people: Mapping[UserId, Person]) -> list[str]:
    """Return why some of these people cannot be given a task, for the line above the form."""
    if not users:
        return []
    try:
        check_assignees(users, people)
    except BotError as refusal:
        return [str(refusal)]
    return []


async def card_reply(  # noqa: PLR0917  # replies of huddles and cards are taken alike
    edge: Edge,
    workspace: WorkspaceId,
    channel: ChannelId,
    thread_ts: MessageTs,
    user: UserId,
    ts: MessageTs,
    text: str,
    now: datetime,
) -> None:
    """Take a line that somebody wrote in the thread of a card."""
    await edge.do(
        workspace,
        reacting.reply,
        channel=channel,
        thread=thread_ts,
        ts=ts,
        text=await plain(edge.directory, workspace, text),
        by=user,
        now=now,
    )


@dataclass(frozen=True)
class Listeners:
    """The form `task.delegate`, the shortcuts that open it, and the buttons of the receipt."""

    edge: Edge

    async def open_new(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        """Open the empty form."""
        channel = (body.get("channel") or {}).get("id")
        filled = Filled(channel=ChannelId(channel) if channel else None)
        await self._open(body, context, filled)
        await ack()

    async def open_on_message(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        """Open the form filled in with a message: its text, who wrote it, and where it is."""
        workspace, _ = actor(body, context)
        channel, message = body["channel"]["id"], body["message"]
        lines = [""]
        with suppress(SlackFailure, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                lines = await self._quoted(workspace, channel, message)
        filled = Filled(outcome="\n".join(lines).strip(), channel=ChannelId(channel))
        await self._open(body, context, filled)
        await ack()

    async def _open(self, body: dict[str, Any], context: AsyncBoltContext, filled: Filled) -> None:
        workspace, user = actor(body, context)
        view = await briefing.shown(self.edge, workspace, user, filled, now=self.edge.clock())
        await open_modal(self.edge, workspace, body, view)

    async def _quoted(
        self, workspace: WorkspaceId, channel: str, message: Mapping[str, Any]
    ) -> list[str]:
        text = await plain(self.edge.directory, workspace, str(message.get("text") or ""))
        author = UserId(str(message.get("user") or ""))
        people = await self.edge.directory.people(workspace, (author,)) if author else {}
        link = await self.edge.gateway.call(
            workspace, "chat.getPermalink", channel=channel, message_ts=message["ts"]
        )
        who = f"{people[author].name}: " if author in people else ""
        return [text, f"{who}{link['permalink']}"]

    async def change(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Open the form filled in with a task that its delegator wants to change."""
        workspace, user = actor(body, context)
        number = pressed_task(body)
        visible = await sees_card(self.edge, workspace, number, user, here=pressed_in(body))
        view = await self.edge.do(workspace, task_views.detail, number, by=user, sees_card=visible)
        step = Step.GIVE if view.task.status is Status.DECLINED else Step.EDIT
        await self.edge.do(workspace, delegation.check, number, step, by=user, sees_card=visible)
        check_possible(view.task, step)
        await self._open(body, context, delegation_form.of_task(view))
        await ack()

    async def again(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Open the form filled in with a task that is to be done once more."""
        workspace, user = actor(body, context)
        view = await self.edge.do(workspace, task_views.detail, pressed_task(body), by=user)
        await self._open(body, context, delegation_form.of_task(view, is_new=True))
        await ack()

    async def undo(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Take a delegation back."""
        workspace, user = actor(body, context)
        task = await self.edge.do(
            workspace,
            delegation.undo,
            pressed_task(body),
            by=user,
            via=Via.BUTTON,
            now=self.edge.clock(),
        )
        text = f"Task {task.number} was taken back: {escape(task.title)}."
        await replace(
            self.edge,
            workspace,
            body,
            title=f"Task {task.number}",
            text=text,
            blocks=[section(text)],
        )
        await ack()

    async def send_now(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        """Let people hear of a task, or of one step, outside their hours."""
        workspace, user = actor(body, context)
        now = self.edge.clock()
        number, place = pressed_task(body), pressed_place(body)
        if place is None:
            done = await self.edge.do(workspace, delegation.send_now, number, by=user, now=now)
            answer = receipt(done, now=now)
        else:
            told = await self.edge.do(
                workspace, hearing.send_step_now, number, place, by=user, now=now
            )
            text = f"Task {number}: {at_once(told)}"
            answer = Answer(text, [section(text)])
        await replace(
            self.edge,
            workspace,
            body,
            title=f"Task {number}",
            text=answer.text,
            blocks=list(map(dict, answer.blocks)),
        )
        await ack()

    async def submit(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        """Do what the form says, and show the receipt in its place."""
        workspace, user = actor(body, context)
        now = self.edge.clock()
        users = (user, *delegation_form.chosen_people(view))
        people = await people_of(self.edge, workspace, users)
        wanted = delegation_form.read_form(view, people)
        by = people.get(user, Person(id=user, name=user))
        if wanted.task is None:
            due = delegation_form.due_of(wanted, by=by, assignee=people[wanted.people[0]], now=now)
            done, notes = await self._delegate(
                workspace, wanted, due=due, people=people, key=view["id"], by=by, now=now
            )
        else:
            done, notes = (
                await self._change(workspace, wanted, wanted.task, people=people, by=by, now=now),
                [],
            )
        answer = receipt(done, notes=notes, is_new=wanted.task is None, now=now)
        title = f"Task {done.task.number}"
        shown = modal("task.receipt", title, list(map(dict, answer.blocks)))
        await ack(response_action="update", view=shown)

    async def _delegate(
        self,
        workspace: WorkspaceId,
        wanted: Wanted,
        *,
        due: Due,
        people: Mapping[UserId, Person],
        key: str,
        by: Person,
        now: datetime,
    ) -> tuple[Receipt, list[str]]:
        channel, why = None, ""
        if wanted.channel is not None:
            users = (by.id, *wanted.people)
            members = await members_with(self.edge, workspace, wanted.channel, users)
            channel, why = place_for(wanted.channel, members, users, {by.id: by, **people})
        rest = wanted.rest or NO_REST
        wish, hours = wanted.every, people[wanted.people[0]].hours
        draft = Draft(
            title=wanted.title,
            more=wanted.more,
            assignees=wanted.people,
            due=due,
            takes=wanted.takes,
            channel=channel,
            details=rest.details,
            review=rest.review,
            everyone=rest.everyone,
            rule=rule_of(wish, due, known=None, hours=hours, now=now) if wish else None,
            moving=wish.moving if wish else Moving.BEFORE,
        )
        done = await self.edge.do(
            workspace,
            delegation.delegate,
            draft,
            key=key,
            by=by.id,
            via=Via.MODAL,
            now=now,
        )
        return done, [why] if why else []

    async def _change(
        self,
        workspace: WorkspaceId,
        wanted: Wanted,
        number: TaskNumber,
        *,
        people: Mapping[UserId, Person],
        by: Person,
        now: datetime,
    ) -> Receipt:
        task = await self.edge.do(workspace, delegation.find, number, by.id)
        due = (
            task.due
            if wanted.due == wanted.kept_due
            else delegation_form.due_of(wanted, by=by, assignee=people[wanted.people[0]], now=now)
        )
        series = (await self.edge.do(workspace, task_views.detail, number, by=by.id)).repeats
        wish, hours = wanted.every, people[wanted.people[0]].hours
        return await self.edge.do(
            workspace,
            repeating.change_as_said,
            number,
            rule=rule_of(wish, due, known=series, hours=hours, now=now) if wish else None,
            moving=wish.moving if wish else Moving.BEFORE,
            for_all=wish.for_all if wish else None,
            assignees=wanted.people,
            title=wanted.title,
            more=wanted.more,
            due=due,
            takes=wanted.takes,
            rest=wanted.rest,
            in_channel=await readers_of(self.edge, workspace, number, by.id),
            by=by.id,
            via=Via.MODAL,
            now=now,
        )


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the form, the shortcuts and the buttons of the receipt."""
    listeners = Listeners(edge)
    briefing.register(app, edge)
    app.view(delegation_form.CALLBACK)(listeners.submit)
    app.action(NEW)(listeners.open_new)
    app.shortcut("delegate_new")(listeners.open_new)
    app.shortcut("delegate_message")(listeners.open_on_message)
    app.action("task.change")(listeners.change)
    app.action("task.again")(listeners.again)
    app.action("task.undo")(listeners.undo)
    app.action("task.send_now")(listeners.send_now)
