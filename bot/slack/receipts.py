"""The receipt of a delegation: what was understood, both local times, and who hears when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.fitting import misfit
from bot.domain.repeat_words import describe
from bot.domain.steps import UNDO_WITHIN
from bot.domain.task import listed
from bot.domain.zones import to_local, zone
from bot.slack import due_choice
from bot.slack.blocks import Block, clock_words, context, duration_words, escape, section
from bot.slack.edge import Answer
from bot.slack.task_blocks import task_buttons
from bot.slack.task_notices import why
from bot.slack.task_words import due_words, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.fitting import Misfit
    from bot.domain.series import Series
    from bot.usecases.delegation import Receipt

FIT = "task.fit"
"""Begins the `action_id` of the buttons that move a task into somebody's hours."""


def receipt(
    done: Receipt, *, notes: Sequence[str] = (), is_new: bool = True, now: datetime
) -> Answer:
    """Return what the delegator gets: private, and with *Change* and *Undo*."""
    task, people = done.task, done.people
    who = listed(name_of(people.get(user)) for user in task.people)
    zones = [people[user].zone for user in (task.delegator, *task.people) if user in people]
    due = due_words(task.due, [task.due.zone, *zones])
    first = f"Task {task.number} {'is with' if is_new else 'was changed. It is with'} {who}:"
    lines = [f"Due {due}"]
    lines += [f"Takes {duration_words(task.takes.total_seconds())}"] if task.takes else []
    if task.channel:
        lines.append(f"Its card is in <#{task.channel}>.")
    elif task.people != (task.delegator,):
        lines.append("Its card is in the direct messages of everybody concerned.")
    else:
        lines.append("Its card is in your direct messages with Baton.")
    if done.series is not None and done.series.is_living:
        lines.append(_repeating(done.series, task.due.zone))
    lines += _hearing(done, now)
    lines += [escape(note) for note in notes]
    if is_new and done.new_to:
        new = [people[user] for user in done.new_to if user in people]
        lines.append(f"{due_choice.start_small(new)} *Change* makes this one smaller.")
    found = _misfit(done, now)
    lines += [due_choice.outside(task.due, found)] if found else []
    is_held = any(at > now for at in done.hears.values())
    may_undo = is_new or (task.is_open and now - task.created_at <= UNDO_WITHIN)
    chosen = ["change", *(["undo"] * may_undo), *(["send_now"] * is_held)]
    rest, title = "\n".join(lines), escape(task.title)
    text = f"{first} {title}\n{rest}"
    blocks: list[Block] = [
        section(f"{first} *{title}*\n{rest}"),
        task_buttons(task.number, *chosen),
    ]
    if found:
        blocks += due_choice.moves(task.due, found, FIT, before=f"{task.number} ")
    if may_undo:
        blocks.append(context("*Undo* takes it back for 10 minutes, while nobody acted on it."))
    return Answer(text, blocks)


def _misfit(done: Receipt, now: datetime) -> Misfit | None:
    """Return who is asked to be ready outside their hours, where that can still be changed."""
    task = done.task
    others = [user for user in task.people if user != task.delegator and user in done.people]
    if not task.is_open:
        return None
    return misfit(task.due, [done.people[user] for user in others], now=now)


def _repeating(series: Series, zone_name: str) -> str:
    """Say how often it comes again, and when next, by the clock it was said in."""
    words = f"Repeats {describe(series.rule)}."
    if series.next_due is None:
        return words
    return f"{words} The next one is due {clock_words(series.next_due, zone_name)}."


def _hearing(done: Receipt, now: datetime) -> list[str]:
    """Say when each person will hear of it."""
    reached = {user: at for user, at in done.hears.items() if user not in done.refused}
    at_once = [name_of(done.people.get(user)) for user, at in reached.items() if at <= now]
    verb = "hears" if len(at_once) == 1 else "hear"
    lines = [f"{listed(at_once)} {verb} of it now."] if at_once else []
    for user, at in reached.items():
        if at > now:
            person = done.people[user]
            mine = done.people.get(done.task.delegator)
            there = clock_words(at, person.zone)
            here = (
                f" ({clock_words(at, mine.zone)})"
                if mine and to_local(zone(mine.zone), at) != to_local(zone(person.zone), at)
                else ""
            )
            if person.hears_at(now) > now:
                when = f"will hear of it when their working day begins: {there}{here}"
            else:
                when = f"hears of it with what else comes until then: {there}{here}"
            lines.append(f"{name_of(person)} {when}.")
    for user in done.hears.keys() - reached.keys():
        name = name_of(done.people.get(user))
        reason = why(done.refused[user])
        lines.append(f"{name} may not hear of it from Baton, so tell them yourself: {reason}")
    return lines
