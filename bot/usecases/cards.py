"""What the people of a task see and hear of a step: copies of its card, messages to them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.domain.agreement import answers_talk
from bot.domain.day import TOGETHER
from bot.domain.person import UserId
from bot.domain.post import ChannelId, PostKind, PostState
from bot.domain.settling import is_settled
from bot.domain.task import Reply, Status, Step, TaskNumber, Via
from bot.usecases.moving import LOAD, asked_about, is_of_load
from bot.usecases.telling import expect, tell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from bot.domain.post import Post
    from bot.domain.task import Task, TaskEvent
    from bot.store.transaction import Tx

NOTICE = "task"
"""What the subject of a notice about a task begins with: task/number/what/…/person."""

LEFT = "left"
"""What one about somebody who left the workspace begins with: left/somebody/date/person."""

# These change nothing that a message about a step shows.
_QUIET = frozenset({Step.SNOOZE})

# After these something that somebody asked to have moved may no longer be due on that day.
_LIGHTENS = frozenset(
    {Step.MOVE, Step.AGREE, Step.FINISH, Step.CANCEL, Step.GIVE, Step.DECLINE, Step.UNDO}
)


def number_of(post: Post) -> TaskNumber:
    """Return the task that a post of a card, or about one, belongs to."""
    return TaskNumber(int(post.subject.partition("/")[0]))


def reader_of(post: Post) -> UserId | None:
    """Return whose direct message a post is; None for a card in a channel."""
    _, *rest = post.subject.split("/")
    return UserId(rest[0]) if rest else None


def place_of(post: Post) -> int:
    """Return the place in its task's history of the step that a post is about."""
    return int(post.subject.rpartition("/")[2])


def put_up(tx: Tx, task: Task, *, now: datetime) -> dict[UserId, datetime]:
    """Have the card of a new task shown, and return when each assignee will hear of it."""
    number = task.number
    if task.channel is not None:
        tx.posts.want(PostKind.CARD, str(number), channel=task.channel, urgent=True)
    else:
        mine = ChannelId(task.delegator)
        tx.posts.want(PostKind.CARD, f"{number}/{mine}", channel=mine, urgent=True)
    return hand_over(tx, task, task.people, in_channel=task.people, now=now)


def hand_over(
    tx: Tx,
    task: Task,
    users: Iterable[UserId],
    *,
    in_channel: Collection[UserId],
    now: datetime,
) -> dict[UserId, datetime]:
    """Tell people of a task that is theirs from now on, and return when each will hear of it.

    Who cannot see its card in the channel gets a copy of their own.
    """
    hears = {}
    expect(tx, task.concerned, now=now)
    for user in users:
        if user == task.delegator:
            continue
        sees_card = task.channel is not None and user in in_channel
        kind = PostKind.NEW_TASK if sees_card else PostKind.CARD
        hears[user] = tell(tx, user, kind, f"{task.number}/{user}", now=now)
    return hears


def move_to_messages(tx: Tx, post: Post, *, now: datetime) -> None:
    """Give everybody concerned a copy of a card that Slack does not take in its channel."""
    task = tx.tasks.get(number_of(post))
    if task is None or task.channel is None or reader_of(post) is not None:
        return
    moved = replace(task, channel=None)
    tx.tasks.save(moved, None)
    put_up(tx, moved, now=now)


def was_told(tx: Tx, number: TaskNumber, user: UserId) -> bool:
    """Whether somebody got a message of their own about this task before."""
    known = (tx.posts.find(kind, f"{number}/{user}") for kind in (PostKind.NEW_TASK, PostKind.CARD))
    # What was withdrawn before it left is known to nobody.
    return any(
        post is not None
        and (
            post.state is PostState.GATHERED
            or (post.wanted > 0 and (post.ts is not None or post.is_pending))
        )
        for post in known
    )


def shown_of(tx: Tx, task: Task) -> list[tuple[PostKind, str]]:
    """Return the copies of a task's card."""
    return [(post.kind, post.subject) for post in tx.posts.under(PostKind.CARD, str(task.number))]


def show(tx: Tx, before: Task, after: Task, event: TaskEvent) -> None:
    """Have everything that shows this task shown anew, for whom it concerns or just did."""
    subject = str(after.number)
    users = dict.fromkeys((*before.concerned, *after.concerned))
    kinds = [PostKind.CARD, PostKind.NEW_TASK, *([PostKind.STEP] * (event.step not in _QUIET))]
    notices = (PostKind.NOTICE, f"{NOTICE}/{subject}")
    departures = [(PostKind.NOTICE, f"{LEFT}/{user}") for user in before.concerned]
    loads = [
        (PostKind.NOTICE, f"{LOAD}/{user}") for user in before.people if event.step in _LIGHTENS
    ]
    of_this = [(kind, subject) for kind in kinds]
    found = tx.posts.under_any([*of_this, notices, *departures, *loads])
    steps = [post for post in found if post.kind is PostKind.STEP and reader_of(post) in users]
    history = tx.tasks.history(after.number) if steps else []
    stale = [post for post in steps if _looks_different(post, before, after, history)]
    for post in found:
        match post.kind:
            case PostKind.NOTICE if post.subject.startswith(f"{LEFT}/"):
                if post.subject.rpartition("/")[2] in users:
                    stale.append(post)
            case PostKind.NOTICE:
                if not is_of_load(post) or subject in asked_about(post):
                    stale.append(post)
            case PostKind.CARD | PostKind.NEW_TASK:
                if (reader := reader_of(post)) is None or reader in users:
                    stale.append(post)
    homes = ((PostKind.HOME, user) for user in users)
    days = (
        (PostKind.DAY, day.subject) for day in tx.days.current(users) if day.concerns(after.number)
    )
    tx.posts.bump_all(
        [*((post.kind, post.subject) for post in stale), *homes, *days], urgent=PostKind.CARD
    )
    # Who takes a step has the task before them, and then its card belongs there as well.
    for post in found:
        if post.kind is PostKind.CARD and reader_of(post) == event.by:
            tx.posts.part(post.kind, post.subject)


def _looks_different(post: Post, before: Task, after: Task, history: Sequence[TaskEvent]) -> bool:
    """Whether the latest step of a history changes what a message about an earlier one shows."""
    reader, place = reader_of(post), place_of(post)
    if (reader in before.concerned) != (reader in after.concerned):
        return True
    if (before.title, before.takes, before.due) != (after.title, after.takes, after.due):
        return True
    told = history[place - 1]
    was = is_settled(before, told, history[place:-1], reader=reader)
    return not (was and is_settled(after, told, history[place:], reader=reader))


def tell_of(
    tx: Tx,
    before: Task,
    after: Task,
    event: TaskEvent,
    *,
    spare: Collection[UserId] = (),
    now: datetime,
) -> None:
    """Tell those of a step who must hear of it: the other side, or whom it leaves without.

    `spare` are those who hear all that it says from another message.
    """
    told = hearers(before, after, event)
    if event.step is Step.ACCEPT and event.text and answers_talk(tx.tasks.history(after.number)):
        told.append(after.delegator)
    for user in told:
        if user not in spare:
            subject = f"{after.number}/{user}/{event.place}"
            is_talking = partial(_is_talking, tx, after.number, user, now)
            tell(tx, user, PostKind.STEP, subject, is_talking=is_talking, now=now)


def _is_talking(tx: Tx, number: TaskNumber, user: UserId, now: datetime) -> bool:
    """Whether somebody did something with a task a moment ago, so that they are at it."""
    history = tx.tasks.history(number)
    return any(event.by == user and now - event.at < TOGETHER for event in history)


def hearers(before: Task, after: Task, event: TaskEvent) -> list[UserId]:
    """Return who hears of a step by a message of their own; most steps only change the card."""
    working = [given.person for given in before.assignees if given.reply is not Reply.DECLINED]
    match event.step:
        case Step.ASK | Step.BLOCK | Step.DECLINE | Step.PROPOSE:
            told = [after.delegator]
        case Step.AGREE | Step.KEEP if before.proposal is not None:
            told = [before.proposal.by]
        case Step.TALK:
            told = _talked_to(after) or working
        case Step.FINISH if after.status is Status.DONE and after.review:
            told = [after.delegator]
        case Step.ANSWER | Step.MOVE | Step.CANCEL | Step.SKIP | Step.DIVIDE | Step.RETURN:
            told = working
        case Step.REOPEN:
            told = [*after.people] if event.by == after.delegator else [after.delegator]
        case Step.CHECK:
            begun = [given.person for given in after.assignees if given.reply is Reply.ACCEPTED]
            told = begun or working
        case Step.GIVE:
            told = [user for user in working if not after.is_assignee(user)]
        case _:
            told = []
    if event.via is Via.SILENCE:
        # Nobody did this, so nobody knows.
        return list(dict.fromkeys((event.by, *told)))
    return [user for user in told if user != event.by]


def _talked_to(task: Task) -> list[UserId]:
    """Return whose words there are to talk about."""
    if task.pending is not None:
        return [task.pending.by]
    return [
        given.person
        for given in task.assignees
        if given.words and given.reply is not Reply.DECLINED
    ]
