from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.demo import furnish
from bot.sandbox.server import LocalSlack
from tests.faults.harbour import NINE, Harbour
from tests.shifted import ShiftedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_FIXTURES = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}


@pytest.fixture
def clock(tmp_path: Path) -> ShiftedClock:
    clock = ShiftedClock(tmp_path / "clock")
    clock.set(NINE - timedelta(minutes=10))
    return clock


@pytest.fixture
async def slack(clock: ShiftedClock) -> AsyncIterator[LocalSlack]:
    async with LocalSlack(clock=clock) as slack:
        yield slack


@pytest.fixture
def harbour(
    request: pytest.FixtureRequest, slack: LocalSlack, clock: ShiftedClock, tmp_path: Path
) -> Harbour:
    """Return a workspace at 08:50 in Manila; the parameter names a database and a transport."""
    engine, over = request.param.split("-")
    return Harbour(
        slack=slack,
        demo=furnish(slack),
        clock=clock,
        database_url=str(request.getfixturevalue(_FIXTURES[engine])),
        over=over,
        folder=tmp_path,
    )
