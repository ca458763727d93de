"""What a brief does not say yet, and which parts of it were changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.brief import begin
from bot.domain.details import GAP_QUESTIONS, GAP_WORDS, Gap, changed_parts, gaps
from bot.domain.task import NO_DETAILS, Authority, Details, Kind, Task, Via
from tests.usecases.tasking import ANA, DRAFT, MAYA, NOW

TASK, _ = begin(DRAFT, by=MAYA, via=Via.COMMAND, now=NOW)
WHOLE = Details(
    measure="Twelve shops",
    risks="No access: ask Sam",
    links="https://example.com",
    authority=Authority.POSTED,
    kind=Kind.ROUTINE,
)


def lasting(hours: int, details: Details = NO_DETAILS) -> Task:
    return replace(TASK, takes=timedelta(hours=hours), details=details)


@pytest.mark.parametrize(
    ("task", "missing"),
    [
        (TASK, [Gap.TAKES, Gap.MEASURE]),
        (lasting(3), [Gap.MEASURE]),
        (lasting(8), [Gap.MEASURE, Gap.RISKS, Gap.AUTHORITY]),
        (lasting(24), [Gap.MEASURE, Gap.RISKS, Gap.AUTHORITY, Gap.LINKS]),
        (lasting(24, WHOLE), []),
        (replace(lasting(24), delegator=ANA), []),
    ],
)
def test_the_larger_a_task_the_more_it_should_say(task: Task, missing: list[Gap]) -> None:
    assert list(gaps(task)) == missing


def test_every_gap_has_words_and_a_question() -> None:
    assert set(GAP_WORDS) == set(GAP_QUESTIONS) == set(Gap)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (TASK, ""),
        (replace(TASK, title="July report"), "the outcome"),
        (replace(TASK, more="With sales"), "the outcome"),
        (lasting(3), "the estimate"),
        (
            replace(TASK, details=WHOLE),
            (
                "how we will know it is good, what may go wrong, the links, how far to go and the "
                "kind of work"
            ),
        ),
        (replace(TASK, review=True, everyone=True), "whether it is reviewed and who has to finish"),
    ],
)
def test_the_parts_that_were_changed_are_named(after: Task, words: str) -> None:
    assert changed_parts(TASK, after) == words
