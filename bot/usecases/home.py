"""What somebody's Home shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.task import OPEN, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.person import Person, UserId
    from bot.domain.task import Task
    from bot.domain.team import Team
    from bot.store.transaction import Tx

ROWS = 8
"""How many tasks a group shows; a Home has room for 100 blocks."""


@dataclass(frozen=True)
class Group:
    """Some tasks of one kind: the first few, and how many there are."""

    tasks: tuple[Task, ...]
    count: int


@dataclass(frozen=True)
class Home:
    """Everything on one person's Home."""

    person: Person | None
    any_team: bool
    teams: tuple[Team, ...]
    waiting: Group
    doing: Group
    sent: Group
    people: Mapping[UserId, Person]


def load(tx: Tx, user: UserId) -> Home:
    given = tx.tasks.assigned_to(user, *OPEN)
    # Of several people each has said something else.
    waiting = [task for task in given if task.reply_of(user) is Reply.NONE]
    doing = [task for task in given if task.reply_of(user) is Reply.ACCEPTED]
    sent = [task for task in tx.tasks.sent_by(user, *OPEN) if task.people != (user,)]
    shown = [*waiting[:ROWS], *doing[:ROWS], *sent[:ROWS]]
    concerned = {person for task in shown for person in (task.delegator, *task.people)}
    return Home(
        person=tx.people.get(user),
        any_team=bool(tx.teams.all()),
        teams=tuple(tx.teams.of_person(user)),
        waiting=_group(waiting),
        doing=_group(doing),
        sent=_group(sent),
        people=tx.people.many(concerned),
    )


def _group(tasks: list[Task]) -> Group:
    return Group(tasks=tuple(tasks[:ROWS]), count=len(tasks))
