"""Reading the dates on which somebody is away."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.absence import Absence
from bot.domain.calendar import WorkingHours, working_date
from bot.domain.errors import BotError
from bot.domain.spans import checked, read_dates

MANILA = WorkingHours("Asia/Manila")
# A Tuesday, at ten in Manila.
NOW = datetime(2026, 8, 11, 2, tzinfo=UTC)


def dates(first: str, last: str) -> Absence:
    return Absence(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("fri", "2026-08-14", "2026-08-14"),
        ("on Friday.", "2026-08-14", "2026-08-14"),
        ("today", "2026-08-11", "2026-08-11"),
        ("tomorrow", "2026-08-12", "2026-08-12"),
        ("12 aug to 20 aug", "2026-08-12", "2026-08-20"),
        ("from 12 aug until 20 aug", "2026-08-12", "2026-08-20"),
        ("12-20 aug", "2026-08-12", "2026-08-20"),
        ("aug 12 to 20", "2026-08-12", "2026-08-20"),
        ("mon-wed", "2026-08-17", "2026-08-19"),
        ("until fri", "2026-08-11", "2026-08-14"),
        ("next week", "2026-08-17", "2026-08-23"),
        ("20 dec to 4 jan", "2026-12-20", "2027-01-04"),
        ("2026-08-14 to 2026-08-20", "2026-08-14", "2026-08-20"),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, first: str, last: str) -> None:
    assert read_dates(text, hours=MANILA, now=NOW) == dates(first, last)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Say on which days"),
        ("lunch", "I cannot read"),
        ("14 to 15", "I cannot read"),
        ("20 aug to 12 aug", "is before"),
        ("yesterday", "is past"),
        ("today to 30 dec 2027", "more than a year"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(BotError, match=sentence):
        read_dates(text, hours=MANILA, now=NOW)


def test_a_past_day_is_refused() -> None:
    with pytest.raises(BotError, match="Choose a day from today on"):
        checked(dates("2026-08-09", "2026-08-10"), today=date(2026, 8, 11))


@given(
    zone=st.sampled_from(["Asia/Manila", "America/New_York", "Europe/London", "Pacific/Auckland"]),
    minutes=st.integers(0, 400 * 24 * 60),
)
def test_today_is_the_working_date_also_in_the_night(zone: str, minutes: int) -> None:
    hours = WorkingHours(zone, time(21), time(6))
    now = NOW + timedelta(minutes=minutes)

    today = working_date(hours, now)

    assert read_dates("today", hours=hours, now=now) == Absence(today, today)
