"""Days on which somebody does not work: their absences, holidays and their teams' dates off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.calendar import DAY
from bot.domain.holidays import public_holidays

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


@dataclass(frozen=True, order=True)
class Absence:
    """Dates on which somebody is away: never a kind or a reason. Night shifts count by start."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def touches(self, other: Absence) -> bool:
        """Say whether the two share a date, or one begins the day after the other ends."""
        return self.first <= other.last + DAY and other.first <= self.last + DAY


def joined(absences: Iterable[Absence], new: Absence) -> tuple[Absence, ...]:
    """Return the absences with one more, in order; those that touch it become one with it."""
    apart = [known for known in absences if not known.touches(new)]
    together = [known for known in absences if known.touches(new)]
    first = min([new.first, *(known.first for known in together)])
    last = max([new.last, *(known.last for known in together)])
    return tuple(sorted([*apart, Absence(first, last)]))


@dataclass(frozen=True)
class DaysOff:
    """What `off` of the calendar's functions takes for a person: a date is in it, or not.

    The holidays of a country are looked up only when a date is asked about that is no day off for
    another reason.
    """

    absences: tuple[Absence, ...] = ()
    dates: frozenset[date] = frozenset()
    country: str | None = None
    """Whose public holidays count, as a code of ISO 3166: PH."""

    def __contains__(self, day: object) -> bool:
        return (
            any(day in absence for absence in self.absences)  # type: ignore[operator] # dates only
            or day in self.dates
            or self.is_holiday(day)  # type: ignore[arg-type] # likewise
        )

    def is_holiday(self, day: date) -> bool:
        return self.country is not None and day in public_holidays(self.country, day.year)
