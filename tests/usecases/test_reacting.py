from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import BotError
from bot.domain.post import ChannelId, MessageTs, PostKind
from bot.domain.task import Status, Step, Via
from bot.usecases import delegation, reacting
from bot.usecases.reacting import STEPS, Reacted, step_of
from tests.usecases.tasking import ANA, BEN, DRAFT, JOY, MAYA, NOW, Desk, furnished

if TYPE_CHECKING:
    from bot.domain.person import UserId
    from bot.store.database import Store


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    desk = await furnished(sqlite_store)
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)))
    await desk.shown(PostKind.CARD, "1")
    return desk


async def react(  # noqa: PLR0917  # a table of events reads best without names
    desk: Desk,
    name: str,
    stands: bool = True,  # noqa: FBT001, FBT002  # likewise
    event_ts: str = "1.000001",
    by: UserId = ANA,
    subject: str = "1",
) -> Reacted | None:
    post = await desk.look(lambda tx: tx.posts.find(PostKind.CARD, subject))
    assert post is not None
    assert post.ts is not None
    return await desk.do(
        reacting.react,
        channel=post.channel,
        ts=post.ts,
        name=name,
        stands=stands,
        event_ts=event_ts,
        by=by,
        now=NOW,
    )


async def reply(desk: Desk, text: str, *, by: UserId = ANA, ts: str = "2.000001") -> None:
    post = await desk.look(lambda tx: tx.posts.find(PostKind.CARD, "1"))
    assert post is not None
    assert post.ts is not None
    await desk.do(
        reacting.reply,
        channel=post.channel,
        thread=post.ts,
        ts=MessageTs(ts),
        text=text,
        by=by,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("white_check_mark", Status.DONE),
        ("heavy_check_mark", Status.DONE),
        ("ballot_box_with_check", Status.DONE),
        ("raising_hand::skin-tone-3", Status.DOING),
        ("raised_hand", Status.DOING),
        ("question", Status.ASKED),
        ("no_entry", Status.BLOCKED),
    ],
)
async def test_a_reaction_is_a_step_and_its_removal_takes_it_back(
    desk: Desk, name: str, status: Status
) -> None:
    before = await desk.task()

    await react(desk, name)
    reacted = await desk.task()
    await react(desk, name, stands=False, event_ts="1.000002")

    assert reacted.status is status
    assert await desk.task() == before


@pytest.mark.parametrize("name", ["question", "no_entry"])
async def test_a_reaction_that_needs_words_offers_to_write_them(desk: Desk, name: str) -> None:
    reacted = await react(desk, name)

    assert reacted == Reacted((await desk.task()).number, write=STEPS[name])


async def test_eyes_mean_nothing(desk: Desk) -> None:
    assert await react(desk, "eyes") is None
    assert await desk.steps() == [Step.DELEGATE]
    assert step_of("eyes") is None


async def test_the_same_event_twice_is_one_step(desk: Desk) -> None:
    await react(desk, "raised_hand")
    await react(desk, "raised_hand")

    assert await desk.steps() == [Step.DELEGATE, Step.ACCEPT]


async def test_a_second_reaction_of_the_same_meaning_changes_nothing(desk: Desk) -> None:
    await react(desk, "white_check_mark")
    await react(desk, "heavy_check_mark", event_ts="1.000002")
    await react(desk, "white_check_mark", stands=False, event_ts="1.000003")

    assert (await desk.task()).status is Status.DONE


async def test_a_removal_that_comes_before_its_reaction_wins(desk: Desk) -> None:
    await react(desk, "white_check_mark", stands=False, event_ts="1.000002")
    await react(desk, "white_check_mark", event_ts="1.000001")

    assert (await desk.task()).status is Status.WAITING


async def test_a_removal_undoes_nothing_that_was_followed_by_something(desk: Desk) -> None:
    await react(desk, "white_check_mark")
    await desk.step(delegation.note, text="Sent")
    await react(desk, "white_check_mark", stands=False, event_ts="1.000002")

    assert (await desk.task()).status is Status.DONE


async def test_a_removal_undoes_no_button(desk: Desk) -> None:
    await desk.step(delegation.finish)
    await react(desk, "white_check_mark")
    await react(desk, "white_check_mark", stands=False, event_ts="1.000002")

    assert (await desk.task()).status is Status.DONE


@pytest.mark.parametrize("order", [*permutations([(True, 1), (False, 2), (True, 3)])])
async def test_events_in_any_order_end_as_the_newest_says(
    desk: Desk, order: tuple[tuple[bool, int], ...]
) -> None:
    for stands, second in order:
        await react(desk, "white_check_mark", stands, f"{second}.000000")

    assert (await desk.task()).status is Status.DONE


async def test_a_bystander_gets_one_hint(desk: Desk) -> None:
    first = await react(desk, "white_check_mark", by=JOY)
    second = await react(desk, "raised_hand", by=JOY)

    assert first is not None
    assert first.hint.endswith("If you need something about it, write to Maya.")
    assert second is None
    assert (await desk.task()).status is Status.WAITING


async def test_the_delegator_is_told_whose_reactions_count(desk: Desk) -> None:
    reacted = await react(desk, "white_check_mark", by=MAYA)

    assert reacted is not None
    assert "count for whom it was given to" in reacted.hint


async def test_a_bystander_gets_no_hint_for_removing_or_on_a_closed_card(desk: Desk) -> None:
    assert await react(desk, "white_check_mark", stands=False, by=JOY) is None
    await desk.step(delegation.cancel, by=MAYA)

    assert await react(desk, "white_check_mark", event_ts="1.000002", by=JOY) is None


async def test_a_reaction_that_comes_too_late_is_explained_once(desk: Desk) -> None:
    await desk.step(delegation.cancel, by=MAYA)

    reacted = await react(desk, "white_check_mark")

    assert reacted is not None
    assert reacted.hint.startswith("Task 1 was cancelled.")
    assert (await desk.task()).status is Status.CANCELLED


async def test_reactions_elsewhere_are_nothing(desk: Desk) -> None:
    found = await desk.do(
        reacting.react,
        channel=ChannelId("C9"),
        ts=MessageTs("9.9"),
        name="white_check_mark",
        stands=True,
        event_ts="1.000001",
        by=ANA,
        now=NOW,
    )

    assert found is None


async def test_a_line_in_the_thread_is_a_note(desk: Desk) -> None:
    await reply(desk, "Half way")
    await reply(desk, "Thank you", by=MAYA, ts="2.000002")

    history = await desk.look(lambda tx: tx.tasks.history(1))  # type: ignore[arg-type] # a number
    assert [(event.step, event.text, event.via) for event in history[1:]] == [
        (Step.NOTE, "Half way", Via.THREAD),
        (Step.NOTE, "Thank you", Via.THREAD),
    ]


async def test_a_line_that_is_delivered_again_is_one_note(desk: Desk) -> None:
    await reply(desk, "Half way")
    await reply(desk, "More", ts="2.000002")
    await reply(desk, "Half way")

    assert await desk.steps() == [Step.DELEGATE, Step.NOTE, Step.NOTE]


@pytest.mark.parametrize("text", ["done", "Done.", "DONE!"])
async def test_done_in_the_thread_is_the_step(desk: Desk, text: str) -> None:
    await reply(desk, text)

    assert (await desk.task()).status is Status.DONE


async def test_done_by_the_delegator_is_only_a_note(desk: Desk) -> None:
    await reply(desk, "done", by=MAYA)

    assert await desk.steps() == [Step.DELEGATE, Step.NOTE]


async def test_done_on_a_cancelled_task_is_refused(desk: Desk) -> None:
    await desk.step(delegation.cancel, by=MAYA)

    with pytest.raises(BotError, match="Task 1 was cancelled"):
        await reply(desk, "done")


async def test_what_others_write_in_the_thread_is_not_kept(desk: Desk) -> None:
    await reply(desk, "Nice", by=JOY)
    await reply(desk, "", by=ANA)
    await desk.do(
        reacting.reply,
        channel=ChannelId("C9"),
        thread=MessageTs("9.9"),
        ts=MessageTs("9.95"),
        text="Hello",
        by=ANA,
        now=NOW,
    )

    assert await desk.steps() == [Step.DELEGATE]


async def read(desk: Desk, event_ts: str = "5.000000", **reactions: list[UserId]) -> None:
    """Let Slack have said who reacted how to the card."""
    post = await desk.look(lambda tx: tx.posts.find(PostKind.CARD, "1"))
    assert post is not None
    assert post.ts is not None
    await desk.do(
        reacting.read,
        channel=post.channel,
        ts=post.ts,
        reactions=reactions,
        event_ts=event_ts,
        now=NOW,
    )


async def test_a_reaction_that_is_found_is_one_step(desk: Desk) -> None:
    await read(desk, raised_hand=[ANA], eyes=[BEN])
    await read(desk, "6.000000", raised_hand=[ANA])
    await react(desk, "raised_hand", event_ts="4.000000")

    assert await desk.steps() == [Step.DELEGATE, Step.ACCEPT]


async def test_a_reaction_that_is_gone_takes_its_step_back(desk: Desk) -> None:
    await react(desk, "white_check_mark")

    await read(desk)

    assert (await desk.task()).status is Status.WAITING


async def test_one_synonym_for_another_is_no_step(desk: Desk) -> None:
    await react(desk, "white_check_mark")

    await read(desk, heavy_check_mark=[ANA])
    await react(desk, "heavy_check_mark", stands=False, event_ts="6.000000")

    assert await desk.steps() == [Step.DELEGATE, Step.FINISH, Step.UNDO]


async def test_a_step_back_comes_before_a_new_one(desk: Desk) -> None:
    await react(desk, "white_check_mark")

    await read(desk, raised_hand=[ANA])

    assert (await desk.task()).status is Status.DOING


async def test_two_synonyms_that_are_found_are_one_step(desk: Desk) -> None:
    await read(desk, white_check_mark=[ANA], heavy_check_mark=[ANA, BEN])

    assert await desk.steps() == [Step.DELEGATE, Step.FINISH]


async def test_an_event_that_is_newer_than_the_reading_counts_for_more(desk: Desk) -> None:
    await react(desk, "white_check_mark", event_ts="7.000000")

    await read(desk, "6.000000")

    assert (await desk.task()).status is Status.DONE


async def test_what_is_found_too_late_is_kept_and_explained_to_nobody(desk: Desk) -> None:
    await desk.step(delegation.cancel, by=MAYA)
    await read(desk, white_check_mark=[ANA, JOY])

    assert (await desk.task()).status is Status.CANCELLED
    # The hint that she is due was not used up, but the reaction is known.
    assert await react(desk, "white_check_mark", event_ts="4.000000") is None
    assert await react(desk, "raised_hand", event_ts="6.000000") is not None


async def test_what_is_found_elsewhere_is_nothing(desk: Desk) -> None:
    await desk.do(
        reacting.read,
        channel=ChannelId("C9"),
        ts=MessageTs("9.9"),
        reactions={"white_check_mark": [ANA]},
        event_ts="5.000000",
        now=NOW,
    )

    assert await desk.steps() == [Step.DELEGATE]


@pytest.mark.parametrize("name", ["question", "no_entry"])
async def test_a_second_person_is_offered_to_write_as_well(desk: Desk, name: str) -> None:
    await react(desk, name)

    reacted = await react(desk, name, by=BEN)

    assert reacted == Reacted((await desk.task()).number, write=STEPS[name])
    assert await desk.steps() == [Step.DELEGATE, STEPS[name], STEPS[name]]


async def test_a_second_question_that_goes_leaves_the_first(desk: Desk) -> None:
    await desk.step(delegation.ask, question="Which format?")
    before = await desk.task()
    await react(desk, "question", by=BEN)
    await react(desk, "question", stands=False, event_ts="1.000002", by=BEN)

    assert await desk.task() == before


async def test_a_yes_that_goes_brings_the_question_back(desk: Desk) -> None:
    await desk.step(delegation.ask, question="Which format?")
    await react(desk, "raised_hand")
    accepted = await desk.task()
    await react(desk, "raised_hand", stands=False, event_ts="1.000002")

    assert accepted.question == ""
    assert (await desk.task()).question == "Which format?"
