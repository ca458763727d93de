from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import aiohttp
import pytest

from bot.sandbox.clock import EARLY, SandboxClock, clock_routes
from bot.sandbox.records import Json
from bot.sandbox.server import LocalSlack
from tests.sandbox.conftest import Clock

HUDDLE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


class Ahead:
    """What happens next, as the bot would know it."""

    def __init__(self) -> None:
        self.event: tuple[datetime, str] | None = (HUDDLE, "written huddle of Manila")

    async def __call__(self) -> tuple[datetime, str] | None:
        return self.event


@pytest.fixture
def machine() -> Clock:
    return Clock()


@pytest.fixture
def ahead() -> Ahead:
    return Ahead()


@pytest.fixture
async def door(machine: Clock, ahead: Ahead) -> AsyncIterator[str]:
    clock = SandboxClock(machine)
    async with LocalSlack(clock=clock, routes=clock_routes(clock, ahead)) as slack:
        yield f"{slack.url}_sandbox/clock"


async def _get(door: str) -> Json:
    async with aiohttp.ClientSession() as session, session.get(door) as response:
        return dict(await response.json())


async def _post(door: str, **how: object) -> tuple[int, Json]:
    async with aiohttp.ClientSession() as session, session.post(door, **how) as response:  # type: ignore[arg-type]  # whatever a test sends
        return response.status, dict(await response.json())


def test_a_sandbox_clock_shows_the_machines_time_until_something_is_skipped() -> None:
    machine = Clock()
    clock = SandboxClock(machine)

    before = clock()
    clock.skip_to(HUDDLE)
    machine.advance(minutes=5)

    assert before == machine.now - timedelta(minutes=5)
    assert clock() == HUDDLE + timedelta(minutes=5)


def test_a_sandbox_clock_never_goes_back() -> None:
    machine = Clock()
    clock = SandboxClock(machine)

    clock.skip_to(machine.now - timedelta(days=1))

    assert clock() == machine.now


async def test_the_clock_says_what_time_it_is_and_what_is_next(door: str, machine: Clock) -> None:
    told = await _get(door)

    assert told == {
        "now": machine.now.isoformat(),
        "next": HUDDLE.isoformat(),
        "what": "written huddle of Manila",
    }


async def test_instants_are_told_in_utc(door: str, ahead: Ahead) -> None:
    ahead.event = (HUDDLE.astimezone(timezone(timedelta(hours=8))), "written huddle of Manila")

    told = await _get(door)

    assert told["next"] == HUDDLE.isoformat()


async def test_a_skip_ends_just_before_what_happens_next(door: str) -> None:
    status, told = await _post(door, json={"skip": "next"})

    assert status == 200
    assert told["now"] == (HUDDLE - EARLY).isoformat()
    assert await _get(door) == told


async def test_a_second_skip_waits_for_what_is_about_to_happen(door: str) -> None:
    await _post(door, json={"skip": "next"})

    _, told = await _post(door, json={"skip": "next"})

    assert told["now"] == (HUDDLE - EARLY).isoformat()


async def test_with_nothing_to_come_a_skip_changes_nothing(
    door: str, machine: Clock, ahead: Ahead
) -> None:
    ahead.event = None

    status, told = await _post(door, json={"skip": "next"})

    assert status == 200
    assert told == {"now": machine.now.isoformat(), "next": None, "what": None}


@pytest.mark.parametrize(
    "how",
    [
        {"json": {"skip": "tomorrow"}},
        {"json": ["skip"]},
        {"data": '{"skip": "next"}'},
    ],
)
async def test_anything_else_that_is_posted_is_refused(
    door: str, machine: Clock, how: Json
) -> None:
    status, told = await _post(door, **how)

    assert status == 400
    assert told["ok"] is False
    assert (await _get(door))["now"] == machine.now.isoformat()


async def test_broken_json_is_refused_and_skips_nothing(door: str) -> None:
    before = await _post(door, data=b"{", headers={"content-type": "application/json"})

    assert before[0] == 400
