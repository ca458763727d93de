"""The rows of the table, by the names under which they are run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks import bursts, commands, delays, footprint, ticks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from tests.benchmarks.figures import Figure
    from tests.benchmarks.scale import Bench

ROWS: Mapping[str, Callable[[Bench], Awaitable[list[Figure]]]] = {
    "delegate": commands.delegate,
    "reaction": commands.react,
    "burst": bursts.burst,
    "limited": bursts.limited,
    "tick": ticks.tick,
    "start": footprint.footprint,
    "delay": delays.delay,
}
