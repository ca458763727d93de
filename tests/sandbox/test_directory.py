"""Who may call, and what there is to know of people and the workspace."""

import json
from email.utils import parsedate_to_datetime

import pytest

from bot.sandbox.people import Person
from bot.sandbox.records import Channel
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Api, Bot, Clock


async def test_the_token_says_who_one_is(api: Api, acme: Workspace) -> None:
    answer = await api("auth.test")

    assert answer["team_id"] == acme.id
    assert answer["user_id"] == acme.bot_user
    assert answer["bot_id"] == acme.bot_id


async def test_an_answer_tells_time_and_scopes(api: Api, clock: Clock, acme: Workspace) -> None:
    async with await api.response("chat.postMessage") as response:
        headers = response.headers

    assert parsedate_to_datetime(headers["Date"]) == clock()
    assert headers["X-OAuth-Scopes"].split(",") == list(acme.scopes)
    assert headers["X-Accepted-OAuth-Scopes"] == "chat:write"


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("", "not_authed"),
        ("xoxb-wrong", "invalid_auth"),
        ("xapp-1-local", "not_allowed_token_type"),
    ],
)
async def test_a_wrong_token_is_refused(api: Api, token: str, error: str) -> None:
    api.token = token

    assert (await api("auth.test"))["error"] == error


async def test_a_token_in_json_is_no_token(api: Api, slack: LocalSlack) -> None:
    async with api.session.post(f"{slack.api_url}auth.test", json={"token": api.token}) as response:
        answer = await response.json()

    assert answer["error"] == "not_authed"


async def test_a_revoked_token_opens_nothing(api: Api, acme: Workspace) -> None:
    acme.revoke_token()
    revoked = await api("auth.test")
    acme.uninstall()
    gone = await api("auth.test")
    api.token = acme.reinstall()
    back = await api("auth.test")

    assert revoked["error"] == "token_revoked"
    assert gone["error"] == "account_inactive"
    assert back["ok"]


async def test_an_old_token_is_revoked_by_a_new_one(api: Api, acme: Workspace) -> None:
    acme.reinstall()

    assert (await api("auth.test"))["error"] == "token_revoked"


async def test_uninstalling_is_told(
    bot: Bot, slack: LocalSlack, acme: Workspace, room: Channel, ana: Person
) -> None:
    acme.uninstall()
    await slack.until(lambda: len(bot.seen) == 2)
    await ana.say(room, "nobody listens")
    await slack.settled()

    assert len(bot.seen) == 2
    assert bot.events("app_uninstalled")
    assert bot.events("tokens_revoked")[0]["tokens"] == {"oauth": [], "bot": [acme.bot_user]}


async def test_a_missing_scope_is_named(api: Api, acme: Workspace, room: Channel) -> None:
    acme.scopes = ("reactions:read",)

    answer = await api("chat.postMessage", channel=room.id, text="x")

    assert answer == {
        "ok": False,
        "error": "missing_scope",
        "needed": "chat:write",
        "provided": "reactions:read",
    }


async def test_two_workspaces_do_not_see_each_other(
    api: Api, slack: LocalSlack, room: Channel, ana: Person
) -> None:
    other = slack.add_workspace("Other", token="xoxb-other")
    api.token = other.token

    assert (await api("auth.test"))["team_id"] == other.id
    assert (await api("conversations.info", channel=room.id))["error"] == "channel_not_found"
    assert (await api("users.info", user=ana.id))["error"] == "user_not_found"


async def test_an_unknown_method_says_so(api: Api) -> None:
    answer = await api("chat.shout")

    assert answer["error"] == "unknown_method"
    assert answer["req_method"] == "chat.shout"


async def test_a_reading_method_takes_no_json(api: Api, slack: LocalSlack, ana: Person) -> None:
    async with api.session.post(
        f"{slack.api_url}users.info",
        data=json.dumps({"user": ana.id}),
        headers={
            "Authorization": f"Bearer {api.token}",
            "Content-Type": "application/json",
        },
    ) as response:
        answer = await response.json()

    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: user"]


@pytest.mark.parametrize("body", ["[1]", "{nonsense"])
async def test_broken_json_has_no_arguments(api: Api, slack: LocalSlack, body: str) -> None:
    async with api.session.post(
        f"{slack.api_url}api.test", data=body, headers={"Content-Type": "application/json"}
    ) as response:
        assert await response.json() == {"ok": True}


async def test_the_api_can_be_tried(api: Api) -> None:
    assert await api("api.test") == {"ok": True}
    assert await api("api.test", foo="bar") == {"ok": True, "args": {"foo": "bar"}}
    assert (await api("api.test", error="mine"))["error"] == "mine"


async def test_a_person_has_a_zone_and_its_offset_now(
    api: Api, clock: Clock, lee: Person, ana: Person
) -> None:
    winter = (await api("users.info", user=lee.id))["user"]
    clock.advance(days=180)
    summer = (await api("users.info", user=lee.id, include_locale=True))["user"]

    assert winter["tz"] == "America/New_York"
    assert winter["tz_offset"] == -5 * 3600
    assert summer["tz_offset"] == -4 * 3600
    assert summer["locale"] == "en-US"
    assert (await api("users.info", user=ana.id))["user"]["tz_offset"] == 8 * 3600


async def test_people_differ(api: Api, acme: Workspace) -> None:
    async def info(**facts: bool | str | None) -> dict[str, object]:
        person = acme.add_person("somebody", **facts)  # type: ignore[arg-type] # each fact fits
        return dict((await api("users.info", user=person.id))["user"])

    assert (await info(guest=True))["is_restricted"]
    assert (await info(single_channel_guest=True))["is_ultra_restricted"]
    assert (await info(is_bot=True))["is_bot"]
    assert (await info(stranger=True))["is_stranger"]
    assert (await info(stranger=True))["team_id"] != acme.id
    assert "tz" not in await info(deleted=True)
    assert "tz" not in await info(tz=None)
    assert "tz_offset" not in await info(tz="Mars/Olympus")
    assert "tz_offset" not in await info(tz="../etc/passwd")
    assert not (await api("users.info", user="USLACKBOT"))["user"]["is_bot"]


async def test_people_come_in_pages(api: Api, acme: Workspace) -> None:
    for number in range(5):
        acme.add_person(f"person{number}")

    first = await api("users.list", limit=3)
    second = await api("users.list", limit=3, cursor=first["response_metadata"]["next_cursor"])
    third = await api("users.list", limit=3, cursor=second["response_metadata"]["next_cursor"])
    everybody = await api("users.list")

    assert len(first["members"]) == len(second["members"]) == 3
    assert third["response_metadata"]["next_cursor"] == ""
    assert [*first["members"], *second["members"], *third["members"]] == everybody["members"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"cursor": "nonsense"}, "invalid_cursor"),
        ({"limit": "many"}, "invalid_limit"),
        ({"limit": "-1"}, "invalid_limit"),
        ({"limit": "1001"}, "invalid_limit"),
    ],
)
async def test_a_page_must_make_sense(api: Api, args: dict[str, str], error: str) -> None:
    assert (await api("users.list", **args))["error"] == error


async def test_a_workspace_has_a_name(api: Api, acme: Workspace) -> None:
    acme.scopes += ("team:read",)

    assert (await api("team.info"))["team"]["name"] == "Acme"
    assert (await api("team.info", team="T0OTHER"))["error"] == "team_not_found"


async def test_changes_of_people_are_told(
    bot: Bot, slack: LocalSlack, acme: Workspace, ana: Person
) -> None:
    acme.change_person(ana.id, tz="Asia/Tokyo")
    acme.change_person(ana.member, deleted=True)
    acme.add_person("newcomer", announce=True)
    await slack.until(lambda: len(bot.seen) == 3)

    moved, gone = bot.events("user_change")
    assert moved["user"]["tz"] == "Asia/Tokyo"
    assert gone["user"]["deleted"]
    assert bot.events("team_join")[0]["user"]["name"] == "newcomer"


async def test_a_person_has_no_other_facts(acme: Workspace, ana: Person) -> None:
    with pytest.raises(AttributeError):
        acme.change_person(ana.id, shoe_size=42)


async def test_unknown_people_cannot_act(slack: LocalSlack, acme: Workspace) -> None:
    with pytest.raises(KeyError):
        slack.person("U0NOBODY")
    with pytest.raises(KeyError):
        slack.person("USLACKBOT")
    with pytest.raises(KeyError):
        acme.channel("nowhere")
    with pytest.raises(KeyError):
        slack.messages("nowhere")
