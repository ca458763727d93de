"""How absences look: the form, the answers, and what is asked about tasks due inside one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.slack.blocks import (
    Block,
    actions,
    button,
    clock_words,
    context,
    date_input,
    escape,
    modal,
    person_input,
    section,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.domain.absence import Absence
    from bot.domain.person import Person, UserId
    from bot.domain.task import Task
    from bot.usecases.absence_notices import DueInside, PutDown
    from bot.usecases.absences import Away

AWAY: Final = "absence.away"
"""Both the button's `action_id` and the modal's `callback_id`."""

END: Final = "absence.end"
MOVE: Final = "absence.move"
LEAVE: Final = "absence.leave"
MOVE_ALL: Final = "absence.move_all"
LEAVE_ALL: Final = "absence.leave_all"

SHOWN: Final = 5
"""How many tasks a delegator is asked about at once; the others follow as these are settled."""

Shown = tuple[str, list[Block]]


def span(absence: Absence) -> str:
    """Return dates in words: `Fri 14 Aug`, `Wed 12 Aug to Thu 20 Aug`."""
    if absence.first == absence.last:
        return _day(absence.first)
    return f"{_day(absence.first)} to {_day(absence.last)}"


def form(today: date, *, leads: bool) -> Block:
    """Return the form in which somebody says on which days they are away."""
    others = [person_input("person", "Who (nobody: you)", optional=True)] if leads else []
    return modal(
        AWAY,
        "Away",
        [
            section(
                "Dates only: nobody is told why. You get no written huddle and no message on "
                "these days; what comes meanwhile waits for you."
            ),
            date_input("first", "First day away", initial=today),
            date_input("last", "Last day away", initial=today),
            *others,
        ],
        submit="Save",
    )


def kept(away: Away, *, by: UserId) -> Shown:
    """Answer whoever said that somebody is away."""
    person = away.person
    who = "You are" if person.id == by else f"{escape(person.name)} is"
    back = clock_words(away.back_at, person.zone)
    lines = [f"{who} away on {span(away.absence)}. Messages wait until {back}."]
    if away.due:
        lines.append("Due meanwhile:")
        lines += [_line(task) for task in away.due[:SHOWN]]
        if len(away.due) > SHOWN:
            lines.append(f"and {len(away.due) - SHOWN} more")
        if any(task.delegator != person.id for task in away.due):
            lines.append("Whoever gave them out is asked what to do with them.")
    text = "\n".join(lines)
    return text, [section(text), actions(_end(person.id, away.absence, "Not away after all"))]


def ended(absence: Absence, person: Person, *, by: UserId) -> str:
    if person.id == by:
        return f"You are no longer away on {span(absence)}. Messages reach you in your hours again."
    return f"{escape(person.name)} is no longer down as away on {span(absence)}."


def listed(absences: Sequence[Absence], user: UserId) -> list[Block]:
    """Return a row for each absence that is to come, with what ends it."""
    rows = []
    for absence in absences[:SHOWN]:
        rows += [
            section(f"Away: {span(absence)}"),
            actions(_end(user, absence, "Not away after all")),
        ]
    return rows


def put_down(view: PutDown) -> Shown:
    """Return what somebody reads of whom a lead said that they are away."""
    lead = escape(view.lead.name) if view.lead else "A lead"
    if not view.stands:
        text = f"You are not away on {span(view.absence)} after all."
        return text, [context(text)]
    back = clock_words(view.back_at, view.reader.zone)
    text = f"{lead} put you down as away on {span(view.absence)}. Messages wait until {back}."
    return text, [section(text), actions(_end(view.reader.id, view.absence, "I am not away"))]


def due_inside(view: DueInside) -> Shown:
    """Ask a delegator what to do with the tasks that are due while somebody is away."""
    name = escape(view.person.name)
    if not view.tasks:
        text = f"{name}, away on {span(view.absence)}: nothing is left to decide."
        return text, [context(text)]
    count = len(view.tasks)
    things = "1 task" if count == 1 else f"{count} tasks"
    head = f"{name} is away on {span(view.absence)}. {things} of yours due then:"
    after = clock_words(view.after.at, view.after.zone)
    blocks = [section(f"{head}\nThe day after is {after}.")]
    for task in view.tasks[:SHOWN]:
        value = f"{task.number} {view.subject}"
        blocks += [
            section(_line(task)),
            actions(
                button("Move to the day after", f"{MOVE}", value=value),
                button("Give to somebody else", "task.change", value=str(task.number)),
                button("Leave", f"{LEAVE}", value=value),
            ),
        ]
    if count > SHOWN:
        blocks.append(context(f"and {count - SHOWN} more, once these are settled"))
    if count > 1:
        blocks.append(
            actions(
                button("Move all to the day after", MOVE_ALL, value=view.subject),
                button("Leave all", LEAVE_ALL, value=view.subject),
            )
        )
    text = "\n".join([head, *(_line(task) for task in view.tasks[:SHOWN])])
    return text, blocks


def _line(task: Task) -> str:
    due = clock_words(task.due.at, task.due.zone)
    return f"{task.number}: {escape(task.title)}, due {due}"


def _end(user: UserId, absence: Absence, words: str) -> Block:
    return button(words, END, value=f"{user} {absence.first.isoformat()}")


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
