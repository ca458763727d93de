"""The people of a workspace."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, cast, func, literal_column, select, update

from bot.domain.absence import Absence
from bot.domain.calendar import Weekday
from bot.domain.person import PROFILE, Person, UserId, WorkspaceId
from bot.domain.team import Role
from bot.store.keys import is_asked_for
from bot.store.schema import absences, people, team_people, teams
from bot.store.scope import THIS_WORKSPACE, Insert
from bot.store.several import Several

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import time

    from sqlalchemy import Connection

    from bot.store.scope import AnyRow, Scope

_HERE = people.c.workspace == THIS_WORKSPACE
# Written into the statement, as it is no value.
_COMMA: Any = literal_column("','")
# What somebody is away for comes with them, and costs no statement of its own.
_ABSENCES = (
    select(
        func.aggregate_strings(
            cast(absences.c.first, String) + "/" + cast(absences.c.last, String), _COMMA
        )
    )
    .where(absences.c.workspace == people.c.workspace, absences.c.person == people.c.id)
    .scalar_subquery()
)
_TEAM_DATES = (
    select(func.aggregate_strings(teams.c.dates_off, _COMMA))
    .join(
        team_people,
        (team_people.c.workspace == teams.c.workspace) & (team_people.c.team == teams.c.id),
    )
    .where(
        team_people.c.workspace == people.c.workspace,
        team_people.c.person == people.c.id,
        team_people.c.role != Role.OBSERVER,
        teams.c.deleted_at.is_(None),
        teams.c.dates_off != "",
    )
    .correlate(people)
    .scalar_subquery()
)
_SOMEBODY = select(people, _ABSENCES.label("absences"), _TEAM_DATES.label("team_dates"))
_ALL = _SOMEBODY.where(_HERE)
_AMONG = _SOMEBODY.where(is_asked_for(people.c.workspace, people.c.id))
_MANY = Several(lambda users: _ALL.where(people.c.id.in_(users)))
_SAVE = Insert(
    lambda insert: (new := insert(people)).on_conflict_do_update(
        index_elements=["workspace", "id"],
        set_={name: new.excluded[name] for name in (*PROFILE, "zone_kept")},
    )
)
_ONE = update(people).where(_HERE, people.c.id == bindparam("user"))
_SET_HOURS = _ONE
_SET_ZONE = _ONE.values(zone=bindparam("zone"), profile_zone=bindparam("profile_zone"))
_SET_HOLIDAYS = _ONE.values(keeps=bindparam("keeps"))


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
            profile_zone=person.profile_zone,
            zone_kept=person.zone_kept,
            keeps=person.keeps,
        )

    def forget(self, user: UserId) -> None:
        """Read somebody again when they are next asked for: what belongs to them has changed."""
        self._read.pop(user, None)

    def set_zone(self, user: UserId, zone: str) -> None:
        """Keep the zone by which somebody wants to be asked from now on."""
        self.forget(user)
        self._scope.execute(_SET_ZONE, user=user, zone=zone, profile_zone="")

    def set_holidays(self, user: UserId, keeps: str) -> None:
        """Keep whose holidays somebody keeps."""
        self.forget(user)
        self._scope.execute(_SET_HOLIDAYS, user=user, keeps=keeps)

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


def people_among(
    connection: Connection, keys: Iterable[tuple[WorkspaceId, UserId]]
) -> dict[WorkspaceId, dict[UserId, Person]]:
    """Return people of many workspaces: the way of the narrow door."""
    found: dict[WorkspaceId, dict[UserId, Person]] = {}
    if asked := list(keys):
        for row in connection.execute(_AMONG, {"keys": asked}):
            found.setdefault(WorkspaceId(row.workspace), {})[UserId(row.id)] = _person(row)
    return found


def days_text(days: Iterable[Weekday]) -> str:
    return ",".join(day.name.lower() for day in sorted(days))


def days_from(text: str) -> frozenset[Weekday]:
    return frozenset(Weekday[name.upper()] for name in text.split(",") if name)


def dates_text(dates: Iterable[date]) -> str:
    return ",".join(day.isoformat() for day in sorted(dates))


def dates_from(text: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in text.split(",") if day)


def _absences(text: str) -> tuple[Absence, ...]:
    spans = (span.split("/") for span in text.split(",") if span)
    return tuple(
        sorted(
            Absence(date.fromisoformat(first), date.fromisoformat(last)) for first, last in spans
        )
    )


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
        profile_zone=row.profile_zone,
        zone_kept=row.zone_kept,
        keeps=row.keeps,
        absences=_absences(row.absences or ""),
        team_dates=dates_from(row.team_dates or ""),
    )
