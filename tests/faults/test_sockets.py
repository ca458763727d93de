"""Connections to Slack that go silent, are cut or refused: commands are answered again at once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.sandbox.faults import FaultKind
from tests.faults.harbour import ALL_IS_WELL, errors, readiness

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.answers import Answer
    from tests.faults.harbour import Harbour
    from tests.processes import BotProcess


OPEN = "apps.connections.open"

ANSWERED = 5.0
"""Seconds within which commands work again, whatever happened to the connections."""

SETTLED = 10.0
"""Seconds after which whatever was tried again has worked, or never will."""

EVERY = 0.1
"""Seconds between two commands of somebody who wants to know when it works again."""

socket = pytest.mark.parametrize("harbour", ["sqlite-socket"], indirect=True)


async def _both_open(harbour: Harbour) -> None:
    await harbour.slack.until(lambda: len(harbour.slack.sockets.links) == 2)


async def _answered_again(harbour: Harbour) -> float:
    """Send commands until all of a second are answered; return when the last one failed to be.

    They do not wait for each other: a person who gets no answer is one of many.
    """
    since, last_failure = time.monotonic(), 0.0
    asked: dict[asyncio.Task[None], float] = {}

    async def ask(at: float) -> None:
        nonlocal last_failure
        answer = await harbour.ana.command("/ack", channel="handover")
        if not answer.ok:
            last_failure = max(last_failure, at)

    at = 0.0
    while at < last_failure + 1 or any(
        not task.done() for task, begun in asked.items() if begun <= last_failure + 1
    ):
        assert at < 2 * ANSWERED, "commands are never answered again"
        asked[asyncio.create_task(ask(at))] = at
        await asyncio.sleep(EVERY)
        at = time.monotonic() - since
    await asyncio.gather(*asked)
    return last_failure


async def _delegate_through(harbour: Harbour, harm: Callable[[], object]) -> int:
    """Give Ana eight tasks while this happens; return how many of them got a receipt."""
    asked = [asyncio.create_task(_attempt(harbour, number)) for number in range(8)]
    await harbour.slack.until(lambda: any(link.waiting for link in harbour.slack.sockets.links))
    harm()
    receipts = [answer.ok for answer in await asyncio.gather(*asked)]
    return sum(receipts)


async def _attempt(harbour: Harbour, number: int) -> Answer:
    return await harbour.maya.command(
        "/delegate", f"@ana Check the ropes {number} due fri 17:00", channel="handover"
    )


async def _ready(bot: BotProcess, status: int) -> None:
    """Wait until a process says so of itself."""
    async with asyncio.timeout(SETTLED):
        while await readiness(bot) != status:  # noqa: ASYNC110  # another process sets no event
            await asyncio.sleep(0.05)


async def _connections(bot: BotProcess) -> float:
    """Return how many connections a process counts as its own."""
    async with aiohttp.ClientSession() as session, session.get(f"{bot.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    (line,) = [line for line in lines if line.startswith("baton_socket_connections ")]
    return float(line.split()[1])


@socket
@pytest.mark.parametrize("silent", [1, 2])
async def test_commands_are_answered_again_after_connections_fell_silent(
    harbour: Harbour, silent: int
) -> None:
    async with harbour.baton() as bot:
        await _both_open(harbour)
        sockets = harbour.slack.sockets

        sockets.black_hole(*sockets.links[:silent])
        seconds = await _answered_again(harbour)

        assert seconds < ANSWERED
        assert sockets.opened == 2 + silent
        assert not sockets.strays
        assert await readiness(bot) == 200
        assert await _connections(bot) == 2
    assert not errors(bot)


@socket
@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_no_command_is_lost_while_slack_wants_other_connections(
    harbour: Harbour, reason: str
) -> None:
    async with harbour.baton() as bot:
        await _both_open(harbour)
        sockets = harbour.slack.sockets
        old = list(sockets.links)

        await sockets.say_goodbye(reason)
        seconds = await _answered_again(harbour)
        await sockets.close(*old)
        seconds += await _answered_again(harbour)

        assert seconds == 0
        assert sockets.opened == 4
        assert not sockets.strays
        assert await readiness(bot) == 200
    assert not errors(bot)


@socket
@pytest.mark.parametrize("cut", [1, 2])
async def test_what_was_acknowledged_is_kept_when_connections_are_reset(
    harbour: Harbour, cut: int
) -> None:
    async with harbour.baton() as bot:
        await _both_open(harbour)
        sockets = harbour.slack.sockets

        receipts = await _delegate_through(harbour, lambda: sockets.reset(*sockets.links[:cut]))
        seconds = await _answered_again(harbour)
        await harbour.shown()

        assert seconds < 1
        assert receipts <= len(await harbour.tasks()) <= 8
        assert await harbour.tally() == ALL_IS_WELL
        assert not sockets.strays
    assert not errors(bot)


@socket
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.RATE_LIMITED, ""),
        (FaultKind.HTML, ""),
        pytest.param(FaultKind.ERROR, "ratelimited", marks=pytest.mark.long),
        pytest.param(FaultKind.ERROR, "internal_error", marks=pytest.mark.long),
        pytest.param(FaultKind.DROP, "", marks=pytest.mark.long),
    ],
)
async def test_a_process_without_a_connection_is_not_ready_until_slack_gives_it_one(
    harbour: Harbour, kind: FaultKind, code: str
) -> None:
    async with harbour.baton() as bot:
        await _both_open(harbour)
        await _ready(bot, 200)
        refused = harbour.slack.faults.add(kind, method=OPEN, count=None, code=code)

        harbour.slack.sockets.reset()
        await _ready(bot, 503)
        await harbour.slack.until(lambda: refused.hits > 1)
        harbour.slack.faults.remove(refused)
        seconds = await _answered_again(harbour)

        assert seconds < ANSWERED
        assert await readiness(bot) == 200
    assert not errors(bot)


@socket
async def test_a_process_connects_again_when_slack_was_away(harbour: Harbour) -> None:
    async with harbour.baton() as bot:
        await _both_open(harbour)
        await _ready(bot, 200)

        await harbour.slack.unplug()
        await _ready(bot, 503)
        await harbour.slack.plug_in()
        seconds = await _answered_again(harbour)

        assert seconds < ANSWERED
        await _both_open(harbour)
        assert await readiness(bot) == 200
    assert not errors(bot)


@socket
async def test_a_process_is_ready_with_the_only_connection_that_slack_allows(
    harbour: Harbour,
) -> None:
    harbour.slack.sockets.most = 1
    async with harbour.baton() as bot:
        await harbour.slack.until(lambda: len(harbour.slack.calls(OPEN)) == 2)
        seconds = await _answered_again(harbour)
        ready = await readiness(bot)
        assert await _connections(bot) == 1
        # It waits for room, and does not ask again and again.
        asked = len(harbour.slack.calls(OPEN))
        harbour.slack.sockets.reset()
        again = await _answered_again(harbour)

        assert (seconds, ready, asked) == (0, 200, 2)
        assert again < ANSWERED
        assert await bot.stop() == 0
    assert [line for line in bot.log if line.get("action") == "crowded"]
    assert not errors(bot)


@socket
async def test_a_process_without_room_waits_for_the_old_one_to_leave(harbour: Harbour) -> None:
    harbour.slack.sockets.most = 2
    async with harbour.baton() as old:
        await _both_open(harbour)
        async with harbour.baton() as new:
            refused = await readiness(new)
            assert await old.stop() == 0
            seconds = await _answered_again(harbour)

            assert refused == 503
            assert seconds < ANSWERED
            await _ready(new, 200)
    assert not errors(old, new)


@socket
async def test_what_was_acknowledged_outlives_a_killed_process_with_two_connections(
    harbour: Harbour,
) -> None:
    async with harbour.baton() as first:
        await _both_open(harbour)
        receipts = await _delegate_through(harbour, first.kill)
    async with harbour.baton() as second:
        await harbour.delegate("handover")
        await harbour.shown_again()

        assert receipts + 1 <= len(await harbour.tasks()) <= 9
        assert await harbour.tally() == ALL_IS_WELL
    assert not errors(first, second)
