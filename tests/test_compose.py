"""`compose.yml`: the services fit each other, and as many processes as it names work together."""

from __future__ import annotations

import json
import re
import shlex
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import yaml

from bot.config import Settings
from bot.sandbox.demo import furnish
from bot.sandbox.server import LocalSlack
from tests.processes import STOPPED, baton
from tests.shifted import LEASE, ShiftedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[1]
NINE = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
"""Monday 09:00 in Manila."""


def services() -> dict[str, dict[str, Any]]:
    """Return the services, with `secret` wherever a password is asked for."""
    text = (ROOT / "compose.yml").read_text("utf-8")
    found = yaml.safe_load(re.sub(r"\$\{POSTGRES_PASSWORD(:\?[^}]*)?\}", "secret", text))
    assert isinstance(found, dict)
    return dict(found["services"])


def test_the_bot_finds_the_database() -> None:
    baton_service, database = services()["baton"], services()["database"]
    settings = Settings.from_env(baton_service["environment"], needs_slack=False)
    url = urlsplit(settings.database_url.get_secret_value())

    assert url.scheme == "postgresql"
    assert services()[str(url.hostname)] == database
    assert {
        "POSTGRES_USER": url.username,
        "POSTGRES_PASSWORD": url.password,
        "POSTGRES_DB": url.path.removeprefix("/"),
    } == database["environment"]
    assert settings.warnings == ()
    assert list(baton_service["depends_on"]) == [url.hostname]


def test_the_database_outlives_its_container() -> None:
    (mount,) = services()["database"]["volumes"]
    name, _, folder = mount.partition(":")

    assert name in yaml.safe_load((ROOT / "compose.yml").read_text("utf-8"))["volumes"]
    assert folder == "/var/lib/postgresql/data"


def test_a_process_has_the_time_it_needs_to_stop() -> None:
    assert int(services()["baton"]["stop_grace_period"].removesuffix("s")) > STOPPED


def test_it_runs_what_the_image_is_made_for() -> None:
    assert services()["baton"]["build"] == "."
    assert not {"command", "entrypoint"} & services()["baton"].keys()
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert json.loads(re.findall(r"^CMD (.*)$", dockerfile, re.MULTILINE)[-1]) == ["run"]


def test_the_readme_tells_how_it_is_started() -> None:
    command = next(
        line.removeprefix("#").strip()
        for line in (ROOT / "compose.yml").read_text("utf-8").splitlines()
        if "docker compose" in line
    )

    assert shlex.split(command)[:3] == ["docker", "compose", "up"]
    assert command in (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def clock(tmp_path: Path) -> ShiftedClock:
    clock = ShiftedClock(tmp_path / "clock")
    clock.set(NINE - timedelta(minutes=10))
    return clock


@pytest.fixture
async def slack(clock: ShiftedClock) -> AsyncIterator[LocalSlack]:
    async with LocalSlack(clock=clock) as slack:
        yield slack


async def test_its_replicas_share_the_work_and_one_goes_on_alone(
    slack: LocalSlack, clock: ShiftedClock, postgres_url: str, tmp_path: Path
) -> None:
    demo = furnish(slack)
    maya = slack.person(demo.people["maya"])
    async with AsyncExitStack() as running:
        replicas = [
            await running.enter_async_context(
                baton(
                    slack,
                    token=demo.token,
                    database_url=postgres_url,
                    over="socket",
                    folder=tmp_path,
                    clock=clock,
                )
            )
            for _ in range(services()["baton"]["deploy"]["replicas"])
        ]
        assert len(replicas) > 1
        for replica in replicas:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{replica.url}/readyz") as answer,
            ):
                assert answer.status == 200
        for channel, zone in (("manila", "Asia/Manila"), ("new-york", "America/New_York")):
            at = "09:00" if channel == "manila" else "20:00"
            answered = await maya.command(
                "/baton", f"team create {channel} tz {zone} at {at} on daily", channel=channel
            )
            assert channel in answered.text

        def roots(channel: str, days: int) -> int:
            start = morning(days)
            return sum(
                start <= float(root.ts) < start + timedelta(days=1).total_seconds()
                for root in slack.find(channel, event_type="baton_huddle")
            )

        for days, replica in enumerate(replicas):
            clock.set(NINE + timedelta(days=days, seconds=-1))
            await slack.until(
                lambda day=days: roots("manila", day) and roots("new-york", day),  # type: ignore[misc]  # a default binds it now
                timeout=LEASE * 4,
            )
            if replica is not replicas[-1]:
                assert await replica.stop() == 0
        await maya.command("/delegate", "@ana Send the contract due fri 17:00", channel="handover")
        await slack.until(lambda: slack.find("handover", event_type="baton_task"))

        for days in range(len(replicas)):
            assert (roots("manila", days), roots("new-york", days)) == (1, 1)
        assert len(slack.find("handover", event_type="baton_task")) == 1
        assert await replicas[-1].stop() == 0


def morning(days: int) -> float:
    """Return an hour before that day's huddle, in seconds since 1970."""
    return (NINE + timedelta(days=days, hours=-1)).timestamp()
