"""Due times inside somebody's hours: picks, and the nearest on both sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.absence import Absence
from bot.domain.calendar import EVERY_DAY, WORKING_WEEK, Weekday, WorkingHours
from bot.domain.fitting import (
    due_local,
    ends_on,
    is_inside,
    misfit,
    nearest,
    picks,
    read,
    written,
)
from bot.domain.person import Person, UserId
from bot.domain.zones import to_local, zone

if TYPE_CHECKING:
    from bot.domain.task import Due

MANILA = WorkingHours("Asia/Manila")
NEW_YORK = WorkingHours("America/New_York")
NIGHTS = WorkingHours("Asia/Manila", start=time(21), end=time(6))
# Monday 17:00 in Manila, 04:00 in New York.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

ZONES = (
    "America/New_York",
    "Asia/Manila",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "Europe/London",
    "Africa/Casablanca",
)


def on(day: int, clock: str, *, zone_name: str = "Asia/Manila") -> datetime:
    """Return an instant of November 2026."""
    local = datetime.combine(date(2026, 11, day), time.fromisoformat(clock))
    return due_local(local, zone_name).at


def shown(due: Due | None) -> str:
    return "" if due is None else due.words


@pytest.mark.parametrize(
    ("hours", "at", "earlier", "later"),
    [
        (MANILA, on(28, "06:00"), "Fri 27 Nov, 18:00 Manila", "Mon 30 Nov, 09:00 Manila"),
        (MANILA, on(24, "06:00"), "", "Tue 24 Nov, 09:00 Manila"),
        (MANILA, on(25, "20:00"), "Wed 25 Nov, 18:00 Manila", "Thu 26 Nov, 09:00 Manila"),
        (NIGHTS, on(28, "12:00"), "Sat 28 Nov, 06:00 Manila", "Mon 30 Nov, 21:00 Manila"),
        (NIGHTS, on(25, "20:59"), "Wed 25 Nov, 06:00 Manila", "Wed 25 Nov, 21:00 Manila"),
    ],
)
def test_what_is_outside_the_hours_has_a_time_inside_on_both_sides(
    hours: WorkingHours, at: datetime, earlier: str, later: str
) -> None:
    now = on(24, "00:00") if earlier == "" else NOW
    found = nearest(hours, at, now=now)

    assert found is not None
    assert (shown(found.earlier), shown(found.later)) == (earlier, later)


@pytest.mark.parametrize("clock", ["09:00", "12:00", "18:00"])
def test_the_end_of_a_working_day_is_inside_it(clock: str) -> None:
    assert nearest(MANILA, on(27, clock), now=NOW) is None


def test_a_night_shift_of_friday_reaches_into_saturday() -> None:
    assert is_inside(NIGHTS, on(28, "06:00"))
    assert not is_inside(NIGHTS, on(28, "22:00"))


def test_days_off_are_outside() -> None:
    off = {date(2026, 11, 27), date(2026, 11, 30)}
    found = nearest(MANILA, on(27, "12:00"), off=off, now=NOW)

    assert found is not None
    assert shown(found.earlier) == "Thu 26 Nov, 18:00 Manila"
    assert shown(found.later) == "Tue 1 Dec, 09:00 Manila"


def test_somebody_who_is_away_is_asked_for_nothing_then() -> None:
    away = Absence(first=date(2026, 11, 26), last=date(2026, 11, 27))
    ana = Person(id=UserId("UANA"), name="Ana", zone="Asia/Manila", absences=(away,))
    ben = replace(ana, id=UserId("UBEN"), name="Ben", absences=())
    due = ends_on(MANILA, date(2026, 11, 27))
    found = misfit(due, (ben, ana), now=NOW)

    assert found is not None
    assert found.person == ana
    assert shown(found.nearest.earlier) == "Wed 25 Nov, 18:00 Manila"
    assert misfit(due, (ben,), now=NOW) is None


@pytest.mark.parametrize(
    "pick", ["soon", "2026-13-01", "2026-11-27T18:00 Nowhere", "2026-11-27T99:00 Asia/Manila", ""]
)
def test_what_no_button_says_is_no_pick(pick: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read(pick, MANILA)


@pytest.mark.parametrize("pick", ["2026-11-27", "2026-11-27T18:00 Asia/Manila"])
def test_a_pick_is_read_as_it_is_written(pick: str) -> None:
    due = read(pick, MANILA)

    assert due == ends_on(MANILA, date(2026, 11, 27))
    assert read(written(due), NIGHTS) == due


def test_the_nearer_of_both_is_the_first() -> None:
    at = on(28, "06:00")
    found = nearest(MANILA, at, now=NOW)

    assert found is not None
    assert shown(found.first(at)) == "Fri 27 Nov, 18:00 Manila"


def test_somebody_who_is_never_there_has_no_time_to_offer() -> None:
    off = {date(2026, 11, 23) + timedelta(days=days) for days in range(-500, 900)}
    found = nearest(MANILA, on(27, "12:00"), off=off, now=NOW)

    assert found is not None
    assert found.dues == ()
    assert found.first(NOW) is None


@pytest.mark.parametrize(
    ("today", "off", "first", "second"),
    [
        (23, (), "Tue 24 Nov, 18:00 Manila", "Fri 27 Nov, 18:00 Manila"),
        (26, (), "Fri 27 Nov, 18:00 Manila", "Fri 4 Dec, 18:00 Manila"),
        (27, (), "Mon 30 Nov, 18:00 Manila", "Fri 4 Dec, 18:00 Manila"),
        (23, (27,), "Tue 24 Nov, 18:00 Manila", "Thu 26 Nov, 18:00 Manila"),
        (23, (24, 27), "Wed 25 Nov, 18:00 Manila", "Thu 26 Nov, 18:00 Manila"),
        (25, (27,), "Thu 26 Nov, 18:00 Manila", "Mon 30 Nov, 18:00 Manila"),
    ],
)
def test_picks_are_the_next_working_day_and_the_last_of_the_week(
    today: int, off: tuple[int, ...], first: str, second: str
) -> None:
    away = {date(2026, 11, day) for day in off}
    found = picks(MANILA, mine=MANILA, off=away, now=on(today, "10:00"))

    assert [pick.due.words for pick in found] == [first, second]


def test_tomorrow_is_mine_and_its_end_is_theirs() -> None:
    tomorrow, _ = picks(MANILA, mine=NEW_YORK, now=NOW)

    assert tomorrow.is_tomorrow
    assert tomorrow.due.words == "Tue 24 Nov, 18:00 Manila"


def test_a_tomorrow_that_is_over_there_is_the_day_after() -> None:
    # Monday 23:30 in Honolulu is Tuesday 23:30 two dates on, in Kiritimati.
    mine = WorkingHours("Pacific/Honolulu", days=EVERY_DAY)
    theirs = WorkingHours("Pacific/Kiritimati", days=EVERY_DAY)
    now = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    tomorrow, _ = picks(theirs, mine=mine, now=now)

    assert tomorrow.due.at > now


def test_a_day_alone_is_its_end() -> None:
    assert ends_on(NIGHTS, date(2026, 11, 27)).words == "Sat 28 Nov, 06:00 Manila"


_HOURS = st.builds(
    WorkingHours,
    zone=st.sampled_from(ZONES),
    start=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    end=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    days=st.sets(st.sampled_from(Weekday), min_size=1).map(frozenset),
)
_INSTANTS = st.datetimes(
    datetime(2011, 12, 1),  # noqa: DTZ001  # Hypothesis takes its bounds without a zone
    datetime(2030, 1, 1),  # noqa: DTZ001  # likewise
    timezones=st.just(UTC),
)
_OFF = st.sets(st.integers(-9, 9), max_size=6)


@given(hours=_HOURS, now=_INSTANTS, ahead=st.integers(1, 60 * 24 * 14), off=_OFF)
def test_what_is_offered_is_inside_and_ahead_and_nothing_is_nearer(
    hours: WorkingHours, now: datetime, ahead: int, off: set[int]
) -> None:
    at = now + timedelta(minutes=ahead)
    today = to_local(zone(hours.zone), at).date()
    away = {today + timedelta(days=days) for days in off}
    found = nearest(hours, at, off=away, now=now)

    if found is None:
        assert is_inside(hours, at, off=away)
        return
    assert not is_inside(hours, at, off=away)
    for due in found.dues:
        assert due.at > now
        assert is_inside(hours, due.at, off=away)
    first = found.first(at)
    if first is not None:
        distance = abs(first.at - at)
        between = [at + distance * part / 8 for part in range(-7, 8)]
        assert not any(is_inside(hours, near, off=away) for near in between if near > now)


@given(hours=_HOURS, mine=_HOURS, now=_INSTANTS, off=_OFF)
def test_picks_are_ends_of_two_worked_days_that_are_still_ahead(
    hours: WorkingHours, mine: WorkingHours, now: datetime, off: set[int]
) -> None:
    today = to_local(zone(hours.zone), now).date()
    away = {today + timedelta(days=days) for days in off}
    first, second = picks(hours, mine=mine, off=away, now=now)

    assert first.day < second.day
    assert now < first.due.at
    for pick in (first, second):
        assert pick.day not in away
        assert pick.day.weekday() in hours.days


def test_the_week_of_people_who_work_from_sunday_ends_on_thursday() -> None:
    sunday = WORKING_WEEK - {Weekday.FR} | {Weekday.SU}
    hours = WorkingHours("Asia/Dubai", days=frozenset(sunday))
    _, last = picks(hours, mine=hours, now=NOW)

    assert last.due.local.weekday() == Weekday.TH


def test_hours_that_a_clock_change_skips_whole_are_nobodys() -> None:
    hours = WorkingHours("America/New_York", start=time(2), end=time(3), days=EVERY_DAY)
    skipped = due_local(datetime(2027, 3, 14, 3, 0), hours.zone)  # noqa: DTZ001  # a wall clock

    assert not is_inside(hours, skipped.at)
