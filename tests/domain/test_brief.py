from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.brief import (
    MOST_PEOPLE,
    TITLE_LIMIT,
    Draft,
    begin,
    check_assignees,
    check_due,
    titled,
)
from bot.domain.errors import BotError
from bot.domain.person import Person, UserId
from bot.domain.task import Due, Reply, Status, Step, Via

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAYA, ANA, BEN = (UserId(user) for user in ("UMAYA", "UANA", "UBEN"))
PEOPLE = {user: Person(id=user, name=user[1:].title()) for user in (MAYA, ANA, BEN)}
DUE = Due(
    at=NOW + timedelta(days=4),
    local=datetime(2026, 11, 27, 17, 0),  # noqa: DTZ001  # what a wall clock shows
    zone="Asia/Manila",
)
DRAFT = Draft(title="Prepare June report", more="", assignees=(ANA,), due=DUE)


def test_the_first_line_is_the_title() -> None:
    assert titled("  Prepare   June report \nWith sales\n\nand costs ") == (
        "Prepare June report",
        "With sales\n\nand costs",
    )


def test_a_title_of_5000_characters_is_cut_and_kept_whole_beside_it() -> None:
    text = "word " * 1_000

    title, more = titled(text)

    assert len(title) <= TITLE_LIMIT
    assert title.endswith("…")
    assert more == text.strip()


@given(st.text(max_size=400))
def test_no_word_of_a_text_is_lost(text: str) -> None:
    title, more = titled(text)

    assert (more or title).split() == text.split() or f"{title} {more}".split() == text.split()
    assert "\n" not in title


def test_what_is_given_to_others_waits_for_their_yes() -> None:
    task, event = begin(replace(DRAFT, assignees=(ANA, BEN, ANA)), by=MAYA, via=Via.MODAL, now=NOW)

    assert task.people == (ANA, BEN)
    assert task.status is Status.WAITING
    assert (event.place, event.step, event.by) == (1, Step.DELEGATE, MAYA)


def test_what_is_given_to_oneself_needs_no_yes() -> None:
    task, _ = begin(replace(DRAFT, assignees=(MAYA,)), by=MAYA, via=Via.MODAL, now=NOW)

    assert task.status is Status.DOING
    assert task.reply_of(MAYA) is Reply.ACCEPTED


def test_a_task_needs_a_title() -> None:
    with pytest.raises(BotError, match="Say what should be true when it is done"):
        begin(replace(DRAFT, title=""), by=MAYA, via=Via.MODAL, now=NOW)


def test_a_due_time_in_the_past_is_refused() -> None:
    with pytest.raises(BotError, match=r"^Fri 27 Nov, 17:00 Manila is past\. Write a later time"):
        check_due(DUE, DUE.at)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"is_bot": True},
            "Ana is an app and cannot accept a task. Give the task to somebody else.",
        ),
        (
            {"is_deleted": True},
            "Ana no longer has an active account here. Give the task to somebody else.",
        ),
        (
            {"is_external": True},
            "Ana belongs to another company's workspace. Give the task to somebody here.",
        ),
    ],
)
def test_who_cannot_do_a_task_is_not_given_one(facts: dict[str, bool], sentence: str) -> None:
    people = PEOPLE | {ANA: replace(PEOPLE[ANA], **facts)}  # type: ignore[arg-type] # flags

    with pytest.raises(BotError) as refusal:
        check_assignees((BEN, ANA), people)

    assert str(refusal.value).startswith(sentence.removesuffix("."))


@pytest.mark.parametrize("users", [(UserId("U404"),), (ANA, UserId("U404"))])
def test_who_does_not_exist_is_not_given_a_task(users: tuple[UserId, ...]) -> None:
    with pytest.raises(BotError, match="Mention somebody with @ and pick a name"):
        check_assignees(users, PEOPLE)


def test_a_task_is_for_somebody() -> None:
    with pytest.raises(BotError, match="Name at least one person"):
        check_assignees((), PEOPLE)


def test_a_task_is_not_for_a_crowd() -> None:
    crowd = tuple(UserId(f"U{number}") for number in range(MOST_PEOPLE + 1))

    with pytest.raises(BotError, match="Make several tasks of it"):
        check_assignees(crowd, PEOPLE)


def test_whoever_is_there_can_be_given_a_task() -> None:
    check_assignees((ANA, BEN), PEOPLE)
