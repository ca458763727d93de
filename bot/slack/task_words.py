"""How tasks are put into words: headlines for notifications, times, and lines of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.parts import is_finished
from bot.domain.repeat_words import describe
from bot.domain.task import WORDS, YES, Reply, Status, Step, Via, listed
from bot.domain.zones import to_local, zone, zone_label
from bot.slack.blocks import clock_words, cut, duration_words, escape, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.domain.person import Person, UserId
    from bot.domain.task import Due, Proposal, Task, TaskEvent
    from bot.usecases.task_views import TaskView

HEADLINE = 100
"""A phone's notification shows about this much."""

_SHORTEST_TITLE = 20
_LONGEST_NAME = 30
_MOST_ZONES = 3

_DID = {
    Step.DELEGATE: "delegated it",
    Step.ACCEPT: "accepted",
    Step.DECLINE: "declined",
    Step.ASK: "asked",
    Step.ANSWER: "answered",
    Step.BLOCK: "said that it is blocked",
    Step.FINISH: "finished it",
    Step.NOTE: "noted",
    Step.REOPEN: "reopened it",
    Step.CANCEL: "cancelled it",
    Step.SKIP: "left this one out",
    Step.STOP: "stopped the repeating",
    Step.EDIT: "changed",
    Step.MOVE: "moved it to",
    Step.GIVE: "gave it to somebody else",
    Step.SNOOZE: "put it aside",
    Step.PROPOSE: "proposed",
    Step.AGREE: "agreed",
    Step.KEEP: "kept it as it was",
    Step.TALK: "wants to talk about it",
    Step.CHECK: "asked how it is going",
    Step.DIVIDE: "divided it into",
    Step.VERIFY: "looked at it: good",
    Step.RETURN: "gave it back",
    Step.UNDO: "took a step back:",
}
_UNDONE = {
    Step.DELEGATE: "the delegation",
    Step.ACCEPT: "the yes",
    Step.FINISH: "done",
    Step.ASK: "the question",
    Step.BLOCK: "blocked",
}
_WAY = {
    Via.REACTION: ", by a reaction",
    Via.THREAD: ", in the thread",
    Via.PART: ", with the last part",
    Via.SILENCE: ", by silence",
}
_JOINT = {Step.AGREE: " to "} | dict.fromkeys((Step.EDIT, Step.MOVE, Step.DIVIDE, Step.UNDO), " ")
PUBLIC_TEXTS = frozenset(
    {Step.NOTE, Step.FINISH, Step.EDIT, Step.MOVE, Step.AGREE, Step.DIVIDE, Step.UNDO}
)
"""The words of these steps are for whoever sees the card."""


def name_of(person: Person | None) -> str:
    return escape(cut(person.name, _LONGEST_NAME)) if person else "somebody who left"


def names(view: TaskView, users: Iterable[UserId]) -> str:
    return listed(name_of(view.people.get(user)) for user in users)


def headline(before: str, title: str, after: str) -> str:
    """Return one line of 100 characters, in which the title gives way; all of it is escaped."""
    room = max(HEADLINE - len(before) - len(after), _SHORTEST_TITLE)
    return f"{before}{cut(escape(title), room)}{after}"


def due_for(view: TaskView) -> str:
    """Return the due time on the reader's clock, then on those of the others, each once."""
    task = view.task
    reader = [view.person.zone] if view.person else []
    others = [p.zone for user in (*task.people, task.delegator) if (p := view.people.get(user))]
    return due_words(task.due, [*reader, task.due.zone, *others])


def due_words(due: Due, zones: Iterable[str]) -> str:
    """Return `Fri 27 Nov, 17:00 Manila (04:00 New York)`, the first zone first."""
    first, *others = dict.fromkeys(zones)
    local = to_local(zone(first), due.at)
    seen = {local}
    more = []
    for name in others:
        there = to_local(zone(name), due.at)
        if there not in seen:
            seen.add(there)
            day = "" if there.date() == local.date() else f"{there:%a} "
            more.append(f"{day}{there:%H:%M} {zone_label(name, due.at)}")
    words = clock_words(due.at, first)
    return f"{words} ({', '.join(more[: _MOST_ZONES - 1])})" if more else words


def proposed_words(view: TaskView, proposal: Proposal) -> str:
    """Return what is proposed, on the reader's clock first; escaped."""
    zones = [p.zone for user in (proposal.by, view.task.delegator) if (p := view.people.get(user))]
    first = [view.person.zone] if view.person else []
    due = due_words(proposal.due, [*first, *zones]) if proposal.due else ""
    return ": ".join(filter(None, (due, escape(cut(" ".join(proposal.words.split()), 600)))))


def people_line(view: TaskView) -> str:
    task = view.task
    return f"{name_of(view.people.get(task.delegator))} → {names(view, task.people)}"


def people_within(view: TaskView, due: str) -> str:
    """Return who gave it to whom, briefly where a headline has no room for all and `due`."""
    whole, first, count = people_line(view), view.task.people[:1], len(view.task.people) - 1
    on_own_clock = due.partition(" (")[0]
    room = HEADLINE - len(on_own_clock) - min(len(view.task.title), _SHORTEST_TITLE) - len(": ")
    if count == 0 or len(whole) <= room:
        return whole
    others = f"{count} other{'s' if count > 1 else ''}"
    return f"{name_of(view.people.get(view.task.delegator))} → {names(view, first)} and {others}"


def status_words(view: TaskView) -> str:
    """Return the status, and who said yes."""
    task = view.task
    accepted = [given.person for given in task.assignees if given.reply in YES]
    is_own = task.people == (task.delegator,)
    words = f"*{WORDS[task.status]}*"
    if task.everyone and task.is_open:
        asked = [given for given in task.assignees if given.reply is not Reply.DECLINED]
        done = sum(given.reply is Reply.DONE for given in asked)
        words += f" · {done} of {len(asked)} done"
    if accepted and task.is_open and not is_own:
        words += f" · accepted by {names(view, accepted)}"
    return words


def facts_line(view: TaskView) -> str:
    """Return due time, estimate, number and status, each reader's own clock."""
    task = view.task
    parts = [f"Due {moment(task.due.at, _zone_of(view))}"]
    parts += [f"takes {duration_words(task.takes.total_seconds())}"] if task.takes else []
    parts += [f"task {task.number}", status_words(view)]
    return " · ".join(parts)


def closing(view: TaskView) -> str:
    """Return how it ended, for a task that is closed."""
    task, last = view.task, view.history[-1]
    if view.is_taken_back:
        return f"Taken back by {name_of(view.people.get(last.by))}."
    if task.status in {Status.DONE, Status.VERIFIED}:
        finished = view.latest(Step.FINISH)
        who = _finished_by(view, finished)
        when = f", {moment(finished.at, _zone_of(view))}" if finished else ""
        return f"Done by {who}{when}.{_looked_at(view)}"
    if task.status is Status.DECLINED:
        return f"Declined. {name_of(view.people.get(task.delegator))} can give it to somebody else."
    if view.latest(Step.SKIP, Step.CANCEL, Step.UNDO) == view.latest(Step.SKIP):
        return f"{name_of(view.people.get(task.delegator))} left this one out."
    return f"Cancelled by {name_of(view.people.get(task.delegator))}."


def _finished_by(view: TaskView, finished: TaskEvent | None) -> str:
    """Return whose work it was: of all who had a share, and of a whole those who were asked."""
    task = view.task
    if task.everyone:
        return names(view, [one.person for one in task.assignees if one.reply is Reply.DONE])
    if finished is None or finished.via is Via.PART:
        return names(view, task.people)
    return name_of(view.people.get(finished.by))


def repeats_line(view: TaskView) -> str:
    """Return how often it comes and when it does next, by the reader's clock; else nothing."""
    series = view.repeats
    if series is None:
        return ""
    words = f"Repeats {describe(series.rule)}"
    if series.is_paused:
        return f"{words}. Paused: somebody who does it is gone."
    if series.next_due is None:
        return f"{words}. This is the last one."
    return f"{words} (next: {moment(series.next_due, _zone_of(view))})"


def _looked_at(view: TaskView) -> str:
    """Say whether the delegator has looked at what was done, where they want to."""
    who = name_of(view.people.get(view.task.delegator))
    if view.task.status is Status.VERIFIED:
        return f" {who} has looked at it: good."
    return f" {who} wants to look at it." if view.task.review else ""


def parts_lines(view: TaskView) -> str:
    """Return how the parts of a task stand: who has which, and no word of what it is."""
    if not view.parts:
        return ""
    counted = [part for part in view.parts if part.status is not Status.CANCELLED]
    done = sum(map(is_finished, counted))
    lines = [
        f"• task {part.number} · {names(view, part.people)} · {WORDS[part.status]}"
        f" · due {moment(part.due.at, _zone_of(view))}"
        for part in counted
    ]
    return "\n".join([f"{done} of {len(counted)} parts done", *lines])


def history_line(view: TaskView, event: TaskEvent) -> str:
    """Return one step as a line; words that are not for this reader are left out."""
    who = name_of(view.people.get(event.by))
    text = _UNDONE.get(Step(event.text), "") if event.step is Step.UNDO else event.text
    if event.step is Step.EDIT:
        text = text or "what is to be done"
    may_read = view.is_private or event.step in PUBLIC_TEXTS
    joint = _JOINT.get(event.step, ": ")
    words = f"{joint}{escape(cut(' '.join(text.split()), 600))}" if text and may_read else ""
    when = moment(event.at, _zone_of(view))
    if event.via is Via.REPEAT:
        return f"{when}  it came again{words}"
    return f"{when}  {who} {_DID[event.step]}{words}{_WAY.get(event.via, '')}"


def row(task: Task, people: Mapping[UserId, Person], now: datetime) -> str:
    """Return a task as two lines of a list."""
    to = listed(name_of(people.get(user)) for user in task.people)
    late = " · *overdue*" if task.is_open and task.due.at < now else ""
    aside = (
        f" · put aside until {moment(task.snoozed_until, task.due.zone)}"
        if task.snoozed_until and task.snoozed_until > now
        else ""
    )
    return (
        f"*{task.number}* {escape(task.title)}\n"
        f"{name_of(people.get(task.delegator))} → {to} · due "
        f"{moment(task.due.at, task.due.zone)} · {WORDS[task.status]}{late}{aside}"
    )


def sentence(view: TaskView, did: str) -> str:
    """Return a line that says which task it is, and what the reader did with it, if anything."""
    task = view.task
    about = f"task {task.number}: {escape(task.title)}, due {due_for(view)}."
    return f"You {did} {about}" if did else f"{people_line(view)}, {about}"


def _zone_of(view: TaskView) -> str:
    return view.person.zone if view.person else view.task.due.zone
