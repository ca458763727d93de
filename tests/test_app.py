"""The bot put together: when it is ready, how it stops, and what it makes up for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from tests.office import Office

TEAM = "team create Manila tz Asia/Manila at 09:00 on mon-fri"


async def _ready(office: Office) -> tuple[int, str]:
    url = f"http://127.0.0.1:{office.baton.web.port}/readyz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_it_is_ready_while_database_slack_and_heartbeat_are_fresh(office: Office) -> None:
    await office.slack.until(lambda: office.baton.heartbeat.last_tick is not None)

    status, text = await _ready(office)

    assert status == 200, text


async def test_metrics_name_calls_by_method_and_never_a_token(office: Office) -> None:
    url = f"http://127.0.0.1:{office.baton.web.port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        text = await answer.text()

    assert 'method="auth.test",outcome="ok"' in text
    assert office.world.token not in text


async def test_a_commit_wakes_the_publisher_and_the_heartbeat(office: Office) -> None:
    await office.maya.command("/baton", TEAM, channel="manila")
    ahead = await office.baton.upcoming()
    assert ahead is not None
    assert ahead[1] == "the huddle of Manila opens"

    office.clock.skip_to(ahead[0])

    await office.slack.until(lambda: office.slack.find("manila", event_type="baton_huddle"))
    closing = await office.baton.upcoming()
    assert closing is not None
    assert closing[1] == "the huddle of Manila closes"


async def test_nothing_is_ahead_of_a_bot_that_nobody_uses(office: Office) -> None:
    assert await office.baton.upcoming() is None
