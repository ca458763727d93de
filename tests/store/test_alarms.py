from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.alarm import Alarm, AlarmKind
from tests.databases import workspace_row
from tests.store.samples import NOW, OTHER

if TYPE_CHECKING:
    from bot.domain.person import WorkspaceId
    from bot.store.database import Store
    from bot.store.transaction import Tx

OPEN = AlarmKind.HUDDLE_OPEN
HOUR = timedelta(hours=1)


async def test_an_alarm_is_set_set_again_and_cancelled(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[Alarm | None]:
        tx.alarms.set(OPEN, "1", due_at=NOW + HOUR, after=NOW)
        tx.alarms.set(OPEN, "1", due_at=NOW + 2 * HOUR, after=NOW + HOUR)
        found = [tx.alarms.get(OPEN, "1"), tx.alarms.get(OPEN, "2")]
        tx.alarms.set(OPEN, "1", due_at=NOW + 3 * HOUR, after=NOW + HOUR)
        tx.alarms.set(OPEN, "2", due_at=NOW + 4 * HOUR, after=NOW)
        found += [tx.alarms.get(OPEN, "1"), tx.alarms.get(OPEN, "2")]
        tx.alarms.cancel(OPEN, "1")
        tx.alarms.cancel(OPEN, "1")
        return [*found, tx.alarms.get(OPEN, "1")]

    assert await store.run(workspace, work) == [
        Alarm(workspace, OPEN, "1", due_at=NOW + 2 * HOUR, after=NOW + HOUR),
        None,
        Alarm(workspace, OPEN, "1", due_at=NOW + 3 * HOUR, after=NOW + HOUR),
        Alarm(workspace, OPEN, "2", due_at=NOW + 4 * HOUR, after=NOW),
        None,
    ]


async def test_the_heartbeat_sees_what_is_due_in_every_workspace_the_longest_due_first(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> None:
        tx.workspaces.save(workspace_row(tx.workspace))
        hours = 1 if tx.workspace == OTHER else 2
        tx.alarms.set(OPEN, "1", due_at=NOW - hours * HOUR, after=NOW)
        tx.alarms.set(OPEN, "2", due_at=NOW, after=NOW)
        tx.alarms.set(OPEN, "3", due_at=NOW + hours * HOUR, after=NOW)

    assert await store.next_due() is None
    await store.run(workspace, work)
    await store.run(OTHER, work)

    due = await store.due(NOW, limit=3)

    assert {(alarm.workspace, alarm.subject) for alarm in due[:2]} == {
        (workspace, "1"),
        (OTHER, "1"),
    }
    assert due[2].subject == "2"
    assert len(await store.due(NOW, limit=10)) == 4
    assert await store.next_due() == NOW - 2 * HOUR


async def test_an_alarm_without_a_zone_is_refused(store: Store, workspace: WorkspaceId) -> None:
    naive = NOW.replace(tzinfo=None)

    with pytest.raises(ValueError, match="is no instant"):
        await store.run(workspace, lambda tx: tx.alarms.set(OPEN, "1", due_at=naive, after=NOW))
