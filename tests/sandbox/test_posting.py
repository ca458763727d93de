import pytest

from bot.sandbox.errors import Refused
from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Api, Bot, Clock, actions, button, section

META = {"event_type": "baton_task", "event_payload": {"task": 1}}


async def test_a_post_appears_in_its_channel(
    api: Api, slack: LocalSlack, acme: Workspace, room: Channel
) -> None:
    answer = await api("chat.postMessage", channel=room.id, text="hello", blocks=[section("hi")])

    (said,) = slack.messages(room)
    assert answer["ok"]
    assert answer["channel"] == room.id
    assert answer["ts"] == answer["message"]["ts"] == said.ts
    assert answer["message"]["bot_id"] == acme.bot_id
    assert answer["message"]["blocks"][0]["block_id"]
    assert said.text == "hello"


async def test_a_form_is_as_good_as_json(api: Api, slack: LocalSlack, room: Channel) -> None:
    form = {
        "token": api.token,
        "channel": room.id,
        "text": "hello",
        "blocks": '[{"type": "divider"}]',
        "metadata": '{"event_type": "x", "event_payload": {}}',
    }

    async with api.session.post(f"{slack.api_url}chat.postMessage", data=form) as response:
        answer = await response.json()

    assert answer["ok"]
    assert answer["message"]["metadata"] == {"event_type": "x", "event_payload": {}}


async def test_a_ts_is_the_time_and_never_the_same(api: Api, clock: Clock, room: Channel) -> None:
    first = await api("chat.postMessage", channel=room.id, text="1")
    second = await api("chat.postMessage", channel=room.id, text="2")
    clock.advance(seconds=-60)
    third = await api("chat.postMessage", channel=room.id, text="3")

    assert first["ts"] == f"{int(clock().timestamp()) + 60}.000000"
    assert first["ts"] < second["ts"] < third["ts"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "  \n"}, "no_text"),
        ({}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": 7}, "invalid_arguments"),
        ({"text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": "[not json"}, "invalid_blocks"),
        ({"text": "x", "attachments": "no"}, "invalid_attachments"),
        ({"text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": "nonsense"}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {**META, "event_type": "a b"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {**META, "more": 1}}, "invalid_metadata_schema"),
        (
            {"text": "x", "metadata": {"event_type": "x", "event_payload": {"a": "b" * 9000}}},
            "metadata_too_large",
        ),
        ({"text": "x", "reply_broadcast": "maybe"}, "invalid_arguments"),
        ({"text": "x", "reply_broadcast": []}, "invalid_arguments"),
        ({"text": "x", "channel": "C0NOWHERE"}, "channel_not_found"),
        ({"text": "x", "channel": "#general"}, "channel_not_found"),
        ({"text": "x", "channel": ""}, "invalid_arguments"),
        ({"text": "x", "channel": ["C1"]}, "invalid_arguments"),
    ],
)
async def test_a_bad_post_is_refused(api: Api, room: Channel, args: Json, error: str) -> None:
    answer = await api("chat.postMessage", **{"channel": room.id, **args})

    assert answer["error"] == error
    assert not room.messages


async def test_longest_text_is_taken(api: Api, room: Channel) -> None:
    assert (await api("chat.postMessage", channel=room.id, text="x" * 40_000))["ok"]


async def test_wrong_blocks_are_pointed_at(api: Api, room: Channel) -> None:
    answer = await api(
        "chat.postMessage", channel=room.id, text="x", blocks=[section("x"), section("x" * 3001)]
    )

    (message,) = answer["response_metadata"]["messages"]
    assert message == "[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]"


async def test_channels_are_not_open_to_everybody(api: Api, acme: Workspace) -> None:
    public = acme.add_channel("public", bot_member=False)
    secret = acme.add_channel("secret", private=True, bot_member=False)
    closed = acme.add_channel("closed", archived=True)

    assert (await api("chat.postMessage", channel=public.id, text="x"))["error"] == "not_in_channel"
    assert (await api("chat.postMessage", channel=secret.id, text="x"))["error"] == (
        "channel_not_found"
    )
    assert (await api("chat.postMessage", channel=closed.id, text="x"))["error"] == "is_archived"


async def test_a_bot_with_the_scope_posts_where_it_is_not(api: Api, acme: Workspace) -> None:
    acme.scopes += ("chat:write.public",)
    public = acme.add_channel("public", bot_member=False)

    assert (await api("chat.postMessage", channel=public.id, text="x"))["ok"]


async def test_a_person_s_id_is_a_channel(api: Api, slack: LocalSlack, ana: Person) -> None:
    answer = await api("chat.postMessage", channel=ana.id, text="psst")

    assert answer["channel"] == ana.dm.id
    assert answer["channel"].startswith("D")
    assert [said.text for said in slack.messages(ana.dm)] == ["psst"]


async def test_not_everybody_can_be_written_to(api: Api, acme: Workspace) -> None:
    gone = acme.add_person("gone", deleted=True)
    robot = acme.add_person("robot", is_bot=True)

    assert (await api("chat.postMessage", channel=gone.id, text="x"))["error"] == "user_disabled"
    assert (await api("chat.postMessage", channel=robot.id, text="x"))["error"] == "cannot_dm_bot"


async def test_an_app_may_take_no_messages(api: Api, slack: LocalSlack, ana: Person) -> None:
    slack.world.messages_tab = False

    assert (await api("chat.postMessage", channel=ana.id, text="x"))["error"] == (
        "messages_tab_disabled"
    )
    with pytest.raises(Refused, match="turned off"):
        await ana.say(ana.dm, "x")


async def test_a_thread_hangs_on_its_root(api: Api, acme: Workspace, room: Channel) -> None:
    root = await api("chat.postMessage", channel=room.id, text="root")
    reply = await api("chat.postMessage", channel=room.id, text="reply", thread_ts=root["ts"])
    loud = await api(
        "chat.postMessage",
        channel=room.id,
        text="loud",
        thread_ts=root["ts"],
        reply_broadcast=True,
    )
    deeper = await api("chat.postMessage", channel=room.id, text="x", thread_ts=reply["ts"])

    assert reply["message"]["thread_ts"] == root["ts"]
    assert reply["message"]["parent_user_id"] == acme.bot_user
    assert [said.text for said in acme.replies(room, root["ts"])] == ["reply", "loud"]
    assert [said.text for said in acme.messages(room)] == ["root", "loud"]
    assert loud["message"]["subtype"] == "thread_broadcast"
    assert deeper["error"] == "cannot_reply_to_message"


async def test_an_update_replaces_what_is_said(api: Api, acme: Workspace, room: Channel) -> None:
    posted = await api(
        "chat.postMessage", channel=room.id, text="old", blocks=[section("old")], metadata=META
    )

    answer = await api("chat.update", channel=room.id, ts=posted["ts"], text="new")

    (said,) = acme.messages(room)
    assert answer["ok"]
    assert answer["text"] == "new"
    assert said.text == "new"
    assert said.blocks == [], "text without blocks takes the blocks away"
    assert said.metadata == META, "metadata stays when it is left out"
    assert said.edited is not None


async def test_an_update_by_blocks_shows_no_mark(api: Api, acme: Workspace, room: Channel) -> None:
    posted = await api("chat.postMessage", channel=room.id, text="old", metadata=META)

    await api(
        "chat.update",
        channel=room.id,
        ts=posted["ts"],
        text="new",
        blocks=[section("new")],
        metadata={},
    )

    (said,) = acme.messages(room)
    assert said.edited is None
    assert said.metadata is None, "an empty object takes the metadata away"


async def test_attachments_stay_until_replaced(api: Api, acme: Workspace, room: Channel) -> None:
    posted = await api("chat.postMessage", channel=room.id, attachments=[{"text": "a"}])

    await api("chat.update", channel=room.id, ts=posted["ts"], text="new")
    (said,) = acme.messages(room)
    before = said.attachments
    await api("chat.update", channel=room.id, ts=posted["ts"], attachments=[{"text": "b"}])

    assert before == [{"text": "a"}]
    assert said.attachments == [{"text": "b"}]
    assert said.text == "new"


async def test_an_update_has_its_own_limits(
    api: Api, ana: Person, acme: Workspace, room: Channel
) -> None:
    posted = await api("chat.postMessage", channel=room.id, text="x" * 5000)
    theirs = await ana.say(room, "mine")
    await api("chat.postEphemeral", channel=room.id, user=ana.id, text="psst")

    async def error(ts: str, text: str) -> object:
        return (await api("chat.update", channel=room.id, ts=ts, text=text)).get("error")

    assert await error(posted["ts"], "x" * 4001) == "msg_too_long"
    assert await error(posted["ts"], "x" * 4000) is None
    assert await error(posted["ts"], "") == "no_text"
    assert await error(theirs.ts, "x") == "cant_update_message"
    assert await error("1.000001", "x") == "message_not_found"
    assert await error(ana.ephemerals[0].ts, "x") == "message_not_found"
    acme.archive(room)
    assert await error(posted["ts"], "x") == "is_archived"


async def test_only_one_s_own_messages_can_be_deleted(
    api: Api, ana: Person, acme: Workspace, room: Channel
) -> None:
    posted = await api("chat.postMessage", channel=room.id, text="x")
    theirs = await ana.say(room, "mine")

    assert (await api("chat.delete", channel=room.id, ts=posted["ts"]))["ok"]
    again = await api("chat.delete", channel=room.id, ts=posted["ts"])
    other = await api("chat.delete", channel=room.id, ts=theirs.ts)

    assert again["error"] == "message_not_found"
    assert other["error"] == "cant_delete_message"
    assert [said.text for said in acme.messages(room)] == ["mine"]


async def test_a_deleted_root_leaves_a_tombstone_while_it_has_replies(
    api: Api, acme: Workspace, room: Channel
) -> None:
    root = await api("chat.postMessage", channel=room.id, text="root")
    reply = await api("chat.postMessage", channel=room.id, text="reply", thread_ts=root["ts"])

    await api("chat.delete", channel=room.id, ts=root["ts"])
    (stone,) = acme.messages(room, system=True)
    more = await api("chat.postMessage", channel=room.id, text="more", thread_ts=root["ts"])
    await api("chat.delete", channel=room.id, ts=reply["ts"])
    await api("chat.delete", channel=room.id, ts=more["ts"])

    assert stone.subtype == "tombstone"
    assert stone.user == "USLACKBOT"
    assert more["ok"]
    assert not room.messages


async def test_a_whisper_reaches_one_member(
    api: Api, ana: Person, lee: Person, acme: Workspace, room: Channel
) -> None:
    outsider = acme.add_person("outsider")

    answer = await api("chat.postEphemeral", channel=room.id, user=ana.id, text="psst")
    other = await api("chat.postEphemeral", channel=room.id, user=outsider.id, text="psst")
    nobody = await api("chat.postEphemeral", channel=room.id, user="U0NOBODY", text="psst")
    public = acme.add_channel("public", bot_member=False)
    away = await api("chat.postEphemeral", channel=public.id, user=ana.id, text="psst")
    closed = acme.add_channel("closed", archived=True, members=[ana.id])
    late = await api("chat.postEphemeral", channel=closed.id, user=ana.id, text="psst")

    assert [said.ts for said in ana.ephemerals] == [answer["message_ts"]]
    assert not lee.ephemerals
    assert not room.messages
    assert other["error"] == "user_not_in_channel"
    assert nobody["error"] == "user_not_found"
    assert away["error"] == "not_in_channel"
    assert late["error"] == "is_archived"


async def test_a_link_leads_to_a_message(api: Api, room: Channel) -> None:
    root = await api("chat.postMessage", channel=room.id, text="root")
    reply = await api("chat.postMessage", channel=room.id, text="reply", thread_ts=root["ts"])

    answer = await api("chat.getPermalink", channel=room.id, message_ts=root["ts"])
    below = await api("chat.getPermalink", channel=room.id, message_ts=reply["ts"])
    none = await api("chat.getPermalink", channel=room.id, message_ts="1.000001")

    number = root["ts"].replace(".", "")
    assert answer["permalink"] == f"https://acme.slack.com/archives/{room.id}/p{number}"
    assert below["permalink"].endswith(f"?thread_ts={root['ts']}&cid={room.id}")
    assert none["error"] == "message_not_found"


async def test_a_reaction_stands_once(api: Api, acme: Workspace, room: Channel) -> None:
    posted = await api("chat.postMessage", channel=room.id, text="x")
    where = {"channel": room.id, "timestamp": posted["ts"], "name": "eyes"}

    assert (await api("reactions.add", **where))["ok"]
    assert (await api("reactions.add", **where))["error"] == "already_reacted"
    seen = await api("reactions.get", channel=room.id, timestamp=posted["ts"])
    assert (await api("reactions.remove", **where))["ok"]
    assert (await api("reactions.remove", **where))["error"] == "no_reaction"

    assert seen["message"]["reactions"] == [{"name": "eyes", "users": [acme.bot_user], "count": 1}]
    assert seen["message"]["permalink"]


async def test_a_reaction_needs_an_emoji_and_a_message(
    api: Api, acme: Workspace, room: Channel
) -> None:
    posted = await api("chat.postMessage", channel=room.id, text="x")
    where = {"channel": room.id, "timestamp": posted["ts"]}

    async def error(**args: str) -> object:
        return (await api("reactions.add", **{**where, "name": "eyes", **args})).get("error")

    assert await error(name=":eyes:") == "invalid_name"
    assert await error(name="eyes::skin-tone-2") == "invalid_name"
    assert await error(name="thumbsup::skin-tone-2") is None
    assert await error(name="acme") == "invalid_name"
    acme.emoji.add("acme")
    assert await error(name="acme") is None
    assert await error(timestamp="yesterday") == "bad_timestamp"
    assert await error(timestamp="") == "no_item_specified"
    assert await error(timestamp="1.000001") == "message_not_found"
    acme.archive(room)
    assert await error() == "is_archived"


async def test_a_message_has_room_for_so_many_emoji(
    api: Api, acme: Workspace, room: Channel
) -> None:
    posted = await api("chat.postMessage", channel=room.id, text="x")
    names = [f"custom{number}" for number in range(24)]
    acme.emoji.update(names)

    answers = [
        await api("reactions.add", channel=room.id, timestamp=posted["ts"], name=name)
        for name in names
    ]

    assert [answer.get("error") for answer in answers] == [None] * 23 + ["too_many_emoji"]


async def test_the_bot_hears_its_own_messages(
    api: Api, bot: Bot, slack: LocalSlack, acme: Workspace, room: Channel
) -> None:
    posted = await api(
        "chat.postMessage",
        channel=room.id,
        text="x",
        blocks=[actions(button("go"))],
        metadata=META,
    )
    await api("chat.update", channel=room.id, ts=posted["ts"], text="y")
    await api("chat.delete", channel=room.id, ts=posted["ts"])
    await slack.until(lambda: len(bot.events("message")) == 3)

    by_kind = {event.get("subtype"): event for event in bot.events("message")}
    assert by_kind[None]["bot_id"] == acme.bot_id
    assert by_kind[None]["channel_type"] == "channel"
    assert "metadata" not in by_kind[None]
    assert by_kind["message_changed"]["message"]["text"] == "y"
    assert by_kind["message_changed"]["previous_message"]["text"] == "x"
    assert by_kind["message_deleted"]["deleted_ts"] == posted["ts"]


async def test_what_has_no_id_gets_one(api: Api, slack: LocalSlack, room: Channel) -> None:
    nameless = button("go")
    del nameless["action_id"]
    block = {"type": "actions", "elements": [nameless, dict(nameless), button("go")]}

    answer = await api("chat.postMessage", channel=room.id, text="x", blocks=[block, block])

    first, second = answer["message"]["blocks"]
    names = [element["action_id"] for element in first["elements"]]
    assert len(set(names)) == 3
    assert names[2] == "go"
    assert first["block_id"] != second["block_id"]
    assert slack.journal[-1].args["blocks"] == [block, block]


async def test_what_a_message_carries_can_be_read(
    api: Api, slack: LocalSlack, room: Channel
) -> None:
    await api("chat.postMessage", channel=room.id, text="x", metadata=META)
    await api("chat.postMessage", channel=room.id, text="y")

    first, second = slack.messages(room.id)
    assert (first.event_type, first.event_payload) == ("baton_task", {"task": 1})
    assert (second.event_type, second.event_payload) == (None, {})
    assert slack.messages("general", event_type="baton_task") == [first]
