from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from bot.domain.holidays import are_known, make_ready, public_holidays
from bot.domain.zones import UnknownCountry, country_name, country_of, find_country


def test_the_holidays_of_a_year_are_those_of_that_country() -> None:
    assert date(2026, 6, 12) in public_holidays("PH", 2026)
    assert date(2026, 11, 26) in public_holidays("US", 2026)
    assert date(2026, 11, 26) not in public_holidays("PH", 2026)


def test_a_holiday_moved_to_a_working_day_counts_as_well() -> None:
    assert {date(2026, 7, 3), date(2026, 7, 4)} <= public_holidays("US", 2026)


def test_what_is_loaded_ahead_serves_every_country() -> None:
    make_ready()

    assert date(2026, 12, 25) in public_holidays("US", 2026)


def test_a_place_of_which_nothing_is_known_has_no_holidays() -> None:
    assert public_holidays("XX", 2026) == frozenset()
    assert not are_known("XX")
    assert are_known("PH")


def test_the_package_is_loaded_only_when_a_holiday_is_asked_for() -> None:
    script = "import sys, bot.app; sys.exit('holidays' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    ("zone", "code"),
    [
        ("Asia/Manila", "PH"),
        ("America/New_York", "US"),
        ("US/Eastern", "US"),
        ("Asia/Calcutta", "IN"),
        ("UTC", None),
        ("Etc/GMT-8", None),
        ("EST", None),
    ],
)
def test_a_zone_tells_its_country(zone: str, code: str | None) -> None:
    assert country_of(zone) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Philippines", "PH"),
        (" the philippines", "PH"),
        ("usa", "US"),
        ("US", "US"),
        ("ph", "PH"),
        ("uk", "GB"),
        ("South Korea", "KR"),
        ("Trinidad and Tobago", "TT"),
        ("Virgin Islands (US)", "VI"),
    ],
)
def test_a_country_is_found_by_what_people_call_it(text: str, code: str) -> None:
    assert find_country(text) == code


def test_a_misspelt_country_is_guessed_at() -> None:
    with pytest.raises(UnknownCountry, match="Did you mean Philippines"):
        find_country("Phillipines")
    with pytest.raises(UnknownCountry, match="Write its name in English"):
        find_country("qqq")


def test_a_code_has_a_name() -> None:
    assert country_name("PH") == "Philippines"
    assert country_name("XX") == "XX"
