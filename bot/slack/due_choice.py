"""The due time in the form: written or picked, on both clocks, and the nearest inside hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.brief import check_due
from bot.domain.errors import BotError
from bot.domain.fitting import misfit, picks, read, written
from bot.domain.phrases import read_due
from bot.domain.task import listed
from bot.domain.zones import zone_label
from bot.slack.blocks import (
    Block,
    actions,
    button,
    clock_words,
    context,
    escape,
    section,
    text_input,
)
from bot.slack.task_values import FORM_OUT_OF_DATE
from bot.slack.task_words import due_words, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.fitting import Misfit, Pick
    from bot.domain.person import Person
    from bot.domain.task import Due

_HINT = (
    "Such as: fri 17:00, tomorrow, in 2 days, 12 aug, mon 9am est. Read by your clock. "
    "A day alone means the end of their working day."
)

PICK, DATE, WRITE = "due.pick", "due.date", "due.write"
CHECK = "due.check"
"""The `action_id`s that change the due time in the form, or only show it on both clocks."""


@dataclass(frozen=True)
class Outlook:
    """Who is concerned by a due time, as far as it is known, and what time it is."""

    me: Person
    assignees: tuple[Person, ...]
    now: datetime
    new: tuple[Person, ...] = ()
    """Who never got a task of mine, where the estimate is for more than a small one."""

    @property
    def worker(self) -> Person:
        """Whose working day a due date ends."""
        return self.assignees[0] if self.assignees else self.me

    @property
    def others(self) -> tuple[Person, ...]:
        return tuple(person for person in self.assignees if person.id != self.me.id)

    def words(self, due: Due) -> str:
        """Return a due time on every clock concerned, theirs first."""
        return due_words(due, [*(person.zone for person in self.assignees), self.me.zone])


def picked(pick: str, worker: Person) -> Due:
    """Return the due time that was picked; refused where no form of ours says so."""
    try:
        return read(pick, worker.hours)
    except ValueError:
        raise BotError(FORM_OUT_OF_DATE) from None


def blocks(*, text: str, pick: str, kept: Due | None, outlook: Outlook | None) -> list[Block]:
    """Return the input for a due time, or the one that was picked; and what can be picked.

    `kept` is what the text stands for, where that is known.
    """
    if outlook is None:
        return [_input(text)]
    problem = ""
    due = kept
    try:
        if pick:
            due = picked(pick, outlook.worker)
            check_due(due, outlook.now)
        elif text and due is None:
            due = read_due(
                text, mine=outlook.me.hours, theirs=outlook.worker.hours, now=outlook.now
            )
    except BotError as refusal:
        problem = str(refusal)
    # Where a day that was picked is past, another time can be written as well.
    shown = [_chosen(due, outlook) if pick and due and not problem else _input(text)]
    offered = picks(
        outlook.worker.hours, mine=outlook.me.hours, off=outlook.worker.off, now=outlook.now
    )
    shown.append(_picks(offered, pick))
    if problem:
        shown.append(context(escape(problem)))
    elif due is None:
        shown += _both_clocks(offered, outlook)
    else:
        shown += [] if pick else [context(f"Due {outlook.words(due)}")]
        shown += _offer(due, outlook)
    return shown


def _input(text: str) -> Block:
    given = text_input("due", "When is it due?", initial=text, hint=_HINT)
    return heard(given)


def heard(given: Block) -> Block:
    """Return an input for a line of text that tells of it when *Enter* is pressed there."""
    element = given["element"] | {
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}
    }
    return given | {"element": element, "dispatch_action": True}


def _chosen(due: Due, outlook: Outlook) -> Block:
    said = section(f"*When is it due?*\n{outlook.words(due)}", block_id="due.chosen")
    return said | {"accessory": button("Write a time", WRITE)}


def _picks(offered: Sequence[Pick], pick: str) -> Block:
    buttons = [
        button(
            _label(each),
            f"{PICK}.{place}",
            value=each.day.isoformat(),
            style="primary" if pick == each.day.isoformat() else None,
        )
        for place, each in enumerate(offered)
    ]
    calendar: Block = {
        "type": "datepicker",
        "action_id": DATE,
        "placeholder": {"type": "plain_text", "text": "Another day"},
    }
    if pick and not any(pick == each.day.isoformat() for each in offered):
        calendar["initial_date"] = pick[:10]
    return actions(*buttons, calendar) | {"block_id": "due.picks"}


def _label(pick: Pick) -> str:
    if pick.is_tomorrow:
        return "Tomorrow"
    date = "" if pick.is_this_week else f" {pick.day.day} {pick.day:%b}"
    return f"{pick.day:%a}{date}, end of their day"


def _both_clocks(offered: Sequence[Pick], outlook: Outlook) -> list[Block]:
    """Say what the picks mean, once it is known for whom."""
    if not outlook.assignees:
        return []
    meant = (f"{_label(pick).partition(',')[0]}: {outlook.words(pick.due)}" for pick in offered)
    return [context("\n".join(meant))]


def _offer(due: Due, outlook: Outlook) -> list[Block]:
    found = misfit(due, outlook.others, now=outlook.now)
    if found is None:
        return []
    return [context(outside(due, found)), *moves(due, found, PICK)]


def outside(due: Due, found: Misfit) -> str:
    """Say that a due time is outside somebody's hours; why is nobody's business."""
    person = found.person
    clock = clock_words(due.at, person.zone)
    return f"For {name_of(person)} that is {clock}, outside their working hours."


def moves(due: Due, found: Misfit, action: str, *, before: str = "") -> list[Block]:
    """Return a button for each due time that is inside, the nearest first; or nothing."""
    near = sorted(found.nearest.dues, key=lambda other: abs(other.at - due.at))
    row = [
        button(
            f"Move to {_brief(other)}", f"{action}.move{place}", value=f"{before}{written(other)}"
        )
        for place, other in enumerate(near)
    ]
    return [actions(*row)] if row else []


def _brief(due: Due) -> str:
    """Return `Fri 18:00 Manila`."""
    return f"{due.local:%a} {due.local:%H:%M} {zone_label(due.zone, due.at)}"


def start_small(new: Sequence[Person]) -> str:
    """Advise a small task to begin with, for people who never got one."""
    who = listed(name_of(person) for person in new)
    return (
        f"This is the first task you give {who}. A small one (S, half a day at most) is a good "
        "start: it shows both of you how it goes."
    )
