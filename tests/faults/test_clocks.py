"""Clocks that somebody sets, and clocks that a government does: one huddle for each date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.faults.harbour import (
    ALL_IS_WELL,
    EVERY_DAY,
    NINE,
    dates,
    errors,
    has_logged,
    logged,
    nine,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.harbour import Harbour
    from tests.processes import BotProcess
    from tests.shifted import ShiftedClock


MINUTES = timedelta(minutes=1)
DAY = timedelta(days=1)

TICKED = 5.0
"""Seconds within which a process has noticed that its clock was set, and done what is due."""

LONG = [pytest.mark.long, pytest.mark.timeout(900)]


async def _set(bot: BotProcess, clock: ShiftedClock, harbour: Harbour, to: datetime) -> None:
    """Set a process's own clock, and wait until it has noticed; Slack's goes on as it was."""
    before = logged(bot, "clock_set")
    clock.set(to)
    await harbour.slack.until(
        lambda: has_logged(bot, "clock_set", times=before + 1), timeout=TICKED
    )


@pytest.mark.parametrize(
    "harbour", ["sqlite-socket", pytest.param("postgresql-socket", marks=LONG)], indirect=True
)
async def test_a_clock_that_is_set_by_minutes_and_by_a_day_doubles_and_loses_nothing(
    harbour: Harbour,
) -> None:
    harbour.add_channels("quay")
    clock = harbour.own_clock("set")
    slack = harbour.slack
    async with harbour.baton(clock=clock) as bot:
        await harbour.team("quay", on=EVERY_DAY)
        # Back from just before nine, and forth to it.
        await _set(bot, clock, harbour, NINE - 15 * MINUTES)
        await _set(bot, clock, harbour, NINE - timedelta(seconds=1))
        await slack.until(lambda: harbour.have_roots(["quay"]), timeout=TICKED)
        # Back by minutes, so that nine comes once more; and by a day, likewise.
        await _set(bot, clock, harbour, NINE - timedelta(seconds=1))
        await harbour.delegate("handover")
        await slack.until(lambda: clock() > NINE + timedelta(seconds=1))
        await _set(bot, clock, harbour, NINE - DAY + 2 * MINUTES)
        await harbour.ana.command("/ack", "1 yes", channel="handover")
        # Forth by a day and more: Tuesday's is late, and comes.
        await _set(bot, clock, harbour, nine(1) + 5 * MINUTES)
        await slack.until(lambda: harbour.have_roots(["quay"], each=2), timeout=TICKED)
        await harbour.shown()

        assert await harbour.tally(dates(["quay"], days=2)) == ALL_IS_WELL
        assert await harbour.tasks() == {1: "doing"}
        assert await bot.stop() == 0
    assert not errors(bot)


@pytest.mark.parametrize(
    ("harbour", "seed"),
    [
        pytest.param("sqlite-socket", 1, marks=LONG),
        pytest.param("postgresql-socket", 2, marks=LONG),
    ],
    indirect=["harbour"],
)
async def test_a_clock_that_is_set_again_and_again_doubles_and_loses_nothing(
    harbour: Harbour, seed: int
) -> None:
    random = Random(seed)
    harbour.add_channels("quay")
    clock = harbour.own_clock("set")
    async with harbour.baton(clock=clock) as bot:
        await harbour.team("quay", on=EVERY_DAY)
        for day in range(20):
            for _ in range(random.randint(0, 2)):
                back = clock() - random.uniform(0, 1) * DAY - MINUTES
                await _set(bot, clock, harbour, max(back, NINE - random.uniform(1, 9) * MINUTES))
            await _set(bot, clock, harbour, nine(day) + random.uniform(-0.02, 80) * MINUTES)
            until = partial(harbour.have_roots, ["quay"], each=day + 1)
            await harbour.slack.until(until, timeout=2 * TICKED)
            await harbour.shown()
            found = await harbour.tally(dates(["quay"], days=day + 1))
            assert found == ALL_IS_WELL, f"{seed=} {day=}"
    assert not errors(bot)


@dataclass(frozen=True)
class Change:
    """A team that meets every day at a time which a clock change skips or repeats."""

    tz: str
    at: str
    held: Sequence[tuple[date, datetime]]
    """Dates, and when their huddles come; worked out by hand from the zones' rules."""
    not_held: Sequence[datetime] = ()
    """Instants at which nothing comes: a second pass, or a date that there was not."""


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CHANGES = {
    # On 30 April 2027 the clocks of Cairo go from midnight to one o'clock.
    "cairo-skips-midnight": Change(
        "Africa/Cairo",
        "00:00",
        [
            (date(2027, 4, 29), _utc("2027-04-28 22:00")),
            (date(2027, 4, 30), _utc("2027-04-29 22:00")),
            (date(2027, 5, 1), _utc("2027-04-30 21:00")),
        ],
    ),
    # On 28 October 2027 they go back at midnight, to eleven: half past eleven comes twice.
    "cairo-repeats-an-hour": Change(
        "Africa/Cairo",
        "23:30",
        [
            (date(2027, 10, 28), _utc("2027-10-28 20:30")),
            (date(2027, 10, 29), _utc("2027-10-29 21:30")),
        ],
        [_utc("2027-10-28 21:30")],
    ),
    # On 5 September 2027 the clocks of Santiago go from midnight to one o'clock.
    "santiago-skips-midnight": Change(
        "America/Santiago",
        "00:15",
        [
            (date(2027, 9, 4), _utc("2027-09-04 04:15")),
            (date(2027, 9, 5), _utc("2027-09-05 04:15")),
            (date(2027, 9, 6), _utc("2027-09-06 03:15")),
        ],
    ),
    # On Lord Howe they go half an hour: on 3 October 2027 there is no quarter past two.
    "lord-howe-skips-half-an-hour": Change(
        "Australia/Lord_Howe",
        "02:15",
        [
            (date(2027, 10, 2), _utc("2027-10-01 15:45")),
            (date(2027, 10, 3), _utc("2027-10-02 15:45")),
            (date(2027, 10, 4), _utc("2027-10-03 15:15")),
        ],
    ),
    # On 4 April 2027 a quarter to two comes twice there, half an hour apart.
    "lord-howe-repeats-half-an-hour": Change(
        "Australia/Lord_Howe",
        "01:45",
        [
            (date(2027, 4, 4), _utc("2027-04-03 14:45")),
            (date(2027, 4, 5), _utc("2027-04-04 15:15")),
        ],
        [_utc("2027-04-03 15:15")],
    ),
    # Samoa went from 29 to 31 December 2011.
    "apia-skips-a-date": Change(
        "Pacific/Apia",
        "09:00",
        [
            (date(2011, 12, 29), _utc("2011-12-29 19:00")),
            (date(2011, 12, 31), _utc("2011-12-30 19:00")),
        ],
    ),
}


@pytest.mark.parametrize(
    ("harbour", "name"),
    [
        (("postgresql" if number % 2 else "sqlite") + "-socket", name)
        for number, name in enumerate(CHANGES)
    ],
    indirect=["harbour"],
)
async def test_each_date_has_one_huddle_where_the_clocks_change(
    harbour: Harbour, name: str
) -> None:
    change = CHANGES[name]
    harbour.add_channels("quay")
    harbour.clock.set(change.held[0][1] - timedelta(hours=1))
    async with harbour.baton() as bot:
        await harbour.team("quay", change.at, tz=change.tz, on=EVERY_DAY)
        held: list[date] = []
        moments = [*change.held, *((None, at) for at in change.not_held)]
        for day, at in sorted(moments, key=lambda moment: moment[1]):
            harbour.clock.set(at - timedelta(seconds=1))
            await harbour.passed(at - timedelta(seconds=0.2))
            assert len(harbour.roots("quay")) == len(held), "it came too early"
            if day is None:
                await harbour.passed(at + timedelta(seconds=1.5))
            else:
                held.append(day)
                until = partial(harbour.have_roots, ["quay"], each=len(held))
                await harbour.slack.until(until, timeout=TICKED)
        await harbour.shown()

        assert await harbour.tally({"quay": held}) == ALL_IS_WELL
    assert not errors(bot)
