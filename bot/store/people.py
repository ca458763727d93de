"""The people of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.calendar import Weekday
from bot.domain.person import Person, UserId
from bot.store.schema import people
from bot.store.scope import THIS_WORKSPACE, Insert
from bot.store.several import Several

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import time

    from bot.store.scope import AnyRow, Scope

_HERE = people.c.workspace == THIS_WORKSPACE
_ALL = select(people).where(_HERE)
_MANY = Several(lambda users: _ALL.where(people.c.id.in_(users)))
_PROFILE = (
    "name",
    "handle",
    "real_name",
    "zone",
    "is_bot",
    "is_deleted",
    "is_guest",
    "is_admin",
    "is_external",
)
_SAVE = Insert(
    lambda insert: (new := insert(people)).on_conflict_do_update(
        index_elements=["workspace", "id"],
        set_={name: new.excluded[name] for name in _PROFILE},
    )
)
_SET_HOURS = update(people).where(_HERE, people.c.id == bindparam("user"))


class People:
    """The people Baton has heard of in this workspace; each is read once in a transaction."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._read: dict[UserId, Person | None] = {}

    def get(self, user: UserId) -> Person | None:
        return self.many((user,)).get(user)

    def many(self, users: Iterable[UserId]) -> dict[UserId, Person]:
        """Return those that are known, in the order asked for."""
        wanted = list(dict.fromkeys(users))
        if unread := [user for user in wanted if user not in self._read]:
            self._read.update(dict.fromkeys(unread))
            statement, which = _MANY.of(unread)
            for row in self._scope.rows(statement, **which):
                self._read[UserId(row.id)] = _person(row)
        found = ((user, self._read[user]) for user in wanted)
        return {user: person for user, person in found if person is not None}

    def all(self) -> list[Person]:
        """Return everybody, by name."""
        found = [_person(row) for row in self._scope.rows(_ALL)]
        return sorted(found, key=lambda person: (person.name.casefold(), person.id))

    def save(self, person: Person) -> None:
        """Keep what Slack says of somebody. The hours of somebody known already stay theirs."""
        self._read.pop(person.id, None)
        self._scope.insert(
            _SAVE,
            id=person.id,
            name=person.name,
            handle=person.handle,
            real_name=person.real_name,
            zone=person.zone,
            start=person.start,
            end=person.end,
            days=days_text(person.days),
            hours_confirmed=person.hours_confirmed,
            is_bot=person.is_bot,
            is_deleted=person.is_deleted,
            is_guest=person.is_guest,
            is_admin=person.is_admin,
            is_external=person.is_external,
        )

    def set_hours(self, user: UserId, *, start: time, end: time, days: frozenset[Weekday]) -> None:
        """Keep the hours that this person has set and thereby confirmed."""
        self._read.pop(user, None)
        changed = self._scope.execute(
            _SET_HOURS,
            user=user,
            start=start,
            end=end,
            days=days_text(days),
            hours_confirmed=True,
        )
        if not changed.rowcount:
            raise LookupError(f"nobody here is {user}")


def days_text(days: Iterable[Weekday]) -> str:
    return ",".join(day.name.lower() for day in sorted(days))


def days_from(text: str) -> frozenset[Weekday]:
    return frozenset(Weekday[name.upper()] for name in text.split(",") if name)


def _person(row: AnyRow) -> Person:
    return Person(
        id=UserId(row.id),
        name=row.name,
        handle=row.handle,
        real_name=row.real_name,
        zone=row.zone,
        start=row.start,
        end=row.end,
        days=days_from(row.days),
        hours_confirmed=row.hours_confirmed,
        is_bot=row.is_bot,
        is_deleted=row.is_deleted,
        is_guest=row.is_guest,
        is_admin=row.is_admin,
        is_external=row.is_external,
    )
