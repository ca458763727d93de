"""Three and five processes on one PostgreSQL, with clocks minutes apart: each message once."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.faults import FaultKind
from tests.faults.harbour import (
    ALL_IS_WELL,
    EVERY_DAY,
    POST,
    TAKEN_OVER,
    dates,
    errors,
    has_logged,
    logged,
    nine,
)

if TYPE_CHECKING:
    from tests.faults.harbour import Harbour
    from tests.processes import BotProcess
    from tests.shifted import ShiftedClock


CHANNELS = ["brig", "cutter", "ketch", "yawl"]

LONG = [pytest.mark.long, pytest.mark.timeout(1800)]

AHEAD = (0, 4, -3, 7, -6)
"""Minutes by which the clocks of the processes are wrong."""


def _set(clocks: list[ShiftedClock], harbour: Harbour, day: int) -> None:
    """Have it be just before nine by all clocks, each as wrong as before."""
    before_nine = nine(day) - timedelta(seconds=1)
    for clock, minutes in zip(clocks, AHEAD, strict=False):
        clock.set(before_nine + timedelta(minutes=minutes))
    harbour.clock.set(before_nine)


async def _freeze_one(harbour: Harbour, lives: list[BotProcess], *, day: int, kill: bool) -> None:
    """Freeze who publishes until the others have done its work; perhaps kill one of those."""
    until = partial(harbour.slack.until, timeout=2 * TAKEN_OVER)
    frozen, *others = await harbour.publishing(*lives)
    frozen.freeze()
    known = {bot.url: logged(bot, "bury") for bot in others}
    if kill:
        others[-1].kill()
        await others.pop().process.wait()
    await until(lambda: any(has_logged(bot, "bury", times=known[bot.url] + 1) for bot in others))
    await until(lambda: harbour.have_roots(CHANNELS, each=day + 1))
    buried = 1 + logged(frozen, "buried")
    frozen.process.send_signal(signal.SIGCONT)
    await until(lambda: has_logged(frozen, "buried", times=buried))


def _has_begun(harbour: Harbour, said: int) -> bool:
    return len(harbour.slack.calls(POST)) > said


@pytest.mark.parametrize(
    ("harbour", "many", "days", "seed"),
    [
        pytest.param("postgresql-socket", 3, 1, 0, marks=LONG, id="three"),
        pytest.param("postgresql-socket", 5, 1, 1, id="five"),
        pytest.param("postgresql-socket", 3, 8, 2, marks=LONG, id="three-long"),
        pytest.param("postgresql-socket", 5, 8, 3, marks=LONG, id="five-long"),
    ],
    indirect=["harbour"],
)
async def test_one_freezes_past_its_lease_one_is_killed_and_the_others_go_on(
    harbour: Harbour, many: int, days: int, seed: int
) -> None:
    random = Random(seed)
    harbour.add_channels(*CHANNELS)
    clocks = [harbour.own_clock(str(n), ahead=timedelta(minutes=AHEAD[n])) for n in range(many)]
    lives: list[BotProcess] = []
    async with AsyncExitStack() as stack:
        for clock in clocks:
            bot = await stack.enter_async_context(harbour.baton(clock=clock))
            lives.append(bot)
        for channel in CHANNELS:
            await harbour.team(channel, on=EVERY_DAY)
        await harbour.shown()
        everybody = list(lives)
        for kind in (FaultKind.LATENCY, FaultKind.LATENCY_AFTER):
            harbour.slack.faults.add(kind, method=POST, count=None, seconds=0.3)
        for day in range(days):
            _set(clocks, harbour, day)
            said = len(harbour.slack.calls(POST))
            work = asyncio.create_task(
                harbour.maya.command("/delegate", "@ana Rig it due fri 17:00", channel="handover")
            )
            await harbour.slack.until(partial(_has_begun, harbour, said))
            await asyncio.sleep(random.uniform(0, 0.3))
            await _freeze_one(harbour, lives, day=day, kill=day == 0)
            lives = [bot for bot in lives if bot.process.returncode is None]
            await work
            await harbour.shown()
            found = await harbour.tally(dates(CHANNELS, days=day + 1))
            assert found == ALL_IS_WELL, f"{seed=} {day=}"
        await harbour.shown_again()
        assert await harbour.tally(dates(CHANNELS, days=days)) == ALL_IS_WELL, f"{seed=}"
        assert [await bot.stop() for bot in lives] == [0] * (many - 1)
    assert not errors(*everybody)
