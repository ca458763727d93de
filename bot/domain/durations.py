"""Read how long something takes, as people write it: "3h", "1h30", "half an hour", "2 days"."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.domain.errors import BotError
from bot.domain.quotation import quoted
from bot.domain.wording import DURATION, NUMBER, NUMBERS, UNITS, pattern

EXAMPLE: Final = "Write it like 3h, 90m, 1h30 or 2 days."

_WORKING_DAY: Final = timedelta(hours=8)
_EFFORT: Final = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": _WORKING_DAY,
    "working day": _WORKING_DAY,
    "week": 5 * _WORKING_DAY,
    "month": 20 * _WORKING_DAY,
}
_LONGEST: Final = 250 * _WORKING_DAY

_AMOUNT = pattern(
    rf"(?P<number>{NUMBER})(?P<half> and a half)?(?: of)?[ -]?(?:"
    + "|".join(f"(?P<{unit.replace(' ', '_')}>{words})" for unit, words in UNITS.items())
    + r")(?P<also_half> and a half)?(?![a-z])"
)
_HOURS_MINUTES = pattern(r"(?P<hours>\d{1,3}) ?[h:] ?(?P<minutes>[0-5]\d)(?: ?[a-z]+)?")
EFFORT: Final = (
    r"(?:(?:about|around|roughly|max\.?|up to|~) ?)?"
    rf"(?:\d{{1,4}}(?:[.,]\d\d?)? ?(?:-|\N{{EN DASH}}|to) ?)?(?P<duration>{DURATION})"
)
_EFFORT_WORDS = pattern(EFFORT)


class UnreadableDuration(BotError):
    """These words say no duration, or none that one task can take."""


def read_duration(text: str) -> timedelta:
    """Return the effort that `text` names.

    It is working time: a day is 8 hours, a week 5 days, a month 20. Of a range,
    such as "2-3h", the longer end counts, because plans are made with it.
    """
    found = _EFFORT_WORDS.fullmatch(" ".join(text.split()))
    if found is None:
        raise UnreadableDuration(f"I cannot read {quoted(text)} as a duration. {EXAMPLE}")
    effort = elapsed(amounts(found["duration"]))
    if not timedelta() < effort <= _LONGEST:
        raise UnreadableDuration(
            f"A task takes between a minute and a year of work, not {quoted(text)}. {EXAMPLE}"
        )
    return effort


def amounts(words: str) -> list[tuple[float, str]]:
    """Return the numbers and units of a duration, as they are written."""
    clocked = _HOURS_MINUTES.fullmatch(words)
    if clocked:
        return [(int(clocked["hours"]), "hour"), (int(clocked["minutes"]), "minute")]
    return [
        (
            _number(found["number"]) + (0.5 if found["half"] or found["also_half"] else 0),
            next(unit for unit in UNITS if found[unit.replace(" ", "_")]),
        )
        for found in _AMOUNT.finditer(words)
    ]


def elapsed(counted: list[tuple[float, str]]) -> timedelta:
    """Return the working time of these amounts, which for hours and minutes is plain time."""
    return sum((number * _EFFORT[unit] for number, unit in counted), timedelta())


def _number(words: str) -> float:
    return NUMBERS.get(words.lower()) or float(words.replace(",", "."))
