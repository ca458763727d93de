"""Day after day a process ends at a random moment around nine, and the next one goes on."""

from __future__ import annotations

import asyncio
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
    nine,
)

if TYPE_CHECKING:
    from tests.faults.harbour import Harbour
    from tests.processes import BotProcess


CHANNELS = ["brig", "cutter", "ketch"]

LONG = [pytest.mark.long, pytest.mark.timeout(3600)]

KILLS = 50
"""How often a process is killed for each of the six seeds: three hundred times in all."""

STOPS = 25


async def _give_work(harbour: Harbour, random: Random, day: int) -> None:
    """Have a task delegated and accepted; who gets no answer will see what became of it."""
    channel = random.choice(CHANNELS)
    await harbour.maya.command("/delegate", f"@ana Rig {channel} due fri 17:00", channel=channel)
    if waiting := [n for n, status in (await harbour.tasks()).items() if status == "waiting"]:
        await harbour.ana.command("/ack", f"{random.choice(waiting)} yes", channel="handover")
    elif day:
        await harbour.ana.command("/tasks", "done 1", channel="handover")


async def _is_well(harbour: Harbour, *, days: int, seed: int) -> None:
    await harbour.slack.until(
        partial(harbour.have_roots, CHANNELS, each=days), timeout=4 * TAKEN_OVER
    )
    await harbour.shown()
    assert await harbour.tally(dates(CHANNELS, days=days)) == ALL_IS_WELL, f"{seed=} day={days}"


async def _end_at_random_moments(
    harbour: Harbour, *, seed: int, rounds: int, told_to: bool
) -> None:
    """Kill a process a day, or tell it to stop, and let the next one find out what is left."""
    random = Random(seed)
    harbour.add_channels(*CHANNELS)
    for kind in (FaultKind.LATENCY, FaultKind.LATENCY_AFTER):
        for method in (POST, "chat.update"):
            harbour.slack.faults.add(kind, method=method, count=None, seconds=0.1)
    lives: list[BotProcess] = []
    for day in range(rounds + 1):
        async with harbour.baton() as bot:
            lives.append(bot)
            if day == 0:
                for channel in CHANNELS:
                    await harbour.team(channel, on=EVERY_DAY)
            await _is_well(harbour, days=day, seed=seed)
            if day == rounds:
                break
            harbour.clock.set(nine(day) - timedelta(seconds=0.5))
            moment = nine(day) + timedelta(seconds=random.uniform(-0.4, 0.7))
            work = asyncio.create_task(_give_work(harbour, random, day))
            await harbour.passed(moment)
            if told_to:
                assert await bot.stop() == 0, f"{seed=} {day=}"
            else:
                bot.kill()
                await bot.process.wait()
            await work
        if told_to:
            # Whatever was begun was finished and written down: nobody has to look for it.
            half_done = await harbour.tally(dates(CHANNELS, days=day + 1))
            assert not half_done.unrecorded, f"{seed=} {day=}"
            assert not harbour.slack.calls("conversations.history"), f"{seed=} {day=}"
    assert not errors(*lives)


@pytest.mark.parametrize(
    ("harbour", "seed", "rounds"),
    [
        pytest.param("sqlite-http", 0, 1, id="sqlite"),
        pytest.param("postgresql-socket", 1, 1, id="postgresql"),
        *(
            pytest.param(where, seed, KILLS, marks=LONG, id=f"{where}-{seed}")
            for seed, where in enumerate(
                ["sqlite-http", "postgresql-socket", "sqlite-socket", "postgresql-http"] * 2
            )
            if seed < 6
        ),
    ],
    indirect=["harbour"],
)
async def test_nothing_is_lost_or_doubled_whenever_a_process_is_killed(
    harbour: Harbour, seed: int, rounds: int
) -> None:
    await _end_at_random_moments(harbour, seed=seed, rounds=rounds, told_to=False)


@pytest.mark.parametrize(
    ("harbour", "seed", "rounds"),
    [
        pytest.param("postgresql-http", 0, 2, id="postgresql"),
        pytest.param("sqlite-socket", 1, STOPS, marks=LONG, id="sqlite-long"),
        pytest.param("postgresql-http", 2, STOPS, marks=LONG, id="postgresql-long"),
    ],
    indirect=["harbour"],
)
async def test_nothing_is_left_half_done_whenever_a_process_is_told_to_stop(
    harbour: Harbour, seed: int, rounds: int
) -> None:
    await _end_at_random_moments(harbour, seed=seed, rounds=rounds, told_to=True)
