"""How often something comes again: the phrases, the rules, and the dates and times they give."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest

from bot.domain.calendar import WORKING_WEEK, Weekday, WorkingHours
from bot.domain.dates import Unreadable
from bot.domain.person import UserId
from bot.domain.phrases import read_date, read_request
from bot.domain.repeat import (
    Frequency,
    Moving,
    Rule,
    anchored,
    dates_after,
    place_in_month,
    rule_from,
    shifted,
)
from bot.domain.repeat_words import describe, read_repeat
from bot.domain.series import (
    Series,
    SeriesId,
    appears_at,
    comings,
    due_on,
    place_of,
)
from bot.domain.task import Due

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
MINE = WorkingHours("America/New_York")
THEIRS = WorkingHours("Asia/Manila")
NIGHT = WorkingHours("Asia/Manila", time(21), time(6))
DAILY, WEEKLY, MONTHLY = Frequency
FRIDAY = frozenset({Weekday.FR})
TUESDAY = frozenset({Weekday.TU})
END_OF_YEAR = date(2026, 12, 31)


def rule(text: str) -> Rule:
    return read_repeat(text, read_until=lambda said: read_date(said, hours=MINE, now=NOW))


PHRASES = [
    ("every day", Rule(DAILY)),
    ("daily", Rule(DAILY)),
    ("every other day", Rule(DAILY, interval=2)),
    ("every weekday", Rule(WEEKLY, days=WORKING_WEEK)),
    ("each working day", Rule(WEEKLY, days=WORKING_WEEK)),
    ("weekly", Rule(WEEKLY)),
    ("every fri", Rule(WEEKLY, days=FRIDAY)),
    ("fridays", Rule(WEEKLY, days=FRIDAY)),
    ("every mon and thu", Rule(WEEKLY, days=frozenset({Weekday.MO, Weekday.TH}))),
    ("every mon-fri", Rule(WEEKLY, days=WORKING_WEEK)),
    ("every other friday", Rule(WEEKLY, interval=2, days=FRIDAY)),
    ("every 2 weeks on friday", Rule(WEEKLY, interval=2, days=FRIDAY)),
    ("every fortnight", Rule(WEEKLY, interval=2)),
    ("weekly on Friday.", Rule(WEEKLY, days=FRIDAY)),
    ("monthly", Rule(MONTHLY)),
    ("every month", Rule(MONTHLY)),
    ("every quarter", Rule(MONTHLY, interval=3)),
    ("every year", Rule(MONTHLY, interval=12)),
    ("every month on the 15th", Rule(MONTHLY, month_day=15)),
    ("every 15th", Rule(MONTHLY, month_day=15)),
    ("on the 31st of each month", Rule(MONTHLY, month_day=31)),
    ("every month on the last day", Rule(MONTHLY, month_day=-1)),
    ("every last friday", Rule(MONTHLY, days=FRIDAY, place=-1)),
    ("every last friday of the month", Rule(MONTHLY, days=FRIDAY, place=-1)),
    ("every first monday of the month", Rule(MONTHLY, days=frozenset({Weekday.MO}), place=1)),
    ("the 2nd tuesday of every month", Rule(MONTHLY, days=TUESDAY, place=2)),
    ("every month on the second tuesday", Rule(MONTHLY, days=TUESDAY, place=2)),
    ("every last working day of the month", Rule(MONTHLY, days=WORKING_WEEK, place=-1)),
    ("every month until 31 dec", Rule(MONTHLY, until=END_OF_YEAR)),
    ("every week, 6 times", Rule(WEEKLY, times=6)),
    ("every week for six times until 31 dec", Rule(WEEKLY, times=6, until=END_OF_YEAR)),
]


@pytest.mark.parametrize(("text", "meant"), PHRASES)
def test_a_phrase_says_how_often(text: str, meant: Rule) -> None:
    assert rule(text) == meant


@pytest.mark.parametrize("meant", [meant for _, meant in PHRASES])
def test_a_rule_is_kept_and_said_in_words_that_mean_the_same(meant: Rule) -> None:
    whole = anchored(meant, date(2026, 11, 27))

    assert rule_from(whole.text) == whole
    assert rule(describe(whole)) == whole


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("every second friday", "Write every 2 weeks on friday, or every month on the second"),
        ("biweekly", "every 2 weeks or twice a week"),
        ("every fifth friday", "Write last friday"),
        ("every month on friday", "can mean several things"),
        ("every week on the 15th", "A week has no day 15"),
        ("every week on the last friday", "no day of a week"),
        ("every 32nd", "No month has a day 32"),
        ("every 0 days", "every 0 days"),
        ("every week 1 times", "from 2 to"),
        ("biweekly 6 times", "twice a week"),
        ("biweekly until 31 dec", "twice a week"),
        ("every week until yesterday", "is past"),
        ("now and then", "I cannot read how often"),
        ("every month or so", "I cannot read how often"),
    ],
)
def test_what_is_unclear_is_asked(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        rule(text)


@pytest.mark.parametrize(
    ("text", "title", "every", "due"),
    [
        ("report every month due fri 17:00", "report", "every month", "Fri 27 Nov, 17:00"),
        ("report due every weekday 17:00", "report", "every weekday", "Mon 23 Nov, 17:00"),
        ("report due every weekday at 9am", "report", "every weekday", "Tue 24 Nov, 09:00"),
        ("report due every last friday 17:00", "report", "every last friday", "Fri 27 Nov"),
        ("report due fri 17:00, weekly", "report", "weekly", "Fri 27 Nov, 17:00"),
        ("send the weekly due fri 17:00", "send the weekly", None, "Fri 27 Nov, 17:00"),
        ("report due fri 17:00 every fri until 31 dec", "report", "every fri until 31 dec", "Fri"),
        ("the every day list due fri", "the every day list", None, "Fri"),
    ],
)
def test_a_line_says_how_often_beside_its_due_time(
    text: str, title: str, every: str | None, due: str
) -> None:
    found = read_request(text, mine=MINE, theirs=THEIRS, now=NOW)

    assert (found.text, found.every) == (title, every)
    assert found.due
    assert found.due.words.startswith(due)
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("report due every week", "Say by when it is due first"),
        ("report due every second friday", "can mean every 2 weeks on friday"),
        ("report due every friday 17:00 nowhereland time", "time zone"),
        ("report due every fri until 24 nov", "is past"),
        ("report due fri biweekly", "twice a week"),
    ],
)
def test_a_line_that_says_it_unclearly_says_why(text: str, sentence: str) -> None:
    found = read_request(text, mine=MINE, theirs=THEIRS, now=NOW)

    assert sentence in " ".join(found.problems)


def series(
    rule: Rule,
    *,
    first: date = date(2026, 11, 27),
    at: time = time(17),
    moving: Moving = Moving.LEAVE,
    zone: str = "Asia/Manila",
    days_after: int = 0,
) -> Series:
    return Series(
        id=SeriesId(1),
        rule=anchored(rule, first),
        start=first,
        local_time=at,
        days_after=days_after,
        zone=zone,
        title="Report",
        more="",
        takes=None,
        assignees=(UserId("UANA"),),
        delegator=UserId("UMAYA"),
        channel=None,
        latest=first,
        latest_due=NOW,
        moving=moving,
    )


def coming_dates(made: Series, count: int = 4, hours: WorkingHours = THEIRS) -> list[str]:
    begun = datetime(2026, 11, 27, 9, tzinfo=UTC)
    found = comings(Series(**{**vars(made), "latest_due": begun}), hours)
    return [f"{coming.due.local:%a %d %b}" for coming in islice(found, count)]


def test_the_last_date_of_a_short_month_stands_for_one_it_does_not_have() -> None:
    made = series(Rule(MONTHLY), first=date(2027, 1, 31))

    assert [f"{coming.due.local:%d %b}" for coming in islice(comings(made, None), 3)] == [
        "28 Feb",
        "31 Mar",
        "30 Apr",
    ]


def test_every_second_week_is_counted_from_the_first_one() -> None:
    assert coming_dates(series(Rule(WEEKLY, interval=2)), 2) == ["Fri 11 Dec", "Fri 25 Dec"]


@pytest.mark.parametrize(
    ("moving", "dates"),
    [
        (Moving.BEFORE, ["Mon 30 Nov", "Tue 01 Dec"]),
        (Moving.AFTER, ["Mon 30 Nov", "Tue 01 Dec"]),
        (Moving.LEAVE, ["Sat 28 Nov", "Sun 29 Nov"]),
    ],
)
def test_every_day_is_every_working_day(moving: Moving, dates: list[str]) -> None:
    assert coming_dates(series(Rule(DAILY), moving=moving), 2) == dates


@pytest.mark.parametrize(
    ("moving", "due"),
    [(Moving.BEFORE, "Fri 26 Feb"), (Moving.AFTER, "Mon 01 Mar"), (Moving.LEAVE, "Sat 27 Feb")],
)
def test_a_day_off_moves_it_to_a_working_day(moving: Moving, due: str) -> None:
    assert coming_dates(series(Rule(MONTHLY), moving=moving))[2].replace("Wed", "") in {
        due,
        "Sat 27 Feb",
    }
    found = comings(series(Rule(MONTHLY), moving=moving), THEIRS)
    third = list(islice(found, 3))[2]

    assert f"{third.due.local:%a %d %b}" == due


def test_who_is_away_for_long_keeps_the_date() -> None:
    class Always:
        def __contains__(self, day: object) -> bool:
            return isinstance(day, date) and day.month in {12, 1, 2}

    made = series(Rule(MONTHLY), moving=Moving.BEFORE, first=date(2026, 11, 30))
    found = list(islice(comings(made, THEIRS, off=Always()), 2))

    assert [f"{coming.due.local:%d %b}" for coming in found] == ["30 Dec", "30 Jan"]


def test_what_ends_in_a_night_shift_belongs_to_the_day_on_which_it_began() -> None:
    saturday = datetime(2026, 11, 27, 22, tzinfo=UTC)
    due = Due(saturday, datetime(2026, 11, 28, 6), "Asia/Manila")  # noqa: DTZ001  # a wall clock

    assert place_of(due, NIGHT) == (date(2026, 11, 27), 1)
    assert place_of(due, THEIRS) == (date(2026, 11, 28), 0)
    early = Due(saturday, datetime(2026, 11, 28, 5), "Asia/Manila")  # noqa: DTZ001  # likewise
    assert place_of(replace(early, at=saturday - timedelta(hours=1)), NIGHT)[1] == 0
    made = series(Rule(WEEKLY), at=time(6), days_after=1, moving=Moving.BEFORE)
    assert coming_dates(made, 1, NIGHT) == ["Sat 05 Dec"]


def test_what_is_due_within_a_night_shift_is_on_no_day_off() -> None:
    made = series(Rule(WEEKLY), first=date(2026, 11, 28), at=time(3), moving=Moving.BEFORE)

    assert coming_dates(made, 1, NIGHT) == ["Sat 05 Dec"]


def test_it_comes_so_many_times_and_until_its_last_date() -> None:
    assert coming_dates(series(Rule(WEEKLY, times=2))) == ["Fri 04 Dec", "Fri 11 Dec"]
    assert coming_dates(series(Rule(WEEKLY, until=date(2026, 12, 4)))) == ["Fri 04 Dec"]
    ended = Series(**{**vars(series(Rule(WEEKLY))), "ended_at": NOW})
    assert not coming_dates(ended)


def test_a_date_that_a_zone_went_without_has_none() -> None:
    made = series(Rule(DAILY), first=date(2011, 12, 28), zone="Pacific/Apia")
    found = comings(Series(**{**vars(made), "latest_due": datetime(2011, 1, 1, tzinfo=UTC)}), None)

    assert [coming.date.day for coming in islice(found, 2)] == [29, 31]


def test_the_next_one_appears_when_the_one_before_falls_due() -> None:
    due = due_on(series(Rule(WEEKLY)), date(2026, 12, 4))
    friday = datetime(2026, 11, 27, 9, tzinfo=UTC)

    assert appears_at(friday, due, None) == friday
    assert appears_at(friday - timedelta(hours=4), due, THEIRS) == friday - timedelta(hours=4)
    # The working day is over: on Monday, at nine in Manila.
    assert appears_at(friday + timedelta(hours=1), due, THEIRS) == datetime(
        2026, 11, 30, 1, tzinfo=UTC
    )
    # That would be too late.
    saturday = due_on(series(Rule(WEEKLY)), date(2026, 11, 28))
    assert appears_at(friday + timedelta(hours=1), saturday, THEIRS) == friday + timedelta(hours=1)


def test_a_rule_moves_with_its_one_day() -> None:
    friday, thursday = date(2026, 11, 27), date(2026, 11, 26)
    weekly = Rule(WEEKLY, days=FRIDAY)
    two_days = Rule(WEEKLY, days=frozenset({Weekday.MO, Weekday.FR}))

    assert shifted(weekly, friday, friday) == weekly
    assert shifted(weekly, friday, thursday).days == {Weekday.TH}
    assert shifted(two_days, friday, thursday) == two_days
    assert shifted(Rule(MONTHLY, month_day=27), friday, thursday).month_day == 26
    last = shifted(Rule(MONTHLY, days=FRIDAY, place=-1), friday, date(2026, 11, 19))
    assert last == Rule(MONTHLY, days=frozenset({Weekday.TH}), place=3)


def test_a_weekday_has_its_place_in_the_month() -> None:
    assert [place_in_month(date(2026, 11, day)) for day in (6, 13, 27)] == [1, 2, -1]


def test_dates_follow_the_one_before_them() -> None:
    dates = dates_after(Rule(DAILY), date(2026, 11, 27), after=date(2026, 12, 1))

    assert next(dates) == date(2026, 12, 2)
