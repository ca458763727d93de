"""What the messages show that stand beside a task's own: words to be written, somebody unheard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.post import Message, Withdrawn
from bot.domain.task import Step
from bot.slack import task_blocks
from bot.slack.blocks import Block, actions, button, escape, section
from bot.slack.hours import offer
from bot.slack.task_words import headline, name_of
from bot.usecases import task_notices
from bot.usecases.task_notices import Unheard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.post import Post, Rendered
    from bot.domain.task import TaskNumber

_REASONS = {
    "user_disabled": "their account was deactivated.",
    "is_inactive": "their account was deactivated.",
    "account_inactive": "their account was deactivated.",
    "user_not_found": "Slack no longer knows them.",
    "messages_tab_disabled": "messages from Baton are switched off in this workspace.",
    "unknown": "Slack did not say whether it took the message.",
}
_OTHER_REASON = "Slack does not bring them messages from Baton ({code})."

_UNSAID = {
    Step.ASK: "Task {number} waits for an answer now. What do you want to ask?",
    Step.ACCEPT: (
        "You accepted task {number}. It is a large one, so say in one sentence what you will do: "
        "then both of you know."
    ),
    Step.BLOCK: "Task {number} is blocked now. What is it waiting for?",
    Step.FINISH: "Task {number} is done. Where is it? A link saves the others a question.",
}
_WRITE = {
    Step.ACCEPT: ("Say it in your words", "task.say"),
    Step.ASK: ("Write it", "task.ask"),
    Step.BLOCK: ("Write it", "task.block"),
    Step.FINISH: ("Add a link", "task.where"),
}


def render(tx: Any, post: Post, now: datetime) -> Rendered:  # noqa: ANN401  # the store's Tx
    """Return what Slack is to show of a notice about a task."""
    del now
    shown = task_notices.view(tx, post)
    if shown is None or (shown.is_settled and post.ts is None):
        return Withdrawn()
    task = shown.view.task
    if not shown.view.is_private:
        line = f"Task {task.number} was given to somebody else."
        return _said(post, task.number, line, task_blocks.settled(line))
    if shown.is_settled:
        line = f"Task {task.number}: {escape(task.title)}: settled."
        return _said(post, task.number, line, task_blocks.settled(line))
    if isinstance(shown, Unheard):
        return _unheard(post, shown)
    text = unsaid(task.number, shown.step)
    return _said(post, task.number, text, unsaid_blocks(task.number, shown.step))


def unsaid(number: TaskNumber, step: Step) -> str:
    """Ask for the words of a step that was taken without any."""
    return _UNSAID[step].format(number=number)


def unsaid_blocks(number: TaskNumber, step: Step) -> list[Block]:
    words, action = _WRITE[step]
    return [section(unsaid(number, step)), actions(button(words, action, value=str(number)))]


def _unheard(post: Post, shown: Unheard) -> Message:
    view, task = shown.view, shown.view.task
    who = name_of(view.people.get(shown.person))
    before, after = f"{who} does not hear of task {task.number} ", f": {why(shown.code)}"
    is_assignee = task.is_assignee(shown.person)
    advice = (
        "Tell them yourself, or give the task to somebody else with *Change*."
        if is_assignee
        else f"Tell {who} yourself what you have to say."
    )
    row = [task_blocks.task_buttons(task.number, "change", "cancel")] if is_assignee else []
    text = f"{headline(before, task.title, after)}\n{advice}"
    said = section(f"{before}*{escape(task.title)}*{after}\n{advice}")
    return _said(post, task.number, text, [said, *row, *offer(view.person)])


def why(code: str) -> str:
    """Say why Slack did not bring somebody a message."""
    return _REASONS.get(code) or _OTHER_REASON.format(code=escape(code))


def _said(post: Post, number: TaskNumber, text: str, blocks: Sequence[Block]) -> Message:
    return Message(
        text=text,
        blocks=task_blocks.with_ids(blocks, f"{number}.{post.wanted}"),
        event_type="baton_note",
        event_payload={"post": post.id, "kind": post.kind.value},
    )
