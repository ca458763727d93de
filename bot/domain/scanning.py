"""Find out how far a text can be read as a day and a time, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.domain.wording import DURATION, FAMILIES, LAST, MONTH, WEEKDAY, Family, pattern
from bot.domain.zones import UnknownZone, find_zone

DAYS: Final = frozenset(
    {Family.NAMED, Family.WEEKDAY, Family.DATE, Family.ORDINAL, Family.SPAN, Family.PERIOD}
)
_TOGETHER: Final = (
    {Family.WEEKDAY, Family.DATE},
    {Family.WEEKDAY, Family.ORDINAL},
    {Family.CLOCK, Family.PART},
    {Family.HOUR, Family.PART},
)
_MONTHS: Final = 12

# Nobody writes more than a few of these, and a whole line of them would be tried again and again.
_GAP = r"(?P<gap>(?:[ ,@]|t(?=\d\d:)|(?:at|on|by|before|the|of)(?: |,)){0,6})"
_FAMILIES: Final = tuple(
    (family, pattern(f"{_GAP}(?:{words.pattern})")) for family, words in FAMILIES
)
_ASKS_HOUR = pattern(r".*(?:at |@ ?)")
_LAST = pattern(LAST)
# A time that the scanner could not read, right after what it could: a range, or a second time.
_DANGLING = pattern(
    r"[ ,@]*(?:(?:at|to|until|till)\b|[-\N{EN DASH}])? ?"
    r"\d\d?(?:[:.h]\d\d?\b| ?[ap]\.?m\b| ?[-\N{EN DASH}] ?\d|/\d)[^ \x00]*"
)
_WHOSE = pattern(r"[ ,]*\(?(?:in |on )?(?:(?P<mine>my|our)|(?P<theirs>their|your)) time\b\)?")
_OFFSET = re.compile(
    r" ?\(?(?P<words>(?:(?:utc|gmt) ?[-+\N{MINUS SIGN}]|\+) ?[0-9]{1,2}(?::?[0-9]{2})?)\b\)?",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"[ ,]*\(?(?:in )?(?P<words>[^\W\d_][\w/.'+-]*(?: [^\W\d_][\w/.'+-]*){0,3})", re.IGNORECASE
)
# The name of a place ends before these: "17:00 manila every month", "17:00 est on friday".
_NO_PLACE = pattern(
    r" ?\b(?:due|by|takes?|every|each|on|at|and|or|for|to|with|if|please|pls|to(?:day|night|morrow)"
    rf"|next|this|eod|{WEEKDAY}|{MONTH}|est\.? (?={DURATION}))\b"
)
# What the refusal of a name says that is nearly, or too widely, known.
_HINTS: Final = ("Did you mean", "several time zones")


@dataclass(frozen=True)
class Piece:
    """Some words of a text that say one thing."""

    family: Family
    found: re.Match[str]

    def __getitem__(self, group: str) -> str:
        """Return the named part in small letters, empty where it was not written."""
        if group not in self.found.re.groupindex:
            return ""
        return (self.found[group] or "").lower()

    @property
    def words(self) -> str:
        return self.found[0].removeprefix(self.found["gap"])

    @property
    def asks_hour(self) -> bool:
        """Whether "at" stands before it."""
        return bool(_ASKS_HOUR.fullmatch(self.found["gap"]))

    @property
    def is_last(self) -> bool:
        """Whether no further words of a sentence follow it."""
        return bool(_LAST.match(self.found.string, self.found.end()))


@dataclass(frozen=True)
class Place:
    """Whose clocks a time is read from."""

    end: int
    zone: str | None = None
    whose: str | None = None
    """`mine` or `theirs`: "my time", "their time"."""
    unknown: UnknownZone | None = None
    """A zone was clearly meant, and nobody knows it."""

    @property
    def is_known(self) -> bool:
        return bool(self.zone or self.whose or self.unknown)


@dataclass(frozen=True)
class Wording:
    """What stands at one place of a text, in the terms in which it was written."""

    text: str
    start: int
    end: int
    pieces: tuple[Piece, ...]
    place: Place
    dangling: bool
    """The last words are a further time, which cannot be read together with the rest."""

    @property
    def words(self) -> str:
        return self.text[self.start : self.end].strip(" ,@")

    def __getitem__(self, family: Family) -> Piece | None:
        return next((piece for piece in self.pieces if piece.family is family), None)

    def has(self, *families: Family) -> bool:
        return any(piece.family in families for piece in self.pieces)


def scan(text: str, start: int = 0, *, sure: bool = False) -> Wording:
    """Return what `text` says about a time from `start` on, and where that ends.

    With `sure`, words that more often mean something else are left out:
    "by 2 days" shifts something, and "by 3.12" counts.
    """
    pieces: tuple[Piece, ...] = ()
    end = start
    place = Place(end)
    while piece := _next(text, end, pieces, sure=sure):
        pieces += (piece,)
        end = piece.found.end()
        if not place.is_known:
            after_time = any(piece.family not in DAYS for piece in pieces)
            place = _place(text, end, after_time=after_time)
            end = place.end
    has_clock = any(piece.family is Family.CLOCK for piece in pieces)
    dangling = None if has_clock else _DANGLING.match(text, end)
    end = dangling.end() if dangling else end
    return Wording(text, start, end, pieces, place, dangling=bool(dangling))


def _next(text: str, pos: int, before: tuple[Piece, ...], *, sure: bool) -> Piece | None:
    """Return the longest words at `pos` that go together with those before them."""
    matches = ((family, words.match(text, pos)) for family, words in _FAMILIES)
    pieces = (Piece(family, found) for family, found in matches if found)
    fitting = (piece for piece in pieces if _fits(piece, before, sure=sure))
    return max(fitting, key=lambda piece: piece.found.end(), default=None)


def _fits(piece: Piece, before: tuple[Piece, ...], *, sure: bool) -> bool:
    families = {other.family for other in before}
    same_kind = families & DAYS if piece.family in DAYS else families - DAYS
    if any({piece.family, other} not in _TOGETHER for other in same_kind):
        return False
    has_day = bool(families & DAYS)
    fits = True
    match piece.family:
        case Family.WEEKDAY:
            # "By the sun" is no Sunday.
            fits = not piece["gap"].endswith("the ")
        case Family.SPAN:
            fits = not piece["bare"] or not (sure or before)
        case Family.DATE if piece["mark"] and not piece["year3"] and not piece["stop"]:
            # "10-15" is a range; "17.30" is a time, and so is "fri 3.12".
            dotted = piece["mark"] == "." and not (sure or before)
            fits = piece["mark"] == "/" or (dotted and int(piece["second"]) <= _MONTHS)
        case Family.CLOCK if piece["dotted"]:
            fits = has_day or not sure
        case Family.CLOCK if piece["bare"]:
            fits = has_day or piece.asks_hour
        case Family.CLOCK if piece["letter"]:
            fits = has_day or not sure
        case Family.HOUR:
            fits = piece.asks_hour or (has_day and piece.is_last)
        case Family.PART:
            fits = bool(before or piece["now"] or piece["this"] == "this")
    return fits


def _place(text: str, end: int, *, after_time: bool) -> Place:
    """Return whose time is named at `end`; a city or an offset counts only right after a time."""
    owner = _WHOSE.match(text, end)
    if owner:
        return Place(owner.end(), whose="mine" if owner["mine"] else "theirs")
    offset = _OFFSET.match(text, end)
    if offset and after_time:
        try:
            return Place(offset.end(), zone=find_zone(offset["words"]))
        except UnknownZone as unknown:
            return Place(offset.end(), unknown=unknown)
    city = _PLACE.match(text, end)
    if city and after_time and not _NO_PLACE.match(text, city.start("words")):
        return _city(text, city.start("words"), city["words"]) or Place(end)
    return Place(end)


def _city(text: str, start: int, sentence: str) -> Place | None:
    """Return the zone that the first few words name, or that they were meant to name."""
    stop = _NO_PLACE.search(sentence)
    words = (sentence[: stop.start()] if stop else sentence).split(" ")
    refusals = []
    for count in range(len(words), 0, -1):
        name = " ".join(words[:count]).rstrip(".")
        end = start + len(name)
        end += text[end : end + 1] == ")"
        try:
            return Place(end, zone=find_zone(name))
        except UnknownZone as unknown:
            refusals.append(Place(end, unknown=unknown))
    whole = refusals[0]
    meant = words[-1].lower() == "time" or any(hint in str(whole.unknown) for hint in _HINTS)
    alone = len(words) == 1 or bool(_LAST.match(text, whole.end))
    return whole if meant and alone else None
