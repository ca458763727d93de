from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.databases import workspace_row
from tests.store.samples import NOW, OTHER

if TYPE_CHECKING:
    from bot.domain.person import WorkspaceId
    from bot.domain.workspace import Workspace
    from bot.store.database import Store
    from bot.store.transaction import Tx


async def test_a_workspace_comes_back_as_it_was_saved_last(
    store: Store, workspace: WorkspaceId
) -> None:
    renamed = replace(workspace_row(), name="Acme Ltd", zone_data="2026.1")

    def work(tx: Tx) -> Workspace | None:
        tx.workspaces.next_task()
        tx.workspaces.save(renamed)
        return tx.workspaces.get()

    assert await store.run(workspace, work) == renamed
    # Saving it did not set its counters back.
    assert await store.run(workspace, lambda tx: tx.workspaces.next_task()) == 2


async def test_a_workspace_is_unknown_until_it_is_saved(store: Store) -> None:
    assert await store.run(OTHER, lambda tx: tx.workspaces.get()) is None


async def test_a_workspace_is_saved_only_from_inside_itself(
    store: Store, workspace: WorkspaceId
) -> None:
    with pytest.raises(ValueError, match="T0002"):
        await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row(OTHER)))


async def test_teams_and_tasks_are_counted_apart_from_one(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[int]:
        counter = tx.workspaces
        return [counter.next_task(), counter.next_task(), counter.next_team(), counter.next_team()]

    assert await store.run(workspace, work) == [1, 2, 1, 2]


async def test_when_slack_was_heard_is_kept_beside_who_baton_is(
    store: Store, workspace: WorkspaceId
) -> None:
    assert await store.run(workspace, lambda tx: tx.workspaces.heard_at()) is None

    await store.run(workspace, lambda tx: tx.workspaces.heard(NOW))
    await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row()))

    assert await store.run(workspace, lambda tx: tx.workspaces.heard_at()) == NOW
    assert await store.run(OTHER, lambda tx: tx.workspaces.heard_at()) is None
