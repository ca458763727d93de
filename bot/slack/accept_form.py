"""The modals of a yes: to the task as it is, to other terms, and in somebody's own words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.durations import read_duration
from bot.domain.errors import BotError
from bot.domain.person import Person
from bot.domain.phrases import read_due
from bot.domain.task import Size
from bot.slack.blocks import (
    Block,
    clock_words,
    context,
    duration_words,
    escape,
    input_text,
    modal,
    section,
    text_input,
)
from bot.slack.bolt import InputError
from bot.slack.task_values import metadata_of
from bot.slack.task_words import due_for, name_of
from bot.usecases.agreeing import Terms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from bot.domain.task import Due, Task, TaskNumber
    from bot.usecases.task_views import TaskView

ACCEPT = "task.accept"
PROPOSE = "task.propose"
SAY = "task.say"
TALK = "task.talk"

_EXAMPLE = "The draft is with you on Monday, with all the numbers."
_WHEN_HINT = "Such as: mon noon, fri 17:00, in 3 days. Read by your clock."


def accept_modal(view: TaskView) -> Block:
    """Return the form of a yes, filled in with what is asked."""
    task = view.task
    due, takes = _due_words(view), _takes_words(task)
    who = name_of(view.people.get(task.delegator))
    is_large = task.size is Size.LARGE
    metadata = {"task": task.number, "due": due, "at": task.due.at.isoformat(), "takes": takes}
    return modal(
        ACCEPT,
        f"Accept task {task.number}",
        [
            section(f"*{escape(task.title)}*\n{who} asks you for it by {due_for(view)}."),
            text_input("due", "I will have it by", initial=due, hint=_WHEN_HINT),
            text_input("takes", "I think it takes", initial=takes, optional=True),
            text_input(
                "words",
                "In one sentence of yours: what will be done?"
                if is_large
                else "In your own words, if you like",
                placeholder=_EXAMPLE,
                multiline=True,
                optional=not is_large,
            ),
            text_input(
                "instead",
                "Something else than asked?",
                placeholder="Only the first half, without the appendix.",
                multiline=True,
                optional=True,
            ),
            context(
                f"Another time, or something else, is a proposal: {who} can agree, talk or keep "
                "it as it is, and has a working day for that. Then it counts as agreed."
            ),
        ],
        submit="Accept",
        private_metadata=json.dumps(metadata),
    )


def propose_modal(task: TaskNumber) -> Block:
    return modal(
        PROPOSE,
        f"Task {task}: I could by…",
        [
            text_input(
                "due",
                "When could you have it?",
                placeholder="mon noon",
                hint=_WHEN_HINT,
                optional=True,
            ),
            text_input(
                "instead",
                "Why, or what else could you do?",
                placeholder="The numbers come on Friday.",
                multiline=True,
                optional=True,
            ),
            context(
                "It is a yes on these terms. Whoever delegated it can agree, talk or keep it as it "
                "is, and has a working day for that. Then it counts as agreed."
            ),
        ],
        submit="Propose",
        private_metadata=json.dumps({"task": task}),
    )


def say_modal(task: TaskNumber) -> Block:
    return modal(
        SAY,
        f"Task {task} in your words",
        [
            text_input(
                "words",
                "In one sentence: what will be done?",
                placeholder=_EXAMPLE,
                multiline=True,
            ),
            context("Only the delegator and the assignees see it."),
        ],
        submit="Save",
        private_metadata=json.dumps({"task": task}),
    )


def talk_modal(task: TaskNumber) -> Block:
    return modal(
        TALK,
        f"Talk about task {task}",
        [
            text_input("words", "What is not quite right?", multiline=True, optional=True),
            context("They get one message, with what they said and a way to answer."),
        ],
        submit="Let's talk",
        private_metadata=json.dumps({"task": task}),
    )


@dataclass(frozen=True)
class Proposed:
    """What a form of a proposal says."""

    due: Due | None
    instead: str


def read_terms(form: Mapping[str, Any], view: TaskView, now: datetime) -> Terms:
    """Return what a form of a yes says; what cannot be is refused under its input."""
    state, metadata, task = form["state"], metadata_of(form), view.task
    said, takes_said = input_text(state, "due"), input_text(state, "takes")
    words = input_text(state, "words")
    if task.size is Size.LARGE and not words:
        raise InputError(
            f"Say in one sentence what will be done, such as: {_EXAMPLE}", block="words"
        )
    due = task.due
    if said not in {"", metadata.get("due")}:
        due = _read_due(said, view, now)
    elif metadata.get("at") != task.due.at.isoformat():
        raise InputError(
            f"The task was moved to {_due_words(view)} meanwhile. Write this time, or the one by "
            "which you could have it.",
            block="due",
        )
    takes = None
    if takes_said not in {"", metadata.get("takes")}:
        takes = _read_takes(takes_said)
    return Terms(due, takes, input_text(state, "instead"), words)


def read_proposal(form: Mapping[str, Any], view: TaskView, now: datetime) -> Proposed:
    """Return what a form of a proposal says; one that says nothing is refused."""
    said, instead = input_text(form["state"], "due"), input_text(form["state"], "instead")
    if not said and not instead:
        raise InputError("Say when you could have it, such as mon noon.", block="due")
    return Proposed(_read_due(said, view, now) if said else None, instead)


def _read_due(said: str, view: TaskView, now: datetime) -> Due:
    user = view.reader or view.task.delegator
    hours = (view.person or Person(id=user, name=user)).hours
    try:
        return read_due(said, mine=hours, theirs=hours, now=now)
    except BotError as refusal:
        raise InputError(str(refusal), block="due") from refusal


def _read_takes(said: str) -> timedelta:
    try:
        return read_duration(said)
    except BotError as refusal:
        raise InputError(str(refusal), block="takes") from refusal


def _due_words(view: TaskView) -> str:
    zone = view.person.zone if view.person else view.task.due.zone
    return clock_words(view.task.due.at, zone)


def _takes_words(task: Task) -> str:
    return duration_words(task.takes.total_seconds()) if task.takes else ""
