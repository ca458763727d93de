from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.absence import Absence, DaysOff, joined
from bot.domain.calendar import EVERY_DAY, is_working, working_date
from bot.domain.person import NO_HOLIDAYS, OWN_HOLIDAYS, Person, UserId

FRIDAY = date(2026, 8, 14)
AWAY = Absence(FRIDAY, FRIDAY)
MANILA = Person(id=UserId("U0ANA"), name="Ana", zone="Asia/Manila", hours_confirmed=True)
NIGHT = Person(
    id=UserId("U0BEN"),
    name="Ben",
    zone="Asia/Manila",
    start=time(21),
    end=time(6),
    hours_confirmed=True,
)

dates = st.dates(date(2026, 1, 1), date(2026, 3, 1))
absences = st.builds(
    lambda first, days: Absence(first, first + timedelta(days=days)), dates, st.integers(0, 9)
)


def manila(day: int, hour: int, month: int = 8) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC) - timedelta(hours=8)


@given(st.lists(absences, max_size=8), dates)
def test_joining_absences_neither_adds_nor_loses_a_date(each: list[Absence], day: date) -> None:
    together: tuple[Absence, ...] = ()
    for one in each:
        together = joined(together, one)

    assert any(day in one for one in together) == any(day in one for one in each)
    assert all(
        after.first - before.last > timedelta(days=1) for before, after in pairwise(together)
    )


def test_a_message_waits_until_somebody_is_back() -> None:
    away = Person(**{**vars(MANILA), "absences": (AWAY,)})

    assert away.hears_at(manila(14, 10)) == manila(17, 9)
    assert away.hears_at(manila(13, 10)) == manila(13, 10)


def test_an_absence_on_friday_is_the_shift_that_begins_on_friday() -> None:
    away = Person(**{**vars(NIGHT), "absences": (AWAY,)})

    # Thursday's shift ends on Friday at six, and Friday's would end on Saturday.
    assert away.hears_at(manila(14, 3)) == manila(14, 3)
    assert away.hears_at(manila(14, 22)) == manila(17, 21)
    assert away.hears_at(manila(15, 3)) == manila(17, 21)


def test_an_absence_holds_messages_back_before_hours_were_set() -> None:
    unsure = Person(id=UserId("U0JOY"), name="Joy", zone="Asia/Manila", absences=(AWAY,))

    assert unsure.hears_at(manila(14, 10)) == manila(17, 9)
    assert unsure.hears_at(manila(15, 3)) == manila(15, 3)


@pytest.mark.parametrize(
    ("keeps", "zone", "country"),
    [
        (OWN_HOLIDAYS, "Asia/Manila", "PH"),
        (OWN_HOLIDAYS, "US/Eastern", "US"),
        (OWN_HOLIDAYS, "UTC", None),
        (NO_HOLIDAYS, "Asia/Manila", None),
        ("US", "Asia/Manila", "US"),
    ],
)
def test_holidays_are_those_of_ones_own_country_unless_chosen(
    keeps: str, zone: str, country: str | None
) -> None:
    person = Person(id=UserId("U0ANA"), name="Ana", zone=zone, keeps=keeps)

    assert person.country == country


def test_nothing_is_heard_on_a_holiday_one_keeps() -> None:
    # The 12th of June is Independence Day in the Philippines, and a Friday.
    client = Person(**{**vars(MANILA), "keeps": "US"})

    assert MANILA.hears_at(manila(12, 10, month=6)) == manila(15, 9, month=6)
    assert client.hears_at(manila(12, 10, month=6)) == manila(12, 10, month=6)


def test_a_date_off_of_ones_team_is_a_day_off() -> None:
    person = Person(**{**vars(MANILA), "team_dates": frozenset({FRIDAY})})

    assert person.hears_at(manila(14, 10)) == manila(17, 9)
    assert FRIDAY in person.off
    assert FRIDAY not in person.own_days_off


@given(
    zone=st.sampled_from(
        ["Asia/Manila", "America/New_York", "Europe/London", "Pacific/Apia", "Asia/Kathmandu"]
    ),
    start=st.integers(0, 23),
    length=st.integers(1, 23),
    away=st.lists(absences, max_size=4),
    keeps=st.sampled_from([OWN_HOLIDAYS, NO_HOLIDAYS, "US", "PH", "DE"]),
    minutes=st.integers(0, 80 * 24 * 60),
)
def test_whoever_hears_something_works_then_and_has_no_day_off(
    *, zone: str, start: int, length: int, away: list[Absence], keeps: str, minutes: int
) -> None:
    together: tuple[Absence, ...] = ()
    for one in away:
        together = joined(together, one)
    person = Person(
        id=UserId("U0ANA"),
        name="Ana",
        zone=zone,
        start=time(start),
        end=time((start + length) % 24),
        days=EVERY_DAY,
        hours_confirmed=True,
        absences=together,
        keeps=keeps,
    )
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)

    at = person.hears_at(now)

    assert at >= now
    assert is_working(person.hours, at, off=person.off)
    assert working_date(person.hours, at, off=person.off) not in person.off


def test_days_off_without_a_country_know_no_holiday() -> None:
    assert date(2026, 12, 25) not in DaysOff()
    assert date(2026, 12, 25) in DaysOff(country="PH")
