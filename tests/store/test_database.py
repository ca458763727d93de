from __future__ import annotations

import pytest

from bot.domain.person import WorkspaceId
from bot.store.database import Store
from bot.store.transaction import Tx
from tests.databases import workspace_row


async def test_what_was_committed_is_there_for_the_next(
    store: Store, workspace: WorkspaceId
) -> None:
    found = await store.run(workspace, lambda tx: tx.workspaces.get())

    assert found == workspace_row()


async def test_an_exception_takes_everything_back(store: Store, workspace: WorkspaceId) -> None:
    def work(tx: Tx) -> None:
        tx.workspaces.next_task()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.run(workspace, work)

    assert await store.run(workspace, lambda tx: tx.workspaces.next_task()) == 1
