import pytest

from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Api, Bot, Clock


async def history(api: Api, room: Channel, **args: object) -> Json:
    return await api("conversations.history", channel=room.id, **args)


def texts(answer: Json) -> list[str]:
    return [said["text"] for said in answer["messages"]]


async def post(api: Api, room: Channel, *words: str, **more: object) -> list[str]:
    return [
        (await api("chat.postMessage", channel=room.id, text=word, **more))["ts"] for word in words
    ]


async def test_history_is_newest_first_and_without_replies(api: Api, room: Channel) -> None:
    first, _ = await post(api, room, "1", "2")
    await post(api, room, "reply", thread_ts=first)

    answer = await history(api, room)

    assert texts(answer) == ["2", "1"]
    assert not answer["has_more"]
    root = answer["messages"][1]
    assert root["thread_ts"] == first
    assert root["reply_count"] == 1


async def test_history_comes_in_pages_that_nothing_shifts(api: Api, room: Channel) -> None:
    await post(api, room, *"12345")

    first = await history(api, room, limit=2)
    await post(api, room, "6")
    second = await history(api, room, limit=2, cursor=first["response_metadata"]["next_cursor"])
    third = await history(api, room, limit=2, cursor=second["response_metadata"]["next_cursor"])

    assert texts(first) + texts(second) + texts(third) == ["5", "4", "3", "2", "1"]
    assert first["has_more"]
    assert not third["has_more"]


async def test_history_has_ends(api: Api, clock: Clock, room: Channel) -> None:
    ts = []
    for word in "123":
        ts += await post(api, room, word)
        clock.advance(seconds=10)

    assert texts(await history(api, room, oldest=ts[0])) == ["3", "2"]
    assert texts(await history(api, room, latest=ts[2])) == ["2", "1"]
    assert texts(await history(api, room, oldest=ts[0], latest=ts[2], inclusive=True)) == list(
        "321"
    )
    whole = ts[1].partition(".")[0]
    assert texts(await history(api, room, oldest=whole, inclusive=True)) == ["3", "2"]
    assert (await history(api, room, oldest="soon"))["error"] == "invalid_ts_oldest"
    assert (await history(api, room, latest="1.1234567"))["error"] == "invalid_ts_latest"


async def test_metadata_shows_only_on_request(api: Api, room: Channel) -> None:
    metadata = {"event_type": "baton_task", "event_payload": {"task": 1}}
    (ts,) = await post(api, room, "x", metadata=metadata)

    plain = await history(api, room)
    full = await history(api, room, include_all_metadata=True)
    thread = await api("conversations.replies", channel=room.id, ts=ts, include_all_metadata=True)

    assert plain["messages"][0]["metadata"] == {"event_type": "baton_task"}
    assert full["messages"][0]["metadata"] == metadata
    assert thread["messages"][0]["metadata"] == metadata


async def test_a_thread_is_read_from_its_root(api: Api, room: Channel) -> None:
    (root,) = await post(api, room, "root")
    replies = await post(api, room, *"123", thread_ts=root)

    async def thread(ts: str, **args: object) -> Json:
        return await api("conversations.replies", channel=room.id, ts=ts, **args)

    first = await thread(root, limit=2)
    second = await thread(root, limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert texts(await thread(root)) == ["root", "1", "2", "3"]
    assert texts(first) == ["root", "1", "2"]
    assert texts(second) == ["root", "3"]
    assert texts(await thread(root, oldest=replies[1])) == ["root", "3"]
    assert texts(await thread(replies[0])) == ["1"]
    assert (await thread("1.000001"))["error"] == "thread_not_found"


async def test_reading_needs_membership_and_scopes(api: Api, acme: Workspace) -> None:
    public = acme.add_channel("public", bot_member=False)
    secret = acme.add_channel("secret", private=True, bot_member=False)
    inside = acme.add_channel("inside", private=True)

    assert (await history(api, public))["error"] == "not_in_channel"
    assert (await history(api, secret))["error"] == "channel_not_found"
    assert (await history(api, inside))["ok"]
    acme.scopes = ("channels:history",)
    assert (await history(api, inside))["needed"] == "groups:history"


async def test_a_channel_is_described(api: Api, acme: Workspace, room: Channel) -> None:
    answer = await api("conversations.info", channel=room.id, include_num_members=True)

    assert answer["channel"]["name"] == "general"
    assert answer["channel"]["is_member"]
    assert answer["channel"]["num_members"] == 3
    assert "num_members" not in (await api("conversations.info", channel=room.id))["channel"]
    public = acme.add_channel("public", bot_member=False, ext_shared=True)
    seen = (await api("conversations.info", channel=public.id))["channel"]
    assert not seen["is_member"]
    assert seen["is_ext_shared"]
    secret = acme.add_channel("secret", private=True)
    assert (await api("conversations.info", channel=secret.id))["channel"]["is_group"]


async def test_a_dm_is_described_to_who_may_read_it(api: Api, acme: Workspace, ana: Person) -> None:
    refused = await api("conversations.info", channel=ana.dm.id)
    acme.scopes += ("im:read",)
    answer = await api("conversations.info", channel=ana.dm.id)

    assert refused["needed"] == "im:read"
    assert answer["channel"]["is_im"]
    assert answer["channel"]["user"] == ana.id


async def test_members_come_in_pages(
    api: Api, acme: Workspace, room: Channel, ana: Person, lee: Person
) -> None:
    first = await api("conversations.members", channel=room.id, limit=2)
    second = await api(
        "conversations.members",
        channel=room.id,
        limit=2,
        cursor=first["response_metadata"]["next_cursor"],
    )

    assert first["members"] + second["members"] == [ana.id, lee.id, acme.bot_user]


async def test_channels_are_listed_by_type(api: Api, acme: Workspace, room: Channel) -> None:
    closed = acme.add_channel("closed", archived=True)
    secret = acme.add_channel("secret", private=True)
    acme.add_channel("hidden", private=True, bot_member=False)
    public = acme.add_channel("public", bot_member=False)

    async def listed(method: str, **args: object) -> list[str]:
        return [channel["id"] for channel in (await api(method, **args))["channels"]]

    both = "public_channel,private_channel"
    assert await listed("users.conversations") == [room.id, closed.id]
    assert await listed("users.conversations", types=both, exclude_archived=True) == [
        room.id,
        secret.id,
    ]
    assert await listed("conversations.list", types=both) == [
        room.id,
        closed.id,
        secret.id,
        public.id,
    ]
    assert (await api("conversations.list", types="cave"))["error"] == "invalid_types"
    assert (await api("conversations.list", types="mpim"))["needed"] == "mpim:read"


async def test_the_channels_of_a_person_are_those_the_bot_sees(
    api: Api, acme: Workspace, room: Channel, ana: Person
) -> None:
    acme.add_channel("hidden", private=True, bot_member=False, members=[ana.id])

    answer = await api("users.conversations", user=ana.id, types="public_channel,private_channel")

    assert [channel["id"] for channel in answer["channels"]] == [room.id]
    assert (await api("users.conversations", user="U0NOBODY"))["error"] == "user_not_found"


async def test_a_dm_is_opened_once(api: Api, ana: Person) -> None:
    first = await api("conversations.open", users=ana.id)
    second = await api("conversations.open", users=ana.id, return_im=True)
    third = await api("conversations.open", channel=ana.dm.id)

    assert first == {"ok": True, "channel": {"id": ana.dm.id}}
    assert second["already_open"]
    assert second["channel"]["user"] == ana.id
    assert third["channel"]["id"] == ana.dm.id


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("", "users_list_not_supplied"),
        ("U0NOBODY", "user_not_found"),
        (",".join(["U1"] * 9), "too_many_users"),
    ],
)
async def test_a_dm_needs_somebody(api: Api, users: str, error: str) -> None:
    assert (await api("conversations.open", users=users))["error"] == error


async def test_a_dm_is_with_one_living_person(
    api: Api, acme: Workspace, room: Channel, ana: Person, lee: Person
) -> None:
    gone = acme.add_person("gone", deleted=True)
    robot = acme.add_person("robot", is_bot=True)

    async def error(**args: str) -> object:
        return (await api("conversations.open", **args))["error"]

    assert await error(users=f"{ana.id},{lee.id}") == "missing_scope"
    assert await error(users=gone.id) == "user_disabled"
    assert await error(users=robot.id) == "cannot_dm_bot"
    assert await error(channel=room.id) == "method_not_supported_for_channel_type"


async def test_a_bot_joins_public_channels(api: Api, acme: Workspace) -> None:
    acme.scopes += ("channels:join",)
    public = acme.add_channel("public", bot_member=False)
    secret = acme.add_channel("secret", private=True)
    closed = acme.add_channel("closed", archived=True, bot_member=False)

    first = await api("conversations.join", channel=public.id)
    second = await api("conversations.join", channel=public.id)

    assert first["channel"]["is_member"]
    assert second["warning"] == "already_in_channel"
    assert (await api("conversations.join", channel=secret.id))["error"] == (
        "method_not_supported_for_channel_type"
    )
    assert (await api("conversations.join", channel=closed.id))["error"] == "is_archived"


async def test_what_happens_to_channels_is_told(
    bot: Bot, slack: LocalSlack, acme: Workspace, room: Channel
) -> None:
    secret = acme.add_channel("secret", private=True)
    hidden = acme.add_channel("hidden", private=True, bot_member=False)
    public = acme.add_channel("public", bot_member=False)

    acme.archive(room)
    acme.unarchive(room)
    acme.rename(room, "renamed")
    acme.archive(secret)
    acme.unarchive(secret)
    acme.rename(secret, "whisper")
    acme.archive(hidden)
    acme.archive(public)
    acme.delete_channel(room)
    acme.delete_channel(secret)
    await slack.settled()

    assert [event["channel"] for event in bot.events("channel_archive")] == [room.id, public.id]
    assert [event["channel"] for event in bot.events("channel_unarchive")] == [room.id]
    assert bot.events("channel_rename")[0]["channel"]["name"] == "renamed"
    assert [event["channel"] for event in bot.events("group_archive")] == [secret.id]
    assert bot.events("group_unarchive")
    assert bot.events("group_rename")[0]["channel"]["name"] == "whisper"
    assert bot.events("channel_deleted")[0]["channel"] == room.id
    assert bot.events("group_deleted")
    assert room.id not in acme.channels


async def test_a_shared_channel_gets_another_id(
    api: Api, bot: Bot, slack: LocalSlack, acme: Workspace, room: Channel
) -> None:
    old = room.id
    await post(api, room, "x")

    acme.change_channel_id(room)
    await slack.settled()

    (event,) = bot.events("channel_id_changed")
    assert (event["old_channel_id"], event["new_channel_id"]) == (old, room.id)
    assert (await api("conversations.info", channel=old))["error"] == "channel_not_found"
    assert texts(await history(api, room)) == ["x"]


async def test_coming_and_going_is_told(
    bot: Bot, slack: LocalSlack, acme: Workspace, ana: Person, lee: Person
) -> None:
    project = acme.add_channel("project", members=[ana.id], bot_member=False)

    await ana.invite_bot(project)
    await lee.join(project)
    await lee.join(project)
    await lee.leave(project)
    await lee.leave(project)
    await ana.kick(project, acme.bot_user)
    await ana.say(project, "unheard")
    await slack.settled()

    invited, joined = bot.events("member_joined_channel")
    assert (invited["user"], invited["inviter"]) == (acme.bot_user, ana.id)
    assert joined["user"] == lee.id
    assert "inviter" not in joined
    assert [event["user"] for event in bot.events("member_left_channel")] == [lee.id]
    kinds = [event.get("subtype") for event in bot.events("message")]
    assert kinds == ["channel_join", "channel_join", "channel_leave", "channel_leave"]
    assert [said.text for said in acme.messages(project)] == ["unheard"]
    assert len(acme.messages(project, system=True)) == 5


async def test_an_app_that_subscribed_hears_that_it_was_removed(
    slack: LocalSlack, acme: Workspace, room: Channel
) -> None:
    slack.world.bot_events = frozenset({"channel_left"})

    acme.leave(room, acme.bot_user)

    (delivery,) = slack.deliveries
    assert delivery.name == "channel_left"
    assert delivery.event["channel"] == room.id
