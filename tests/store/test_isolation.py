"""No workspace sees or changes anything of another one, whichever repository it asks."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.domain.alarm import AlarmKind
from bot.domain.post import ChannelId, MessageTs, PostId, PostKind, post_id
from bot.domain.task import Reply, Status, Step, TaskNumber, Via
from bot.store.schema import metadata, posts
from bot.store.transaction import Tx
from tests.databases import workspace_row
from tests.store.samples import (
    A_DAY,
    A_HUDDLE,
    A_PERSON,
    A_SERIES,
    A_TASK,
    AN_ABSENCE,
    AN_ANSWER,
    ANA,
    CHANNEL,
    DATE,
    DELEGATED,
    JOY,
    NOW,
    OTHER,
    ROLES,
    SCHEDULE,
    TEAM,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.domain.person import WorkspaceId
    from bot.domain.team import Team
    from bot.store.database import Store

ONE = TaskNumber(1)
OPEN = AlarmKind.HUDDLE_OPEN
LATE = NOW + timedelta(days=9)
LONG = timedelta(days=99)
THEIRS = workspace_row(OTHER)
TS = MessageTs("1772442000.000100")


def add_team(tx: Tx, name: str = "Manila") -> Team:
    return tx.teams.add(name=name, channel=CHANNEL, schedule=SCHEDULE, roles=ROLES, now=NOW)


def fill(tx: Tx) -> None:
    """Put one of everything into a workspace, with the same keys in each."""
    tx.workspaces.save(workspace_row(tx.workspace))
    tx.people.save(A_PERSON)
    tx.absences.add(ANA, AN_ABSENCE)
    tx.workspaces.heard(LATE)
    add_team(tx)
    tx.huddles.add(A_HUDDLE)
    tx.huddles.put_answer(TEAM, DATE, AN_ANSWER)
    tx.tasks.add(replace(A_TASK, status=Status.DONE), key="key", event=DELEGATED)
    tx.tasks.save(
        replace(A_TASK, number=ONE, status=Status.DONE),
        replace(DELEGATED, place=2, step=Step.FINISH, by=ANA, via=Via.REACTION),
    )
    tx.tasks.add(replace(A_TASK, proposal=None), key="open", event=DELEGATED)
    noted = replace(DELEGATED, place=3, step=Step.NOTE, by=ANA)
    tx.tasks.save(replace(A_TASK, number=ONE, status=Status.DONE), noted)
    tx.posts.want(PostKind.CARD, "1", channel=CHANNEL, ts=TS, held=True)
    gathered = tx.posts.want(PostKind.NEW_TASK, "1", channel=CHANNEL, held=True)
    tx.posts.gather([gathered.id])
    leaving = tx.posts.want(PostKind.CARD, "2", channel=CHANNEL)
    attempted = update(posts).where(posts.c.workspace == tx.workspace, posts.c.id == leaving.id)
    tx.posts._scope.connection.execute(attempted, {"attempts": 1})
    refused = tx.posts.want(PostKind.CARD, "3", channel=CHANNEL)
    gave_up = update(posts).where(posts.c.workspace == tx.workspace, posts.c.id == refused.id)
    given = {"attempted_at": LATE, "state": "rejected", "reason": "user_disabled"}
    tx.posts._scope.connection.execute(gave_up, given)
    tx.alarms.set(OPEN, "1", due_at=NOW, after=NOW)
    tx.series.save(A_SERIES)
    tx.reactions.put(
        channel=CHANNEL, ts=TS, person=ANA, name="tada", stands=True, event_ts="1772442001.000000"
    )
    tx.hints.once("card/1", ANA)
    tx.days.add(A_DAY)
    tx.days.told(ANA, now=NOW)
    tx.days.remind(ANA, wanted=False)


def put_answer(tx: Tx) -> None:
    add_team(tx)
    tx.huddles.add(A_HUDDLE)
    tx.huddles.put_answer(TEAM, DATE, replace(AN_ANSWER, texts=("x",)))


def their_post() -> PostId:
    return post_id(OTHER, PostKind.CARD, "1")


# What every method answers in a workspace that has nothing, while another one has it all. An
# exception stands for itself.
READS: dict[str, tuple[Callable[[Tx], object], object]] = {
    "people.get": (lambda tx: tx.people.get(ANA), None),
    "people.many": (lambda tx: tx.people.many([ANA]), {}),
    "people.all": (lambda tx: tx.people.all(), []),
    "absences.of": (lambda tx: tx.absences.of(ANA), ()),
    "teams.get": (lambda tx: tx.teams.get(TEAM), None),
    "teams.named": (lambda tx: tx.teams.named("Manila"), None),
    "teams.in_channel": (lambda tx: tx.teams.in_channel(CHANNEL), []),
    "teams.all": (lambda tx: tx.teams.all(), []),
    "teams.of_person": (lambda tx: tx.teams.of_person(ANA), []),
    "huddles.get": (lambda tx: tx.huddles.get(TEAM, DATE), None),
    "huddles.latest": (lambda tx: tx.huddles.latest(TEAM, 5), []),
    "huddles.open_in": (lambda tx: tx.huddles.open_in(CHANNEL), []),
    "huddles.open_after": (lambda tx: tx.huddles.open_after(NOW), []),
    "huddles.answers": (lambda tx: tx.huddles.answers(TEAM, DATE), []),
    "huddles.answer_of": (lambda tx: tx.huddles.answer_of(TEAM, DATE, ANA), None),
    "tasks.get": (lambda tx: tx.tasks.get(ONE), None),
    "tasks.history": (lambda tx: tx.tasks.history(ONE), []),
    "tasks.assigned_to": (lambda tx: tx.tasks.assigned_to(ANA), []),
    "tasks.of_people": (lambda tx: tx.tasks.of_people([ANA]), []),
    "tasks.sent_by": (lambda tx: tx.tasks.sent_by(JOY), []),
    "tasks.overdue": (lambda tx: tx.tasks.overdue(ANA, LATE), []),
    "tasks.parts_of": (lambda tx: tx.tasks.parts_of(TaskNumber(7)), []),
    "tasks.handed_over": (lambda tx: tx.tasks.handed_over([ONE]), {}),
    "tasks.to_review": (lambda tx: tx.tasks.to_review(JOY), []),
    "tasks.ever_given": (
        lambda tx: tx.tasks.ever_given(JOY, [ANA], before=TaskNumber(9)),
        set(),
    ),
    "tasks.done_by": (lambda tx: tx.tasks.done_by(ANA, 5), []),
    "tasks.of_series": (lambda tx: tx.tasks.of_series(3, limit=5), []),
    "series.get": (lambda tx: tx.series.get(1), None),
    "series.living": (lambda tx: tx.series.living(), []),
    "tasks.reactable": (
        lambda tx: tx.tasks.reactable(since=NOW - timedelta(hours=1), limit=5),
        [],
    ),
    "tasks.first_given": (lambda tx: tx.tasks.first_given(ANA, Reply.NONE, 5), ([], 0)),
    "tasks.first_sent": (lambda tx: tx.tasks.first_sent(JOY, limit=5), ([], 0)),
    "tasks.first_needing": (lambda tx: tx.tasks.first_needing(JOY, 5), ([], 0)),
    "tasks.done_lately": (
        lambda tx: tx.tasks.done_lately(JOY, since=NOW - timedelta(days=1), limit=5),
        [],
    ),
    "posts.get": (lambda tx: tx.posts.get(their_post()), None),
    "posts.find": (lambda tx: tx.posts.find(PostKind.CARD, "1"), None),
    "posts.at": (lambda tx: tx.posts.at(CHANNEL, TS), None),
    "posts.leaving": (lambda tx: tx.posts.leaving(CHANNEL, CHANNEL), []),
    "posts.refused_in": (lambda tx: tx.posts.refused_in([CHANNEL], since=NOW), {}),
    "posts.held_for": (lambda tx: tx.posts.held_for(CHANNEL), []),
    "posts.under": (lambda tx: tx.posts.under(PostKind.CARD, "1"), []),
    "posts.under_any": (lambda tx: tx.posts.under_any([(PostKind.CARD, "1")]), []),
    "alarms.get": (lambda tx: tx.alarms.get(OPEN, "1"), None),
    "hints.known": (lambda tx: tx.hints.known("card/1", ANA), False),
    "alarms.of_kind": (lambda tx: tx.alarms.of_kind(OPEN), []),
    "days.get": (lambda tx: tx.days.get(ANA, DATE, 0), None),
    "days.latest": (lambda tx: tx.days.latest(ANA, 5), []),
    "days.current": (lambda tx: tx.days.current([ANA]), []),
    "days.told_at": (lambda tx: tx.days.told_at(ANA), None),
    "days.is_reminded": (lambda tx: tx.days.is_reminded(ANA), True),
    "tasks.news": (lambda tx: tx.tasks.news(JOY, after=NOW - LONG, until=LATE), []),
    "reactions.standing": (lambda tx: tx.reactions.standing(CHANNEL, TS, ANA), set()),
}

# What changes something: its own rows, or nothing.
WRITES: dict[str, tuple[Callable[[Tx], object], object]] = {
    "tasks.moved": (lambda tx: tx.tasks.moved(CHANNEL, ChannelId("C0OTHER")), None),
    "posts.moved": (lambda tx: tx.posts.moved(CHANNEL, ChannelId("C0OTHER")), None),
    "posts.revive": (
        lambda tx: tx.posts.revive(PostKind.CARD, "1", channel=ChannelId("C0OTHER")),
        None,
    ),
    "people.save": (lambda tx: tx.people.save(replace(A_PERSON, name="Other")), None),
    "people.set_hours": (
        lambda tx: tx.people.set_hours(ANA, start=time(1), end=time(2), days=frozenset()),
        LookupError,
    ),
    "people.forget": (lambda tx: tx.people.forget(ANA), None),
    "people.set_zone": (lambda tx: tx.people.set_zone(ANA, "Asia/Tokyo"), None),
    "people.set_holidays": (lambda tx: tx.people.set_holidays(ANA, "none"), None),
    "absences.add": (lambda tx: tx.absences.add(ANA, AN_ABSENCE), AN_ABSENCE),
    "absences.drop": (lambda tx: tx.absences.drop(ANA, AN_ABSENCE), None),
    "absences.drop_past": (lambda tx: tx.absences.drop_past(ANA, before=date(2030, 1, 1)), None),
    "teams.add": (
        lambda tx: add_team(tx).id,
        1,
    ),
    "teams.save": (
        lambda tx: tx.teams.save(
            replace(add_team(tx, "Cebu"), id=TEAM, name="manila", roles=ROLES[:1])
        ),
        None,
    ),
    "teams.foresee": (lambda tx: tx.teams.foresee({}), None),
    "huddles.foresee": (lambda tx: tx.huddles.foresee({}, {}), None),
    "huddles.add": (
        lambda tx: (
            add_team(tx),
            tx.huddles.add(A_HUDDLE),
        )[1],
        True,
    ),
    "huddles.save": (lambda tx: tx.huddles.save(replace(A_HUDDLE, reason="x")), LookupError),
    "huddles.put_answer": (put_answer, None),
    "huddles.drop_answer": (lambda tx: tx.huddles.drop_answer(TEAM, DATE, ANA), None),
    "tasks.add": (
        lambda tx: tx.tasks.add(replace(A_TASK, title="x"), key="key", event=DELEGATED)[1],
        True,
    ),
    "tasks.save": (
        lambda tx: tx.tasks.save(replace(A_TASK, number=ONE, title="x"), None),
        LookupError,
    ),
    "series.save": (lambda tx: tx.series.save(replace(A_SERIES, title="x")), None),
    "posts.want": (lambda tx: tx.posts.want(PostKind.CARD, "1", channel=CHANNEL).wanted, 1),
    "posts.bump": (lambda tx: tx.posts.bump(PostKind.CARD, "1"), None),
    "posts.bump_all": (lambda tx: tx.posts.bump_all([(PostKind.CARD, "1")]), None),
    "posts.release": (lambda tx: tx.posts.release(their_post()), None),
    "alarms.set": (lambda tx: tx.alarms.set(OPEN, "1", due_at=LATE, after=LATE), None),
    "alarms.begin": (lambda tx: tx.alarms.begin(OPEN, "1", due_at=LATE, after=LATE), None),
    "days.add": (lambda tx: tx.days.add(replace(A_DAY, rest=9)), True),
    "days.save": (lambda tx: tx.days.save(A_DAY.over()), None),
    "days.told": (lambda tx: tx.days.told(ANA, now=LATE), None),
    "days.remind": (lambda tx: tx.days.remind(ANA, wanted=True), None),
    "posts.gather": (lambda tx: tx.posts.gather([their_post()]), None),
    "posts.part": (lambda tx: tx.posts.part(PostKind.NEW_TASK, "1"), None),
    "alarms.cancel": (lambda tx: tx.alarms.cancel(OPEN, "1"), None),
    "reactions.put": (
        lambda tx: tx.reactions.put(
            channel=CHANNEL,
            ts=TS,
            person=ANA,
            name="tada",
            stands=False,
            event_ts="1772442009.000000",
        ),
        True,
    ),
    "hints.once": (lambda tx: tx.hints.once("card/1", ANA), True),
    "workspaces.get": (lambda tx: tx.workspaces.get() == workspace_row(tx.workspace), True),
    "workspaces.save": (lambda tx: tx.workspaces.save(THEIRS), ValueError),
    "workspaces.heard_at": (lambda tx: tx.workspaces.heard_at(), None),
    "workspaces.heard": (lambda tx: tx.workspaces.heard(NOW), None),
    "workspaces.next_task": (lambda tx: tx.workspaces.next_task(), 1),
    "workspaces.give_task_back": (lambda tx: tx.workspaces.give_task_back(), None),
    "workspaces.next_team": (lambda tx: tx.workspaces.next_team(), 1),
}


def everything_of(connection: Connection, workspace: WorkspaceId) -> dict[str, list[object]]:
    """Return every row of a workspace, as it is stored."""
    rows: dict[str, list[object]] = {}
    for table in metadata.sorted_tables:
        if table.name == "processes":
            continue
        column = table.c.id if table.name == "workspaces" else table.c.workspace
        found = connection.execute(select(table).where(column == workspace))
        rows[table.name] = [tuple(row) for row in found]
    return rows


def test_every_method_of_every_repository_is_looked_at() -> None:
    tx = Tx(None, OTHER)  # type: ignore[arg-type]  # nothing is asked of it
    methods = {
        f"{name}.{method}"
        for name, repository in vars(tx).items()
        if name not in {"workspace", "_scope"}
        for method, _ in inspect.getmembers(repository, inspect.ismethod)
        if not method.startswith("_")
    }

    assert methods == set(READS) | set(WRITES)


@pytest.mark.parametrize("name", [*READS, *WRITES])
async def test_a_workspace_neither_sees_nor_changes_what_another_one_has(
    store: Store, workspace: WorkspaceId, name: str
) -> None:
    ask, expected = (READS | WRITES)[name]
    await store.run(OTHER, fill)
    before = await store.door(lambda connection: everything_of(connection, OTHER))
    assert all(before.values()), "one of everything is there to be seen"

    if isinstance(expected, type) and issubclass(expected, Exception):
        with pytest.raises(expected):
            await store.run(workspace, ask)
    else:
        assert await store.run(workspace, ask) == expected

    assert await store.door(lambda connection: everything_of(connection, OTHER)) == before


@pytest.mark.parametrize("name", list(READS))
async def test_what_is_looked_for_is_found_where_it_is(store: Store, name: str) -> None:
    """Without this the test above could ask for what exists nowhere."""
    ask, nothing = READS[name]
    await store.run(OTHER, fill)
    if name.endswith("overdue"):
        await store.run(OTHER, lambda tx: tx.tasks.save(replace(A_TASK, number=ONE), None))

    assert await store.run(OTHER, ask) != nothing


async def test_two_workspaces_with_the_same_keys_live_side_by_side(
    store: Store, workspace: WorkspaceId
) -> None:
    await store.run(OTHER, fill)
    await store.run(workspace, fill)

    ours = await store.door(lambda connection: everything_of(connection, workspace))
    theirs = await store.door(lambda connection: everything_of(connection, OTHER))
    assert {name: len(rows) for name, rows in ours.items()} == {
        name: len(rows) for name, rows in theirs.items()
    }
