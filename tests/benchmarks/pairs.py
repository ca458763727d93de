"""Ratios of what Baton takes to what its floor takes, measured in turns: both suffer alike."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")


@dataclass(frozen=True)
class Ratio:
    """The median of what several pairs gave, and how far they were apart."""

    value: float
    spread: float
    """Half the distance between the smallest and the largest."""
    ours: float
    floor: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.spread:.3f}"


def ratio(ours: Sequence[float], floor: Sequence[float]) -> Ratio:
    """Return the ratio of two series, the n-th of which were measured one after the other."""
    ratios = [one / other for one, other in zip(ours, floor, strict=True)]
    return Ratio(
        value=median(ratios),
        spread=(max(ratios) - min(ratios)) / 2,
        ours=median(ours),
        floor=median(floor),
    )


def share(values: Sequence[float], whole: float) -> Ratio:
    """Return what was measured as a share of a number that needs no measuring."""
    return ratio(values, [whole] * len(values))


async def in_turns(rounds: int, *measures: Callable[[], Awaitable[T]]) -> list[list[T]]:
    """Measure all of these in turns: whatever else the machine does falls upon all of them.

    Returns what each measured, in the order in which they were given.
    """
    measured: list[list[T]] = [[] for _ in measures]
    for turn in range(rounds):
        # Who goes first changes, so that nobody always runs right after the same other one.
        numbers = list(range(len(measures)))
        for number in numbers if turn % 2 == 0 else reversed(numbers):
            measured[number].append(await measures[number]())
    return measured


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which this part of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
