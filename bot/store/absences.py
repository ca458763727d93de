"""The dates on which people are away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from bot.domain.absence import Absence, joined
from bot.store.schema import absences
from bot.store.scope import THIS_WORKSPACE, Insert

if TYPE_CHECKING:
    from datetime import date

    from bot.domain.person import UserId
    from bot.store.people import People
    from bot.store.scope import Scope

_HERE = absences.c.workspace == THIS_WORKSPACE
_OF = (
    select(absences.c.first, absences.c.last)
    .where(_HERE, absences.c.person == bindparam("user"))
    .order_by(absences.c.first)
)
_DROP = delete(absences).where(_HERE, absences.c.person == bindparam("user"))
_DROP_ONE = _DROP.where(absences.c.first == bindparam("first_date"))
_DROP_OLD = _DROP.where(absences.c.last < bindparam("before"))
_ADD = Insert(lambda insert: insert(absences))


class Absences:
    """The absences of this workspace's people; no two of one person touch."""

    def __init__(self, scope: Scope, people: People) -> None:
        self._scope = scope
        self._people = people

    def of(self, user: UserId) -> tuple[Absence, ...]:
        """Return somebody's absences in order, past ones among them for a while."""
        return tuple(Absence(row.first, row.last) for row in self._scope.rows(_OF, user=user))

    def add(self, user: UserId, absence: Absence) -> Absence:
        """Keep one more; what it touches becomes one with it, which is returned."""
        known = self.of(user)
        together = next(each for each in joined(known, absence) if absence.first in each)
        for other in known:
            if other.touches(absence):
                self.drop(user, other)
        self._people.forget(user)
        self._scope.insert(_ADD, person=user, first=together.first, last=together.last)
        return together

    def drop(self, user: UserId, absence: Absence) -> None:
        self._people.forget(user)
        self._scope.execute(_DROP_ONE, user=user, first_date=absence.first)

    def drop_past(self, user: UserId, *, before: date) -> None:
        """Forget what ended before a date: nothing of Baton's needs it any more."""
        self._people.forget(user)
        self._scope.execute(_DROP_OLD, user=user, before=before)
