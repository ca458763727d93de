"""What Slack shows of messages about a repeating task, and the two answers to its question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.post import Message, Withdrawn
from bot.domain.repeat_words import describe
from bot.domain.task import Step
from bot.slack import task_blocks
from bot.slack.blocks import actions, button, escape, section
from bot.slack.edge import actor
from bot.slack.hours import offer
from bot.slack.surfaces import open_modal
from bot.slack.task_access import check_possible
from bot.slack.task_values import pressed_task
from bot.slack.task_words import headline, name_of
from bot.usecases import repeat_notices, repeating
from bot.usecases.repeats import ENOUGH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.post import Post, Rendered
    from bot.slack.blocks import Block
    from bot.slack.edge import Edge
    from bot.usecases.repeat_notices import Shown


def render(tx: Any, post: Post, now: datetime) -> Rendered:  # noqa: ANN401  # the store's Tx
    """Return what Slack is to show of a notice about a repeating task."""
    del now
    shown = repeat_notices.shown(tx, post)
    if shown is None:
        return Withdrawn()
    return _enough(post, shown) if shown.what == ENOUGH else _paused(post, shown)


def _enough(post: Post, shown: Shown) -> Message:
    task, was_enough = shown.view.task, shown.series.was_enough
    title = escape(task.title)
    if was_enough is not None:
        said = "everything was there" if was_enough else "something was missing"
        line = f"{title}: you said that {said}."
        return _said(post, shown, line, task_blocks.settled(line))
    after = " is done twice. Were the brief and its links enough?"
    row = actions(
        button("Yes, all there", "task.enough", value=str(task.number)),
        button("Something was missing", "task.missing", value=str(task.number)),
    )
    blocks = [section(f"*{title}*{after}"), row, *offer(shown.view.person)]
    return _said(post, shown, headline("", task.title, after), blocks)


def _paused(post: Post, shown: Shown) -> Message:
    task, series = shown.view.task, shown.series
    title = escape(task.title)
    if not series.is_paused or not series.is_living:
        line = f"Task {task.number}: {title}: settled."
        return _said(post, shown, line, task_blocks.settled(line))
    who = name_of(shown.person)
    before = f"{who} can do no more tasks, so "
    after = f" does not come again ({describe(series.rule)})."
    if task.is_open:
        advice = "*Change* gives this one and all that follow to somebody else."
        row = task_blocks.task_buttons(task.number, "change", "stop")
    else:
        advice = "*Once more* starts it anew with somebody else."
        row = task_blocks.task_buttons(task.number, "again", "stop")
    text = f"{headline(before, task.title, after)}\n{advice}"
    blocks = [section(f"{before}*{title}*{after}\n{advice}"), row, *offer(shown.view.person)]
    return _said(post, shown, text, blocks)


def _said(post: Post, shown: Shown, text: str, blocks: Sequence[Block]) -> Message:
    return Message(
        text=text,
        blocks=task_blocks.with_ids(blocks, f"{shown.view.task.number}.{post.wanted}"),
        event_type="baton_note",
        event_payload={"post": post.id, "kind": post.kind.value},
    )


@dataclass(frozen=True)
class Answers:
    """*Yes, all there* and *Something was missing*."""

    edge: Edge

    async def enough(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        number = pressed_task(body)
        await self.edge.do(workspace, repeating.answer_enough, number, enough=True, by=user)
        await ack()

    async def missing(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Open what says it to the delegator: a question about the next one, or a note."""
        workspace, user = actor(body, context)
        number = pressed_task(body)
        task, step = await self.edge.do(
            workspace, repeating.answer_enough, number, enough=False, by=user
        )
        check_possible(task, step)
        form = task_blocks.ask_modal if step is Step.ASK else task_blocks.note_modal
        await open_modal(self.edge, workspace, body, form(task.number))
        await ack()


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the two buttons of the question."""
    answers = Answers(edge)
    app.action("task.enough")(answers.enough)
    app.action("task.missing")(answers.missing)
