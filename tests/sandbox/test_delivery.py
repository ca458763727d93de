import json
import logging

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Bot, Clock, Request


class At(SignatureClock):
    """Slack's verifier at the hour of the test."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def now(self) -> float:
        return self.clock().timestamp()


async def test_everything_is_signed(
    bot: Bot, slack: LocalSlack, clock: Clock, ana: Person, room: Channel
) -> None:
    verifier = SignatureVerifier(slack.signing_secret, clock=At(clock))

    await ana.command("/delegate", "Prüfung 📝 of the payload", channel=room)
    await ana.global_shortcut("new")
    await ana.say(room, "¡hola!")

    assert len(bot.seen) == 3
    for request in bot.seen:
        assert verifier.is_valid_request(request.raw, request.headers)
    assert not SignatureVerifier("other", clock=At(clock)).is_valid_request(
        bot.seen[0].raw, bot.seen[0].headers
    )


async def test_an_event_has_an_envelope(
    bot: Bot, slack: LocalSlack, acme: Workspace, ana: Person, room: Channel
) -> None:
    await ana.say(room, "one")
    await ana.say(room, "two")

    first, second = (request.body for request in bot.seen)
    assert first["type"] == "event_callback"
    assert first["team_id"] == acme.id
    assert first["api_app_id"] == slack.world.app_id
    assert first["authorizations"][0]["user_id"] == acme.bot_user
    assert first["event_id"] != second["event_id"]
    assert first["event_context"] != second["event_context"]
    assert "X-Slack-Retry-Num" not in bot.seen[0].headers


async def test_a_failed_event_comes_three_times_more(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    bot.answers("no", status=500)

    await ana.say(room, "hello")
    await slack.settled()

    assert len(bot.seen) == 4
    assert len({request.body["event_id"] for request in bot.seen}) == 1
    numbers = [request.headers.get("X-Slack-Retry-Num") for request in bot.seen]
    assert numbers == [None, "1", "2", "3"]
    assert bot.seen[1].headers["X-Slack-Retry-Reason"] == "http_error"
    (delivery,) = slack.deliveries
    assert not delivery.ok
    assert [attempt.status for attempt in delivery.attempts] == [500] * 4
    assert delivery.attempts[0].body == "no"


async def test_a_retry_ends_with_the_first_success(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    async def reply(_request: Request) -> web.Response:
        return web.Response(status=200 if len(bot.seen) > 1 else 503)

    bot.reply = reply
    await ana.say(room, "hello")
    await slack.settled()

    assert len(bot.seen) == 2
    assert slack.deliveries[0].ok


async def test_a_slow_event_is_a_failed_one(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    slack.courier.ack_timeout = 0.05

    async def reply(_request: Request) -> web.Response:
        if len(bot.seen) == 1:
            await slack.until(lambda: len(bot.seen) > 1)
        return web.Response()

    bot.reply = reply
    await ana.say(room, "hello")
    await slack.settled()

    assert bot.seen[1].headers["X-Slack-Retry-Reason"] == "http_timeout"
    assert slack.deliveries[0].attempts[0].failure == "http_timeout"


async def test_a_bot_may_refuse_retries(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    async def reply(_request: Request) -> web.Response:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    bot.reply = reply
    await ana.say(room, "hello")
    await slack.settled()

    assert len(bot.seen) == 1


async def test_redirects_are_followed_twice(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    async def reply(_request: Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(bot.url)

    bot.reply = reply
    slack.courier.retry_delays = ()
    await ana.say(room, "hello")
    await slack.settled()

    assert slack.deliveries[0].attempts[0].failure == "too_many_redirects"


async def test_an_unreachable_bot_is_tried_again(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    good, slack.events_url = slack.events_url, "http://127.0.0.1:9/slack/events"
    slack.courier.retry_delays = (0.1,)

    await ana.say(room, "hello")
    slack.events_url = good
    await slack.settled()

    assert slack.deliveries[0].attempts[0].failure == "connection_failed"
    assert slack.deliveries[0].ok
    assert bot.seen[0].headers["X-Slack-Retry-Reason"] == "connection_failed"


async def test_an_app_without_an_address_is_sent_nothing(
    slack: LocalSlack, ana: Person, room: Channel
) -> None:
    await ana.say(room, "hello")

    assert not slack.courier.busy
    assert not slack.deliveries[0].attempts
    assert not slack.deliveries[0].ok


async def test_an_acknowledgement_may_get_lost(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    slack.faults.add("lose_ack", method="message")

    await ana.say(room, "hello")
    await slack.settled()

    assert [request.headers.get("X-Slack-Retry-Num") for request in bot.seen] == [None, "1"]
    assert bot.seen[1].headers["X-Slack-Retry-Reason"] == "http_timeout"


async def test_an_event_may_come_twice_under_different_ids(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    slack.faults.add("duplicate", channel=room.id)
    said = await ana.say(room, "hello")
    await slack.settled()
    slack.courier.again(slack.deliveries[0])
    await slack.settled()

    first, second, third = (request.body for request in bot.seen)
    assert first["event"] == second["event"] == third["event"]
    assert first["event_id"] != second["event_id"]
    assert first["event_id"] == third["event_id"]
    assert first["event"]["ts"] == said.ts


async def test_events_may_change_places(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    said = await ana.say(room, "hello")
    slack.faults.add("delay", method="reaction_added", seconds=0.1, channel=room.id)
    slack.courier.ack_timeout = 0.01

    await ana.react(said, "eyes")
    slack.courier.ack_timeout = 3.0
    await ana.unreact(said, "eyes")
    await slack.settled()

    kinds = [request.body["event"]["type"] for request in bot.seen]
    assert kinds == ["message", "reaction_removed", "reaction_added"]


async def test_a_request_url_is_verified(bot: Bot, slack: LocalSlack) -> None:
    async def reply(request: Request) -> web.Response:
        return web.json_response({"challenge": request.body["challenge"]})

    refused = await slack.courier.verify_url()
    bot.reply = reply

    assert not refused
    assert await slack.courier.verify_url()


async def test_stopping_forgets_what_is_on_its_way(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    slack = LocalSlack(clock=clock)
    acme = slack.add_workspace("Acme")
    ana = slack.person(acme.add_person("ana"))
    room = acme.add_channel("general", members=[ana.id])
    slack.events_url = "http://127.0.0.1:9/slack/events"
    slack.courier.retry_delays = (60.0,)
    async with slack:
        await ana.say(room, "hello")
        before = slack.courier.busy

    assert (before, slack.courier.busy) == (True, False)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_nothing_listens_before_the_start(clock: Clock) -> None:
    slack = LocalSlack(clock=clock)

    with pytest.raises(RuntimeError):
        await slack.plug_in()
    await slack.unplug()
    await slack.stop()


async def test_slack_can_be_down(slack: LocalSlack, acme: Workspace) -> None:
    headers = {"Authorization": f"Bearer {acme.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def call() -> Json:
            async with session.post(f"{slack.api_url}auth.test") as response:
                return dict(json.loads(await response.text()))

        before = await call()
        await slack.unplug()
        with pytest.raises(aiohttp.ClientError):
            await call()
        await slack.plug_in()

        assert before == await call()


async def test_a_shared_channel_is_marked(
    bot: Bot, slack: LocalSlack, acme: Workspace, ana: Person, room: Channel
) -> None:
    shared = acme.add_channel("shared", members=[ana.id], ext_shared=True)

    await ana.say(shared, "x")
    await ana.say(room, "x")

    assert [request.body["is_ext_shared_channel"] for request in bot.seen] == [True, False]
    assert slack.deliveries


async def test_a_taken_port_is_an_error_and_leaves_nothing_behind(
    slack: LocalSlack, clock: Clock
) -> None:
    other = LocalSlack(clock=clock)

    with pytest.raises(OSError, match=r"address already in use|in use"):
        await other.start(port=int(slack.url.rpartition(":")[2].strip("/")))
    await other.start()
    other_url = other.url
    await other.stop()

    assert other_url != slack.url


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:"),  # noqa: S104 - inside of a container one must
        ("::1", "http://[::1]:"),
        ("127.0.0.1", "http://127.0.0.1:"),
    ],
)
async def test_every_address_can_be_listened_on(clock: Clock, host: str, url: str) -> None:
    slack = LocalSlack(clock=clock)
    try:
        await slack.start(host=host)
    except OSError:
        pytest.skip("this machine has no such address")
    async with aiohttp.ClientSession() as session, session.get(f"{slack.api_url}api.test") as got:
        answer = await got.json()
    await slack.stop()

    assert slack.url.startswith(url)
    assert answer["ok"]
