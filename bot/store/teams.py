"""The teams of a workspace and who is in them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import BotError
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId
from bot.domain.schedule import Schedule
from bot.domain.team import Role, Team, TeamId
from bot.store.compiled import run
from bot.store.failures import Stale
from bot.store.keys import is_asked_for
from bot.store.people import dates_from, dates_text, days_from, days_text
from bot.store.schema import team_people, teams
from bot.store.scope import THIS_WORKSPACE, Insert
from bot.store.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, time

    from sqlalchemy import Connection

    from bot.store.scope import AnyRow, Scope

_HERE = teams.c.workspace == THIS_WORKSPACE
_LIVING = select(teams).where(_HERE, teams.c.deleted_at.is_(None))
_GET = select(teams).where(_HERE, teams.c.id == bindparam("team"))
_NAMED = _LIVING.where(teams.c.unique_name == bindparam("folded"))
_IN_CHANNEL = _LIVING.where(teams.c.channel == bindparam("in_channel"))
_OF_PERSON = _LIVING.where(
    teams.c.id.in_(
        select(team_people.c.team).where(
            team_people.c.workspace == THIS_WORKSPACE, team_people.c.person == bindparam("user")
        )
    )
)
_PEOPLE = (
    select(team_people.c.team, team_people.c.person, team_people.c.role)
    .where(
        team_people.c.workspace == THIS_WORKSPACE,
        team_people.c.team.in_(bindparam("of_teams", expanding=True)),
    )
    .order_by(team_people.c.team, team_people.c.place)
)
# Of many workspaces at once, for the heartbeat and the publisher.
_AMONG = select(teams).where(is_asked_for(teams.c.workspace, teams.c.id))
_PEOPLE_AMONG = (
    select(team_people)
    .where(is_asked_for(team_people.c.workspace, team_people.c.team))
    .order_by(team_people.c.workspace, team_people.c.team, team_people.c.place)
)
_ADD = Insert(
    lambda insert: (
        insert(teams)
        .on_conflict_do_nothing(index_elements=["workspace", "unique_name"])
        .returning(teams.c.id)
    )
)
_SAVE = (
    update(teams)
    .where(_HERE, teams.c.id == bindparam("team"))
    .values(version=teams.c.version + 1)
    .returning(teams.c.version)
)
_SAVE_SEEN = _SAVE.where(teams.c.version == bindparam("seen"))
_ADD_PERSON = insert(team_people)
_DROP_PEOPLE = delete(team_people).where(
    team_people.c.workspace == THIS_WORKSPACE, team_people.c.team == bindparam("of_team")
)


class NameTaken(BotError):
    """Another team of this workspace has that name, whatever its capitals."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is already a team called {name}. Choose another name, or see "
            "`/baton team list`."
        )


class Teams:
    """The teams of this workspace, deleted ones included where it says so."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._workspace = Workspaces(scope)
        self._seen: dict[TeamId, int] = {}
        self._foreseen: Mapping[TeamId, Team] = {}

    def foresee(self, these: Mapping[TeamId, Team]) -> None:
        """Take what was read already of teams that this transaction only reads."""
        self._foreseen = these

    def add(
        self,
        *,
        name: str,
        channel: ChannelId,
        schedule: Schedule,
        roles: tuple[tuple[UserId, Role], ...],
        now: datetime,
    ) -> Team:
        """Return the new team with its number, or raise NameTaken."""
        if self.named(name) is not None:
            raise NameTaken(name)
        team = Team(
            id=TeamId(self._workspace.next_team()),
            name=name,
            channel=channel,
            schedule=schedule,
            roles=roles,
            created_at=now,
        )
        if not self._scope.inserted(_ADD, id=team.id, **_columns(team)):
            raise NameTaken(name)
        self._seen[team.id] = 1
        self._add_people(team)
        return team

    def get(self, team: TeamId) -> Team | None:
        """Return a team, also one that was deleted."""
        if (foreseen := self._foreseen.get(team)) is not None:
            return foreseen
        return self._one(self._scope.rows(_GET, team=team))

    def named(self, name: str) -> Team | None:
        """Return the living team of that name, capitals or not."""
        return self._one(self._scope.rows(_NAMED, folded=folded_name(name)))

    def in_channel(self, channel: ChannelId) -> list[Team]:
        return self._teams(self._scope.rows(_IN_CHANNEL, in_channel=channel))

    def all(self) -> list[Team]:
        """Return the living teams, by name."""
        return self._teams(self._scope.rows(_LIVING))

    def of_person(self, user: UserId) -> list[Team]:
        """Return the living teams in which somebody has a role, by name."""
        return self._teams(self._scope.rows(_OF_PERSON, user=user))

    def save(self, team: Team) -> None:
        """Keep a changed team, or raise NameTaken. A deleted one gives its name free."""
        self._foreseen = {}
        seen = self._seen.get(team.id)
        values = {"team": team.id, **_columns(team)}
        try:
            # Within a savepoint, so that whoever catches NameTaken can go on.
            with self._scope.connection.begin_nested():
                if seen is None:
                    version = self._scope.execute(_SAVE, **values).scalar()
                else:
                    version = self._scope.execute(_SAVE_SEEN, seen=seen, **values).scalar()
        except IntegrityError as error:
            raise NameTaken(team.name) from error
        if version is None and seen is None:
            raise LookupError(f"there is no team {team.id} here")
        if version is None:
            raise Stale
        self._seen[team.id] = version
        self._scope.execute(_DROP_PEOPLE, of_team=team.id)
        self._add_people(team)

    def _add_people(self, team: Team) -> None:
        self._scope.insert_all(
            _ADD_PERSON,
            (
                {"team": team.id, "person": person, "role": role, "place": place}
                for place, (person, role) in enumerate(team.roles)
            ),
        )

    def _one(self, rows: Sequence[AnyRow]) -> Team | None:
        return next(iter(self._teams(rows)), None)

    def _teams(self, rows: Sequence[AnyRow]) -> list[Team]:
        if not rows:
            return []
        roles: dict[int, list[tuple[UserId, Role]]] = {row.id: [] for row in rows}
        for team, person, role in self._scope.rows(_PEOPLE, of_teams=list(roles)):
            roles[team].append((UserId(person), Role(role)))
        self._seen.update({TeamId(row.id): row.version for row in rows})
        found = [_team(row, tuple(roles[row.id])) for row in rows]
        return sorted(found, key=lambda team: (team.name.casefold(), team.id))


def teams_among(
    connection: Connection, keys: Iterable[tuple[WorkspaceId, TeamId]]
) -> dict[tuple[WorkspaceId, TeamId], Team]:
    """Return teams of many workspaces, deleted ones included: the way of the narrow door."""
    asked = {"keys": list(keys)}
    if not asked["keys"]:
        return {}
    rows = run(connection, _AMONG, asked).rows
    roles: dict[tuple[str, int], list[tuple[UserId, Role]]] = defaultdict(list)
    for row in run(connection, _PEOPLE_AMONG, asked).rows:
        roles[row.workspace, row.team].append((UserId(row.person), Role(row.role)))
    return {
        (WorkspaceId(row.workspace), TeamId(row.id)): _team(
            row, tuple(roles[row.workspace, row.id])
        )
        for row in rows
    }


def folded_name(name: str) -> str:
    """Return what two names have in common that people would read as the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _columns(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "unique_name": folded_name(team.name) if team.deleted_at is None else None,
        "channel": team.channel,
        "zone": team.schedule.zone,
        "local_time": team.schedule.local_time,
        "weekdays": days_text(team.schedule.weekdays),
        "paused": team.paused,
        "paused_until": team.paused_until,
        "created_at": team.created_at,
        "deleted_at": team.deleted_at,
        "dates_off": dates_text(team.dates_off),
    }


@lru_cache(maxsize=1024)
def _schedule(zone: str, local_time: time, weekdays: str) -> Schedule:
    """Return one and the same schedule for the teams that share it: most do, in a large burst."""
    return Schedule(zone=zone, local_time=local_time, weekdays=days_from(weekdays))


def _team(row: AnyRow, roles: tuple[tuple[UserId, Role], ...]) -> Team:
    return Team(
        id=TeamId(row.id),
        name=row.name,
        channel=ChannelId(row.channel),
        schedule=_schedule(row.zone, row.local_time, row.weekdays),
        roles=roles,
        created_at=row.created_at,
        paused=row.paused,
        paused_until=row.paused_until,
        deleted_at=row.deleted_at,
        dates_off=dates_from(row.dates_off),
    )
