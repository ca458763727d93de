"""A task that was divided: when it is done, and when it is not done any more after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.errors import BotError
from bot.domain.task import Status, Step, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.task import Task, TaskEvent

MOST_PARTS: Final = 10
"""More parts than these are a project."""


def is_divided(history: Sequence[TaskEvent]) -> bool:
    return any(event.step is Step.DIVIDE for event in history)


def is_finished(part: Task) -> bool:
    """Whether a part is done, and looked at where its delegator wants to."""
    return part.status is Status.VERIFIED or (part.status is Status.DONE and not part.review)


def is_left(part: Task) -> bool:
    """Whether something is still to be done about a part, if only to give it to somebody else."""
    return not is_finished(part) and part.status is not Status.CANCELLED


def following(whole: Task, parts: Sequence[Task], *, before: Task, after: Task) -> Step | None:
    """Return the step that follows for the whole from what happened to a part, if one does.

    A whole that was opened again for a reason of its own waits for more than a look at a part.
    """
    if is_left(before) == is_left(after):
        return None
    is_over = any(map(is_finished, parts)) and not any(map(is_left, parts))
    if whole.is_open and is_over:
        return Step.FINISH
    if whole.status in {Status.DONE, Status.VERIFIED} and any(map(is_left, parts)):
        return Step.REOPEN
    return None


def check_finished(whole: Task, parts: Sequence[Task]) -> None:
    """Raise a refusal while parts are left: the whole is done when they are."""
    left = [f"{part.number}" for part in parts if is_left(part)]
    if whole.is_open and left:
        are = "part is" if len(left) == 1 else "parts are"
        raise BotError(
            f"Task {whole.number} is done when its parts are, and its {are} left: "
            f"task {listed(left)}. `/tasks {left[0]}` shows what can be done."
        )


def check_divisible(task: Task, parts: Sequence[Task], more: int) -> None:
    """Raise a refusal where a task cannot have so many more parts."""
    if task.parent is not None:
        raise BotError(
            f"Task {task.number} is a part of task {task.parent} itself. Divide that one further: "
            f"`/tasks divide {task.parent}`."
        )
    if len(parts) + more > MOST_PARTS:
        raise BotError(
            f"A task has {MOST_PARTS} parts at most, and task {task.number} has {len(parts)}. "
            "Make tasks of their own of the others."
        )
