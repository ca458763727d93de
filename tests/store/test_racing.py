from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from bot.domain.post import PostKind
from bot.domain.task import TaskNumber
from bot.store.database import Store
from tests.store.racer import ROUNDS
from tests.store.samples import A_TASK, CHANNEL, DELEGATED, NOW, ROLES, SCHEDULE

if TYPE_CHECKING:
    from bot.domain.person import WorkspaceId
    from bot.domain.task import Task
    from bot.store.transaction import Tx

pytestmark = pytest.mark.timeout(90)

ROOT = Path(__file__).parents[2]


async def test_processes_that_want_the_same_make_each_thing_once(
    store: Store, database_url: str, workspace: WorkspaceId
) -> None:
    await store.run(
        workspace,
        lambda tx: tx.teams.add(
            name="Manila", channel=CHANNEL, schedule=SCHEDULE, roles=ROLES, now=NOW
        ),
    )
    racers = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.store.racer",
            database_url,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert await racer.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(racer.communicate(b"go\n") for racer in racers))
    rounds = [[tuple(each) for each in json.loads(output)] for output, _ in outputs]

    # Whoever asked got the one task of that key, and exactly one of them made it.
    for number in range(ROUNDS):
        of_all = [racer[number] for racer in rounds]
        assert len({task for task, *_ in of_all}) == 1
        for first_at in (2, 3, 4):
            assert [each[first_at] for each in of_all].count(True) == 1
    # No number was given twice, and none was lost.
    own = [own for racer in rounds for _, own, *_ in racer]
    shared = {task for racer in rounds for task, *_ in racer}
    assert sorted([*own, *shared]) == list(range(1, 4 * ROUNDS + 1))
    bumps = await store.run(
        workspace,
        lambda tx: [tx.posts.find(PostKind.CARD, str(number)) for number in range(ROUNDS)],
    )
    assert Counter(post.wanted for post in bumps if post) == {3: ROUNDS}


async def test_two_stores_in_one_process_race_for_one_key(
    store: Store, database_url: str, workspace: WorkspaceId
) -> None:
    def add(tx: Tx) -> tuple[Task, bool]:
        return tx.tasks.add(A_TASK, key="one", event=DELEGATED)

    other = Store(database_url, synchronous="OFF")
    await other.open()
    try:
        made = await asyncio.gather(
            *(each.run(workspace, add) for _ in range(10) for each in (store, other))
        )
    finally:
        await other.close()

    assert [is_new for _, is_new in made].count(True) == 1
    assert {task.number for task, _ in made} == {1}
    assert await store.run(workspace, lambda tx: tx.workspaces.next_task()) == 2


async def test_two_who_change_one_task_at_once_do_so_one_after_the_other(
    store: Store, workspace: WorkspaceId
) -> None:
    """Where both can read before either writes, the second one's work is run again."""
    await store.run(workspace, lambda tx: tx.tasks.add(A_TASK, key="one", event=DELEGATED))
    both_have_read = Barrier(2)
    runs: list[str] = []

    def append(tx: Tx, words: str) -> None:
        runs.append(words)
        task = tx.tasks.get(TaskNumber(1))
        assert task is not None
        if len(runs) <= 2 and store._backend.threads > 1:
            both_have_read.wait(10)
        event = replace(DELEGATED, place=len(tx.tasks.history(task.number)) + 1, text=words)
        tx.tasks.save(replace(task, more=task.more + words), event)

    await asyncio.gather(*(store.run(workspace, partial(append, words=w)) for w in "ab"))

    found = await store.run(workspace, lambda tx: tx.tasks.get(TaskNumber(1)))
    history = await store.run(workspace, lambda tx: tx.tasks.history(TaskNumber(1)))
    assert found is not None
    assert sorted(found.more.removeprefix(A_TASK.more)) == ["a", "b"]
    assert [event.place for event in history] == [1, 2, 3]
    assert len(runs) == (3 if store._backend.threads > 1 else 2)
