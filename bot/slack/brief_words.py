"""How the rest of a brief is put into words: what was said, what was not, what was changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.domain.details import GAP_WORDS, gaps
from bot.domain.task import Authority, Kind, Step
from bot.slack.blocks import (
    SECTION_LIMIT,
    Block,
    context,
    cut,
    escape,
    moment,
    section,
    sections,
)
from bot.slack.task_words import name_of

if TYPE_CHECKING:
    from bot.usecases.task_views import TaskView

AUTHORITY = {
    Authority.RESEARCH: "Research and report",
    Authority.POSTED: "Act and keep me posted",
    Authority.ACT: "Act and report the result",
}
KIND = {Kind.ROUTINE: "Routine", Kind.CHALLENGING: "Challenging"}

OUTCOME_LIMIT = 3_000
"""Slack's inputs take no more."""
PART_LIMIT = 600
"""A card shows as much of each part; `/tasks 42` shows all of it."""

_LINK = re.compile(r"https?://[^\s<>|]+[^\s<>|.,;:!?)\]]")


def lines(view: TaskView, *, limit: int = PART_LIMIT) -> list[tuple[str, str]]:
    """Return what was said beyond the outcome: a name and the words, still to be escaped."""
    task, said = view.task, view.task.details
    authority = AUTHORITY[said.authority] if said.authority else ""
    if said.authority is Authority.POSTED:
        # The words of the form are the delegator's own.
        authority = f"Act and keep {view.name(task.delegator)} posted"
    parts = [
        ("Good when", said.measure),
        ("May go wrong", said.risks),
        ("Links", said.links),
        ("How far to go", authority),
        ("Kind of work", KIND[said.kind] if said.kind else ""),
        ("Review", f"{view.name(task.delegator)} looks at it before it is done" * task.review),
    ]
    return [(name, cut(words, limit)) for name, words in parts if words]


def details(view: TaskView, *, whole: bool = False) -> list[Block]:
    """Return what was said beyond the outcome, for whoever sees the card; `whole` without cuts."""
    parts = lines(view, limit=OUTCOME_LIMIT if whole else PART_LIMIT)
    shown = [f"*{name}:*{_joint(words)}{_linked(words)}" for name, words in parts]
    together = "\n".join(shown)
    if not shown:
        return []
    if len(together) <= SECTION_LIMIT:
        return [section(together)]
    return [
        block
        for (name, words), text in zip(parts, shown, strict=True)
        for block in (
            [section(text)]
            if len(text) <= SECTION_LIMIT
            else sections(words, before=f"*{name}:*{_joint(words)}")
        )
    ]


def unsaid(view: TaskView) -> str:
    """Name what nobody has said yet, while that can still help; it is for both sides."""
    missing = gaps(view.task) if view.task.is_open else ()
    return f"Not said yet: {', '.join(GAP_WORDS[gap] for gap in missing)}" if missing else ""


def changed(view: TaskView) -> str:
    """Say what was changed last in the brief of a task that is open."""
    event = view.latest(Step.EDIT)
    if event is None or not event.text or not view.task.is_open:
        return ""
    zone = view.person.zone if view.person else view.task.due.zone
    who = name_of(view.people.get(event.by))
    return f"{who} changed {escape(event.text)}, {moment(event.at, zone)}"


def grey(view: TaskView) -> list[Block]:
    """Return the grey lines below a brief."""
    return [context(line) for line in (changed(view), unsaid(view)) if line]


def plain(view: TaskView) -> list[str]:
    """Return the same for those who read no blocks, escaped."""
    said = [f"{name}: {escape(words)}" for name, words in lines(view)]
    return said + [f"{line}." for line in (changed(view), unsaid(view)) if line]


def _joint(words: str) -> str:
    return "\n" if "\n" in words else " "


def _linked(words: str) -> str:
    """Return escaped words in which an address leads to itself, and nothing leads elsewhere."""
    shown, end = [], 0
    for found in _LINK.finditer(words):
        shown += [escape(words[end : found.start()]), f"<{escape(found[0])}>"]
        end = found.end()
    return "".join([*shown, escape(words[end:])])
