"""Asking to move what is too much for one day: the form, and what its delegator is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.post import Message, Withdrawn
from bot.slack import task_blocks
from bot.slack.blocks import (
    Block,
    button,
    checkboxes_input,
    clock_words,
    context,
    cut,
    escape,
    in_plain_words,
    modal,
    moment,
    section,
)
from bot.slack.hours import offer
from bot.slack.task_words import name_of
from bot.usecases import moving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.person import Person, UserId
    from bot.domain.post import Post, Rendered
    from bot.domain.task import Task


def form(tasks: Sequence[Task], people: Mapping[UserId, Person]) -> Block:
    """Return the form in which somebody chooses what they would like to have moved."""
    options = [
        (str(task.number), f"{task.title[:50]} ({_name(people.get(task.delegator))})")
        for task in tasks
    ]
    below = "Whoever sent these gets one message from Baton for that day, and no second one."
    return modal(
        "day.move",
        "Ask to move",
        [checkboxes_input("tasks", "What could be later?", options), context(below)],
        submit="Ask",
    )


def _name(person: Person | None) -> str:
    return cut(person.name, 20) if person else "somebody who left"


def render(tx: Any, post: Post, now: datetime) -> Rendered:  # noqa: ANN401  # the store's Tx
    """Return what a delegator is asked to move, until it is moved."""
    del now
    load = moving.view(tx, post)
    who, day = name_of(load.asker), f"{load.date:%a} {load.date.day} {load.date:%b}"
    if not load.tasks:
        line = f"{who} asked for more room on {day}: settled."
        return Withdrawn() if post.ts is None else _said(post, line, task_blocks.settled(line))
    count = len(load.tasks)
    asks = f"{who} has much to do on {day} and asks: can {'this' if count == 1 else 'these'} wait?"
    zone = load.reader.zone if load.reader else load.tasks[0].due.zone
    blocks, lines = [section(asks)], [asks]
    for task in load.tasks:
        change = button("Change", "task.change", value=str(task.number))
        title = escape(cut(task.title, 300))
        when = moment(task.due.at, zone)
        said = section(f"*{title}*\nDue {when} · task {task.number}")
        blocks.append(said | {"accessory": change})
        lines.append(f"{task.number} {title}, due {clock_words(task.due.at, zone)}")
    return _said(post, "\n".join(lines), [*blocks, *offer(load.reader)])


def _said(post: Post, text: str, blocks: Sequence[Block]) -> Message:
    return Message(
        text=cut(in_plain_words(text), 3_900),
        blocks=task_blocks.with_ids(blocks, f"0.{post.wanted}"),
        event_type="baton_note",
        event_payload={"post": post.id, "kind": post.kind.value},
    )
