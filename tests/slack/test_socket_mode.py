"""One connection of Socket Mode: acknowledging, replacing it when it is dead, ending tidily."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.person import UserId, WorkspaceId
from bot.sandbox.server import LocalSlack
from bot.slack.bolt import Answer, build_bolt, dispatch
from bot.slack.gateway import Identity
from bot.slack.socket_mode import AppTokenRefused, SocketModeConnection
from tests.slack.sockets import (
    COMMAND,
    EVENT,
    FAST,
    HELLO,
    NOW,
    OK,
    Bot,
    Connected,
    a_connection,
    actions,
    odd_slack,
    slow_slack,
    socket_to,
)


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(clock=lambda: NOW) as local:
        local.courier.retry_delays = ()
        yield local


@pytest.fixture
async def connected(slack: LocalSlack) -> AsyncIterator[Connected]:
    async with a_connection(slack, FAST) as made:
        yield made


# Receiving and acknowledging


async def test_a_payload_is_acknowledged_with_its_answer(connected: Connected) -> None:
    connected.bot.answer = Answer(status=200, headers={}, body='{"text": "Nothing to do."}')

    delivery = await connected.command(text="mine")

    assert connected.bot.heard == [({**COMMAND, "text": "mine"}, {})]
    assert delivery.ok
    assert json.loads(delivery.attempts[0].body) == {"text": "Nothing to do."}


async def test_an_event_is_acknowledged_without_a_payload(connected: Connected) -> None:
    connected.bot.answer = Answer(status=200, headers={}, body='{"text": "unwanted"}')
    workspace = connected.slack.add_workspace("Acme")

    connected.slack.courier.outbox(workspace, EVENT)
    await connected.slack.settled()

    (delivery,) = connected.slack.deliveries
    assert delivery.ok
    assert delivery.attempts[0].body == ""


async def test_what_failed_is_left_for_slack_to_deliver_again(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    connected.bot.answer = Answer(status=503, headers={}, body="")
    connected.slack.courier.ack_timeout = 0.1
    connected.slack.courier.retry_delays = (0.0,)
    workspace = connected.slack.add_workspace("Acme")

    connected.slack.courier.outbox(workspace, EVENT)
    await connected.slack.settled()

    assert [attempt.failure for attempt in connected.slack.deliveries[0].attempts] == [
        "timeout",
        "timeout",
    ]
    assert [headers for _, headers in connected.bot.heard] == [
        {},
        {"x-slack-retry-num": "1", "x-slack-retry-reason": "timeout"},
    ]
    assert actions(caplog) == ["not_acknowledged", "not_acknowledged"]


async def test_a_bug_leaves_the_payload_unacknowledged_and_the_link_open(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    connected.slack.courier.ack_timeout = 0.1
    connected.bot.answer = KeyError("bug")
    failed = await connected.command()
    connected.bot.answer = OK

    assert not failed.ok
    assert (await connected.command()).ok
    assert actions(caplog) == ["unanswered"]


async def test_payloads_do_not_wait_for_each_other(connected: Connected) -> None:
    connected.bot.go.clear()
    asked = [asyncio.create_task(connected.command(text=str(n))) for n in range(20)]

    await connected.slack.until(lambda: len(connected.bot.heard) == 20)
    connected.bot.go.set()

    assert all(delivery.ok for delivery in await asyncio.gather(*asked))


async def test_a_real_app_answers_a_command_in_its_channel(slack: LocalSlack) -> None:
    workspace = slack.add_workspace("Acme")
    ana = workspace.add_person("ana")
    who = Identity(
        workspace=WorkspaceId(workspace.id),
        name="Acme",
        bot_id="B1",
        bot_user=UserId(workspace.bot_user),
        scopes=frozenset(),
        enterprise="",
    )

    async def whisper(_body: Mapping[str, Any], _text: str) -> None:
        return None

    app = build_bolt(
        api_url=slack.api_url, identity={who.workspace: who}.get, whisper=whisper, outages=()
    )

    @app.command("/tasks")
    async def _(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack(f"Heard {body['text']}")

    connection = SocketModeConnection(
        app_token=slack.app_token, api_url=slack.api_url, dispatch=partial(dispatch, app)
    )
    await connection.start()
    await slack.until(lambda: slack.sockets.links)

    await slack.person(ana).command("/tasks", "the payload")

    delivery = slack.deliveries[-1]
    assert json.loads(delivery.attempts[0].body) == {"text": "Heard the payload"}
    await connection.stop()


# Staying connected


async def test_pongs_count_as_signs_of_life(connected: Connected) -> None:
    first = connected.connection.last_frame_at

    await connected.slack.until(lambda: connected.connection.last_frame_at != first)

    assert connected.connection.connected()


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_a_link_is_replaced_when_slack_asks_for_it(connected: Connected, reason: str) -> None:
    await connected.slack.sockets.say_goodbye(reason)

    await connected.again_connected()
    assert (await connected.command()).ok


async def test_a_replaced_link_still_answers_what_came_on_it(connected: Connected) -> None:
    connected.bot.go.clear()
    asked = asyncio.create_task(connected.command())
    await connected.bot.entered.wait()
    await connected.slack.sockets.say_goodbye()
    await connected.slack.until(lambda: len(connected.slack.sockets.links) == 2)

    connected.bot.go.set()

    assert (await asked).ok
    await connected.again_connected()


async def test_an_old_link_does_not_stay_for_an_answer_that_never_comes(slack: LocalSlack) -> None:
    async with a_connection(slack, replace(FAST, answering=0.01)) as connected:
        connected.bot.go.clear()
        asked = asyncio.create_task(connected.command())
        await connected.bot.entered.wait()

        await slack.sockets.say_goodbye()

        await connected.again_connected()
        assert (await asked).attempts[0].failure == "connection_failed"


async def test_a_replaced_link_takes_what_slack_still_sends_until_slack_ends_it(
    slack: LocalSlack,
) -> None:
    async with a_connection(slack, replace(FAST, retiring=60)) as connected:
        await slack.sockets.say_goodbye("warning")
        await slack.until(lambda: len(slack.sockets.links) == 2)

        answers = [await connected.command(text=str(number)) for number in range(4)]
        await slack.sockets.close(slack.sockets.links[0])

        assert all(answer.ok for answer in answers)
        await connected.again_connected()
        assert (await connected.command()).ok
        assert not slack.sockets.strays


@pytest.mark.parametrize("harm", ["close", "reset", "black_hole"])
async def test_a_dead_link_is_replaced(connected: Connected, harm: str) -> None:
    (dead,) = connected.slack.sockets.links
    if harm == "close":
        await connected.slack.sockets.close()
    elif harm == "reset":
        connected.slack.sockets.reset()
    else:
        connected.slack.sockets.black_hole()
        # Slack would not choose it for the next payload for ever either.
        connected.slack.sockets.links.remove(dead)

    await connected.again_connected()

    assert (await connected.command()).ok
    assert connected.bot.silences[0] is None
    assert (connected.bot.silences[1] or 0.0) < 2.0


async def test_a_link_without_a_sign_of_life_does_not_count_as_connected(
    slack: LocalSlack,
) -> None:
    async with a_connection(slack, replace(FAST, ping=60)) as connected:
        assert connected.connection.connected()

        (link,) = connected.connection._links
        link.heard_at -= 120

        assert not connected.connection.connected()


async def test_a_process_that_was_held_up_does_not_take_its_link_for_dead() -> None:
    with slow_slack(0.06) as (api_url, pinged):
        connection = socket_to(api_url, Bot(), pace=replace(FAST, ping=0.2))
        await connection.start()
        (link,) = connection._links
        for _ in range(3):
            pinged.clear()
            await asyncio.to_thread(pinged.wait, 5)
            # The pong comes meanwhile, and the time for it is over.
            time.sleep(0.2)  # noqa: ASYNC251  # this is what is tested
            await asyncio.sleep(0.02)

            assert connection._links == [link]
            assert connection.connected()
        await connection.stop()


async def test_an_answer_is_never_sent_on_another_link_than_its_payload(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    connected.bot.go.clear()
    asked = asyncio.create_task(connected.command())
    await connected.bot.entered.wait()
    connected.slack.sockets.reset()
    await connected.again_connected()

    connected.bot.go.set()

    assert await connected.connection.drained(5)
    assert "acknowledgement_lost" in actions(caplog)
    await asked
    assert (await connected.command()).ok
    assert not connected.slack.sockets.strays


async def test_a_lost_acknowledgement_is_logged(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    connected.bot.go.clear()
    asked = asyncio.create_task(connected.command())
    await connected.bot.entered.wait()
    await connected.slack.unplug()
    await connected.slack.until(lambda: not connected.connection.connected())

    connected.bot.go.set()

    assert await connected.connection.drained(5)
    assert "acknowledgement_lost" in actions(caplog)
    await asked


async def test_slack_may_be_away_for_a_while(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    await connected.slack.unplug()
    await connected.slack.until(lambda: actions(caplog).count("not_connected") >= 3)
    assert not connected.connection.connected()

    await connected.slack.plug_in()

    await connected.again_connected()
    assert (await connected.command()).ok


@pytest.mark.parametrize(
    ("kind", "code"),
    [("error", "internal_error"), ("html", ""), ("drop", ""), ("truncated", "")],
)
async def test_a_refused_address_is_asked_for_again(
    connected: Connected, kind: str, code: str
) -> None:
    fault = connected.slack.faults.add(kind, method="apps.connections.open", count=3, code=code)
    connected.slack.sockets.reset()

    await connected.again_connected()

    assert fault.hits == 3


async def test_a_limited_address_is_asked_for_when_slack_says(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    connected.slack.faults.add("rate_limited", method="apps.connections.open", retry_after=1)
    connected.slack.sockets.reset()
    await connected.again_connected()

    calls = connected.slack.calls("apps.connections.open")
    assert len(calls) == 3
    assert "ratelimited" in caplog.text


async def test_a_token_revoked_meanwhile_is_said_and_tried_again(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    connected.slack.faults.add(
        "error", method="apps.connections.open", count=2, code="token_revoked"
    )
    connected.slack.sockets.reset()

    await connected.again_connected()

    assert actions(caplog).count("app_token_refused") == 2
    assert "SLACK_APP_TOKEN (token_revoked)" in caplog.text


async def test_a_short_lived_link_is_not_replaced_in_a_hurry(slack: LocalSlack) -> None:
    async with a_connection(slack, replace(FAST, delays=(0.0, 0.3))) as connected:
        slack.sockets.reset()
        await connected.again_connected(2)
        since = time.monotonic()
        slack.sockets.reset()
        await connected.again_connected(3)

        assert time.monotonic() - since >= 0.3


async def test_a_link_that_lived_long_is_replaced_at_once(slack: LocalSlack) -> None:
    async with a_connection(slack, replace(FAST, delays=(0.0, 60.0), steady=0.0)) as connected:
        for links in (2, 3, 4):
            slack.sockets.reset()
            await connected.again_connected(links)


# Starting


async def test_a_refused_token_is_a_sentence_at_the_start(slack: LocalSlack) -> None:
    connection = SocketModeConnection(
        app_token="xapp-wrong", api_url=slack.api_url, dispatch=Bot().dispatch
    )

    with pytest.raises(AppTokenRefused, match=r"SLACK_APP_TOKEN \(invalid_auth\).*connections:wr"):
        await connection.start()

    await connection.stop()


async def test_starting_without_slack_waits_for_it(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    made = Connected(slack)
    await slack.unplug()
    await made.connection.start()
    assert not made.connection.connected()
    await slack.plug_in()
    await made.again_connected(1)

    assert made.bot.silences == [None]
    assert actions(caplog)[0] == "not_connected"
    await made.connection.stop()


async def test_stopping_what_never_started_is_quiet() -> None:
    connection = SocketModeConnection(
        app_token="xapp-1", api_url="http://127.0.0.1:1/api/", dispatch=Bot().dispatch
    )

    await connection.stop()

    assert not connection.connected()


# Stopping


async def test_stopping_finishes_what_is_in_hand_and_takes_nothing_new(
    connected: Connected,
) -> None:
    connected.slack.courier.ack_timeout = 0.3
    connected.bot.go.clear()
    in_hand = asyncio.create_task(connected.command(text="first"))
    await connected.bot.entered.wait()

    connected.connection.refuse()
    late = asyncio.create_task(connected.command(text="late"))
    assert not await connected.connection.drained(0.05)
    connected.bot.go.set()

    assert await connected.connection.drained(5)
    assert (await in_hand).ok
    assert not (await late).ok
    assert len(connected.bot.heard) == 1


async def test_stopping_closes_the_link_and_leaves_no_task(connected: Connected) -> None:
    before = connected.slack.sockets.opened

    await connected.connection.stop()
    await connected.slack.until(lambda: not connected.slack.sockets.links)

    assert not connected.connection.connected()
    assert connected.slack.sockets.opened == before
    names = {str(task.get_coro()) for task in asyncio.all_tasks()}
    assert not [name for name in names if "SocketModeConnection" in name]


async def test_stopping_does_not_wait_for_a_link_that_is_dead(connected: Connected) -> None:
    connected.slack.sockets.black_hole()

    async with asyncio.timeout(3):
        await connected.connection.stop()


async def test_stopping_ends_work_that_was_not_waited_for(connected: Connected) -> None:
    connected.bot.go.clear()
    asked = asyncio.create_task(connected.command())
    await connected.bot.entered.wait()

    await connected.connection.stop()

    assert not (await asked).ok


# Odd peers


async def test_slacks_own_pings_are_answered_before_and_after_its_hello() -> None:
    ponged = asyncio.Event()
    async with odd_slack(None, HELLO, None, ponged=ponged) as api_url:
        connection = socket_to(api_url, Bot())
        await connection.start()

        async with asyncio.timeout(5):
            await ponged.wait()

        assert connection.connected()
        await connection.stop()


async def test_frames_that_mean_nothing_are_passed_over() -> None:
    envelope = json.dumps({"type": "events_api", "envelope_id": "e1", "payload": EVENT})
    async with odd_slack(HELLO, "", "nonsense", "[]", "[" * 5000, b"bytes", "{}", envelope) as url:
        bot = Bot()
        connection = socket_to(url, bot)
        await connection.start()

        async with asyncio.timeout(5):
            await bot.entered.wait()

        assert [body for body, _ in bot.heard] == [EVENT]
        await connection.stop()


@pytest.mark.parametrize(
    "frame", [json.dumps({"type": "disconnect", "reason": "too_many_websockets"}), "nonsense"]
)
async def test_a_link_without_a_hello_does_not_count(
    frame: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with odd_slack(frame) as api_url:
        connection = socket_to(api_url, Bot())

        await connection.start()

        assert not connection.connected()
        assert set(actions(caplog)) <= {"not_connected", "crowded"}
        assert actions(caplog)
        await connection.stop()


async def test_a_link_that_closes_before_its_hello_does_not_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with odd_slack(goodbye=True) as api_url:
        connection = socket_to(api_url, Bot())

        await connection.start()

        assert not connection.connected()
        assert "closed before its hello" in caplog.text
        await connection.stop()


async def test_a_hello_that_never_comes_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    async with odd_slack() as api_url:
        connection = socket_to(api_url, Bot(), pace=replace(FAST, opening=0.05))

        await connection.start()

        assert "TimeoutError" in caplog.text
        await connection.stop()


async def test_the_address_of_a_link_is_never_logged(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connected.slack.sockets.tickets.clear()
    connected.slack.sockets.ticket = lambda: "s3cret"  # type: ignore[method-assign]  # refused at the door
    connected.slack.sockets.reset()

    await connected.slack.until(lambda: "not_connected" in actions(caplog))

    assert "WSServerHandshakeError" in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bot")]
    assert not [line for line in ours if "s3cret" in line]
