"""Occurrences of a repeating task, whatever the zone, the hours, the days off and the rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Weekday, WorkingHours, is_working, next_working_date
from bot.domain.person import UserId
from bot.domain.repeat import Frequency, Moving, Rule, anchored, rule_from
from bot.domain.series import (
    FARTHEST_MOVE,
    Series,
    SeriesId,
    appears_at,
    comings,
    due_on,
)
from bot.domain.zones import to_local, zone

DAY = timedelta(days=1)
# Half an hour, midnight, a southern summer, a date line, and none at all.
ZONES = (
    "America/New_York",
    "Asia/Manila",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Pacific/Apia",
    "America/Santiago",
    "Asia/Kathmandu",
)

zones = st.sampled_from(ZONES)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from((0, 30)))
dates = st.dates(date(2010, 1, 1), date(2036, 1, 1))
days = st.frozensets(st.sampled_from(Weekday), min_size=1)
rules = st.one_of(
    st.builds(Rule, st.just(Frequency.DAILY), interval=st.integers(1, 9)),
    st.builds(Rule, st.just(Frequency.WEEKLY), interval=st.integers(1, 4), days=days),
    st.builds(
        Rule,
        st.just(Frequency.MONTHLY),
        interval=st.integers(1, 12),
        month_day=st.one_of(st.just(-1), st.integers(1, 31)),
    ),
    st.builds(
        Rule,
        st.just(Frequency.MONTHLY),
        interval=st.integers(1, 3),
        days=days,
        place=st.sampled_from((-1, 1, 2, 3, 4)),
    ),
)
hours = st.builds(WorkingHours, zones, start=clocks, end=clocks, days=days)


@st.composite
def all_series(draw: st.DrawFn) -> Series:
    first = draw(dates)
    made = Series(
        id=SeriesId(1),
        rule=anchored(draw(rules), first),
        start=first,
        local_time=draw(clocks),
        days_after=draw(st.integers(0, 1)),
        zone=draw(zones),
        title="Report",
        more="",
        takes=None,
        assignees=(UserId("UANA"),),
        delegator=UserId("UMAYA"),
        channel=None,
        latest=first,
        latest_due=datetime(2000, 1, 1, tzinfo=UTC),
        moving=draw(st.sampled_from(Moving)),
    )
    return Series(**{**vars(made), "latest_due": due_on(made, first).at})


@given(all_series(), hours)
@settings(max_examples=60)
def test_occurrences_only_go_on_and_keep_their_wall_clock(
    made: Series, theirs: WorkingHours
) -> None:
    found = list(islice(comings(made, theirs), 6))

    for before, after in pairwise(found):
        assert before.date < after.date
        assert before.due.at < after.due.at
    for coming in found:
        local = to_local(zone(made.zone), coming.due.at)
        assert coming.due.local == local
        # Only a time that the clocks skip is not the one that was said.
        assert local.time() == made.local_time or local == _skipped(made, local)


def _skipped(made: Series, local: datetime) -> datetime:
    there = zone(made.zone)
    before = to_local(there, to_utc_before(made, local))
    assert (local - before) > timedelta(hours=24)
    return local


def to_utc_before(made: Series, local: datetime) -> datetime:
    return due_on(made, local.date() - (1 + made.days_after) * DAY).at


@given(all_series(), hours)
@settings(max_examples=60)
def test_none_is_due_on_a_day_off_that_could_be_moved(made: Series, theirs: WorkingHours) -> None:
    for coming in islice(comings(made, theirs), 4):
        label = coming.due.local.date() - made.days_after * DAY
        if made.moving is Moving.LEAVE:
            assert coming.due == due_on(made, coming.date)
            continue
        is_worked = next_working_date(theirs, after=label - DAY) == label
        in_shift = is_working(theirs, coming.due.at - timedelta(microseconds=1))
        # A time that is skipped at midnight is on the next date.
        assert is_worked or in_shift or coming.due.local.time() != made.local_time
        assert abs((label - coming.date).days) <= FARTHEST_MOVE


@given(all_series(), hours)
@settings(max_examples=60)
def test_each_appears_after_the_one_before_and_before_it_is_due(
    made: Series, theirs: WorkingHours
) -> None:
    before = made.latest_due
    for coming in islice(comings(made, theirs), 4):
        at = appears_at(before, coming.due, theirs)

        assert before <= at < coming.due.at
        before = coming.due.at


@given(all_series())
def test_a_rule_is_read_as_it_was_written(made: Series) -> None:
    again = Series(**{**vars(made), "rule": rule_from(made.rule.text)})

    assert list(islice(comings(again, None), 5)) == list(islice(comings(made, None), 5))


@given(all_series(), hours, st.integers(1, 4))
@settings(max_examples=60)
def test_where_it_is_stopped_and_looked_at_again_makes_no_difference(
    made: Series, theirs: WorkingHours, count: int
) -> None:
    found = list(islice(comings(made, theirs), count + 2))
    if len(found) <= count:
        return
    latest = found[count - 1]
    later = {**vars(made), "latest": latest.date, "latest_due": latest.due.at}

    assert next(comings(Series(**later), theirs)) == found[count]
