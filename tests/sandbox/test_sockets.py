"""Socket Mode, with the client that the bot uses."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace


class Listener:
    """A bot at the other end of Socket Mode."""

    def __init__(self, slack: LocalSlack) -> None:
        self.slack = slack
        self.seen: list[SocketModeRequest] = []
        self.answer: Json | None = None
        self.acknowledges = True
        self.client = SocketModeClient(
            app_token=slack.app_token,
            web_client=AsyncWebClient(base_url=slack.api_url),
            ping_interval=0.2,
        )
        self.client.socket_mode_request_listeners.append(self.take)

    async def take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.seen.append(request)
        if self.acknowledges:
            response = SocketModeResponse(envelope_id=request.envelope_id, payload=self.answer)
            await client.send_socket_mode_response(response)

    async def close(self) -> None:
        await self.client.close()  # type: ignore[no-untyped-call] # the SDK leaves it so

    async def connect(self) -> None:
        await self.client.connect()  # type: ignore[no-untyped-call] # the SDK leaves it so
        await self.slack.until(lambda: self.slack.sockets.links)

    @property
    def texts(self) -> list[str]:
        return [request.payload["event"]["text"] for request in self.seen]


@pytest.fixture
async def listener(slack: LocalSlack) -> AsyncIterator[Listener]:
    made = Listener(slack)
    slack.courier.retry_delays = (0.0, 0.0, 0.0)
    yield made
    await made.close()


async def test_a_connection_needs_the_app_s_token(slack: LocalSlack, acme: Workspace) -> None:
    async with aiohttp.ClientSession() as session:

        async def error(token: str) -> object:
            headers = {"Authorization": f"Bearer {token}"}
            url = f"{slack.api_url}apps.connections.open"
            async with session.post(url, headers=headers) as response:
                return json.loads(await response.text()).get("error")

        assert await error(acme.token) == "not_allowed_token_type"
        assert await error("xapp-wrong") == "invalid_auth"
        assert await error(slack.app_token) is None


async def test_a_ticket_opens_one_connection(slack: LocalSlack) -> None:
    url = f"{slack.url}link/?ticket={slack.sockets.ticket()}"
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as ws:
            hello = await ws.receive_json()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)

    assert hello["type"] == "hello"
    assert hello["connection_info"]["app_id"] == slack.world.app_id


async def test_a_command_is_answered_through_the_socket(
    slack: LocalSlack, listener: Listener, ana: Person, room: Channel
) -> None:
    await listener.connect()
    listener.answer = {"text": "noted"}

    answer = await ana.command("/ack", channel=room)

    assert answer.text == "noted"
    (request,) = listener.seen
    assert request.type == "slash_commands"
    assert request.accepts_response_payload
    assert slack.deliveries[0].attempts[0].via == "socket"


async def test_an_interaction_and_an_event_take_the_socket(
    slack: LocalSlack, listener: Listener, ana: Person, room: Channel
) -> None:
    await listener.connect()

    await ana.global_shortcut("new")
    await ana.say(room, "hello")
    await slack.settled()

    assert [request.type for request in listener.seen] == ["interactive", "events_api"]
    assert listener.seen[1].retry_attempt == 0
    assert not listener.seen[1].accepts_response_payload


async def test_an_event_without_acknowledgement_comes_again(
    slack: LocalSlack, listener: Listener, ana: Person, room: Channel
) -> None:
    await listener.connect()
    slack.courier.ack_timeout = 0.05
    listener.acknowledges = False

    await ana.say(room, "hello")
    await slack.settled()

    assert [request.retry_attempt for request in listener.seen] == [0, 1, 2, 3]
    assert listener.seen[1].retry_reason == "timeout"
    assert len({request.payload["event_id"] for request in listener.seen}) == 1


async def test_a_lost_acknowledgement_brings_the_event_again(
    slack: LocalSlack, listener: Listener, ana: Person, room: Channel
) -> None:
    await listener.connect()
    slack.faults.add("lose_ack")

    await ana.say(room, "hello")
    await slack.settled()

    assert [request.retry_attempt for request in listener.seen] == [0, 1]


async def test_a_command_without_acknowledgement_fails(
    slack: LocalSlack, listener: Listener, ana: Person
) -> None:
    await listener.connect()
    slack.courier.ack_timeout = 0.05
    listener.acknowledges = False

    assert (await ana.command("/ack")).error == "operation_timeout"
    assert len(listener.seen) == 1


@pytest.mark.parametrize("how", ["refresh", "warning", "close", "reset"])
async def test_the_client_comes_back(
    slack: LocalSlack, listener: Listener, ana: Person, room: Channel, how: str
) -> None:
    await listener.connect()
    first = slack.sockets.links[0].number

    if how == "refresh":
        await slack.sockets.say_goodbye("refresh_requested", close=True)
    elif how == "warning":
        await slack.sockets.say_goodbye("warning")
        await slack.sockets.close()
    elif how == "close":
        await slack.sockets.close()
    else:
        slack.sockets.reset()
    await slack.until(
        lambda: [link for link in slack.sockets.links if link.number > first], timeout=20
    )
    await ana.say(room, "again")
    await slack.settled()

    assert listener.texts == ["again"]


async def test_a_silent_connection_is_given_up(
    slack: LocalSlack, listener: Listener, ana: Person, room: Channel
) -> None:
    await listener.connect()
    slack.courier.ack_timeout = 0.1
    slack.courier.retry_delays = (0.5,) * 20

    slack.sockets.black_hole()
    await ana.say(room, "into the dark")
    unheard = list(listener.seen)
    await slack.until(lambda: slack.sockets.opened == 2, timeout=20)
    await slack.until(lambda: listener.seen, timeout=20)

    assert not unheard
    assert listener.texts[0] == "into the dark"
    assert (listener.seen[0].retry_attempt or 0) > 0


async def test_an_event_waits_for_a_connection(
    slack: LocalSlack, listener: Listener, ana: Person, room: Channel
) -> None:
    await listener.connect()
    listener.client.auto_reconnect_enabled = False
    listener.client.default_auto_reconnect_enabled = False
    await listener.client.disconnect()  # type: ignore[no-untyped-call] # the SDK leaves it so
    await slack.until(lambda: not slack.sockets.links)
    slack.courier.retry_delays = (0.1,) * 20

    await ana.say(room, "wait for me")
    gone = await ana.command("/ack")
    listener.client.wss_uri = None
    await listener.connect()
    await slack.until(lambda: listener.seen)

    assert gone.error == "dispatch_failed"
    assert listener.texts == ["wait for me"]


async def test_a_connection_that_ends_takes_its_command_with_it(
    slack: LocalSlack, listener: Listener, ana: Person
) -> None:
    await listener.connect()
    listener.acknowledges = False

    asked = asyncio.ensure_future(ana.command("/ack"))
    await slack.until(lambda: listener.seen)
    slack.sockets.reset()

    assert (await asked).error == "dispatch_failed"


async def test_two_connections_take_turns(
    slack: LocalSlack, listener: Listener, ana: Person, room: Channel
) -> None:
    second = Listener(slack)
    await listener.connect()
    await second.connect()
    await slack.until(lambda: len(slack.sockets.links) == 2)

    for number in range(4):
        await ana.say(room, str(number))
    await slack.settled()
    await second.close()

    assert len(listener.seen) == len(second.seen) == 2


async def test_ten_connections_are_the_most(slack: LocalSlack) -> None:
    async with aiohttp.ClientSession() as session:
        open_ones = [
            await session.ws_connect(f"{slack.url}link/?ticket={slack.sockets.ticket()}")
            for _ in range(11)
        ]
        first = [await ws.receive_json() for ws in open_ones]
        for ws in open_ones:
            await ws.close()

    assert [hello["type"] for hello in first] == ["hello"] * 10 + ["disconnect"]
    assert first[9]["num_connections"] == 10
    assert first[10]["reason"] == "too_many_websockets"


async def test_nonsense_on_the_socket_is_ignored(
    slack: LocalSlack, ana: Person, room: Channel
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{slack.url}link/?ticket={slack.sockets.ticket()}") as ws,
    ):
        await ws.receive_json()
        for nonsense in ("{", "[]", "{}", '{"envelope_id": 7}', '{"envelope_id": "none"}'):
            await ws.send_str(nonsense)
        await ws.send_bytes(b"binary")
        asked = asyncio.ensure_future(ana.command("/ack", channel=room))
        envelope = await ws.receive_json()
        await ws.send_json({"envelope_id": envelope["envelope_id"]})
        await ws.send_json({"envelope_id": envelope["envelope_id"]})

        assert (await asked).ok


async def test_stopping_waits_for_no_acknowledgement(
    slack: LocalSlack, listener: Listener, ana: Person, room: Channel
) -> None:
    await listener.connect()
    listener.acknowledges = False
    slack.courier.retry_delays = (60.0,)

    said = asyncio.ensure_future(ana.say(room, "hello"))
    await slack.until(lambda: listener.seen)
    async with asyncio.timeout(1):
        await slack.courier.close()

    assert not slack.courier.busy
    assert (await said).text == "hello"


async def test_who_hangs_up_loses_its_command(slack: LocalSlack, ana: Person) -> None:
    async with aiohttp.ClientSession() as session:
        ws = await session.ws_connect(f"{slack.url}link/?ticket={slack.sockets.ticket()}")
        await ws.receive_json()
        await slack.until(lambda: slack.sockets.links)
        await slack.sockets.links[0].ws.close()
        answer = await ana.command("/ack")

    assert answer.error == "dispatch_failed"


async def test_who_leaves_a_payload_unanswered_is_passed_over_while_another_answers(
    slack: LocalSlack, listener: Listener, ana: Person
) -> None:
    other = Listener(slack)
    await listener.connect()
    await other.connect()
    await slack.until(lambda: len(slack.sockets.links) == 2)
    slack.courier.ack_timeout = 0.1
    silent, _ = slack.sockets.links

    slack.sockets.black_hole(silent)
    answers = [await ana.command("/ack") for _ in range(6)]
    await other.close()

    assert [answer.ok for answer in answers].count(False) == 1
    assert not listener.seen
    assert len(other.seen) == 5


async def test_one_connection_alone_is_harmed(slack: LocalSlack, listener: Listener) -> None:
    other = Listener(slack)
    await listener.connect()
    await other.connect()
    await slack.until(lambda: len(slack.sockets.links) == 2)
    first, second = slack.sockets.links

    slack.sockets.reset(first)
    await slack.until(lambda: slack.sockets.opened == 3, timeout=20)
    await other.close()

    assert first not in slack.sockets.links
    assert second.number == 2


async def test_an_acknowledgement_on_another_connection_is_noted_and_counts_for_nothing(
    slack: LocalSlack, ana: Person
) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"{slack.url}link/?ticket="
        one = await session.ws_connect(url + slack.sockets.ticket())
        await one.receive_json()
        other = await session.ws_connect(url + slack.sockets.ticket())
        await other.receive_json()
        slack.courier.ack_timeout = 0.1

        asked = asyncio.ensure_future(ana.command("/ack"))
        came = {asyncio.ensure_future(ws.receive_json()): ws for ws in (one, other)}
        done, waiting = await asyncio.wait(came, return_when=asyncio.FIRST_COMPLETED)
        (first,), (left,) = done, waiting
        envelope = first.result()
        left.cancel()
        await asyncio.wait([left])
        wrong = other if came[first] is one else one
        await wrong.send_json({"envelope_id": envelope["envelope_id"]})
        answer = await asked
        await slack.until(lambda: slack.sockets.strays)

        assert answer.error == "operation_timeout"
        assert [stray[1] for stray in slack.sockets.strays] == [envelope["envelope_id"]]
        await one.close()
        await other.close()


async def test_fewer_connections_may_be_allowed(slack: LocalSlack) -> None:
    slack.sockets.most = 1
    async with aiohttp.ClientSession() as session:
        one, other = [
            await session.ws_connect(f"{slack.url}link/?ticket={slack.sockets.ticket()}")
            for _ in range(2)
        ]
        hello, refusal = await one.receive_json(), await other.receive_json()
        await one.close()
        await other.close()

    assert hello["type"] == "hello"
    assert refusal["reason"] == "too_many_websockets"
