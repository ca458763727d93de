"""Whatever the bot sends, the local Slack answers as Slack would and never breaks."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox import wire
from bot.sandbox.api import METHODS, Ask
from bot.sandbox.errors import SlackError
from bot.sandbox.world import World
from tests.sandbox.conftest import Clock, ask, home, modal, section

TEXTS = """
    blocks cursor external_id hash latest limit metadata name oldest text thread_ts trigger_id types
    attachments team view_id users reply_broadcast return_im include_all_metadata inclusive
    include_locale exclude_archived
"""
# What most methods look up first; where these are right, the rest is read at all.
FIRST = {
    "channel": "C0000000001",
    "user": "U0000000002",
    "user_id": "U0000000002",
    "ts": "1795424400.000000",
    "message_ts": "1795424400.000000",
    "timestamp": "1795424400.000000",
}

nonsense = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "event_type", "blocks", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)
sense = st.sampled_from(
    [
        "C0000000001",
        "U0000000002",
        "1795424400.000000",
        "eyes",
        "next:1",
        "trigger",
        [section("x")],
        modal(ask("q")),
        home(),
        {"event_type": "x", "event_payload": {}},
    ]
)


@pytest.mark.parametrize("method", sorted(METHODS))
@given(
    given_first=st.dictionaries(st.sampled_from(sorted(FIRST)), nonsense, max_size=1),
    rest=st.dictionaries(st.sampled_from(TEXTS.split()), sense | nonsense, max_size=6),
    view=sense | nonsense,
)
@settings(max_examples=30, deadline=None)
def test_no_argument_breaks_a_method(
    method: str, given_first: dict[str, object], rest: dict[str, object], view: object
) -> None:
    args: dict[str, object] = {**FIRST, **rest, "view": view, **given_first}
    world = World(clock=Clock(), bot_events=(), app_token="xapp-1")
    acme = world.add_workspace("Acme", scopes=())
    acme.scopes = ("chat:write", "users:read", "im:write", "reactions:write", "reactions:read")
    acme.scopes += ("channels:read", "channels:history", "channels:join", "team:read", "im:read")
    ana = acme.add_person("ana")
    room = acme.add_channel("general", members=[ana.id])
    acme.say(room, ana.id, "hello")
    if args.get("trigger_id") == "trigger":
        args["trigger_id"] = world.new_trigger(acme, ana.id)
    assert wire.MODULES

    with contextlib.suppress(SlackError):
        answer = METHODS[method].work(Ask(world=world, args=args, team=acme))
        assert answer["ok"]
