import pytest
from aiohttp import web

from bot.sandbox.errors import Refused
from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Ephemeral, Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.typing_in import typed
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Api, Bot, Request, actions, ask, button, section

SELECT: Json = {
    "type": "static_select",
    "action_id": "pick",
    "options": [{"value": "a", "text": {"type": "plain_text", "text": "A"}}],
}


async def post(api: Api, room: Channel, *blocks: Json, **more: object) -> str:
    answer = await api("chat.postMessage", channel=room.id, text="x", blocks=list(blocks), **more)
    return str(answer["ts"])


async def test_a_command_arrives_as_a_form(bot: Bot, ana: Person, room: Channel) -> None:
    answer = await ana.command("/delegate", " @lee Report ", channel="general")

    assert answer.ok
    assert answer.status == 200
    assert answer.text == ""
    assert answer.blocks == []
    assert bot.last["command"] == "/delegate"
    assert bot.last["channel_id"] == room.id
    assert bot.last["channel_name"] == "general"
    assert bot.last["user_id"] == ana.id
    assert bot.last["trigger_id"]


@pytest.mark.parametrize(
    ("words", "arrives"),
    [
        ("@ana hello", "<@{ana}> hello"),
        ("hi @Ana Cruz.", "hi <@{ana}>."),
        ("@ANA", "<@{ana}>"),
        ("@anabel", "@anabel"),
        ("mail ana@ana", "mail ana@ana"),
        ("@here and @channel", "<!here> and <!channel>"),
        ("in #general", "in <#{general}|general>"),
        ("in #secret", "in <#{secret}|>"),
        ("in #nowhere", "in #nowhere"),
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("see https://a.b/?c=1&d=2 now", "see <https://a.b/?c=1&amp;d=2> now"),
        ("see https://a.b/@ana now", "see <https://a.b/@ana> now"),
        ("50 % @ 9", "50 % @ 9"),
        ("for @Lee @Night now", "for <@{lee}> now"),
        ("", ""),
    ],
)
def test_typed_text_is_marked_up(acme: Workspace, words: str, arrives: str) -> None:
    ids = {
        "ana": acme.add_person("ana", real_name="Ana Cruz").id,
        "general": acme.add_channel("general").id,
        "secret": acme.add_channel("secret", private=True).id,
    }
    ids["lee"] = acme.add_person("lee", real_name="Lee @Night").id
    acme.dm(ids["ana"], acme.bot_user)

    assert typed(acme, words) == arrives.format(**ids)


async def test_a_mention_may_carry_the_name(
    bot: Bot, slack: LocalSlack, ana: Person, lee: Person, room: Channel
) -> None:
    slack.long_mentions = True
    await ana.command("/delegate", "@lee", channel=room)
    marked = bot.last["text"]
    await ana.command("/delegate", "<@U1|@lee>", channel=room, raw=True)

    assert marked == f"<@{lee.id}|lee>"
    assert bot.last["text"] == "<@U1|@lee>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("plain words", "plain words"),
        ({"text": "for you"}, "for you"),
        ({"text": "for you", "response_type": "ephemeral"}, "for you"),
    ],
)
async def test_an_answer_is_private(
    bot: Bot, ana: Person, room: Channel, body: Json | str, text: str
) -> None:
    bot.answers(body)

    answer = await ana.command("/ack", channel=room)

    assert answer.text == text
    assert isinstance(answer.message, Ephemeral)
    assert answer.message in ana.ephemerals
    assert not room.messages


async def test_an_answer_may_be_public(bot: Bot, ana: Person, room: Channel) -> None:
    bot.answers({"text": "all", "blocks": [section("b")], "response_type": "in_channel"})

    answer = await ana.command("/ack", channel=room)

    assert answer.message is next(iter(room.messages.values()))
    assert answer.blocks[0]["text"]["text"] == "b"


async def test_a_wrong_answer_is_an_error(bot: Bot, ana: Person, room: Channel) -> None:
    bot.answers({"text": "x", "blocks": [section("")]})

    answer = await ana.command("/ack", channel=room)

    assert answer.error == "invalid_blocks"
    assert not ana.ephemerals


async def test_a_private_channel_has_no_name(bot: Bot, acme: Workspace, ana: Person) -> None:
    secret = acme.add_channel("secret", private=True, members=[ana.id])

    await ana.command("/ack", channel=secret)
    inside = bot.last["channel_name"]
    await ana.command("/ack")

    assert inside == "privategroup"
    assert bot.last["channel_name"] == "directmessage"


async def test_commands_have_their_place(
    bot: Bot, slack: LocalSlack, acme: Workspace, ana: Person, room: Channel
) -> None:
    elsewhere = acme.add_channel("elsewhere")
    hidden = acme.add_channel("hidden", private=True)
    closed = acme.add_channel("closed", archived=True, members=[ana.id])
    stranger = slack.person(acme.add_person("stranger", stranger=True))
    acme.join(room, stranger.id)
    slack.commands = {"/ack"}

    for channel in (elsewhere, hidden, closed):
        with pytest.raises(Refused):
            await ana.command("/ack", channel=channel)
    with pytest.raises(Refused, match="not a valid command"):
        await ana.command("/dance", channel=room)
    with pytest.raises(Refused, match="other workspaces"):
        await stranger.command("/ack", channel=room)
    with pytest.raises(Refused, match="shortcuts"):
        await stranger.global_shortcut("new")
    guest = slack.person(acme.add_person("guest", single_channel_guest=True))
    acme.join(room, guest.id)
    with pytest.raises(Refused, match="have no commands"):
        await guest.command("/ack", channel=room)
    with pytest.raises(Refused, match="have no shortcuts"):
        await guest.global_shortcut("new")
    acme.change_person(ana.id, deleted=True)
    with pytest.raises(Refused, match="deactivated"):
        await ana.command("/ack", channel=room)
    await slack.settled()

    assert not [request for request in bot.seen if "command" in request.body]


@pytest.mark.parametrize(
    ("status", "error"), [(404, "http_client_error"), (500, "http_service_error")]
)
async def test_a_person_sees_that_the_bot_failed(
    bot: Bot, ana: Person, status: int, error: str
) -> None:
    bot.answers("no", status=status)

    answer = await ana.command("/ack")

    assert answer.error == error
    assert answer.body == "no"
    assert len(bot.seen) == 1, "a command is never tried twice"


async def test_a_person_sees_that_the_bot_is_slow_or_gone(
    bot: Bot, slack: LocalSlack, ana: Person
) -> None:
    async def reply(_request: Request) -> web.Response:
        await slack.until(lambda: False, timeout=1)
        return web.Response()

    bot.reply = reply
    slack.courier.ack_timeout = 0.05
    slow = await ana.command("/ack")
    slack.events_url = "http://127.0.0.1:9/slack/events"
    refused = await ana.command("/ack")
    slack.events_url = None
    gone = await ana.command("/ack")

    assert slow.error == "operation_timeout"
    assert refused.error == "dispatch_failed"
    assert gone.error == "dispatch_failed"


async def test_a_button_says_where_it_was_pressed(
    api: Api, bot: Bot, ana: Person, acme: Workspace, room: Channel
) -> None:
    ts = await post(api, room, actions(button("go", "7")))
    card = room.messages[ts]

    answer = await ana.press(card, "go")

    (action,) = bot.last["actions"]
    assert answer.ok
    assert bot.last["type"] == "block_actions"
    assert (action["action_id"], action["value"], action["block_id"]) == ("go", "7", "act")
    assert bot.last["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": room.id,
        "is_ephemeral": False,
    }
    assert bot.last["message"]["ts"] == ts
    assert bot.last["user"]["id"] == ana.id
    assert bot.last["team"]["id"] == acme.id


async def test_buttons_with_one_id_differ_by_value(
    api: Api, bot: Bot, ana: Person, room: Channel
) -> None:
    ts = await post(
        api,
        room,
        actions(button("go", "1"), block_id="first"),
        actions(button("go", "2"), block_id="second"),
    )
    card = room.messages[ts]

    with pytest.raises(Refused, match="several"):
        await ana.press(card, "go")
    with pytest.raises(Refused, match="nothing to press"):
        await ana.press(card, "stop")
    await ana.press(card, "go", "2")
    by_value = bot.last["actions"][0]["block_id"]
    await ana.press(card, "go", block_id="first")

    assert by_value == "second"
    assert bot.last["actions"][0]["value"] == "1"


async def test_choices_are_actions_too(api: Api, bot: Bot, ana: Person, room: Channel) -> None:
    overflow = {**SELECT, "type": "overflow", "action_id": "more"}
    inert = ask("inert")
    eager = ask("eager", dispatch_action=True)
    ts = await post(api, room, actions(SELECT, overflow), inert, eager)
    card = room.messages[ts]

    await ana.press(card, "pick", "a")
    picked = bot.last
    await ana.press(card, "more", "A")
    more = bot.last["actions"][0]
    await ana.press(card, "eager", "typed")

    assert picked["actions"][0]["selected_option"] == SELECT["options"][0]
    assert picked["state"]["values"]["act"]["pick"]["selected_option"]["value"] == "a"
    assert more["selected_option"]["value"] == "a"
    assert bot.last["actions"][0]["value"] == "typed"
    with pytest.raises(Refused):
        await ana.press(card, "more", "b")
    with pytest.raises(Refused, match="nothing to press"):
        await ana.press(card, "inert", "typed")


async def test_a_reply_s_button_says_its_thread(
    api: Api, bot: Bot, ana: Person, room: Channel
) -> None:
    root = await post(api, room, section("root"))
    ts = await post(api, room, actions(button("go")), thread_ts=root)

    await ana.press(room.messages[ts], "go")

    assert bot.last["container"]["thread_ts"] == root


async def test_a_private_message_comes_without_itself(
    api: Api, bot: Bot, ana: Person, lee: Person, room: Channel
) -> None:
    await api(
        "chat.postEphemeral",
        channel=room.id,
        user=ana.id,
        text="x",
        blocks=[actions(button("go"))],
    )
    (whisper,) = ana.ephemerals

    await ana.press(whisper, "go")

    assert bot.last["container"]["is_ephemeral"]
    assert "message" not in bot.last
    with pytest.raises(Refused, match="does not see"):
        await lee.press(whisper, "go")


async def test_only_what_is_seen_can_be_pressed(
    api: Api, slack: LocalSlack, acme: Workspace, ana: Person, lee: Person
) -> None:
    secret = acme.add_channel("secret", private=True, members=[ana.id])
    guest = slack.person(acme.add_person("guest", guest=True))
    public = acme.add_channel("public")
    card = secret.messages[await post(api, secret, actions(button("go")))]
    shown = public.messages[await post(api, public, actions(button("go")))]

    with pytest.raises(Refused, match="does not see"):
        await lee.press(card, "go")
    with pytest.raises(Refused, match="does not see"):
        await guest.press(shown, "go")
    with pytest.raises(Refused, match="cannot join"):
        await guest.join(public)
    with pytest.raises(Refused, match="cannot join"):
        await lee.join(secret)
    await lee.press(shown, "go")
    await api("chat.delete", channel=public.id, ts=shown.ts)
    with pytest.raises(Refused, match="any more"):
        await lee.press(shown, "go")


async def test_a_message_is_heard_escaped_and_in_its_thread(
    bot: Bot, slack: LocalSlack, ana: Person, lee: Person, room: Channel
) -> None:
    root = await lee.say(room, "who?")
    reply = await ana.say(room, "@lee <b> & I", thread=root)
    deeper = await lee.say(room, "ok", thread=reply)
    by_ts = await lee.say(room, "fine", thread=root.ts)
    await slack.settled()

    first, second, *_ = bot.events("message")
    assert first["client_msg_id"]
    assert second["text"] == f"<@{lee.id}> &lt;b&gt; &amp; I"
    assert second["thread_ts"] == root.ts
    assert second["parent_user_id"] == lee.id
    assert second["blocks"][0]["elements"][0]["elements"] == [
        {"type": "user", "user_id": lee.id},
        {"type": "text", "text": " <b> & I"},
    ]
    assert deeper.thread_ts == by_ts.thread_ts == root.ts


@pytest.mark.parametrize("private", [True, False])
async def test_messages_are_heard_where_the_bot_is(
    bot: Bot, slack: LocalSlack, acme: Workspace, ana: Person, *, private: bool
) -> None:
    inside = acme.add_channel("inside", private=private, members=[ana.id])
    outside = acme.add_channel("outside", private=private, members=[ana.id], bot_member=False)

    await ana.say(inside, "heard")
    await ana.say(outside, "unheard")
    await ana.say(ana.dm, "whispered")
    await slack.settled()

    assert [(event["text"], event["channel_type"]) for event in bot.events("message")] == [
        ("heard", "group" if private else "channel"),
        ("whispered", "im"),
    ]


async def test_only_what_was_asked_for_and_allowed_is_heard(
    bot: Bot, slack: LocalSlack, acme: Workspace, ana: Person, room: Channel
) -> None:
    acme.scopes = ("channels:history",)
    slack.world.bot_events = frozenset({"message.channels", "message.im"})

    await ana.say(ana.dm, "no scope")
    said = await ana.say(room, "heard")
    await ana.react(said, "eyes")
    await slack.settled()

    assert [request.body["event"]["text"] for request in bot.seen] == ["heard"]


async def test_edits_and_deletions_are_heard(
    bot: Bot, slack: LocalSlack, ana: Person, lee: Person, room: Channel
) -> None:
    said = await ana.say(room, "frist")
    with pytest.raises(Refused, match="own"):
        await lee.edit(said, "mine")
    await ana.edit(said, "first")
    theirs = await lee.say(room, "theirs")
    with pytest.raises(Refused, match="own"):
        await ana.delete(theirs)
    await lee.delete(said)
    await slack.settled()

    _, changed, _, deleted = bot.events("message")
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["text"] == "first"
    assert changed["message"]["edited"]["user"] == ana.id
    assert changed["previous_message"]["text"] == "frist"
    assert deleted["deleted_ts"] == said.ts


async def test_reactions_are_heard(
    bot: Bot, slack: LocalSlack, acme: Workspace, ana: Person, room: Channel
) -> None:
    card = await ana.say(room, "card")

    await ana.react(card, "white_check_mark")
    with pytest.raises(Refused, match="already"):
        await ana.react(card, "white_check_mark")
    await ana.unreact(card, "white_check_mark")
    with pytest.raises(Refused, match="has not reacted"):
        await ana.unreact(card, "white_check_mark")
    with pytest.raises(Refused, match="no emoji"):
        await ana.react(card, "blorb")
    await slack.settled()

    (added,), (removed,) = bot.events("reaction_added"), bot.events("reaction_removed")
    assert added["item"] == {"type": "message", "channel": room.id, "ts": card.ts}
    assert added["item_user"] == ana.id
    assert added["user"] == ana.id
    assert added["event_ts"] < removed["event_ts"]
    acme.archive(room)
    with pytest.raises(Refused, match="archived"):
        await ana.react(card, "eyes")


async def test_a_line_of_slack_s_own_has_no_author(
    bot: Bot, slack: LocalSlack, acme: Workspace, ana: Person, room: Channel
) -> None:
    acme.rename(room, "renamed")
    (line,) = acme.messages(room, system=True)

    await ana.react(line, "eyes")
    await slack.settled()

    assert "item_user" not in bot.events("reaction_added")[0]


async def test_shortcuts_carry_what_they_are_about(
    bot: Bot, ana: Person, lee: Person, acme: Workspace, room: Channel
) -> None:
    said = await lee.say(room, "please do this")

    await ana.message_shortcut(said, "delegate_message")
    about = bot.last
    await ana.global_shortcut("delegate_new")

    assert about["type"] == "message_action"
    assert about["message"]["text"] == "please do this"
    assert about["channel"] == {"id": room.id, "name": "general"}
    assert about["response_url"]
    assert bot.last["type"] == "shortcut"
    assert bot.last["callback_id"] == "delegate_new"
    stranger = ana.slack.person(acme.add_person("stranger", stranger=True))
    with pytest.raises(Refused, match="shortcuts"):
        await stranger.message_shortcut(said, "delegate_message")


async def test_who_is_deactivated_does_nothing(
    api: Api, bot: Bot, ana: Person, room: Channel
) -> None:
    card = room.messages[await post(api, room, actions(button("go")))]
    ana.workspace.change_person(ana.id, deleted=True)
    await ana.slack.settled()
    before = len(bot.seen)

    for attempt in (
        ana.press(card, "go"),
        ana.say(room, "x"),
        ana.react(card, "eyes"),
        ana.open_home(),
        ana.global_shortcut("new"),
    ):
        with pytest.raises(Refused, match="deactivated"):
            await attempt
    assert len(bot.seen) == before


async def test_words_must_be_said_somewhere(ana: Person, room: Channel) -> None:
    with pytest.raises(Refused, match="empty"):
        await ana.say(room, "  ")
    with pytest.raises(Refused, match="no such thread"):
        await ana.say(room, "x", thread="1.000001")


async def test_people_talk_to_each_other_unheard(
    bot: Bot, acme: Workspace, ana: Person, lee: Person
) -> None:
    between = acme.dm(ana.id, lee.id)

    await ana.say(between, "psst")
    await ana.command("/ack", channel=between)

    assert bot.last["channel_id"] == between.id
    assert len(bot.seen) == 1
    assert repr(ana) == f"<Person ana {ana.id}>"
