from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.huddle import Answer, AnswerSource, Huddle, HuddleStatus
from bot.domain.post import ChannelId, MessageTs
from tests.store.samples import (
    A_HUDDLE,
    AN_ANSWER,
    ANA,
    BEN,
    CHANNEL,
    DATE,
    JOY,
    NOW,
    ROLES,
    SCHEDULE,
    TEAM,
)

if TYPE_CHECKING:
    from bot.domain.person import WorkspaceId
    from bot.store.database import Store
    from bot.store.transaction import Tx


def with_team(tx: Tx) -> None:
    tx.teams.add(name="Manila", channel=CHANNEL, schedule=SCHEDULE, roles=ROLES, now=NOW)


def with_huddle(tx: Tx) -> None:
    with_team(tx)
    tx.huddles.add(A_HUDDLE)


async def test_a_team_has_one_huddle_on_a_date(store: Store, workspace: WorkspaceId) -> None:
    await store.run(workspace, with_team)

    first = await store.run(workspace, lambda tx: tx.huddles.add(A_HUDDLE))
    second = await store.run(
        workspace, lambda tx: tx.huddles.add(replace(A_HUDDLE, reason="again"))
    )

    assert (first, second) == (True, False)
    assert await store.run(workspace, lambda tx: tx.huddles.get(TEAM, DATE)) == A_HUDDLE


async def test_there_is_no_huddle_on_another_date(store: Store, workspace: WorkspaceId) -> None:
    await store.run(workspace, with_huddle)

    assert await store.run(workspace, lambda tx: tx.huddles.get(TEAM, date(2026, 3, 3))) is None


async def test_a_huddle_may_be_saved_by_who_has_not_read_it(
    store: Store, workspace: WorkspaceId
) -> None:
    changed = replace(A_HUDDLE, status=HuddleStatus.CLOSED)
    await store.run(workspace, with_huddle)

    await store.run(workspace, lambda tx: tx.huddles.save(changed))

    assert await store.run(workspace, lambda tx: tx.huddles.get(TEAM, DATE)) == changed


async def test_a_changed_huddle_comes_back_changed(store: Store, workspace: WorkspaceId) -> None:
    changed = replace(
        A_HUDDLE,
        status=HuddleStatus.MISSED,
        opened_at=None,
        closes_at=None,
        questions=("What is in the way?", "Ça va ?", "🌙"),
        reason="Baton was not running",
    )

    def work(tx: Tx) -> Huddle | None:
        with_huddle(tx)
        tx.huddles.get(TEAM, DATE)
        tx.huddles.save(A_HUDDLE)
        tx.huddles.save(changed)
        return tx.huddles.get(TEAM, DATE)

    assert await store.run(workspace, work) == changed


async def test_a_huddle_that_never_was_cannot_be_saved(
    store: Store, workspace: WorkspaceId
) -> None:
    with pytest.raises(LookupError, match="1/2026-03-02"):
        await store.run(workspace, lambda tx: tx.huddles.save(A_HUDDLE))


async def test_the_latest_huddles_come_newest_first(store: Store, workspace: WorkspaceId) -> None:
    def work(tx: Tx) -> list[Huddle]:
        with_team(tx)
        for days in (1, 3, 0, 2):
            tx.huddles.add(replace(A_HUDDLE, date=DATE + timedelta(days=days)))
        return tx.huddles.latest(TEAM, 3)

    assert [huddle.date.day for huddle in await store.run(workspace, work)] == [5, 4, 3]


async def test_the_open_huddles_of_a_channel_are_found(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> tuple[list[Huddle], list[Huddle]]:
        with_huddle(tx)
        closed = replace(A_HUDDLE, date=date(2026, 2, 27), status=HuddleStatus.CLOSED)
        tx.huddles.add(closed)
        return tx.huddles.open_in(CHANNEL), tx.huddles.open_in(ChannelId("C0009"))

    assert await store.run(workspace, work) == ([A_HUDDLE], [])


async def test_answers_stand_in_the_order_in_which_people_first_answered(
    store: Store, workspace: WorkspaceId
) -> None:
    later = replace(AN_ANSWER, texts=("The whole report", "Help"), at=NOW + timedelta(minutes=9))

    def work(tx: Tx) -> list[Answer]:
        with_huddle(tx)
        tx.huddles.put_answer(TEAM, DATE, AN_ANSWER)
        for minutes, person in ((1, BEN), (2, JOY)):
            other = replace(AN_ANSWER, person=person, at=NOW + timedelta(minutes=minutes))
            tx.huddles.put_answer(TEAM, DATE, other)
        tx.huddles.put_answer(TEAM, DATE, later)
        return tx.huddles.answers(TEAM, DATE)

    found = await store.run(workspace, work)

    assert [answer.person for answer in found] == [ANA, BEN, JOY]
    assert found[0] == later


async def test_an_answer_is_kept_replaced_and_withdrawn(
    store: Store, workspace: WorkspaceId
) -> None:
    reply = Answer(
        person=ANA,
        source=AnswerSource.REPLY,
        texts=("Done by “noon”", ""),
        at=NOW,
        ts=MessageTs("1772442000.000100"),
    )

    def work(tx: Tx) -> list[Answer | None]:
        with_huddle(tx)
        tx.huddles.put_answer(TEAM, DATE, AN_ANSWER)
        tx.huddles.put_answer(TEAM, DATE, reply)
        stands = tx.huddles.answer_of(TEAM, DATE, ANA)
        tx.huddles.drop_answer(TEAM, DATE, ANA)
        tx.huddles.drop_answer(TEAM, DATE, ANA)
        return [stands, tx.huddles.answer_of(TEAM, DATE, ANA)]

    assert await store.run(workspace, work) == [reply, None]


async def test_huddles_that_are_open_or_were_so_lately_are_found(
    store: Store, workspace: WorkspaceId
) -> None:
    def huddle(day: int, status: HuddleStatus) -> Huddle:
        moved = timedelta(days=day)
        return replace(
            A_HUDDLE,
            date=DATE + moved,
            status=status,
            due_at=NOW + moved,
            closes_at=NOW + moved + timedelta(hours=4),
        )

    def work(tx: Tx) -> list[int]:
        with_team(tx)
        for day, status in enumerate(
            (HuddleStatus.OPEN, HuddleStatus.CLOSED, HuddleStatus.CLOSED, HuddleStatus.MISSED)
        ):
            tx.huddles.add(huddle(day, status))
        found = tx.huddles.open_after(NOW + timedelta(days=1, hours=4))
        return [(each.date - DATE).days for each in found]

    assert await store.run(workspace, work) == [2, 0]
