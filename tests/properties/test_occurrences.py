"""One huddle per local date, whatever the clocks do: every zone, every clock change to 2040."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import EVERY_DAY, Weekday
from bot.domain.schedule import (
    Occurrence,
    Schedule,
    next_occurrence,
    occurrence_on,
    occurrences,
)
from bot.domain.zones import exists, to_local, to_utc, zone

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
HALF_HOURS = [time(hour, minute) for hour in range(24) for minute in (0, 30)]
EVERY_DATE = [datetime(2020, 1, 1, tzinfo=UTC) + DAY * days for days in range(366 * 21)]
PYTZ_ENDS = datetime(2037, 12, 1, tzinfo=UTC)
SHARES = 4


@cache
def standard_zone(name: str) -> ZoneInfo:
    """Return the standard library's zone on pytz's data, loaded without the code under test."""
    with pytz.open_resource(name) as file:  # type: ignore[attr-defined] # missing in types-pytz
        return ZoneInfo.from_file(file)


@cache
def rules(name: str) -> tuple[tuple[datetime, timedelta], ...]:
    """Return the offset of a zone at the start of 2020, then each change of it until 2040."""
    there = standard_zone(name)
    found = [(EVERY_DATE[0], EVERY_DATE[0].astimezone(there).utcoffset() or timedelta())]
    for instant in EVERY_DATE[1:]:
        after = instant.astimezone(there).utcoffset() or timedelta()
        if after == found[-1][1]:
            continue
        earlier, later = instant - DAY, instant
        while later - earlier > SECOND:
            middle = (earlier + (later - earlier) / 2).replace(microsecond=0)
            changed = middle.astimezone(there).utcoffset() == after
            earlier, later = (earlier, middle) if changed else (middle, later)
        found.append((later, after))
    return tuple(found)


def changes(name: str) -> list[datetime]:
    return [instant for instant, _ in rules(name)[1:]]


def share(number: int) -> list[str]:
    """Return one zone for every different set of rules, of the share of them with this number.

    Two zones with the same offsets through all these years cannot differ in a huddle.
    """
    by_rules = {rules(name): name for name in reversed(pytz.common_timezones)}
    return sorted(by_rules.values())[number::SHARES]


def fold_zero(name: str, local_date: date, local_time: time) -> datetime:
    """Return the instant that PEP 495 gives to a wall clock reading with fold=0."""
    there = standard_zone(name)
    return datetime.combine(local_date, local_time, tzinfo=there).astimezone(UTC)


def days_around_changes(name: str) -> Iterator[date]:
    """Yield the local dates of every clock change, and one ordinary date."""
    yield date(2030, 1, 16)
    for change in changes(name):
        yield change.astimezone(standard_zone(name)).date()


@pytest.mark.parametrize("number", range(SHARES))
def test_every_date_has_one_huddle_at_its_fold_zero_instant(number: int) -> None:
    for name in share(number):
        for changed in days_around_changes(name):
            dates = [changed + DAY * days for days in (-2, -1, 0, 1)]
            for half_hour in HALF_HOURS:
                schedule = Schedule(name, half_hour, EVERY_DAY)
                expected = [Occurrence(day, fold_zero(name, day, half_hour)) for day in dates]

                found = list(
                    occurrences(schedule, after=expected[0].at, until=expected[-1].at),
                )

                assert found == expected[1:]


@pytest.mark.parametrize("number", range(SHARES))
def test_the_next_huddle_is_found_from_the_one_before_it(number: int) -> None:
    for name in share(number):
        for changed in days_around_changes(name):
            for half_hour in HALF_HOURS:
                schedule = Schedule(name, half_hour, EVERY_DAY)
                before = fold_zero(name, changed - DAY, half_hour)
                at = fold_zero(name, changed, half_hour)

                assert next_occurrence(schedule, after=before) == Occurrence(changed, at)


@pytest.mark.parametrize("number", range(SHARES))
def test_pytz_reads_its_data_in_the_same_way_as_long_as_it_can(number: int) -> None:
    for name in share(number):
        there = pytz.timezone(name)
        for change in changes(name):
            if change > PYTZ_ENDS:
                continue
            reading = change.astimezone(there).replace(tzinfo=None)
            for half_hours in range(-8, 8):
                local = reading + timedelta(minutes=30) * half_hours
                passes = sorted(
                    there.localize(local, is_dst=dst).astimezone(UTC) for dst in (True, False)
                )
                skipped = passes[0].astimezone(there).replace(tzinfo=None) != local

                assert to_utc(zone(name), local) == passes[-1 if skipped else 0]


@pytest.mark.parametrize("name", pytz.common_timezones)
def test_every_zone_keeps_the_rules_of_its_name(name: str) -> None:
    there = zone(name)

    assert there.key == name
    for change, offset in rules(name):
        assert to_local(there, change) == change.replace(tzinfo=None) + offset
    for (_, offset), (change, _) in pairwise(rules(name)):
        just_before = change - SECOND
        assert to_local(there, just_before) == just_before.replace(tzinfo=None) + offset


def test_the_checks_reach_past_2037_where_the_classes_of_pytz_stop() -> None:
    assert len(changes("America/New_York")) == 42
    assert changes("America/New_York")[-1].year == 2040


instants = st.one_of(
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds the zone
    # Here Apia and Fakaofo went without a date.
    st.datetimes(datetime(2011, 12, 28), datetime(2012, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001 - likewise
)
zone_names = st.one_of(
    st.sampled_from(pytz.common_timezones),
    st.sampled_from(["Pacific/Apia", "America/Nuuk", "America/St_Johns", "Africa/Cairo"]),
)
schedules = st.builds(
    Schedule,
    zone=zone_names,
    local_time=st.times(),
    weekdays=st.frozensets(st.sampled_from(Weekday), min_size=1),
)
spans = st.timedeltas(timedelta(), timedelta(days=40))


@given(schedules, instants, spans, spans)
def test_splitting_an_interval_neither_loses_nor_doubles_a_huddle(
    schedule: Schedule, start: datetime, first_part: timedelta, second_part: timedelta
) -> None:
    middle = start + first_part
    end = middle + second_part

    whole = list(occurrences(schedule, after=start, until=end))

    assert whole == [
        *occurrences(schedule, after=start, until=middle),
        *occurrences(schedule, after=middle, until=end),
    ]


@given(schedules, instants, spans)
def test_splitting_at_a_huddle_itself_neither_loses_nor_doubles_it(
    schedule: Schedule, start: datetime, span: timedelta
) -> None:
    whole = list(occurrences(schedule, after=start, until=start + span))

    for number, occurrence in enumerate(whole):
        before = list(occurrences(schedule, after=start, until=occurrence.at))
        rest = list(occurrences(schedule, after=occurrence.at, until=start + span))
        assert (before, rest) == (whole[: number + 1], whole[number + 1 :])


@given(schedules, instants, spans)
def test_huddles_come_in_order_and_each_date_once(
    schedule: Schedule, start: datetime, span: timedelta
) -> None:
    found = list(occurrences(schedule, after=start, until=start + span))

    assert all(one.at < other.at for one, other in pairwise(found))
    assert all(one.local_date < other.local_date for one, other in pairwise(found))
    assert all(start < one.at <= start + span for one in found)


@given(schedules, instants)
def test_every_existing_weekday_of_the_schedule_is_found(
    schedule: Schedule, start: datetime
) -> None:
    dates = [start.date() + DAY * days for days in range(3, 12)]
    wanted = [
        day
        for day in dates
        if Weekday(day.weekday()) in schedule.weekdays and exists(zone(schedule.zone), day)
    ]

    found = occurrences(schedule, after=start, until=start + DAY * 15)

    assert [one.local_date for one in found if one.local_date in dates] == wanted


@given(schedules, instants)
def test_the_next_huddle_is_the_first_of_those_that_come(schedule: Schedule, now: datetime) -> None:
    coming = occurrences(schedule, after=now, until=now + DAY * 20)

    assert next_occurrence(schedule, after=now) == next(coming)


@given(schedules, instants)
def test_what_is_found_is_what_its_date_holds(schedule: Schedule, now: datetime) -> None:
    found = next_occurrence(schedule, after=now)

    assert found is not None
    assert occurrence_on(schedule, found.local_date) == found


@given(zone_names, instants)
def test_an_instant_survives_the_way_to_local_time_and_back_except_in_a_second_pass(
    name: str, instant: datetime
) -> None:
    there = zone(name)

    back = to_utc(there, to_local(there, instant))

    second_pass = instant.astimezone(there).fold == 1
    assert (back < instant) if second_pass else (back == instant)
    assert to_local(there, back) == to_local(there, instant)


@given(zone_names, instants)
def test_the_date_of_every_instant_exists(name: str, instant: datetime) -> None:
    there = zone(name)

    assert exists(there, to_local(there, instant).date())
