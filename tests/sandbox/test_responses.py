import json

import pytest

from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Api, Bot, Clock, actions, button, section


async def respond(api: Api, url: str, body: Json | str) -> tuple[int, str]:
    data = body if isinstance(body, str) else json.dumps(body)
    async with api.session.post(url, data=data) as response:
        return response.status, await response.text()


async def test_five_answers_and_no_more(api: Api, bot: Bot, ana: Person, room: Channel) -> None:
    await ana.command("/ack", channel=room)
    url = bot.last["response_url"]

    answers = [await respond(api, url, {"text": str(number)}) for number in range(6)]

    assert answers[:5] == [(200, "ok")] * 5
    assert answers[5] == (404, '{"ok": false, "error": "used_url"}')
    assert [whisper.text for whisper in ana.ephemerals] == list("01234")


async def test_half_an_hour_and_no_longer(
    api: Api, bot: Bot, clock: Clock, ana: Person, room: Channel
) -> None:
    await ana.command("/ack", channel=room)
    clock.advance(minutes=30)
    in_time = await respond(api, bot.last["response_url"], {"text": "x"})
    clock.advance(seconds=1)
    late = await respond(api, bot.last["response_url"], {"text": "x"})

    assert in_time[0] == 200
    assert late == (404, '{"ok": false, "error": "expired_url"}')


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [section("")]}, "invalid_blocks"),
        ({"text": 7}, "invalid_payload"),
        ("[1]", "invalid_payload"),
        ("{nonsense", "invalid_payload"),
    ],
)
async def test_a_wrong_answer_is_refused(
    api: Api, bot: Bot, ana: Person, body: Json | str, error: str
) -> None:
    await ana.command("/ack")

    status, text = await respond(api, bot.last["response_url"], body)

    assert status == 400
    assert f'"error": "{error}"' in text
    assert not ana.ephemerals


async def test_nobody_answers_elsewhere(api: Api, slack: LocalSlack) -> None:
    assert (await respond(api, f"{slack.url}response/T1/1/x", {"text": "x"}))[0] == 404


async def test_a_public_answer_replaces_itself(
    api: Api, bot: Bot, acme: Workspace, ana: Person, room: Channel
) -> None:
    await ana.command("/ack", channel=room)
    url = bot.last["response_url"]

    await respond(api, url, {"text": "one", "response_type": "in_channel"})
    await respond(api, url, {"text": "two", "replace_original": True})
    replaced = [said.text for said in acme.messages(room)]
    await respond(api, url, {"delete_original": True})
    await respond(api, url, {"delete_original": True})

    assert replaced == ["two"]
    assert not acme.messages(room)


async def test_the_pressed_message_is_the_original(
    api: Api, bot: Bot, acme: Workspace, ana: Person, room: Channel
) -> None:
    posted = await api(
        "chat.postMessage", channel=room.id, text="x", blocks=[actions(button("go"))]
    )
    await ana.press(room.messages[posted["ts"]], "go")
    url = bot.last["response_url"]

    await respond(api, url, {"text": "private"})
    await respond(api, url, {"text": "done", "replace_original": True})

    assert [said.text for said in acme.messages(room)] == ["done"]
    assert acme.messages(room)[0].blocks == []
    assert [whisper.text for whisper in ana.ephemerals] == ["private"]


async def test_a_private_message_can_be_replaced_and_deleted(
    api: Api, bot: Bot, ana: Person, room: Channel
) -> None:
    await api(
        "chat.postEphemeral",
        channel=room.id,
        user=ana.id,
        text="old",
        blocks=[actions(button("go"))],
    )
    (whisper,) = ana.ephemerals
    await ana.press(whisper, "go")
    url = bot.last["response_url"]

    await respond(api, url, {"text": "new", "replace_original": True})
    replaced = (whisper.text, whisper.blocks)
    await respond(api, url, {"delete_original": True})

    assert replaced == ("new", [])
    assert not ana.ephemerals


async def test_an_answer_stays_in_the_thread(
    api: Api, bot: Bot, acme: Workspace, ana: Person, room: Channel
) -> None:
    root = await api("chat.postMessage", channel=room.id, text="root")
    card = await api(
        "chat.postMessage",
        channel=room.id,
        text="card",
        blocks=[actions(button("go"))],
        thread_ts=root["ts"],
    )
    await ana.press(room.messages[card["ts"]], "go")

    await respond(api, bot.last["response_url"], {"text": "here", "response_type": "in_channel"})

    assert [said.text for said in acme.replies(room, root["ts"])] == ["card", "here"]


async def test_a_channel_may_be_gone_by_then(
    api: Api, bot: Bot, acme: Workspace, ana: Person, room: Channel
) -> None:
    posted = await api(
        "chat.postMessage", channel=room.id, text="x", blocks=[actions(button("go"))]
    )
    await ana.press(room.messages[posted["ts"]], "go")
    url = bot.last["response_url"]
    acme.delete_channel(room)

    status, text = await respond(api, url, {"text": "x", "replace_original": True})

    assert status == 400
    assert "channel_not_found" in text
