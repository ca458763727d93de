from datetime import UTC, date, datetime, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import BotError
from bot.domain.zones import (
    BROKEN_OFFSETS,
    COUNTRY_SPELLINGS,
    SPELLINGS,
    UnknownZone,
    exists,
    find_zone,
    to_local,
    to_utc,
    zone,
    zone_data_version,
    zone_label,
)

WINTER = datetime(2026, 1, 15, 12, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def refusal(text: str) -> str:
    with pytest.raises(UnknownZone) as refused:
        find_zone(text)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Asia/Manila", "Asia/Manila"),
        ("asia/manila", "Asia/Manila"),
        (" MANILA ", "Asia/Manila"),
        ("new york", "America/New_York"),
        ("New_York", "America/New_York"),
        ("port au prince", "America/Port-au-Prince"),
        ("São Paulo", "America/Sao_Paulo"),
        ("st. johns", "America/St_Johns"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("indianapolis", "America/Indiana/Indianapolis"),
        ("istanbul", "Europe/Istanbul"),
        ("Singapore", "Asia/Singapore"),
        ("US/Eastern", "US/Eastern"),
        ("us eastern", "US/Eastern"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("nyc", "America/New_York"),
        ("NYC.", "America/New_York"),
        ("san francisco", "America/Los_Angeles"),
        ("cebu", "Asia/Manila"),
        ("mumbai", "Asia/Kolkata"),
        ("philippines", "Asia/Manila"),
        ("Japan", "Asia/Tokyo"),
        ("Côte d\N{RIGHT SINGLE QUOTATION MARK}Ivoire", "Africa/Abidjan"),
        ("Myanmar", "Asia/Yangon"),
        ("uk", "Europe/London"),
        ("germany", "Europe/Berlin"),
        ("utc", "UTC"),
        ("GMT", "GMT"),
    ],
)
def test_a_zone_is_found_by_what_people_call_it(text: str, name: str) -> None:
    assert find_zone(text) == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("est edt et eastern", "America/New_York"),
        ("cst cdt ct central", "America/Chicago"),
        ("mst mdt mt mountain", "America/Denver"),
        ("pst pdt pt pacific", "America/Los_Angeles"),
        ("bst", "Europe/London"),
        ("cet cest", "Europe/Berlin"),
        ("pht phst", "Asia/Manila"),
        ("sgt", "Asia/Singapore"),
        ("ist", "Asia/Kolkata"),
        ("jst", "Asia/Tokyo"),
        ("aest aedt", "Australia/Sydney"),
    ],
)
def test_an_abbreviation_means_the_place_where_most_people_use_it(words: str, name: str) -> None:
    assert {find_zone(word) for word in words.split()} == {name}
    assert {find_zone(word.upper()) for word in words.split()} == {name}


def test_an_abbreviation_follows_daylight_saving() -> None:
    there = zone(find_zone("est"))

    assert to_utc(there, wall("2026-01-15 09:00")) == instant("2026-01-15 14:00")
    assert to_utc(there, wall("2026-07-15 09:00")) == instant("2026-07-15 13:00")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Eastern Time", "America/New_York"),
        ("pacific standard time", "America/Los_Angeles"),
        ("Central European Summer Time", "Europe/Berlin"),
        ("manila time", "Asia/Manila"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("(GMT+08:00) Manila", "Asia/Manila"),
    ],
)
def test_the_long_names_of_calendars_are_understood(text: str, name: str) -> None:
    assert find_zone(text) == name


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("utc+8", 8),
        ("UTC +08:00", 8),
        ("gmt-5", -5),
        ("GMT\N{MINUS SIGN}5", -5),
        ("+0530", 5.5),
        ("utc+5:45", 5.75),
        ("utc-9:30", -9.5),
        ("utc+14", 14),
        ("utc+0", 0),
        ("-0:00", 0),
    ],
)
def test_an_offset_is_the_same_in_summer_and_winter(text: str, offset: float) -> None:
    there = zone(find_zone(text))

    for now in (WINTER, SUMMER):
        assert to_local(there, now) == now.replace(tzinfo=None) + timedelta(hours=offset)


@pytest.mark.parametrize("text", ["utc+15", "gmt-13", "utc+5:15", "utc-0:30", "+99:99"])
def test_an_offset_that_no_place_keeps_is_refused(text: str) -> None:
    sentence = refusal(text)

    assert f"“{text}”" in sentence
    assert sentence.endswith("such as Manila, New York or UTC+8.")


@pytest.mark.parametrize(("offset", "name"), BROKEN_OFFSETS.items())
def test_a_broken_offset_is_a_place_that_keeps_it_all_year(offset: str, name: str) -> None:
    there = zone(name)

    for now in (WINTER, SUMMER):
        assert f"{now.astimezone(there):%z}" == offset.replace(":", "")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("Manilla", "Asia/Manila"),
        ("Asia/Manilla", "Asia/Manila"),
        ("manila, philippines", "Asia/Manila"),
        ("(manila)", "Asia/Manila"),
        ("new yrok", "America/New_York"),
        ("Europe/Pariss", "Europe/Paris"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one_first(text: str, nearest: str) -> None:
    sentence = refusal(text)

    assert sentence.startswith(f"I know no time zone “{text}”. Did you mean {nearest}")
    assert sentence.endswith("such as Manila, New York or UTC+8.")


@pytest.mark.parametrize("text", ["santa", "new yorkk"])
def test_at_most_three_names_are_offered_and_none_twice(text: str) -> None:
    question = refusal(text).partition("?")[0].partition("Did you mean ")[2]
    offered = question.replace(" or ", ", ").split(", ")

    assert 1 <= len(offered) <= 3
    assert len(set(offered)) == len(offered)
    assert all(find_zone(name) == name for name in offered)


def test_a_name_like_no_other_is_refused_with_an_example_only() -> None:
    assert refusal("xqzt") == (
        "I know no time zone “xqzt”. Write a city or an offset, such as Manila, New York or UTC+8."
    )


@pytest.mark.parametrize("text", ["", "  ", "_"])
def test_no_name_at_all_is_refused_with_an_example(text: str) -> None:
    assert refusal(text).startswith("No time zone was given. Write a city")


def test_a_refusal_repeats_a_long_text_in_short_and_on_one_line() -> None:
    sentence = refusal("no such\nplace " * 500)

    assert "“no such place no such place" in sentence
    assert len(sentence) < 200


@pytest.mark.parametrize("text", ["usa", "United States", "america"])
def test_a_country_with_several_zones_asks_for_one_of_its_best_known_cities(text: str) -> None:
    assert refusal(text) == (
        "United States has several time zones. Name one, such as "
        "America/New_York, America/Los_Angeles or America/Chicago."
    )


@pytest.mark.parametrize("text", ["act", "north", "west", "central park", "gmt 5", "5", "mañana"])
def test_ordinary_words_and_bare_numbers_are_no_zones(text: str) -> None:
    assert f"“{text}”" in refusal(text)


def test_a_refusal_can_be_shown_to_people() -> None:
    assert issubclass(UnknownZone, BotError)


@pytest.mark.parametrize("name", pytz.all_timezones)
def test_every_iana_name_is_understood_as_a_zone_of_that_kind(name: str) -> None:
    found = find_zone(name)

    # EST and its like are read as people mean them, and Poland as the country.
    abbreviations = {"CET", "EET", "EST", "HST", "MST"}
    assert found == name or name in abbreviations or same_clocks(found, name)


def same_clocks(one: str, other: str) -> bool:
    return all(to_local(zone(one), now) == to_local(zone(other), now) for now in (WINTER, SUMMER))


@pytest.mark.parametrize("name", pytz.common_timezones)
def test_every_label_can_be_typed_to_get_its_zone(name: str) -> None:
    assert find_zone(zone_label(name, WINTER)) == name


def test_every_spelling_leads_to_a_zone_in_use_and_to_one_only() -> None:
    spellings = [word for words in SPELLINGS.values() for word in words.split(", ")]

    assert set(SPELLINGS) <= pytz.common_timezones_set
    assert len(set(spellings)) == len(spellings)
    for name, words in SPELLINGS.items():
        assert {find_zone(word) for word in words.split(", ")} == {name}


@pytest.mark.parametrize("spelling", COUNTRY_SPELLINGS)
def test_every_spelling_of_a_country_asks_for_a_city(spelling: str) -> None:
    assert "has several time zones" in refusal(spelling)


@given(st.text(max_size=60))
def test_any_text_is_a_known_zone_or_refused(text: str) -> None:
    try:
        name = find_zone(text)
    except UnknownZone:
        return

    assert name in pytz.all_timezones_set


def test_a_stored_name_is_found_again_as_the_same_zone() -> None:
    assert zone("Asia/Manila") is zone("Asia/Manila")
    assert zone("Asia/Calcutta").key == "Asia/Calcutta"


@pytest.mark.parametrize("name", ["asia/manila", "Manila", "", "../etc/passwd", "zone.tab"])
def test_only_an_exact_name_is_a_stored_one(name: str) -> None:
    with pytest.raises(UnknownZone, match="knows no time zone"):
        zone(name)


def test_the_version_is_that_of_the_zone_data() -> None:
    assert zone_data_version() == pytz.OLSON_VERSION  # type: ignore[attr-defined] # not in types-pytz


@pytest.mark.parametrize(
    ("name", "local", "utc"),
    [
        ("Asia/Manila", "2026-07-01 09:00", "2026-07-01 01:00"),
        ("America/New_York", "2026-07-01 09:00", "2026-07-01 13:00"),
        # Skipped: the hour after 02:00 on 8 March.
        ("America/New_York", "2026-03-08 01:59", "2026-03-08 06:59"),
        ("America/New_York", "2026-03-08 02:00", "2026-03-08 07:00"),
        ("America/New_York", "2026-03-08 02:30", "2026-03-08 07:30"),
        ("America/New_York", "2026-03-08 03:00", "2026-03-08 07:00"),
        # Repeated: the hour after 01:00 on 1 November.
        ("America/New_York", "2026-11-01 00:59", "2026-11-01 04:59"),
        ("America/New_York", "2026-11-01 01:30", "2026-11-01 05:30"),
        ("America/New_York", "2026-11-01 02:00", "2026-11-01 07:00"),
        # A gap of half an hour, and one at midnight.
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:45"),
        ("America/Nuuk", "2026-03-28 23:30", "2026-03-29 01:30"),
        # A change of the standard offset, without any daylight saving.
        ("Asia/Pyongyang", "2018-05-04 23:45", "2018-05-04 15:15"),
        # Later than the classes of pytz reach.
        ("America/New_York", "2040-07-01 09:00", "2040-07-01 13:00"),
        ("Europe/London", "2099-07-01 09:00", "2099-07-01 08:00"),
    ],
)
def test_a_wall_clock_reading_has_one_instant(name: str, local: str, utc: str) -> None:
    assert to_utc(zone(name), wall(local)) == instant(utc)


def test_a_repeated_time_means_its_first_pass_even_when_marked_as_the_second() -> None:
    marked = wall("2026-11-01 01:30").replace(fold=1)

    assert to_utc(zone("America/New_York"), marked) == instant("2026-11-01 05:30")


def test_both_passes_read_the_same_on_the_wall() -> None:
    there = zone("America/New_York")
    readings = [to_local(there, instant(text)) for text in ("2026-11-01 05:30", "2026-11-01 06:30")]

    assert readings == [wall("2026-11-01 01:30")] * 2
    assert [reading.fold for reading in readings] == [0, 0]


def test_an_instant_is_utc_whatever_zone_it_was_given_in() -> None:
    there = zone("Asia/Manila")
    aware = instant("2026-07-01 01:00").astimezone(zone("America/New_York"))

    assert to_local(there, aware) == wall("2026-07-01 09:00")
    assert to_utc(there, wall("2026-07-01 09:00")).tzinfo is UTC


def test_an_aware_wall_clock_and_a_naive_instant_are_mistakes_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no zone of its own"):
        to_utc(zone("UTC"), WINTER)
    with pytest.raises(ValueError, match="without a zone"):
        to_local(zone("UTC"), WINTER.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Fakaofo", date(2011, 12, 30)),
        ("Pacific/Kwajalein", date(1993, 8, 21)),
    ],
)
def test_a_date_that_a_zone_went_without_does_not_exist(name: str, missing: date) -> None:
    there = zone(name)

    assert not exists(there, missing)
    assert exists(there, missing - timedelta(days=1))
    assert exists(there, missing + timedelta(days=1))


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Africa/Cairo", date(2026, 4, 24)),  # begins at 01:00
        ("America/Nuuk", date(2026, 3, 28)),  # ends at 23:00
        ("America/New_York", date(2026, 3, 8)),
    ],
)
def test_a_date_that_a_clock_change_only_shortens_exists(name: str, day: date) -> None:
    assert exists(zone(name), day)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Asia/Manila", "Manila"),
        ("America/New_York", "New York"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("America/Port-au-Prince", "Port-au-Prince"),
        ("US/Eastern", "US Eastern"),
        ("Canada/Atlantic", "Canada Atlantic"),
        ("Europe/London", "London"),
        ("Etc/GMT-8", "UTC+8"),
        ("Etc/GMT+11", "UTC-11"),
        ("Etc/UTC", "UTC"),
        ("Etc/GMT", "GMT"),
        ("UTC", "UTC"),
        ("Singapore", "Singapore"),
    ],
)
def test_a_label_is_the_place_in_short_words(name: str, label: str) -> None:
    assert zone_label(name, WINTER) == label
    assert zone_label(name, SUMMER) == label


@pytest.mark.parametrize(
    ("name", "now", "label"),
    [
        ("America/New_York", "2026-11-01 04:59", "New York"),
        ("America/New_York", "2026-11-01 05:00", "New York (UTC-4)"),
        ("America/New_York", "2026-11-01 06:59", "New York (UTC-5)"),
        ("America/New_York", "2026-11-01 07:00", "New York"),
        ("America/New_York", "2026-03-08 07:00", "New York"),
        ("Australia/Lord_Howe", "2026-04-04 14:45", "Lord Howe (UTC+11)"),
        ("Australia/Lord_Howe", "2026-04-04 15:15", "Lord Howe (UTC+10:30)"),
    ],
)
def test_a_label_tells_the_two_passes_of_a_repeated_hour_apart(
    name: str, now: str, label: str
) -> None:
    assert zone_label(name, instant(now)) == label
