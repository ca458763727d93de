from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain.calendar import WORKING_WEEK
from bot.domain.huddle import (
    Answer,
    AnswerSource,
    HuddleStatus,
    answer_subject,
    closes_at,
    coming,
    decided,
    fell_due,
    from_subject,
    huddle_subject,
    opened,
)
from bot.domain.person import UserId
from bot.domain.post import ChannelId
from bot.domain.schedule import Occurrence, Schedule
from bot.domain.team import Role, Team, TeamId

ANA = UserId("U1")
MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)
MANILA = Team(
    id=TeamId(1),
    name="Manila",
    channel=ChannelId("C1"),
    schedule=Schedule("Asia/Manila", time(9), WORKING_WEEK),
    roles=((ANA, Role.LEAD),),
    created_at=datetime(2026, 11, 1, tzinfo=UTC),
)
AT_NINE = Occurrence(MONDAY, datetime(2026, 11, 23, 1, tzinfo=UTC))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def never(local_date: date) -> bool:
    del local_date
    return False


def at(hour: int, minute: int = 0, *, day: int = 23) -> datetime:
    """Return an instant by Manila's clock, eight hours ahead of UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - 8 * HOUR


def moved(hour: int) -> Team:
    return replace(MANILA, schedule=replace(MANILA.schedule, local_time=time(hour)))


def test_a_subject_says_team_date_and_person() -> None:
    assert from_subject(huddle_subject(TeamId(7), MONDAY)) == (7, MONDAY, None)
    assert from_subject(answer_subject(TeamId(7), MONDAY, ANA)) == (7, MONDAY, ANA)


@pytest.mark.parametrize(
    "subject",
    ["", "zz", "1", "x/2026-11-23", "0/2026-11-23", "-1/2026-11-23", "1/2026-13-40"]
    + [f"{'9' * digits}/2026-11-30" for digits in (10, 20, 5_000)],
)
def test_what_names_no_huddle_is_no_subject(subject: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_subject(subject)


def test_a_huddle_closes_four_hours_after_it_opened() -> None:
    assert closes_at(at(9), next_at=at(9, day=24)) == at(13)
    assert closes_at(at(9), next_at=None) == at(13)


def test_a_huddle_closes_an_hour_before_the_next_one() -> None:
    assert closes_at(at(9), next_at=at(12)) == at(11)


def test_a_huddle_opened_just_before_the_next_one_stays_open_until_it() -> None:
    assert closes_at(at(9), next_at=at(9, 30)) == at(9, 30)


def test_a_huddle_on_time_is_open_and_not_late() -> None:
    huddle = decided(MANILA, AT_NINE, now=at(9) + timedelta(seconds=3))

    assert huddle.status is HuddleStatus.OPEN
    assert not huddle.is_late
    assert huddle.date == MONDAY
    assert huddle.closes_at == at(13) + timedelta(seconds=3)


@pytest.mark.parametrize("minutes", [2, 90])
def test_a_huddle_up_to_ninety_minutes_late_opens_and_is_late(minutes: int) -> None:
    huddle = decided(MANILA, AT_NINE, now=at(9) + minutes * MINUTE)

    assert huddle.status is HuddleStatus.OPEN
    assert huddle.is_late


def test_a_huddle_that_is_later_is_missed_with_the_reason() -> None:
    huddle = decided(MANILA, AT_NINE, now=at(9) + 90 * MINUTE + timedelta(seconds=1))

    assert huddle.status is HuddleStatus.MISSED
    assert huddle.opened_at is None
    assert huddle.reason is not None
    assert "not running" in huddle.reason
    assert not huddle.is_late


def test_a_huddle_changes_into_a_closed_or_a_missed_one() -> None:
    huddle = opened(MANILA, AT_NINE, now=at(9))

    assert huddle.closed().status is HuddleStatus.CLOSED
    assert huddle.missed("No channel.").reason == "No channel."
    assert huddle.subject == "1/2026-11-23"


def test_a_team_without_days_has_no_next_huddle_to_close_before() -> None:
    idle = replace(MANILA, schedule=replace(MANILA.schedule, weekdays=frozenset()))

    assert opened(idle, AT_NINE, now=at(9)).closes_at == at(13)
    assert coming(idle, pending=at(10), after=at(9), is_held=never) is None


def test_a_huddle_opened_before_its_time_does_not_close_at_that_time() -> None:
    early = opened(MANILA, Occurrence(MONDAY, at(8, 55)), now=at(8, 55))
    at_night = opened(moved(1), Occurrence(MONDAY, at(23)), now=at(23))

    assert early.closes_at == at(12, 55)
    assert at_night.closes_at == at(0, day=24)


def test_a_huddle_makes_no_room_for_one_that_falls_into_a_pause() -> None:
    paused = replace(moved(1), paused=True, paused_until=date(2026, 11, 25))
    for_ever = replace(moved(1), paused=True)

    for team in (paused, for_ever):
        assert opened(team, Occurrence(MONDAY, at(23)), now=at(23)).closes_at == at(3, day=24)


def test_everything_since_the_last_look_fell_due() -> None:
    found = fell_due(MANILA, due_at=at(9), after=at(8), now=at(10, day=25))

    assert [each.local_date.day for each in found] == [23, 24, 25]


def test_what_falls_into_a_pause_does_not_fall_due() -> None:
    paused = replace(MANILA, paused=True, paused_until=date(2026, 11, 25))

    found = fell_due(paused, due_at=at(9), after=at(8), now=at(10, day=25))

    assert [each.local_date.day for each in found] == [25]


def test_a_huddle_kept_at_its_old_time_falls_due_then() -> None:
    earlier = moved(7)

    assert fell_due(earlier, due_at=at(9), after=at(8), now=at(9)) == [AT_NINE]


def test_a_huddle_is_not_kept_beside_the_one_of_the_same_date() -> None:
    later = moved(11)

    found = fell_due(later, due_at=at(9), after=at(8), now=at(12))

    assert found == [Occurrence(MONDAY, at(11))]


def test_nothing_is_kept_on_a_day_that_is_no_longer_one_of_the_team() -> None:
    tuesdays = replace(
        MANILA, schedule=replace(MANILA.schedule, weekdays=WORKING_WEEK - {MONDAY.weekday()})
    )

    assert fell_due(tuesdays, due_at=at(9), after=at(8), now=at(9)) == []
    found = coming(tuesdays, pending=at(9), after=at(8), is_held=never)
    assert found == Occurrence(TUESDAY, at(9, day=24))


def test_the_next_huddle_is_the_next_of_the_schedule() -> None:
    assert coming(MANILA, pending=None, after=at(8), is_held=never) == AT_NINE
    assert coming(MANILA, pending=at(9), after=at(8), is_held=never) == AT_NINE


def test_a_date_that_has_its_huddle_gets_no_other() -> None:
    def today(local_date: date) -> bool:
        return local_date == MONDAY

    found = coming(moved(15), pending=None, after=at(10), is_held=today)

    assert found == Occurrence(TUESDAY, at(15, day=24))
    assert coming(moved(7), pending=at(9), after=at(8), is_held=today) == Occurrence(
        TUESDAY, at(7, day=24)
    )


def test_moving_to_a_time_already_past_leaves_todays_huddle_where_it_was() -> None:
    assert coming(moved(7), pending=at(9), after=at(8), is_held=never) == AT_NINE


def test_moving_to_a_later_time_moves_todays_huddle() -> None:
    assert coming(moved(11), pending=at(9), after=at(8), is_held=never) == Occurrence(
        MONDAY, at(11)
    )


def test_what_was_pending_before_now_is_dealt_with() -> None:
    found = coming(moved(7), pending=at(9), after=at(9), is_held=never)

    assert found == Occurrence(TUESDAY, at(7, day=24))


def test_a_pause_is_skipped_and_one_without_end_leaves_nothing() -> None:
    until = replace(MANILA, paused=True, paused_until=date(2026, 11, 25))
    for_ever = replace(MANILA, paused=True)

    found = coming(until, pending=at(9), after=at(8), is_held=never)
    assert found == Occurrence(date(2026, 11, 25), at(9, day=25))
    assert coming(for_ever, pending=at(9), after=at(8), is_held=never) is None


def test_who_skips_gives_no_answer_that_counts() -> None:
    assert Answer(ANA, AnswerSource.REPLY, ("x", ""), at(9)).counts
    assert not Answer(ANA, AnswerSource.SKIP, (), at(9)).counts
