"""A process that is told to stop while its messages are on their way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.faults import FaultKind
from tests.faults.harbour import ALL_IS_WELL, NINE, dates, errors

if TYPE_CHECKING:
    from tests.faults.harbour import Harbour


SLOW = ["slow-to-take", "slow-to-answer"]


@pytest.mark.parametrize("harbour", ["sqlite-http", "postgresql-socket"], indirect=True)
async def test_what_is_on_its_way_is_recorded_before_a_process_stops(harbour: Harbour) -> None:
    harbour.add_channels(*SLOW)
    async with harbour.baton() as first:
        for channel in SLOW:
            await harbour.team(channel)
        await harbour.shown()
        harbour.arm(FaultKind.LATENCY, "slow-to-take", seconds=2)
        harbour.arm(FaultKind.LATENCY_AFTER, "slow-to-answer", seconds=2)
        harbour.arm(FaultKind.LATENCY_AFTER, "handover", seconds=2)
        harbour.clock.set(NINE - timedelta(seconds=1))
        await harbour.slack.until(lambda: all(map(harbour.requests, SLOW)))
        await harbour.delegate("handover")

        assert await first.stop() == 0

    assert await harbour.tally(dates(SLOW)) == ALL_IS_WELL
    async with harbour.baton() as second:
        await harbour.delegate("handover")
        await harbour.slack.until(lambda: len(harbour.cards("handover")) == 2)
        await harbour.shown()

        assert await harbour.tally(dates(SLOW)) == ALL_IS_WELL
        # Nothing was left of which anybody had to find out whether it had arrived.
        assert not harbour.slack.calls("conversations.history")
    assert not errors(first, second)


@pytest.mark.parametrize("harbour", ["sqlite-socket"], indirect=True)
async def test_a_silent_slack_keeps_no_process_from_stopping_in_time(harbour: Harbour) -> None:
    channels = ["never-taken", "taken-unanswered"]
    harbour.add_channels(*channels)
    async with harbour.baton() as first:
        for channel in channels:
            await harbour.team(channel)
        await harbour.shown()
        harbour.arm(FaultKind.HANG, "never-taken")
        harbour.arm(FaultKind.HANG_AFTER, "taken-unanswered")
        harbour.clock.set(NINE - timedelta(seconds=1))
        await harbour.slack.until(lambda: all(map(harbour.requests, channels)))

        assert await first.stop() == 0

    async with harbour.baton() as second:
        await harbour.slack.until(lambda: harbour.have_roots(channels), timeout=25)
        await harbour.shown()

        assert await harbour.tally(dates(channels)) == ALL_IS_WELL
    assert not errors(first, second)


@pytest.mark.parametrize("harbour", ["sqlite-socket"], indirect=True)
async def test_who_is_told_to_stop_while_it_starts_lets_go_of_everything(
    harbour: Harbour,
) -> None:
    async with harbour.baton() as first:
        await harbour.shown()
        assert await first.stop() == 0
    hang = harbour.slack.faults.add(FaultKind.HANG, method="apps.connections.open", count=None)

    async with harbour.baton(until="identified") as second:
        await harbour.slack.until(lambda: hang.hits)
        said = len(second.log)

        assert await second.stop() == 0
    # Nothing complains of what was closed under it, or of what nobody closed.
    assert not second.log[said:]
    assert await harbour.processes() == 0
