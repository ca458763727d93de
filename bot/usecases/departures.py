"""Who leaves: the workspace, with tasks of theirs still open, or a channel that shows a card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.brief import check_assignees
from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.post import PostKind
from bot.domain.task import OPEN, Reply
from bot.usecases import changing, delegation, repeating
from bot.usecases.cards import LEFT
from bot.usecases.telling import tell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.domain.person import Person
    from bot.domain.post import ChannelId, Post
    from bot.domain.task import Task, Via
    from bot.store.transaction import Tx

GONE = frozenset({"user_disabled", "is_inactive"})
"""What Slack answers to a message for somebody without an active account.

`account_inactive` is not among them: it says that of Baton's own account.
"""


@dataclass(frozen=True)
class Departure:
    """What somebody who left leaves open between them and one other person."""

    person: Person
    reader: Person | None
    given: Sequence[Task]
    """What the reader gave them, nearest due first."""
    received: Sequence[Task]
    """What they gave the reader, who can ask nobody about it now."""
    leads: tuple[str, ...]
    """Who leads a team that both were in."""
    people: Mapping[UserId, Person]

    @property
    def is_settled(self) -> bool:
        return not self.person.is_deleted or not (self.given or self.received)


def is_of_departure(post: Post) -> bool:
    """Whether a notice is about somebody who left the workspace."""
    return post.kind is PostKind.NOTICE and post.subject.startswith(f"{LEFT}/")


def noticed(tx: Tx, person: Person, *, now: datetime) -> None:
    """Take in that somebody's account was deactivated, as Slack says, or that they are back.

    Everybody with whom they have something open hears of it once.
    """
    if not person.is_deleted:
        repeating.resume_series_of(tx, person.id, now=now)
        known = tx.posts.under(PostKind.NOTICE, f"{LEFT}/{person.id}")
        tx.posts.bump_all((post.kind, post.subject) for post in known)
        return
    repeating.pause_series_of(tx, person.id, now=now)
    given = [task.delegator for task in tx.tasks.assigned_to(person.id, *OPEN)]
    received = [
        assignee.person
        for task in tx.tasks.sent_by(person.id, *OPEN)
        for assignee in task.assignees
        if assignee.reply is not Reply.DECLINED
    ]
    users = dict.fromkeys((*given, *received))
    there = tx.people.many(users)
    for user in users:
        if user != person.id and not (user in there and there[user].is_deleted):
            subject = f"{LEFT}/{person.id}/{now.date().isoformat()}/{user}"
            tell(tx, user, PostKind.NOTICE, subject, now=now)


def tell_of(tx: Tx, gone: Person, reader: UserId, *, now: datetime) -> bool:
    """Have somebody know that a person left with whom they have something open; False: nothing."""
    subject = f"{LEFT}/{gone.id}/{now.date().isoformat()}/{reader}"
    if known := _told(tx, gone.id, reader):
        tx.posts.bump_all((post.kind, post.subject) for post in known)
        return True
    if not (_given(tx, gone.id, reader) or _received(tx, gone.id, reader)):
        return False
    tell(tx, reader, PostKind.NOTICE, subject, now=now)
    return True


def found_gone(tx: Tx, user: UserId, *, now: datetime) -> None:
    """Take in that Slack refuses messages to somebody because they have no account any more."""
    person = tx.people.get(user)
    if person is not None and not person.is_deleted:
        gone = replace(person, is_deleted=True)
        tx.people.save(gone)
        noticed(tx, gone, now=now)


def view(tx: Tx, post: Post) -> Departure | None:
    """Return what a notice about somebody who left shows; None: nobody knows them."""
    _, person, _, reader = post.subject.split("/")
    gone, user = tx.people.get(UserId(person)), UserId(reader)
    if gone is None:
        return None
    is_left = tx.hints.known(post.subject, user)
    given = [] if is_left else _given(tx, gone.id, user)
    received = _received(tx, gone.id, user)
    concerned = {user for task in (*given, *received) for user in task.people}
    return Departure(
        person=gone,
        reader=tx.people.get(user),
        given=given,
        received=received,
        leads=_leads(tx, gone.id, user) if received else (),
        people=tx.people.many(concerned),
    )


def left_to(tx: Tx, gone: UserId, by: UserId) -> tuple[Person, list[Task]]:
    """Return who left, and what `by` gave them that is open; refuses where that is nothing."""
    person, tasks = tx.people.get(gone), _given(tx, gone, by)
    if person is not None and not person.is_deleted:
        raise BotError(
            f"{person.name} is here again, so nothing was changed. `/tasks sent` lists what you "
            "handed over."
        )
    if person is None or not tasks:
        raise BotError(
            "None of your tasks is with somebody who left any more. `/tasks sent` lists what you "
            "handed over."
        )
    return person, tasks


def give_all(
    tx: Tx,
    gone: UserId,
    to: UserId,
    *,
    in_channel: Mapping[ChannelId, Collection[UserId]],
    by: UserId,
    via: Via,
    now: datetime,
) -> list[Task]:
    """Give all that `by` gave somebody who left to somebody else, in their place."""
    check_assignees((to,), tx.people.many((to,)))
    _, tasks = left_to(tx, gone, by)
    return [
        changing.give(
            tx,
            task.number,
            tuple(dict.fromkeys((to, *_others(tx, task)))),
            in_channel=in_channel.get(task.channel, ()) if task.channel else (),
            spare=(gone,),
            by=by,
            via=via,
            now=now,
        ).task
        for task in tasks
    ]


def cancel_all(tx: Tx, gone: UserId, *, by: UserId, via: Via, now: datetime) -> list[Task]:
    """Cancel what only somebody who left had; what others have as well stays theirs."""
    _, tasks = left_to(tx, gone, by)
    changed = []
    for task in tasks:
        if others := _others(tx, task):
            given = changing.give(
                tx, task.number, others, in_channel=others, spare=(gone,), by=by, via=via, now=now
            )
            changed.append(given.task)
        else:
            changed.append(delegation.cancel(tx, task.number, by=by, via=via, now=now))
    return changed


def leave(tx: Tx, gone: UserId, *, by: UserId) -> None:
    """Leave what somebody had as it is: no notice about them says more of it."""
    for post in _told(tx, gone, by):
        tx.hints.once(post.subject, by)
        tx.posts.bump(post.kind, post.subject)


def left_channel(tx: Tx, channel: ChannelId, user: UserId, *, now: datetime) -> None:
    """Give somebody who left a channel their own copies of the open cards there that concern them.

    Nothing is said to who has no account any more.
    """
    person = tx.people.get(user)
    if person is not None and person.is_deleted:
        return
    concerned = (
        *tx.tasks.assigned_to(user, *OPEN),
        *tx.tasks.sent_by(user, *OPEN),
        *tx.tasks.to_review(user),
    )
    for number in dict.fromkeys(task.number for task in concerned if task.channel == channel):
        tell(tx, user, PostKind.CARD, f"{number}/{user}", now=now)


def _told(tx: Tx, gone: UserId, reader: UserId) -> list[Post]:
    found = tx.posts.under(PostKind.NOTICE, f"{LEFT}/{gone}")
    return [post for post in found if post.subject.rpartition("/")[2] == reader]


def _given(tx: Tx, gone: UserId, by: UserId) -> list[Task]:
    return [task for task in tx.tasks.assigned_to(gone, *OPEN) if task.delegator == by != gone]


def _received(tx: Tx, gone: UserId, by: UserId) -> list[Task]:
    return [task for task in tx.tasks.assigned_to(by, *OPEN) if task.delegator == gone != by]


def _others(tx: Tx, task: Task) -> tuple[UserId, ...]:
    """Return who else has a task that somebody had who left."""
    there = tx.people.many(
        given.person for given in task.assignees if given.reply is not Reply.DECLINED
    )
    return tuple(user for user, person in there.items() if not person.is_deleted)


def _leads(tx: Tx, gone: UserId, reader: UserId) -> tuple[str, ...]:
    leads = [
        lead
        for team in tx.teams.of_person(reader)
        if team.role_of(gone) is not None
        for lead in team.leads
        if lead not in {gone, reader}
    ]
    return tuple(_names(tx.people.many(leads).values()))


def _names(people: Iterable[Person]) -> list[str]:
    return [person.name for person in people if not person.is_deleted]
