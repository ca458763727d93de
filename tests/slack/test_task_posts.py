"""What each post of a task shows, rendered from the database as it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.person import Person, UserId
from bot.domain.post import Message, PostKind, Rendered, Withdrawn
from bot.domain.task import TaskNumber, Via
from bot.slack import receipts, task_posts
from bot.slack.task_words import due_words
from bot.usecases import changing, delegation, reacting
from tests.slack.handing import buttons, words
from tests.usecases.tasking import ANA, BEN, DRAFT, DUE, JOY, MAYA, NOW, Desk, furnished

if TYPE_CHECKING:
    from bot.store.database import Store
    from bot.store.transaction import Tx

ONE = TaskNumber(1)


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def rendered(desk: Desk, kind: PostKind, subject: str) -> Rendered:
    def work(tx: Tx) -> Rendered:
        post = tx.posts.find(kind, subject)
        assert post is not None
        return task_posts.render(tx, post, NOW)

    return await desk.look(work)


async def shown(desk: Desk, kind: PostKind, subject: str) -> Message:
    message = await rendered(desk, kind, subject)
    assert isinstance(message, Message)
    return message


def said(message: Message) -> str:
    return words([dict(block) for block in message.blocks])


def pressable(message: Message) -> list[str]:
    return buttons([dict(block) for block in message.blocks])


@pytest.mark.parametrize("kind", [PostKind.CARD, PostKind.NEW_TASK])
async def test_what_was_taken_back_before_anybody_saw_it_is_withdrawn(
    desk: Desk, kind: PostKind
) -> None:
    await desk.delegate()
    await desk.do(delegation.undo, ONE, by=MAYA, via=Via.BUTTON, now=NOW)

    subject = "1" if kind is PostKind.CARD else f"1/{ANA}"
    assert isinstance(await rendered(desk, kind, subject), Withdrawn)


async def test_a_question_answered_before_it_was_heard_is_withdrawn(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.ask, question="Which format?")
    await desk.step(delegation.answer, text="PDF", by=MAYA)

    assert isinstance(await rendered(desk, PostKind.STEP, f"1/{MAYA}/2"), Withdrawn)


async def test_what_is_private_is_on_private_copies_only(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None))
    await desk.step(delegation.accept, words="The draft by Monday")
    await desk.step(delegation.block, reason="No login")

    copy = await shown(desk, PostKind.CARD, f"1/{MAYA}")

    assert "The draft by Monday" in said(copy)
    assert "Blocked: No login" in said(copy)
    assert "The draft" not in copy.text


@pytest.mark.parametrize(
    ("verb", "by", "chosen"),
    [
        (delegation.finish, ANA, ["task.reopen"]),
        (delegation.decline, ANA, ["task.change", "task.reopen"]),
        (delegation.accept, ANA, ["task.status", "task.change", "task.cancel", "me.hours"]),
        (delegation.cancel, MAYA, []),
    ],
)
async def test_the_delegators_copy_offers_what_the_delegator_can_do(
    desk: Desk, verb: object, by: str, chosen: list[str]
) -> None:
    await desk.delegate(replace(DRAFT, channel=None))
    await desk.shown(PostKind.CARD, f"1/{MAYA}")
    await desk.step(verb, by=by)  # type: ignore[arg-type] # one of several verbs

    assert pressable(await shown(desk, PostKind.CARD, f"1/{MAYA}")) == chosen


async def test_a_question_without_words_says_so(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None))
    await desk.step(delegation.ask, question="x")
    await desk.look(
        lambda tx: (
            tx.tasks.save(replace(task, question=""), None) if (task := tx.tasks.get(ONE)) else None
        )
    )

    assert "(not written down yet)" in said(await shown(desk, PostKind.CARD, f"1/{MAYA}"))


async def test_who_declined_has_nothing_left_to_press(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None, assignees=(ANA, BEN)))
    await desk.step(delegation.decline)

    assert pressable(await shown(desk, PostKind.CARD, f"1/{ANA}")) == ["me.hours"]
    assert "task.accept" in pressable(await shown(desk, PostKind.CARD, f"1/{BEN}"))


async def test_what_is_put_aside_says_until_when_to_whoever_did_it(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None))
    await desk.step(delegation.snooze, until=DUE.at)

    assert "Put aside until" in said(await shown(desk, PostKind.CARD, f"1/{ANA}"))
    assert "Put aside" not in said(await shown(desk, PostKind.CARD, f"1/{MAYA}"))


async def test_a_blocked_card_lets_the_assignee_go_on(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.block)
    waiting = await shown(desk, PostKind.CARD, "1")
    await desk.step(delegation.accept)
    await desk.step(delegation.block, reason="Again")

    assert pressable(waiting) == ["task.accept", "task.done", "task.note"]
    assert pressable(await shown(desk, PostKind.CARD, "1")) == pressable(waiting)


async def test_what_is_somebody_elses_now_says_nothing_else(desk: Desk) -> None:
    await desk.delegate()
    await desk.shown(PostKind.NEW_TASK, f"1/{ANA}")
    await desk.step(changing.move, due=replace(DUE, at=DUE.at.replace(hour=10)), by=MAYA)
    await desk.shown(PostKind.STEP, f"1/{ANA}/2", "1700000000.000200")
    await desk.step(changing.give, (BEN, JOY), in_channel=frozenset({BEN, JOY}), by=MAYA)
    await desk.step(changing.edit, title="Secret", more="", takes=None, by=MAYA)

    for kind, subject in (
        (PostKind.NEW_TASK, f"1/{ANA}"),
        (PostKind.STEP, f"1/{ANA}/2"),
        (PostKind.STEP, f"1/{ANA}/3"),
    ):
        message = await shown(desk, kind, subject)
        assert said(message) == message.text == "Task 1 was given to somebody else."


async def test_a_copy_of_a_card_that_is_somebody_elses_now_says_nothing_else(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None))
    await desk.shown(PostKind.CARD, f"1/{ANA}")
    await desk.step(changing.give, (BEN,), in_channel=frozenset(), by=MAYA)

    message = await shown(desk, PostKind.CARD, f"1/{ANA}")
    assert said(message) == message.text == "Task 1 was given to somebody else."


async def test_what_somebody_lost_before_they_heard_of_it_is_withdrawn(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(changing.move, due=replace(DUE, at=DUE.at.replace(hour=10)), by=MAYA)
    await desk.step(changing.give, (BEN,), in_channel=frozenset({BEN}), by=MAYA)

    for kind, subject in ((PostKind.NEW_TASK, f"1/{ANA}"), (PostKind.STEP, f"1/{ANA}/2")):
        assert isinstance(await rendered(desk, kind, subject), Withdrawn)


@pytest.mark.parametrize("verb", [delegation.accept, delegation.finish])
async def test_who_has_said_something_is_not_asked_in_the_morning(desk: Desk, verb: object) -> None:
    await desk.delegate()
    await desk.step(verb)  # type: ignore[arg-type] # one of several verbs

    assert isinstance(await rendered(desk, PostKind.NEW_TASK, f"1/{ANA}"), Withdrawn)


async def test_a_copy_of_a_card_that_closed_overnight_is_withdrawn(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None, assignees=(ANA, BEN)))
    await desk.step(delegation.finish)

    assert isinstance(await rendered(desk, PostKind.CARD, f"1/{BEN}"), Withdrawn)
    assert isinstance(await rendered(desk, PostKind.CARD, f"1/{MAYA}"), Message)


async def test_who_is_given_a_task_again_is_told_so(desk: Desk) -> None:
    await desk.delegate()
    await desk.shown(PostKind.NEW_TASK, f"1/{ANA}")
    await desk.step(delegation.decline)
    await desk.step(changing.give, (ANA,), in_channel=frozenset({ANA}), by=MAYA)

    told = await shown(desk, PostKind.STEP, f"1/{ANA}/3")

    assert told.text.startswith("Maya gave you task 1 Prepare June report")


async def test_many_names_leave_room_for_the_due_time(desk: Desk) -> None:
    crowd = tuple(UserId(f"U{place}") for place in range(7))
    for user in crowd:
        await desk.look(
            lambda tx, user=user: tx.people.save(  # type: ignore[misc] # binds the loop's value
                Person(id=user, name="Evelyn", zone="Asia/Manila")
            )
        )
    await desk.delegate(replace(DRAFT, assignees=(ANA, *crowd)))
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)), key="2")

    many = await shown(desk, PostKind.CARD, "1")
    few = await shown(desk, PostKind.CARD, "2")

    assert many.text.startswith("Maya → Ana and 7 others: Prepare June report, due Fri 27 Nov")
    assert "17:00 Manila" in many.text[:100]
    assert few.text.startswith("Maya → Ana and Ben: ")
    assert said(many).count("Evelyn") == len(crowd)


async def test_a_question_keeps_its_author_when_somebody_else_asks_too(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None, assignees=(ANA, BEN)))
    channel, ts = await desk.shown(PostKind.CARD, f"1/{BEN}")
    await desk.step(delegation.ask, question="Which format?")
    await desk.do(
        reacting.react,
        channel=channel,
        ts=ts,
        name="question",
        stands=True,
        event_ts="1.0",
        by=BEN,
        now=NOW,
    )

    assert "Ana asks: Which format?" in said(await shown(desk, PostKind.CARD, f"1/{MAYA}"))


async def test_a_receipt_keeps_the_asterisks_that_somebody_wrote(desk: Desk) -> None:
    receipt = await desk.delegate(replace(DRAFT, title="The *bold* report"))

    text = receipts.receipt(receipt, now=NOW).text

    assert text.startswith("Task 1 is with Ana: The *bold* report\nDue ")


async def test_who_asked_is_reminded_of_that(desk: Desk) -> None:
    await desk.delegate()
    await desk.shown(PostKind.NEW_TASK, f"1/{ANA}")
    await desk.step(delegation.ask, question="Which format?")

    assert "You asked about task 1" in (await shown(desk, PostKind.NEW_TASK, f"1/{ANA}")).text


async def test_a_new_due_time_is_told_with_the_time(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(changing.move, due=replace(DUE, at=DUE.at.replace(hour=10)), by=MAYA)

    told = await shown(desk, PostKind.STEP, f"1/{ANA}/2")

    assert told.text.startswith("Maya moved task 1 Prepare June report, due Fri 27 Nov, 18:00 Mani")
    assert told.event_payload["kind"] == "step"


async def test_a_decline_offers_what_comes_next(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.decline, reason="Too busy")

    told = await shown(desk, PostKind.STEP, f"1/{MAYA}/2")

    assert pressable(told)[:3] == ["task.change", "task.reopen", "task.cancel"]
    assert "Too busy" in said(told)


async def test_one_of_two_who_declines_is_only_news(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)))
    await desk.step(delegation.decline)

    assert pressable(await shown(desk, PostKind.STEP, f"1/{MAYA}/2")) == ["me.hours"]


def test_a_due_time_names_each_clock_once() -> None:
    zones = ["Asia/Manila", "Asia/Singapore", "America/New_York", "Europe/London", "Asia/Tokyo"]

    assert due_words(DUE, zones) == "Fri 27 Nov, 17:00 Manila (04:00 New York, 09:00 London)"
    assert due_words(DUE, ["Asia/Manila"]) == "Fri 27 Nov, 17:00 Manila"
