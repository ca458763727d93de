"""The bot put together: when it is ready, how it stops, and what it makes up for."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.domain.errors import SlackFailure
from bot.domain.post import PostKind
from bot.store.database import StoreUnavailable
from bot.usecases import people

if TYPE_CHECKING:
    from logging import LogRecord

    from bot.domain.person import UserId
    from bot.store.transaction import Tx
    from tests.office import Office

TEAM = "team create Manila tz Asia/Manila at 09:00 on mon-fri"


async def _ready(office: Office) -> tuple[int, str]:
    url = f"http://127.0.0.1:{office.baton.web.port}/readyz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_it_is_ready_while_database_slack_and_heartbeat_are_fresh(office: Office) -> None:
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
    # Whoever has not answered by then finds it in their day.
    following = await office.baton.upcoming()
    assert following is not None
    assert following[1] == "somebody's working day begins"


async def test_nothing_is_ahead_of_a_bot_that_nobody_uses(office: Office) -> None:
    assert await office.baton.upcoming() is None


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "invalid_auth"])
async def test_it_is_not_ready_while_slack_refuses_the_token(
    office: Office, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    caplog.set_level("INFO", "bot.slack.installation")
    baton = office.baton
    await office.slack.until(lambda: baton.heartbeat.last_tick is not None)
    office.slack.faults.add("error", code=code, count=None)
    with pytest.raises(SlackFailure):
        await baton.gateway.call(office.workspace, "users.info", user=office.user("ana"))

    await baton.installation.ask(baton.gateway)
    await baton.installation.ask(baton.gateway)
    status, text = await _ready(office)

    assert (status, f"slack: refuses SLACK_BOT_TOKEN ({code})" in text) == (503, True)
    assert [record.levelname for record in _records(caplog, "bot_token_refused")] == ["ERROR"]
    assert office.world.token not in caplog.text

    office.slack.faults.clear()
    await baton.installation.ask(baton.gateway)

    assert (await _ready(office))[0] == 200
    assert len(_records(caplog, "bot_token_taken")) == 1


async def test_a_refusal_of_one_call_says_nothing_of_the_token(office: Office) -> None:
    await office.slack.until(lambda: office.baton.heartbeat.last_tick is not None)
    office.slack.faults.add("error", method="users.info", code="user_not_found", count=1)

    with pytest.raises(SlackFailure):
        await office.baton.gateway.call(office.workspace, "users.info", user="U0")

    assert (await _ready(office))[0] == 200


async def test_work_that_hangs_is_given_up_while_somebody_waits_and_takes_itself_back(
    office: Office,
) -> None:
    ana = office.user("ana")
    await office.ana.command("/baton", "me")
    goes_on, began = threading.Event(), time.monotonic()

    def hang(tx: Tx, user: UserId) -> None:
        people.open_home(tx, user)
        goes_on.wait(10)

    with pytest.raises(StoreUnavailable):
        await office.baton.edge.do(office.workspace, hang, ana)
    took = time.monotonic() - began
    goes_on.set()
    await office.slack.settled()

    assert took < 2.5
    # Work is done in turn, so this one finds what the one before has left.
    home = await office.baton.do(office.workspace, lambda tx: tx.posts.find(PostKind.HOME, ana))
    assert home is None


async def test_a_command_is_answered_in_a_sentence_while_the_database_hangs(
    office: Office,
) -> None:
    goes_on = threading.Event()
    hanging = asyncio.create_task(office.baton.do(office.workspace, lambda _tx: goes_on.wait(10)))
    await asyncio.sleep(0)

    answer = await office.maya.command("/tasks", channel="manila")
    goes_on.set()
    await hanging

    assert answer.ok
    assert answer.text.startswith("Baton cannot reach its database at the moment")


def _records(caplog: pytest.LogCaptureFixture, action: str) -> list[LogRecord]:
    return [record for record in caplog.records if record.__dict__.get("action") == action]
