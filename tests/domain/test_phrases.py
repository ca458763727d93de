"""The phrases in which people write due times, and what each of them means.

The table is what the library was chosen by. It is Wednesday 5 August 2026, ten in the morning in
New York, where the delegator is, and ten in the evening in Manila, where the assignee's Wednesday
is over.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain.calendar import EVERY_DAY, Weekday, WorkingHours
from bot.domain.dates import AmbiguousDate, PastDue, Unreadable
from bot.domain.durations import UnreadableDuration, read_duration
from bot.domain.errors import BotError
from bot.domain.phrases import Request, read_date, read_due, read_request, split_due
from bot.domain.repeat import Frequency, Rule
from bot.domain.task import Due
from bot.domain.zones import UnknownZone

NOW = datetime(2026, 8, 5, 14, tzinfo=UTC)
NY = "America/New_York"
MNL = "Asia/Manila"
FRIDAY_AT_FIVE = datetime.combine(date(2026, 8, 7), time(17))
MINE = WorkingHours(NY, time(9), time(17))
THEIRS = WorkingHours(MNL, time(9), time(18))
NIGHT = WorkingHours(MNL, time(21), time(6))

READABLE = [
    # Days and clock times.
    ("fri 5pm", "Fri 2026-08-07 17:00", NY),
    ("friday 5pm", "Fri 2026-08-07 17:00", NY),
    ("fri 17:00", "Fri 2026-08-07 17:00", NY),
    ("Fri at 5 pm", "Fri 2026-08-07 17:00", NY),
    ("5pm fri", "Fri 2026-08-07 17:00", NY),
    ("friday at 17:00", "Fri 2026-08-07 17:00", NY),
    ("on friday at 5pm", "Fri 2026-08-07 17:00", NY),
    ("fri 5:30pm", "Fri 2026-08-07 17:30", NY),
    ("fri, 5pm", "Fri 2026-08-07 17:00", NY),
    ("fri @ 5pm", "Fri 2026-08-07 17:00", NY),
    ("fri 17h", "Fri 2026-08-07 17:00", NY),
    ("fri 17h30", "Fri 2026-08-07 17:30", NY),
    ("fri 5p", "Fri 2026-08-07 17:00", NY),
    ("fri 1700", "Fri 2026-08-07 17:00", NY),
    ("fri at 17", "Fri 2026-08-07 17:00", NY),
    ("fri 9.30", "Fri 2026-08-07 09:30", NY),
    ("Fri. 5 P.M.", "Fri 2026-08-07 17:00", NY),
    ("friday.", "Fri 2026-08-07 18:00", MNL),
    # Clock times alone are the next ones.
    ("17:00", "Wed 2026-08-05 17:00", NY),
    ("5pm", "Wed 2026-08-05 17:00", NY),
    ("5 pm", "Wed 2026-08-05 17:00", NY),
    ("9am", "Thu 2026-08-06 09:00", NY),
    ("09:00", "Thu 2026-08-06 09:00", NY),
    ("17.30", "Wed 2026-08-05 17:30", NY),
    ("5:30 p.m.", "Wed 2026-08-05 17:30", NY),
    ("12am", "Thu 2026-08-06 00:00", NY),
    ("0:30", "Thu 2026-08-06 00:30", NY),
    ("noon", "Wed 2026-08-05 12:00", NY),
    ("midday", "Wed 2026-08-05 12:00", NY),
    ("midnight", "Thu 2026-08-06 00:00", NY),
    ("at 5 in the afternoon", "Wed 2026-08-05 17:00", NY),
    ("tonight", "Wed 2026-08-05 21:00", NY),
    ("this evening", "Wed 2026-08-05 18:00", NY),
    ("tonight at 8", "Wed 2026-08-05 20:00", NY),
    # Words for days.
    ("tomorrow", "Thu 2026-08-06 18:00", MNL),
    ("tmrw", "Thu 2026-08-06 18:00", MNL),
    ("tomorrow 9am", "Thu 2026-08-06 09:00", NY),
    ("9am tomorrow", "Thu 2026-08-06 09:00", NY),
    ("tomorrow noon", "Thu 2026-08-06 12:00", NY),
    ("tomorrow morning", "Thu 2026-08-06 09:00", NY),
    ("tomorrow afternoon", "Thu 2026-08-06 15:00", NY),
    ("day after tomorrow", "Fri 2026-08-07 18:00", MNL),
    ("the day after tomorrow", "Fri 2026-08-07 18:00", MNL),
    ("today 17:00", "Wed 2026-08-05 17:00", NY),
    ("today 5pm", "Wed 2026-08-05 17:00", NY),
    ("today midnight", "Thu 2026-08-06 00:00", NY),
    # Distances.
    ("in 3 hours", "Wed 2026-08-05 13:00", NY),
    ("in 3h", "Wed 2026-08-05 13:00", NY),
    ("in an hour", "Wed 2026-08-05 11:00", NY),
    ("in half an hour", "Wed 2026-08-05 10:30", NY),
    ("in 1.5 hours", "Wed 2026-08-05 11:30", NY),
    ("in an hour and a half", "Wed 2026-08-05 11:30", NY),
    ("in 1h30", "Wed 2026-08-05 11:30", NY),
    ("in 90 minutes", "Wed 2026-08-05 11:30", NY),
    ("3 hours from now", "Wed 2026-08-05 13:00", NY),
    ("45 minutes", "Wed 2026-08-05 10:45", NY),
    ("in 2 days", "Fri 2026-08-07 18:00", MNL),
    ("in two days", "Fri 2026-08-07 18:00", MNL),
    ("2 days", "Fri 2026-08-07 18:00", MNL),
    ("in a couple of days", "Fri 2026-08-07 18:00", MNL),
    ("within 2 days", "Fri 2026-08-07 18:00", MNL),
    ("in a week", "Wed 2026-08-12 18:00", MNL),
    ("in 2 weeks", "Wed 2026-08-19 18:00", MNL),
    ("in 1 week 2 days", "Fri 2026-08-14 18:00", MNL),
    ("in a month", "Sat 2026-09-05 18:00", MNL),
    ("a week from now", "Wed 2026-08-12 18:00", MNL),
    ("3 days from now", "Sat 2026-08-08 18:00", MNL),
    ("in 3 days at 14:00", "Sat 2026-08-08 14:00", NY),
    ("in 2 working days", "Fri 2026-08-07 18:00", MNL),
    ("in 3 business days", "Mon 2026-08-10 18:00", MNL),
    ("in 0 days 17:00", "Wed 2026-08-05 17:00", NY),
    # Working days.
    ("eod", "Thu 2026-08-06 18:00", MNL),
    ("end of day", "Thu 2026-08-06 18:00", MNL),
    ("cob", "Thu 2026-08-06 18:00", MNL),
    ("close of business", "Thu 2026-08-06 18:00", MNL),
    ("eod friday", "Fri 2026-08-07 18:00", MNL),
    ("friday eod", "Fri 2026-08-07 18:00", MNL),
    ("end of friday", "Fri 2026-08-07 18:00", MNL),
    ("end of day tomorrow", "Thu 2026-08-06 18:00", MNL),
    ("tomorrow eod", "Thu 2026-08-06 18:00", MNL),
    ("end of my day", "Wed 2026-08-05 17:00", NY),
    ("end of their day", "Thu 2026-08-06 18:00", MNL),
    ("eod my time", "Wed 2026-08-05 17:00", NY),
    ("eod their time", "Thu 2026-08-06 18:00", MNL),
    ("eod manila", "Thu 2026-08-06 18:00", MNL),
    ("eod new york", "Wed 2026-08-05 17:00", NY),
    # Weeks, months and years.
    ("end of week", "Fri 2026-08-07 18:00", MNL),
    ("eow", "Fri 2026-08-07 18:00", MNL),
    ("end of the week", "Fri 2026-08-07 18:00", MNL),
    ("this week", "Fri 2026-08-07 18:00", MNL),
    ("end of next week", "Fri 2026-08-14 18:00", MNL),
    ("next week", "Fri 2026-08-14 18:00", MNL),
    ("end of next week 17:00", "Fri 2026-08-14 17:00", NY),
    ("end of month", "Mon 2026-08-31 18:00", MNL),
    ("eom", "Mon 2026-08-31 18:00", MNL),
    ("next month", "Wed 2026-09-30 18:00", MNL),
    ("end of august", "Mon 2026-08-31 18:00", MNL),
    ("end of aug 2027", "Tue 2027-08-31 18:00", MNL),
    ("end of may", "Mon 2027-05-31 18:00", MNL),
    ("next quarter", "Thu 2026-12-31 18:00", MNL),
    ("eoq", "Wed 2026-09-30 18:00", MNL),
    ("end of year", "Thu 2026-12-31 18:00", MNL),
    ("eoy", "Thu 2026-12-31 18:00", MNL),
    # Weekdays.
    ("fri", "Fri 2026-08-07 18:00", MNL),
    ("friday", "Fri 2026-08-07 18:00", MNL),
    ("wed", "Wed 2026-08-12 18:00", MNL),
    ("mon", "Mon 2026-08-10 18:00", MNL),
    ("tues", "Tue 2026-08-11 18:00", MNL),
    ("sat", "Sat 2026-08-08 18:00", MNL),
    ("monday noon", "Mon 2026-08-10 12:00", NY),
    ("monday morning", "Mon 2026-08-10 09:00", NY),
    ("next tuesday 14:00", "Tue 2026-08-11 14:00", NY),
    ("next tuesday at 2pm", "Tue 2026-08-11 14:00", NY),
    ("next friday", "Fri 2026-08-14 18:00", MNL),
    ("next mon", "Mon 2026-08-10 18:00", MNL),
    ("this friday", "Fri 2026-08-07 18:00", MNL),
    ("this coming friday", "Fri 2026-08-07 18:00", MNL),
    ("coming friday", "Fri 2026-08-07 18:00", MNL),
    ("thurs 3pm", "Thu 2026-08-06 15:00", NY),
    ("monday next week", "Mon 2026-08-10 18:00", MNL),
    ("friday of this week", "Fri 2026-08-07 18:00", MNL),
    ("next week monday", "Mon 2026-08-10 18:00", MNL),
    ("next week, on monday", "Mon 2026-08-10 18:00", MNL),
    ("weds 10am", "Wed 2026-08-12 10:00", NY),
    ("wed 9am", "Wed 2026-08-12 09:00", NY),
    # Dates.
    ("12 aug", "Wed 2026-08-12 18:00", MNL),
    ("aug 12", "Wed 2026-08-12 18:00", MNL),
    ("12 august", "Wed 2026-08-12 18:00", MNL),
    ("12th of august", "Wed 2026-08-12 18:00", MNL),
    ("aug. 12", "Wed 2026-08-12 18:00", MNL),
    ("August 12th, 5pm", "Wed 2026-08-12 17:00", NY),
    ("12 aug 5pm", "Wed 2026-08-12 17:00", NY),
    ("12-aug", "Wed 2026-08-12 18:00", MNL),
    ("12aug", "Wed 2026-08-12 18:00", MNL),
    ("5 aug 23:00", "Wed 2026-08-05 23:00", NY),
    ("dec 3rd", "Thu 2026-12-03 18:00", MNL),
    ("3 dec", "Thu 2026-12-03 18:00", MNL),
    ("3rd december", "Thu 2026-12-03 18:00", MNL),
    ("the 12th", "Wed 2026-08-12 18:00", MNL),
    ("31st", "Mon 2026-08-31 18:00", MNL),
    ("fri 14th", "Fri 2026-08-14 18:00", MNL),
    ("4 jan", "Mon 2027-01-04 18:00", MNL),
    ("jan 4", "Mon 2027-01-04 18:00", MNL),
    ("sept 1", "Tue 2026-09-01 18:00", MNL),
    ("sep 1 at 10:15", "Tue 2026-09-01 10:15", NY),
    ("29 feb", "Tue 2028-02-29 18:00", MNL),
    ("1 dec 2026 14:00", "Tue 2026-12-01 14:00", NY),
    ("2026-12-01", "Tue 2026-12-01 18:00", MNL),
    ("2026-12-01 14:00", "Tue 2026-12-01 14:00", NY),
    ("2026-12-01T14:00", "Tue 2026-12-01 14:00", NY),
    ("2026/12/01", "Tue 2026-12-01 18:00", MNL),
    ("fri 7 aug", "Fri 2026-08-07 18:00", MNL),
    ("friday, august 7", "Fri 2026-08-07 18:00", MNL),
    ("7 aug fri 5pm", "Fri 2026-08-07 17:00", NY),
    ("14:00 12 aug", "Wed 2026-08-12 14:00", NY),
    ("5pm on 12 aug", "Wed 2026-08-12 17:00", NY),
    ("25/12", "Fri 2026-12-25 18:00", MNL),
    ("12/25", "Fri 2026-12-25 18:00", MNL),
    ("13/08/2026", "Thu 2026-08-13 18:00", MNL),
    ("8/8", "Sat 2026-08-08 18:00", MNL),
    ("3.12.", "Thu 2026-12-03 18:00", MNL),
    ("3.12.2026", "Thu 2026-12-03 18:00", MNL),
    ("1.5.27", "Sat 2027-05-01 18:00", MNL),
    # Zones after a time.
    ("17:00 est", "Wed 2026-08-05 17:00", NY),
    ("17:00 pht", "Thu 2026-08-06 17:00", MNL),
    ("fri 17:00 manila", "Fri 2026-08-07 17:00", MNL),
    ("noon new york", "Wed 2026-08-05 12:00", NY),
    ("5pm (manila)", "Thu 2026-08-06 17:00", MNL),
    ("5pm in manila", "Thu 2026-08-06 17:00", MNL),
    ("5pm manila time", "Thu 2026-08-06 17:00", MNL),
    ("5pm tomorrow manila time", "Thu 2026-08-06 17:00", MNL),
    ("17:00 utc+8", "Thu 2026-08-06 17:00", "Etc/GMT-8"),
    ("8am utc", "Thu 2026-08-06 08:00", "UTC"),
    ("5pm +08:00", "Thu 2026-08-06 17:00", "Etc/GMT-8"),
    ("mon 10:30 am et", "Mon 2026-08-10 10:30", NY),
    ("fri 5pm pacific", "Fri 2026-08-07 17:00", "America/Los_Angeles"),
    ("17:00 Asia/Manila friday", "Fri 2026-08-07 17:00", MNL),
    ("17:00 est on friday", "Fri 2026-08-07 17:00", NY),
    ("tomorrow 9am their time", "Thu 2026-08-06 09:00", MNL),
    ("tomorrow 9am my time", "Thu 2026-08-06 09:00", NY),
    ("tomorrow my time", "Thu 2026-08-06 17:00", NY),
    ("tomorrow their time", "Thu 2026-08-06 18:00", MNL),
]

REFUSED = [
    # Two readings: both are named.
    ("3/4", AmbiguousDate, "3 Apr or 4 Mar"),
    ("9/10", AmbiguousDate, "9 oct or 10 sep"),
    ("03/04/2027", AmbiguousDate, "3 Apr 2027 or 4 Mar 2027"),
    ("3-4-27", AmbiguousDate, "3 apr 2027 or 4 mar 2027"),
    ("3.12", AmbiguousDate, "3 Dec or 3:12"),
    ("fri 3.12", AmbiguousDate, "3 dec or 3:12"),
    ("fri at 5", AmbiguousDate, "Write fri 5am or fri 5pm"),
    ("at 12", AmbiguousDate, "00:00 or 12:00. Write 12am or 12pm"),
    ("tomorrow at 9", AmbiguousDate, "09:00 or 21:00"),
    ("mon 9 o'clock", AmbiguousDate, "09:00 or 21:00"),
    ("fri 17", AmbiguousDate, "17 can be an hour or a day of the month"),
    ("3h", AmbiguousDate, "Write 3:00 or in 3 hours"),
    ("17 hrs", AmbiguousDate, "Write 17:00 or in 17 hours"),
    ("fri midnight", AmbiguousDate, "23:59"),
    ("fri 7 dec", AmbiguousDate, "7 Dec 2026 is a Monday"),
    ("fri the 12th", AmbiguousDate, "12 Aug 2026 is a Wednesday"),
    # No time at all, or not one that can be relied on.
    ("payload parser", Unreadable, "fri 17:00"),
    ("the may report", Unreadable, "the may report"),
    ("may", Unreadable, "may"),
    ("march plan", Unreadable, "march plan"),
    ("second draft", Unreadable, "second draft"),
    ("the sun", Unreadable, "the sun"),
    ("42", Unreadable, "42"),
    ("5", Unreadable, "5"),
    ("2026", Unreadable, "2026"),
    ("3.5", Unreadable, "3.5"),
    ("v2.1", Unreadable, "v2.1"),
    ("q3", Unreadable, "q3"),
    ("soon", Unreadable, "soon"),
    ("asap", Unreadable, "asap"),
    ("now", Unreadable, "now"),
    ("evening", Unreadable, "evening"),
    ("monday tuesday", Unreadable, "monday tuesday"),
    ("10-15 people", Unreadable, "10-15 people"),
    ("2-3pm", Unreadable, "2-3pm"),
    ("fri 14:00-16:00", Unreadable, "14:00-16:00"),
    ("fri 5 people", Unreadable, "fri 5 people"),
    ("in 1.5 days", Unreadable, "in 1.5 days"),
    ("in 2 days and 3 hours", Unreadable, "in 2 days and 3 hours"),
    ("in 2 working days and 1 week", Unreadable, "working days"),
    ("in 3 hours at 5pm", Unreadable, "in 3 hours at 5pm"),
    ("eod london", Unreadable, "Write a time of day before the place"),
    ("", Unreadable, "“”"),
    ("fri " + "very " * 20 + "late", Unreadable, "…"),
    # Times that do not exist.
    ("25:00", Unreadable, "There is no time “25:00”"),
    ("fri 25:00", Unreadable, "There is no time"),
    ("24:00", Unreadable, "There is no time"),
    ("13pm", Unreadable, "There is no time"),
    ("31 feb", Unreadable, "There is no “31 feb”"),
    ("32 aug", Unreadable, "There is no “32 aug”"),
    ("2026-02-30", Unreadable, "There is no “2026-02-30”"),
    ("0/4", Unreadable, "There is no “0/4”"),
    ("14/14", Unreadable, "There is no “14/14”"),
    ("the 32nd", Unreadable, "There is no “32nd”"),
    ("2099-01-01", Unreadable, "more than 5 years away"),
    ("9999-12-31 23:00", Unreadable, "more than 5 years away"),
    # Zones.
    ("fri 17:00 manilla", UnknownZone, "Asia/Manila"),
    ("fri 17:00 america", UnknownZone, "several time zones"),
    ("5pm lunar time", UnknownZone, "lunar time"),
    ("5pm utc+99", UnknownZone, "utc+99"),
    ("5pm nowhere near", UnknownZone, "nowhere near"),
    # The past.
    ("yesterday", PastDue, "Yesterday is past"),
    ("today", PastDue, "Wed 5 Aug 2026, 18:00 Manila is past"),
    ("today 9am", PastDue, "Wed 5 Aug 2026, 09:00 New York is past"),
    ("this monday", PastDue, "Mon 3 Aug 2026"),
    ("last friday", PastDue, "“last friday” is past"),
    ("2 days ago", PastDue, "“2 days ago” is past"),
    ("in 0 hours", PastDue, "10:00 New York is past"),
    ("4 aug", PastDue, "or the year as well: 4 Aug 2027"),
    ("5 aug 2025", PastDue, "Tue 5 Aug 2025, 18:00 Manila is past"),
    ("0001-01-01", PastDue, "is past"),
]


def due_in_words(due: Due) -> str:
    return f"{due.local:%a %Y-%m-%d %H:%M}"


def read(text: str, *, now: datetime = NOW) -> str:
    return due_in_words(read_due(text, mine=MINE, theirs=THEIRS, now=now))


def request(text: str) -> Request:
    return read_request(text, mine=MINE, theirs=THEIRS, now=NOW)


@pytest.mark.parametrize(("text", "local", "zone"), READABLE)
def test_a_due_time_is_read_as_people_mean_it(text: str, local: str, zone: str) -> None:
    due = read_due(text, mine=MINE, theirs=THEIRS, now=NOW)

    assert (due_in_words(due), due.zone) == (local, zone)


@pytest.mark.parametrize(("text", "kind", "hint"), REFUSED)
def test_what_cannot_be_read_for_certain_is_refused_with_an_example(
    text: str, kind: type[BotError], hint: str
) -> None:
    with pytest.raises(kind) as refusal:
        read_due(text, mine=MINE, theirs=THEIRS, now=NOW)

    assert hint in str(refusal.value)


def test_the_table_is_large_enough_to_choose_a_library_by() -> None:
    assert len({text for text, *_ in READABLE}) >= 80
    assert len({text for text, *_ in REFUSED}) >= 40


def test_a_due_time_is_an_instant_and_the_wall_clock_it_was_written_by() -> None:
    due = read_due("fri 5pm", mine=MINE, theirs=THEIRS, now=NOW)

    assert due == Due(datetime(2026, 8, 7, 21, tzinfo=UTC), FRIDAY_AT_FIVE, NY)


def test_seconds_of_the_moment_do_not_get_into_a_due_time() -> None:
    due = read_due(
        "in 3 hours", mine=MINE, theirs=THEIRS, now=NOW + timedelta(seconds=59, milliseconds=5)
    )

    assert due.at == NOW + timedelta(hours=3)


def test_hours_are_counted_through_a_clock_change() -> None:
    before_summer_ends = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)

    due = read_due("in 3 hours", mine=MINE, theirs=THEIRS, now=before_summer_ends)

    assert due.at == before_summer_ends + timedelta(hours=3)


@pytest.mark.parametrize(
    ("now", "local"),
    [
        (datetime(2026, 8, 7, 12, tzinfo=UTC), "Fri 2026-08-07 17:00"),
        (datetime(2026, 8, 7, 21, tzinfo=UTC), "Fri 2026-08-14 17:00"),
    ],
)
def test_a_weekday_is_today_as_long_as_its_time_lies_ahead(now: datetime, local: str) -> None:
    assert read("fri 5pm", now=now) == local


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("end of week", "Fri 2026-08-14 18:00"),
        ("next week", "Fri 2026-08-14 18:00"),
        ("eod", "Mon 2026-08-10 18:00"),
        ("next monday", "Mon 2026-08-10 18:00"),
        ("next friday", "Fri 2026-08-14 18:00"),
    ],
)
def test_on_saturday_the_week_that_counts_is_the_coming_one(text: str, local: str) -> None:
    saturday = datetime(2026, 8, 8, 14, tzinfo=UTC)

    assert read(text, now=saturday) == local


@pytest.mark.parametrize(
    ("days", "local"),
    [
        (frozenset({Weekday.SU, Weekday.MO, Weekday.TU, Weekday.WE, Weekday.TH}), "Thu"),
        (frozenset({Weekday.MO, Weekday.WE}), "Wed"),
        (frozenset({Weekday.TU}), "Tue"),
        (EVERY_DAY, "Sun"),
    ],
)
def test_a_week_ends_on_the_last_working_day_of_the_assignee(
    days: frozenset[Weekday], local: str
) -> None:
    theirs = WorkingHours(MNL, time(9), time(18), days)

    due = read_due("end of next week", mine=MINE, theirs=theirs, now=NOW)

    assert f"{due.local:%a}" == local


def test_the_end_of_a_month_is_its_last_working_day() -> None:
    assert read("end of october") == "Fri 2026-10-30 18:00"


def test_a_night_shift_ends_on_the_next_morning() -> None:
    due = read_due("fri", mine=MINE, theirs=NIGHT, now=NOW)

    assert due_in_words(due) == "Sat 2026-08-08 06:00"


def test_today_in_the_small_hours_of_a_night_shift_is_still_yesterday() -> None:
    three_on_saturday = datetime(2026, 8, 7, 19, tzinfo=UTC)

    due = read_due("today", mine=NIGHT, theirs=NIGHT, now=three_on_saturday)

    assert due_in_words(due) == "Sat 2026-08-08 06:00"


def test_tomorrow_their_time_is_counted_from_their_date() -> None:
    thursday_in_manila = datetime(2026, 8, 5, 17, tzinfo=UTC)

    assert read("tomorrow 9am", now=thursday_in_manila) == "Thu 2026-08-06 09:00"
    assert read("tomorrow 9am their time", now=thursday_in_manila) == "Fri 2026-08-07 09:00"


def test_a_time_that_the_clocks_skip_comes_an_hour_later() -> None:
    assert read("2027-03-14 02:30") == "Sun 2027-03-14 03:30"


def test_words_around_a_due_time_alone_are_allowed() -> None:
    assert read("due: by fri 5pm!") == "Fri 2026-08-07 17:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fri", date(2026, 8, 7)),
        ("4 jan", date(2027, 1, 4)),
        ("today", date(2026, 8, 5)),
        ("until 12 aug", date(2026, 8, 12)),
        ("next week", date(2026, 8, 10)),
        ("next month", date(2026, 9, 1)),
        ("end of next week", date(2026, 8, 14)),
        ("in 2 weeks", date(2026, 8, 19)),
    ],
)
def test_a_date_is_read_without_a_time(text: str, expected: date) -> None:
    assert read_date(text, hours=MINE, now=NOW) == expected


@pytest.mark.parametrize("text", ["fri 5pm", "eod", "in 3 hours", "fri 14:00-16:00", "noon"])
def test_a_time_is_no_date(text: str) -> None:
    with pytest.raises(Unreadable):
        read_date(text, hours=MINE, now=NOW)


@pytest.mark.parametrize("text", ["yesterday", "this monday", "2020-01-01"])
def test_a_past_date_is_refused(text: str) -> None:
    with pytest.raises(PastDue):
        read_date(text, hours=MINE, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3h", timedelta(hours=3)),
        ("3 hours", timedelta(hours=3)),
        ("90m", timedelta(minutes=90)),
        ("90 min", timedelta(minutes=90)),
        ("1.5h", timedelta(minutes=90)),
        ("1,5 hours", timedelta(minutes=90)),
        ("1h30", timedelta(minutes=90)),
        ("1h 30m", timedelta(minutes=90)),
        ("1:30", timedelta(minutes=90)),
        ("1 hour and 30 minutes", timedelta(minutes=90)),
        ("an hour and a half", timedelta(minutes=90)),
        ("one and a half hours", timedelta(minutes=90)),
        ("half an hour", timedelta(minutes=30)),
        ("half a day", timedelta(hours=4)),
        ("a couple of hours", timedelta(hours=2)),
        ("Two Days", timedelta(hours=16)),
        ("2d", timedelta(hours=16)),
        ("3 working days", timedelta(hours=24)),
        ("a week", timedelta(hours=40)),
        ("2 weeks", timedelta(hours=80)),
        ("1 month", timedelta(hours=160)),
        ("2-3h", timedelta(hours=3)),
        ("2 to 3 days", timedelta(hours=24)),
        ("about 3h", timedelta(hours=3)),
        ("~20min", timedelta(minutes=20)),
    ],
)
def test_a_duration_is_working_time(text: str, expected: timedelta) -> None:
    assert read_duration(text) == expected


@pytest.mark.parametrize("text", ["", "3", "long", "h", "0h", "0:00", "13 months", "-3h", "3h fri"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UnreadableDuration, match="3h, 90m, 1h30 or 2 days"):
        read_duration(text)


@pytest.mark.parametrize(
    ("text", "rest", "local"),
    [
        ("June report due fri 17:00", "June report", "Fri 2026-08-07 17:00"),
        ("June report by fri", "June report", "Fri 2026-08-07 18:00"),
        ("June report due by fri", "June report", "Fri 2026-08-07 18:00"),
        ("June report DUE Fri 5 PM.", "June report", "Fri 2026-08-07 17:00"),
        ("June report, due: fri 5pm", "June report", "Fri 2026-08-07 17:00"),
        ("June report (due fri 5pm)", "June report", "Fri 2026-08-07 17:00"),
        ("By fri 5pm: June report", "June report", "Fri 2026-08-07 17:00"),
        ("Send by fri 5pm the list", "Send the list", "Fri 2026-08-07 17:00"),
        ("Write the due dates by noon", "Write the due dates", "Wed 2026-08-05 12:00"),
        ("due monday stuff by 12 aug", "due monday stuff", "Wed 2026-08-12 18:00"),
        ("report due mon, reviewed by ana", "report, reviewed by ana", "Mon 2026-08-10 18:00"),
        ("Cut costs by 25% by fri", "Cut costs by 25%", "Fri 2026-08-07 18:00"),
        ("Review by 3rd party due fri", "Review by 3rd party", "Fri 2026-08-07 18:00"),
        ("Delay it by 2 days due fri", "Delay it by 2 days", "Fri 2026-08-07 18:00"),
        ("Port to 3.12 by 3.13 due fri", "Port to 3.12 by 3.13", "Fri 2026-08-07 18:00"),
        ("ship by fri 5 people sign", "ship 5 people sign", "Fri 2026-08-07 18:00"),
        ("call by 5pm manila for a talk", "call for a talk", "Thu 2026-08-06 17:00"),
        ("call by 5pm in the office", "call in the office", "Wed 2026-08-05 17:00"),
        ("call by 5pm nice words", "call nice words", "Wed 2026-08-05 17:00"),
        ("call by 5pm (her desk)", "call (her desk)", "Wed 2026-08-05 17:00"),
        ('June report due "fri"', "June report", "Fri 2026-08-07 18:00"),
        ('June report due "fri" 17:00', "June report", "Fri 2026-08-07 17:00"),
        ('June report due "fri 17:00" est', "June report", "Fri 2026-08-07 17:00"),
        ('June report due "the 12th"', "June report", "Wed 2026-08-12 18:00"),
        (":memo: June report :tada: due fri", ":memo: June report :tada:", "Fri 2026-08-07 18:00"),
        ("June report due fri. Thanks.", "June report Thanks", "Fri 2026-08-07 18:00"),
        ("June report by 'fri 5pm'.", "June report", "Fri 2026-08-07 17:00"),
        (
            "June report due “fri 5pm” for the board",
            "June report for the board",
            "Fri 2026-08-07 17:00",
        ),
        ("June report due „fri 5pm“", "June report", "Fri 2026-08-07 17:00"),
        ("Wait... due fri", "Wait...", "Fri 2026-08-07 18:00"),
        ("report\ndue fri\r\nfor the board", "report\nfor the board", "Fri 2026-08-07 18:00"),
        ("June report", "June report", None),
        ("Ship it by may report", "Ship it by may report", None),
        ("Grown by the sun", "Grown by the sun", None),
        ("by by by", "by by by", None),
        ("", "", None),
    ],
)
def test_the_last_due_or_by_that_a_time_follows_counts(
    text: str, rest: str, local: str | None
) -> None:
    found_rest, due, problem = split_due(text, mine=MINE, theirs=THEIRS, now=NOW)

    assert (found_rest, due and due_in_words(due), problem) == (rest, local, None)


@pytest.mark.parametrize(
    ("text", "rest", "hint"),
    [
        ("report due 3/4", "report", "3 apr or 4 mar"),
        ("report due yesterday", "report", "Yesterday is past"),
        ("report due 25:00", "report", "There is no time"),
        ("report due 14:00-16:00", "report", "14:00-16:00"),
        ("report due fri 14:00-16:00 at HQ", "report at HQ", "14:00-16:00"),
        ("report by 5pm manilla", "report", "Asia/Manila"),
        ("report by 5pm manilla.", "report", "Asia/Manila"),
        ("report due whenever", "report due whenever", "whenever"),
        ('report due "whenever"', 'report due "whenever"', "whenever"),
        ('report due "fri 14:00-16:00"', "report", "14:00-16:00"),
        ("report due", "report due", None),
    ],
)
def test_a_due_time_that_cannot_be_read_is_said(text: str, rest: str, hint: str | None) -> None:
    found_rest, due, problem = split_due(text, mine=MINE, theirs=THEIRS, now=NOW)

    assert (found_rest, due) == (rest, None)
    assert hint in (problem or "") if hint else problem is None


def test_a_line_is_taken_apart_into_title_due_estimate_and_repetition() -> None:
    found = request("Prepare June report due fri 17:00 takes 3h every month")

    assert found == Request(
        "Prepare June report",
        Due(datetime(2026, 8, 7, 21, tzinfo=UTC), FRIDAY_AT_FIVE, NY),
        timedelta(hours=3),
        "every month",
        Rule(Frequency.MONTHLY),
    )


@pytest.mark.parametrize(
    ("text", "title", "hours"),
    [
        ("report due fri 17:00 est 3h", "report", 3),
        ("report due fri 17:00 est est 3h", "report", 3),
        ("report takes 2 days due fri", "report", 16),
        ("takes 3h report due fri", "report", 3),
        ("report takes 3h", "report", 3),
        ("report, est. 2-3h, by fri", "report", 3),
        ("report takes: about 3h", "report", 3),
        ("find why it takes 2 days to ship", "find why it takes 2 days to ship", None),
        ("report takes ages", "report takes ages", None),
        ("mistakes 3h", "mistakes 3h", None),
    ],
)
def test_takes_before_a_duration_is_the_estimate(text: str, title: str, hours: int | None) -> None:
    found = request(text)

    assert (found.text, found.takes) == (title, hours and timedelta(hours=hours))


def test_est_after_a_time_is_a_zone_and_before_a_duration_an_estimate() -> None:
    found = request("report due fri 17:00 est est 3h")

    assert found.due
    assert (found.due.zone, found.takes) == (NY, timedelta(hours=3))


@pytest.mark.parametrize(
    ("text", "title", "every"),
    [
        ("report due fri every month", "report", "every month"),
        ("report due fri every 2 weeks.", "report", "every 2 weeks"),
        ("report due fri, every other week", "report", "every other week"),
        ("report due fri and every weekday after", "report and after", "every weekday"),
        ("report due fri for ana each day", "report for ana", "each day"),
        ("report takes 3h every mon and thu due fri", "report", "every mon and thu"),
        ("report due every Friday 17:00", "report", "every friday"),
        ("every month report due fri", "every month report", None),
        (
            "report due fri the list of every month so far",
            "report the list of every month so far",
            None,
        ),
        ("report every month", "report every month", None),
    ],
)
def test_a_repetition_counts_only_in_the_tail(text: str, title: str, every: str | None) -> None:
    found = request(text)

    assert (found.text, found.every) == (title, every)


def test_an_estimate_and_a_due_time_that_cannot_be_read_are_both_said() -> None:
    found = request("report due 3/4 takes 0h")

    assert (found.text, found.due, found.takes) == ("report", None, None)
    assert ["0h" in found.problems[0], "3/4" in found.problems[1]] == [True, True]
