from datetime import UTC, date, datetime, time, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import (
    EVERY_DAY,
    WEEKEND,
    WORKING_WEEK,
    Shift,
    Weekday,
    WorkingHours,
    describe_weekdays,
    end_of_working_day,
    is_working,
    next_start,
    next_working_date,
    parse_time,
    parse_weekdays,
    shift,
    when_may_hear,
    working_date,
)
from bot.domain.errors import BotError
from bot.domain.zones import to_local, to_utc, zone

MO, TU, WE, TH, FR, SA, SU = Weekday
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)

DAYS = WorkingHours("Asia/Manila")
NIGHTS = WorkingHours("Asia/Manila", start=time(21), end=time(6))
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (20, 21, 22, 23))


def manila(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def new_york(text: str) -> datetime:
    return to_utc(zone("America/New_York"), datetime.fromisoformat(text))


# Weekdays.


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", WORKING_WEEK),
        ("Mon - Fri", WORKING_WEEK),
        ("mon\N{EN DASH}fri", WORKING_WEEK),
        ("mon to fri", WORKING_WEEK),
        ("Monday through Friday", WORKING_WEEK),
        ("mo-fr", WORKING_WEEK),
        ("weekdays", WORKING_WEEK),
        ("every weekday", WORKING_WEEK),
        ("working days", WORKING_WEEK),
        ("daily", EVERY_DAY),
        ("every day", EVERY_DAY),
        ("all days", EVERY_DAY),
        ("everyday", EVERY_DAY),
        ("mon-sun", EVERY_DAY),
        ("weekends", WEEKEND),
        ("mon,wed,fri", {MO, WE, FR}),
        ("Mon, Wed and Fri.", {MO, WE, FR}),
        ("Mon., Wed., Fri.", {MO, WE, FR}),
        ("mon wed fri", {MO, WE, FR}),
        ("Tues & Thurs", {TU, TH}),
        ("tue/thu", {TU, TH}),
        ("weds", {WE}),
        ("on Mondays", {MO}),
        ("every friday", {FR}),
        ("mon-wed, fri", {MO, TU, WE, FR}),
        ("sun-thu", {SU, MO, TU, WE, TH}),
        ("fri-mon", {FR, SA, SU, MO}),
        ("mon-mon", {MO}),
    ],
)
def test_days_are_read_as_people_write_them(text: str, days: set[Weekday]) -> None:
    assert parse_weekdays(text) == days


@pytest.mark.parametrize(
    "text",
    [
        "foo",
        "t",
        "mon .. fri",
        "s-m",
        "mon-",
        "-fri",
        "mon-wed-fri",
        "mon-fri days",
        "mondayish",
        "1-5",
    ],
)
def test_days_that_cannot_be_read_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(BotError) as refused:
        parse_weekdays(text)

    assert str(refused.value) == (
        f"I cannot read “{text}” as days of the week. "
        "Write days like mon-fri, mon,wed,fri or daily."
    )


@pytest.mark.parametrize("text", ["", " ", ".", ",", "every", "and"])
def test_no_days_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(BotError, match=r"No day was given\. Write days like mon-fri"):
        parse_weekdays(text)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (WORKING_WEEK, "Mon-Fri"),
        (EVERY_DAY, "daily"),
        (WEEKEND, "Sat, Sun"),
        ({MO}, "Mon"),
        ({MO, WE, FR}, "Mon, Wed, Fri"),
        ({MO, TU, WE, FR}, "Mon-Wed, Fri"),
        ({SU, MO, TU, WE, TH}, "Sun-Thu"),
        ({SU, MO}, "Sun, Mon"),
        ({SA, SU, MO, WE}, "Wed, Sat-Mon"),
        (EVERY_DAY - {WE}, "Thu-Tue"),
        (set(), "no day"),
    ],
)
def test_days_are_described_in_few_words(days: set[Weekday], words: str) -> None:
    assert describe_weekdays(frozenset(days)) == words


@given(st.frozensets(st.sampled_from(Weekday), min_size=1))
def test_a_description_of_days_is_read_as_the_same_days(days: frozenset[Weekday]) -> None:
    assert parse_weekdays(describe_weekdays(days)) == days


@given(st.text())
def test_any_text_is_days_or_a_refusal(text: str) -> None:
    try:
        days = parse_weekdays(text)
    except BotError:
        return

    assert days <= EVERY_DAY
    assert days


def test_weekdays_have_the_numbers_of_python_and_the_names_of_icalendar() -> None:
    assert Weekday(MONDAY.weekday()) is Weekday.MO
    assert [day.name for day in Weekday] == ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


# Times of day.


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("09:00", time(9)),
        ("9", time(9)),
        ("0", time(0)),
        ("9am", time(9)),
        ("9 AM", time(9)),
        ("9 a.m.", time(9)),
        ("9a", time(9)),
        ("5pm", time(17)),
        ("9.30", time(9, 30)),
        ("9:30 pm", time(21, 30)),
        ("14:00", time(14)),
        ("23:59", time(23, 59)),
        ("0930", time(9, 30)),
        ("1730", time(17, 30)),
        ("12am", time(0)),
        ("12:30 am", time(0, 30)),
        ("12pm", time(12)),
        (" Noon ", time(12)),
        ("midnight", time(0)),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, parsed: time) -> None:
    assert parse_time(text) == parsed


@pytest.mark.parametrize("text", ["25:00", "24:00", "9:60", "13pm", "0am", "0 pm", "2400", "99"])
def test_an_impossible_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BotError) as refused:
        parse_time(text)

    assert str(refused.value) == (
        f"There is no time “{text}”. Write a time like 09:00, 9am or 14:30."
    )


@pytest.mark.parametrize("text", ["soon", "9:5", "930", "9-30", "09:00:00", "9:30 xm", "-9", "٩"])
def test_a_time_that_cannot_be_read_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BotError) as refused:
        parse_time(text)

    assert str(refused.value) == (
        f"I cannot read “{text}” as a time. Write a time like 09:00, 9am or 14:30."
    )


def test_no_time_is_refused_with_an_example() -> None:
    with pytest.raises(BotError, match=r"^No time was given\. Write a time like 09:00"):
        parse_time("  ")


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_a_time_written_by_a_computer_is_read_back(at: time) -> None:
    assert parse_time(f"{at:%H:%M}") == at
    assert parse_time(f"{at:%I:%M %p}") == at


@given(st.text())
def test_any_text_is_a_time_or_a_refusal(text: str) -> None:
    try:
        parsed = parse_time(text)
    except BotError:
        return

    assert parsed.tzinfo is None


# Working hours.


def test_hours_are_nine_to_six_on_weekdays_unless_said_otherwise() -> None:
    assert (DAYS.start, DAYS.end) == (time(9), time(18))
    assert DAYS.days == {MO, TU, WE, TH, FR}


def test_hours_without_any_day_are_refused_with_an_example() -> None:
    with pytest.raises(BotError, match="At least one working day is needed"):
        WorkingHours("Asia/Manila", days=frozenset())


def test_a_working_day_lies_on_its_own_date() -> None:
    assert shift(DAYS, FRIDAY) == Shift(manila("2026-11-20 09:00"), manila("2026-11-20 18:00"))
    assert end_of_working_day(DAYS, FRIDAY) == manila("2026-11-20 18:00")


def test_a_night_ends_on_the_next_calendar_day() -> None:
    assert shift(NIGHTS, FRIDAY) == Shift(manila("2026-11-20 21:00"), manila("2026-11-21 06:00"))
    assert end_of_working_day(NIGHTS, FRIDAY) == manila("2026-11-21 06:00")


def test_hours_that_end_when_they_start_last_all_day() -> None:
    always = WorkingHours("Asia/Manila", time(9), time(9), EVERY_DAY)

    assert shift(always, FRIDAY) == Shift(manila("2026-11-20 09:00"), manila("2026-11-21 09:00"))
    assert is_working(always, manila("2026-11-22 03:00"))
    assert next_start(always, after=manila("2026-11-22 03:00")) == manila("2026-11-22 09:00")


@pytest.mark.parametrize(
    ("hours", "now", "working"),
    [
        (DAYS, "2026-11-20 08:59", False),
        (DAYS, "2026-11-20 09:00", True),
        (DAYS, "2026-11-20 17:59", True),
        (DAYS, "2026-11-20 18:00", False),
        (DAYS, "2026-11-21 12:00", False),
        (NIGHTS, "2026-11-20 20:59", False),
        (NIGHTS, "2026-11-20 21:00", True),
        (NIGHTS, "2026-11-21 05:59", True),
        (NIGHTS, "2026-11-21 06:00", False),
        (NIGHTS, "2026-11-21 21:00", False),
        (NIGHTS, "2026-11-23 03:00", False),
    ],
)
def test_hours_begin_with_their_start_and_are_over_at_their_end(
    hours: WorkingHours, now: str, *, working: bool
) -> None:
    assert is_working(hours, manila(now)) is working


@pytest.mark.parametrize(
    ("now", "today"),
    [
        ("2026-11-20 20:00", FRIDAY),
        ("2026-11-20 23:59", FRIDAY),
        ("2026-11-21 00:00", FRIDAY),
        ("2026-11-21 05:59", FRIDAY),
        ("2026-11-21 06:00", SATURDAY),
        ("2026-11-21 22:00", SATURDAY),
        ("2026-11-22 03:00", SUNDAY),
        ("2026-11-23 03:00", MONDAY),
        ("2026-11-23 22:00", MONDAY),
    ],
)
def test_today_is_the_date_on_which_the_night_began_else_the_date_on_the_wall(
    now: str, today: date
) -> None:
    assert working_date(NIGHTS, manila(now)) == today


def test_today_of_a_day_worker_is_the_date_on_the_wall() -> None:
    for clock in ("00:00", "08:00", "12:00", "23:59"):
        assert working_date(DAYS, manila(f"2026-11-20 {clock}")) == FRIDAY


def test_the_night_of_a_day_off_does_not_reach_into_the_next_date() -> None:
    now = manila("2026-11-21 03:00")

    assert working_date(NIGHTS, now, off=[FRIDAY]) == SATURDAY
    assert not is_working(NIGHTS, now, off=[FRIDAY])


def test_a_holiday_does_not_cut_the_night_that_began_before_it() -> None:
    now = manila("2026-11-20 03:00")

    assert working_date(NIGHTS, now, off=[FRIDAY]) == date(2026, 11, 19)
    assert is_working(NIGHTS, now, off=[FRIDAY])


@pytest.mark.parametrize(
    ("hours", "after", "start"),
    [
        (DAYS, "2026-11-20 08:59", "2026-11-20 09:00"),
        (DAYS, "2026-11-20 09:00", "2026-11-23 09:00"),
        (DAYS, "2026-11-21 12:00", "2026-11-23 09:00"),
        (NIGHTS, "2026-11-20 03:00", "2026-11-20 21:00"),
        (NIGHTS, "2026-11-21 03:00", "2026-11-23 21:00"),
    ],
)
def test_the_next_start_is_strictly_later(hours: WorkingHours, after: str, start: str) -> None:
    assert next_start(hours, after=manila(after)) == manila(start)


def test_the_next_start_passes_over_days_off() -> None:
    off = {MONDAY, MONDAY + DAY}

    found = next_start(DAYS, after=manila("2026-11-20 12:00"), off=off)

    assert found == manila("2026-11-25 09:00")


def test_the_next_working_date_passes_over_weekends_and_days_off() -> None:
    assert next_working_date(DAYS, after=FRIDAY - DAY) == FRIDAY
    assert next_working_date(DAYS, after=FRIDAY) == MONDAY
    assert next_working_date(DAYS, after=FRIDAY, off=[MONDAY]) == MONDAY + DAY


def test_somebody_may_hear_at_once_inside_their_hours() -> None:
    now = manila("2026-11-20 12:34")

    assert when_may_hear(DAYS, now) == now


@pytest.mark.parametrize(
    ("hours", "now", "heard"),
    [
        (DAYS, "2026-11-20 03:00", "2026-11-20 09:00"),
        (DAYS, "2026-11-20 18:00", "2026-11-23 09:00"),
        (NIGHTS, "2026-11-20 12:00", "2026-11-20 21:00"),
    ],
)
def test_outside_their_hours_somebody_hears_when_they_start(
    hours: WorkingHours, now: str, heard: str
) -> None:
    assert when_may_hear(hours, manila(now)) == manila(heard)


def test_on_a_day_off_somebody_hears_on_the_next_working_day() -> None:
    now = manila("2026-11-20 12:00")

    assert when_may_hear(DAYS, now, off=[FRIDAY]) == manila("2026-11-23 09:00")


def test_the_weekend_is_that_of_the_person() -> None:
    sunday_to_thursday = WorkingHours("Asia/Riyadh", days=parse_weekdays("sun-thu"))
    friday_noon = datetime(2026, 11, 20, 9, tzinfo=UTC)

    assert when_may_hear(sunday_to_thursday, friday_noon) == datetime(2026, 11, 22, 6, tzinfo=UTC)


# Clock changes.


@pytest.mark.parametrize(
    ("local_date", "length"),
    [(date(2026, 3, 7), 8), (date(2026, 10, 31), 10), (date(2026, 3, 8), 9)],
)
def test_a_night_over_a_clock_change_is_an_hour_shorter_or_longer(
    local_date: date, length: int
) -> None:
    nights = WorkingHours("America/New_York", time(21), time(6), EVERY_DAY)

    found = shift(nights, local_date)

    assert found.end - found.start == timedelta(hours=length)
    assert is_working(nights, found.end - MICROSECOND)
    assert working_date(nights, found.end - MICROSECOND) == local_date
    assert not is_working(nights, found.end)


def test_hours_that_start_in_a_skipped_hour_start_when_it_would_have_been() -> None:
    early = WorkingHours("America/New_York", time(2, 30), time(10), EVERY_DAY)

    assert shift(early, date(2026, 3, 8)).start == new_york("2026-03-08 03:30")


def test_hours_that_a_clock_change_skips_whole_are_empty_and_start_nothing() -> None:
    early = WorkingHours("America/New_York", time(2, 15), time(3), EVERY_DAY)
    skipped = shift(early, date(2026, 3, 8))

    assert skipped.start == skipped.end
    assert not is_working(early, skipped.start)
    assert next_start(early, after=new_york("2026-03-08 00:00")) == new_york("2026-03-09 02:15")


def test_hours_that_end_in_a_repeated_hour_end_in_its_first_pass() -> None:
    late = WorkingHours("America/New_York", time(17), time(1, 30), EVERY_DAY)

    assert end_of_working_day(late, date(2026, 10, 31)) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_start_that_a_clock_change_carries_over_midnight_belongs_to_its_own_date() -> None:
    nights = WorkingHours("America/Nuuk", time(23, 30), time(7), EVERY_DAY)
    started = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    assert next_start(nights, after=started - timedelta(minutes=20)) == started
    assert working_date(nights, started) == date(2026, 3, 28)


def test_an_end_that_a_clock_change_carries_over_midnight_still_belongs_to_its_date() -> None:
    fridays = WorkingHours("America/Nuuk", time(23, 30), time(23, 30), frozenset({FR}))
    just_before_its_end = datetime(2026, 3, 29, 1, 29, tzinfo=UTC)

    assert end_of_working_day(fridays, date(2026, 3, 27)) == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )
    assert working_date(fridays, just_before_its_end) == date(2026, 3, 27)


def test_a_day_that_has_begun_goes_on_when_its_midnight_is_taken_back() -> None:
    sundays = WorkingHours("America/St_Johns", time(0), time(8), frozenset({SU}))
    eve_again = datetime(2010, 11, 7, 3, 0, tzinfo=UTC)

    assert to_local(zone(sundays.zone), eve_again).date() == date(2010, 11, 6)
    assert working_date(sundays, eve_again) == date(2010, 11, 7)


def test_a_date_that_the_zone_went_without_is_no_working_day() -> None:
    apia = WorkingHours("Pacific/Apia", days=EVERY_DAY)

    assert next_working_date(apia, after=date(2011, 12, 29)) == date(2011, 12, 31)
    assert working_date(apia, shift(apia, date(2011, 12, 31)).start) == date(2011, 12, 31)


# What holds for all hours at all times.

hours_of_anybody = st.builds(
    WorkingHours,
    zone=st.sampled_from(["America/Nuuk", "America/St_Johns", *pytz.common_timezones]),
    start=st.times(),
    end=st.times(),
    days=st.frozensets(st.sampled_from(Weekday), min_size=1),
)
instants = st.datetimes(
    datetime(2005, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2045, 1, 1),  # noqa: DTZ001 - likewise
    timezones=st.just(UTC),
)
days_off = st.frozensets(st.integers(-5, 5), max_size=6)


def around(now: datetime, days: frozenset[int]) -> set[date]:
    return {now.date() + DAY * number for number in days}


@given(hours_of_anybody, instants, days_off)
def test_everybody_hears_at_once_or_at_a_start_and_then_inside_their_hours(
    hours: WorkingHours, now: datetime, days: frozenset[int]
) -> None:
    off = around(now, days)

    heard = when_may_hear(hours, now, off=off)

    assert is_working(hours, heard, off=off)
    assert heard == (
        now if is_working(hours, now, off=off) else next_start(hours, after=now, off=off)
    )


@given(hours_of_anybody, instants, days_off)
def test_nobody_starts_between_now_and_the_next_start(
    hours: WorkingHours, now: datetime, days: frozenset[int]
) -> None:
    off = around(now, days)

    start = next_start(hours, after=now, off=off)

    assert start > now
    assert next_start(hours, after=start - MICROSECOND, off=off) == start
    if not is_working(hours, now, off=off):
        assert not is_working(hours, start - MICROSECOND, off=off)


@given(hours_of_anybody, instants, days_off)
def test_today_is_a_worked_date_during_work_and_the_date_on_the_wall_otherwise(
    hours: WorkingHours, now: datetime, days: frozenset[int]
) -> None:
    off = around(now, days)

    today = working_date(hours, now, off=off)

    if is_working(hours, now, off=off):
        assert now in shift(hours, today)
        assert Weekday(today.weekday()) in hours.days
        assert today not in off
    else:
        assert today == to_local(zone(hours.zone), now).date()


@given(hours_of_anybody, instants)
def test_a_working_day_is_over_a_day_after_it_started_at_the_latest(
    hours: WorkingHours, now: datetime
) -> None:
    found = shift(hours, now.date())

    # The longest clock change of these years, Apia's apart, is three hours at a polar station.
    assert timedelta() <= found.end - found.start <= DAY + timedelta(hours=3)
