"""Which lines a day has, how often, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import WorkingHours, shift, working_date
from bot.domain.day import (
    MOST_TIMES,
    Day,
    Line,
    Matter,
    crowd,
    due_matter,
    is_silent,
    often,
    ordered,
)
from bot.domain.person import UserId

MANILA = WorkingHours("Asia/Manila")
NIGHT = replace(MANILA, start=MANILA.end, end=MANILA.start)
# Monday 09:00 in Manila.
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
A_DAY = Day(UserId("U1"), date(2026, 11, 23), 0, NOW, ())


def line(matter: Matter, number: int = 1, hours: int = 0) -> Line:
    return Line(matter, str(number), NOW + timedelta(hours=hours), number)


def test_what_waits_for_a_yes_comes_first_then_the_nearest_and_news_at_last() -> None:
    late, soon = line(Matter.YES, 1, 9), line(Matter.YES, 2, 8)
    today, asked = line(Matter.TODAY, 3, 2), line(Matter.ANSWER, 4, 1)
    news = Line(Matter.NEWS, "x", NOW - DAY)

    assert ordered([news, today, late, asked, soon]) == [soon, late, asked, today, news]


def test_the_same_line_is_said_three_times_and_not_once_it_is_put_off() -> None:
    overdue, silent = line(Matter.OVERDUE), line(Matter.SILENT)
    said = replace(A_DAY, lines=(overdue, silent))

    assert often([overdue], [said] * (MOST_TIMES - 1)) == [overdue]
    assert often([overdue], [said] * MOST_TIMES) == []
    assert often([silent, overdue], [said.put_off(1)]) == [overdue]
    assert often([silent], [said.put_off(2)]) == [silent]


@pytest.mark.parametrize(
    ("hours", "matter"),
    [
        (-1, Matter.OVERDUE),
        (0, Matter.TODAY),
        (9, Matter.TODAY),
        (10, Matter.SOON),
        (33, Matter.SOON),
        (34, None),
    ],
)
def test_how_near_a_due_time_is_goes_by_working_days(hours: int, matter: Matter | None) -> None:
    assert due_matter(MANILA, NOW + timedelta(hours=hours), NOW) is matter


def test_before_a_weekend_the_next_working_day_is_monday() -> None:
    friday = NOW + 4 * DAY

    assert due_matter(MANILA, friday + 3 * DAY, friday) is Matter.SOON
    assert due_matter(MANILA, friday + 3 * DAY, friday, off=[date(2026, 11, 30)]) is Matter.SOON
    assert due_matter(MANILA, friday + 4 * DAY, friday) is None
    assert due_matter(MANILA, friday + 4 * DAY, friday, off=[date(2026, 11, 30)]) is Matter.SOON


@given(st.timedeltas(timedelta(0), 20 * DAY), st.timedeltas(timedelta(0), 7 * DAY))
def test_a_night_shifts_today_ends_when_the_shift_does(ahead: timedelta, moment: timedelta) -> None:
    now = NOW + moment
    due_at = now + ahead

    ends = shift(NIGHT, working_date(NIGHT, now)).end
    assert (due_matter(NIGHT, due_at, now) is Matter.TODAY) == (due_at <= ends)


def test_somebody_is_silent_after_a_whole_working_day_with_it() -> None:
    asked_at = NOW - 3 * DAY + timedelta(hours=3)  # Friday noon

    assert not is_silent(MANILA, asked_at, NOW)
    assert is_silent(MANILA, asked_at, NOW + DAY)
    assert not is_silent(MANILA, asked_at, NOW + DAY, off=[date(2026, 11, 23)])


def test_more_than_five_on_one_day_are_too_many() -> None:
    due_ats = [NOW + timedelta(hours=hour) for hour in range(1, 7)]

    assert crowd(MANILA, []) == 0
    assert crowd(MANILA, [*due_ats[:5], NOW + DAY]) == 0
    assert crowd(MANILA, due_ats) == len(due_ats)


def test_a_day_knows_what_it_concerns() -> None:
    day = replace(A_DAY, lines=(line(Matter.TODAY, 7),))

    assert day.concerns(7)
    assert not day.concerns(8)
    assert day.subject == "U1/2026-11-23/0"
