"""The huddles of a workspace's teams, and the answers in them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import bindparam, delete, select, update

from bot.domain.huddle import Answer, AnswerSource, Huddle, HuddleStatus
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import ChannelId, MessageTs
from bot.domain.team import TeamId
from bot.store.compiled import run
from bot.store.failures import Stale
from bot.store.keys import is_asked_for
from bot.store.schema import answers, huddles, teams
from bot.store.scope import THIS_WORKSPACE, Insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection

    from bot.store.scope import AnyRow, Scope

HuddleKey: TypeAlias = "tuple[WorkspaceId, TeamId, date]"

_HERE = huddles.c.workspace == THIS_WORKSPACE
_THIS = (huddles.c.team == bindparam("of_team"), huddles.c.date == bindparam("on_date"))
_OF_TEAM = (
    select(huddles)
    .where(_HERE, huddles.c.team == bindparam("of_team"))
    .order_by(huddles.c.date.desc())
)
_LATEST = _OF_TEAM.limit(bindparam("limit"))
_GET = select(huddles).where(_HERE, *_THIS)
_OPEN_IN = (
    select(huddles)
    .join(teams, (teams.c.workspace == huddles.c.workspace) & (teams.c.id == huddles.c.team))
    .where(
        _HERE,
        teams.c.channel == bindparam("in_channel"),
        huddles.c.status == HuddleStatus.OPEN,
    )
    .order_by(huddles.c.due_at, huddles.c.team)
)
_OPEN_AFTER = (
    select(huddles)
    .where(
        _HERE,
        (huddles.c.status == HuddleStatus.OPEN)
        | ((huddles.c.status == HuddleStatus.CLOSED) & (huddles.c.closes_at > bindparam("since"))),
    )
    .order_by(huddles.c.due_at.desc(), huddles.c.team)
)
_ADD = Insert(
    lambda insert: (
        insert(huddles)
        .on_conflict_do_nothing(index_elements=["workspace", "team", "date"])
        .returning(huddles.c.date)
    )
)
_SAVE = (
    update(huddles)
    .where(_HERE, *_THIS)
    .values(version=huddles.c.version + 1)
    .returning(huddles.c.version)
)
_SAVE_SEEN = _SAVE.where(huddles.c.version == bindparam("seen"))

_ANSWERS = (
    select(answers)
    .where(
        answers.c.workspace == THIS_WORKSPACE,
        answers.c.team == bindparam("of_team"),
        answers.c.date == bindparam("on_date"),
    )
    .order_by(answers.c.first_at, answers.c.person)
)
_ANSWER_OF = _ANSWERS.where(answers.c.person == bindparam("of_person"))
_PUT_ANSWER = Insert(
    lambda insert: (new := insert(answers)).on_conflict_do_update(
        index_elements=["workspace", "team", "date", "person"],
        set_={name: new.excluded[name] for name in ("source", "texts", "at", "ts")},
    )
)
_DROP_ANSWER = delete(answers).where(
    answers.c.workspace == THIS_WORKSPACE,
    answers.c.team == bindparam("of_team"),
    answers.c.date == bindparam("on_date"),
    answers.c.person == bindparam("of_person"),
)

# Of many workspaces at once, for the publisher.
_AMONG = select(huddles).where(is_asked_for(huddles.c.workspace, huddles.c.team, huddles.c.date))
_ANSWERS_AMONG = (
    select(answers)
    .where(is_asked_for(answers.c.workspace, answers.c.team, answers.c.date))
    .order_by(answers.c.first_at, answers.c.person)
)


class Huddles:
    """The huddles of this workspace: at most one per team and local date."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._seen: dict[tuple[TeamId, date], int] = {}
        self._foreseen: Mapping[tuple[TeamId, date], Huddle] = {}
        self._answers: Mapping[tuple[TeamId, date], list[Answer]] = {}

    def foresee(
        self,
        these: Mapping[tuple[TeamId, date], Huddle],
        answers: Mapping[tuple[TeamId, date], list[Answer]],
    ) -> None:
        """Take what was read already of huddles that this transaction only reads."""
        self._foreseen, self._answers = these, answers

    def add(self, huddle: Huddle) -> bool:
        """Keep a new huddle. False: that team has one on that date, which stays as it is."""
        columns = columns_of(huddle)
        return self._scope.inserted(_ADD, team=huddle.team, date=huddle.date, **columns)

    def get(self, team: TeamId, local_date: date) -> Huddle | None:
        if (foreseen := self._foreseen.get((team, local_date))) is not None:
            return foreseen
        row = self._scope.row(_GET, of_team=team, on_date=local_date)
        return None if row is None else self._huddle(row)

    def latest(self, team: TeamId, limit: int) -> list[Huddle]:
        """Return a team's last huddles, newest first."""
        return [self._huddle(row) for row in self._scope.rows(_LATEST, of_team=team, limit=limit)]

    def open_in(self, channel: ChannelId) -> list[Huddle]:
        """Return the open huddles of the teams in a channel, oldest first."""
        return [self._huddle(row) for row in self._scope.rows(_OPEN_IN, in_channel=channel)]

    def open_after(self, since: datetime) -> list[Huddle]:
        """Return the huddles that are open or were so after `since`, the newest first."""
        return [self._huddle(row) for row in self._scope.rows(_OPEN_AFTER, since=since)]

    def save(self, huddle: Huddle) -> None:
        self._foreseen = {}
        key = (huddle.team, huddle.date)
        seen = self._seen.get(key)
        values = {"of_team": huddle.team, "on_date": huddle.date, **columns_of(huddle)}
        if seen is None:
            version = self._scope.execute(_SAVE, **values).scalar()
            if version is None:
                raise LookupError(f"there is no huddle {huddle.subject} here")
        else:
            version = self._scope.execute(_SAVE_SEEN, seen=seen, **values).scalar()
            if version is None:
                raise Stale
        self._seen[key] = version

    def answers(self, team: TeamId, local_date: date) -> list[Answer]:
        """Return the answers in the order in which people first answered."""
        if (foreseen := self._answers.get((team, local_date))) is not None:
            return foreseen
        rows = self._scope.rows(_ANSWERS, of_team=team, on_date=local_date)
        return [_answer(row) for row in rows]

    def answer_of(self, team: TeamId, local_date: date, person: UserId) -> Answer | None:
        row = self._scope.row(_ANSWER_OF, of_team=team, on_date=local_date, of_person=person)
        return None if row is None else _answer(row)

    def put_answer(self, team: TeamId, local_date: date, answer: Answer) -> None:
        """Keep somebody's answer in place of the one they gave before."""
        self._answers = {}
        self._scope.insert(
            _PUT_ANSWER,
            team=team,
            date=local_date,
            person=answer.person,
            source=answer.source,
            texts=json.dumps(answer.texts),
            at=answer.at,
            first_at=answer.at,
            ts=answer.ts,
        )

    def drop_answer(self, team: TeamId, local_date: date, person: UserId) -> None:
        self._answers = {}
        self._scope.execute(_DROP_ANSWER, of_team=team, on_date=local_date, of_person=person)

    def _huddle(self, row: AnyRow) -> Huddle:
        huddle = _huddle_from(row)
        self._seen[huddle.team, huddle.date] = row.version
        return huddle


def huddles_among(connection: Connection, keys: Iterable[HuddleKey]) -> dict[HuddleKey, Huddle]:
    """Return huddles of many workspaces: the way of the narrow door."""
    found = run(connection, _AMONG, _asked(keys)).rows
    return {
        (WorkspaceId(row.workspace), TeamId(row.team), row.date): _huddle_from(row) for row in found
    }


def answers_among(
    connection: Connection, keys: Iterable[HuddleKey]
) -> dict[HuddleKey, list[Answer]]:
    """Return the answers in them, in the order of `Huddles.answers`; none where there are none."""
    found: dict[HuddleKey, list[Answer]] = defaultdict(list)
    for row in run(connection, _ANSWERS_AMONG, _asked(keys)).rows:
        found[WorkspaceId(row.workspace), TeamId(row.team), row.date].append(_answer(row))
    return dict(found)


def _asked(keys: Iterable[HuddleKey]) -> dict[str, Any]:
    return {"keys": [(workspace, team, on.isoformat()) for workspace, team, on in keys]}


def _huddle_from(row: AnyRow) -> Huddle:
    return Huddle(
        team=TeamId(row.team),
        date=row.date,
        status=HuddleStatus(row.status),
        due_at=row.due_at,
        opened_at=row.opened_at,
        closes_at=row.closes_at,
        questions=tuple(json.loads(row.questions)),
        reason=row.reason,
        away=tuple(UserId(user) for user in row.away.split(",") if user),
        skipped=row.skipped,
    )


def columns_of(huddle: Huddle) -> dict[str, Any]:
    return {
        "status": huddle.status,
        "due_at": huddle.due_at,
        "opened_at": huddle.opened_at,
        "closes_at": huddle.closes_at,
        "questions": json.dumps(huddle.questions),
        "reason": huddle.reason,
        "away": ",".join(huddle.away),
        "skipped": huddle.skipped,
    }


def _answer(row: AnyRow) -> Answer:
    return Answer(
        person=UserId(row.person),
        source=AnswerSource(row.source),
        texts=tuple(json.loads(row.texts)),
        at=row.at,
        ts=None if row.ts is None else MessageTs(row.ts),
    )
