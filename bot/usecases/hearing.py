"""Whom a step that was just taken reaches only later, and letting it reach them now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import BotError
from bot.domain.post import PostKind
from bot.domain.task import Step
from bot.usecases.cards import number_of, place_of
from bot.usecases.delegation import find
from bot.usecases.telling import hears_at, release

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.person import Person, UserId
    from bot.domain.post import Post
    from bot.domain.task import Task, TaskEvent, TaskNumber
    from bot.store.transaction import Tx


@dataclass(frozen=True)
class Hearing:
    """Who hears of a step when their working day begins."""

    place: int
    """The step's place in the history of its task."""
    hears: Mapping[UserId, datetime]
    people: Mapping[UserId, Person]


def of_latest(tx: Tx, number: TaskNumber, *, by: UserId, now: datetime) -> Hearing | None:
    """Return who hears later of the latest step, if `by` took it and somebody does."""
    task = find(tx, number, by, sees_card=True)
    event = tx.tasks.history(number)[-1]
    if event.by != by:
        return None
    people = tx.people.many((by, *task.concerned))
    held = _held(tx, task, event)
    hears = {user: hears_at(tx, people[user], now=now) for user in held if user in people}
    return Hearing(event.place, hears, people) if hears else None


def send_step_now(tx: Tx, number: TaskNumber, place: int, *, by: UserId, now: datetime) -> Hearing:
    """Let those who wait for a step that `by` took hear of it at once."""
    task = find(tx, number, by)
    event = next((event for event in tx.tasks.history(number) if event.place == place), None)
    if event is None or event.by != by:
        raise BotError(f"Only whoever took this step can send it. `/tasks {number}` shows it.")
    held = _held(tx, task, event)
    for posts in held.values():
        for post in posts:
            release(tx, post.id)
    return Hearing(place, dict.fromkeys(held, now), tx.people.many((by, *task.concerned)))


_MEANS = {
    Step.ASK: "answer",
    Step.BLOCK: "answer",
    Step.PROPOSE: "talk",
    Step.TALK: "ask",
}
"""What a line is that somebody writes under a message about a step."""

_IN_CONFIDENCE = frozenset({Step.DECLINE, Step.ANSWER, Step.RETURN})
"""Steps whose words only the delegator and the assignees know."""


def line_under(tx: Tx, post: Post, text: str) -> str:
    """Return how a line under a message about a task is written by itself: as under its card.

    What answers to words said in confidence stays among those: it becomes no note for everybody
    who sees the card.
    """
    number = number_of(post)
    if text.casefold().strip(" .!") == "done":
        return f"done {number}"
    if post.kind is not PostKind.STEP:
        return f"note {number} {text}"
    task = tx.tasks.get(number)
    step = tx.tasks.history(number)[place_of(post) - 1].step
    if step in _IN_CONFIDENCE and task is not None and task.channel is not None:
        raise BotError(
            "Nothing was kept, because a note is for everybody who sees the card. "
            f"`note {number} {text[:60]}` makes it one."
        )
    return f"{_MEANS.get(step, 'note')} {number} {text}"


def _held(tx: Tx, task: Task, event: TaskEvent) -> dict[UserId, list[Post]]:
    """Return the messages about a step that wait for their reader's day to begin.

    Whoever lost the task without having heard of it is not among them: nothing is sent to them.
    """
    held = {}
    for user in task.concerned:
        keys = [(PostKind.STEP, f"{task.number}/{user}/{event.place}")]
        if event.step is Step.GIVE and task.is_assignee(user):
            keys += [(kind, f"{task.number}/{user}") for kind in (PostKind.NEW_TASK, PostKind.CARD)]
        found = [tx.posts.find(kind, subject) for kind, subject in keys]
        waiting = [post for post in found if post is not None and post.is_held]
        if waiting:
            held[user] = waiting
    return held
