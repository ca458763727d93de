import asyncio
import json

import aiohttp
import pytest

from bot.sandbox.faults import FaultKind
from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json
from bot.sandbox.server import LocalSlack
from tests.sandbox.conftest import Api, Bot


async def post(api: Api, room: Channel, text: str = "x") -> Json:
    return await api("chat.postMessage", channel=room.id, text=text)


async def test_too_many_requests(api: Api, slack: LocalSlack, room: Channel) -> None:
    slack.faults.add("rate_limited", method="chat.postMessage", retry_after=7, count=2)

    async with await api.response("chat.postMessage", channel=room.id, text="x") as response:
        limited = (response.status, response.headers["Retry-After"], await response.json())
    other = await api("auth.test")
    await post(api, room)
    third = await post(api, room)

    assert limited == (429, "7", {"ok": False, "error": "ratelimited"})
    assert other["ok"]
    assert third["ok"]
    assert len(slack.messages(room)) == 1


@pytest.mark.parametrize(
    ("kind", "committed"),
    [("drop", False), ("drop_after", True), ("hang", False), ("hang_after", True)],
)
async def test_no_answer(
    api: Api, slack: LocalSlack, room: Channel, kind: str, *, committed: bool
) -> None:
    slack.faults.add(kind)

    with pytest.raises((aiohttp.ClientError, TimeoutError)):
        async with asyncio.timeout(0.2):
            await post(api, room)

    assert len(slack.messages(room)) == committed
    assert slack.journal[-1].committed == committed
    assert slack.journal[-1].fault == kind
    assert slack.journal[-1].status == 0


@pytest.mark.parametrize(
    ("kind", "status", "committed"),
    [("html", 500, False), ("html_after", 500, True), ("truncated", 200, True)],
)
async def test_an_answer_that_is_none(
    api: Api, slack: LocalSlack, room: Channel, kind: str, status: int, *, committed: bool
) -> None:
    slack.faults.add(kind)

    async with await api.response("chat.postMessage", channel=room.id, text="x") as response:
        text = await response.text()
        got = response.status

    assert got == status
    with pytest.raises(ValueError, match=r".*"):
        json.loads(text)
    assert len(slack.messages(room)) == committed


@pytest.mark.parametrize(
    ("kind", "code", "committed"),
    [
        ("error", "ratelimited", False),
        ("error", "token_revoked", False),
        ("error_after", "internal_error", True),
    ],
)
async def test_an_error_on_request(
    api: Api, slack: LocalSlack, room: Channel, kind: str, code: str, *, committed: bool
) -> None:
    slack.faults.add(kind, code=code)

    answer = await post(api, room)

    assert answer == {"ok": False, "error": code}
    assert len(slack.messages(room)) == committed
    assert slack.calls("chat.postMessage", channel=room.id)[0].error == code


@pytest.mark.parametrize(("kind", "seen"), [("latency", 0), ("latency_after", 1)])
async def test_slowness(api: Api, slack: LocalSlack, room: Channel, kind: str, seen: int) -> None:
    slack.faults.add(kind, seconds=0.2)

    waiting = asyncio.ensure_future(post(api, room))
    await slack.until(lambda: slack.journal)
    if seen:
        await slack.until(lambda: slack.messages(room))
    during = len(slack.messages(room))

    assert during == seen
    assert (await waiting)["ok"]
    assert len(slack.messages(room)) == 1


async def test_a_fault_chooses_its_victims(api: Api, slack: LocalSlack, room: Channel) -> None:
    by_text = slack.faults.add("error", when=lambda call: call.args.get("text") == "b")
    by_channel = slack.faults.add("error", channel="C0OTHER")

    answers = [(await post(api, room, text))["ok"] for text in "abb"]

    assert answers == [True, False, True]
    assert (by_text.hits, by_channel.hits) == (1, 0)


async def test_a_fault_can_last(api: Api, slack: LocalSlack, room: Channel) -> None:
    with slack.faults.lasting(FaultKind.DROP) as fault:
        for _ in range(3):
            with pytest.raises(aiohttp.ClientError):
                await post(api, room)
    after = await post(api, room)

    assert fault.hits >= 3
    assert after["ok"]
    assert not slack.faults.armed


async def test_faults_can_be_taken_back(api: Api, slack: LocalSlack, room: Channel) -> None:
    fault = slack.faults.add("error", count=None)
    await post(api, room)
    slack.faults.clear()
    slack.faults.remove(fault)

    assert (await post(api, room))["ok"]


async def test_a_storm_tells_honestly_when_it_is_over(
    api: Api, slack: LocalSlack, room: Channel
) -> None:
    fault = slack.faults.add("storm", channel=room.id, seconds=0.3)

    told = []
    for _ in range(2):
        async with await api.response("chat.postMessage", channel=room.id, text="x") as response:
            told.append((response.status, response.headers["Retry-After"]))
    elsewhere = await api("auth.test")
    await slack.until(fault.is_over)
    later = await post(api, room)

    assert told == [(429, "1"), (429, "1")]
    assert elsewhere["ok"]
    assert later["ok"]
    assert fault.hits == 2
    assert not slack.faults.armed
    assert len(slack.messages(room)) == 1


async def test_a_storm_begins_with_the_first_call(
    api: Api, slack: LocalSlack, room: Channel
) -> None:
    fault = slack.faults.add("storm", method="chat.postMessage", seconds=30)
    assert fault.until is None

    async with await api.response("chat.postMessage", channel=room.id, text="x") as response:
        assert response.headers["Retry-After"] == "30"
    slack.faults.clear()

    assert (await post(api, room))["ok"]


async def test_an_event_may_come_eleven_times_under_as_many_ids(
    bot: Bot, slack: LocalSlack, ana: Person, room: Channel
) -> None:
    slack.faults.add("duplicate", channel=room.id, copies=10)

    await ana.say(room, "hello")
    await slack.settled()

    bodies = [request.body for request in bot.seen]
    assert len({body["event_id"] for body in bodies}) == len(bodies) == 11
    assert all(body["event"] == bodies[0]["event"] for body in bodies)


async def test_a_fault_of_deliveries_spares_the_api(
    api: Api, slack: LocalSlack, room: Channel
) -> None:
    slack.faults.add("lose_ack")
    slack.faults.add("duplicate", method="reaction_added")

    assert (await post(api, room))["ok"]
    assert len(slack.faults.armed) == 2


async def test_the_journal_knows_connections_and_success(
    api: Api, slack: LocalSlack, room: Channel
) -> None:
    await post(api, room)
    await post(api, room)
    await api("chat.postMessage", channel="C0NOWHERE", text="x")

    first, second, third = slack.calls("chat.postMessage")
    assert first.connection == second.connection == third.connection
    assert (first.ok, first.committed, first.error, first.status) == (True, True, None, 200)
    assert (third.ok, third.committed, third.error) == (False, False, "channel_not_found")
    assert first.team == api.slack.calls()[0].team
    assert slack.find(room) == slack.messages(room)
    assert slack.find(room, event_type="none") == []
    assert slack.replies(room, slack.messages(room)[0].ts) == []
