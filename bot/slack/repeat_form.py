"""How often a task comes, as the form of a task asks for it: `every`, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.domain.calendar import Weekday
from bot.domain.errors import BotError
from bot.domain.phrases import read_date
from bot.domain.repeat import Frequency, Moving, Rule, place_in_month
from bot.domain.repeat_words import EXAMPLES, describe, read_repeat
from bot.domain.series import place_of
from bot.slack.blocks import Block, choice_input, input_choice, input_text, text_input
from bot.slack.bolt import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.calendar import WorkingHours
    from bot.domain.series import Series
    from bot.domain.task import Due

EVERY: Final = "every"
WORDS: Final = "every_words"
MOVING: Final = "every_off"
SCOPE: Final = "every_scope"

NEVER: Final = "never"
OTHER: Final = "other"
_CHOICES: Final = (
    (NEVER, "Never"),
    ("day", "Every day"),
    ("week", "Every week on that day"),
    ("two_weeks", "Every 2 weeks on that day"),
    ("month_date", "Every month on that date"),
    ("month_weekday", "Every month on that weekday"),
    (OTHER, "Otherwise, as written below"),
)
_MOVES: Final = (
    (Moving.BEFORE, "Do it the working day before"),
    (Moving.AFTER, "Do it the working day after"),
    (Moving.LEAVE, "Leave it on that day"),
)
THIS_ONE: Final = "one"
ALL: Final = "all"
_SCOPES: Final = ((THIS_ONE, "This one"), (ALL, "This and all that follow"))


@dataclass(frozen=True)
class Repeats:
    """How often a task comes when its form opens."""

    words: str = ""
    """Empty where it comes once."""
    moving: Moving = Moving.BEFORE
    is_series: bool = False
    """It is one of several, so what is changed may be for this one alone."""
    choice: str | None = None
    """What was chosen in a form that is shown anew."""
    for_all: bool = False


ONCE: Final = Repeats()


@dataclass(frozen=True)
class Wish:
    """What a form says about how often a task comes, still to be read."""

    choice: str
    words: str
    moving: Moving
    for_all: bool
    """Whether a change is for this one and all that follow."""


def repeats_of(series: Series | None) -> Repeats:
    if series is None or not series.is_living:
        return ONCE
    return Repeats(describe(series.rule), series.moving, is_series=True)


def inputs(known: Repeats, *, is_whole: bool) -> list[Block]:
    """Return the inputs, filled in with how often it comes; the first screen asks only if it does.

    Most tasks come once, so that *Repeats* is behind *Add details*.
    """
    scope = choice_input(
        SCOPE, "What does this change?", _SCOPES, initial=ALL if known.for_all else THIS_ONE
    )
    chosen = known.choice or (OTHER if known.words else NEVER)
    every = choice_input(EVERY, "Repeats", _CHOICES, initial=chosen)
    words = text_input(
        WORDS,
        "Repeats, in your words",
        initial=known.words,
        hint=f"Such as: {EXAMPLES}. Also: until 31 dec, or 6 times.",
        optional=True,
    )
    moves = choice_input(MOVING, "When it falls on their day off", _MOVES, initial=known.moving)
    if not (is_whole or known.words or chosen != NEVER):
        return []
    return [*([scope] if known.is_series else []), every, words, moves]


def refilled(state: Mapping[str, Any]) -> Repeats:
    """Return what is in a form that is open, to show it anew."""
    wish = read(state)
    if wish is None:
        return ONCE
    is_series = input_choice(state, SCOPE) is not None
    return Repeats(wish.words, wish.moving, is_series, wish.choice, wish.for_all)


def read(state: Mapping[str, Any]) -> Wish | None:
    """Return what was chosen; None where the form did not ask."""
    choice = input_choice(state, EVERY)
    if choice is None:
        return None
    moving = input_choice(state, MOVING)
    return Wish(
        choice=choice,
        words=input_text(state, WORDS),
        moving=Moving(moving) if moving in set(Moving) else Moving.BEFORE,
        for_all=input_choice(state, SCOPE) == ALL,
    )


def rule_of(
    wish: Wish, due: Due, *, known: Series | None, hours: WorkingHours, now: datetime
) -> Rule | None:
    """Return the rule that was wished for, or refuse it under its input.

    Words that were there when the form opened mean the rule there is.
    """
    if known is not None and wish.choice == OTHER and wish.words == describe(known.rule):
        return known.rule
    if wish.words and wish.choice in {OTHER, NEVER} and not _kept(wish, known):
        try:
            return read_repeat(
                wish.words, read_until=lambda words: read_date(words, hours=hours, now=now)
            )
        except BotError as refusal:
            raise InputError(str(refusal), block=WORDS) from refusal
    if wish.choice == OTHER:
        raise InputError(f"Write how often, such as: {EXAMPLES}.", block=WORDS)
    first, _ = place_of(due, hours)
    weekday = frozenset({Weekday(first.weekday())})
    return {
        "day": Rule(Frequency.DAILY),
        "week": Rule(Frequency.WEEKLY, days=weekday),
        "two_weeks": Rule(Frequency.WEEKLY, interval=2, days=weekday),
        "month_date": Rule(Frequency.MONTHLY, month_day=first.day),
        "month_weekday": Rule(Frequency.MONTHLY, days=weekday, place=place_in_month(first)),
    }.get(wish.choice)


def _kept(wish: Wish, known: Series | None) -> bool:
    """Whether the words only stand there because nobody took them out."""
    return wish.choice == NEVER and known is not None and wish.words == describe(known.rule)
