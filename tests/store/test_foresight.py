"""What a batch reads ahead is what each post would have read for itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.person import WorkspaceId
from bot.domain.post import Post, PostId, PostKind
from bot.domain.team import TeamId
from bot.store.database import Tx
from bot.store.foresight import Foresight
from tests.databases import workspace_row
from tests.store.samples import A_HUDDLE, AN_ANSWER, BEN, CHANNEL, DATE, NOW, ROLES, SCHEDULE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.store.database import Store

HERE, THERE = WorkspaceId("T0001"), WorkspaceId("T0002")
SUBJECT = f"1/{DATE}"


def _furnish(tx: Tx) -> None:
    tx.workspaces.save(workspace_row(tx.workspace))
    for name in ("Manila", "Cebu"):
        team = tx.teams.add(
            name=f"{name} of {tx.workspace}",
            channel=CHANNEL,
            schedule=SCHEDULE,
            roles=ROLES,
            now=NOW,
        )
        tx.huddles.add(replace(A_HUDDLE, team=team.id))
    tx.huddles.put_answer(TeamId(1), DATE, replace(AN_ANSWER, at=NOW + timedelta(minutes=1)))
    tx.huddles.put_answer(TeamId(1), DATE, replace(AN_ANSWER, person=BEN, texts=(tx.workspace,)))


def _post(workspace: WorkspaceId, subject: str = SUBJECT, kind: PostKind = PostKind.HUDDLE) -> Post:
    return Post(workspace, PostId("0"), kind, subject, CHANNEL)


def _told(*posts: Post) -> Callable[[Connection], Tx]:
    def work(connection: Connection) -> Tx:
        tx = Tx(connection, HERE)
        Foresight(connection, posts).tell(tx)
        return tx

    return work


@pytest.fixture(autouse=True)
async def _furnished(store: Store) -> None:
    for workspace in (HERE, THERE):
        await store.run(workspace, _furnish)


async def test_it_gives_what_a_transaction_of_its_own_would_read(store: Store) -> None:
    tx = await store.door(_told(_post(HERE), _post(THERE), _post(HERE, f"2/{DATE}")))
    for number in (TeamId(1), TeamId(2)):
        expected = await store.run(
            HERE,
            lambda tx, number=number: (  # type: ignore[misc]  # a default for the loop's sake
                tx.teams.get(number),
                tx.huddles.get(number, DATE),
                tx.huddles.answers(number, DATE),
            ),
        )

        # The transaction is over, so this is from memory.
        found = (
            tx.teams.get(number),
            tx.huddles.get(number, DATE),
            tx.huddles.answers(number, DATE),
        )
        assert found == expected
    assert next(answer.person for answer in tx.huddles.answers(TeamId(1), DATE)) == BEN


async def test_what_it_does_not_know_is_read_as_ever(store: Store) -> None:
    def work(connection: Connection) -> tuple[str, bool]:
        tx = _told(_post(HERE), _post(THERE), _post(HERE, "9/nonsense"))(connection)
        other = tx.teams.get(TeamId(2))
        return (other.name if other else ""), tx.huddles.get(TeamId(7), DATE) is None

    assert await store.door(work) == ("Cebu of T0001", True)


async def test_a_change_is_seen_in_spite_of_it(store: Store) -> None:
    def work(connection: Connection) -> tuple[str, object, int]:
        tx = _told(_post(HERE), _post(THERE))(connection)
        team = tx.teams.get(TeamId(1))
        huddle = tx.huddles.get(TeamId(1), DATE)
        assert team is not None
        assert huddle is not None
        tx.teams.save(replace(team, name="Davao"))
        tx.huddles.save(huddle.closed())
        tx.huddles.drop_answer(TeamId(1), DATE, BEN)
        renamed, closed = tx.teams.get(TeamId(1)), tx.huddles.get(TeamId(1), DATE)
        assert renamed is not None
        assert closed is not None
        left = len(tx.huddles.answers(TeamId(1), DATE))
        tx.huddles.put_answer(TeamId(1), DATE, replace(AN_ANSWER, person=BEN))
        return renamed.name, closed.status, left

    assert await store.door(work) == ("Davao", "closed", 1)
