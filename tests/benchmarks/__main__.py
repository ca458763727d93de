"""Measures Baton against its floors: `python -m tests.benchmarks [ROW …]`."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import os
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.engines import engines
from tests.benchmarks.figures import as_json, compared, table, written
from tests.benchmarks.rows import ROWS
from tests.benchmarks.scale import FULL, QUICK, Bench

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.figures import Figure
    from tests.benchmarks.scale import Scale

BASELINE = Path(__file__).with_name("baseline.json")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def measured(
    names: Sequence[str], scale: Scale, keep: Callable[[Sequence[Figure]], None]
) -> list[Figure]:
    """Measure these rows; `keep` is given all there is after each, for it takes long."""
    figures: list[Figure] = []
    with engines() as made:
        bench = Bench(scale, made)
        for name in names:
            started = time.monotonic()
            found = await ROWS[name](bench)
            figures += found
            keep(figures)
            _say(f"\n{table(found)}\n({name}: {time.monotonic() - started:.0f} s)")
    return figures


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all of them")
    parser.add_argument("--quick", action="store_true", help="little of each, once, on SQLite")
    parser.add_argument("--rounds", type=int, help="how often each pair is measured; 5")
    parser.add_argument("--engine", choices=FULL.engines, help="on this engine only")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write everything measured there")
    parser.add_argument("--compare", action="store_true", help="fail where the baseline was better")
    parser.add_argument("--keep", action="store_true", help="make these ratios the baseline")
    parser.add_argument("--baseline", type=Path, default=BASELINE, metavar="PATH")
    given = parser.parse_args(argv)
    if unknown := set(given.rows) - set(ROWS):
        parser.error(f"there is no row {min(unknown)}; there are {', '.join(ROWS)}")
    if given.quick and (given.compare or given.keep):
        parser.error("a quick run says too little to be compared, or to be a baseline")
    return given


def _scale(given: argparse.Namespace) -> Scale:
    scale = QUICK if given.quick else FULL
    return dataclasses.replace(
        scale,
        rounds=given.rounds or scale.rounds,
        engines=(given.engine,) if given.engine else scale.engines,
    )


def _failed(given: argparse.Namespace, figures: Sequence[Figure]) -> list[str]:
    """Return a line for all that a quick run should not show, or the baseline did better."""
    if given.quick:
        return [f"absurd: {one.key}: {one.ratio}" for one in figures if one.is_absurd]
    if not given.compare:
        return []
    worse, better = compared(given.baseline, figures)
    for change in better:
        _say(f"better: {change}")
    return [f"worse: {change}" for change in worse]


def main(argv: Sequence[str]) -> int:
    """Return 1 where `--compare` finds something worse, or a quick run something absurd."""
    given = _arguments(argv)
    scale = _scale(given)

    def keep(figures: Sequence[Figure]) -> None:
        if given.json:
            facts = {
                "cores": os.cpu_count(),
                "python": platform.python_version(),
                "load": os.getloadavg(),
                "rounds": scale.rounds,
                "quick": given.quick,
            }
            given.json.write_text(as_json(figures, facts) + "\n")

    names = given.rows or list(ROWS)
    figures = asyncio.run(measured(names, scale, keep))
    if len(names) > 1:
        _say(f"\n{table(figures)}")
    failed = _failed(given, figures)
    if given.keep:
        written(given.baseline, figures)
    for line in failed:
        _say(line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
