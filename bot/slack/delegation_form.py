"""The modal `task.delegate`: a new task, or one that is changed or started once more."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.domain.brief import check_assignees, check_title, titled
from bot.domain.durations import read_duration
from bot.domain.errors import BotError
from bot.domain.phrases import read_due
from bot.slack.blocks import (
    Block,
    choice_input,
    context,
    cut,
    duration_words,
    escape,
    input_choice,
    input_people,
    input_text,
    modal,
    people_input,
    section,
    text_input,
)
from bot.slack.bolt import InputError
from bot.slack.task_access import is_channel
from bot.slack.task_values import metadata_of, submitted_channel, task_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.domain.person import Person, UserId
    from bot.domain.post import ChannelId
    from bot.domain.task import Due, TaskNumber
    from bot.usecases.task_views import TaskView

CALLBACK = "task.delegate"
HERE = "channel"
ONLY_US = "only_us"

OUTCOME_LIMIT = 3_000
"""Slack's inputs take no more."""

_DUE_HINT = (
    "Such as: fri 17:00, tomorrow, in 2 days, 12 aug, mon 9am est. Read by your clock. "
    "A day alone means the end of their working day."
)


@dataclass(frozen=True)
class Filled:
    """What is known of a task when the form opens."""

    people: tuple[UserId, ...] = ()
    outcome: str = ""
    due: str = ""
    takes: str = ""
    channel: ChannelId | None = None
    """The channel in which it was asked for."""
    only_us: bool = False
    problems: tuple[str, ...] = ()
    """What could not be read, a sentence each."""
    task: TaskNumber | None = None
    """The task that is changed."""
    known_due: Due | None = None
    """What `due` stands for, as long as nobody changes its words."""


@dataclass(frozen=True)
class Wanted:
    """What a form that was sent says."""

    people: tuple[UserId, ...]
    title: str
    more: str
    due: str
    takes: timedelta | None
    channel: ChannelId | None
    """Where the card is to go, if the people are there."""
    task: TaskNumber | None
    kept_due: str
    """The words for the due time that were in the form when it opened."""


def form(filled: Filled) -> Block:
    """Return the form, filled in with what is known; what could not be read is said above."""
    problems = list(filled.problems)
    if len(filled.outcome) > OUTCOME_LIMIT:
        problems.append(
            "Slack's form takes 3,000 characters, so the end of your text is missing here. "
            "Add it as a note afterwards."
        )
    blocks: list[Block] = []
    if problems:
        blocks.append(section("\n".join(escape(problem) for problem in problems)))
    blocks += [
        people_input("people", "Who?", initial=filled.people),
        text_input(
            "outcome",
            "What should be true when it is done?",
            initial=filled.outcome,
            hint="The first line is the title.",
            multiline=True,
            max_length=OUTCOME_LIMIT,
        ),
        text_input("due", "When is it due?", initial=filled.due, hint=_DUE_HINT),
        text_input(
            "takes",
            "How long will it take?",
            initial=filled.takes,
            hint="Such as: 3h, 90m, 2 days.",
            optional=True,
        ),
    ]
    if filled.task is None:
        blocks.append(_where(filled))
    else:
        blocks.append(context("A new due time, or a new person, is told to whom it concerns."))
    metadata = {"channel": filled.channel, "task": filled.task, "due": cut(filled.due, 200)}
    return modal(
        CALLBACK,
        "Delegate" if filled.task is None else f"Change task {filled.task}",
        blocks,
        submit="Delegate" if filled.task is None else "Save",
        private_metadata=json.dumps({k: v for k, v in metadata.items() if v}),
    )


def of_task(view: TaskView, *, is_new: bool = False) -> Filled:
    """Return a form filled in with a task: to change it, or to start it once more."""
    task = view.task
    outcome = (
        task.more
        if task.more.startswith(task.title.removesuffix("…"))
        else (f"{task.title}\n{task.more}".strip())
    )
    filled = Filled(
        people=task.people,
        outcome=outcome,
        takes=duration_words(task.takes.total_seconds()) if task.takes else "",
        channel=task.channel,
        only_us=task.channel is None,
    )
    if is_new:
        return filled
    return replace(filled, task=task.number, due=task.due.words, known_due=task.due)


def read_form(view: Mapping[str, Any], people: Mapping[UserId, Person]) -> Wanted:
    """Return what was put in; what cannot be is refused under the input that it is about."""
    state = view["state"]
    metadata = metadata_of(view)
    number, channel = task_of(metadata), submitted_channel(metadata)
    users = input_people(state, "people")
    with_input("people", check_assignees, users, people)
    title, more = titled(input_text(state, "outcome"))
    with_input("outcome", check_title, title)
    takes = input_text(state, "takes")
    here = input_choice(state, "where") == HERE
    return Wanted(
        people=users,
        title=title,
        more=more,
        due=input_text(state, "due"),
        takes=with_input("takes", read_duration, takes) if takes else None,
        channel=channel if here else None,
        task=number,
        kept_due=str(metadata.get("due") or ""),
    )


def chosen_people(view: Mapping[str, Any]) -> tuple[UserId, ...]:
    return input_people(view["state"], "people")


def read_due_input(
    text: str, *, by: Person, assignee: Person, now: datetime, block: str = "due"
) -> Due:
    """Return the due time that was put in, or refuse it under its input."""
    try:
        return read_due(text, mine=by.hours, theirs=assignee.hours, now=now)
    except BotError as refusal:
        raise InputError(str(refusal), block=block) from refusal


def with_input(block: str, check: Any, *given: Any) -> Any:  # noqa: ANN401  # any check
    """Return what a check returns; its refusal is shown under the input."""
    try:
        return check(*given)
    except BotError as refusal:
        raise InputError(str(refusal), block=block) from refusal


def _where(filled: Filled) -> Block:
    options: Sequence[tuple[str, str]] = [(ONLY_US, "Only us: direct messages")]
    may_be_here = filled.channel is not None and is_channel(filled.channel)
    if may_be_here:
        options = [(HERE, "This channel, when everybody is in it"), *options]
    initial = HERE if may_be_here and not filled.only_us else ONLY_US
    return choice_input("where", "Where does the card go?", options, initial=initial)
