"""What alarms do when they ring, and what is made up for when the clock or its rules change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.alarm import Alarm, AlarmKind
from bot.domain.post import ChannelId, PostId, PostKind, PostState
from bot.domain.zones import zone_data_version
from bot.usecases import people, ringing, teams
from bot.usecases.telling import tell
from tests.databases import WORKSPACE
from tests.usecases.huddles import nine
from tests.usecases.tasking import ANA, CHANNEL, DRAFT, JOY, MAYA, NOW, furnished

if TYPE_CHECKING:
    from bot.domain.team import TeamId
    from bot.store.database import Store
    from bot.store.transaction import Tx
    from tests.usecases.tasking import Desk


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


def _alarm(kind: AlarmKind, subject: str) -> Alarm:
    return Alarm(WORKSPACE, kind, subject, due_at=NOW, after=NOW - timedelta(hours=1))


async def _team(desk: Desk) -> None:
    await desk.do(
        teams.create,
        name="Manila",
        channel=CHANNEL,
        schedule=nine(),
        people=(MAYA, ANA),
        by=MAYA,
        now=NOW,
    )


async def test_a_message_held_for_its_readers_day_goes_when_the_day_begins(desk: Desk) -> None:
    await desk.keeps_hours(ANA)
    hears_at = await desk.do(tell, ANA, PostKind.NEW_TASK, f"1/{ANA}", now=NOW)
    post = await desk.look(lambda tx: tx.posts.find(PostKind.NEW_TASK, f"1/{ANA}"))
    assert post is not None
    assert not post.is_pending
    assert hears_at > NOW

    for _ in range(2):
        await desk.do(ringing.ring, _alarm(AlarmKind.POST_RELEASE, post.id), now=hears_at)

    released = await desk.look(lambda tx: tx.posts.get(post.id))
    assert released is not None
    assert (released.wanted, released.is_pending) == (1, True)
    assert await desk.look(lambda tx: tx.alarms.get(AlarmKind.POST_RELEASE, post.id)) is None


async def test_new_hours_decide_about_what_waits_already(desk: Desk) -> None:
    await desk.keeps_hours(ANA)
    await desk.do(tell, ANA, PostKind.NEW_TASK, f"1/{ANA}", now=NOW)
    ana = await desk.look(lambda tx: tx.people.get(ANA))
    assert ana is not None

    await desk.do(people.set_hours, by=ANA, start=ana.end, end=ana.start, days=ana.days, now=NOW)

    alarm = await desk.look(lambda tx: tx.alarms.get(AlarmKind.DAY_TOGETHER, ANA))
    assert alarm is not None
    assert alarm.due_at == NOW


async def test_a_post_of_a_dead_process_is_shown_again_once(desk: Desk) -> None:
    post = await desk.look(
        lambda tx: tx.posts.want(PostKind.NEW_TASK, f"1/{JOY}", channel=ChannelId(JOY))
    )

    await desk.do(ringing.ring, _alarm(AlarmKind.POST_AGAIN, post.id), now=NOW)
    await desk.do(ringing.ring, _alarm(AlarmKind.POST_AGAIN, PostId("gone")), now=NOW)

    again = await desk.look(lambda tx: tx.posts.get(post.id))
    assert again is not None
    assert again.wanted == 2


async def test_a_card_that_its_channel_refuses_goes_to_everybodys_messages(desk: Desk) -> None:
    await desk.delegate()
    card = (await desk.posts(PostKind.CARD))[""]

    await desk.do(ringing.give_up, replace(card, state=PostState.REJECTED), "is_archived", now=NOW)
    await desk.do(ringing.give_up, replace(card, state=PostState.REJECTED), "is_archived", now=NOW)

    copies = await desk.posts(PostKind.CARD)
    assert set(copies) == {"", MAYA, ANA}
    assert (await desk.task()).channel is None


async def test_a_copy_in_somebodys_messages_that_is_refused_changes_nothing(desk: Desk) -> None:
    await desk.delegate(replace(DRAFT, channel=None))
    before = await desk.posts(PostKind.CARD)

    await desk.do(ringing.give_up, before[ANA], "user_disabled", now=NOW)

    assert await desk.posts(PostKind.CARD) == before


async def test_alarms_open_and_close_huddles(desk: Desk) -> None:
    await _team(desk)
    alarm = await desk.look(lambda tx: tx.alarms.get(AlarmKind.HUDDLE_OPEN, "1"))
    assert alarm is not None
    assert await desk.do(ringing.in_words, alarm) == "the huddle of Manila opens"

    await desk.do(ringing.ring, alarm, now=alarm.due_at)
    (huddle,) = await desk.look(lambda tx: tx.huddles.latest(_first(tx), 5))
    closing = await desk.look(lambda tx: tx.alarms.get(AlarmKind.HUDDLE_CLOSE, huddle.subject))
    assert closing is not None
    assert await desk.do(ringing.in_words, closing) == "the huddle of Manila closes"
    await desk.do(ringing.ring, closing, now=closing.due_at)

    (closed,) = await desk.look(lambda tx: tx.huddles.latest(_first(tx), 5))
    assert closed.status == "closed"


async def test_a_day_is_ahead_once_it_holds_something(desk: Desk) -> None:
    tomorrow = Alarm(WORKSPACE, AlarmKind.DAY_BEGIN, ANA, NOW + timedelta(days=1), NOW)
    before = await desk.do(ringing.in_words, tomorrow)

    await desk.delegate()

    assert before == ""
    assert await desk.do(ringing.in_words, tomorrow) == "somebody's working day begins"


async def test_what_is_ahead_has_words_even_when_its_team_is_gone(desk: Desk) -> None:
    said = [
        await desk.do(ringing.in_words, _alarm(kind, subject))
        for kind, subject in (
            (AlarmKind.HUDDLE_OPEN, "9"),
            (AlarmKind.HUDDLE_CLOSE, "9/2026-11-23"),
            (AlarmKind.PROPOSAL_STANDS, "1"),
            (AlarmKind.POST_RELEASE, "x"),
            (AlarmKind.DAY_BEGIN, "x"),
            (AlarmKind.DAY_TOGETHER, "x"),
            (AlarmKind.POST_AGAIN, "x"),
        )
    ]

    assert said == [
        "the huddle of a team opens",
        "the huddle of a team closes",
        "silence agrees to what was proposed for task 1",
        "somebody's working day begins",
        "",
        "what waited some minutes is told",
        "a message is shown again",
    ]


async def test_other_zone_data_recomputes_what_rests_on_it(desk: Desk) -> None:
    await _team(desk)
    before = await desk.look(lambda tx: tx.alarms.get(AlarmKind.HUDDLE_OPEN, "1"))
    assert before is not None
    await desk.look(
        lambda tx: tx.alarms.set(
            AlarmKind.HUDDLE_OPEN,
            "1",
            due_at=before.due_at + timedelta(hours=1),
            after=before.after,
        )
    )
    home = await desk.do(people.workspace)
    assert home is not None
    await desk.do(people.remember_workspace, replace(home, zone_data="2020a"))

    for _ in range(2):
        await desk.do(ringing.renew, now=NOW)

    after = await desk.look(lambda tx: tx.alarms.get(AlarmKind.HUDDLE_OPEN, "1"))
    kept = await desk.do(people.workspace)
    assert after is not None
    assert after.due_at == before.due_at
    assert kept is not None
    assert kept.zone_data == zone_data_version()


async def test_a_clock_set_back_makes_the_future_the_future_again(desk: Desk) -> None:
    await _team(desk)
    alarm = await desk.look(lambda tx: tx.alarms.get(AlarmKind.HUDDLE_OPEN, "1"))
    assert alarm is not None
    later = alarm.due_at + timedelta(days=2)
    await desk.do(ringing.ring, alarm, now=later)

    await desk.do(ringing.rewind, now=NOW)

    again = await desk.look(lambda tx: tx.alarms.get(AlarmKind.HUDDLE_OPEN, "1"))
    assert again is not None
    assert again.due_at <= later


def _first(tx: Tx) -> TeamId:
    return tx.teams.all()[0].id
