"""Reactions and replies on what stands for a task, which are the same steps as its buttons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.agreement import lacks_words
from bot.domain.errors import BotError
from bot.domain.parts import check_finished, is_divided
from bot.domain.post import PostKind
from bot.domain.steps import TRANSITIONS, refusal, take, unreact
from bot.domain.task import Step, Via
from bot.usecases import delegation, task_notices
from bot.usecases.cards import number_of, place_of, reader_of
from bot.usecases.recognising import recognise

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.domain.person import UserId
    from bot.domain.post import ChannelId, MessageTs, Post
    from bot.domain.task import Task, TaskEvent, TaskNumber
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

# No emoji has it in its name.
_TURN = "/"

# From then on it is not done, whatever stood on its card before.
_ANEW = frozenset({Step.REOPEN, Step.RETURN})

_WITH_WORDS = frozenset({Step.ASK, Step.BLOCK})
"""What somebody may want to put into words after it."""

_ON_A_CARD = _WITH_WORDS | {Step.FINISH}
"""The same where their own copy of the card does not offer it."""


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
    ahead: timedelta = timedelta(0),
    now: datetime,
) -> Reacted | None:
    """Take the step that a reaction on a card means, or take it back when the reaction goes.

    Events may come twice and in any order, so what counts is whether a reaction of this meaning
    stands after the newest of them, on the card or on what stands for it. `ahead` is by how much
    Slack's clock, which dates events, is ahead of ours.
    """
    step = step_of(name)
    post = recognise(tx, channel, ts, by=by)
    if step is None or post is None or not _stands_for_task(tx, post):
        return None
    task = delegation.of_post(tx, post)
    if not task.is_assignee(by):
        return _bystander(tx, task, by) if stands else None
    history = tx.tasks.history(task.number)
    turn = _turn(history, ahead)
    if not _put(
        tx,
        turn,
        channel=channel,
        ts=ts,
        person=by,
        name=name,
        stands=stands,
        event_ts=event_ts,
    ):
        return None
    if stands:
        return _given(tx, post, task, history, step, name=name, by=by, now=now)
    if not _stands(tx, post, turn, by, step):
        _undo(tx, task, history, step, by=by, now=now)
    return None


def _given(
    tx: Tx,
    post: Post,
    task: Task,
    history: Sequence[TaskEvent],
    step: Step,
    *,
    name: str,
    by: UserId,
    now: datetime,
) -> Reacted | None:
    """Take the step that a reaction means; one that was taken already stays as it is."""
    if (task.status, step) not in TRANSITIONS:
        return _hint(tx, task, by, refusal(task))
    if step is Step.FINISH and (left := _left(tx, task, history)):
        return _hint(tx, task, by, left)
    after, event = _take(tx, task, history, step, name=name, by=by, now=now)
    says_too_little = step is Step.ACCEPT and lacks_words(after, by)
    if reader_of(post) is None:
        is_new = event is not None or step in _WITH_WORDS
        # Who did their share has nothing to show yet while the others do theirs.
        asks = (step in _ON_A_CARD and not _is_a_share(after, step)) or says_too_little
        return Reacted(task.number, write=step) if asks and is_new else None
    if event is not None and (step in _WITH_WORDS or says_too_little):
        # In a direct message what Baton says stays, so it is a post that ends with the step.
        task_notices.offer_words(tx, task.number, event)
    return None


def read(
    tx: Tx,
    *,
    channel: ChannelId,
    ts: MessageTs,
    reactions: Mapping[str, Collection[UserId]],
    event_ts: str,
    ahead: timedelta = timedelta(0),
    now: datetime,
) -> None:
    """Take in who reacted how to a card, where events may have been missed.

    `event_ts` is when Slack was asked, so that events of later changes count for more. Nobody
    gets to know why a reaction changed nothing: it may be hours old.
    """
    post = tx.posts.at(channel, ts)
    if post is None or not _stands_for_task(tx, post):
        return
    task = delegation.of_post(tx, post)
    for person in task.people:
        history = tx.tasks.history(task.number)
        turn = _turn(history, ahead)
        known = {name for name in tx.reactions.standing(channel, ts, person) if _TURN not in name}
        found = [name for name, users in reactions.items() if person in users and step_of(name)]
        stood = {step for step in STEPS.values() if _stands(tx, post, turn, person, step)}
        for name in known.symmetric_difference(found):
            _put(
                tx,
                turn,
                channel=channel,
                ts=ts,
                person=person,
                name=name,
                stands=name in found,
                event_ts=event_ts,
            )
        stand = {step for step in STEPS.values() if _stands(tx, post, turn, person, step)}
        for step in [step for step in Step if step in stood - stand]:
            task = _undo(tx, task, history, step, by=person, now=now)
        for name in found:
            step = STEPS[name.partition("::")[0]]
            if step in stand - stood and (task.status, step) in TRANSITIONS:
                history = tx.tasks.history(task.number)
                if step is Step.FINISH and _left(tx, task, history):
                    continue
                task, _ = _take(tx, task, history, step, name=name, by=person, now=now)


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


def _is_a_share(task: Task, step: Step) -> bool:
    return step is Step.FINISH and task.is_open


def _left(tx: Tx, task: Task, history: Sequence[TaskEvent]) -> str:
    """Return why a task that was divided cannot be finished yet, or nothing."""
    if is_divided(history):
        try:
            check_finished(task, tx.tasks.parts_of(task.number))
        except BotError as refused:
            return str(refused)
    return ""


def _stands_for_task(tx: Tx, post: Post) -> bool:
    """Whether a reaction on this post is one on the task: its card, or what says it is yours."""
    if post.kind is PostKind.STEP:
        return tx.tasks.history(number_of(post))[place_of(post) - 1].step is Step.GIVE
    return post.kind in {PostKind.CARD, PostKind.NEW_TASK}


@dataclass(frozen=True)
class _Turn:
    """The time since a task was last opened again: reactions from before it are used up."""

    since: str
    """As Slack dates events; empty for a task that was never opened again."""
    mark: str
    """What the names of this turn's reactions end with."""


def _turn(history: Sequence[TaskEvent], ahead: timedelta) -> _Turn:
    opened = next((event for event in reversed(history) if event.step in _ANEW), None)
    if opened is None:
        return _Turn("", "")
    return _Turn(f"{(opened.at + ahead).timestamp():.6f}", f"{_TURN}{opened.place}")


def _put(
    tx: Tx,
    turn: _Turn,
    *,
    channel: ChannelId,
    ts: MessageTs,
    person: UserId,
    name: str,
    stands: bool,
    event_ts: str,
) -> bool:
    """Keep what an event says, and whether it says anything new of this turn.

    The bare name is what stands in Slack; the marked one what was given in this turn.
    """
    names = [name]
    if turn.mark and event_ts > turn.since:
        names.append(f"{name}{turn.mark}")
    is_news = [
        tx.reactions.put(
            channel=channel, ts=ts, person=person, name=kept, stands=stands, event_ts=event_ts
        )
        for kept in names
    ]
    return is_news[-1] and len(names) > bool(turn.mark)


def _stands(tx: Tx, post: Post, turn: _Turn, person: UserId, step: Step) -> bool:
    """Whether a reaction of this meaning stands that was given in this turn, on any copy."""
    number = number_of(post)
    copies = {
        post.id: post,
        **{
            copy.id: copy
            for kind, subject in (
                (PostKind.CARD, f"{number}"),
                (PostKind.CARD, f"{number}/{person}"),
                (PostKind.NEW_TASK, f"{number}/{person}"),
            )
            if (copy := tx.posts.find(kind, subject)) is not None
        },
    }
    return any(
        step_of(name.partition(_TURN)[0]) is step
        for copy in copies.values()
        if copy.ts is not None
        for name in tx.reactions.standing(copy.channel, copy.ts, person)
        if name.partition(_TURN)[2] == turn.mark.removeprefix(_TURN)
    )


def _take(
    tx: Tx,
    task: Task,
    history: Sequence[TaskEvent],
    step: Step,
    *,
    name: str,
    by: UserId,
    now: datetime,
) -> tuple[Task, TaskEvent | None]:
    taken, event = take(task, history[-1], step, by=by, via=Via.REACTION, reaction=name, now=now)
    return delegation.keep(tx, task, taken, event, now=now), event


def _undo(
    tx: Tx, task: Task, history: Sequence[TaskEvent], step: Step, *, by: UserId, now: datetime
) -> Task:
    undone, event = unreact(task, history, step, by=by, now=now)
    return delegation.keep(tx, task, undone, event, now=now)


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
