"""What the local Slack answers and sends, held against shapes of the real one's."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.api import METHODS
from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json, Message
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Api, Bot, actions, ask, button, home, modal

CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"

pytestmark = pytest.mark.skipif(
    not CONTRACTS.exists(), reason="the contracts lie beside the project, not in a clone of it"
)

# What the bot itself wrote comes back as it wrote it, and state depends on the inputs.
THE_BOT_S_OWN = {"blocks", "attachments", "metadata", "values", "message_blocks"}

# Keys that a sample lacks although Slack documents or sends them, by where they are.
BEYOND_THE_SAMPLES = {
    "/context_team_id": "in the envelope of every event today; some samples are older",
    "/context_enterprise_id": "likewise",
    "/event/app_id": "on every message of an app, as in chat.postMessage.json",
    "/event/message/app_id": "likewise",
    "/event/previous_message/app_id": "likewise",
    "/api_app_id": "documented for message shortcuts",
    "/user/username": "documented for message shortcuts",
    "/response_urls": "documented for view submissions with `response_url_enabled`",
    "/channel/user": "documented for conversations.info of a DM",
    "/members/*/is_stranger": "documented in the user object, which this is one of",
}


def sample(kind: str, name: str) -> Json:
    return dict(json.loads((CONTRACTS / "samples" / kind / f"{name}.json").read_text()))


def differences(given: object, shape: object, at: str = "") -> Iterator[str]:
    """Yield what `given` has and the real thing has not, or has as another type."""
    if given is None or shape in ({}, []):
        return
    if isinstance(given, dict) and isinstance(shape, dict):
        for name, value in given.items():
            if name in THE_BOT_S_OWN:
                continue
            if name not in shape:
                yield f"{at}/{name} is unknown"
            else:
                yield from differences(value, shape[name], f"{at}/{name}")
    elif isinstance(given, list) and isinstance(shape, list):
        for item in given:
            yield from differences(item, shape[0], f"{at}/*")
    elif isinstance(given, bool) != isinstance(shape, bool) or type(given) is not type(shape):
        yield f"{at} is a {type(given).__name__} and not a {type(shape).__name__}"


def unexpected(given: Json, kind: str, name: str) -> list[str]:
    return [
        line
        for line in differences(given, sample(kind, name))
        if line.removesuffix(" is unknown") not in BEYOND_THE_SAMPLES
    ]


@pytest.fixture
async def world(api: Api, bot: Bot, ana: Person, room: Channel) -> LocalSlack:
    """Return a local Slack in which one of everything has happened."""
    slack, acme = api.slack, ana.workspace
    acme.scopes += ("im:read", "team:read", "channels:join", "mpim:read")
    acme.add_channel("secret", private=True, members=[ana.id])
    acme.add_channel("public", bot_member=False)
    card = await call_what_reads_and_posts(api, ana, room)
    await use_the_client(api, bot, ana, room.messages[card])
    for place in (room, acme.channel("secret"), ana.dm):
        said = await ana.say(place, "hello")
        await ana.react(said, "eyes")
        await ana.unreact(said, "eyes")
        await ana.edit(said, "bye")
        await ana.delete(said)
    await api("chat.update", channel=room.id, ts=card, text="y")
    await api("reactions.remove", channel=room.id, timestamp=card, name="eyes")
    await api("chat.delete", channel=room.id, ts=card)
    await slack.settled()
    await turn_everything_over(ana, room)
    api.token = slack.app_token
    await api("apps.connections.open")
    acme.uninstall()
    await slack.settled()
    return slack


async def call_what_reads_and_posts(api: Api, ana: Person, room: Channel) -> str:
    acme = ana.workspace
    acme.add_person("gone", deleted=True)
    stranger = acme.add_person("stranger", stranger=True, announce=True)
    posted: Json = {"channel": room.id, "text": "x", "blocks": [actions(button("go"))]}
    metadata = {"event_type": "x", "event_payload": {"a": 1}}
    card = str((await api("chat.postMessage", **posted, metadata=metadata))["ts"])
    public, secret = acme.channel("public").id, acme.channel("secret").id
    message = {"channel": room.id, "timestamp": card}
    for method, args in (
        ("chat.postMessage", {"channel": room.id, "text": "r", "thread_ts": card}),
        ("chat.postEphemeral", {**posted, "user": ana.id}),
        ("chat.getPermalink", {"channel": room.id, "message_ts": card}),
        ("reactions.add", {**message, "name": "eyes"}),
        ("reactions.get", message),
        ("conversations.history", {"channel": room.id}),
        ("conversations.replies", {"channel": room.id, "ts": card, "include_all_metadata": True}),
        ("conversations.info", {"channel": room.id}),
        ("conversations.info", {"channel": ana.dm.id}),
        ("conversations.info", {"channel": secret, "include_num_members": True}),
        ("conversations.members", {"channel": room.id}),
        ("conversations.open", {"users": ana.id, "return_im": True}),
        ("conversations.join", {"channel": public}),
        ("conversations.join", {"channel": public}),
        ("conversations.list", {"types": "public_channel,private_channel,im"}),
        ("users.conversations", {}),
        ("users.info", {"user": ana.id, "include_locale": True}),
        ("users.info", {"user": stranger.id}),
        ("users.list", {}),
        ("team.info", {}),
        ("auth.test", {}),
        ("api.test", {}),
        ("views.publish", {"user_id": ana.id, "view": home(actions(button("go")))}),
    ):
        answer = await api(method, **args)
        assert answer["ok"], (method, answer)
    return card


async def use_the_client(api: Api, bot: Bot, ana: Person, card: Message) -> None:
    await ana.open_home()
    await ana.open_dm()
    await ana.command("/ack", "42", channel=card.channel)
    await ana.press(card, "go")
    await ana.press(ana.ephemerals[0], "go")
    await ana.message_shortcut(card, "about")
    await ana.global_shortcut("new")
    view = modal(ask("q"), actions(button("more")), notify_on_close=True)
    await api("views.open", trigger_id=bot.last["trigger_id"], view=view)
    await ana.press(ana.view, "more")
    await api("views.push", trigger_id=bot.last["trigger_id"], view=view)
    await api("views.update", view_id=ana.view.id, view=view)
    await ana.close()
    await ana.submit(values={"q": "x"})


async def turn_everything_over(ana: Person, room: Channel) -> None:
    acme, secret = ana.workspace, ana.workspace.channel("secret")
    await ana.join("public")
    await ana.leave("public")
    acme.change_person(ana.id, tz="Asia/Tokyo")
    for place in (room, secret):
        acme.rename(place, f"new-{place.kind}")
        acme.archive(place)
        acme.unarchive(place)
    acme.change_channel_id(room)
    acme.delete_channel(room)
    acme.delete_channel(secret)


async def test_answers_have_slack_s_shape(world: LocalSlack) -> None:
    answered = {call.method for call in world.journal if call.ok}

    assert answered == set(METHODS), "every method has been called"
    for call in world.journal:
        if (CONTRACTS / "samples" / "api" / f"{call.method}.json").exists():
            assert unexpected(call.answer, "api", call.method) == [], call.method


async def test_every_call_uses_documented_arguments(world: LocalSlack) -> None:
    documented = json.loads((CONTRACTS / "web_api_openapi_2021.json").read_text())["paths"]
    newer = {"metadata", "include_all_metadata", "args"}

    for call in world.journal:
        (operation,) = documented.get(f"/{call.method}", {"none": None}).values()
        if operation is not None:
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert set(call.args) <= names | newer, call.method


async def test_errors_are_documented_ones(api: Api, acme: Workspace, room: Channel) -> None:
    documented = json.loads((CONTRACTS / "web_api_openapi_2021.json").read_text())["paths"]
    acme.archive(room)
    calls: list[tuple[str, Json]] = [
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}),
        ("chat.postMessage", {"channel": room.id, "text": "x"}),
        ("chat.update", {"channel": "C0NOWHERE", "ts": "1.000001", "text": "x"}),
        ("chat.delete", {"channel": room.id, "ts": "1.000001"}),
        ("chat.getPermalink", {"channel": room.id, "message_ts": "1.000001"}),
        ("reactions.add", {"channel": room.id, "timestamp": "x", "name": "eyes"}),
        ("reactions.get", {"channel": room.id}),
        ("users.info", {"user": "U0NOBODY"}),
        ("users.list", {"cursor": "x"}),
        ("conversations.open", {}),
        ("conversations.history", {"channel": room.id, "oldest": "x"}),
        ("conversations.replies", {"channel": room.id, "ts": "1.000001"}),
        ("users.conversations", {"types": "x"}),
    ]

    for method, args in calls:
        (operation,) = documented[f"/{method}"].values()
        answers = operation["responses"]["default"]["schema"]["properties"]["error"]["enum"]
        assert (await api(method, **args))["error"] in answers, method


EVENTS = {
    ("app_home_opened", None): "AppHomeOpenedPayload",
    ("app_uninstalled", None): "AppUninstalledPayload",
    ("channel_archive", None): "ChannelArchivePayload",
    ("channel_deleted", None): "ChannelDeletedPayload",
    ("channel_id_changed", None): "ChannelIdChangedPayload",
    ("channel_rename", None): "ChannelRenamePayload",
    ("channel_unarchive", None): "ChannelUnarchivePayload",
    ("group_archive", None): "GroupArchivePayload",
    ("group_deleted", None): "GroupDeletedPayload",
    ("group_rename", None): "GroupRenamePayload",
    ("member_joined_channel", None): "MemberJoinedChannelPayload",
    ("member_left_channel", None): "MemberLeftChannelPayload",
    ("message", None): "MessagePayload",
    ("message", "channel_archive"): "MessageChannelArchivePayload",
    ("message", "channel_unarchive"): "MessageChannelUnarchivePayload",
    ("message", "message_changed"): "MessageChangedPayload",
    ("message", "message_deleted"): "MessageDeletedPayload",
    ("reaction_added", None): "ReactionAddedPayload",
    ("reaction_removed", None): "ReactionRemovedPayload",
    ("team_join", None): "TeamJoinPayload",
    ("tokens_revoked", None): "TokensRevokedPayload",
    ("user_change", None): "UserChangePayload",
}


async def test_events_have_slack_s_shape(world: LocalSlack) -> None:
    seen = set()
    for delivery in world.deliveries:
        if delivery.kind != "event":
            continue
        event = delivery.event
        key = (str(event["type"]), event.get("subtype"))
        if key in EVENTS:
            seen.add(key)
            assert unexpected(delivery.payload, "events", EVENTS[key]) == [], key

    assert seen == set(EVENTS), "every event with a sample has happened"


PAYLOADS = {
    "/ack": "SlashCommandPayload",
    "block_actions": "BlockActionPayload",
    "message_action": "MessageShortcutPayload",
    "view_submission": "ViewSubmissionPayload",
    "view_closed": "ViewClosedPayload",
}


async def test_interactions_have_slack_s_shape(world: LocalSlack) -> None:
    seen = set()
    for delivery in world.deliveries:
        if delivery.name in PAYLOADS:
            seen.add(delivery.name)
            payload = {
                # A form carries the flag as a word.
                name: False if value == "false" else value
                for name, value in delivery.payload.items()
            }
            assert unexpected(payload, "app-backend", PAYLOADS[delivery.name]) == []

    assert seen == set(PAYLOADS)


def test_a_difference_is_noticed() -> None:
    assert list(differences({"a": 1}, {"b": 1})) == ["/a is unknown"]
    assert list(differences({"a": [{"b": "x"}]}, {"a": [{"b": 1}]})) == [
        "/a/*/b is a str and not a int"
    ]
    assert list(differences({"a": True}, {"a": 1})) == ["/a is a bool and not a int"]
