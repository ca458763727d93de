from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain.calendar import EVERY_DAY, WORKING_WEEK, Weekday
from bot.domain.schedule import (
    Occurrence,
    Schedule,
    next_occurrence,
    occurrence_on,
    occurrences,
)
from bot.domain.zones import UnknownZone

MANILA = Schedule("Asia/Manila", time(9), WORKING_WEEK)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def daily(zone: str, local_time: str) -> Schedule:
    return Schedule(zone, time.fromisoformat(local_time), EVERY_DAY)


def test_a_huddle_comes_on_each_of_its_weekdays_at_its_local_time() -> None:
    found = occurrences(
        MANILA, after=instant("2026-11-19 12:00"), until=instant("2026-11-24 12:00")
    )

    assert list(found) == [
        Occurrence(date(2026, 11, 20), instant("2026-11-20 01:00")),
        Occurrence(date(2026, 11, 23), instant("2026-11-23 01:00")),
        Occurrence(date(2026, 11, 24), instant("2026-11-24 01:00")),
    ]


def test_an_interval_leaves_out_its_start_and_holds_its_end() -> None:
    monday, tuesday = instant("2026-11-23 01:00"), instant("2026-11-24 01:00")

    found = occurrences(MANILA, after=monday, until=tuesday)

    assert list(found) == [Occurrence(date(2026, 11, 24), tuesday)]


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=-10)])
def test_an_interval_without_length_holds_nothing(length: timedelta) -> None:
    monday = instant("2026-11-23 01:00")

    assert list(occurrences(MANILA, after=monday, until=monday + length)) == []


def test_the_next_huddle_is_strictly_later() -> None:
    friday = instant("2026-11-20 01:00")

    found = next_occurrence(MANILA, after=friday)

    assert found == Occurrence(date(2026, 11, 23), instant("2026-11-23 01:00"))


def test_a_weekly_huddle_just_over_comes_again_in_a_week() -> None:
    weekly = Schedule("America/New_York", time(23, 30), frozenset({Weekday.SU}))

    found = next_occurrence(weekly, after=instant("2026-11-23 04:30"))

    assert found == Occurrence(date(2026, 11, 29), instant("2026-11-30 04:30"))


def test_a_schedule_without_weekdays_has_no_huddle() -> None:
    never = Schedule("Asia/Manila", time(9), frozenset())
    now = instant("2026-11-23 00:00")

    assert next_occurrence(never, after=now) is None
    assert list(occurrences(never, after=now, until=now + timedelta(days=30))) == []
    assert occurrence_on(never, date(2026, 11, 23)) is None


def test_a_date_holds_a_huddle_only_on_its_weekdays() -> None:
    assert occurrence_on(MANILA, date(2026, 11, 20)) == Occurrence(
        date(2026, 11, 20), instant("2026-11-20 01:00")
    )
    assert occurrence_on(MANILA, date(2026, 11, 21)) is None


def test_the_weekday_is_that_of_the_team_not_of_utc() -> None:
    sundays = Schedule("Pacific/Auckland", time(9), frozenset({Weekday.SU}))

    found = occurrence_on(sundays, date(2026, 11, 22))

    assert found == Occurrence(date(2026, 11, 22), instant("2026-11-21 20:00"))


def test_local_time_stays_when_the_clocks_change() -> None:
    found = occurrences(
        daily("America/New_York", "09:00"),
        after=instant("2026-03-07 00:00"),
        until=instant("2026-03-09 23:00"),
    )

    assert [f"{one.at:%d %H:%M}" for one in found] == ["07 14:00", "08 13:00", "09 13:00"]


def test_a_skipped_time_comes_as_if_the_clocks_had_not_moved() -> None:
    found = occurrence_on(daily("America/New_York", "02:30"), date(2026, 3, 8))

    assert found == Occurrence(date(2026, 3, 8), instant("2026-03-08 07:30"))


def test_a_repeated_time_comes_once_in_its_first_pass() -> None:
    found = occurrences(
        daily("America/New_York", "01:30"),
        after=instant("2026-10-31 12:00"),
        until=instant("2026-11-01 12:00"),
    )

    assert list(found) == [Occurrence(date(2026, 11, 1), instant("2026-11-01 05:30"))]


def test_a_skipped_time_that_comes_after_midnight_belongs_to_its_own_date() -> None:
    nuuk = daily("America/Nuuk", "23:30")
    skipped = Occurrence(date(2026, 3, 28), instant("2026-03-29 01:30"))
    after_midnight = instant("2026-03-29 01:10")

    assert occurrence_on(nuuk, date(2026, 3, 28)) == skipped
    assert next_occurrence(nuuk, after=after_midnight) == skipped
    assert list(occurrences(nuuk, after=after_midnight, until=instant("2026-03-29 23:00"))) == [
        skipped
    ]
    assert next_occurrence(nuuk, after=skipped.at) == Occurrence(
        date(2026, 3, 29), instant("2026-03-30 00:30")
    )


def test_a_time_just_after_midnight_is_not_lost_when_midnight_is_taken_back() -> None:
    # Clocks in St John's went from 00:01 back to 23:01 of the day before, so that 7 November
    # had begun already when its eve was read once more.
    eve = daily("America/St_Johns", "00:00")
    midnight = instant("2010-11-07 02:30")
    eve_again = instant("2010-11-07 03:00")

    assert list(occurrences(eve, after=instant("2010-11-06 03:00"), until=eve_again)) == [
        Occurrence(date(2010, 11, 7), midnight)
    ]
    assert next_occurrence(eve, after=eve_again) == Occurrence(
        date(2010, 11, 8), instant("2010-11-08 03:30")
    )


def test_a_date_that_the_zone_went_without_has_no_huddle() -> None:
    apia = daily("Pacific/Apia", "09:00")
    eve = Occurrence(date(2011, 12, 29), instant("2011-12-29 19:00"))
    after_the_gap = Occurrence(date(2011, 12, 31), instant("2011-12-30 19:00"))

    assert occurrence_on(apia, date(2011, 12, 30)) is None
    assert next_occurrence(apia, after=eve.at) == after_the_gap
    assert list(occurrences(apia, after=eve.at - timedelta(days=1), until=after_the_gap.at)) == [
        eve,
        after_the_gap,
    ]


def test_a_weekly_huddle_whose_date_is_missing_waits_for_the_next_week() -> None:
    fridays = Schedule("Pacific/Apia", time(9), frozenset({Weekday.FR}))

    found = next_occurrence(fridays, after=instant("2011-12-24 00:00"))

    assert found == Occurrence(date(2012, 1, 6), instant("2012-01-05 19:00"))


def test_daylight_saving_goes_on_after_2037() -> None:
    found = occurrence_on(daily("America/New_York", "09:00"), date(2040, 7, 2))

    assert found == Occurrence(date(2040, 7, 2), instant("2040-07-02 13:00"))


def test_twenty_years_hold_every_working_day_once() -> None:
    first, last = date(2020, 1, 1), date(2039, 12, 31)
    every_date = (first + timedelta(days=days) for days in range((last - first).days + 1))
    working_days = [day for day in every_date if Weekday(day.weekday()) in WORKING_WEEK]

    found = occurrences(
        MANILA,
        after=datetime(2020, 1, 1, tzinfo=UTC) - timedelta(hours=8),
        until=datetime(2040, 1, 1, tzinfo=UTC) - timedelta(hours=8),
    )

    assert [one.local_date for one in found] == working_days


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownZone):
        occurrence_on(daily("Manila", "09:00"), date(2026, 11, 23))
