"""Delegating a task, and every step that people take with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from bot.domain.brief import begin, check_assignees
from bot.domain.errors import BotError
from bot.domain.parts import check_finished, following, is_divided
from bot.domain.post import PostKind
from bot.domain.steps import TRANSITIONS, may, take, take_back
from bot.domain.task import YES, Size, Status, Step, TaskNumber, Via
from bot.usecases import cards, repeats, silence
from bot.usecases.telling import expect, hears_at, refused_lately, release

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from bot.domain.brief import Draft
    from bot.domain.person import Person, UserId
    from bot.domain.post import ChannelId, Post
    from bot.domain.series import Series
    from bot.domain.task import Task, TaskEvent
    from bot.store.transaction import Tx

_LARGEST_NUMBER = TaskNumber(2**31 - 1)


@dataclass(frozen=True)
class Receipt:
    """What a delegator gets to know of what they just did."""

    task: Task
    people: Mapping[UserId, Person]
    """The delegator and the assignees."""
    hears: Mapping[UserId, datetime]
    """When each person it was handed to will hear of it."""
    new_to: tuple[UserId, ...] = ()
    """Who never got a task of this delegator before, where it is not a small one."""
    refused: Mapping[UserId, str] = field(default_factory=dict)
    """To whom Slack brought no message lately, and what it said."""
    series: Series | None = None
    """The repeating task of which it is one."""


class Understood(Protocol):
    """What was made of something that somebody said."""

    @property
    def draft(self) -> Draft | None:
        """The task; None where something is missing."""


U = TypeVar("U", bound=Understood)


def delegate(tx: Tx, draft: Draft, *, key: str, by: UserId, via: Via, now: datetime) -> Receipt:
    """Make a task, once for each `key`, and have its card shown."""
    # Whoever is needed later is read at once with those who are checked.
    people = tx.people.many((by, *draft.assignees))
    check_assignees(draft.assignees, people)
    task, event = begin(draft, by=by, via=via, now=now)
    task, is_new = tx.tasks.add(task, key=key, event=event)
    if not is_new:
        return receipt(tx, task, now=now)
    if draft.rule is not None:
        task = repeats.begin(tx, task, draft.rule, moving=draft.moving, now=now)
    hears = cards.put_up(tx, task, now=now)
    tx.posts.bump_all((PostKind.HOME, user) for user in task.concerned)
    people = tx.people.many(task.concerned)
    return Receipt(
        task,
        people,
        hears,
        _new_to(tx, task),
        refused_lately(tx, hears, now=now),
        repeats.series_of(tx, task),
    )


def delegate_as_said(
    tx: Tx,
    users: Collection[UserId],
    understand: Callable[[Mapping[UserId, Person]], U],
    *,
    key: str,
    by: UserId,
    via: Via,
    now: datetime,
) -> tuple[U, Receipt | None]:
    """Understand what somebody said, knowing these people, and make the task if it is all there.

    To read who they are before, in a transaction of its own, would cost as much as to write.
    """
    said = understand(tx.people.many(users))
    if said.draft is None:
        return said, None
    return said, delegate(tx, said.draft, key=key, by=by, via=via, now=now)


def receipt(tx: Tx, task: Task, *, now: datetime) -> Receipt:
    """Return the receipt of a task as it stands now."""
    people = tx.people.many(task.concerned)
    hears = {
        user: hears_at(tx, people[user], now=now) if _is_held(tx, task.number, user) else now
        for user in task.people
        if user != task.delegator and user in people
    }
    return Receipt(
        task,
        people,
        hears,
        _new_to(tx, task),
        refused_lately(tx, hears, now=now),
        repeats.series_of(tx, task),
    )


def first_timers(
    tx: Tx,
    users: Iterable[UserId],
    *,
    before: TaskNumber = _LARGEST_NUMBER,
    by: UserId,
) -> tuple[UserId, ...]:
    """Return whom of these people somebody has never given a task, `before` this one."""
    others = [user for user in users if user != by]
    given = tx.tasks.ever_given(by, others, before=before) if others else set()
    return tuple(user for user in others if user not in given)


def _new_to(tx: Tx, task: Task) -> tuple[UserId, ...]:
    if task.size is Size.SMALL:
        # To begin small is what is advised anyway, and most tasks are.
        return ()
    return first_timers(tx, task.people, before=task.number, by=task.delegator)


def find(tx: Tx, number: TaskNumber, user: UserId, *, sees_card: bool = False) -> Task:
    """Return a task that this person may see; what they may not see does not exist for them."""
    task = tx.tasks.get(number) if 0 < number <= _LARGEST_NUMBER else None
    if task is None or not (user in task.concerned or sees_card):
        raise BotError(f"There is no task {number} that you can see. `/tasks` lists yours.")
    return task


def of_post(tx: Tx, post: Post) -> Task:
    """Return the task of a card, or of a message about a task."""
    task = tx.tasks.get(cards.number_of(post))
    if task is None:
        raise LookupError(f"post {post.id} is of no task")
    return task


def elsewhere(tx: Tx, number: TaskNumber, user: UserId) -> ChannelId | None:
    """Return the channel in which somebody may see a task that does not concern them."""
    task = tx.tasks.get(number) if 0 < number <= _LARGEST_NUMBER else None
    return None if task is None or user in task.concerned else task.channel


def check(tx: Tx, number: TaskNumber, step: Step, *, by: UserId, sees_card: bool = False) -> Task:
    """Return the task if `by` may take this step as it stands; nothing is changed."""
    task = find(tx, number, by, sees_card=sees_card)
    may(task, step, by, name=names(tx, task))
    return task


def lacks_yes(tx: Tx, number: TaskNumber, user: UserId) -> bool:
    """Whether somebody it was given to has not accepted, while somebody else has."""
    task = tx.tasks.get(number)
    if task is None or not task.is_open or not task.is_assignee(user):
        return False
    accepted = [given.person for given in task.assignees if given.reply in YES]
    return bool(accepted) and user not in accepted


def accept(
    tx: Tx,
    number: TaskNumber,
    *,
    words: str = "",
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Say yes, in own words if there are any; on what is blocked or asked about, go on.

    A yes to the task as it stands takes back what the same person proposed instead.
    """
    task = check(tx, number, Step.ACCEPT, by=by, sees_card=sees_card)
    is_theirs = task.proposal is not None and task.proposal.by == by
    into = replace(task, proposal=None) if is_theirs else task
    return take_step(tx, task, Step.ACCEPT, text=words, into=into, by=by, via=via, now=now)


def decline(
    tx: Tx,
    number: TaskNumber,
    *,
    reason: str = "",
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Say no; the task is declined once everybody has."""
    return _step(
        tx, number, Step.DECLINE, text=reason, by=by, via=via, sees_card=sees_card, now=now
    )


def ask(
    tx: Tx,
    number: TaskNumber,
    *,
    question: str,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Ask the delegator, who hears of it; the task waits for the answer."""
    _must_say(question, "question", f"/ack {number} ask which format?")
    return _step(tx, number, Step.ASK, text=question, by=by, via=via, sees_card=sees_card, now=now)


def answer(
    tx: Tx,
    number: TaskNumber,
    *,
    text: str,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    _must_say(text, "answer", "The first one, as a PDF.")
    return _step(tx, number, Step.ANSWER, text=text, by=by, via=via, sees_card=sees_card, now=now)


def block(
    tx: Tx,
    number: TaskNumber,
    *,
    reason: str = "",
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Say that it cannot go on for now."""
    return _step(tx, number, Step.BLOCK, text=reason, by=by, via=via, sees_card=sees_card, now=now)


def finish(
    tx: Tx,
    number: TaskNumber,
    *,
    text: str = "",
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Finish it; words said about a task that is done already become a note."""
    task = check(tx, number, Step.FINISH, by=by, sees_card=sees_card)
    is_done = task.status in {Status.DONE, Status.VERIFIED}
    step = Step.NOTE if is_done and text else Step.FINISH
    return take_step(tx, task, step, text=text, by=by, via=via, now=now)


def note(
    tx: Tx,
    number: TaskNumber,
    *,
    text: str,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    _must_say(text, "note", f"/tasks note {number} The draft is ready")
    return _step(tx, number, Step.NOTE, text=text, by=by, via=via, sees_card=sees_card, now=now)


def ask_how_it_goes(
    tx: Tx, number: TaskNumber, *, by: UserId, via: Via, sees_card: bool = False, now: datetime
) -> Task:
    """Ask whoever does it how it is going: one message, until somebody says something."""
    return _step(tx, number, Step.CHECK, by=by, via=via, sees_card=sees_card, now=now)


def reopen(
    tx: Tx, number: TaskNumber, *, by: UserId, via: Via, sees_card: bool = False, now: datetime
) -> Task:
    """Open a closed task again; who declined it is asked again."""
    return _step(tx, number, Step.REOPEN, by=by, via=via, sees_card=sees_card, now=now)


def cancel(
    tx: Tx, number: TaskNumber, *, by: UserId, via: Via, sees_card: bool = False, now: datetime
) -> Task:
    """Take it back, with whatever parts of it are still open; whoever works on them hears of it."""
    cancelled = _step(tx, number, Step.CANCEL, by=by, via=via, sees_card=sees_card, now=now)
    if is_divided(tx.tasks.history(number)):
        for part in tx.tasks.parts_of(number):
            if (part.status, Step.CANCEL) in TRANSITIONS:
                take_step(tx, part, Step.CANCEL, by=by, via=via, now=now)
    return cancelled


def snooze(
    tx: Tx,
    number: TaskNumber,
    *,
    until: datetime,
    by: UserId,
    via: Via,
    sees_card: bool = False,
    now: datetime,
) -> Task:
    """Put it aside until a time; the due time stays what it is."""
    task = check(tx, number, Step.SNOOZE, by=by, sees_card=sees_card)
    into = replace(task, snoozed_until=until)
    return take_step(tx, task, Step.SNOOZE, into=into, by=by, via=via, now=now)


def undo(tx: Tx, number: TaskNumber, *, by: UserId, via: Via, now: datetime) -> Task:
    """Take a delegation back, for ten minutes and while nobody acted on it."""
    task = check(tx, number, Step.CANCEL, by=by)
    history = tx.tasks.history(number)
    taken, event = take_back(task, history, by=by, via=via, now=now)
    if event is not None and task.series == number:
        repeats.end(tx, task, now=now)
    return keep(tx, task, taken, event, now=now)


def send_now(tx: Tx, number: TaskNumber, *, by: UserId, now: datetime) -> Receipt:
    """Let the assignees hear of a new task at once, whatever their hours are."""
    task = check(tx, number, Step.EDIT, by=by)
    for user in task.people:
        for kind in (PostKind.NEW_TASK, PostKind.CARD):
            post = tx.posts.find(kind, f"{number}/{user}")
            if post is not None and post.is_held:
                release(tx, post.id)
    return receipt(tx, task, now=now)


def names(tx: Tx, task: Task) -> Callable[[UserId], str]:
    """Return what says the names of a task's people."""
    people = tx.people.many(task.concerned)
    return lambda user: people[user].name if user in people else "somebody who left"


def keep(
    tx: Tx,
    before: Task,
    after: Task,
    event: TaskEvent | None,
    *,
    spare: Collection[UserId] = (),
    now: datetime,
) -> Task:
    """Keep a step that was taken, show it, and tell whoever must hear of it, except `spare`."""
    if event is not None:
        tx.tasks.save(after, event)
        silence.watch(tx, before, after, event)
        cards.show(tx, before, after, event)
        cards.tell_of(tx, before, after, event, spare=spare, now=now)
        if after.parent is not None and _shown_of_a_part(before) != _shown_of_a_part(after):
            _follow(tx, before, after, event, now=now)
        if after.series is not None and after.status is Status.DONE is not before.status:
            repeats.ask_whether_enough(tx, after, by=event.by, now=now)
        if after.is_open and not before.is_open:
            expect(tx, after.concerned, now=now)
    return after


def _shown_of_a_part(part: Task) -> tuple[object, ...]:
    """Return what the card of the whole says of a part."""
    return part.status, part.due, part.people


def _follow(tx: Tx, before: Task, part: Task, event: TaskEvent, *, now: datetime) -> None:
    """Let the whole be done, or no longer, as its parts are, and its card show how they stand."""
    whole = tx.tasks.get(part.parent or part.number)
    if whole is None:
        raise LookupError(f"task {part.number} is a part of no task")
    # Of two parts that are finished at once each would see the other one open. Now the second
    # finds a version that it has not seen, and looks again.
    tx.tasks.save(whole, None)
    parts = tx.tasks.parts_of(whole.number)
    step = following(whole, parts, before=before, after=part)
    if step is None:
        tx.posts.bump_all(cards.shown_of(tx, whole))
        return
    latest = tx.tasks.history(whole.number)[-1]
    taken, line = take(whole, latest, step, by=event.by, via=Via.PART, now=now)
    # Those who hear of the part know it of the whole.
    told = cards.hearers(part, part, event)
    keep(tx, whole, taken, line, spare=told, now=now)


def _step(
    tx: Tx,
    number: TaskNumber,
    step: Step,
    *,
    text: str = "",
    by: UserId,
    via: Via,
    sees_card: bool,
    now: datetime,
) -> Task:
    task = check(tx, number, step, by=by, sees_card=sees_card)
    return take_step(tx, task, step, text=text, by=by, via=via, now=now)


def take_step(
    tx: Tx,
    task: Task,
    step: Step,
    *,
    text: str = "",
    into: Task | None = None,
    by: UserId,
    via: Via,
    spare: Collection[UserId] = (),
    now: datetime,
) -> Task:
    """Take a step that somebody may take, keep it, and tell whoever must hear of it."""
    history = tx.tasks.history(task.number)
    if step is Step.FINISH and is_divided(history):
        check_finished(task, tx.tasks.parts_of(task.number))
    taken, event = take(task, history[-1], step, by=by, via=via, text=text, into=into, now=now)
    return keep(tx, task, taken, event, spare=spare, now=now)


def _must_say(text: str, what: str, example: str) -> None:
    if not text:
        raise BotError(f"The {what} is empty. Write it like: {example}")


def _is_held(tx: Tx, number: TaskNumber, user: UserId) -> bool:
    posts = (tx.posts.find(kind, f"{number}/{user}") for kind in (PostKind.NEW_TASK, PostKind.CARD))
    return any(post is not None and post.is_held for post in posts)
