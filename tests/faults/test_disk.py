"""A disk that takes no more, and a database file that is none: nothing is lost or overwritten."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.store.address import address
from tests.faults.harbour import ALL_IS_WELL, NINE, dates, errors
from tests.processes import ran

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.harbour import Harbour
    from tests.processes import BotProcess

    Damage = Callable[[bytes], bytes]

NOTHING_CHANGED = "Baton cannot reach its database at the moment, so nothing was changed."

LONG = pytest.mark.long

RECOVERED = 15.0
"""Seconds within which everything is done that the disk kept from being done."""


@contextmanager
def full(bot: BotProcess) -> Iterator[None]:
    """Have no file take more of a process than its first page, as if the disk were full.

    No file system has to be mounted for it, which only root may do.
    """
    pid = bot.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    "harbour", ["sqlite-http", pytest.param("sqlite-socket", marks=LONG)], indirect=True
)
async def test_what_comes_while_the_disk_is_full_is_refused_or_done_later(
    harbour: Harbour,
) -> None:
    slack = harbour.slack
    slack.courier.retry_delays = (0.5,) * 30
    harbour.add_channels("manila")
    async with harbour.baton() as bot:
        await harbour.team("manila")
        await harbour.delegate("handover")
        (card,) = await slack.until(lambda: harbour.cards("handover"))
        await harbour.ana.command("/ack", "1 yes", channel="handover")
        await slack.until(lambda: "*doing*" in str(card.blocks))
        await harbour.shown()

        with full(bot):
            harbour.clock.set(NINE - timedelta(seconds=1))
            refused = await harbour.maya.command(
                "/delegate", "@ana Never heard of due fri 17:00", channel="handover"
            )
            assert refused.text.startswith(NOTHING_CHANGED)
            await harbour.ana.react(card, "white_check_mark")
            marked = slack.deliveries[-1]
            await slack.until(lambda: len(marked.attempts) > 1)
            assert not any(attempt.ok for attempt in marked.attempts)
            await harbour.passed(NINE + timedelta(seconds=1))
            assert "*doing*" in str(card.blocks)
            assert not harbour.requests("manila")

        await slack.until(lambda: "*done*" in str(card.blocks), timeout=RECOVERED)
        await slack.until(lambda: harbour.roots("manila"), timeout=RECOVERED)
        await harbour.delegate("handover")
        await slack.until(lambda: len(harbour.cards("handover")) == 2, timeout=RECOVERED)
        await harbour.shown()
        assert await harbour.tally(dates(["manila"])) == ALL_IS_WELL
        assert await harbour.tasks() == {1: "done", 2: "waiting"}
        assert await bot.stop() == 0
    assert not errors(bot)


@pytest.mark.parametrize("harbour", ["sqlite-socket"], indirect=True)
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda whole: b"Dear diary,\n" + whole[12:], marks=LONG, id="no-database"),
        pytest.param(lambda whole: whole[:8192] + b"\xff" * 8192 + whole[16384:], id="damaged"),
        pytest.param(lambda whole: whole[: len(whole) // 2], marks=LONG, id="cut-short"),
    ],
)
async def test_a_damaged_file_keeps_the_bot_from_starting_and_is_left_as_it_is(
    harbour: Harbour, damage: Damage
) -> None:
    harbour.add_channels("manila")
    async with harbour.baton() as bot:
        await harbour.team("manila")
        await harbour.delegate("handover")
        await harbour.shown()
        assert await bot.stop() == 0
    file = Path(str(address(harbour.database_url).database))
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    damaged, calls = file.read_bytes(), len(harbour.slack.journal)

    code, out, err = await ran(
        "run",
        environ={
            "SLACK_BOT_TOKEN": harbour.demo.token,
            "SLACK_APP_TOKEN": harbour.slack.app_token,
            "SLACK_API_URL": harbour.slack.api_url,
            "DATABASE_URL": harbour.database_url,
            "PORT": "0",
        },
        folder=harbour.folder,
    )

    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert f"{file} is not a database, or it is damaged. It was left as it is." in err
    assert file.read_bytes() == damaged
    assert len(harbour.slack.journal) == calls
    # With a backup in its place everything goes on.
    file.write_bytes(whole)
    async with harbour.baton() as bot:
        harbour.clock.set(NINE - timedelta(seconds=1))
        await harbour.slack.until(lambda: harbour.roots("manila"))
        await harbour.shown()
        assert await harbour.tally(dates(["manila"])) == ALL_IS_WELL
    assert not errors(bot)
