"""The buttons of tasks, wherever they stand, and the modals that they open."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.domain.errors import SlackFailure
from bot.domain.task import Step, Via
from bot.slack import gap_questions, task_blocks, task_lists
from bot.slack.blocks import Block, input_text, modal, section
from bot.slack.edge import Answer, actor
from bot.slack.hearing import later, send_now
from bot.slack.surfaces import PATIENCE, open_modal, replace
from bot.slack.task_access import check_possible, due_in, is_channel, sees_card
from bot.slack.task_blocks import MOST_BLOCKS
from bot.slack.task_values import (
    pressed_in,
    pressed_on_post,
    pressed_task,
    pressed_words,
    submitted_task,
)
from bot.slack.task_words import sentence
from bot.slack.whispering import whisper
from bot.usecases import asking, delegation, hearing, repeating, reviewing, task_views

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import UserId, WorkspaceId
    from bot.domain.task import TaskNumber
    from bot.slack.edge import Edge


@dataclass(frozen=True)
class Buttons:
    """The buttons of a task, wherever they stand, and the modals they open."""

    edge: Edge

    async def done(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        if await self._told_to_accept(body, context):
            await ack()
        else:
            await self.step(delegation.finish, ack, body, context)

    async def reopen(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.step(delegation.reopen, ack, body, context, is_told=True)

    async def verify(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.step(reviewing.verify, ack, body, context)

    async def cancel(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.step(delegation.cancel, ack, body, context, is_told=True)

    async def skip(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.step(repeating.skip, ack, body, context, is_told=True)

    async def stop(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.step(repeating.stop, ack, body, context)

    async def ask(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        words = pressed_words(body)
        await self.form(Step.ASK, partial(task_blocks.ask_modal, initial=words), ack, body, context)

    async def ask_gap(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Ask about something that the brief does not say, and offer what else it does not."""
        workspace, user = actor(body, context)
        number, gap = pressed_task(body), gap_questions.pressed_gap(body)
        visible = await sees_card(self.edge, workspace, number, user)
        task = await self.edge.do(
            workspace,
            asking.ask_gap,
            number,
            gap,
            by=user,
            via=Via.MODAL,
            sees_card=visible,
            now=self.edge.clock(),
        )
        told = await held_back(self.edge, workspace, number, user)
        blocks = gap_questions.asked(task, told.blocks if told else ())
        title = f"Task {number}"
        await replace(self.edge, workspace, body, title=title, text=title, blocks=blocks)
        await ack()

    async def decline(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.form(Step.DECLINE, task_blocks.decline_modal, ack, body, context)

    async def note(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        if await self._told_to_accept(body, context):
            await ack()
        else:
            await self.form(Step.NOTE, task_blocks.note_modal, ack, body, context)

    async def block(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.form(Step.BLOCK, task_blocks.block_modal, ack, body, context)

    async def send_back(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        await self.form(Step.RETURN, task_blocks.return_modal, ack, body, context)

    async def snooze(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.form(Step.SNOOZE, task_blocks.snooze_modal, ack, body, context)

    async def answer(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.form(Step.ANSWER, task_blocks.answer_modal, ack, body, context)

    async def where(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Open the modal for where the result is; who did not do it, may look for it."""
        workspace, user = actor(body, context)
        number = pressed_task(body)
        visible = await sees_card(self.edge, workspace, number, user, here=pressed_in(body))
        task = await self.edge.do(workspace, delegation.find, number, user, sees_card=visible)
        if not task.is_assignee(user):
            await self.status(ack, body, context)
            return
        await self.form(Step.FINISH, task_blocks.where_modal, ack, body, context)

    async def check(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self.step(delegation.ask_how_it_goes, ack, body, context, is_told=True)

    async def status(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Say how a task stands, in private, and ask nobody."""
        workspace, user = actor(body, context)
        number = pressed_task(body)
        visible = await sees_card(self.edge, workspace, number, user, here=pressed_in(body))
        view = await self.edge.do(workspace, task_views.detail, number, by=user, sees_card=visible)
        blocks = task_blocks.how_it_goes(view)
        if body.get("view"):
            shown = modal("task.show", f"Task {number}", blocks)
            await open_modal(self.edge, workspace, body, shown)
        else:
            await whisper(self.edge.gateway, body, sentence(view, ""), blocks)
        await ack()

    async def show(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Show a task of a list on its own."""
        workspace, user = actor(body, context)
        number = pressed_task(body)
        visible = await sees_card(self.edge, workspace, number, user, here=pressed_in(body))
        view = await self.edge.do(workspace, task_views.detail, number, by=user, sees_card=visible)
        shown = modal("task.show", f"Task {number}", task_blocks.detail(view))
        await open_modal(self.edge, workspace, body, shown)
        await ack()

    async def _told_to_accept(self, body: dict[str, Any], context: AsyncBoltContext) -> bool:
        """Ask for a yes first, in private, where a row of buttons serves several people."""
        workspace, user = actor(body, context)
        number, channel = pressed_task(body), pressed_in(body)
        if channel is None or not is_channel(channel) or not pressed_on_post(body):
            return False
        if not await self.edge.do(workspace, delegation.lacks_yes, number, user):
            return False
        text = (
            f"You have not accepted task {number}, and somebody else has. Accept it first: then "
            "*Done* and *Note* are for you as well."
        )
        row = task_blocks.task_buttons(number, "accept", "ask", "decline")
        await whisper(self.edge.gateway, body, text, [section(text), row])
        return True

    async def step(
        self,
        verb: Callable[..., Any],
        ack: AsyncAck,
        body: dict[str, Any],
        context: AsyncBoltContext,
        *,
        is_told: bool = False,
        **given: object,
    ) -> None:
        workspace, user = actor(body, context)
        number = pressed_task(body)
        visible = await sees_card(self.edge, workspace, number, user, here=pressed_in(body))
        await self.edge.do(
            workspace,
            verb,
            number,
            **given,
            by=user,
            via=Via.BUTTON,
            sees_card=visible,
            now=self.edge.clock(),
        )
        told = await held_back(self.edge, workspace, number, user) if is_told else None
        if told is not None and pressed_on_post(body):
            # What was done stands, whether they can be told of it or not.
            with suppress(SlackFailure, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await whisper(self.edge.gateway, body, told.text, told.blocks)
        else:
            await self._show_anew(workspace, user, number, body, told)
        await ack()

    async def form(
        self,
        step: Step,
        view: Callable[..., Block],
        ack: AsyncAck,
        body: dict[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        """Open the modal of a step, for somebody who may take it and while it can be taken."""
        workspace, user = actor(body, context)
        number = pressed_task(body)
        visible = await sees_card(self.edge, workspace, number, user, here=pressed_in(body))
        task = await self.edge.do(
            workspace, delegation.check, number, step, by=user, sees_card=visible
        )
        check_possible(task, step)
        asked: tuple[object, ...] = (task.question,) if step is Step.ANSWER else ()
        if step is Step.ASK:
            asked = (gap_questions.offered(task),)
        await open_modal(self.edge, workspace, body, view(number, *asked))
        await ack()

    async def _show_anew(
        self,
        workspace: WorkspaceId,
        user: UserId,
        number: TaskNumber,
        body: Mapping[str, Any],
        told: Answer | None,
    ) -> None:
        """Let the private answer or modal with the button show what it made of the task."""
        if str(body["actions"][0]["block_id"]).startswith(f"{task_lists.LIST_BLOCK}."):
            answer = await task_lists.waiting(self.edge, workspace, user)
            text, blocks = answer.text, list(map(dict, answer.blocks)) or [section(answer.text)]
        else:
            # A step is only taken by those whom the task concerns.
            view = await self.edge.do(workspace, task_views.detail, number, by=user)
            text, blocks = sentence(view, ""), task_blocks.detail(view)
        if told is not None:
            text, blocks = f"{text}\n{told.text}", [*map(dict, told.blocks), *blocks][:MOST_BLOCKS]
        await replace(self.edge, workspace, body, title=f"Task {number}", text=text, blocks=blocks)


@dataclass(frozen=True)
class Modals:
    """What people write into the modals of a task."""

    edge: Edge

    async def ask(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        question = input_text(view["state"], "question")
        await self.step(delegation.ask, ack, body, view, context, question=question)

    async def decline(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        reason = input_text(view["state"], "reason")
        await self.step(delegation.decline, ack, body, view, context, reason=reason)

    async def note(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        text = input_text(view["state"], "note")
        await self.step(delegation.note, ack, body, view, context, text=text)

    async def where(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        text = input_text(view["state"], "link")
        await self.step(delegation.note, ack, body, view, context, text=text)

    async def answer(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        text = input_text(view["state"], "answer")
        await self.step(delegation.answer, ack, body, view, context, text=text)

    async def block(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        reason = input_text(view["state"], "reason")
        await self.step(delegation.block, ack, body, view, context, reason=reason)

    async def send_back(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        text = input_text(view["state"], "missing")
        await self.step(reviewing.send_back, ack, body, view, context, text=text)

    async def snooze(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        workspace, user = actor(body, context)
        said = input_text(view["state"], "until")
        now = self.edge.clock()
        until = await due_in(self.edge, workspace, user, said, now=now)
        await self.step(delegation.snooze, ack, body, view, context, until=until.at)

    async def step(
        self,
        verb: Callable[..., Any],
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
        **given: object,
    ) -> None:
        workspace, user = actor(body, context)
        number = submitted_task(view)
        visible = await sees_card(self.edge, workspace, number, user)
        await self.edge.do(
            workspace,
            verb,
            number,
            **given,
            by=user,
            via=Via.MODAL,
            sees_card=visible,
            now=self.edge.clock(),
        )
        told = await held_back(self.edge, workspace, number, user)
        if told is None:
            await ack()
        else:
            shown = modal("task.show", f"Task {number}", list(map(dict, told.blocks)))
            await ack(response_action="update", view=shown)


async def held_back(
    edge: Edge, workspace: WorkspaceId, number: TaskNumber, user: UserId
) -> Answer | None:
    """Return who hears later of the step that somebody just took, with *Send now*."""
    held = await edge.do(workspace, hearing.of_latest, number, by=user, now=edge.clock())
    if held is None:
        return None
    text = f"Task {number}: {later(held, user)}"
    return Answer(text, [section(text), send_now(number, held)])


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the buttons of tasks and the modals of their steps."""
    buttons, modals = Buttons(edge), Modals(edge)
    at_once = ("done", "reopen", "verify", "check", "status", "cancel", "skip", "stop", "show")
    for name in at_once:
        app.action(f"task.{name}")(getattr(buttons, name))
    for name in ("ask", "decline", "note", "block", "snooze", "answer", "where"):
        app.action(f"task.{name}")(getattr(buttons, name))
        app.view(f"task.{name}")(getattr(modals, name))
    app.action(re.compile(rf"^{re.escape(gap_questions.ASK_GAP)}\.\w+$"))(buttons.ask_gap)
    app.action("task.return")(buttons.send_back)
    app.view("task.return")(modals.send_back)
