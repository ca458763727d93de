"""How much is measured: everything, or just enough to see that it still runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.engines import POSTGRESQL, SQLITE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.engines import Engines


@dataclass(frozen=True)
class Scale:
    rounds: int
    engines: Sequence[str]
    requests: int
    """Commands and events of one measurement."""
    workspaces: Sequence[int]
    """In how many of them commands are given."""
    burst: tuple[int, int]
    """Workspaces, and teams in each, whose huddles are due at one minute."""
    limited: int
    """Huddles due at one minute in one workspace, with Slack's limits on."""
    crowd: tuple[int, int]
    """Workspaces, and teams in each, among which little or nothing is due."""
    tasks: int
    """Tasks in each of those workspaces."""
    due: int
    ticks: int
    """Ticks of one measurement."""
    samples: int
    """Cards and huddles whose delay is measured."""


FULL = Scale(
    rounds=5,
    engines=(SQLITE, POSTGRESQL),
    requests=400,
    workspaces=(1, 100),
    burst=(1_000, 10),
    limited=300,
    crowd=(1_000, 100),
    tasks=1_000,
    due=100,
    ticks=200,
    samples=30,
)

QUICK = Scale(
    rounds=1,
    engines=(SQLITE,),
    requests=48,
    workspaces=(4,),
    burst=(10, 10),
    limited=20,
    crowd=(20, 100),
    tasks=200,
    due=20,
    ticks=20,
    samples=3,
)


@dataclass(frozen=True)
class Bench:
    """What every row is given."""

    scale: Scale
    engines: Engines
