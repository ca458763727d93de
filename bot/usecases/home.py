"""What somebody's Home shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.task import Reply, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.person import Person, UserId
    from bot.domain.task import Task
    from bot.domain.team import Team
    from bot.store.transaction import Tx

ROWS = 8
"""How many tasks a group with buttons shows; a Home has room for 100 blocks."""

LINES = 5
"""How many one without buttons shows, and how many teams."""

LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Group:
    """Some tasks of one kind: the first few, and how many there are."""

    tasks: Sequence[Task]
    count: int


@dataclass(frozen=True)
class Home:
    """Everything on one person's Home."""

    user: UserId
    person: Person | None
    any_team: bool
    teams: Sequence[Team]
    waiting: Group
    doing: Group
    needing: Group
    sent: Group
    done: Group
    people: Mapping[UserId, Person]


def load(tx: Tx, user: UserId, *, now: datetime) -> Home:
    """Return what somebody's Home shows, read by the screenful however much there is."""
    # Of several people each has said something else.
    waiting = Group(*tx.tasks.first_given(user, Reply.NONE, ROWS))
    doing = Group(*tx.tasks.first_given(user, Reply.ACCEPTED, ROWS))
    needing = Group(*tx.tasks.first_needing(user, ROWS))
    going_on = (Status.WAITING, Status.DOING, Status.RETURNED)
    sent = Group(*tx.tasks.first_sent(user, *going_on, limit=LINES))
    lately = tx.tasks.done_lately(user, since=now - LATELY, limit=LINES)
    done = Group(lately, len(lately))
    groups = (waiting, doing, needing, sent, done)
    concerned = {person for group in groups for task in group.tasks for person in task.concerned}
    people = tx.people.many({user, *concerned})
    return Home(
        user=user,
        person=people.get(user),
        any_team=bool(tx.teams.all()),
        teams=tx.teams.of_person(user),
        waiting=waiting,
        doing=doing,
        needing=needing,
        sent=sent,
        done=done,
        people=people,
    )
