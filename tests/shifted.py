"""`baton`, with a clock that a test moves: `python -m tests.shifted FILE run`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import system_clock
from bot.cli import main


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
    sys.exit(main(sys.argv[2:], clock=ShiftedClock(Path(sys.argv[1]))))
