"""What people of a workspace find in *Your day*, and when they were last told something."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, false, select, update

from bot.domain.day import Day, Line, Matter
from bot.domain.person import UserId
from bot.store.schema import days, readers
from bot.store.scope import THIS_WORKSPACE, Insert
from bot.store.several import Several

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from bot.store.scope import AnyRow, Scope

_HERE = days.c.workspace == THIS_WORKSPACE
_OF = (_HERE, days.c.person == bindparam("of_person"))
_GET = select(days).where(
    *_OF, days.c.date == bindparam("on_date"), days.c.place == bindparam("at_place")
)
_LATEST = (
    select(days)
    .where(*_OF)
    .order_by(days.c.date.desc(), days.c.place.desc())
    .limit(bindparam("limit"))
)
_CURRENT = Several(
    lambda people: (
        select(days)
        .where(_HERE, days.c.person.in_(people), days.c.is_over == false())
        .order_by(days.c.person, days.c.date, days.c.place)
    )
)
_ADD = Insert(
    lambda insert: (
        insert(days)
        .on_conflict_do_nothing(index_elements=["workspace", "person", "date", "place"])
        .returning(days.c.place)
    )
)
_SAVE = (
    update(days)
    .where(*_OF, days.c.date == bindparam("on_date"), days.c.place == bindparam("at_place"))
    .values(lines=bindparam("new_lines"), is_over=bindparam("over"))
)
_READER = select(readers).where(
    readers.c.workspace == THIS_WORKSPACE, readers.c.person == bindparam("of_person")
)
_TOLD = Insert(
    lambda insert: (new := insert(readers)).on_conflict_do_update(
        index_elements=["workspace", "person"], set_={"told_at": new.excluded.told_at}
    )
)
_REMINDED = Insert(
    lambda insert: (new := insert(readers)).on_conflict_do_update(
        index_elements=["workspace", "person"], set_={"is_reminded": new.excluded.is_reminded}
    )
)


class Days:
    """The messages of lines to people of this workspace, and who was told something when."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, day: Day) -> bool:
        """Keep a new one. False: that person has one of that date and place."""
        return self._scope.inserted(
            _ADD,
            person=day.person,
            date=day.date,
            place=day.place,
            at=day.at,
            lines=_written(day.lines),
            rest=day.rest,
            crowded=day.crowded,
            is_over=day.is_over,
        )

    def get(self, person: UserId, local_date: date, place: int) -> Day | None:
        row = self._scope.row(_GET, of_person=person, on_date=local_date, at_place=place)
        return None if row is None else _day(row)

    def latest(self, person: UserId, limit: int) -> list[Day]:
        """Return the last messages of lines to somebody, the newest first."""
        return [_day(row) for row in self._scope.rows(_LATEST, of_person=person, limit=limit)]

    def current(self, people: Iterable[UserId]) -> list[Day]:
        """Return those of these people's that are still kept up to date."""
        wanted = list(dict.fromkeys(people))
        if not wanted:
            return []
        statement, which = _CURRENT.of(wanted)
        return [_day(row) for row in self._scope.rows(statement, **which)]

    def save(self, day: Day) -> None:
        self._scope.execute(
            _SAVE,
            of_person=day.person,
            on_date=day.date,
            at_place=day.place,
            new_lines=_written(day.lines),
            over=day.is_over,
        )

    def told_at(self, person: UserId) -> datetime | None:
        """Return when the last message went to somebody that began ten minutes of silence."""
        row = self._scope.row(_READER, of_person=person)
        found: datetime | None = None if row is None else row.told_at
        return found

    def told(self, person: UserId, *, now: datetime) -> None:
        self._scope.insert(_TOLD, person=person, told_at=now, is_reminded=True)

    def is_reminded(self, person: UserId) -> bool:
        """Whether an unanswered huddle is a line for somebody; until they say no, it is."""
        row = self._scope.row(_READER, of_person=person)
        return row is None or bool(row.is_reminded)

    def remind(self, person: UserId, *, wanted: bool) -> None:
        """Keep whether somebody wants huddles among their lines."""
        self._scope.insert(_REMINDED, person=person, told_at=None, is_reminded=wanted)


def _written(lines: Iterable[Line]) -> str:
    return json.dumps(
        [
            [line.matter, line.subject, line.due_at.isoformat(), line.task, line.is_put_off]
            for line in lines
        ]
    )


def _day(row: AnyRow) -> Day:
    lines = (
        Line(Matter(matter), subject, datetime.fromisoformat(due_at), task, is_put_off=put_off)
        for matter, subject, due_at, task, put_off in json.loads(row.lines)
    )
    return Day(
        person=UserId(row.person),
        date=row.date,
        place=row.place,
        at=row.at,
        lines=tuple(lines),
        rest=row.rest,
        crowded=row.crowded,
        is_over=row.is_over,
    )
