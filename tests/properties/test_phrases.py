"""Whatever is written, a due time is read as written, refused with a sentence, or left alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import Weekday, WorkingHours
from bot.domain.durations import read_duration
from bot.domain.errors import BotError
from bot.domain.phrases import read_date, read_due, read_request
from bot.domain.zones import to_local, to_utc, zone

T = TypeVar("T")

ZONES = ["America/New_York", "Asia/Manila", "Asia/Kathmandu", "Pacific/Apia", "Europe/London"]
WORDS = (
    "due by takes est every each at on the of in next this last mon tue wed thursday fri sat sunday"
    " jan february mar may june dec today tomorrow yesterday tonight morning night noon midnight"
    " eod end of week month day days hours minutes working 3h 2 12 31 1700 17:00 25:00 5pm 5 3/4"
    " 3.12 3.12. 2026-12-01 12th half an a and manila est et my their time utc+8 ( ) , . 3-4"
    " eow from now ago report 9999 0 coming friday manilla america 0001-01-01 9999-12-31"
)

nows = st.integers(min_value=0, max_value=10 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
hours = st.builds(
    WorkingHours,
    st.sampled_from(ZONES),
    st.times(),
    st.times(),
    st.frozensets(st.sampled_from(Weekday), min_size=1),
)
soups = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join)
texts = soups | st.text(max_size=200)


def outcome(read: Callable[[], T]) -> T | str:
    """Return what was read, or the sentence that refuses it."""
    try:
        return read()
    except BotError as refusal:
        return str(refusal)


@given(text=texts, mine=hours, theirs=hours, now=nows)
def test_any_text_is_a_due_time_ahead_or_a_refusal(
    text: str, mine: WorkingHours, theirs: WorkingHours, now: datetime
) -> None:
    due = outcome(lambda: read_due(text, mine=mine, theirs=theirs, now=now))

    if isinstance(due, str):
        assert due.endswith(".")
    else:
        assert due.at > now
        assert due.local == to_local(zone(due.zone), due.at)


@given(text=texts, hours=hours, now=nows)
def test_any_text_is_a_date_from_yesterday_on_or_a_refusal(
    text: str, hours: WorkingHours, now: datetime
) -> None:
    found = outcome(lambda: read_date(text, hours=hours, now=now))

    if isinstance(found, str):
        assert found.endswith(".")
    else:
        # In the small hours of a night shift, "today" is yesterday's date.
        assert found >= to_local(zone(hours.zone), now).date() - timedelta(days=1)


@given(text=texts, mine=hours, theirs=hours, now=nows)
def test_any_line_can_be_taken_apart_without_adding_to_its_words(
    text: str, mine: WorkingHours, theirs: WorkingHours, now: datetime
) -> None:
    request = read_request(text, mine=mine, theirs=theirs, now=now)

    assert request.due is None or request.due.at > now
    assert request.takes is None or request.takes > timedelta()
    # An iterator is used up by `in`, so this also checks the order.
    written = iter("".join(text.split()))
    assert all(letter in written for letter in "".join(request.text.split()))


@given(text=texts)
def test_any_text_is_a_duration_or_a_refusal(text: str) -> None:
    found = outcome(lambda: read_duration(text))

    if isinstance(found, str):
        assert found.endswith(".")
    else:
        assert found > timedelta()


@given(
    minutes=st.integers(min_value=1, max_value=4 * 365 * 24 * 60),
    style=st.sampled_from(
        ["%Y-%m-%d %H:%M", "%d %b %Y %H:%M", "%H:%M %B %d, %Y", "%A %d %b %Y %H:%M"]
    ),
    mine=hours,
    theirs=hours,
    now=nows,
)
def test_a_full_date_and_time_is_read_as_written(
    minutes: int, style: str, mine: WorkingHours, theirs: WorkingHours, now: datetime
) -> None:
    there = zone(mine.zone)
    local = to_local(there, now + timedelta(minutes=minutes))
    at = to_utc(there, local)

    if at > now:
        due = read_due(local.strftime(style), mine=mine, theirs=theirs, now=now)

        assert due.at == at


@given(
    days=st.integers(min_value=0, max_value=300),
    style=st.sampled_from(["%d %b", "%B %d"]),
    now=nows,
)
def test_a_date_without_a_year_is_the_next_one(days: int, style: str, now: datetime) -> None:
    mine = WorkingHours("UTC", time(9), time(18))
    coming = now.date() + timedelta(days=days)

    assert read_date(coming.strftime(style), hours=mine, now=now) == coming


@given(day=st.dates(date(2026, 1, 1), date(2036, 1, 1)), weekday=st.sampled_from(Weekday))
def test_a_weekday_is_within_the_next_seven_days(day: date, weekday: Weekday) -> None:
    now = datetime.combine(day, time(12), tzinfo=UTC)
    mine = WorkingHours("UTC", time(9), time(18))
    name = (date(2026, 8, 3) + timedelta(days=weekday)).strftime("%a")

    found = read_date(name, hours=mine, now=now)
    next_one = read_date(f"next {name}", hours=mine, now=now)

    assert found.weekday() == weekday
    assert timedelta() <= found - day < timedelta(days=7)
    assert next_one.isocalendar().week == (day + timedelta(days=7)).isocalendar().week
