import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.limits import METHOD_TIERS, Limits
from bot.sandbox.server import LocalSlack
from tests.sandbox.conftest import Api, Clock

CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"


@pytest.fixture
async def limited(clock: Clock) -> AsyncIterator[Api]:
    slack = LocalSlack(clock=clock, limits=True)
    acme = slack.add_workspace("Acme")
    async with slack, aiohttp.ClientSession() as session:
        api = Api(slack, session)
        api.token = acme.token
        yield api


async def test_posts_to_one_channel_are_limited(limited: Api) -> None:
    acme = next(iter(limited.slack.world.workspaces.values()))
    here, there = acme.add_channel("here"), acme.add_channel("there")

    for _ in range(5):
        assert (await limited("chat.postMessage", channel=here.id, text="x"))["ok"]
    async with await limited.response("chat.postMessage", channel=here.id, text="x") as response:
        assert response.status == 429
        assert 1 <= int(response.headers["Retry-After"]) <= 5
    assert (await limited("chat.postMessage", channel=there.id, text="x"))["ok"]
    assert len(here.messages) == 5


async def test_a_tier_is_a_number_of_calls_a_minute(limited: Api) -> None:
    answers = [(await limited("users.list"))["ok"] for _ in range(21)]

    assert answers == [True] * 20 + [False]


def test_a_workspace_has_a_limit_of_its_own() -> None:
    limits = Limits(on=True)

    waits = [limits.wait("chat.postMessage", "T1", f"C{number}") for number in range(301)]

    assert waits[:300] == [None] * 300
    assert waits[300] is not None
    assert limits.wait("chat.postMessage", "T2", "C1") is None


def test_calls_are_forgotten_after_a_while() -> None:
    now = 0.0
    limits = Limits(on=True, now=lambda: now)

    first = [limits.wait("users.list", "T1", "") for _ in range(21)]
    now = 61.0

    assert first[-1] == 60
    assert limits.wait("users.list", "T1", "") is None
    assert limits.wait("auth.test", "T1", "") is None


def test_limits_are_off_unless_asked_for() -> None:
    limits = Limits(on=False)

    assert [limits.wait("users.list", "T1", "") for _ in range(99)] == [None] * 99


@pytest.mark.skipif(not CONTRACTS.exists(), reason="the contracts lie beside the project only")
def test_the_tiers_are_slack_s() -> None:
    published = json.loads((CONTRACTS / "rate_limit_tiers.json").read_text())

    for method, tier in METHOD_TIERS.items():
        assert published[method] == f"Tier{tier}", method
