"""`baton` with a clock that a test moves and a short lease: `python -m tests.shifted FILE run`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.app import Baton, system_clock
from bot.cli import main

LEASE = 6.0
"""Seconds until a killed process is taken for dead. A claim is good for five, so not fewer."""


@dataclass(frozen=True)
class ShiftedClock:
    """The machine's clock and the seconds in a file, which processes may share."""

    file: Path

    def __call__(self) -> datetime:
        return system_clock() + timedelta(seconds=float(self.file.read_text()))

    def set(self, instant: datetime) -> None:
        """Have it be `instant` now, and go on from there."""
        shift = (instant - system_clock()).total_seconds()
        other = self.file.with_suffix(".new")
        other.write_text(repr(shift))
        # Replaced whole, so that nobody reads half of it.
        other.replace(self.file)


if __name__ == "__main__":
    clock = ShiftedClock(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:], make=partial(Baton, lease=LEASE), clock=clock))
