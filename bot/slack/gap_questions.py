"""Questions about what a brief does not say, each of which is asked by one tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.details import GAP_QUESTIONS, Gap, gaps
from bot.domain.errors import BotError
from bot.domain.task import Size
from bot.slack.blocks import Block, actions, button, context, escape, section
from bot.slack.task_values import BUTTON_OUT_OF_DATE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.task import Task

ASK_GAP = "task.ask_gap"
"""Begins the `action_id` of each of these buttons; the part that is missing ends it."""


def offered(task: Task) -> list[Block]:
    """Return a button for everything that is not said yet; a small task is quickly asked about.

    What waits for its answer already is not offered again.
    """
    if task.size is Size.SMALL:
        return []
    left = [gap for gap in gaps(task) if GAP_QUESTIONS[gap] not in task.question]
    if not left:
        return []
    rows = [actions(_button(task, gap)) for gap in left]
    return [context("Not said yet. One tap asks:"), *rows]


def _button(task: Task, gap: Gap) -> Block:
    return button(GAP_QUESTIONS[gap], f"{ASK_GAP}.{gap}", value=str(task.number))


def pressed_gap(body: Mapping[str, Any]) -> Gap:
    """Return what a pressed button asks about."""
    name = str(body["actions"][0]["action_id"]).rpartition(".")[2]
    if name not in set(Gap):
        raise BotError(BUTTON_OUT_OF_DATE)
    return Gap(name)


def asked(task: Task, told: Sequence[Mapping[str, Any]]) -> list[Block]:
    """Say what was asked and when it is heard, and offer the questions that are left."""
    said = f"You asked:\n>{escape(' '.join(task.question.split()))}"
    waits = context("Only the delegator and the assignees see it. The task waits for the answer.")
    return [section(said), *map(dict, told), waits, *offered(task)]
