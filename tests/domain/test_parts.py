from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import BotError
from bot.domain.parts import (
    MOST_PARTS,
    check_divisible,
    check_finished,
    following,
    is_finished,
    is_left,
)
from bot.domain.task import OPEN, Status, Step, Task, TaskNumber
from tests.domain.test_steps import a_task

PARTS = st.lists(st.sampled_from(Status).map(a_task), min_size=1, max_size=4)


def part(status: Status, *, review: bool = False) -> Task:
    return replace(a_task(status), parent=TaskNumber(7), review=review)


@pytest.mark.parametrize(
    ("whole", "parts", "step"),
    [
        (Status.DOING, [Status.DONE, Status.DOING], None),
        (Status.DOING, [Status.DONE, Status.DONE], Step.FINISH),
        (Status.WAITING, [Status.DONE, Status.CANCELLED], Step.FINISH),
        (Status.DOING, [Status.CANCELLED, Status.CANCELLED], None),
        (Status.DOING, [Status.DONE, Status.DECLINED], None),
        (Status.DONE, [Status.DONE, Status.DOING], Step.REOPEN),
        (Status.DONE, [Status.DONE, Status.VERIFIED], None),
        (Status.VERIFIED, [Status.DONE, Status.DOING], Step.REOPEN),
        (Status.CANCELLED, [Status.DONE, Status.DONE], None),
    ],
)
def test_the_whole_follows_from_its_parts(
    whole: Status, parts: list[Status], step: Step | None
) -> None:
    after = part(parts[-1])
    before = part(Status.DONE if is_left(after) else Status.DOING)

    found = following(a_task(whole), list(map(part, parts)), before=before, after=after)

    assert found is step


def test_a_look_at_a_part_does_not_finish_a_whole_that_was_opened_again() -> None:
    done, verified = part(Status.DONE), part(Status.VERIFIED)

    assert following(a_task(Status.DOING), [verified], before=done, after=verified) is None


def test_a_part_that_is_to_be_looked_at_is_finished_once_it_was() -> None:
    assert not is_finished(part(Status.DONE, review=True))
    assert is_finished(part(Status.VERIFIED, review=True))


@given(st.sampled_from(OPEN).map(a_task), PARTS)
def test_what_does_not_finish_by_itself_is_refused_or_has_nothing_left(
    whole: Task, parts: list[Task]
) -> None:
    if any(map(is_left, parts)):
        with pytest.raises(BotError, match=r"its parts? (is|are) left|is done when its parts are"):
            check_finished(whole, parts)
    else:
        check_finished(whole, parts)


def test_the_refusal_names_what_is_left() -> None:
    left = [replace(part(Status.DOING), number=TaskNumber(number)) for number in (43, 44)]

    with pytest.raises(BotError) as refusal:
        check_finished(a_task(Status.DOING), left)

    assert str(refusal.value) == (
        "Task 42 is done when its parts are, and its parts are left: task 43 and 44. "
        "`/tasks 43` shows what can be done."
    )


def test_a_part_is_not_divided_and_a_task_not_without_end() -> None:
    with pytest.raises(BotError, match="Task 42 is a part of task 7 itself"):
        check_divisible(part(Status.DOING), [], 1)
    parts = [part(Status.DOING)] * (MOST_PARTS - 1)
    check_divisible(a_task(), parts, 1)
    with pytest.raises(BotError, match="10 parts at most, and task 42 has 9"):
        check_divisible(a_task(), parts, 2)
