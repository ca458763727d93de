"""Reactions and replies on a task's card, which are the same steps as its buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.post import PostKind
from bot.domain.steps import TRANSITIONS, refusal, take, unreact
from bot.domain.task import Step, Via
from bot.usecases import delegation

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from bot.domain.person import UserId
    from bot.domain.post import ChannelId, MessageTs
    from bot.domain.task import Task, TaskNumber
    from bot.store.transaction import Tx

STEPS = {
    "white_check_mark": Step.FINISH,
    "heavy_check_mark": Step.FINISH,
    "ballot_box_with_check": Step.FINISH,
    "raising_hand": Step.ACCEPT,
    "raised_hand": Step.ACCEPT,
    "question": Step.ASK,
    "no_entry": Step.BLOCK,
}
"""What a reaction on a card means; every other one means nothing."""

_WITH_WORDS = frozenset({Step.ASK, Step.BLOCK})


@dataclass(frozen=True)
class Reacted:
    """What the person who reacted gets to know in private."""

    number: TaskNumber
    hint: str = ""
    """Why their reaction changed nothing."""
    write: Step | None = None
    """What they may want to put into words."""


def step_of(name: str) -> Step | None:
    """Return what a reaction means, whatever its skin tone."""
    return STEPS.get(name.partition("::")[0])


def react(
    tx: Tx,
    *,
    channel: ChannelId,
    ts: MessageTs,
    name: str,
    stands: bool,
    event_ts: str,
    by: UserId,
    now: datetime,
) -> Reacted | None:
    """Take the step that a reaction on a card means, or take it back when the reaction goes.

    Events may come twice and in any order. What counts is whether a reaction of this meaning
    stands after the newest of them, and whether one stood before.
    """
    step = step_of(name)
    post = tx.posts.at(channel, ts)
    if step is None or post is None or post.kind is not PostKind.CARD:
        return None
    task = delegation.of_post(tx, post)
    if not task.is_assignee(by):
        return _bystander(tx, task, by) if stands else None
    stood = _stands(tx, channel, ts, by, step)
    tx.reactions.put(channel=channel, ts=ts, person=by, name=name, stands=stands, event_ts=event_ts)
    if stood == _stands(tx, channel, ts, by, step):
        return None
    if stood:
        _undo(tx, task, step, by=by, now=now)
        return None
    if (task.status, step) not in TRANSITIONS:
        return _hint(tx, task, by, refusal(task))
    _take(tx, task, step, name=name, by=by, now=now)
    return Reacted(task.number, write=step) if step in _WITH_WORDS else None


def read(
    tx: Tx,
    *,
    channel: ChannelId,
    ts: MessageTs,
    reactions: Mapping[str, Collection[UserId]],
    event_ts: str,
    now: datetime,
) -> None:
    """Take in who reacted how to a card, where events may have been missed.

    `event_ts` is when Slack was asked, so that events of later changes count for more. Nobody
    gets to know why a reaction changed nothing: it may be hours old.
    """
    post = tx.posts.at(channel, ts)
    if post is None or post.kind is not PostKind.CARD:
        return
    task = delegation.of_post(tx, post)
    for person in task.people:
        known = tx.reactions.standing(channel, ts, person)
        found = [name for name, users in reactions.items() if person in users and step_of(name)]
        for name in known.symmetric_difference(found):
            tx.reactions.put(
                channel=channel,
                ts=ts,
                person=person,
                name=name,
                stands=name in found,
                event_ts=event_ts,
            )
        stood = {step_of(name) for name in known}
        stand = {step_of(name) for name in tx.reactions.standing(channel, ts, person)}
        for step in [step for step in Step if step in stood - stand]:
            task = _undo(tx, task, step, by=person, now=now)
        for name in found:
            step = STEPS[name.partition("::")[0]]
            if step in stand - stood and (task.status, step) in TRANSITIONS:
                task = _take(tx, task, step, name=name, by=person, now=now)


def reply(
    tx: Tx,
    *,
    channel: ChannelId,
    thread: MessageTs,
    ts: MessageTs,
    text: str,
    by: UserId,
    now: datetime,
) -> None:
    """Take a line in a card's thread for a note, or `done` by an assignee for the step."""
    post = tx.posts.at(channel, thread)
    if post is None or post.kind is not PostKind.CARD or not text:
        return
    task = delegation.of_post(tx, post)
    number = task.number
    # The same event may be delivered many times.
    if by not in task.concerned or not tx.hints.once(f"line/{channel}/{ts}", by):
        return
    if text.casefold().rstrip(".!") == "done" and task.is_assignee(by):
        delegation.finish(tx, number, by=by, via=Via.THREAD, now=now)
    else:
        delegation.note(tx, number, text=text, by=by, via=Via.THREAD, now=now)


def _take(tx: Tx, task: Task, step: Step, *, name: str, by: UserId, now: datetime) -> Task:
    latest = tx.tasks.history(task.number)[-1]
    taken, event = take(task, latest, step, by=by, via=Via.REACTION, reaction=name, now=now)
    return delegation.keep(tx, task, taken, event, now=now)


def _undo(tx: Tx, task: Task, step: Step, *, by: UserId, now: datetime) -> Task:
    history = tx.tasks.history(task.number)
    undone, event = unreact(task, history, step, by=by, now=now)
    return delegation.keep(tx, task, undone, event, now=now)


def _stands(tx: Tx, channel: ChannelId, ts: MessageTs, person: UserId, step: Step) -> bool:
    return any(step_of(name) is step for name in tx.reactions.standing(channel, ts, person))


def _bystander(tx: Tx, task: Task, user: UserId) -> Reacted | None:
    if not task.is_open:
        return None
    name = delegation.names(tx, task)
    if user == task.delegator:
        return _hint(
            tx,
            task,
            user,
            f"Reactions on task {task.number} count for whom it was given to. "
            f"`/tasks {task.number}` shows what you can do with it.",
        )
    return _hint(
        tx,
        task,
        user,
        f"Your reaction changes nothing: task {task.number} was given to somebody else. "
        f"If you need something about it, write to {name(task.delegator)}.",
    )


def _hint(tx: Tx, task: Task, user: UserId, sentence: str) -> Reacted | None:
    is_first = tx.hints.once(f"card/{task.number}", user)
    return Reacted(task.number, hint=sentence) if is_first else None
