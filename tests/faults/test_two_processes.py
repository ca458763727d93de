"""Two processes on one PostgreSQL: each message once, and whoever is left does the rest."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.faults import FaultKind
from tests.faults.harbour import ALL_IS_WELL, NINE, TAKEN_OVER, dates, errors, has_logged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.harbour import Harbour
    from tests.processes import BotProcess


TEAMS = [f"berth-{number}" for number in range(10)]


async def _create_teams(
    harbour: Harbour, *processes: BotProcess, channels: Sequence[str] = TEAMS
) -> None:
    """Set up teams, each by another process than the one before, just before nine."""
    harbour.add_channels(*channels)
    for number, channel in enumerate(channels):
        harbour.listen(processes[number % len(processes)])
        await harbour.team(channel)
    await harbour.shown()
    harbour.clock.set(NINE - timedelta(seconds=1))


@pytest.mark.parametrize("harbour", ["postgresql-http"], indirect=True)
async def test_ten_huddles_of_one_minute_are_posted_once_each(harbour: Harbour) -> None:
    async with harbour.baton() as one, harbour.baton() as other:
        await _create_teams(harbour, one, other)

        await harbour.slack.until(lambda: harbour.have_roots(TEAMS), timeout=6)
        await harbour.shown()

        assert await harbour.tally(dates(TEAMS)) == ALL_IS_WELL
        assert len(harbour.slack.calls("conversations.history")) == 0
        # Both took a part of what Slack brought, and both stop when they are told to.
        for bot in (one, other):
            harbour.listen(bot)
            assert (
                "so far"
                in (await harbour.maya.command("/baton", "huddle status", channel=TEAMS[0])).text
            )
        assert [await one.stop(), await other.stop()] == [0, 0]
    assert not errors(one, other)


@pytest.mark.parametrize("harbour", ["postgresql-socket"], indirect=True)
async def test_the_other_does_what_one_left_that_was_killed(harbour: Harbour) -> None:
    async with harbour.baton() as one, harbour.baton() as other:
        await _create_teams(harbour, one, other)
        kinds = (FaultKind.HANG, FaultKind.LATENCY, FaultKind.LATENCY_AFTER)
        for number, channel in enumerate(TEAMS[1:]):
            harbour.arm(kinds[number % len(kinds)], channel, seconds=3)

        await harbour.slack.until(lambda: all(map(harbour.requests, TEAMS)))
        victim, survivor = await harbour.publishing(one, other)
        victim.kill()
        harbour.listen(survivor)
        await victim.process.wait()
        await harbour.delegate("handover")

        await harbour.slack.until(
            lambda: harbour.have_roots(TEAMS) and harbour.cards("handover"),
            timeout=TAKEN_OVER,
        )
        await harbour.shown()
        assert await harbour.tally(dates(TEAMS)) == ALL_IS_WELL
    assert not errors(one, other)


@pytest.mark.parametrize("harbour", ["postgresql-http"], indirect=True)
async def test_one_that_froze_posts_nothing_twice_when_it_goes_on(harbour: Harbour) -> None:
    # Few, because all of them are edited again and again until everybody is sure.
    channels = TEAMS[:3]
    async with harbour.baton() as one, harbour.baton() as other:
        await _create_teams(harbour, one, other, channels=channels)
        for channel in channels[1:]:
            harbour.arm(FaultKind.LATENCY_AFTER, channel, seconds=1)

        await harbour.slack.until(lambda: all(map(harbour.requests, channels)))
        victim, survivor = await harbour.publishing(one, other)
        victim.freeze()
        harbour.listen(survivor)
        await harbour.slack.until(lambda: has_logged(survivor, "bury"), timeout=TAKEN_OVER)
        await harbour.slack.until(lambda: harbour.have_roots(channels), timeout=TAKEN_OVER)
        victim.process.send_signal(signal.SIGCONT)
        await harbour.slack.until(lambda: has_logged(victim, "buried"), timeout=TAKEN_OVER)
        await harbour.shown_again()

        assert await harbour.tally(dates(channels)) == ALL_IS_WELL
        assert [await one.stop(), await other.stop()] == [0, 0]
    assert not errors(one, other)
