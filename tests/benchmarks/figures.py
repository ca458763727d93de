"""What was measured: figures as a table and as JSON, and their comparison with a baseline."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tests.benchmarks.pairs import Ratio

NOISE = 0.15
"""The part of a ratio by which two runs differ on an idle machine, whatever their own spread."""

ABSURD = 8.0
"""How many times worse than asked for a quick run may be: it is short, and shares its machine."""


@dataclass(frozen=True)
class Figure:
    """One number of one row on one engine; every one is a ratio."""

    row: str
    name: str
    engine: str
    ratio: Ratio
    floor: str
    """What it is a ratio to."""
    least: float | None = None
    """What it must reach, where more is better."""
    most: float | None = None
    """What it must not exceed, where less is better."""
    note: str = ""
    more: Mapping[str, float] = field(default_factory=dict)
    """Plain numbers behind it, for whoever reads the JSON."""

    @property
    def more_is_better(self) -> bool:
        """Whether more is better; where nothing is asked, less is."""
        return self.least is not None

    @property
    def key(self) -> str:
        return f"{self.row} | {self.name} | {self.engine}"

    @property
    def is_met(self) -> bool:
        value = self.ratio.value
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )

    @property
    def is_absurd(self) -> bool:
        """Whether even a short run on a busy machine should have done better."""
        value = self.ratio.value
        return (self.least is not None and value < self.least / ABSURD) or (
            self.most is not None and value > max(self.most, 0.01) * ABSURD
        )

    @property
    def asked(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "" if self.most is None else f"≤ {self.most:g}"


@dataclass(frozen=True)
class Change:
    """A figure beside what it was when the baseline was written."""

    key: str
    before: float
    now: float
    allowed: float

    def __str__(self) -> str:
        return f"{self.key}: {self.before:.3f} → {self.now:.3f} (noise {self.allowed:.3f})"


def table(figures: Sequence[Figure]) -> str:
    """Return all figures as lines that fit under each other."""
    head = ("row", "figure", "engine", "ratio", "asked", "", "ours / floor", "against")
    lines = [head] + [
        (
            one.row,
            one.name,
            one.engine,
            str(one.ratio),
            one.asked,
            "" if not one.asked else "met" if one.is_met else "MISSED",
            f"{one.ratio.ours:.4g} / {one.ratio.floor:.4g}",
            one.floor + (f"; {one.note}" if one.note else ""),
        )
        for one in figures
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_json(figures: Iterable[Figure], facts: Mapping[str, Any]) -> str:
    return json.dumps(
        {
            "facts": dict(facts),
            "figures": [
                {**asdict(one), "met": one.is_met, "key": one.key, "more": dict(one.more)}
                for one in figures
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def written(path: Path, figures: Sequence[Figure]) -> None:
    """Keep ratios as a baseline; those of rows that were not run stay as they were."""
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    known |= {
        one.key: {
            "ratio": round(one.ratio.value, 4),
            "spread": round(one.ratio.spread, 4),
            "more_is_better": one.more_is_better,
        }
        for one in figures
    }
    path.write_text(json.dumps(dict(sorted(known.items())), indent=2, ensure_ascii=False) + "\n")


def compared(path: Path, figures: Sequence[Figure]) -> tuple[list[Change], list[Change]]:
    """Return what became worse and what became better, each by more than its noise."""
    known: dict[str, Any] = json.loads(path.read_text())
    worse: list[Change] = []
    better: list[Change] = []
    for one in figures:
        if (before := known.get(one.key)) is None:
            continue
        value = one.ratio.value
        allowed = max(NOISE * before["ratio"], before["spread"], one.ratio.spread)
        gained = value - before["ratio"] if before["more_is_better"] else before["ratio"] - value
        if abs(gained) > allowed:
            change = Change(one.key, before["ratio"], value, allowed)
            (better if gained > 0 else worse).append(change)
    return worse, better
