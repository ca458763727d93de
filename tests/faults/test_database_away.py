"""A database that is away for a moment: nobody is left without an answer, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from bot.sandbox.faults import FaultKind
from bot.store.address import address, is_sqlite
from tests.faults.harbour import ALL_IS_WELL, NINE, dates, errors, readiness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from tests.databases import Postgres
    from tests.faults.harbour import Harbour
    from tests.processes import BotProcess

    Away = Callable[[], AbstractAsyncContextManager[None]]


NOTHING_CHANGED = "Baton cannot reach its database at the moment, so nothing was changed."

LONG = [pytest.mark.long, pytest.mark.timeout(300)]

RECOVERED = 40.0
"""Seconds within which everything is done that waited: an alarm rests for half a minute at most."""

UNREADY = 20.0
"""Seconds within which a process says that it is not ready, or that it is again."""


@asynccontextmanager
async def locked(file: str) -> AsyncIterator[None]:
    """Have another program keep everybody from changing a SQLite file."""
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@asynccontextmanager
async def stopped(server: Postgres) -> AsyncIterator[None]:
    """Have a PostgreSQL not run for a while."""
    await asyncio.to_thread(server.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """Have a PostgreSQL take what the bot says, and never answer."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'baton'"
        ).fetchall()
    for (pid,) in found:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for (pid,) in found:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def away(harbour: Harbour, request: pytest.FixtureRequest) -> Away:
    """Return what takes the database away for the length of a block."""
    place = address(harbour.database_url)
    if is_sqlite(place):
        return lambda: locked(str(place.database))
    postgres: Postgres = request.getfixturevalue("postgres")
    return lambda: stopped(postgres)


async def says(bot: BotProcess, status: int) -> None:
    """Wait until a process answers so to who asks whether it is ready."""
    async with asyncio.timeout(UNREADY):
        # It changes with time alone, so that there is nothing else to wait for.
        while await readiness(bot) != status:  # noqa: ASYNC110  # it happens in another process, which sets no event of ours
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("harbour", "seconds"),
    [
        pytest.param("sqlite-socket", 0, id="sqlite"),
        pytest.param("postgresql-http", 0, id="postgresql"),
        *(
            pytest.param(where, 60, marks=LONG, id=f"{where}-long")
            for where in ("sqlite-http", "postgresql-socket")
        ),
    ],
    indirect=["harbour"],
)
async def test_what_comes_while_the_database_is_away_is_refused_or_done_later(
    harbour: Harbour, away: Away, seconds: int
) -> None:
    slack = harbour.slack
    slack.courier.retry_delays = (1.0,) * 120
    harbour.add_channels("manila", "sent-before")
    async with harbour.baton() as bot:
        await harbour.team("manila")
        await harbour.delegate("handover")
        await slack.until(lambda: harbour.cards("handover"))
        (card,) = harbour.cards("handover")
        await harbour.ana.command("/ack", "1 yes", channel="handover")
        await slack.until(lambda: "*doing*" in str(card.blocks))
        await harbour.shown()
        assert await readiness(bot) == 200
        harbour.arm(FaultKind.LATENCY_AFTER, "sent-before", seconds=2)
        await harbour.delegate("sent-before")
        await slack.until(lambda: harbour.cards("sent-before"))

        async with away():
            harbour.clock.set(NINE - timedelta(seconds=1))
            refused = await harbour.maya.command(
                "/delegate", "@ana Never heard of due fri 17:00", channel="handover"
            )
            await harbour.ana.react(card, "white_check_mark")
            attempted = slack.deliveries[-1].attempts
            await slack.until(lambda: attempted)
            await harbour.ana.press(card, "task.done")
            await slack.until(lambda: harbour.ana.member.ephemerals)
            assert harbour.ana.member.ephemerals[-1].text.startswith(NOTHING_CHANGED)
            assert refused.text.startswith(NOTHING_CHANGED)
            assert not attempted[0].ok
            await says(bot, 503)
            assert "*doing*" in str(card.blocks)
            # Longer than any lease lasts, and than anybody waits who tries again.
            await asyncio.sleep(seconds)

        await slack.until(lambda: "*done*" in str(card.blocks), timeout=RECOVERED)
        await slack.until(lambda: harbour.roots("manila"), timeout=RECOVERED)
        await says(bot, 200)
        await harbour.shown()
        assert await harbour.tally(dates(["manila"])) == ALL_IS_WELL
        assert await bot.stop() == 0
    assert not errors(bot)


@pytest.mark.parametrize("harbour", ["postgresql-http"], indirect=True)
async def test_a_database_that_hangs_keeps_nobody_waiting_and_no_process_from_stopping(
    harbour: Harbour,
) -> None:
    async with harbour.baton() as bot:
        await harbour.delegate("handover")
        await harbour.shown()
        with frozen(harbour.database_url):
            refused = await harbour.maya.command("/tasks", channel="handover")

            assert refused.text.startswith(NOTHING_CHANGED)
            assert await bot.stop() == 0
    assert not errors(bot)
