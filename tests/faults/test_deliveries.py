"""What Slack brings often, late and out of order, and what people do twice: each counts once."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.faults import FaultKind
from tests.faults.harbour import ALL_IS_WELL, errors

if TYPE_CHECKING:
    from bot.sandbox.records import Message
    from tests.faults.harbour import Harbour


DONE = "white_check_mark"

TIMES = 11
"""How often Slack has been seen to bring one event, each time under another id."""

LATE = 1.0
"""Seconds by which an event may come late."""


async def _card(harbour: Harbour) -> Message:
    """Return the card of a new task that Ana has accepted."""
    before = len(harbour.cards("handover"))
    await harbour.delegate("handover")
    await harbour.slack.until(lambda: len(harbour.cards("handover")) > before)
    card = harbour.cards("handover")[-1]
    number = card.event_payload["task"]
    await harbour.ana.command("/ack", f"{number} yes", channel="handover")
    await harbour.slack.until(lambda: "*doing*" in str(card.blocks))
    return card


def _shuffle(harbour: Harbour, random: Random, times: int) -> None:
    """Have each of the next events about reactions come many times, each at another moment."""
    faults = harbour.slack.faults
    for kind in ("reaction_added", "reaction_removed"):
        faults.add(FaultKind.DUPLICATE, method=kind, count=None, copies=TIMES - 1)
        for _ in range(times * TIMES):
            faults.add(FaultKind.DELAY, method=kind, seconds=random.uniform(0, LATE))


async def _change_mind(harbour: Harbour, card: Message, changes: int) -> None:
    """Have Ana put her mark on a card, and take it away, and so on, without a pause."""
    ana, workspace = harbour.ana, harbour.ana.workspace
    room = workspace.channel("handover")
    for change in range(changes):
        turn = workspace.unreact if change % 2 else workspace.react
        assert turn(room, card, ana.id, DONE)


@pytest.mark.parametrize(
    ("harbour", "seeds"),
    [
        pytest.param("sqlite-http", range(2), id="sqlite"),
        pytest.param("postgresql-socket", range(2), marks=pytest.mark.long, id="postgresql"),
        pytest.param(
            "postgresql-http",
            range(60),
            marks=[pytest.mark.long, pytest.mark.timeout(900)],
            id="postgresql-long",
        ),
    ],
    indirect=["harbour"],
)
async def test_a_mark_counts_as_it_stands_however_often_and_in_whatever_order_it_comes(
    harbour: Harbour, seeds: range
) -> None:
    async with harbour.baton() as bot:
        expected = {}
        for seed in seeds:
            random = Random(seed)
            changes = random.randint(1, 5)
            card = await _card(harbour)
            _shuffle(harbour, random, changes)
            await _change_mind(harbour, card, changes)
            await harbour.slack.settled(timeout=15)
            harbour.slack.faults.clear()
            expected[card.event_payload["task"]] = "done" if changes % 2 else "doing"

        events = [
            delivery
            for delivery in harbour.slack.deliveries
            if delivery.name.startswith("reaction_")
        ]
        assert len({delivery.payload["event_id"] for delivery in events}) == len(events)
        assert len(events) % TIMES == 0
        assert all(delivery.ok for delivery in events)
        await harbour.shown()
        assert await harbour.tasks() == expected
        assert await harbour.tally() == ALL_IS_WELL
    assert not errors(bot)


@pytest.mark.parametrize("harbour", ["postgresql-http"], indirect=True)
async def test_a_mark_that_was_taken_away_before_it_came_changes_nothing(
    harbour: Harbour,
) -> None:
    async with harbour.baton() as bot:
        card = await _card(harbour)
        late = harbour.slack.faults.add(FaultKind.DELAY, method="reaction_added", seconds=LATE)
        await _change_mind(harbour, card, 2)
        await harbour.slack.settled()

        assert late.hits == 1
        await harbour.shown()
        assert await harbour.tasks() == {1: "doing"}

        await _change_mind(harbour, card, 1)
        await harbour.slack.until(lambda: "*done*" in str(card.blocks))
        await harbour.shown()
        assert await harbour.tally() == ALL_IS_WELL
    assert not errors(bot)


@pytest.mark.parametrize("harbour", ["sqlite-http", "postgresql-socket"], indirect=True)
async def test_what_is_typed_or_pressed_or_sent_twice_happens_once(harbour: Harbour) -> None:
    slack, maya, ana = harbour.slack, harbour.maya, harbour.ana
    async with harbour.baton() as bot:
        # A command whose answer is lost on its way, and comes again with the same trigger.
        slack.faults.add(FaultKind.LOSE_ACK, method="/delegate")
        lost = await maya.command(
            "/delegate", "@ana Weigh anchor due fri 17:00", channel="handover"
        )
        assert not lost.ok
        again = await slack.courier.ask("command", lost.delivery.team, lost.delivery.payload)
        assert "Task 1 is with" in again.attempts[0].body
        (card,) = await slack.until(lambda: harbour.cards("handover"))

        # A double click, and one more once its answer is there.
        presses = await asyncio.gather(*(ana.press(card, "task.accept") for _ in range(2)))
        assert all(press.ok for press in presses)
        await slack.until(lambda: "*doing*" in str(card.blocks))
        presses = await asyncio.gather(*(ana.press(card, "task.done") for _ in range(3)))
        assert all(press.ok for press in presses)
        await slack.until(lambda: "*done*" in str(card.blocks))

        # A form that is sent twice.
        form = await maya.command("/delegate", "@ana", channel="handover")
        assert form.view is not None
        sent = await maya.submit(form.view, {"outcome": "Hoist the sails", "due": "fri 17:00"})
        assert sent.ok, sent.errors
        await slack.courier.ask("interaction", sent.delivery.team, sent.delivery.payload)

        await slack.until(lambda: len(harbour.cards("handover")) == 2)
        await harbour.shown()
        assert await harbour.tasks() == {1: "done", 2: "waiting"}
        assert await harbour.tally() == ALL_IS_WELL
        told = (await maya.command("/tasks", "1", channel="handover")).text
        assert told.count("accepted") <= 1
    assert not errors(bot)
