"""What people are told of a yes on other terms, and of what is said to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.task import Reply, Step, Via
from bot.slack import task_blocks
from bot.slack.blocks import Block, actions, button, clock_words, context, cut, escape, section
from bot.slack.task_words import due_for, facts_line, headline, name_of, proposed_words

if TYPE_CHECKING:
    from bot.domain.task import TaskEvent
    from bot.usecases.task_views import StepView, TaskView

STEPS = frozenset({Step.PROPOSE, Step.AGREE, Step.KEEP, Step.TALK, Step.ACCEPT})

NOT_QUITE = "Not quite, let's talk"

_OUTCOMES = {Step.AGREE: "agreed", Step.KEEP: "kept as it was"}


def told(step: StepView) -> tuple[str, list[Block]]:
    """Return the text and the blocks of a message about one of these steps."""
    match step.event.step:
        case Step.PROPOSE:
            return _proposed(step)
        case Step.AGREE:
            return _agreed(step.view, step.event)
        case Step.KEEP:
            return _kept(step.view, step.event)
        case Step.TALK:
            return _talk(step.view, step.event)
        case _:
            return _worded(step.view, step.event)


def outcome(step: StepView) -> str:
    """Return what became of a step about which there is nothing left to be done."""
    later = step.view.history[step.event.place :]
    if step.event.step is Step.PROPOSE and later:
        return _OUTCOMES.get(later[0].step, "settled")
    return "settled"


def _proposed(step: StepView) -> tuple[str, list[Block]]:
    view, task, event = step.view, step.view.task, step.event
    who, proposal = name_of(view.people.get(event.by)), task.pending
    assert proposal is not None  # noqa: S101  # else it is settled
    at = clock_words(proposal.due.at, _zone(view)) if proposal.due else ""
    by = f" by {proposed_words(view, replace(proposal, words=''))}" if at else ""
    said = escape(proposal.words)
    before = f"{who} {'could do' if at else 'proposes something else for'} task {task.number} "
    after = f" by {at}" if at else ""
    lines = [f"{before}*{escape(task.title)}*{by}", facts_line(view)]
    until = (
        f"If you say nothing, it is agreed on {clock_words(step.stands_at, _zone(view))}."
        if step.stands_at
        else "You wanted to talk first, so it waits until you agree or keep it as it is."
    )
    row = actions(
        *(
            button(label, f"task.{name}", value=f"{task.number} {event.place}", style=style)
            for name, label, style in (
                ("agree", "Agree", "primary"),
                ("talk", "Talk", None),
                ("keep", "Keep", None),
            )
        )
    )
    text = "\n".join(filter(None, (headline(before, task.title, after), said, until)))
    quoted = [_quoted(said)] if said else []
    return text, [section("\n".join(lines)), *quoted, row, context(until)]


def _agreed(view: TaskView, event: TaskEvent) -> tuple[str, list[Block]]:
    task = view.task
    who = name_of(view.people.get(event.by))
    due = f", due {due_for(view)}" if event.text else ""
    before, after = f"{who} agrees: task {task.number} ", due
    note = "That is what counts now."
    if event.via is Via.SILENCE:
        before = f"Agreed by silence: task {task.number} "
        after = due or ", as it was proposed"
        is_own = view.reader == event.by
        nobody = "You" if is_own else who
        note = f"{nobody} said nothing against it, so that is what counts now."
    blocks = [
        section(f"{before}*{escape(task.title)}*{after}\n{note}"),
        *task_blocks.buttons(view),
    ]
    return f"{headline(before, task.title, after)}\n{note}", blocks


def _kept(view: TaskView, event: TaskEvent) -> tuple[str, list[Block]]:
    task = view.task
    who = name_of(view.people.get(event.by))
    before, after = f"{who} keeps task {task.number} ", f", due {due_for(view)}"
    note = "It stays as it was."
    if view.reply is Reply.NONE:
        note = "It stays as it was, and you have not said yes to that. Can you do it like this?"
    blocks = [
        section(f"{before}*{escape(task.title)}*{after}\n{note}"),
        *task_blocks.buttons(view),
    ]
    return f"{headline(before, task.title, after)}\n{note}", blocks


def _talk(view: TaskView, event: TaskEvent) -> tuple[str, list[Block]]:
    task = view.task
    who = name_of(view.people.get(event.by))
    before = f"{who} would like to talk about task {task.number} "
    words = task.words_of(view.reader) if view.reader else ""
    pending = task.pending
    lines = [_quoted(escape(event.text))] if event.text else []
    if pending is not None and pending.by == view.reader:
        lines.append(section(f"You proposed {proposed_words(view, pending)}"))
    elif words:
        lines.append(section(f"You said: {cut(escape(words), 1_200)}"))
    row = task_blocks.task_buttons(task.number, "say", "propose", "ask")
    how = f"Answer here with a button, or write to {who}. Nothing else changes meanwhile."
    text = f"{headline(before, task.title, '')}\n{escape(event.text)}".rstrip()
    blocks = [
        section(f"{before}*{escape(task.title)}*\n{facts_line(view)}"),
        *lines,
        row,
        context(how),
    ]
    return text, blocks


def _worded(view: TaskView, event: TaskEvent) -> tuple[str, list[Block]]:
    task = view.task
    who = name_of(view.people.get(event.by))
    before = f"{who} says how it is meant: task {task.number} "
    again = button(NOT_QUITE, "task.talk", value=str(task.number))
    blocks = [
        section(f"{before}*{escape(task.title)}*\n{facts_line(view)}"),
        _quoted(escape(event.text)),
        actions(again),
        context("If that is right, there is nothing to do."),
    ]
    return f"{headline(before, task.title, '')}\n{escape(event.text)}", blocks


def _quoted(words: str) -> Block:
    return section(f">{cut(' '.join(words.split()), 2_900)}")


def _zone(view: TaskView) -> str:
    return view.person.zone if view.person else view.task.due.zone
