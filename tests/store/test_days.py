"""What people find in their days, as it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.post import PostId, PostKind, PostState
from tests.store.samples import A_DAY, ANA, BEN, CHANNEL, DATE, NOW

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.person import WorkspaceId
    from bot.store.database import Store
    from bot.store.transaction import Tx

LATER = NOW + timedelta(hours=1)


async def test_a_day_is_kept_once_and_as_it_was(store: Store, workspace: WorkspaceId) -> None:
    other = replace(A_DAY, rest=3)
    first = await store.run(workspace, lambda tx: tx.days.add(A_DAY))
    second = await store.run(workspace, lambda tx: tx.days.add(other))

    assert (first, second) == (True, False)
    assert await store.run(workspace, lambda tx: tx.days.get(ANA, DATE, 0)) == A_DAY
    assert await store.run(workspace, lambda tx: tx.days.get(ANA, DATE, 1)) is None


async def test_what_is_over_is_no_longer_current(store: Store, workspace: WorkspaceId) -> None:
    later = replace(A_DAY, place=1)
    await store.run(workspace, lambda tx: [tx.days.add(day) for day in (A_DAY, later)])

    await store.run(workspace, lambda tx: tx.days.save(A_DAY.over()))

    assert await store.run(workspace, lambda tx: tx.days.current([ANA, BEN])) == [later]
    assert await store.run(workspace, lambda tx: tx.days.current([])) == []
    assert await store.run(workspace, lambda tx: tx.days.latest(ANA, 5)) == [later, A_DAY.over()]


async def test_whoever_said_nothing_is_reminded(store: Store, workspace: WorkspaceId) -> None:
    await store.run(workspace, lambda tx: tx.days.told(ANA, now=NOW))
    await store.run(workspace, lambda tx: tx.days.remind(ANA, wanted=False))
    await store.run(workspace, lambda tx: tx.days.told(ANA, now=LATER))

    assert await store.run(workspace, lambda tx: tx.days.told_at(ANA)) == LATER
    assert not await store.run(workspace, lambda tx: tx.days.is_reminded(ANA))
    assert await store.run(workspace, lambda tx: tx.days.told_at(BEN)) is None
    assert await store.run(workspace, lambda tx: tx.days.is_reminded(BEN))


async def test_an_alarm_that_stands_is_not_begun_anew(store: Store, workspace: WorkspaceId) -> None:
    kind = AlarmKind.DAY_BEGIN

    def begin(tx: Tx, at: datetime) -> None:
        tx.alarms.begin(kind, ANA, due_at=at, after=NOW)

    def begin_what_was_seen(tx: Tx) -> None:
        tx.alarms.get(kind, ANA)
        begin(tx, LATER)

    await store.run(workspace, lambda tx: begin(tx, NOW))
    await store.run(workspace, lambda tx: begin(tx, LATER))
    await store.run(workspace, begin_what_was_seen)

    (alarm,) = await store.run(workspace, lambda tx: tx.alarms.of_kind(kind))
    assert alarm.due_at == NOW


async def test_a_message_that_is_a_line_of_another_is_not_shown_until_it_parts(
    store: Store, workspace: WorkspaceId
) -> None:
    held = await store.run(
        workspace, lambda tx: tx.posts.want(PostKind.CARD, "1/A", channel=CHANNEL, held=True)
    )
    await store.run(workspace, lambda tx: tx.posts.gather([]))
    await store.run(workspace, lambda tx: tx.posts.gather([held.id, PostId("gone")]))
    gathered = await store.run(workspace, lambda tx: tx.posts.get(held.id))
    assert gathered is not None
    assert (gathered.state, gathered.is_held, gathered.is_pending) == (
        PostState.GATHERED,
        False,
        False,
    )

    parted = [
        await store.run(workspace, lambda tx: tx.posts.part(PostKind.CARD, "1/A")) for _ in range(2)
    ]

    assert parted[0] is not None
    assert parted[0].is_pending
    assert parted[1] is None
