"""A process that is killed between the moment a message is due and the moment it is recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.faults import FaultKind
from tests.faults.harbour import ALL_IS_WELL, NINE, TAKEN_OVER, dates, errors

if TYPE_CHECKING:
    from tests.faults.harbour import Harbour


LATE = 4.0
"""Seconds by which Slack is late: the process that asked is dead by then."""

PLACES = {
    "never-taken": FaultKind.HANG,
    "taken-afterwards": FaultKind.LATENCY,
    "taken-unanswered": FaultKind.LATENCY_AFTER,
    "taken-cut-off": FaultKind.DROP_AFTER,
    "answered": None,
}
"""How far Slack is with a message when the process that sends it dies, each in its channel."""

ONE_EACH = ["sqlite-socket", "postgresql-http"]
THE_OTHERS = ["sqlite-http", "postgresql-socket"]


def _arm(harbour: Harbour) -> None:
    """Have Slack be as far with the next message of each channel as its name says."""
    for channel, kind in PLACES.items():
        if kind is not None:
            harbour.arm(kind, channel, seconds=LATE)


async def _all_under_way(harbour: Harbour) -> None:
    """Wait until Slack is as far with all of them."""

    def is_so() -> bool:
        done = [call.committed for name in PLACES for call in harbour.requests(name)[:1]]
        return done == [False, False, True, True, True]

    await harbour.slack.until(is_so)


@pytest.mark.parametrize("harbour", ONE_EACH, indirect=True)
async def test_no_huddle_is_lost_or_doubled_wherever_its_message_was(harbour: Harbour) -> None:
    harbour.add_channels(*PLACES)
    async with harbour.baton() as first:
        for channel in PLACES:
            await harbour.team(channel)
        await harbour.shown()
        _arm(harbour)
        harbour.clock.set(NINE - timedelta(seconds=1))
        await _all_under_way(harbour)
        first.kill()

    async with harbour.baton() as second:
        await harbour.slack.until(lambda: harbour.have_roots(PLACES), timeout=TAKEN_OVER)
        await harbour.shown_again()

        assert harbour.requests("taken-afterwards")[0].committed
        assert await harbour.tally(dates(PLACES)) == ALL_IS_WELL
        assert await second.stop() == 0
    assert not errors(first, second)


@pytest.mark.parametrize("harbour", THE_OTHERS, indirect=True)
async def test_a_task_has_one_card_and_its_newest_state_wherever_it_was(harbour: Harbour) -> None:
    harbour.add_channels(*PLACES)
    async with harbour.baton() as first:
        await harbour.delegate("answered")
        await harbour.slack.until(lambda: harbour.cards("answered"))
        await harbour.shown()
        _arm(harbour)
        unanswered = [channel for channel, kind in PLACES.items() if kind is not None]
        for channel in unanswered:
            await harbour.delegate(channel)
        await _all_under_way(harbour)
        with harbour.slack.faults.lasting(FaultKind.HANG, method="chat.update"):
            for number in range(1, len(PLACES) + 1):
                receipt = await harbour.ana.command("/ack", f"{number} yes", channel="handover")
                assert receipt.ok, receipt.error
            await harbour.slack.until(lambda: harbour.requests("answered", "chat.update"))
            first.kill()

    async with harbour.baton() as second:
        await harbour.slack.until(
            lambda: all(
                "*doing*" in str([c.blocks for c in harbour.cards(name)]) for name in PLACES
            ),
            timeout=TAKEN_OVER,
        )
        await harbour.shown()

        assert await harbour.tally() == ALL_IS_WELL
        assert set((await harbour.tasks()).values()) == {"doing"}
    assert not errors(first, second)


@pytest.mark.parametrize("harbour", ["sqlite-http"], indirect=True)
async def test_a_receipt_is_kept_though_the_process_dies_at_once(harbour: Harbour) -> None:
    harbour.add_channels("harbour")
    async with harbour.baton() as first:
        await harbour.delegate("harbour")
        first.kill()

    async with harbour.baton():
        await harbour.slack.until(lambda: harbour.cards("harbour"), timeout=TAKEN_OVER)
        await harbour.shown()

        assert await harbour.tally() == ALL_IS_WELL


@pytest.mark.parametrize("harbour", ONE_EACH, indirect=True)
async def test_what_fell_due_while_nothing_ran_is_late_or_missed(harbour: Harbour) -> None:
    harbour.add_channels("long-ago", "just-in-time", "to-come")
    async with harbour.baton() as first:
        await harbour.team("long-ago", "09:00")
        await harbour.team("just-in-time", "09:02")
        await harbour.team("to-come", "10:32")
        await harbour.shown()
        first.kill()
    harbour.clock.set(NINE + timedelta(minutes=90, seconds=30))

    async with harbour.baton() as second:
        (late,) = await harbour.slack.until(lambda: harbour.roots("just-in-time"), timeout=5)
        harbour.clock.set(NINE + timedelta(minutes=92) - timedelta(seconds=1))
        (timely,) = await harbour.slack.until(lambda: harbour.roots("to-come"), timeout=5)
        await harbour.shown()

        assert "This huddle is late: its time was 09:02" in str(late.blocks)
        assert "late" not in str(timely.blocks)
        assert not harbour.requests("long-ago")
        told = [
            (await harbour.maya.command("/baton", "huddle status", channel=channel)).text
            for channel in ("long-ago", "just-in-time", "to-come")
        ]
        assert "not held. Baton was not running at that time" in told[0]
        assert "It was posted late." in told[1]
        assert "so far." in told[2]
        assert "late" not in told[2]
        assert await harbour.tally(dates(["just-in-time", "to-come"])) == ALL_IS_WELL
    assert not errors(first, second)
