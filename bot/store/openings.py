"""The heartbeat's narrow door: huddles that are due at one minute, opened together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import bindparam, insert, select, update

from bot.domain.alarm import AlarmKind
from bot.domain.huddle import HuddleStatus
from bot.domain.person import WorkspaceId
from bot.domain.post import PostKind, PostState, post_id
from bot.domain.team import TeamId
from bot.store.alarms import alarm_from
from bot.store.compiled import run, run_many
from bot.store.huddles import columns_of
from bot.store.keys import is_asked_for
from bot.store.people import people_among
from bot.store.schema import alarms, huddles, posts
from bot.store.teams import teams_among

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from typing import Protocol

    from sqlalchemy import Connection

    from bot.domain.alarm import Alarm
    from bot.domain.huddle import Huddle
    from bot.domain.person import Person, UserId
    from bot.domain.team import Team
    from bot.store.database import Store

    class Decide(Protocol):
        """Says what becomes of a team whose alarm is due; None where that is no simple matter.

        `known` has the huddles that the team has on any date that can matter, `people` whoever of
        its workspace is in one of these teams.
        """

        def __call__(
            self,
            team: Team,
            alarm: Alarm,
            known: Mapping[date, HuddleStatus],
            people: Mapping[UserId, Person],
            now: datetime,
        ) -> Opening | None: ...


LONG_AGO = timedelta(days=14)
"""A team whose huddles were last looked at longer ago may have many; it is looked at alone."""

_BEFORE = timedelta(days=2)
"""How much earlier than an instant a local date can be that has to do with it, and to spare."""

_Key: TypeAlias = "tuple[str, str]"

# Two processes that tick at the same moment share the work: none waits for the other's alarms.
_DUE = (
    select(alarms)
    .where(
        is_asked_for(alarms.c.workspace, alarms.c.subject),
        alarms.c.kind == AlarmKind.HUDDLE_OPEN,
    )
    .with_for_update(skip_locked=True)
)
_STILL_THERE = select(alarms.c.workspace, alarms.c.subject).where(
    is_asked_for(alarms.c.workspace, alarms.c.subject),
    alarms.c.kind == AlarmKind.HUDDLE_OPEN,
)
_KNOWN = select(huddles.c.workspace, huddles.c.team, huddles.c.date, huddles.c.status).where(
    is_asked_for(huddles.c.workspace, huddles.c.team),
    huddles.c.date >= bindparam("first"),
)
_NEXT = (
    update(alarms)
    .where(
        alarms.c.workspace == bindparam("of_workspace"),
        alarms.c.kind == AlarmKind.HUDDLE_OPEN,
        alarms.c.subject == bindparam("of_subject"),
    )
    .values(
        due_at=bindparam("next_at"),
        after=bindparam("until"),
        version=alarms.c.version + 1,
    )
)
# No conflict is expected: were there one, all of this is taken back, and each is looked at alone.
_ADD_HUDDLE = insert(huddles)
_ADD_POST = insert(posts)
_ADD_ALARM = insert(alarms)


@dataclass(frozen=True)
class Opening:
    """What becomes of a team whose alarm is due: new huddles, and when the next one is."""

    huddles: tuple[Huddle, ...]
    next_at: datetime


@dataclass(frozen=True)
class Opened:
    """What was done together, and what was left."""

    alone: list[Alarm]
    """Alarms that have to be looked at one by one."""
    busy: list[Alarm]
    """Alarms that another process is looking at right now."""
    workspaces: frozenset[WorkspaceId]
    """Where there is something to be shown."""
    next_at: datetime | None
    """When the earliest alarm is due that was set."""


class Openings:
    """Opens huddles of many teams and workspaces in one transaction.

    The same rows in the same states as one transaction for each would leave. Alarms are locked
    before anything of their teams is read, so a schedule that changes meanwhile waits for them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def open(self, due: Sequence[Alarm], *, decide: Decide, now: datetime) -> Opened:
        """Open what these alarms are for. Raises what one team's trouble raises for all."""
        return await self._store.door(lambda connection: _open(connection, due, decide, now))


def _open(connection: Connection, due: Sequence[Alarm], decide: Decide, now: datetime) -> Opened:
    asked: dict[_Key, Alarm] = {(alarm.workspace, alarm.subject): alarm for alarm in due}
    standing = _locked(connection, asked)
    missing = [key for key in asked if key not in standing]
    busy = _busy(connection, missing)
    ripe = {key: alarm for key, alarm in standing.items() if alarm.due_at <= now}
    soon = {key: alarm for key, alarm in ripe.items() if now - alarm.after <= LONG_AGO}
    teams = teams_among(connection, [_team_of(alarm) for alarm in soon.values()])
    known = _known(connection, soon.values())
    people = people_among(
        connection, {(key[0], user) for key, team in teams.items() for user in team.members}
    )
    decided: list[tuple[Alarm, Team, Opening]] = []
    alone: list[Alarm] = []
    for key, alarm in ripe.items():
        team = teams.get(_team_of(alarm)) if key in soon else None
        opening = (
            None
            if team is None
            else decide(team, alarm, known[_team_of(alarm)], people.get(alarm.workspace, {}), now)
        )
        if team is None or opening is None:
            alone.append(asked[key])
        else:
            decided.append((alarm, team, opening))
    _write(connection, decided, now)
    opened = [(alarm, huddle) for alarm, _, opening in decided for huddle in opening.huddles]
    ahead = [opening.next_at for _, _, opening in decided]
    ahead += [huddle.closes_at for _, huddle in opened if huddle.closes_at is not None]
    return Opened(
        alone=alone,
        busy=[asked[key] for key in busy],
        workspaces=frozenset(alarm.workspace for alarm, huddle in opened if _is_shown(huddle)),
        next_at=min(ahead, default=None),
    )


def _locked(connection: Connection, keys: Iterable[_Key]) -> dict[_Key, Alarm]:
    found = run(connection, _DUE, {"keys": list(keys)}).rows
    return {(row.workspace, row.subject): alarm_from(row) for row in found}


def _busy(connection: Connection, missing: Sequence[_Key]) -> list[_Key]:
    """Return which of these are there all the same; the others were cancelled meanwhile."""
    if not missing:
        return []
    found = run(connection, _STILL_THERE, {"keys": missing}).rows
    return [(row.workspace, row.subject) for row in found]


def _known(
    connection: Connection, these: Iterable[Alarm]
) -> dict[tuple[WorkspaceId, TeamId], dict[date, HuddleStatus]]:
    known: dict[tuple[WorkspaceId, TeamId], dict[date, HuddleStatus]] = defaultdict(dict)
    these = list(these)
    if these:
        first = min(min(alarm.after, alarm.due_at) for alarm in these) - _BEFORE
        keys = [_team_of(alarm) for alarm in these]
        asked = {"keys": keys, "first": first.date()}
        for workspace, team, on, status in run(connection, _KNOWN, asked).rows:
            known[WorkspaceId(workspace), TeamId(team)][on] = HuddleStatus(status)
    return known


def _write(
    connection: Connection, decided: Sequence[tuple[Alarm, Team, Opening]], now: datetime
) -> None:
    new_huddles: list[dict[str, Any]] = []
    new_posts: list[dict[str, Any]] = []
    new_alarms: list[dict[str, Any]] = []
    for alarm, team, opening in decided:
        here = {"workspace": alarm.workspace}
        for huddle in opening.huddles:
            new_huddles.append(
                {**here, "team": huddle.team, "date": huddle.date, **columns_of(huddle)}
            )
            if _is_shown(huddle):
                new_posts.append(_post(alarm.workspace, team, huddle.subject))
            if huddle.closes_at is not None:
                new_alarms.append(
                    {
                        **here,
                        "kind": AlarmKind.HUDDLE_CLOSE,
                        "subject": huddle.subject,
                        "due_at": huddle.closes_at,
                        "after": now,
                    }
                )
    if decided:
        run_many(
            connection,
            _NEXT,
            [
                {
                    "of_workspace": alarm.workspace,
                    "of_subject": alarm.subject,
                    "next_at": opening.next_at,
                    "until": now,
                }
                for alarm, _, opening in decided
            ],
        )
    for statement, rows in (
        (_ADD_HUDDLE, new_huddles),
        (_ADD_POST, new_posts),
        (_ADD_ALARM, new_alarms),
    ):
        if rows:
            run_many(connection, statement, rows)


def _post(workspace: WorkspaceId, team: Team, subject: str) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "id": post_id(workspace, PostKind.HUDDLE, subject),
        "kind": PostKind.HUDDLE,
        "subject": subject,
        "channel": team.channel,
        "wanted": 1,
        "shown": 0,
        "attempts": 0,
        "state": PostState.LIVE,
        "urgent": True,
    }


def _is_shown(huddle: Huddle) -> bool:
    return huddle.status is HuddleStatus.OPEN


def _team_of(alarm: Alarm) -> tuple[WorkspaceId, TeamId]:
    return alarm.workspace, TeamId(int(alarm.subject))
