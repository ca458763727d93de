"""Find a zone by the name a person types; turn wall clock into instant and back.

The only home of pytz, which is the one source of zone data: a fixed release, the same on every
machine. Its own classes stop at 2037, where they keep every zone on its last offset, an hour
wrong for half of the year; the files it ships carry the rule for later years. The standard
library reads those files whole, so the data is pytz's and the arithmetic is `zoneinfo`'s.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from datetime import UTC, date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytz

from bot.domain.errors import BotError
from bot.domain.quotation import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

Zone = ZoneInfo

EXAMPLE: Final = "Write a city or an offset, such as Manila, New York or UTC+8."

# What people write and no IANA name says. Abbreviations follow the daylight rules of their
# place, because nobody who writes "9:00 est" in July means standard time. Several are shared
# (CST is also China's, IST Israel's and Ireland's, BST Bangladesh's, PST the Philippines'). The
# one that most people mean wins over a question each time: every receipt names the city, so
# that a wrong guess is seen at once and mended by typing the city. Abbreviations that are also
# English words (EAT, CAT, ART, WEST) are left out, because zones are looked for in sentences.
SPELLINGS: Final = {
    "UTC": "utc, uct, z, zulu, universal",
    "GMT": "gmt, greenwich, greenwich mean",
    "America/New_York": "est, edt, et, eastern, nyc, ny, new york city, manhattan, brooklyn, boston"
    ", washington dc, dc, miami, atlanta, philadelphia, charlotte, orlando, florida, new jersey",
    "America/Chicago": "cst, cdt, ct, central, dallas, houston, austin, minneapolis, nashville"
    ", texas",
    "America/Denver": "mst, mdt, mt, mountain, salt lake city",
    "America/Los_Angeles": "pst, pdt, pt, pacific, la, sf, san francisco, seattle, san diego"
    ", california, las vegas",
    "America/Phoenix": "arizona",
    "America/Anchorage": "akst, akdt, alaska",
    "Pacific/Honolulu": "hst, hawaii",
    "America/Halifax": "ast, adt, atlantic",
    "America/St_Johns": "newfoundland",
    "America/Toronto": "ottawa, montreal, quebec, ontario",
    "America/Edmonton": "calgary, alberta",
    "America/Vancouver": "british columbia, bc",
    "America/Mexico_City": "guadalajara",
    "America/Sao_Paulo": "brt, rio de janeiro, brasilia",
    "America/Argentina/Buenos_Aires": "argentina",
    "America/Santiago": "clt, clst",
    "America/Bogota": "cot, medellin",
    "Europe/London": "bst, uk, britain, great britain, england, scotland, wales, manchester"
    ", edinburgh, british",
    "Europe/Lisbon": "portugal, porto, western european",
    "Europe/Berlin": "cet, cest, germany, munich, hamburg, frankfurt, cologne, central european",
    "Europe/Madrid": "spain, barcelona",
    "Europe/Rome": "milan",
    "Europe/Zurich": "geneva, basel",
    "Europe/Warsaw": "krakow",
    "Europe/Athens": "eet, eest, eastern european",
    "Europe/Kyiv": "kiev, ukraine, lviv",
    "Europe/Istanbul": "trt",
    "Europe/Moscow": "msk",
    "Asia/Nicosia": "cyprus",
    "Asia/Jerusalem": "idt, tel aviv",
    "Asia/Riyadh": "jeddah",
    "Asia/Dubai": "gst, uae, abu dhabi",
    "Asia/Karachi": "pkt, lahore, islamabad",
    "Asia/Kolkata": "ist, mumbai, bombay, delhi, new delhi, bangalore, bengaluru, chennai"
    ", hyderabad, pune, calcutta",
    "Asia/Kathmandu": "npt",
    "Asia/Yangon": "mmt, burma",
    "Asia/Dhaka": "bdt",
    "Asia/Bangkok": "ict",
    "Asia/Ho_Chi_Minh": "saigon, hanoi, ho chi minh city",
    "Asia/Jakarta": "wib",
    "Asia/Makassar": "wita, bali, denpasar",
    "Asia/Manila": "pht, phst, ph, philippine, cebu, davao, makati, quezon city, metro manila",
    "Asia/Singapore": "sgt, sg",
    "Asia/Kuala_Lumpur": "myt, malaysia, kl",
    "Asia/Hong_Kong": "hkt, hk, hongkong",
    "Asia/Shanghai": "china, beijing, shenzhen, guangzhou",
    "Asia/Tokyo": "jst, osaka, kyoto",
    "Asia/Seoul": "kst, korea, south korea",
    "Asia/Tashkent": "uzbekistan",
    "Australia/Sydney": "aest, aedt, aet, canberra",
    "Australia/Adelaide": "acst, acdt",
    "Australia/Perth": "awst, western australia",
    "Pacific/Auckland": "nzst, nzdt, nzt, nz, new zealand, wellington",
    "Pacific/Apia": "samoa",
    "Africa/Lagos": "wat",
    "Africa/Johannesburg": "sast, cape town",
}
COUNTRY_SPELLINGS: Final = {
    "us": "united states",
    "usa": "united states",
    "america": "united states",
}
# Of countries for their own sake; where these stand for a zone, SPELLINGS has them.
MORE_COUNTRIES: Final = {
    "uk": "britain",
    "united kingdom": "britain",
    "great britain": "britain",
    "england": "britain",
    "holland": "netherlands",
    "the philippines": "philippines",
    "the netherlands": "netherlands",
    "korea": "south korea",
    "uae": "united arab emirates",
    "czechia": "czech republic",
}

# IANA has fixed offsets for whole hours only. These are the places that keep one of the others
# all year round.
BROKEN_OFFSETS: Final = {
    "+03:30": "Asia/Tehran",
    "+04:30": "Asia/Kabul",
    "+05:30": "Asia/Kolkata",
    "+05:45": "Asia/Kathmandu",
    "+06:30": "Asia/Yangon",
    "+08:45": "Australia/Eucla",
    "+09:30": "Australia/Darwin",
    "-09:30": "Pacific/Marquesas",
}

# Last parts of IANA names that mean something else in a sentence: "by 5pm act on it".
ORDINARY_WORDS: Final = {"act", "north", "south"}

_OFFSET = re.compile(
    r"(?:utc|gmt)?\s*(?P<sign>[-+])\s*(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?"
)
_WITHOUT_SIGNS = str.maketrans({"(": " ", ")": " ", "&": " and "})
_DASHES = str.maketrans("\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}", "---")


class UnknownCountry(BotError):
    """No country has that name; the sentence offers the nearest ones."""


class UnknownZone(BotError):
    """No zone has that name; the sentence offers the nearest ones."""


@cache
def zone(name: str) -> Zone:
    """Return the zone with this exact IANA name, old names included, as Slack reports them."""
    if name not in pytz.all_timezones_set:
        raise UnknownZone(f"This Baton knows no time zone {quoted(name)}. {EXAMPLE}")
    with pytz.open_resource(name) as file:  # type: ignore[attr-defined] # missing in types-pytz
        return ZoneInfo.from_file(file, key=name)


def zone_data_version() -> str:
    """Return the release of the zone data, such as 2026a: when it changes, instants may move."""
    return str(pytz.OLSON_VERSION)  # type: ignore[attr-defined] # missing in types-pytz


def to_utc(zone: Zone, local: datetime) -> datetime:
    """Return the instant at which a wall clock in `zone` reads `local`.

    Twice a year the question has no answer, or two. A time skipped in spring is
    read as if the clocks had not moved yet, so 02:30 happens at 03:30; a time
    repeated in autumn means its first pass. Every local date therefore has one
    huddle time, which is all that callers rely on.
    """
    if local.tzinfo is not None:
        raise ValueError("A wall clock time has no zone of its own.")
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def to_local(zone: Zone, instant: datetime) -> datetime:
    """Return what a wall clock in `zone` reads at `instant`, without saying which pass it is."""
    if instant.tzinfo is None:
        raise ValueError("An instant without a zone could be any of forty.")
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def exists(zone: Zone, local_date: date) -> bool:
    """Say whether the calendar of `zone` has this date: Apia went from 29 to 31 December 2011."""
    # A gap that swallows a date swallows both of its ends. A gap over one midnight, which is
    # how Cairo and Beirut begin summer, leaves one of them.
    ends = (datetime.combine(local_date, end) for end in (time.min, time.max))
    return any(to_local(zone, to_utc(zone, end)) == end for end in ends)


def zone_label(name: str, instant: datetime) -> str:
    """Return the words that follow a local time: "Manila", "New York", "UTC+8".

    In the hour that a clock change repeats, the offset is added, because
    "01:30 New York" would be two instants: "New York (UTC-5)".
    """
    if name.startswith("Etc/GMT") and name[7:8] in {"+", "-"}:
        # The signs of these names are those of POSIX: west is positive.
        return _offset_label(name.removeprefix("Etc/GMT").translate(str.maketrans("+-", "-+")))
    area, _, city = name.rpartition("/")
    words = city.replace("_", " ")
    if area in {"US", "Canada", "Brazil", "Mexico", "Chile"}:
        words = f"{area} {words}"

    there = zone(name)
    reading = instant.astimezone(there)
    if reading.replace(fold=0).utcoffset() == reading.replace(fold=1).utcoffset():
        return words
    return f"{words} ({_offset_label(f'{reading:%z}')})"


def find_zone(text: str) -> str:
    """Return the IANA name of the zone that a person means by `text`.

    Understood in any case and with spaces, hyphens or underscores: IANA names
    and their last parts where those are unique, further cities, countries with
    one zone, abbreviations with or without daylight saving (see SPELLINGS), and
    offsets such as "utc+8", which stay the same all year round.
    """
    offset = _OFFSET.fullmatch(text.strip().casefold().translate(_DASHES))
    if offset:
        return _fixed(text, **offset.groupdict())
    spelling = re.sub(r" (?:(?:standard|daylight|summer) )?time$", "", _key(text))
    if spelling in _known():
        return _known()[spelling]
    raise UnknownZone(_refusal(text, spelling))


@cache
def country_of(name: str) -> str | None:
    """Return the code of the country in which a zone is, such as PH; None for UTC and offsets."""
    code = _country_by_zone().get(name)
    if code is not None or "/" not in name or name.startswith("Etc/"):
        return code
    # An old name carries the same data as the new one: US/Eastern as America/New_York.
    data = _data(name)
    return next((code for other, code in _country_by_zone().items() if _data(other) == data), None)


def country_name(code: str) -> str:
    """Return what a country is called, such as Philippines; the code itself where it has none."""
    return str(pytz.country_names.get(code, code))


def find_country(text: str) -> str:
    """Return the code of the country that a person means by its name or code, in any case."""
    spelling = _key(text.translate(_WITHOUT_SIGNS))
    spelling = (COUNTRY_SPELLINGS | MORE_COUNTRIES).get(spelling, spelling)
    known = _country_by_name()
    if spelling in known:
        return known[spelling]
    if spelling.upper() in pytz.country_names:
        return spelling.upper()
    near = difflib.get_close_matches(spelling, known, n=3, cutoff=0.7)
    hint = f" Did you mean {_either([country_name(known[name]) for name in near])}?" if near else ""
    raise UnknownCountry(
        f"I know no country {quoted(text)}.{hint} Write its name in English, such as Philippines "
        "or United States."
    )


@cache
def _country_by_zone() -> dict[str, str]:
    return {name: code for code, names in pytz.country_timezones.items() for name in names}


@cache
def _country_by_name() -> dict[str, str]:
    """Return every spelling of a country: `Korea (South)` is also South Korea."""
    known: dict[str, str] = {}
    common: dict[str, list[str]] = defaultdict(list)
    for code, name in pytz.country_names.items():
        words = name.replace("&", "and")
        main, _, other = words.rstrip(")").partition(" (")
        common[_key(main)].append(code)
        known |= {_key(f"{main} {other}"): code, _key(f"{other} {main}"): code}
    return known | {name: codes[0] for name, codes in common.items() if len(codes) == 1}


def _data(name: str) -> bytes:
    with pytz.open_resource(name) as file:  # type: ignore[attr-defined] # missing in types-pytz
        return bytes(file.read())


def _key(text: str) -> str:
    """Return the form in which spellings are compared: no case, accents or separators."""
    main = re.sub(r"\([^)]*\)", " ", text).strip() or text
    letters = unicodedata.normalize("NFKD", main).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(
        r"[\s/_-]+", " ", re.sub(r"['.\N{RIGHT SINGLE QUOTATION MARK}]", "", bare)
    ).strip()


def _fixed(text: str, *, sign: str, hours: str, minutes: str | None) -> str:
    offset = f"{sign}{int(hours):02}:{minutes or '00'}"
    if offset in BROKEN_OFFSETS:
        return BROKEN_OFFSETS[offset]
    # Etc counts westwards: UTC+8 is Etc/GMT-8.
    name = f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"
    if offset[1:] == "00:00":
        return "UTC"
    if offset.endswith(":00") and name in pytz.all_timezones_set:
        return name
    raise UnknownZone(f"No place keeps the offset {quoted(text)} all year. {EXAMPLE}")


def _offset_label(offset: str) -> str:
    """Return "UTC+8" for "+8" and "+0800", "UTC+5:30" for "+0530"."""
    sign, hours, minutes = offset[0], offset[1:3], offset[3:5]
    return f"UTC{sign}{int(hours)}" + (f":{minutes}" if minutes.strip("0") else "")


@cache
def _known() -> dict[str, str]:
    """Return every spelling that stands for one zone; what comes later in here is stronger."""
    old_names = [name for name in pytz.all_timezones if name not in pytz.common_timezones_set]
    known = _by_city(old_names)
    known |= {_key(name): name for name in pytz.all_timezones}
    known |= _by_city(pytz.common_timezones)
    known |= {name: zones[0] for name, zones in _by_country().items() if len(zones) == 1}
    return known | {
        spelling: name for name, words in SPELLINGS.items() for spelling in words.split(", ")
    }


def _by_city(names: Iterable[str]) -> dict[str, str]:
    """Return those names whose last part no other of them has, by that part."""
    zones: dict[str, list[str]] = defaultdict(list)
    for name in names:
        area, _, city = name.rpartition("/")
        if area != "Etc":  # The signs in Etc are upside down for everybody but POSIX.
            zones[_key(city)].append(name)
    return {
        city: found[0]
        for city, found in zones.items()
        if len(found) == 1 and city not in ORDINARY_WORDS
    }


@cache
def _by_country() -> dict[str, list[str]]:
    zones: dict[str, list[str]] = defaultdict(list)
    for code, names in pytz.country_timezones.items():
        zones[_key(pytz.country_names[code])] += names
    return zones


def _refusal(text: str, spelling: str) -> str:
    """Return the sentence that says what to type instead of `text`."""
    if not spelling:
        return f"No time zone was given. {EXAMPLE}"
    country = COUNTRY_SPELLINGS.get(spelling, spelling)
    cities = _by_country().get(country)
    if cities:
        # A place that has many spellings is one that many people name.
        cities = sorted(cities, key=lambda name: -len(SPELLINGS.get(name, "").split()))[:3]
        return f"{country.title()} has several time zones. Name one, such as {_either(cities)}."
    known = _known()
    # Whoever writes "Manila, Philippines" is answered about the city.
    near = difflib.get_close_matches(spelling.partition(",")[0], known, n=12, cutoff=0.75)
    nearest = list(dict.fromkeys(known[found] for found in near))[:3]
    hint = f" Did you mean {_either(nearest)}?" if nearest else ""
    return f"I know no time zone {quoted(text)}.{hint} {EXAMPLE}"


def _either(names: list[str]) -> str:
    """Return the names as a choice in words: "A, B or C"."""
    *others, final = names
    return f"{', '.join(others)} or {final}" if others else final
