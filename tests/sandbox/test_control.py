import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.sandbox.control import is_loopback
from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Api, Bot, actions, ask, button, home, modal, section

Door = Callable[..., Awaitable[Json]]


@pytest.fixture
def get(api: Api, slack: LocalSlack) -> Door:
    async def call(door: str, **query: str) -> Json:
        async with api.session.get(f"{slack.url}_sandbox/{door}", params=query) as response:
            return dict(await response.json())

    return call


@pytest.fixture
def put(api: Api, slack: LocalSlack) -> Door:
    async def call(door: str, **body: Any) -> Json:  # noqa: ANN401 - whatever the door takes
        async with api.session.post(f"{slack.url}_sandbox/{door}", json=body) as response:
            return dict(await response.json())

    return call


@pytest.fixture
def act(put: Door, ana: Person) -> Door:
    async def call(verb: str, **args: Any) -> Json:  # noqa: ANN401 - whatever the verb takes
        return await put("act", **{"as": ana.id, "do": verb, **args})

    return call


async def test_a_person_sees_what_is_theirs(
    api: Api, get: Door, ana: Person, lee: Person, room: Channel
) -> None:
    acme = ana.workspace
    acme.add_channel("secret", private=True)
    await api("chat.postMessage", channel=room.id, text="for all")
    await api("chat.postEphemeral", channel=room.id, user=ana.id, text="for ana")
    root = room.messages[next(iter(room.messages))]
    await api("chat.postEphemeral", channel=room.id, user=ana.id, text="x", thread_ts=root.ts)
    await api("views.publish", user_id=ana.id, view=home())

    hers, his, both = (
        await get("state", **{"as": ana.id}),
        await get("state", **{"as": lee.id}),
        (await get("state")),
    )

    (general,) = hers["channels"]
    assert [said["text"] for said in general["messages"]] == ["for all", "for ana", "x"]
    assert [said["ephemeral"] for said in general["messages"]] == [False, True, True]
    assert general["member"]
    assert hers["me"] == ana.id
    assert hers["home"]["type"] == "home"
    assert len(his["channels"][0]["messages"]) == 1
    assert his["home"] is None
    assert {channel["name"] for channel in both["channels"]} == {"general", "secret"}
    assert both["views"] == []
    assert {person["id"] for person in both["people"]} >= {ana.id, lee.id, acme.bot_user}
    assert both["workspaces"][0]["bot_user"] == acme.bot_user


async def test_a_page_waits_for_the_next_change(get: Door, act: Door, room: Channel) -> None:
    version = (await get("state"))["version"]
    waiting = asyncio.ensure_future(get("changes", since=str(version)))

    await act("say", channel=room.id, text="hello")
    later = (await waiting)["version"]
    unchanged = await get("changes", since=str((await get("state"))["version"]), timeout="0.01")

    assert later > version
    assert unchanged["version"] == (await get("state"))["version"]


async def test_a_command_is_typed(bot: Bot, act: Door, room: Channel) -> None:
    bot.answers({"text": "noted"})

    answer = await act("command", command="/ack", text="42", channel="general")

    assert answer["ok"]
    assert answer["text"] == "noted"
    assert answer["channel"] == room.id
    assert answer["status"] == 200
    assert answer["error"] is None


async def test_a_modal_is_filled_in_from_outside(
    api: Api, bot: Bot, get: Door, act: Door, ana: Person
) -> None:
    await act("shortcut", callback_id="new")
    await api("views.open", trigger_id=bot.last["trigger_id"], view=modal(ask("q"), ask("r")))
    view = (await get("state", **{"as": ana.id}))["views"][0]

    filled = await act("fill", view=view["id"], values={"q": "one"})
    lacking = await act("submit", view=view["id"])
    bot.answers({"response_action": "errors", "errors": {"q": "no"}})
    wrong = await act("submit", values={"r": "two"})
    shown = (await get("state", **{"as": ana.id}))["views"][0]
    bot.answers()
    right = await act("submit", view=view["id"])
    gone = await act("submit", view=view["id"])

    assert filled["view"]["state"]["values"]["q"]["q"]["value"] == "one"
    assert lacking == {"ok": False, "error": "please complete the required fields: r"}
    assert wrong["errors"] == shown["errors"] == {"q": "no"}
    assert right["ok"]
    assert right["view"] is None
    assert not gone["ok"]


async def test_buttons_are_pressed_everywhere(
    api: Api, bot: Bot, act: Door, ana: Person, room: Channel
) -> None:
    blocks = [actions(button("go"))]
    card = await api("chat.postMessage", channel=room.id, text="x", blocks=blocks)
    whisper = await api("chat.postEphemeral", channel=room.id, user=ana.id, text="x", blocks=blocks)
    await api("views.publish", user_id=ana.id, view=home(*blocks))
    shown = (await act("home"))["view"]

    assert (await act("press", channel=room.id, ts=card["ts"], action_id="go"))["ok"]
    on_card = bot.last["container"]["message_ts"]
    assert (await act("press", channel=room.id, ts=whisper["message_ts"], action_id="go"))["ok"]
    on_whisper = bot.last["container"]
    assert (await act("press", view=shown["id"], action_id="go"))["ok"]

    assert on_card == card["ts"]
    assert on_whisper["is_ephemeral"]
    assert bot.last["container"]["view_id"] == shown["id"]
    missing = await act("press", channel=room.id, ts="1.000001", action_id="go")
    assert missing["error"] == "there is no such message"


async def test_a_modal_is_dismissed(api: Api, bot: Bot, act: Door, ana: Person) -> None:
    for notify in (True, False):
        await act("shortcut", callback_id="new")
        await api(
            "views.open",
            trigger_id=bot.last["trigger_id"],
            view=modal(ask("q"), notify_on_close=notify),
        )
        assert (await act("close"))["ok"]

    assert not ana.views


async def test_messages_and_reactions(
    bot: Bot, put: Door, act: Door, lee: Person, room: Channel
) -> None:
    said = await act("say", channel="general", text="hello @lee")
    where = {"channel": said["channel"], "ts": said["ts"]}

    assert (await act("edit", **where, text="bye"))["ok"]
    assert (await act("say", channel=room.id, text="<@U1>", thread=said["ts"], raw=True))["ok"]
    assert (await act("react", **where, name="eyes"))["ok"]
    reactions = dict(room.messages[said["ts"]].reactions)
    assert (await act("unreact", **where, name="eyes"))["ok"]
    assert (await act("shortcut", **where, callback_id="about"))["ok"]
    about = bot.last["message"]["text"]
    other = await put("act", **{"as": lee.id, "do": "edit", **where, "text": "mine"})
    assert (await act("delete", **where))["ok"]

    assert list(reactions) == ["eyes"]
    assert about == "bye"
    assert "own messages" in other["error"]
    assert [said.text for said in lee.workspace.replies(room, said["ts"])] == ["<@U1>"]


async def test_people_come_and_go(act: Door, acme: Workspace, ana: Person, lee: Person) -> None:
    project = acme.add_channel("project", members=[ana.id], bot_member=False)

    assert (await act("invite", channel="project"))["ok"]
    assert (await act("invite", channel="project", user=lee.id))["ok"]
    assert (await act("kick", channel="project", user=lee.id))["ok"]
    assert (await act("leave", channel="project"))["ok"]
    assert list(project.members) == [acme.bot_user]
    assert (await act("join", channel="project"))["ok"]
    assert (await act("dm"))["channel"] == ana.dm.id
    assert list(project.members) == [acme.bot_user, ana.id]


async def test_what_cannot_be_done_is_said(put: Door, act: Door, room: Channel) -> None:
    assert (await act("dance"))["error"] == "nobody can dance here"
    assert (await act("say", channel="nowhere", text="x"))["error"] == "there is no nowhere"
    assert (await act("say", channel=room.id))["error"] == "there is no text"
    assert (await act("close"))["error"] == "ana has no modal open"
    assert (await act("close", view="V0"))["error"] == "there is no such view"
    assert (await put("act", **{"as": "U0", "do": "home"}))["error"] == "there is no U0"
    assert (await put("add", what="planet"))["error"] == "a planet cannot be added"
    assert (await put("admin", do="dance"))["error"] == "no admin can dance here"
    assert (await put("settings", colour="red"))["error"] == "there is no setting colour"
    assert (await put("faults", sockets="melt"))["error"] == "connections cannot be harmed by melt"
    assert not (await put("faults", kind="melt"))["ok"]
    assert not (await put("add", what="person", name="x", shoe_size=42))["ok"]


async def test_only_json_and_only_this_machine(api: Api, slack: LocalSlack) -> None:
    url = f"{slack.url}_sandbox/"
    async with api.session.post(f"{url}act", data="do=home") as response:
        form = response.status
    async with api.session.post(f"{url}act", json=[1]) as response:
        array = (response.status, (await response.json())["error"])
    async with api.session.get(f"{url}state", headers={"Host": "evil.example"}) as response:
        foreign = response.status

    assert form == 415
    assert array == (400, "the body must be a JSON object")
    assert foreign == 403


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - only read
        ("example.com", False),
    ],
)
def test_what_this_machine_is_called(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) == loopback


async def test_a_world_is_made_from_outside(put: Door, slack: LocalSlack) -> None:
    other = await put("add", what="workspace", name="Other")
    person = await put("add", what="person", team=other["id"], name="joy", tz="Asia/Tokyo")
    channel = await put("add", what="channel", team=other["id"], name="ops", members=[person["id"]])

    made = slack.world.workspaces[other["id"]]
    assert made.token == other["token"]
    assert made.members[person["id"]].tz == "Asia/Tokyo"
    assert list(made.channels[channel["id"]].members) == [person["id"], made.bot_user]


async def test_a_world_is_changed_from_outside(
    put: Door, acme: Workspace, ana: Person, room: Channel
) -> None:
    assert (await put("admin", do="archive", channel="general"))["ok"]
    archived = room.archived
    assert (await put("admin", do="unarchive", channel=room.id, team=acme.id))["ok"]
    assert (await put("admin", do="rename", channel=room.id, name="new"))["ok"]
    changed = await put("admin", do="change_channel_id", channel="new")
    await put("admin", do="change_person", user=ana.id, facts={"deleted": True})
    await put("admin", do="revoke_token")
    revoked = acme.revoked
    token = (await put("admin", do="reinstall"))["token"]

    assert archived
    assert changed["id"] == room.id
    assert ana.member.deleted
    assert revoked
    assert acme.token == token


async def test_faults_are_armed_from_outside(api: Api, put: Door, slack: LocalSlack) -> None:
    armed = await put("faults", kind="error", method="auth.test", code="fatal_error")
    failed = await api("auth.test")
    await put("faults", kind="error", count=None)
    cleared = await put("faults", clear=True)

    assert armed["armed"] == ["error"]
    assert failed["error"] == "fatal_error"
    assert cleared["armed"] == []
    for harm in ("close", "refresh", "warn", "reset", "black_hole"):
        assert (await put("faults", sockets=harm))["ok"]
    assert not slack.sockets.links
    assert (await put("faults", sockets="reset", link=7))["error"] == "there is no connection 7"


async def test_settings_are_changed_from_outside(put: Door, slack: LocalSlack) -> None:
    await put("settings", events_url="http://127.0.0.1:9/", retry_delays=[1], ack_timeout=2)
    await put("settings", limits=True, most_sockets=3)

    assert slack.events_url == "http://127.0.0.1:9/"
    assert slack.courier.retry_delays == (1.0,)
    assert slack.courier.ack_timeout == 2.0
    assert slack.limits.on
    assert slack.sockets.most == 3


async def test_the_journal_and_the_deliveries_are_read(
    api: Api, bot: Bot, get: Door, act: Door, room: Channel
) -> None:
    await api("auth.test")
    await api("chat.postMessage", channel=room.id, text="x", blocks=[section("x")])
    await act("command", command="/ack")

    journal = await get("journal")
    posts = await get("journal", since="1", method="chat.postMessage")
    nothing = await get("journal", since=str(journal["next"]))
    deliveries = await get("deliveries")

    assert [call["method"] for call in journal["calls"]] == ["auth.test", "chat.postMessage"]
    assert posts["calls"][0]["args"]["text"] == "x"
    assert nothing["calls"] == []
    assert [delivery["name"] for delivery in deliveries["deliveries"]] == ["message", "/ack"]
    assert deliveries["deliveries"][1]["attempts"][0]["status"] == 200
    assert len(bot.seen) == 2
