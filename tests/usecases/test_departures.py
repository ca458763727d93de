"""Somebody without an account, or outside a channel: what the others hear, and what stays open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import BotError
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId, Post, PostKind
from bot.domain.schedule import Schedule
from bot.domain.task import OPEN, Status, TaskNumber, Via
from bot.domain.team import Role
from bot.usecases import delegation, departures, people, ringing, task_notices, teams
from tests.usecases.tasking import ANA, BEN, CHANNEL, DRAFT, JOY, MAYA, NOW, PEOPLE, Desk, furnished

if TYPE_CHECKING:
    from bot.store.database import Store
    from bot.usecases.departures import Departure

KNOWN = {person.id: person for person in PEOPLE}
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


async def changes(desk: Desk, user: UserId, *, is_deleted: bool = True, now: object = NOW) -> None:
    """Let Slack say whether somebody has an account."""
    person = replace(KNOWN[user], is_deleted=is_deleted)
    await desk.do(people.remember, (person,), now=now)  # type: ignore[arg-type]  # an instant


async def told(desk: Desk, gone: UserId = ANA) -> list[Post]:
    return await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, f"left/{gone}"))


async def seen(desk: Desk, post: Post) -> Departure:
    found = await desk.do(departures.view, post)
    assert found is not None
    return found


def numbers(tasks: object) -> list[int]:
    return [task.number for task in tasks]  # type: ignore[attr-defined]  # tasks


async def test_each_delegator_hears_once_of_all_that_somebody_leaves(desk: Desk) -> None:
    await desk.delegate(key="1")
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)), key="2")
    await desk.delegate(by=JOY, key="3")

    await changes(desk, ANA)
    await changes(desk, ANA)

    posts = {str(post.channel): post for post in await told(desk)}
    assert set(posts) == {MAYA, JOY}
    assert numbers((await seen(desk, posts[MAYA])).given) == [1, 2]
    assert numbers((await seen(desk, posts[JOY])).given) == [3]
    assert {post.wanted for post in posts.values()} == {1}


async def test_who_leaves_nothing_open_is_no_news(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(BEN,)), by=ANA)
    await desk.step(delegation.decline, by=BEN)
    await desk.delegate(replace(DRAFT, assignees=(ANA,)), by=ANA, key="2")

    await changes(desk, ANA)
    await changes(desk, JOY)

    assert not await told(desk)


async def test_a_delegator_who_is_gone_as_well_hears_nothing(desk: Desk) -> None:
    await desk.delegate()
    await changes(desk, MAYA)

    await changes(desk, ANA)

    assert not await told(desk)


async def test_assignees_hear_that_nobody_answers_them_and_whom_to_ask(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)))
    roles = ((JOY, Role.LEAD), (MAYA, Role.MEMBER), (ANA, Role.MEMBER))
    schedule = Schedule("Asia/Manila", NOW.time(), frozenset())
    await desk.look(
        lambda tx: tx.teams.add(
            name="Manila", channel=CHANNEL, schedule=schedule, roles=roles, now=NOW
        )
    )
    other = ((JOY, Role.LEAD), (ANA, Role.MEMBER))
    await desk.look(
        lambda tx: tx.teams.add(
            name="Cebu", channel=CHANNEL, schedule=schedule, roles=other, now=NOW
        )
    )

    await changes(desk, MAYA)

    anas, bens = sorted(await told(desk, MAYA), key=lambda post: post.channel)
    assert (await seen(desk, anas)).leads == ("Joy",)
    assert (await seen(desk, bens)).leads == ()
    assert numbers((await seen(desk, bens)).received) == [1]


async def test_it_is_settled_when_all_of_it_is(desk: Desk) -> None:
    await desk.delegate()
    await changes(desk, ANA)
    (post,) = await told(desk)
    assert not (await seen(desk, post)).is_settled

    await desk.step(delegation.cancel, by=MAYA)

    (after,) = await told(desk)
    assert (await seen(desk, after)).is_settled
    assert after.wanted == post.wanted + 1


async def test_somebody_elses_notice_stays_as_it_is(desk: Desk) -> None:
    await desk.delegate(key="1")
    await desk.delegate(by=JOY, key="2")
    await changes(desk, ANA)

    await desk.step(delegation.cancel, by=MAYA)

    assert {str(post.channel): post.wanted for post in await told(desk)} == {MAYA: 2, JOY: 1}


async def test_who_is_back_has_their_tasks_as_before_and_may_leave_again(desk: Desk) -> None:
    await desk.delegate()
    await changes(desk, ANA)
    await changes(desk, ANA, is_deleted=False)
    (post,) = await told(desk)
    assert (await seen(desk, post)).is_settled

    await changes(desk, ANA, now=TOMORROW)

    assert len(await told(desk)) == 2


async def test_all_is_given_to_one_person_and_what_others_have_stays_theirs(desk: Desk) -> None:
    await desk.delegate(key="1")
    await desk.delegate(replace(DRAFT, assignees=(BEN, ANA), channel=None), key="2")
    await desk.delegate(by=BEN, key="3")
    await changes(desk, ANA)

    given = await desk.do(
        departures.give_all,
        ANA,
        JOY,
        in_channel={CHANNEL: (JOY,)},
        by=MAYA,
        via=Via.MODAL,
        now=NOW,
    )

    assert [task.people for task in given] == [(JOY,), (JOY, BEN)]
    first, second, third = [
        await desk.look(lambda tx, n=n: tx.tasks.get(TaskNumber(n)))  # type: ignore[misc]  # a task
        for n in (1, 2, 3)
    ]
    assert (first.people, second.people, third.people) == ((JOY,), (JOY, BEN), (ANA,))
    # Nobody writes to whom nothing reaches.
    assert not await desk.look(lambda tx: tx.posts.under(PostKind.STEP, f"1/{ANA}"))
    assert await desk.look(lambda tx: tx.posts.find(PostKind.NEW_TASK, f"1/{JOY}"))


async def test_who_said_no_or_left_as_well_is_not_asked_again(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN, JOY)))
    await desk.step(delegation.decline, by=BEN)
    await changes(desk, JOY)
    await changes(desk, ANA)

    (given,) = await desk.do(
        departures.give_all, ANA, MAYA, in_channel={}, by=MAYA, via=Via.MODAL, now=NOW
    )

    assert given.people == (MAYA,)
    assert given.status is Status.DOING


async def test_all_that_nobody_else_has_is_cancelled(desk: Desk) -> None:
    await desk.delegate(key="1")
    await desk.delegate(replace(DRAFT, assignees=(ANA, BEN)), key="2")
    await changes(desk, ANA)

    first, second = await desk.do(departures.cancel_all, ANA, by=MAYA, via=Via.BUTTON, now=NOW)

    assert first.status is Status.CANCELLED
    assert second.status in OPEN
    assert second.people == (BEN,)


async def test_what_is_left_as_it_is_is_said_no_more(desk: Desk) -> None:
    await desk.delegate()
    await changes(desk, ANA)

    await desk.do(departures.leave, ANA, by=BEN)
    (post,) = await told(desk)
    assert not (await seen(desk, post)).is_settled
    await desk.do(departures.leave, ANA, by=MAYA)

    (post,) = await told(desk)
    assert (await seen(desk, post)).is_settled
    assert (await desk.task()).status is Status.WAITING


async def test_only_what_one_gave_to_somebody_who_left_can_be_settled(desk: Desk) -> None:
    await desk.delegate()

    for gone, by, sentence in (
        (ANA, MAYA, "Ana is here again, so nothing was changed"),
        (UserId("U404"), MAYA, "None of your tasks is with somebody who left"),
    ):
        with pytest.raises(BotError, match=sentence):
            await desk.do(departures.cancel_all, gone, by=by, via=Via.BUTTON, now=NOW)
    await changes(desk, ANA)
    with pytest.raises(BotError, match="None of your tasks is with somebody who left"):
        await desk.do(departures.cancel_all, ANA, by=BEN, via=Via.BUTTON, now=NOW)
    with pytest.raises(BotError, match="no longer has an active account"):
        await desk.do(departures.give_all, ANA, ANA, in_channel={}, by=MAYA, via=Via.MODAL, now=NOW)


async def test_a_message_that_slack_refuses_says_that_somebody_left(desk: Desk) -> None:
    await desk.delegate()
    card = await desk.look(lambda tx: tx.posts.find(PostKind.NEW_TASK, f"1/{ANA}"))
    assert card is not None

    await desk.do(ringing.give_up, card, "user_disabled", now=NOW)
    await desk.do(ringing.give_up, card, "user_disabled", now=TOMORROW)

    (post,) = await told(desk)
    assert post.channel == ChannelId(MAYA)
    assert not await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, "task"))


async def test_that_batons_own_account_is_inactive_says_nothing_of_the_reader(desk: Desk) -> None:
    await desk.delegate()
    card = await desk.look(lambda tx: tx.posts.find(PostKind.NEW_TASK, f"1/{ANA}"))
    assert card is not None

    await desk.do(ringing.give_up, card, "account_inactive", now=NOW)

    assert not await told(desk)


async def test_a_task_that_came_to_somebody_gone_later_is_told_of_when_slack_refuses(
    desk: Desk,
) -> None:
    await desk.delegate()
    await desk.step(delegation.finish)
    await changes(desk, ANA)
    assert not await told(desk)
    await desk.step(delegation.reopen, by=MAYA)
    step = (await desk.posts(PostKind.STEP))[f"{ANA}/3"]

    await desk.do(ringing.give_up, step, "user_disabled", now=NOW)

    assert [str(post.channel) for post in await told(desk)] == [MAYA]


async def test_nothing_open_with_somebody_gone_is_told_as_before(desk: Desk) -> None:
    await desk.delegate()
    await desk.step(delegation.finish)
    await changes(desk, ANA)
    card = await desk.look(lambda tx: tx.posts.find(PostKind.NEW_TASK, f"1/{ANA}"))
    assert card is not None

    await desk.do(task_notices.on_trouble, card, "user_disabled", now=NOW)

    assert not await told(desk)
    assert await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, "task"))


async def test_a_notice_about_nobody_shows_nothing(desk: Desk) -> None:
    await desk.delegate()
    await changes(desk, ANA)
    (post,) = await told(desk)

    nobody = replace(post, subject=f"left/U404/2026-11-23/{MAYA}")

    assert await desk.do(departures.view, nobody) is None
    await desk.do(departures.found_gone, UserId("U404"), now=NOW)


async def test_who_leaves_a_channel_keeps_their_open_tasks_in_sight(desk: Desk) -> None:
    await desk.delegate(key="1")
    await desk.delegate(replace(DRAFT, channel=None), key="2")
    await desk.delegate(replace(DRAFT, review=True), key="3")
    await desk.do(delegation.finish, TaskNumber(3), by=ANA, via=Via.BUTTON, now=NOW)

    for user in (ANA, MAYA, BEN):
        await desk.do(departures.left_channel, CHANNEL, user, now=NOW)

    def copies(number: int) -> list[str]:
        return [f"{number}", f"{number}/{ANA}", f"{number}/{MAYA}"]

    cards = {
        number: [
            post.subject
            for post in await desk.look(
                lambda tx, n=number: tx.posts.under(PostKind.CARD, str(n))  # type: ignore[misc]  # posts
            )
        ]
        for number in (1, 2, 3)
    }
    assert cards == {1: copies(1), 2: copies(2)[1:], 3: ["3", f"3/{MAYA}"]}


async def test_who_leaves_a_channel_with_the_workspace_gets_nothing(desk: Desk) -> None:
    await desk.delegate()
    await changes(desk, ANA)

    await desk.do(departures.left_channel, CHANNEL, ANA, now=NOW)

    assert set(await desk.posts(PostKind.CARD)) == {""}


async def test_a_task_follows_its_channel_to_its_new_id(desk: Desk) -> None:
    await desk.delegate()

    await desk.do(teams.moved_channel, CHANNEL, ChannelId("C2"))

    assert (await desk.task()).channel == "C2"


async def test_a_newcomer_without_an_account_leaves_nothing(desk: Desk) -> None:
    newcomer = Person(id=UserId("UGIL"), name="Gil", is_deleted=True)

    await desk.do(people.remember, (newcomer,), now=NOW)

    assert not await told(desk, newcomer.id)
