"""A Slack that is down when huddles are due, or that says later: each comes, and comes once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.faults import FaultKind
from tests.faults.harbour import ALL_IS_WELL, NINE, POST, UPDATE, dates, errors

if TYPE_CHECKING:
    from tests.faults.harbour import Harbour


CHANNELS = ["brig", "cutter", "ketch"]

LONG = pytest.mark.long

AN_HOUR = timedelta(hours=1)

RECOVERED = 15.0
"""Seconds within which everything is shown that waited for Slack a few seconds."""


@pytest.mark.parametrize(
    "harbour", ["sqlite-socket", pytest.param("postgresql-http", marks=LONG)], indirect=True
)
async def test_what_fell_due_while_slack_was_down_for_an_hour_comes_when_it_is_back(
    harbour: Harbour,
) -> None:
    harbour.add_channels(*CHANNELS)
    async with harbour.baton() as bot:
        for channel in CHANNELS[:2]:
            await harbour.team(channel)
        await harbour.team(CHANNELS[2], "09:40")
        await harbour.delegate("handover")
        await harbour.shown()

        harbour.clock.set(NINE - timedelta(seconds=1))
        await harbour.slack.unplug()
        await harbour.passed(NINE + timedelta(seconds=1.5))
        harbour.clock.set(NINE + AN_HOUR)
        await harbour.passed(NINE + AN_HOUR + timedelta(seconds=1.5))
        assert not any(map(harbour.requests, CHANNELS))
        await harbour.slack.plug_in()

        await harbour.slack.until(lambda: harbour.have_roots(CHANNELS), timeout=RECOVERED)
        await harbour.slack.until(lambda: harbour.slack.courier.connected, timeout=RECOVERED)
        assert (await harbour.ana.command("/ack", "1 yes", channel="handover")).ok
        await harbour.shown()
        assert await harbour.tally(dates(CHANNELS)) == ALL_IS_WELL
        assert await harbour.tasks() == {1: "doing"}
    assert not errors(bot)


@pytest.mark.parametrize("harbour", ["sqlite-http"], indirect=True)
async def test_who_starts_while_slack_is_down_takes_up_the_work_when_it_is_back(
    harbour: Harbour,
) -> None:
    harbour.add_channels(*CHANNELS)
    async with harbour.baton() as first:
        for channel in CHANNELS:
            await harbour.team(channel)
        await harbour.shown()
        await harbour.slack.unplug()
        harbour.clock.set(NINE - timedelta(seconds=1))
        await harbour.passed(NINE + timedelta(seconds=0.5))
        first.kill()

    async with harbour.baton(until="slack_away") as second:
        harbour.clock.set(NINE + AN_HOUR)
        await harbour.slack.plug_in()

        await harbour.slack.until(lambda: harbour.have_roots(CHANNELS), timeout=2 * RECOVERED)
        await harbour.shown()
        assert await harbour.tally(dates(CHANNELS)) == ALL_IS_WELL
    assert not errors(first, second)


@pytest.mark.parametrize(
    "harbour", ["postgresql-socket", pytest.param("sqlite-http", marks=LONG)], indirect=True
)
async def test_nobody_calls_in_a_storm_before_it_is_said_to_be_over(harbour: Harbour) -> None:
    harbour.add_channels(*CHANNELS)
    async with harbour.baton() as bot:
        for channel in CHANNELS:
            await harbour.team(channel)
            await harbour.delegate(channel)
        await harbour.shown()
        storms = [
            harbour.slack.faults.add(FaultKind.STORM, method=method, seconds=3)
            for method in (POST, UPDATE)
        ]
        harbour.clock.set(NINE - timedelta(seconds=1))
        await harbour.passed(NINE)
        for number in range(1, len(CHANNELS) + 1):
            assert (await harbour.ana.command("/ack", f"{number} yes", channel="handover")).ok

        await harbour.slack.until(lambda: harbour.have_roots(CHANNELS), timeout=8)
        await harbour.shown()
        assert all(storm.hits for storm in storms)
        assert await harbour.tally(dates(CHANNELS)) == ALL_IS_WELL
        assert set((await harbour.tasks()).values()) == {"doing"}
        # One that is told to wait waits for so long, and for no reason asks again earlier.
        for limited in [call for call in harbour.slack.journal if call.retry_after]:
            following = [
                call.at
                for call in harbour.slack.calls(limited.method, channel=limited.args["channel"])
                if call.at > limited.at
            ]
            wait = timedelta(seconds=limited.retry_after or 0)
            assert not following or following[0] >= limited.at + wait
    assert not errors(bot)
