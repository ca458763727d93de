"""What is foreseen of a team's huddles is what its clocks and everybody else's will say."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.absence import Absence
from bot.domain.calendar import Weekday
from bot.domain.huddle import away_on
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId
from bot.domain.preview import MOST_DAYS, Fate, clock_changes, preview
from bot.domain.schedule import Occurrence, Schedule, occurrences
from bot.domain.team import Role, Team, TeamId
from bot.domain.zones import to_local, zone
from tests.properties.test_occurrences import changes, share, standard_zone

START, END = datetime(2020, 1, 2, tzinfo=UTC), datetime(2039, 12, 31, tzinfo=UTC)
SECOND = timedelta(seconds=1)

zones = st.one_of(
    st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Cairo"]),
    st.sampled_from(pytz.common_timezones),
)
instants = st.one_of(
    st.datetimes(datetime(2021, 1, 1), datetime(2038, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds the zone
    # The weeks in which one clock after the other is changed.
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 20), timezones=st.just(UTC)),  # noqa: DTZ001 - likewise
)
schedules = st.builds(
    Schedule,
    zone=zones,
    local_time=st.times().map(lambda at: at.replace(microsecond=0)),
    weekdays=st.frozensets(st.sampled_from(Weekday), min_size=1),
)
days_ahead = st.integers(1, MOST_DAYS)


def team_of(schedule: Schedule, names: list[str]) -> tuple[Team, dict[UserId, Person]]:
    people = {
        UserId(f"U{number}"): Person(UserId(f"U{number}"), f"P{number}", zone=name, keeps="none")
        for number, name in enumerate(names)
    }
    roles = tuple((user, Role.LEAD) for user in people)
    return Team(TeamId(1), "T", ChannelId("C1"), schedule, roles, START), people


def reading(name: str, instant: datetime) -> datetime:
    """Return what a clock says, by the standard library alone."""
    return instant.astimezone(standard_zone(name)).replace(tzinfo=None, fold=0)


@pytest.mark.parametrize("number", range(4))
def test_clock_changes_are_found_to_the_second_where_the_zones_have_them(number: int) -> None:
    for name in share(number)[::4]:
        expected = [each for each in changes(name) if START < each <= END]

        assert list(clock_changes(name, after=START, until=END)) == expected
        for each in expected[:2]:
            assert list(clock_changes(name, after=each - SECOND, until=each)) == [each]
            assert list(clock_changes(name, after=each, until=each + SECOND)) == []


@given(schedules, st.lists(zones, min_size=1, max_size=6), instants, days_ahead)
def test_every_occurrence_is_there_once_with_what_each_members_clock_says(
    schedule: Schedule, names: list[str], now: datetime, days: int
) -> None:
    team, people = team_of(schedule, names)

    found = preview(team, people, pending=None, held=(), days=days, now=now)

    last = to_local(zone(schedule.zone), now).date() + timedelta(days=days - 1)
    coming = occurrences(schedule, after=now, until=now + timedelta(days=days + 2))
    assert [(each.date, each.at) for each in found.prompts] == [
        (each.local_date, each.at) for each in coming if each.local_date <= last
    ]
    assert sorted((*found.home, *(user for clock in found.others for user in clock.people))) == (
        sorted(people)
    )
    for prompt in found.prompts:
        assert prompt.local == reading(schedule.zone, prompt.at)
        for user in found.home:
            assert reading(people[user].zone, prompt.at) == prompt.local
        for clock, shown in zip(found.others, prompt.readings, strict=True):
            for user in clock.people:
                assert reading(people[user].zone, prompt.at) == shown.local


@given(schedules, st.lists(zones, min_size=1, max_size=3), instants, days_ahead)
def test_a_mark_stands_exactly_where_two_clocks_are_further_apart_than_before(
    schedule: Schedule, names: list[str], now: datetime, days: int
) -> None:
    team, people = team_of(schedule, names)

    found = preview(team, people, pending=None, held=(), days=days, now=now)

    for number, clock in enumerate(found.others):
        pair = (schedule.zone, clock.zones[0])
        before = now
        for prompt in found.prompts:
            was, now_is = (
                reading(pair[1], at) - reading(pair[0], at) for at in (before, prompt.at)
            )
            shift = [
                each for each in found.shifts if each.clock == number and each.prompt == prompt
            ]
            assert prompt.readings[number].moved == now_is - was
            assert bool(shift) == (now_is != was)
            for each in shift:
                assert each.now - each.before == now_is - was
                # On that date, one of the two clocks is changed.
                dates = {
                    reading(name, change).date()
                    for name in pair
                    for change in changes(name)
                    if before < change <= prompt.at
                }
                assert each.since in dates
            before = prompt.at


@given(
    schedules,
    st.lists(st.tuples(zones, st.times(), st.times(), st.integers(0, 9), st.integers(0, 9))),
    instants,
)
def test_who_is_foreseen_to_be_off_is_who_is_away_when_the_huddle_opens(
    schedule: Schedule, members: list[tuple[str, time, time, int, int]], now: datetime
) -> None:
    team, people = team_of(schedule, [name for name, *_ in members])
    for user, (_, start, end, first, length) in zip(people, members, strict=True):
        gone = now.date() + timedelta(days=first)
        absence = Absence(gone, gone + timedelta(days=length))
        keeps = ("none", "PH", "own")[first % 3]
        people[user] = replace(people[user], start=start, end=end, keeps=keeps, absences=(absence,))

    found = preview(team, people, pending=None, held=(), days=14, now=now)

    for prompt in found.prompts:
        away = away_on(team, people, Occurrence(prompt.date, prompt.at))
        assert {*prompt.away, *prompt.on_holiday} == set(away)
        assert (prompt.fate is Fate.NOBODY) == (len(away) == len(team.members))


@given(schedules, instants, days_ahead, st.integers(0, 30))
def test_paused_dates_are_listed_and_held_ones_are_not(
    schedule: Schedule, now: datetime, days: int, pause: int
) -> None:
    team, people = team_of(schedule, ["Asia/Manila"])
    today = to_local(zone(schedule.zone), now).date()
    until = today + timedelta(days=pause)
    paused = Team(
        TeamId(1),
        "T",
        ChannelId("C1"),
        schedule,
        team.roles,
        START,
        paused=True,
        paused_until=until,
    )

    found = preview(paused, people, pending=None, held={today}, days=days, now=now)

    assert all(each.date != today for each in found.prompts)
    assert all((each.fate is Fate.PAUSED) == (each.date < until) for each in found.prompts)


def test_the_shares_hold_zones_that_change_their_clocks() -> None:
    assert sum(bool(changes(name)) for number in range(4) for name in share(number)[::4]) > 10
