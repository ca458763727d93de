from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.alarm import AlarmKind
from bot.domain.errors import BotError
from bot.domain.person import UserId
from bot.domain.post import ChannelId, PostKind
from bot.domain.task import Reply, Status, Step, TaskNumber, Via
from bot.usecases import cards, changing, delegation
from tests.usecases.tasking import (
    ANA,
    BEN,
    CHANNEL,
    DRAFT,
    DUE,
    JOY,
    LATER,
    MAYA,
    NOW,
    Desk,
    furnished,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.brief import Draft
    from bot.store.database import Store

ONE = TaskNumber(1)
TOMORROW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def test_a_task_is_made_once_for_each_key(desk: Desk) -> None:
    first = await desk.delegate(key="T1")
    again = await desk.delegate(key="T1")
    other = await desk.delegate(key="T2")

    assert again.task == first.task
    assert again.hears == first.hears
    assert other.task.number == 2


@dataclass(frozen=True)
class Said:
    draft: Draft | None
    names: tuple[str, ...]


async def test_a_line_makes_a_task_once_it_is_understood(desk: Desk) -> None:
    async def say(draft: Draft | None, key: str) -> tuple[Said, delegation.Receipt | None]:
        return await desk.do(
            delegation.delegate_as_said,
            (MAYA, ANA, UserId("U0NOBODY")),
            lambda people: Said(draft, tuple(person.name for person in people.values())),
            key=key,
            by=MAYA,
            via=Via.COMMAND,
            now=NOW,
        )

    unclear, nothing = await say(None, "T1")
    whole, receipt = await say(DRAFT, "T2")

    assert nothing is None
    assert receipt is not None
    assert (receipt.task.number, receipt.task.title) == (1, DRAFT.title)
    assert receipt.people.keys() == {MAYA, ANA}
    assert unclear.names == whole.names == ("Maya", "Ana")


async def test_a_card_in_a_channel_is_one_and_the_assignee_hears_of_it(desk: Desk) -> None:
    receipt = await desk.delegate()

    assert {post.channel for post in (await desk.posts(PostKind.CARD)).values()} == {CHANNEL}
    assert (await desk.posts(PostKind.NEW_TASK)).keys() == {ANA}
    assert receipt.hears == {ANA: NOW}


async def test_without_a_channel_everybody_concerned_has_a_copy(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None, assignees=(ANA, BEN)))

    cards = await desk.posts(PostKind.CARD)
    assert {user: post.channel for user, post in cards.items()} == {
        user: ChannelId(user) for user in (MAYA, ANA, BEN)
    }
    assert not await desk.posts(PostKind.NEW_TASK)


async def test_the_first_message_waits_for_the_assignees_hours(desk: Desk) -> None:
    await desk.keeps_hours(ANA)

    receipt = await desk.delegate(replace(DRAFT, channel=None))
    again = await desk.delegate(replace(DRAFT, channel=None))

    held = (await desk.posts(PostKind.CARD))[ANA]
    alarm = await desk.look(lambda tx: tx.alarms.get(AlarmKind.DAY_BEGIN, ANA))
    assert receipt.hears == again.hears == {ANA: TOMORROW}
    assert held.wanted == 0
    assert alarm is not None
    assert alarm.due_at == TOMORROW


@pytest.mark.parametrize("channel", [CHANNEL, None])
async def test_what_waits_can_be_sent_now(desk: Desk, channel: ChannelId | None) -> None:
    await desk.keeps_hours(ANA)
    await desk.delegate(replace(DRAFT, channel=channel))

    receipt = await desk.do(delegation.send_now, ONE, by=MAYA, now=NOW)

    kind = PostKind.NEW_TASK if channel else PostKind.CARD
    assert (await desk.posts(kind))[ANA].wanted == 1
    assert receipt.hears == {ANA: NOW}


async def test_a_task_for_oneself_tells_nobody(desk: Desk) -> None:
    receipt = await desk.delegate(replace(DRAFT, assignees=(MAYA,)))

    assert receipt.task.status is Status.DOING
    assert receipt.hears == {}
    assert not await desk.posts(PostKind.NEW_TASK)


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"is_bot": True}, "is an app"), ({"is_deleted": True}, "no longer has an active account")],
)
async def test_who_cannot_accept_is_given_nothing(
    desk: Desk, facts: dict[str, bool], words: str
) -> None:
    await desk.person(ANA, **facts)

    with pytest.raises(BotError, match=words):
        await desk.delegate()

    assert await desk.look(lambda tx: tx.tasks.get(ONE)) is None


async def test_what_is_past_is_not_delegated(desk: Desk) -> None:
    past = replace(DUE, at=NOW)

    with pytest.raises(BotError, match="is past"):
        await desk.delegate(replace(DRAFT, due=past))


@pytest.mark.parametrize("number", [0, 2, 10**30])
async def test_a_task_that_is_not_there_is_not_there(desk: Desk, number: int) -> None:
    await desk.delegate()

    with pytest.raises(BotError, match=rf"^There is no task {number} that you can see\."):
        await desk.do(delegation.find, TaskNumber(number), ANA)
    assert await desk.do(delegation.elsewhere, TaskNumber(number), JOY) is None


async def test_a_task_that_somebody_may_not_see_is_not_there_for_them(desk: Desk) -> None:
    await desk.delegate()

    with pytest.raises(BotError, match=r"^There is no task 1 that you can see\."):
        await desk.step(delegation.accept, by=JOY, sees_card=False)
    with pytest.raises(BotError, match=r"^Only Ana can accept task 1\."):
        await desk.step(delegation.accept, by=JOY)


async def test_a_channel_is_looked_into_only_for_others(desk: Desk) -> None:
    await desk.delegate()

    assert await desk.do(delegation.elsewhere, ONE, JOY) == CHANNEL
    assert await desk.do(delegation.elsewhere, ONE, ANA) is None


async def test_accepting_changes_the_card_and_tells_nobody(desk: Desk) -> None:
    await desk.delegate()
    await desk.look(lambda tx: tx.posts.want(PostKind.HOME, MAYA, channel=ChannelId(MAYA)))

    task = await desk.step(delegation.accept, words="By Thursday")

    assert task.status is Status.DOING
    assert task.assignees[0].words == "By Thursday"
    assert (await desk.posts(PostKind.CARD))[""].wanted == 2
    assert (await desk.posts(PostKind.NEW_TASK))[ANA].wanted == 2
    assert not await desk.posts(PostKind.STEP)
    home = await desk.look(lambda tx: tx.posts.find(PostKind.HOME, MAYA))
    assert home is not None
    assert home.wanted == 2


async def test_accepting_twice_is_accepting_once(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.accept)
    await desk.step(delegation.accept)

    assert await desk.steps() == [Step.DELEGATE, Step.ACCEPT]
    assert (await desk.posts(PostKind.CARD))[""].wanted == 2


@pytest.mark.parametrize(
    ("verb", "given", "status"),
    [
        (delegation.ask, {"question": "Which format?"}, Status.ASKED),
        (delegation.block, {"reason": "No login"}, Status.BLOCKED),
        (delegation.decline, {"reason": "Too busy"}, Status.DECLINED),
    ],
)
async def test_the_delegator_hears_what_needs_them(
    desk: Desk, verb: Callable[..., object], given: dict[str, Any], status: Status
) -> None:
    await desk.delegate()

    await desk.step(verb, **given)

    assert (await desk.task()).status is status
    assert (await desk.posts(PostKind.STEP)).keys() == {f"{MAYA}/2"}


async def test_the_assignee_hears_the_answer(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.ask, question="Which format?")

    task = await desk.step(delegation.answer, text="PDF", by=MAYA)

    assert task.status is Status.WAITING
    assert (await desk.posts(PostKind.STEP)).keys() == {f"{MAYA}/2", f"{ANA}/3"}


async def test_notes_and_done_are_told_to_nobody(desk: Desk) -> None:
    await desk.delegate()

    await desk.step(delegation.note, text="Half way")
    await desk.step(delegation.note, text="Please hurry", by=MAYA)
    await desk.step(delegation.finish, text="Sent")

    assert not await desk.posts(PostKind.STEP)
    assert await desk.steps() == [Step.DELEGATE, Step.NOTE, Step.NOTE, Step.FINISH]


async def test_words_about_a_task_that_is_done_become_a_note(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.finish)

    await desk.step(delegation.finish, text="It is in the folder")
    await desk.step(delegation.finish)

    assert await desk.steps() == [Step.DELEGATE, Step.FINISH, Step.NOTE]


@pytest.mark.parametrize(
    ("verb", "given", "by"),
    [
        (delegation.ask, {"question": ""}, ANA),
        (delegation.answer, {"text": ""}, MAYA),
        (delegation.note, {"text": ""}, ANA),
    ],
)
async def test_empty_words_are_refused_with_an_example(
    desk: Desk, verb: Callable[..., object], given: dict[str, Any], by: UserId
) -> None:
    await desk.delegate()

    with pytest.raises(BotError, match=r"is empty\. Write it like: "):
        await desk.step(verb, by=by, **given)


async def test_the_other_side_hears_that_a_task_is_open_again(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.finish)

    await desk.step(delegation.reopen, by=MAYA)
    await desk.step(delegation.finish)
    await desk.step(delegation.reopen, by=ANA)

    assert (await desk.posts(PostKind.STEP)).keys() == {f"{ANA}/3", f"{MAYA}/5"}


async def test_who_works_on_it_hears_that_it_was_cancelled(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)))
    await desk.step(delegation.decline, by=BEN)

    await desk.step(delegation.cancel, by=MAYA)

    assert (await desk.posts(PostKind.STEP)).keys() == {f"{MAYA}/2", f"{ANA}/3"}


async def test_a_new_due_time_is_told(desk: Desk) -> None:
    await desk.delegate()

    task = await desk.step(changing.move, due=LATER, by=MAYA)

    assert task.due == LATER
    assert (await desk.posts(PostKind.STEP)).keys() == {f"{ANA}/2"}


async def test_a_new_due_time_in_the_past_is_refused(desk: Desk) -> None:
    await desk.delegate()

    with pytest.raises(BotError, match="is past"):
        await desk.step(changing.move, due=replace(DUE, at=NOW), by=MAYA)


async def test_what_is_put_aside_stays_due_when_it_was(desk: Desk) -> None:
    await desk.delegate()

    task = await desk.step(delegation.snooze, until=TOMORROW)

    assert task.snoozed_until == TOMORROW
    assert task.due == DUE


async def test_an_edited_title_tells_nobody(desk: Desk) -> None:
    await desk.delegate()

    task = await desk.step(
        changing.edit, title="June and July", more="Both", takes=timedelta(hours=2), by=MAYA
    )

    assert (task.title, task.more, task.takes) == ("June and July", "Both", timedelta(hours=2))
    assert not await desk.posts(PostKind.STEP)


async def test_somebody_new_hears_of_a_task_and_who_lost_it_too(desk: Desk) -> None:
    await desk.delegate()

    receipt = await desk.step(
        changing.give, (JOY,), in_channel=frozenset({MAYA, ANA, JOY}), by=MAYA
    )

    assert receipt.task.people == (JOY,)
    assert receipt.hears == {JOY: NOW}
    assert (await desk.posts(PostKind.NEW_TASK)).keys() == {ANA, JOY}
    assert (await desk.posts(PostKind.STEP)).keys() == {f"{ANA}/2"}


async def test_who_is_not_in_the_channel_gets_a_copy_of_the_card(desk: Desk) -> None:
    await desk.delegate()

    await desk.step(changing.give, (ANA, JOY), in_channel=frozenset({MAYA, ANA}), by=MAYA)

    assert (await desk.posts(PostKind.CARD)).keys() == {"", JOY}
    assert (await desk.posts(PostKind.NEW_TASK)).keys() == {ANA}


async def test_who_is_given_it_back_hears_it_anew(desk: Desk) -> None:
    everybody = frozenset({MAYA, ANA, BEN})
    await desk.delegate()
    await desk.step(changing.give, (BEN,), in_channel=everybody, by=MAYA)

    receipt = await desk.step(changing.give, (ANA,), in_channel=everybody, by=MAYA)

    assert receipt.hears.keys() == {ANA}
    assert f"{ANA}/3" in await desk.posts(PostKind.STEP)


async def test_who_declined_can_be_asked_again(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.decline)

    receipt = await desk.step(changing.give, (ANA,), in_channel=frozenset({ANA}), by=MAYA)

    assert receipt.task.status is Status.WAITING
    assert receipt.task.reply_of(ANA) is Reply.NONE
    assert receipt.hears.keys() == {ANA}


async def test_a_task_can_be_taken_over_by_its_delegator(desk: Desk) -> None:
    await desk.delegate()

    receipt = await desk.step(changing.give, (MAYA,), in_channel=frozenset({MAYA}), by=MAYA)

    assert receipt.task.status is Status.DOING
    assert receipt.hears == {}


async def test_a_form_changes_all_that_differs(desk: Desk) -> None:
    await desk.delegate()

    receipt = await desk.do(
        changing.change,
        ONE,
        assignees=(BEN,),
        title="July report",
        more="",
        due=LATER,
        takes=None,
        in_channel=frozenset({BEN}),
        by=MAYA,
        via=Via.MODAL,
        now=NOW,
    )

    assert receipt.task.people == (BEN,)
    assert receipt.hears == {BEN: NOW}
    assert await desk.steps() == [Step.DELEGATE, Step.GIVE, Step.MOVE, Step.EDIT]


async def test_a_form_that_changes_nothing_is_no_step(desk: Desk) -> None:
    await desk.delegate()

    await desk.do(
        changing.change,
        ONE,
        assignees=(ANA,),
        title=DRAFT.title,
        more="",
        due=DUE,
        takes=None,
        in_channel=(),
        by=MAYA,
        via=Via.MODAL,
        now=NOW,
    )

    assert await desk.steps() == [Step.DELEGATE]


async def test_a_delegation_is_undone_while_nobody_acted(desk: Desk) -> None:
    await desk.delegate()

    task = await desk.do(delegation.undo, ONE, by=MAYA, via=Via.BUTTON, now=NOW)
    again = await desk.do(delegation.undo, ONE, by=MAYA, via=Via.BUTTON, now=NOW)

    assert task.status is Status.CANCELLED
    assert again == task
    assert (await desk.posts(PostKind.CARD))[""].wanted == 2
    assert not await desk.posts(PostKind.STEP)


async def test_a_delegation_is_not_undone_once_somebody_acted(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.accept)

    with pytest.raises(BotError, match="Something happened to task 1 since then"):
        await desk.do(delegation.undo, ONE, by=MAYA, via=Via.BUTTON, now=NOW)


async def test_only_the_delegator_undoes_a_delegation(desk: Desk) -> None:
    await desk.delegate()

    with pytest.raises(BotError, match="Only Maya can cancel task 1"):
        await desk.do(delegation.undo, ONE, by=ANA, via=Via.BUTTON, now=NOW)


async def test_somebody_whom_nobody_knows_any_more_still_has_a_name(desk: Desk) -> None:
    stranger = UserId("UGONE")
    await desk.delegate(replace(DRAFT, assignees=(ANA,)), by=stranger)

    with pytest.raises(BotError, match="write to somebody who left"):
        await desk.step(delegation.note, text="Hello", by=JOY)
    receipt = await desk.delegate(by=stranger)
    assert receipt.people.keys() == {ANA}


async def test_a_post_of_no_task_is_a_mistake(desk: Desk) -> None:
    await desk.look(lambda tx: tx.posts.want(PostKind.CARD, "9", channel=CHANNEL))
    post = await desk.look(lambda tx: tx.posts.find(PostKind.CARD, "9"))
    assert post is not None

    with pytest.raises(LookupError):
        await desk.do(delegation.of_post, post)


async def test_a_card_that_slack_does_not_take_goes_to_direct_messages(desk: Desk) -> None:
    await desk.delegate()

    for _ in range(2):
        for post in (await desk.posts(PostKind.CARD)).values():
            await desk.do(cards.move_to_messages, post, now=NOW)

    assert (await desk.task()).channel is None
    assert (await desk.posts(PostKind.CARD)).keys() == {"", MAYA, ANA}


async def test_a_card_of_no_task_is_left_alone(desk: Desk) -> None:
    await desk.look(lambda tx: tx.posts.want(PostKind.CARD, "9", channel=CHANNEL))
    post = await desk.look(lambda tx: tx.posts.find(PostKind.CARD, "9"))
    assert post is not None

    await desk.do(cards.move_to_messages, post, now=NOW)

    assert await desk.look(lambda tx: tx.tasks.get(TaskNumber(9))) is None


async def change(desk: Desk, *people: UserId) -> None:
    """Fill in the form with these people and a later due time."""
    await desk.do(
        changing.change,
        ONE,
        assignees=people,
        title=DRAFT.title,
        more="",
        due=LATER,
        takes=None,
        in_channel=frozenset(people),
        by=MAYA,
        via=Via.MODAL,
        now=NOW,
    )


async def test_somebody_new_hears_of_the_task_and_its_new_due_time_once(desk: Desk) -> None:
    await desk.delegate()

    await change(desk, ANA, BEN)

    assert (await desk.posts(PostKind.NEW_TASK)).keys() == {ANA, BEN}
    assert (await desk.posts(PostKind.STEP)).keys() == {f"{ANA}/3"}


async def test_who_lost_a_task_is_shown_that_once_and_nothing_later(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(changing.move, due=LATER, by=MAYA)
    await desk.step(changing.give, (BEN,), in_channel={ANA, BEN}, by=MAYA)
    lost = (await desk.posts(PostKind.NEW_TASK))[ANA].wanted
    steps = {subject: post.wanted for subject, post in (await desk.posts(PostKind.STEP)).items()}

    await desk.step(changing.edit, title="Secret", more="", takes=None, by=MAYA)
    await desk.step(delegation.accept, by=BEN)

    assert lost == 3
    assert steps == {f"{ANA}/2": 2, f"{ANA}/3": 1}
    assert (await desk.posts(PostKind.NEW_TASK))[ANA].wanted == lost
    after = {subject: post.wanted for subject, post in (await desk.posts(PostKind.STEP)).items()}
    assert after == steps


async def test_a_message_about_a_step_that_is_settled_is_left_alone(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.ask, question="Which format?")
    await desk.step(delegation.answer, text="PDF", by=MAYA)
    await desk.step(delegation.accept)
    await desk.step(delegation.block)

    posts = await desk.posts(PostKind.STEP)
    assert posts[f"{MAYA}/2"].wanted == 2
    assert posts[f"{ANA}/3"].wanted == 3


async def test_who_was_never_told_hears_of_a_task_once(desk: Desk) -> None:
    everybody = frozenset({MAYA, ANA, BEN})
    await desk.keeps_hours(ANA)
    await desk.delegate()
    await desk.step(changing.give, (BEN,), in_channel=everybody, by=MAYA)

    await desk.step(changing.give, (ANA,), in_channel=everybody, by=MAYA)

    assert (await desk.posts(PostKind.STEP)).keys() == {f"{ANA}/2", f"{BEN}/3"}
