"""The repeating tasks of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from bot.domain.person import UserId
from bot.domain.post import ChannelId
from bot.domain.repeat import Moving, rule_from
from bot.domain.series import Series, SeriesId
from bot.domain.task import Authority, Details, Kind
from bot.store.failures import Stale
from bot.store.schema import series
from bot.store.scope import THIS_WORKSPACE, Insert

if TYPE_CHECKING:
    from bot.store.scope import AnyRow, Scope

_HERE = series.c.workspace == THIS_WORKSPACE
_GET = select(series).where(_HERE, series.c.id == bindparam("of_series"))
_LIVING = select(series).where(_HERE, series.c.ended_at.is_(None)).order_by(series.c.id)
_ADD = Insert(
    lambda insert: (
        insert(series)
        .on_conflict_do_nothing(index_elements=["workspace", "id"])
        .returning(series.c.version)
    )
)
_SAVE_SEEN = (
    update(series)
    .where(_HERE, series.c.id == bindparam("of_series"), series.c.version == bindparam("seen"))
    .values(version=series.c.version + 1)
    .returning(series.c.version)
)


class SeriesOfTasks:
    """The repeating tasks of this workspace; each is read before it is changed."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._seen: dict[SeriesId, int] = {}

    def get(self, number: int) -> Series | None:
        row = self._scope.row(_GET, of_series=number)
        return None if row is None else self._read(row)

    def living(self) -> list[Series]:
        """Return those that have not ended."""
        return [self._read(row) for row in self._scope.rows(_LIVING)]

    def save(self, saved: Series) -> None:
        """Keep a new repeating task, or a changed one that was read here."""
        seen = self._seen.get(saved.id)
        if seen is None:
            done = self._scope.insert(_ADD, id=saved.id, **_columns(saved))
        else:
            done = self._scope.execute(_SAVE_SEEN, of_series=saved.id, seen=seen, **_columns(saved))
        version = done.scalar()
        if version is None:
            raise Stale
        self._seen[saved.id] = version

    def _read(self, row: AnyRow) -> Series:
        found = _series(row)
        self._seen[found.id] = row.version
        return found


def _columns(saved: Series) -> dict[str, Any]:
    details = saved.details
    return {
        "rule": saved.rule.text,
        "start": saved.start,
        "local_time": saved.local_time,
        "days_after": saved.days_after,
        "zone": saved.zone,
        "moving": saved.moving,
        "title": saved.title,
        "more": saved.more,
        "takes": saved.takes,
        "assignees": ",".join(saved.assignees),
        "delegator": saved.delegator,
        "channel": saved.channel,
        "measure": details.measure,
        "risks": details.risks,
        "links": details.links,
        "authority": details.authority,
        "kind": details.kind,
        "review": saved.review,
        "everyone": saved.everyone,
        "latest": saved.latest,
        "latest_due": saved.latest_due,
        "next_date": saved.next_date,
        "next_due": saved.next_due,
        "is_paused": saved.is_paused,
        "ended_at": saved.ended_at,
        "was_asked": saved.was_asked,
        "was_enough": saved.was_enough,
    }


def _series(row: AnyRow) -> Series:
    return Series(
        id=SeriesId(row.id),
        rule=rule_from(row.rule),
        start=row.start,
        local_time=row.local_time,
        days_after=row.days_after,
        zone=row.zone,
        moving=Moving(row.moving),
        title=row.title,
        more=row.more,
        takes=row.takes,
        assignees=tuple(map(UserId, row.assignees.split(","))),
        delegator=UserId(row.delegator),
        channel=None if row.channel is None else ChannelId(row.channel),
        details=Details(
            measure=row.measure,
            risks=row.risks,
            links=row.links,
            authority=None if row.authority is None else Authority(row.authority),
            kind=None if row.kind is None else Kind(row.kind),
        ),
        review=row.review,
        everyone=row.everyone,
        latest=row.latest,
        latest_due=row.latest_due,
        next_date=row.next_date,
        next_due=row.next_due,
        is_paused=row.is_paused,
        ended_at=row.ended_at,
        was_asked=row.was_asked,
        was_enough=row.was_enough,
    )
