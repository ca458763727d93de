"""How often something comes again, in the terms of RFC 5545: the one home of dateutil."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from dateutil.rrule import rrulestr

from bot.domain.calendar import Weekday

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVERY_MONTH_HAS: Final = 28
_WEEK: Final = timedelta(weeks=1)


class Frequency(StrEnum):
    """What is counted from one date to the next."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class Moving(StrEnum):
    """What becomes of an occurrence on a day off."""

    BEFORE = "before"  # the working day before
    AFTER = "after"  # the working day after
    LEAVE = "leave"  # it stays where it is


@dataclass(frozen=True)
class Rule:
    """On which dates something comes; what is left out follows from the first one."""

    frequency: Frequency
    interval: int = 1
    days: frozenset[Weekday] = frozenset()
    """The weekdays: of each week, or those that `place` counts within the month."""
    month_day: int | None = None
    """The date, in shorter months their last one; -1 is the last of any month."""
    place: int | None = None
    """Which of `days` in the month: 1 the first, -1 the last."""
    until: date | None = None
    """The last date that still counts."""
    times: int | None = None
    """How many dates there are in all, or are left."""

    @property
    def text(self) -> str:
        """The rule as an RRULE."""
        parts = [f"FREQ={self.frequency}"]
        parts += [f"INTERVAL={self.interval}"] if self.interval > 1 else []
        if self.days:
            parts.append(f"BYDAY={','.join(day.name for day in sorted(self.days))}")
        if self.month_day is not None:
            # RFC 5545 leaves out what a month does not have; people mean its last day.
            dates = [*range(_EVERY_MONTH_HAS, self.month_day + 1)] or [self.month_day]
            parts.append(f"BYMONTHDAY={','.join(map(str, dates))}")
            parts += ["BYSETPOS=-1"] if len(dates) > 1 else []
        parts += [f"BYSETPOS={self.place}"] if self.place is not None else []
        parts += [f"UNTIL={self.until:%Y%m%d}"] if self.until else []
        parts += [f"COUNT={self.times}"] if self.times is not None else []
        return ";".join(parts)


def rule_from(text: str) -> Rule:
    """Return the rule that a `text` of one stands for."""
    parts = dict(part.split("=") for part in text.split(";"))
    dates, place, until = (parts.get(key) for key in ("BYMONTHDAY", "BYSETPOS", "UNTIL"))
    times = parts.get("COUNT")
    return Rule(
        Frequency(parts["FREQ"]),
        interval=int(parts.get("INTERVAL", 1)),
        days=frozenset(Weekday[name] for name in parts.get("BYDAY", "").split(",") if name),
        month_day=int(dates.rpartition(",")[2]) if dates else None,
        place=int(place) if place and not dates else None,
        until=date.fromisoformat(until) if until else None,
        times=int(times) if times else None,
    )


def dates_after(rule: Rule, start: date, *, after: date) -> Iterator[date]:
    """Yield the dates of a rule that begins on `start`, those strictly after `after`.

    How many of them count is not the rule's matter here: whoever counts knows what came before.
    """
    plain = replace(rule, until=None, times=None).text
    found = rrulestr(plain, dtstart=_midnight(start)).xafter(_midnight(max(after, start)))
    dates = (instant.date() for instant in found)
    last = rule.until or date.max
    return takewhile(lambda found: found <= last, dates)


def anchored(rule: Rule, first: date) -> Rule:
    """Return the rule with the days that follow from its first date."""
    if rule.frequency is Frequency.WEEKLY and not rule.days:
        return replace(rule, days=frozenset({Weekday(first.weekday())}))
    if rule.frequency is Frequency.MONTHLY and not rule.days and rule.month_day is None:
        return replace(rule, month_day=first.day)
    return rule


def shifted(rule: Rule, before: date, after: date) -> Rule:
    """Return a rule whose one day follows, as its occurrence moves from one date to another."""
    if before == after:
        return rule
    if rule.frequency is Frequency.MONTHLY and rule.month_day is not None:
        return replace(rule, month_day=after.day)
    if len(rule.days) == 1 and before.weekday() in rule.days:
        moved = replace(rule, days=frozenset({Weekday(after.weekday())}))
        return moved if rule.place is None else replace(moved, place=place_in_month(after))
    return rule


def place_in_month(local_date: date) -> int:
    """Return which of its weekday in the month a date is; -1 for the last one."""
    is_last = (local_date + _WEEK).month != local_date.month
    return -1 if is_last else (local_date.day - 1) // 7 + 1


def _midnight(local_date: date) -> datetime:
    return datetime(local_date.year, local_date.month, local_date.day)  # noqa: DTZ001  # a date
