"""The main flow from end to end, by the program as a process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.demo import furnish
from bot.sandbox.server import LocalSlack
from tests.processes import baton
from tests.shifted import ShiftedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.records import Message


# Monday 09:00 in Manila, and Sunday 20:00 in New York.
MORNING = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


@pytest.fixture
def clock(tmp_path: Path) -> ShiftedClock:
    clock = ShiftedClock(tmp_path / "clock")
    clock.set(MORNING - timedelta(minutes=10))
    return clock


@pytest.fixture
async def slack(clock: ShiftedClock) -> AsyncIterator[LocalSlack]:
    async with LocalSlack(clock=clock) as slack:
        yield slack


@pytest.mark.parametrize("over", ["http", "socket"])
async def test_two_teams_hold_a_huddle_and_hand_over_a_task(
    slack: LocalSlack, clock: ShiftedClock, database_url: str, over: str, tmp_path: Path
) -> None:
    """Each root is posted once at its local minute; the task goes from hand to hand to done."""
    demo = furnish(slack)
    maya, ana, ben = (slack.person(demo.people[name]) for name in ("maya", "ana", "ben"))

    def roots(channel: str) -> list[Message]:
        return slack.find(channel, event_type="baton_huddle")

    def card() -> Message:
        (found,) = slack.find("handover", event_type="baton_task")
        return found

    async with baton(
        slack, token=demo.token, database_url=database_url, over=over, folder=tmp_path, clock=clock
    ) as bot:
        manila = await maya.command(
            "/baton", "team create Manila tz Asia/Manila at 09:00 on mon-fri", channel="manila"
        )
        assert "Manila" in manila.text
        await maya.command(
            "/baton",
            "team create New York tz America/New_York at 20:00 on sun-thu",
            channel="new-york",
        )
        assert not roots("manila")

        clock.set(MORNING - timedelta(seconds=2))
        await slack.until(lambda: roots("manila") and roots("new-york"), timeout=10)
        for channel in ("manila", "new-york"):
            posted = datetime.fromtimestamp(float(roots(channel)[0].ts), UTC)
            assert MORNING <= posted <= MORNING + timedelta(seconds=5)

        (root,) = roots("manila")
        form = await ana.press(root, "huddle.answer")
        assert form.view is not None
        await ana.submit(form.view, {"q1": "The June report", "q2": "Numbers from Sam"})
        await slack.until(
            lambda: any(
                "The June report" in reply.text for reply in slack.replies("manila", root.ts)
            )
        )
        reply = await ben.say("manila", "I will finish the invoices", thread=root.ts)
        await slack.until(lambda: "memo" in reply.reactions)

        receipt = await maya.command(
            "/delegate", "@ana Send the contract due fri 17:00 takes 1h", channel="handover"
        )
        assert "Send the contract" in receipt.text
        await slack.until(lambda: slack.find("handover", event_type="baton_task"), timeout=2)
        await ana.press(card(), "task.accept")
        await slack.until(lambda: "*doing*" in str(card().blocks))
        await ana.react(card(), "white_check_mark")
        await slack.until(lambda: "*done*" in str(card().blocks))

        assert len(roots("manila")) == len(roots("new-york")) == 1
        assert await bot.stop() == 0
    assert not [line for line in bot.log if line.get("level") == "error"]
