"""The modal `task.delegate`: a new task, or one that is changed or started once more."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.domain.brief import NO_REST, Rest, check_assignees, check_title, titled
from bot.domain.durations import read_duration
from bot.domain.errors import BotError
from bot.domain.phrases import read_due
from bot.slack import brief_form, due_choice, repeat_form
from bot.slack.blocks import (
    Block,
    actions,
    button,
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
from bot.slack.repeat_form import ONCE
from bot.slack.task_access import is_channel
from bot.slack.task_values import metadata_of, submitted_channel, task_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.domain.person import Person, UserId
    from bot.domain.post import ChannelId
    from bot.domain.task import Due, TaskNumber
    from bot.slack.due_choice import Outlook
    from bot.slack.repeat_form import Repeats, Wish
    from bot.usecases.task_views import TaskView

CALLBACK = "task.delegate"
HERE = "channel"
ONLY_US = "only_us"

OUTCOME_LIMIT = 3_000
"""Slack's inputs take no more."""


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
    repeats: Repeats = ONCE
    known_due: Due | None = None
    """What `due` stands for, as long as nobody changes its words."""
    kept: str | None = None
    """The words for a known due time with which the form was opened, when it is shown anew."""
    pick: str = ""
    """The due time that was picked instead of written, as its button says it."""
    rest: Rest = NO_REST
    is_whole: bool = False
    """Whether the whole brief is asked for, not only its first lines."""

    @property
    def has_details(self) -> bool:
        return self.is_whole or self.task is not None or self.rest != NO_REST


@dataclass(frozen=True)
class Wanted:
    """What a form that was sent says."""

    people: tuple[UserId, ...]
    title: str
    more: str
    due: str
    pick: str
    """The due time that was picked, where none is written."""
    takes: timedelta | None
    rest: Rest | None
    """None: the form did not ask for it."""
    channel: ChannelId | None
    """Where the card is to go, if the people are there."""
    task: TaskNumber | None
    kept_due: str
    """The words for the due time that were in the form when it opened."""
    every: Wish | None = None
    """How often it is to come; None where the form did not ask."""


def form(filled: Filled, outlook: Outlook | None = None) -> Block:
    """Return the form, filled in with what is known; what could not be read is said above.

    Without an `outlook` nothing is said about clocks.
    """
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
        # Once it is known who, their clock is.
        people_input("people", "Who?", initial=filled.people) | {"dispatch_action": True},
        text_input(
            "outcome",
            "What should be true when it is done?",
            initial=filled.outcome,
            hint="The first line is the title.",
            multiline=True,
            max_length=OUTCOME_LIMIT,
        ),
        *due_choice.blocks(
            text=filled.due, pick=filled.pick, kept=filled.known_due, outlook=outlook
        ),
        due_choice.heard(
            text_input(
                "takes",
                "How long will it take?",
                initial=filled.takes,
                hint="Such as: 3h, 90m, 2 days.",
                optional=True,
            )
        ),
    ]
    if outlook is not None and outlook.new:
        blocks.append(context(due_choice.start_small(outlook.new)))
    blocks += repeat_form.inputs(filled.repeats, is_whole=filled.has_details)
    if filled.task is None:
        blocks.append(_where(filled))
    else:
        blocks.append(context("A new due time, or a new person, is told to whom it concerns."))
    several = len(filled.people) > 1
    if filled.has_details:
        blocks += brief_form.blocks(filled.rest, several=several)
    elif several:
        blocks.append(context("The first one done closes it. *Add details* can ask for all."))
    row = [] if filled.has_details else [button("Add details", brief_form.ADD)]
    if outlook is not None and not filled.pick:
        row.append(button("Check the time", due_choice.CHECK))
    blocks += [actions(*row) | {"block_id": "more"}] if row else []
    metadata = {
        "channel": filled.channel,
        "task": filled.task,
        "due": cut(filled.due if filled.kept is None else filled.kept, 200),
        "pick": filled.pick,
        "whole": filled.has_details,
    }
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
        rest=Rest(details=task.details, review=task.review, everyone=task.everyone),
    )
    known = repeat_form.repeats_of(view.series)
    if is_new:
        # What nobody does any more begins anew with somebody else.
        is_paused = view.series is not None and view.series.is_paused
        return replace(filled, repeats=replace(known, is_series=False)) if is_paused else filled
    filled = replace(filled, repeats=known)
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
        pick=_text(metadata, "pick"),
        takes=with_input("takes", read_duration, takes) if takes else None,
        rest=brief_form.read(state),
        channel=channel if here else None,
        task=number,
        kept_due=_text(metadata, "due"),
        every=repeat_form.read(state),
    )


def refilled(view: Mapping[str, Any]) -> Filled:
    """Return what is in a form that is open, to show it anew."""
    state = view.get("state") or {}
    metadata = metadata_of(view)
    due = input_text(state, "due")
    return Filled(
        people=input_people(state, "people"),
        outcome=input_text(state, "outcome"),
        due=due,
        takes=input_text(state, "takes"),
        channel=submitted_channel(metadata),
        only_us=input_choice(state, "where") == ONLY_US,
        task=task_of(metadata),
        repeats=repeat_form.refilled(state),
        kept=_text(metadata, "due"),
        pick="" if due else _text(metadata, "pick"),
        rest=brief_form.read(state) or NO_REST,
        is_whole=metadata.get("whole") is True,
    )


def due_of(wanted: Wanted, *, by: Person, assignee: Person, now: datetime) -> Due:
    """Return the due time that was written or picked; what is written counts."""
    if wanted.pick and not wanted.due:
        return due_choice.picked(wanted.pick, assignee)
    return read_due_input(wanted.due, by=by, assignee=assignee, now=now)


def _text(metadata: Mapping[str, Any], name: str) -> str:
    given = metadata.get(name)
    return given if isinstance(given, str) else ""


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
