from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from bot.domain.task import (
    Assignee,
    Due,
    Reply,
    Status,
    Step,
    Task,
    TaskEvent,
    TaskNumber,
    Via,
)
from tests.store.samples import A_TASK, ANA, BEN, DELEGATED, JOY, NOW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.person import UserId, WorkspaceId
    from bot.store.database import Store
    from bot.store.transaction import Tx


def add(tx: Tx, key: str = "key", **changes: object) -> Task:
    unproposed = replace(A_TASK, proposal=None)
    return tx.tasks.add(replace(unproposed, **changes), key=key, event=DELEGATED)[0]  # type: ignore[arg-type]  # each test names fields of Task


def due(days: int) -> Due:
    return replace(A_TASK.due, at=NOW + timedelta(days=days))


def step(place: int, taken: Step, by: UserId, *, minutes: int = 0) -> TaskEvent:
    return TaskEvent(
        place=place,
        step=taken,
        by=by,
        via=Via.REACTION,
        at=NOW + timedelta(minutes=minutes),
        before=Status.WAITING,
        after=Status.DOING,
        reply_before=Reply.DECLINED,
        text="by Monday noon I send the draft",
        reaction="raised_hand",
    )


def numbers(found: Iterable[Task]) -> list[int]:
    return [task.number for task in found]


async def test_a_new_task_has_the_next_number_and_comes_back_whole(
    store: Store, workspace: WorkspaceId
) -> None:
    first = await store.run(workspace, lambda tx: add(tx, "a", proposal=A_TASK.proposal))
    second = await store.run(
        workspace, lambda tx: add(tx, "b", takes=None, channel=None, snoozed_until=NOW)
    )

    assert first == replace(A_TASK, number=TaskNumber(1))
    assert await store.run(workspace, lambda tx: tx.tasks.get(TaskNumber(1))) == first
    assert await store.run(workspace, lambda tx: tx.tasks.get(TaskNumber(2))) == second
    assert await store.run(workspace, lambda tx: tx.tasks.get(TaskNumber(3))) is None
    assert await store.run(workspace, lambda tx: tx.tasks.history(TaskNumber(1))) == [DELEGATED]


async def test_one_interaction_makes_one_task(store: Store, workspace: WorkspaceId) -> None:
    first = await store.run(workspace, add)

    again = await store.run(
        workspace,
        lambda tx: tx.tasks.add(replace(A_TASK, title="Other"), key="key", event=DELEGATED),
    )

    assert again == (first, False)
    assert await store.run(
        workspace, lambda tx: add(tx, "next", proposal=A_TASK.proposal)
    ) == replace(A_TASK, number=TaskNumber(2))


async def test_a_step_changes_the_task_and_is_kept(store: Store, workspace: WorkspaceId) -> None:
    accepted = step(2, Step.ACCEPT, ANA)

    def work(tx: Tx) -> tuple[Task, Task | None, list[TaskEvent]]:
        task = replace(
            add(tx),
            status=Status.DOING,
            title="Prepare the July report",
            assignees=(Assignee(BEN), Assignee(ANA, Reply.ACCEPTED, "by noon")),
            due=due(5),
            question="Which format?",
        )
        tx.tasks.save(task, accepted)
        tx.tasks.save(task, None)
        return task, tx.tasks.get(task.number), tx.tasks.history(task.number)

    saved, found, history = await store.run(workspace, work)

    assert found == saved
    assert history == [DELEGATED, accepted]


async def test_a_task_may_have_nobody_for_a_while(store: Store, workspace: WorkspaceId) -> None:
    task = await store.run(workspace, lambda tx: add(tx, assignees=()))

    assert await store.run(workspace, lambda tx: tx.tasks.get(task.number)) == task


async def test_a_task_that_never_was_cannot_be_saved(store: Store, workspace: WorkspaceId) -> None:
    with pytest.raises(LookupError, match="0"):
        await store.run(workspace, lambda tx: tx.tasks.save(A_TASK, None))


async def test_lists_come_nearest_due_first_and_only_with_the_statuses_asked_for(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> None:
        add(tx, "1", due=due(3))
        add(tx, "2", due=due(1), status=Status.DOING)
        add(tx, "3", due=due(2), delegator=ANA, assignees=(Assignee(JOY),))
        add(tx, "4", due=due(0), assignees=(Assignee(ANA, Reply.DECLINED), Assignee(BEN)))

    await store.run(workspace, work)

    def lists(tx: Tx) -> dict[str, list[int]]:
        tasks = tx.tasks
        return {
            "ana": numbers(tasks.assigned_to(ANA)),
            "ana's doing": numbers(tasks.assigned_to(ANA, Status.DOING)),
            "joy's or done": numbers(tasks.assigned_to(JOY, Status.WAITING, Status.DONE)),
            "from joy": numbers(tasks.sent_by(JOY)),
            "from joy, waiting": numbers(tasks.sent_by(JOY, Status.WAITING)),
            "team": numbers(tasks.of_people([ANA, JOY])),
            "nobody": numbers(tasks.of_people([])),
        }

    assert await store.run(workspace, lists) == {
        "ana": [2, 1],
        "ana's doing": [2],
        "joy's or done": [3],
        "from joy": [4, 2, 1],
        "from joy, waiting": [4, 1],
        "team": [2, 3, 1],
        "nobody": [],
    }


async def test_overdue_is_what_is_late_and_open_on_either_side(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[object]:
        add(tx, "1", due=due(-1))
        add(tx, "2", due=due(-2), status=Status.DONE)
        add(tx, "3", due=due(0))
        add(tx, "4", due=due(-3), delegator=ANA, assignees=(Assignee(BEN),))
        return [
            numbers(tx.tasks.overdue(ANA, NOW)),
            numbers(tx.tasks.overdue(JOY, NOW)),
        ]

    assert await store.run(workspace, work) == [[4, 1], [1]]


async def test_a_screenful_comes_with_how_many_there_are(
    store: Store, workspace: WorkspaceId
) -> None:
    yes, no = Assignee(ANA, Reply.ACCEPTED), Assignee(ANA, Reply.DECLINED)

    def first(found: tuple[list[Task], int]) -> tuple[list[int], int]:
        return numbers(found[0]), found[1]

    def work(tx: Tx) -> dict[str, object]:
        add(tx, "1", due=due(3), assignees=(Assignee(ANA),))
        add(tx, "2", due=due(1), assignees=(Assignee(ANA), Assignee(BEN)))
        add(tx, "3", due=due(2), assignees=(yes,), status=Status.DOING)
        add(tx, "4", due=due(0), assignees=(no,), status=Status.DECLINED)
        add(tx, "5", due=due(4), assignees=(yes,), status=Status.DONE, review=True)
        add(tx, "6", due=due(5), assignees=(yes,), status=Status.DONE, review=False)
        add(tx, "7", due=due(6), assignees=(Assignee(JOY, Reply.ACCEPTED),), status=Status.ASKED)
        tasks = tx.tasks
        return {
            "waiting": first(tasks.first_given(ANA, Reply.NONE, 1)),
            "doing": first(tasks.first_given(ANA, Reply.ACCEPTED, 5)),
            "needing": first(tasks.first_needing(JOY, 5)),
            "sent": first(tasks.first_sent(JOY, Status.WAITING, Status.ASKED, limit=1)),
            "nothing": first(tasks.first_sent(ANA, limit=5)),
        }

    assert await store.run(workspace, work) == {
        "waiting": ([2], 2),
        "doing": ([3], 1),
        "needing": ([4, 5], 2),
        "sent": ([2], 2),
        "nothing": ([], 0),
    }


async def test_what_was_done_lately_comes_latest_first(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[list[int]]:
        for number in range(1, 5):
            task = add(tx, str(number), status=Status.DONE)
            finished = replace(
                DELEGATED, place=2, step=Step.FINISH, at=NOW + number * timedelta(hours=1)
            )
            tx.tasks.save(task, finished)
        add(tx, "5", status=Status.DONE)
        since = NOW + timedelta(hours=1)
        return [
            numbers(tx.tasks.done_lately(user, since=since, limit=2)) for user in (JOY, ANA, BEN)
        ]

    assert await store.run(workspace, work) == [[4, 3], [4, 3], [4, 3]]


async def test_what_somebody_finished_comes_latest_first(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> tuple[list[int], list[int], list[int]]:
        for minutes, key in ((5, "1"), (1, "2"), (9, "3"), (3, "4")):
            task = replace(add(tx, key), status=Status.DONE)
            by = BEN if key == "4" else ANA
            tx.tasks.save(task, step(2, Step.FINISH, by, minutes=minutes))
        # Finished again, and not finished any more.
        tx.tasks.save(replace(task, number=TaskNumber(2)), step(3, Step.FINISH, ANA, minutes=7))
        tx.tasks.save(
            replace(task, number=TaskNumber(3), status=Status.DOING), step(3, Step.REOPEN, JOY)
        )
        return (
            numbers(tx.tasks.done_by(ANA, 9)),
            numbers(tx.tasks.done_by(ANA, 1)),
            numbers(tx.tasks.done_by(BEN, 9)),
        )

    assert await store.run(workspace, work) == ([2, 1], [2], [4])


async def test_a_list_costs_two_queries_however_long_it_is(
    store: Store, workspace: WorkspaceId
) -> None:
    statements: list[str] = []

    def work(tx: Tx) -> list[Task]:
        for key in range(30):
            add(tx, str(key))
        connection = tx.tasks._scope.connection
        event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
        return tx.tasks.assigned_to(ANA)

    assert len(await store.run(workspace, work)) == 30
    assert len([text for text in statements if text.startswith("SELECT")]) == 2


async def test_an_instant_without_a_zone_is_refused(store: Store, workspace: WorkspaceId) -> None:
    naive = NOW.replace(tzinfo=None)

    with pytest.raises(ValueError, match="is no instant"):
        await store.run(workspace, lambda tx: add(tx, created_at=naive))


async def test_a_wall_clock_with_a_zone_is_refused(store: Store, workspace: WorkspaceId) -> None:
    with pytest.raises(ValueError, match="is no wall clock"):
        await store.run(workspace, lambda tx: add(tx, due=replace(A_TASK.due, local=NOW)))


async def test_a_reaction_can_change_open_tasks_and_what_it_finished_lately(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> tuple[list[TaskNumber], list[TaskNumber]]:
        for key in "1234":
            task = add(tx, key)
            if key in "12":
                finished = step(2, Step.FINISH, ANA, minutes=int(key))
                tx.tasks.save(replace(task, status=Status.DONE), finished)
        add(tx, "5", status=Status.DONE)
        since = NOW + timedelta(minutes=1)
        return tx.tasks.reactable(since=since, limit=9), tx.tasks.reactable(since=since, limit=2)

    assert await store.run(workspace, work) == ([4, 3, 2], [4, 3])
