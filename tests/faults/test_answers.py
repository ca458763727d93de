"""Answers of Slack's that say nothing: what it was asked is done, once."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.faults import FaultKind
from tests.faults.harbour import ALL_IS_WELL, NINE, POST, UPDATE, dates, errors

if TYPE_CHECKING:
    from bot.sandbox.calls import Call
    from tests.faults.harbour import Harbour


UNCLEAR = [
    FaultKind.ERROR,
    FaultKind.ERROR_AFTER,
    FaultKind.DROP,
    FaultKind.DROP_AFTER,
    FaultKind.HTML,
    FaultKind.HTML_AFTER,
    FaultKind.TRUNCATED,
]
"""Internal errors, connections that are reset, error pages, and JSON that breaks off."""

# Every card that is edited costs some of the edits that Slack allows in a minute.
SOME = [FaultKind.ERROR_AFTER, FaultKind.DROP, FaultKind.HTML, FaultKind.TRUNCATED]

SILENT = [FaultKind.HANG, FaultKind.HANG_AFTER]
"""Until our own patience ends."""

LOOKED_FOR = 12.0
"""Seconds within which a message is looked for whose answer was unclear."""

LONG = [pytest.mark.long, pytest.mark.timeout(900)]


def _name(kind: FaultKind) -> str:
    return kind.replace("_", "-")


@pytest.mark.parametrize(
    ("harbour", "kinds"),
    [
        pytest.param("sqlite-http", UNCLEAR, id="sqlite"),
        pytest.param("sqlite-socket", [*UNCLEAR, *SILENT], marks=LONG, id="sqlite-long"),
        pytest.param("postgresql-socket", [*UNCLEAR, *SILENT], marks=LONG, id="postgresql-long"),
    ],
    indirect=["harbour"],
)
async def test_each_huddle_is_there_once_whatever_the_answer(
    harbour: Harbour, kinds: list[FaultKind]
) -> None:
    channels = [_name(kind) for kind in kinds]
    harbour.add_channels(*channels)
    async with harbour.baton() as bot:
        for channel in channels:
            await harbour.team(channel)
        await harbour.shown()
        faults = [harbour.arm(kind, _name(kind)) for kind in kinds]
        harbour.clock.set(NINE - timedelta(seconds=1))
        patience = LOOKED_FOR + 10 * (FaultKind.HANG in kinds)
        await harbour.slack.until(lambda: harbour.have_roots(channels), timeout=patience)
        await harbour.shown()

        assert all(fault.hits == 1 for fault in faults)
        assert await harbour.tally(dates(channels)) == ALL_IS_WELL
    assert not errors(bot)


@pytest.mark.parametrize(
    ("harbour", "kinds"),
    [
        pytest.param("postgresql-http", SOME, id="postgresql"),
        pytest.param("sqlite-socket", [*UNCLEAR, *SILENT], marks=LONG, id="sqlite-long"),
        pytest.param("postgresql-http", [*UNCLEAR, *SILENT], marks=LONG, id="postgresql-long"),
    ],
    indirect=["harbour"],
)
async def test_each_card_shows_the_newest_state_whatever_the_answer(
    harbour: Harbour, kinds: list[FaultKind]
) -> None:
    channels = [_name(kind) for kind in kinds]
    harbour.add_channels(*channels)
    async with harbour.baton() as bot:
        for channel in channels:
            await harbour.delegate(channel)
        await harbour.slack.until(lambda: all(map(harbour.cards, channels)))
        await harbour.shown()
        faults = [harbour.arm(kind, _name(kind), method=UPDATE) for kind in kinds]
        for number in range(1, len(kinds) + 1):
            assert (await harbour.ana.command("/ack", f"{number} yes", channel="handover")).ok
        await harbour.slack.until(lambda: all(fault.hits for fault in faults))
        # This one changes once more while nobody knows whether the first edit arrived.
        assert (await harbour.ana.command("/tasks", "done 1", channel="handover")).ok
        await harbour.shown()

        expected = dict.fromkeys(range(2, len(kinds) + 1), "doing") | {1: "done"}
        assert await harbour.tasks() == expected
        assert await harbour.tally() == ALL_IS_WELL
    assert not errors(bot)


@pytest.mark.parametrize(
    ("harbour", "seed", "count"),
    [
        pytest.param("sqlite-socket", 0, 8, id="sqlite"),
        *(
            pytest.param(where, seed, 40, marks=LONG, id=f"{where}-{seed}")
            for seed, where in enumerate(
                ["sqlite-http", "postgresql-http", "sqlite-socket", "postgresql-socket"], 1
            )
        ),
    ],
    indirect=["harbour"],
)
async def test_looking_may_fail_as_well_and_still_each_message_is_there_once(
    harbour: Harbour, seed: int, count: int
) -> None:
    random = Random(seed)
    channels = [f"berth-{number}" for number in range(5)]
    harbour.add_channels(*channels)
    left = count

    def at_random(call: Call) -> bool:
        nonlocal left
        strikes = left > 0 and call.method.startswith(("chat.", "conv")) and random.random() < 0.5
        left -= strikes
        return strikes

    async with harbour.baton() as bot:
        for channel in channels:
            await harbour.team(channel)
            await harbour.delegate(channel)
        await harbour.shown()
        for kind in random.sample(UNCLEAR, len(UNCLEAR)):
            harbour.slack.faults.add(kind, count=max(1, count // len(UNCLEAR)), when=at_random)
        harbour.clock.set(NINE - timedelta(seconds=1))
        await harbour.passed(NINE)
        with_yes = random.sample(range(1, len(channels) + 1), 3)
        for number in with_yes:
            await harbour.ana.command("/ack", f"{number} yes", channel="handover")
        await harbour.slack.until(
            lambda: harbour.have_roots(channels), timeout=30 if count < 10 else 600
        )
        harbour.slack.faults.clear()
        await harbour.shown(within=90)

        assert harbour.slack.calls(POST)
        assert await harbour.tally(dates(channels)) == ALL_IS_WELL, f"{seed=}"
    assert not errors(bot)
