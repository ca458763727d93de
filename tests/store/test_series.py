"""Repeating tasks as the store keeps them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.task import NO_DETAILS, TaskNumber
from bot.store.failures import Stale
from tests.databases import WORKSPACE
from tests.store.samples import A_SERIES, A_TASK, DELEGATED, NOW

if TYPE_CHECKING:
    from bot.domain.series import Series
    from bot.domain.task import Task
    from bot.store.database import Store
    from bot.store.transaction import Tx


PLAIN = replace(
    A_SERIES, channel=None, takes=None, details=NO_DETAILS, next_due=None, was_enough=None
)


@pytest.mark.parametrize("saved", [A_SERIES, PLAIN])
async def test_everything_of_one_is_kept(store: Store, saved: Series) -> None:
    def keep(tx: Tx) -> None:
        tx.series.save(saved)
        tx.series.get(saved.id)
        tx.series.save(saved)

    await store.run(WORKSPACE, keep)

    assert await store.run(WORKSPACE, lambda tx: tx.series.get(saved.id)) == saved
    assert await store.run(WORKSPACE, lambda tx: tx.series.living()) == [saved]


async def test_one_that_ended_lives_no_more(store: Store) -> None:
    ended = replace(A_SERIES, ended_at=NOW)
    await store.run(WORKSPACE, lambda tx: tx.series.save(ended))

    assert await store.run(WORKSPACE, lambda tx: tx.series.living()) == []
    assert await store.run(WORKSPACE, lambda tx: tx.series.get(ended.id)) == ended


async def test_nobody_overwrites_what_they_have_not_read(sqlite_store: Store) -> None:
    def twice(tx: Tx) -> None:
        tx.series.save(A_SERIES)
        tx.series._seen.clear()
        with pytest.raises(Stale):
            tx.series.save(A_SERIES)

    await sqlite_store.run(WORKSPACE, twice)


async def test_its_tasks_are_found_the_newest_first(store: Store) -> None:
    def fill(tx: Tx) -> list[Task]:
        for key in "abc":
            tx.tasks.add(replace(A_TASK, series=1), key=key, event=DELEGATED)
        tx.tasks.add(A_TASK, key="d", event=DELEGATED)
        return tx.tasks.of_series(1, limit=2)

    found = await store.run(WORKSPACE, fill)

    assert [task.number for task in found] == [TaskNumber(3), TaskNumber(2)]
