"""How people say that something comes again: "every 2 weeks on fri", "every last friday"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.domain.calendar import (
    WORKING_WEEK,
    describe_weekdays,
    parse_weekdays,
)
from bot.domain.dates import Unreadable, shown_date
from bot.domain.errors import BotError
from bot.domain.quotation import quoted
from bot.domain.repeat import Frequency, Rule
from bot.domain.scanning import DAYS, scan
from bot.domain.task import listed
from bot.domain.wording import WEEKDAY, pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

EXAMPLES: Final = "every week, every mon and thu, every month on the 15th, every last friday"

_EACH = r"(?:every|each)"
_NUMBERS: Final = {
    word: number
    for number, words in {
        2: "other second 2nd two",
        3: "third 3rd three",
        4: "fourth 4th four",
        5: "five",
        6: "six",
        7: "seven",
        8: "eight",
        9: "nine",
        10: "ten",
        11: "eleven",
        12: "twelve",
        1: "one single",
    }.items()
    for word in words.split()
}
_COUNT = rf"(?:\d\d?|{'|'.join(_NUMBERS)})"
_UNIT = r"(?:day|week|fortnight|month|quarter|year)s?"
_WORKDAY = r"(?:week ?day|work(?:ing)? ?day|business day)s?"
_SOME_DAYS = rf"{WEEKDAY}s?(?:(?:, ?(?:and )?| and | ?& ?|/| ?- ?| to ){WEEKDAY}s?)*"
_PLACES: Final = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3,
    "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "last": -1,
}  # fmt: skip
_PLACE = rf"(?:{'|'.join(_PLACES)})"
_PLACED = rf"(?P<place>{_PLACE}) (?P<placed>{WEEKDAY}|{_WORKDAY}|day)"
_DATE = r"(?:the )?(?P<date>\d\d?)(?:st|nd|rd|th)"
_ADVERBS: Final = {
    "daily": Rule(Frequency.DAILY),
    "everyday": Rule(Frequency.DAILY),
    "weekly": Rule(Frequency.WEEKLY),
    "fortnightly": Rule(Frequency.WEEKLY, interval=2),
    "monthly": Rule(Frequency.MONTHLY),
    "quarterly": Rule(Frequency.MONTHLY, interval=3),
    "yearly": Rule(Frequency.MONTHLY, interval=12),
    "annually": Rule(Frequency.MONTHLY, interval=12),
}
_UNCLEAR_ADVERBS: Final = {
    "biweekly": "every 2 weeks or twice a week. Write every 2 weeks, or every mon and thu",
    "bimonthly": "every 2 months or twice a month. Write every 2 months, or every 2 weeks",
}
_UNITS: Final = {
    "day": Rule(Frequency.DAILY),
    "week": Rule(Frequency.WEEKLY),
    "fortnight": Rule(Frequency.WEEKLY, interval=2),
    "month": Rule(Frequency.MONTHLY),
    "quarter": Rule(Frequency.MONTHLY, interval=3),
    "year": Rule(Frequency.MONTHLY, interval=12),
}
_ON = rf"(?:,? (?:on|at) (?:(?P<days>{_SOME_DAYS})|(?:the )?{_PLACED}|{_DATE}))?"
_OF_MONTH = rf"(?: (?:(?:of|in) (?:the|{_EACH}|a) month|{_EACH} month))"
_END = r"(?u:(?!\w))"
_FORMS: Final = tuple(
    pattern(rf"(?u:(?<!\w)){words}{_END}")
    for words in (
        rf"{_EACH} (?P<other>other) (?P<days>{_SOME_DAYS})",
        rf"{_EACH} (?P<workday>{_WORKDAY})",
        rf"{_EACH} (?P<days>{_SOME_DAYS})",
        rf"{_EACH} (?:(?P<count>{_COUNT}) )?(?P<unit>{_UNIT}){_ON}",
        rf"(?P<adverb>{'|'.join(_ADVERBS)}){_ON}",
        r"(?P<unclear>bi-?weekly|bi-?monthly)",
        rf"{_EACH} {_PLACED}(?P<of>{_OF_MONTH})?",
        rf"{_EACH} {_DATE}{_OF_MONTH}?",
        rf"(?:on )?(?:the )?{_PLACED}(?P<of> (?:of|in) {_EACH} month)",
        rf"(?:on )?{_DATE} (?:of|in) {_EACH} month",
    )
)
_UNTIL = pattern(r",? (?:until|till|til|through|up to)(?: and including)? ")
_TIMES = pattern(rf",? (?:for )?(?:x ?)?(?P<times>\d{{1,3}}|{'|'.join(_NUMBERS)}) times{_END}")
_MOST_TIMES: Final = 500


@dataclass(frozen=True)
class Repeat:
    """Some words of a text that say how often something comes again."""

    start: int
    end: int
    words: str
    """As they were written, in small letters."""
    rule: Rule | None
    problem: str | None = None
    """Why there is no rule, and what to write instead."""
    is_adverb: bool = False
    """One word such as "weekly", which may as well belong to "the weekly report"."""


def find_repeats(line: str, *, read_until: Callable[[str], date]) -> Iterator[Repeat]:
    """Yield everything in a line of single spaces that says how often, from left to right."""
    position = 0
    while best := _first(line, position):
        repeat = _with_end(line, best, read_until)
        yield repeat
        position = repeat.end


def read_repeat(text: str, *, read_until: Callable[[str], date]) -> Rule:
    """Return the rule in a text that is nothing else: "every mon and thu until 31 dec"."""
    line = " ".join(text.split()).strip(" .,;!")
    for candidate in (line, f"every {line}"):
        for found in find_repeats(candidate, read_until=read_until):
            if (found.start, found.end) == (0, len(candidate)):
                if found.rule is None:
                    raise Unreadable(str(found.problem))
                return found.rule
    raise Unreadable(f"I cannot read how often {quoted(text)} is. Write it like: {EXAMPLES}.")


def describe(rule: Rule) -> str:
    """Return the rule in words that `read_repeat` reads."""
    words = _described(rule)
    words += f", {rule.times} times" if rule.times is not None else ""
    return words + (f" until {shown_date(rule.until)}" if rule.until else "")


def _described(rule: Rule) -> str:
    if rule.frequency is Frequency.DAILY:
        return _every(rule.interval, "day")
    if rule.frequency is Frequency.WEEKLY:
        if rule.interval == 1 and rule.days == WORKING_WEEK:
            return "every weekday"
        names = listed(describe_weekdays(frozenset({day})) for day in sorted(rule.days))
        return f"every {names}" if rule.interval == 1 else f"every {rule.interval} weeks on {names}"
    words = _every(rule.interval, "month")
    if rule.place is not None:
        day = "weekday" if rule.days == WORKING_WEEK else "day"
        if len(rule.days) == 1:
            day = describe_weekdays(rule.days)
        name = next(word for word, place in _PLACES.items() if place == rule.place)
        return f"{words} on the {name} {day}"
    if rule.month_day == -1:
        return f"{words} on the last day"
    return f"{words} on the {_ordinal(rule.month_day or 1)}"


def _every(interval: int, unit: str) -> str:
    return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"


def _ordinal(number: int) -> str:
    teens = range(11, 14)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number not in teens else "th"
    return f"{number}{ending}"


def _first(line: str, position: int) -> re.Match[str] | None:
    """Return the first words from `position` on that say how often, the longest such ones."""
    found = [match for form in _FORMS if (match := form.search(line, position))]
    return min(found, key=lambda match: (match.start(), -match.end()), default=None)


def _with_end(line: str, found: re.Match[str], read_until: Callable[[str], date]) -> Repeat:
    """Return what was found, with how long it goes on."""
    end = found.end()
    problem = None
    rule: Rule | None = None
    try:
        rule = _rule(found)
    except Unreadable as refusal:
        problem = str(refusal)
    times = _TIMES.match(line, end)
    if times:
        end = times.end()
        number = _number(times["times"])
        if rule is not None and number in range(2, _MOST_TIMES + 1):
            rule = replace(rule, times=number)
        elif rule is not None:
            rule, problem = None, f"Write from 2 to {_MOST_TIMES} times."
    until = _UNTIL.match(line, end)
    wording = scan(line, until.end()) if until else None
    if wording and wording.pieces and all(piece.family in DAYS for piece in wording.pieces):
        end = wording.end
        try:
            last = read_until(wording.words)
            rule = replace(rule, until=last) if rule is not None else None
        except BotError as refusal:
            rule, problem = None, str(refusal)
    words = line[found.start() : end].strip().lower()
    is_adverb = found.re.groupindex.keys() & {"adverb", "unclear"} and " " not in words
    return Repeat(found.start(), end, words, rule, problem, bool(is_adverb))


def _rule(found: re.Match[str]) -> Rule:  # one for each way to say it
    said = {name: (words or "").lower() for name, words in found.groupdict().items()}
    if unclear := said.get("unclear"):
        choice = _UNCLEAR_ADVERBS[unclear.replace("-", "")]
        raise Unreadable(f"{quoted(unclear)} can mean {choice}.")
    if said.get("workday"):
        return Rule(Frequency.WEEKLY, days=WORKING_WEEK)
    if said.get("other"):
        return Rule(Frequency.WEEKLY, interval=2, days=parse_weekdays(said["days"]))
    base = _based(said)
    if said.get("place"):
        return _placed(found[0], said, base)
    if said.get("date"):
        return _dated(said["date"], base)
    if days := said.get("days"):
        if base is not None and base.frequency is not Frequency.WEEKLY:
            raise Unreadable(
                f"{quoted(found[0])} can mean several things. Write it like: {EXAMPLES}."
            )
        return replace(base or Rule(Frequency.WEEKLY), days=parse_weekdays(days))
    return base or Rule(Frequency.DAILY)


def _based(said: dict[str, str]) -> Rule | None:
    """Return what is counted: "every 2 weeks", "monthly"."""
    if adverb := said.get("adverb"):
        return _ADVERBS[adverb]
    if not said.get("unit"):
        return None
    base = _UNITS[said["unit"].rstrip("s")]
    count = _number(said["count"] or "1")
    if count == 0:
        raise Unreadable(f"Nothing comes every 0 days. Write it like: {EXAMPLES}.")
    return replace(base, interval=base.interval * count)


def _placed(whole: str, said: dict[str, str], base: Rule | None) -> Rule:
    place, name = _PLACES[said["place"]], said["placed"]
    is_plain = "of" in said and not said["of"]
    if is_plain and place in {2, 3}:
        weeks = f"every {place} weeks on {name}"
        raise Unreadable(
            f"{quoted(whole)} can mean {weeks}, or one {name} of each month. "
            f"Write {weeks}, or every month on the {said['place']} {name}."
        )
    if place not in {-1, 1, 2, 3, 4}:
        raise Unreadable(f"Not every month has a {said['place']} {name}. Write last {name}.")
    if base is not None and base.frequency is not Frequency.MONTHLY:
        raise Unreadable(f"{quoted(whole)} is no day of a week. Write it like: {EXAMPLES}.")
    interval = base.interval if base else 1
    if name == "day":
        return Rule(Frequency.MONTHLY, interval=interval, month_day=place)
    days = WORKING_WEEK if "day" in name and not _is_weekday(name) else parse_weekdays(name)
    return Rule(Frequency.MONTHLY, interval=interval, days=days, place=place)


def _is_weekday(name: str) -> bool:
    return bool(re.fullmatch(WEEKDAY, name))


def _dated(digits: str, base: Rule | None) -> Rule:
    day = int(digits)
    if day not in range(1, 32):
        raise Unreadable(f"No month has a day {day}. Write a date from 1st to 31st.")
    if base is not None and base.frequency is not Frequency.MONTHLY:
        raise Unreadable(f"A week has no day {day}. Write it like: {EXAMPLES}.")
    return replace(base or Rule(Frequency.MONTHLY), month_day=day)


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else _NUMBERS[word.lower()]
