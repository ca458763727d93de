from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.alarm import Alarm, AlarmKind
from bot.domain.errors import BotError
from bot.domain.huddle import HuddleStatus
from bot.domain.post import ChannelId, PostKind
from bot.usecases import huddling, teams
from bot.usecases.huddling import AlreadyHeld
from tests.databases import WORKSPACE
from tests.usecases.huddles import ADA, ANA, BEN, CHANNEL, EVE, JOY, MONDAY, TUESDAY, at, nine

if TYPE_CHECKING:
    from tests.usecases.huddles import Office


async def test_a_huddle_opens_at_its_time_and_is_to_be_shown(office: Office) -> None:
    team = await office.team()

    await office.ring(at(9, 0, 1))

    huddle = await office.huddle(team.id)
    root = await office.post(PostKind.HUDDLE, "1/2026-11-23")
    assert huddle is not None
    assert huddle.status is HuddleStatus.OPEN
    assert root is not None
    assert root.is_pending
    assert await office.next_at(team.id) == at(9, day=24)


async def test_a_huddle_does_not_open_before_its_time(office: Office) -> None:
    team = await office.team()

    await office.ring(at(8, 59, 59))

    assert await office.huddle(team.id) is None


async def test_ringing_the_same_alarm_twice_opens_one_huddle(office: Office) -> None:
    team = await office.team()
    due = await office.store.due(at(9), limit=9)
    (alarm,) = [one for one in due if one.kind is AlarmKind.HUDDLE_OPEN]

    await office.do(huddling.open_due, alarm, now=at(9))
    await office.do(huddling.open_due, alarm, now=at(9))

    root = await office.post(PostKind.HUDDLE, "1/2026-11-23")
    assert root is not None
    assert root.wanted == 1
    assert len(await office.huddles(team.id)) == 1
    assert await office.next_at(team.id) == at(9, day=24)


async def test_a_late_huddle_opens_and_an_older_one_is_missed(office: Office) -> None:
    team = await office.team()

    await office.ring(at(9, 30, day=25))

    monday, tuesday, wednesday = await office.huddles(team.id)
    assert monday.status is tuesday.status is HuddleStatus.MISSED
    assert wednesday.status is HuddleStatus.OPEN
    assert wednesday.is_late
    assert await office.post(PostKind.HUDDLE, "1/2026-11-24") is None


async def test_an_alarm_of_a_deleted_or_unknown_team_is_taken_away(office: Office) -> None:
    alarm = Alarm(WORKSPACE, AlarmKind.HUDDLE_OPEN, "7", due_at=at(8), after=at(7))
    await office.do(lambda tx: tx.alarms.set(alarm.kind, alarm.subject, due_at=at(8), after=at(7)))

    await office.ring(at(9))

    assert await office.store.next_due() is None


async def test_a_huddle_closes_when_its_time_is_over(office: Office) -> None:
    huddle = await office.opened()

    await office.ring(at(13))
    await office.ring(at(13, 1))

    closed = await office.huddle(huddle.team)
    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert closed is not None
    assert closed.status is HuddleStatus.CLOSED
    assert root is not None
    assert root.wanted == 2


async def test_closing_too_early_or_twice_changes_nothing(office: Office) -> None:
    huddle = await office.opened()
    alarm = Alarm(WORKSPACE, AlarmKind.HUDDLE_CLOSE, huddle.subject, at(13), at(9))

    await office.do(huddling.close_due, alarm, now=at(12, 59))
    still_open = await office.huddle(huddle.team)
    await office.do(huddling.close_due, alarm, now=at(13))
    await office.do(huddling.close_due, alarm, now=at(13))

    assert still_open is not None
    assert still_open.status is HuddleStatus.OPEN


async def test_an_alarm_to_close_what_is_not_open_does_nothing(office: Office) -> None:
    await office.do(
        lambda tx: tx.alarms.set(AlarmKind.HUDDLE_CLOSE, "9/2026-11-23", due_at=at(8), after=at(7))
    )

    await office.ring(at(9))

    assert await office.store.next_due() is None


async def test_todays_huddle_opens_by_hand_and_does_not_come_again(office: Office) -> None:
    team = await office.team()

    huddle = await office.do(huddling.open_now, team.id, by=ANA, now=at(8, 30))
    await office.ring(at(9))

    assert huddle.date == MONDAY
    assert not huddle.is_late
    assert len(await office.huddles(team.id)) == 1
    assert await office.next_at(team.id) == at(9, day=24)


async def test_a_huddle_opened_by_hand_minutes_before_its_time_stays_open(office: Office) -> None:
    team = await office.team()

    await office.do(huddling.open_now, team.id, by=ANA, now=at(8, 55))
    await office.ring(at(9, 0, 1))

    huddle = await office.huddle(team.id)
    assert huddle is not None
    assert huddle.status is HuddleStatus.OPEN
    assert huddle.closes_at == at(12, 55)


async def test_a_second_huddle_of_today_is_refused_with_the_first(office: Office) -> None:
    huddle = await office.opened()

    with pytest.raises(AlreadyHeld, match="has its huddle of today") as refusal:
        await office.do(huddling.open_now, huddle.team, by=ANA, now=at(10))

    assert refusal.value.root is not None
    assert refusal.value.root.ts is not None


async def test_a_huddle_that_is_due_this_moment_is_todays(office: Office) -> None:
    team = await office.team()

    with pytest.raises(AlreadyHeld):
        await office.do(huddling.open_now, team.id, by=ANA, now=at(9))


async def test_a_huddle_opens_by_hand_on_a_free_day_and_in_a_pause(office: Office) -> None:
    team = await office.team()
    await office.do(teams.pause, team.id, until=None, by=JOY, now=at(8))

    huddle = await office.do(huddling.open_now, team.id, by=ADA, now=at(8, day=28))

    assert huddle.status is HuddleStatus.OPEN
    assert await office.next_at(team.id) is None


async def test_a_stranger_opens_nothing(office: Office) -> None:
    team = await office.team()

    with pytest.raises(BotError, match="Ask Joy"):
        await office.do(huddling.open_now, team.id, by=EVE, now=at(8))
    with pytest.raises(BotError, match="deleted"):
        await office.do(huddling.open_now, 99, by=ANA, now=at(8))


async def test_a_missed_huddle_can_be_opened_by_hand(office: Office) -> None:
    team = await office.team()
    await office.ring(at(12))

    await office.do(huddling.open_now, team.id, by=BEN, now=at(12, 5))

    (huddle,) = await office.huddles(team.id)
    assert huddle.status is HuddleStatus.OPEN
    assert huddle.reason is None


async def test_a_huddle_that_slack_refused_can_be_held_by_hand(office: Office) -> None:
    """Whoever has invited Baton again need not wait for tomorrow."""
    huddle = await office.opened()
    await office.rejected(huddle.subject, "not_in_channel")
    await office.do(lambda tx: tx.huddles.save(huddle.missed("Baton was not in the channel.")))

    await office.do(huddling.open_now, huddle.team, by=ANA, now=at(10))

    root = await office.post(PostKind.HUDDLE, huddle.subject)
    again = await office.huddle(huddle.team)
    assert root is not None
    assert root.is_pending
    assert again is not None
    assert again.status is HuddleStatus.OPEN


async def test_a_huddle_that_may_be_there_is_not_repeated_by_hand(office: Office) -> None:
    huddle = await office.opened()
    await office.do(lambda tx: tx.huddles.save(huddle.missed("Slack did not say.")))

    with pytest.raises(BotError, match="Nobody can tell"):
        await office.do(huddling.open_now, huddle.team, by=ANA, now=at(10))


async def test_an_open_huddle_follows_its_channel_to_a_new_id(office: Office) -> None:
    huddle = await office.opened()

    await office.do(teams.moved_channel, CHANNEL, ChannelId("C0002"))

    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert root is not None
    assert root.channel == "C0002"


async def test_a_clock_set_back_does_not_double_a_huddle(office: Office) -> None:
    huddle = await office.opened()

    await office.do(huddling.recompute, now=at(8, 55))
    await office.ring(at(9))

    root = await office.post(PostKind.HUDDLE, huddle.subject)
    assert root is not None
    assert root.wanted == 1
    assert await office.next_at(huddle.team) == at(9, day=24)


async def test_what_a_clock_that_was_ahead_recorded_as_missed_is_held(office: Office) -> None:
    team = await office.team()
    await office.ring(at(12, day=24))
    assert [each.status for each in await office.huddles(team.id)] == [HuddleStatus.MISSED] * 2

    await office.do(huddling.recompute, now=at(8, 30))
    await office.ring(at(9))
    await office.ring(at(9, day=24))

    statuses = [each.status for each in await office.huddles(team.id)]
    assert statuses == [HuddleStatus.CLOSED, HuddleStatus.OPEN]


async def test_a_huddle_missed_by_a_clock_that_was_ahead_is_not_missed_twice(
    office: Office,
) -> None:
    team = await office.team()
    await office.ring(at(12))
    await office.do(huddling.recompute, now=at(8))

    await office.ring(at(12))

    (huddle,) = await office.huddles(team.id)
    assert huddle.status is HuddleStatus.MISSED


async def test_new_zone_data_keeps_what_is_due_already(office: Office) -> None:
    team = await office.team()
    later = timedelta(hours=1)

    await office.do(huddling.recompute, now=at(9) + later)
    await office.ring(at(9) + later)

    assert await office.huddle(team.id) is not None


async def test_recomputing_gives_a_team_without_an_alarm_its_alarm(office: Office) -> None:
    team = await office.team()
    await office.do(lambda tx: tx.alarms.cancel(AlarmKind.HUDDLE_OPEN, str(team.id)))

    await office.do(huddling.recompute, now=at(8))

    assert await office.next_at(team.id) == at(9)


async def test_a_pause_without_end_leaves_no_alarm(office: Office) -> None:
    team = await office.team()
    await office.do(teams.pause, team.id, until=None, by=JOY, now=at(8))

    await office.do(huddling.recompute, now=at(8))
    await office.ring(at(10, day=24))

    assert await office.next_at(team.id) is None
    assert await office.huddles(team.id) == []


async def test_a_team_on_the_other_side_of_the_ocean_opens_by_its_own_clock(
    office: Office,
) -> None:
    team = await office.team(schedule=nine(zone="America/New_York"))

    await office.ring(at(21, 59))
    assert await office.huddles(team.id) == []
    await office.ring(at(22))

    assert await office.huddle(team.id, TUESDAY) is None
    assert await office.huddle(team.id, MONDAY) is not None
