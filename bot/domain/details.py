"""What a brief says beyond its outcome: what nobody has said yet, and what was changed in it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.task import Size, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.task import Task


class Gap(StrEnum):
    """A part of a brief that the person who does the work may miss."""

    TAKES = "takes"
    MEASURE = "measure"
    RISKS = "risks"
    AUTHORITY = "authority"
    LINKS = "links"


GAP_WORDS: Final[Mapping[Gap, str]] = {
    Gap.TAKES: "how long it takes",
    Gap.MEASURE: "how we will know it is good",
    Gap.RISKS: "what may go wrong",
    Gap.AUTHORITY: "how far to go on your own",
    Gap.LINKS: "where to find what is needed",
}
"""What is missing, for both sides to read."""

GAP_QUESTIONS: Final[Mapping[Gap, str]] = {
    Gap.TAKES: "How long do you expect this to take?",
    Gap.MEASURE: "How will we know that it is good?",
    Gap.RISKS: "What may go wrong, and what should I do then?",
    Gap.AUTHORITY: "How far may I go on my own?",
    Gap.LINKS: "Where do I find what I need for this?",
}
"""The same as a question from whoever does the work."""

_MISSED_IN: Final = {
    # Half a day's work needs no more than what it is measured by; the rest is quickly asked.
    Size.SMALL: (Gap.TAKES, Gap.MEASURE),
    Size.MEDIUM: (Gap.MEASURE, Gap.RISKS, Gap.AUTHORITY),
    Size.LARGE: (Gap.MEASURE, Gap.RISKS, Gap.AUTHORITY, Gap.LINKS),
}


def gaps(task: Task) -> tuple[Gap, ...]:
    """Return what nobody has said yet that a task of this size should say.

    People who do something for themselves know what they want.
    """
    if task.people == (task.delegator,):
        return ()
    said = task.details
    known = {
        Gap.TAKES: task.takes is not None,
        Gap.MEASURE: bool(said.measure),
        Gap.RISKS: bool(said.risks),
        Gap.AUTHORITY: said.authority is not None,
        Gap.LINKS: bool(said.links),
    }
    return tuple(gap for gap in _MISSED_IN[task.size] if not known[gap])


def changed_parts(before: Task, after: Task) -> str:
    """Return which parts of a brief differ, in words: `the outcome and the estimate`, or nothing.

    Due time and people are steps of their own.
    """
    old, new = before.details, after.details
    pairs = {
        "the outcome": ((before.title, before.more), (after.title, after.more)),
        "the estimate": (before.takes, after.takes),
        "how we will know it is good": (old.measure, new.measure),
        "what may go wrong": (old.risks, new.risks),
        "the links": (old.links, new.links),
        "how far to go": (old.authority, new.authority),
        "the kind of work": (old.kind, new.kind),
        "whether it is reviewed": (before.review, after.review),
        "who has to finish": (before.everyone, after.everyone),
    }
    parts = [words for words, (was, is_now) in pairs.items() if was != is_now]
    return listed(parts) if parts else ""
