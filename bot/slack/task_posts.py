"""What Slack is to show of a task: its card, that it is somebody's now, and steps with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.post import Message, PostKind, Withdrawn
from bot.domain.task import WORDS, Reply, Status, Step
from bot.slack import agreement_posts, brief_words, task_blocks
from bot.slack.blocks import (
    TEXT_LIMIT,
    Block,
    cut,
    duration_words,
    escape,
    in_plain_words,
    section,
)
from bot.slack.hours import offer
from bot.slack.task_words import (
    closing,
    due_for,
    facts_line,
    headline,
    name_of,
    parts_lines,
    people_within,
    repeats_line,
)
from bot.usecases import task_views
from bot.usecases.cards import reader_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from bot.domain.post import Post, Rendered
    from bot.domain.task import TaskEvent
    from bot.usecases.task_views import StepView, TaskView


def render(tx: Any, post: Post, now: datetime) -> Rendered:  # noqa: ANN401  # the store's Tx
    """Return a card, a message that a task is somebody's now, or one about a step."""
    del now
    if post.kind is PostKind.STEP:
        return _step(post, task_views.of_step(tx, post))
    view = task_views.of_post(tx, post)
    if view.reader is not None and not view.is_private:
        return Withdrawn() if post.ts is None else _lost(post, view)
    if post.ts is None and view.task.status is Status.CANCELLED:
        # Nobody saw it yet, so there is nothing to explain.
        return Withdrawn()
    return _card(post, view) if post.kind is PostKind.CARD else _new_task(post, view)


def _card(post: Post, view: TaskView) -> Rendered:
    task = view.task
    is_of_assignee = view.reader is not None and view.reader != task.delegator
    if is_of_assignee and not task.is_open and post.ts is None:
        # It waited for its reader's day, and meanwhile nothing is left to be done.
        return Withdrawn()
    if is_of_assignee and task.status in {Status.DECLINED, Status.CANCELLED}:
        line = f"Task {task.number}: {escape(task.title)}. {closing(view)}"
        return _said(post, line, task_blocks.settled(line))
    blocks = [*task_blocks.card(view), *task_blocks.buttons(view)]
    if task.is_open and reader_of(post) is not None:
        blocks += offer(view.person)
    return _said(post, _card_text(view), blocks)


def _lost(post: Post, view: TaskView) -> Message:
    """Return what stays for somebody whom a task no longer concerns: nothing of what it says."""
    line = f"Task {view.task.number} was given to somebody else."
    return _said(post, line, task_blocks.settled(line))


def _card_text(view: TaskView) -> str:
    """Return the card in plain words, for notifications and for those who read no blocks."""
    task = view.task
    due = f", due {due_for(view)}"
    lines = [headline(f"{people_within(view, due)}: ", task.title, due)]
    lines.append(f"Task {task.number}, {WORDS[task.status]}.")
    lines += [f"Takes {duration_words(task.takes.total_seconds())}."] if task.takes else []
    lines += [] if escape(task.title) in lines[0] else [escape(task.title)]
    lines += [escape(task.more)] if task.more else []
    lines += brief_words.plain(view)
    lines += [parts_lines(view)] if view.parts else []
    lines += [line] if (line := repeats_line(view)) else []
    lines += [f"Last note: {escape(view.last_note.text)}"] if view.last_note else []
    lines += [] if task.is_open else [closing(view)]
    return "\n".join(lines)


def _new_task(post: Post, view: TaskView) -> Rendered:
    """Return what tells an assignee of a card in a channel, until they have said something."""
    task = view.task
    where = f" Its card is in <#{task.channel}>." if task.channel else ""
    reader = view.reader
    line = ""
    if not task.is_open:
        line = f"Task {task.number}: {escape(task.title)}. {closing(view)}"
    elif view.reply is not Reply.NONE:
        said = "did your share of" if view.reply is Reply.DONE else view.reply.value
        line = f"You {said} task {task.number}: {escape(task.title)}.{where}"
    elif task.status is Status.ASKED and _last_asked_by(view) == reader:
        line = f"You asked about task {task.number}: {escape(task.title)}.{where}"
    if line and post.ts is None:
        # It waited for its reader's day, and meanwhile they have said something themselves.
        return Withdrawn()
    if line:
        return _said(post, line, task_blocks.settled(line))
    who = name_of(view.people.get(task.delegator))
    text = headline(f"{who} asks you: ", task.title, f", due {due_for(view)}")
    blocks = [
        section(
            f"{who} asks you: *{escape(task.title)}*\n{facts_line(view)}\n{where.strip()}".rstrip()
        ),
        *([section(cut(escape(task.more), task_blocks.MORE_LIMIT))] if task.more else []),
        *brief_words.details(view),
        *brief_words.grey(view),
        *task_blocks.buttons(view),
        *offer(view.person),
    ]
    rest = [*([escape(task.more)] if task.more else []), *brief_words.plain(view)]
    return _said(post, "\n".join([text, f"Task {task.number}.{where}", *rest]), blocks)


def _last_asked_by(view: TaskView) -> str | None:
    asked = view.latest(Step.ASK)
    return asked.by if asked else None


_TOLD = {
    Step.ASK: "asks about",
    Step.ANSWER: "answers on",
    Step.DECLINE: "declines",
    Step.BLOCK: "is blocked on",
    Step.CANCEL: "cancelled",
    Step.SKIP: "left out",
    Step.MOVE: "moved",
    Step.REOPEN: "reopened",
    Step.GIVE: "gave you",
    Step.FINISH: "has done",
    Step.RETURN: "gave back",
    Step.CHECK: "asks how it is going with",
    Step.DIVIDE: "divided",
    Step.PROPOSE: "proposed something else for",
    Step.AGREE: "agreed on",
    Step.KEEP: "kept",
    Step.TALK: "wanted to talk about",
    Step.ACCEPT: "said in own words",
}


def _step(post: Post, step: StepView) -> Rendered:
    view, event = step.view, step.event
    task = view.task
    if not view.is_private:
        # That it was given away is news; nothing else is for them any more.
        is_news = event.step is Step.GIVE or post.ts is not None
        return _lost(post, view) if is_news else Withdrawn()
    if step.is_settled and post.ts is None:
        # It waited for its reader's day, and meanwhile nothing is left to be said.
        return Withdrawn()
    if not step.is_settled and event.step in agreement_posts.STEPS:
        text, blocks = agreement_posts.told(step)
        return _said(post, text, [*blocks, *offer(view.person)])
    what = f"task {task.number} "
    who = name_of(view.people.get(event.by))
    before, after = f"{who} {_TOLD[event.step]} {what}", f", due {due_for(view)}"
    text = headline(before, task.title, after)
    if step.is_settled:
        line = f"{before}{escape(task.title)}: {agreement_posts.outcome(step)}."
        return _said(post, line, task_blocks.settled(line))
    words = "" if event.step is Step.MOVE else event.text
    quoted = [section(f">{cut(escape(' '.join(words.split())), 2_900)}")] if words else []
    blocks = [
        section(f"{before}*{escape(task.title)}*\n{facts_line(view)}"),
        *quoted,
        *_step_buttons(view, event),
        *offer(view.person),
    ]
    return _said(post, f"{text}\n{escape(words)}".rstrip(), blocks)


def _step_buttons(view: TaskView, event: TaskEvent) -> Sequence[Block]:
    number = view.task.number
    match event.step:
        case Step.ASK | Step.BLOCK:
            return [task_blocks.task_buttons(number, "answer")]
        case Step.CHECK:
            return [task_blocks.task_buttons(number, "note", "done", "block")]
        case Step.FINISH | Step.DECLINE if view.task.status is Status.DONE and view.task.review:
            return [task_blocks.task_buttons(number, "verify", "return")]
        case Step.DECLINE if view.task.status is Status.DECLINED:
            return [task_blocks.task_buttons(number, "change", "reopen", "cancel")]
        case Step.ANSWER | Step.MOVE | Step.REOPEN | Step.GIVE | Step.RETURN if (
            view.reader in view.task.people
        ):
            return task_blocks.buttons(view)
        case _:
            return []


def _said(post: Post, text: str, blocks: Sequence[Block]) -> Message:
    number = int(post.subject.partition("/")[0])
    is_card = post.kind is PostKind.CARD
    rest = f"\nThe rest: `/tasks {number}`"
    text = in_plain_words(text)
    whole = text if len(text) <= TEXT_LIMIT else f"{cut(text, TEXT_LIMIT - len(rest))}{rest}"
    return Message(
        text=whole,
        blocks=task_blocks.with_ids(blocks, f"{number}.{post.wanted}"),
        event_type="baton_task" if is_card else "baton_note",
        event_payload={"post": post.id, "task": number}
        if is_card
        else {"post": post.id, "kind": post.kind.value},
    )
