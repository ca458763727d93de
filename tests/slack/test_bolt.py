"""Bolt behind one way in: what it must not lose, and what people see when something fails."""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.signature import SignatureVerifier

from bot.domain.errors import BotError, SlackUnavailable, TooEarly
from bot.domain.person import UserId, WorkspaceId
from bot.slack import bolt
from bot.slack.bolt import Answer, InputError, build_bolt, dispatch, verifier
from bot.slack.gateway import Identity
from bot.slack.payloads import workspace_of

WORKSPACE = WorkspaceId("T1")
BOT = Identity(
    workspace=WORKSPACE,
    name="Acme",
    bot_id="B1",
    bot_user=UserId("UBOT"),
    scopes=frozenset(),
    enterprise="",
)
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

COMMAND = {
    "command": "/delegate",
    "text": "@ana fix the payload parser due fri",
    "team_id": "T1",
    "user_id": "U1",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/commands/T1/2/3",
}
INTERACTION = {"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}, "trigger_id": "1.2.3"}
ACTION = {
    **INTERACTION,
    "type": "block_actions",
    "actions": [{"action_id": "task.accept", "block_id": "b", "value": "42"}],
    "channel": {"id": "C1"},
}
TITLE = {"type": "plain_text", "text": "Delegate"}
INPUTS = [
    {"type": "section", "block_id": "intro"},
    {"type": "input", "block_id": "people"},
    {"type": "input", "block_id": "due"},
]
VIEW = {
    "id": "V1",
    "type": "modal",
    "callback_id": "task.delegate",
    "title": TITLE,
    "blocks": INPUTS,
}
SUBMISSION = {
    **INTERACTION,
    "type": "view_submission",
    "view": VIEW,
}
CLOSED = {**SUBMISSION, "type": "view_closed"}
SHORTCUT = {**INTERACTION, "type": "shortcut", "callback_id": "delegate_new"}
MESSAGE_SHORTCUT = {
    **SHORTCUT,
    "type": "message_action",
    "callback_id": "delegate_message",
    "channel": {"id": "C1"},
    "message": {"ts": "1.2", "text": "the payload"},
}
SUGGESTION = {**INTERACTION, "type": "block_suggestion", "action_id": "where", "value": "x"}


def event(of: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "authorizations": [{"team_id": "T1", "is_bot": True}],
        "event": dict(of),
    }


REACTION = event(
    {
        "type": "reaction_added",
        "user": "U1",
        "reaction": "white_check_mark",
        "item": {"type": "message", "channel": "C1", "ts": "1.2"},
        "event_ts": "3.4",
    }
)
MESSAGE = event({"type": "message", "channel": "C1", "ts": "1.2", "user": "U1", "text": "payload"})

EVERYTHING: list[dict[str, Any]] = [
    COMMAND,
    ACTION,
    SUBMISSION,
    CLOSED,
    SHORTCUT,
    MESSAGE_SHORTCUT,
    SUGGESTION,
    REACTION,
    MESSAGE,
]


class Outage(Exception):
    """The database is away."""


class Workspace:
    """An app, what its listeners heard, and what people were told in private."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.identities: list[Identity] = []
        self.whispers: list[tuple[str, str]] = []
        self.whispering_fails: Exception | None = None
        self.error: Exception | None = None
        self.app = build_bolt(
            api_url="http://127.0.0.1:1/api/",
            identity={WORKSPACE: BOT}.get,
            whisper=self.whisper,
            outages=(Outage,),
            prefix="acme-",
        )

    async def whisper(self, body: Mapping[str, Any], text: str) -> None:
        if self.whispering_fails is not None:
            raise self.whispering_fails
        self.whispers.append((str(body.get("type")), text))

    def listen(self) -> None:
        register(self.app, self.hear)

    async def hear(self, name: str, body: dict[str, Any]) -> None:
        self.heard.append((name, body))
        if self.error is not None:
            raise self.error

    async def send(self, body: Mapping[str, Any], **headers: str) -> Answer:
        return await dispatch(self.app, body, headers)


def register(app: AsyncApp, hear: Any) -> None:  # noqa: ANN401  # a coroutine function
    @app.command("/delegate")
    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await hear("command", body)
        await ack("Heard")

    @app.action("task.accept")
    async def action(ack: AsyncAck, body: dict[str, Any]) -> None:
        await hear("action", body)
        await ack()

    @app.view("task.delegate")
    async def view(ack: AsyncAck, body: dict[str, Any]) -> None:
        await hear("view", body)
        await ack()

    @app.view_closed("task.delegate")
    async def closed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await hear("closed", body)
        await ack()

    @app.options("where")
    async def options(ack: AsyncAck, body: dict[str, Any]) -> None:
        await hear("options", body)
        await ack(options=[])

    async def shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await hear("shortcut", body)
        await ack()

    app.shortcut("delegate_new")(shortcut)
    app.shortcut("delegate_message")(shortcut)

    async def event(body: dict[str, Any]) -> None:
        await hear("event", body)

    for kind in ("reaction_added", "message", "member_joined_channel", "user_change"):
        app.event(kind)(event)


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace()
    made.listen()
    return made


# Signatures


def signed(body: bytes, at: datetime = NOW) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body)
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": str(signature)}


verify = verifier(SECRET, clock=lambda: NOW)


def test_what_slack_signed_is_accepted() -> None:
    assert verify(signed(b"text=caf\xc3\xa9"), b"text=caf\xc3\xa9")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_request_of_another_time_is_refused(minutes: int) -> None:
    assert not verify(signed(b"x", NOW + timedelta(minutes=minutes)), b"x")


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_by_less_than_five_minutes(minutes: int) -> None:
    assert verify(signed(b"x", NOW + timedelta(minutes=minutes)), b"x")


def test_a_changed_body_is_refused() -> None:
    assert not verify(signed(b"x"), b"y")


@pytest.mark.parametrize(
    "wrong",
    [
        {"x-slack-request-timestamp": "soon"},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "9" * 400},
        {"x-slack-request-timestamp": "9" * 5000},
        {"x-slack-signature": "v0=é"},
        {"x-slack-signature": "v0=\udcff"},
        {"x-slack-signature": ""},
    ],
)
def test_malformed_headers_are_refused_without_an_exception(wrong: dict[str, str]) -> None:
    assert not verify({**signed(b"x"), **wrong}, b"x")


@pytest.mark.parametrize("missing", ["x-slack-request-timestamp", "x-slack-signature"])
def test_missing_headers_are_refused(missing: str) -> None:
    headers = signed(b"x")
    del headers[missing]

    assert not verify(headers, b"x")


def test_a_body_that_is_not_utf8_is_refused() -> None:
    assert not verify(signed(b"x"), b"\xff\xfe")


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=30)), st.binary(max_size=50))
def test_no_request_whatsoever_makes_the_check_raise(headers: dict[str, str], body: bytes) -> None:
    names = ["x-slack-request-timestamp", "x-slack-signature"]

    assert not verify(dict(zip(names, headers.values(), strict=False)), body)


# Getting through


@pytest.mark.parametrize("body", EVERYTHING)
async def test_every_kind_of_payload_reaches_its_listener(
    workspace: Workspace, body: dict[str, Any]
) -> None:
    answer = await workspace.send(body)

    assert answer.status == 200
    assert len(workspace.heard) == 1


async def test_a_command_that_mentions_the_word_payload_is_heard(workspace: Workspace) -> None:
    answer = await workspace.send(COMMAND)

    assert workspace.heard[0][1]["text"] == "@ana fix the payload parser due fri"
    assert json.loads(answer.body) == {"text": "Heard"}
    assert answer.headers["content-type"] == "application/json"


async def test_a_text_answer_that_looks_like_json_stays_a_text() -> None:
    workspace = Workspace()

    @workspace.app.command("/delegate")
    async def _(ack: AsyncAck) -> None:
        await ack("{curly}")

    answer = await workspace.send(COMMAND)

    assert json.loads(answer.body) == {"text": "{curly}"}


async def test_a_command_without_text_has_an_empty_one(workspace: Workspace) -> None:
    body = {name: value for name, value in COMMAND.items() if name != "text"}

    await workspace.send(body)

    assert workspace.heard[0][1]["text"] == ""


async def test_text_that_no_database_stores_is_made_storable(workspace: Workspace) -> None:
    await workspace.send({**COMMAND, "text": "a\0b\ud800c"})

    assert workspace.heard[0][1]["text"] == "a\ufffdb\ufffdc"


async def test_cleaning_reaches_what_is_nested(workspace: Workspace) -> None:
    body = {**MESSAGE, "event": {**MESSAGE["event"], "blocks": [{"a\0": ["\0", 1, None]}]}}

    await workspace.send(body)

    assert workspace.heard[0][1]["event"]["blocks"] == [{"a\ufffd": ["\ufffd", 1, None]}]


async def test_listeners_know_who_baton_is_without_asking() -> None:
    workspace = Workspace()
    seen: list[tuple[Identity, str | None]] = []

    @workspace.app.event("reaction_added")
    async def _(identity: Identity, context: dict[str, Any]) -> None:
        seen.append((identity, context["team_id"]))

    await workspace.send(REACTION)

    assert seen == [(BOT, "T1")]


async def test_batons_own_reactions_and_messages_are_not_heard(workspace: Workspace) -> None:
    own = {**REACTION, "event": {**REACTION["event"], "user": "UBOT"}}
    posted = {**MESSAGE, "event": {**MESSAGE["event"], "user": "U9", "bot_id": "B1"}}

    answers = [await workspace.send(own), await workspace.send(posted)]

    assert [answer.status for answer in answers] == [200, 200]
    assert workspace.heard == []


async def test_baton_hears_that_it_was_invited_itself(workspace: Workspace) -> None:
    await workspace.send(event({"type": "member_joined_channel", "user": "UBOT", "channel": "C1"}))

    assert len(workspace.heard) == 1


async def test_retries_are_known_to_listeners_and_other_headers_are_not() -> None:
    workspace = Workspace()
    seen: list[dict[str, Any]] = []

    @workspace.app.event("reaction_added")
    async def _(request: Any) -> None:  # noqa: ANN401  # Bolt's request
        seen.append(request.headers)

    # With this one Bolt would skip the listener.
    await dispatch(
        workspace.app, REACTION, {"x-slack-retry-num": "1", "x-slack-bolt-lazy-only": "1"}
    )

    assert seen == [{"x-slack-retry-num": ["1"]}]


# Whose payload it is


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (COMMAND, "T1"),
        (ACTION, "T1"),
        (REACTION, "T1"),
        ({"team_id": "T2", "authorizations": [{"team_id": "T1"}]}, "T1"),
        ({"team_id": "T2", "authorizations": []}, "T2"),
        ({"team": {"id": "T2"}, "view": {"app_installed_team_id": "T1"}}, "T1"),
        ({"team": "T1"}, "T1"),
        ({"team": None, "user": {"id": "U1", "team_id": "T1"}}, "T1"),
        ({"team": None, "view": {"team_id": "T1"}}, "T1"),
        ({"team": None}, None),
        ({"team_id": 5}, None),
    ],
)
def test_a_payload_belongs_to_the_workspace_of_the_installation(
    body: dict[str, Any], expected: str | None
) -> None:
    assert workspace_of(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        {**COMMAND, "team_id": "T2"},
        {**ACTION, "team": {"id": "T2"}},
        {**REACTION, "authorizations": [{"team_id": "T2"}]},
    ],
)
async def test_a_foreign_workspace_is_dropped_with_a_warning(
    workspace: Workspace, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    answer = await workspace.send(body)

    assert (answer.status, answer.body) == (200, "")
    assert workspace.heard == []
    assert [record.__dict__["action"] for record in caplog.records] == ["drop_foreign"]


def nameless(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload without a word of the workspace it is of."""
    bare = {
        name: value
        for name, value in body.items()
        if name not in {"team", "team_id", "authorizations"}
    }
    return {**bare, "user": {"id": "U1"}} if "user" in bare else bare


NAMELESS = [
    *(nameless(body) for body in EVERYTHING),
    {**COMMAND, "team_id": ""},
    {**COMMAND, "team_id": None},
    {**nameless(ACTION), "team": None},
]


@pytest.mark.parametrize("body", NAMELESS)
async def test_what_names_no_workspace_is_of_the_only_one_there_is(
    workspace: Workspace, body: dict[str, Any]
) -> None:
    answer = await dispatch(workspace.app, body, {}, only=WORKSPACE)

    assert answer.status == 200
    assert len(workspace.heard) == 1
    assert workspace_of(workspace.heard[0][1]) == WORKSPACE


@pytest.mark.parametrize("body", NAMELESS)
async def test_what_names_no_workspace_is_dropped_with_a_warning_where_there_are_several(
    workspace: Workspace, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    answer = await workspace.send(body)

    assert answer.status == 200
    assert workspace.heard == []
    (record,) = caplog.records
    assert record.__dict__["action"] == "drop_nameless"
    assert "payload parser" not in f"{record.getMessage()} {record.__dict__}"


async def test_the_only_workspace_takes_nothing_of_another_one(workspace: Workspace) -> None:
    await dispatch(workspace.app, {**COMMAND, "team_id": "T2"}, {}, only=WORKSPACE)

    assert workspace.heard == []


@pytest.mark.parametrize("message", [{}, {"message": None}, {"message": {"text": "hello"}}])
async def test_a_shortcut_on_a_message_may_name_it_by_its_ts_alone(
    workspace: Workspace, message: dict[str, Any]
) -> None:
    bare = {name: value for name, value in MESSAGE_SHORTCUT.items() if name != "message"}

    answer = await workspace.send({**bare, **message, "message_ts": "1.2"})

    assert answer.status == 200
    assert workspace.heard[0][1]["message"]["ts"] == "1.2"


@pytest.mark.parametrize("state", [{}, {"state": None}])
async def test_a_form_without_inputs_has_an_empty_state(
    workspace: Workspace, state: dict[str, Any]
) -> None:
    await workspace.send({**SUBMISSION, "view": {**VIEW, **state}})

    assert workspace.heard[0][1]["view"]["state"] == {"values": {}}


@pytest.mark.parametrize(
    "values", [{"due": "fri"}, {"due": {"due": "fri"}}, {"due": {"due": None}}]
)
async def test_a_form_whose_inputs_are_not_inputs_is_malformed(
    workspace: Workspace, values: dict[str, Any]
) -> None:
    answer = await workspace.send({**SUBMISSION, "view": {**VIEW, "state": {"values": values}}})

    assert answer.status == 400
    assert workspace.heard == []


# What no listener wants


async def test_an_event_that_nobody_handles_is_acknowledged(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await workspace.send(event({"type": "channel_created", "channel": {"id": "C1"}}))

    assert (answer.status, answer.body) == (200, "")
    assert caplog.records == []


async def test_an_unknown_command_says_where_help_is(workspace: Workspace) -> None:
    answer = await workspace.send({**COMMAND, "command": "/unheard"})

    assert json.loads(answer.body) == {
        "response_type": "ephemeral",
        "text": bolt.UNKNOWN_COMMAND.format(prefix="acme-"),
    }


@pytest.mark.parametrize(
    "body",
    [
        {**ACTION, "actions": [{"action_id": "gone", "block_id": "b"}]},
        {**SHORTCUT, "callback_id": "gone"},
        {**MESSAGE_SHORTCUT, "callback_id": "gone"},
    ],
)
async def test_an_unknown_button_is_answered_privately(
    workspace: Workspace, body: dict[str, Any]
) -> None:
    answer = await workspace.send(body)

    assert answer.status == 200
    assert workspace.whispers == [(body["type"], bolt.UNKNOWN_ACTION)]


async def test_an_unknown_modal_says_so_in_itself(workspace: Workspace) -> None:
    view = {**VIEW, "callback_id": "gone", "blocks": []}

    answer = await workspace.send({**SUBMISSION, "view": view})

    shown = json.loads(answer.body)
    assert shown["response_action"] == "update"
    assert shown["view"]["title"] == TITLE
    assert shown["view"]["blocks"][0]["text"]["text"] == bolt.UNKNOWN_ACTION


async def test_closing_an_unknown_modal_disturbs_nobody(workspace: Workspace) -> None:
    view = {**VIEW, "callback_id": "gone"}

    answer = await workspace.send({**CLOSED, "view": view})

    assert (answer.status, answer.body, workspace.whispers) == (200, "", [])


@pytest.mark.parametrize("kind", ["dialog_submission", "interactive_message", "brand_new"])
async def test_kinds_of_payload_that_baton_never_asked_for_are_acknowledged(
    workspace: Workspace, kind: str
) -> None:
    answer = await workspace.send({"type": kind, "callback_id": "x"})

    assert (answer.status, answer.body) == (200, "")


async def test_withheld_events_are_logged(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await workspace.send({"type": "app_rate_limited", "team_id": "T1"})

    assert answer.status == 200
    assert [record.__dict__["action"] for record in caplog.records] == ["rate_limited"]


# Malformed


MALFORMED = [
    {"type": "view_submission"},
    {**INTERACTION, "type": "view_submission"},
    {**SUBMISSION, "view": {"id": "V1"}},
    {**SUBMISSION, "view": {"id": "V1", "callback_id": "task.delegate"}},
    {**SUBMISSION, "view": {**VIEW, "blocks": ["x"]}},
    {**SUBMISSION, "user": "U1"},
    {**INTERACTION, "type": "block_actions"},
    {**ACTION, "actions": []},
    {**ACTION, "actions": [5]},
    {**ACTION, "actions": [{"block_id": "b"}]},
    {**ACTION, "team": 5},
    {**SHORTCUT, "callback_id": None},
    {**MESSAGE_SHORTCUT, "message": None},
    {**INTERACTION, "type": "block_suggestion"},
    {**COMMAND, "command": 5},
    {**COMMAND, "command": "delegate"},
    {**COMMAND, "user_id": None},
    {"type": "event_callback"},
    {"type": "event_callback", "event": "x"},
    {"type": "event_callback", "event": {}},
    event({"type": "reaction_added"}),
    event({**REACTION["event"], "item": None}),
    event({**REACTION["event"], "item": {"type": "message", "channel": "C1"}}),
    event({"type": "message", "channel": "C1"}),
    event({"type": "user_change", "user": "U1"}),
    {**REACTION, "authorizations": [5]},
]


@pytest.mark.parametrize("body", MALFORMED)
async def test_what_is_not_whole_is_refused_before_a_listener_sees_it(
    workspace: Workspace, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    answer = await workspace.send(body)

    assert answer.status == 400
    assert workspace.heard == []
    assert caplog.records == []


@pytest.mark.parametrize(
    "body",
    [
        event({**REACTION["event"], "item": {"type": "file", "file": "F1"}}),
        event({"type": "user_change", "user": {"id": "U1"}}),
    ],
)
async def test_odd_but_whole_events_are_heard(workspace: Workspace, body: dict[str, Any]) -> None:
    assert (await workspace.send(body)).status == 200
    assert len(workspace.heard) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """Return a payload of Slack's in which something, somewhere, is anything else."""
    body: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(EVERYTHING))))
    place = body
    while True:
        name = draw(st.sampled_from(sorted(place)))
        if isinstance(place[name], dict) and place[name] and draw(st.booleans()):
            place = place[name]
            continue
        if draw(st.booleans()):
            place[name] = draw(JSON)
        else:
            del place[name]
        return body


@settings(max_examples=300, deadline=None)
@given(damaged())
def test_no_damage_to_a_payload_makes_it_an_outage(body: dict[str, Any]) -> None:
    workspace = Workspace()
    workspace.listen()

    answer = asyncio.run(workspace.send(body))

    assert answer.status in {200, 400}
    assert not any("went wrong" in text for _, text in workspace.whispers)
    assert "went wrong" not in answer.body


# Refusals


REFUSAL = BotError("No zone <Mars>. Nearest: America/Marigot & Asia/Manila.")
ESCAPED = "No zone &lt;Mars&gt;. Nearest: America/Marigot &amp; Asia/Manila."


async def test_a_refused_command_says_why_to_its_author_alone(workspace: Workspace) -> None:
    workspace.error = REFUSAL

    answer = await workspace.send(COMMAND)

    assert answer.status == 200
    assert json.loads(answer.body) == {"response_type": "ephemeral", "text": ESCAPED}


async def test_a_refused_modal_says_why_under_its_first_input(workspace: Workspace) -> None:
    workspace.error = REFUSAL

    answer = await workspace.send(SUBMISSION)

    assert json.loads(answer.body) == {
        "response_action": "errors",
        "errors": {"people": str(REFUSAL)},
    }


async def test_a_refused_input_is_named(workspace: Workspace) -> None:
    workspace.error = InputError("That time has passed; choose a later one.", block="due")

    answer = await workspace.send(SUBMISSION)

    assert json.loads(answer.body)["errors"] == {"due": "That time has passed; choose a later one."}


async def test_an_input_that_the_modal_does_not_have_falls_back_to_the_first(
    workspace: Workspace,
) -> None:
    workspace.error = InputError("No.", block="gone")

    assert "people" in json.loads((await workspace.send(SUBMISSION)).body)["errors"]


async def test_a_refused_modal_without_inputs_becomes_the_sentence(workspace: Workspace) -> None:
    workspace.error = REFUSAL
    view = {"id": "V1", "type": "modal", "callback_id": "task.delegate"}

    shown = json.loads((await workspace.send({**SUBMISSION, "view": view})).body)

    assert shown["response_action"] == "update"
    assert shown["view"]["title"]["text"] == "Baton"
    assert shown["view"]["blocks"][0]["text"] == {"type": "plain_text", "text": str(REFUSAL)}


@pytest.mark.parametrize("body", [ACTION, SHORTCUT, MESSAGE_SHORTCUT, CLOSED, REACTION, MESSAGE])
async def test_everything_else_is_refused_in_a_whisper(
    workspace: Workspace, body: dict[str, Any]
) -> None:
    workspace.error = REFUSAL

    answer = await workspace.send(body)

    assert (answer.status, answer.body) == (200, "")
    assert workspace.whispers == [(body["type"], ESCAPED)]


async def test_a_refused_search_offers_nothing(workspace: Workspace) -> None:
    workspace.error = REFUSAL

    assert json.loads((await workspace.send(SUGGESTION)).body) == {"options": []}


async def test_a_whisper_that_fails_does_not_make_slack_repeat_the_event(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.error = REFUSAL
    workspace.whispering_fails = SlackUnavailable("ratelimited")

    answer = await workspace.send(REACTION)

    assert answer.status == 200
    assert [record.__dict__["action"] for record in caplog.records] == ["whisper_failed"]


async def test_a_whisper_that_hangs_does_not_use_up_the_three_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bolt, "WHISPER_SECONDS", 0.01)

    async def never(_body: Mapping[str, Any], _text: str) -> None:
        await asyncio.Event().wait()

    app = build_bolt(
        api_url="http://127.0.0.1:1/api/",
        identity={WORKSPACE: BOT}.get,
        whisper=never,
        outages=(),
    )

    answer = await dispatch(app, ACTION, {})

    assert answer.status == 200


async def test_a_refusal_after_the_acknowledgement_still_counts() -> None:
    workspace = Workspace()

    @workspace.app.command("/delegate")
    async def _(ack: AsyncAck) -> None:
        await ack("Done")
        raise BotError("Not done.")

    answer = await workspace.send(COMMAND)

    assert json.loads(answer.body)["text"] == "Not done."


async def test_a_refusal_out_of_middleware_is_one_as_well() -> None:
    workspace = Workspace()

    @workspace.app.use
    async def _() -> None:
        raise BotError("Not here.")

    answer = await workspace.send(COMMAND)

    assert json.loads(answer.body)["text"] == "Not here."


# Outages


@pytest.mark.parametrize("body", [REACTION, MESSAGE])
@pytest.mark.parametrize("error", [Outage, TooEarly])
async def test_an_event_that_meets_an_outage_or_comes_too_early_is_to_be_delivered_again(
    workspace: Workspace, body: dict[str, Any], error: type[Exception]
) -> None:
    workspace.error = error()

    answer = await workspace.send(body)

    assert answer.status == 503
    assert workspace.whispers == []


async def test_people_are_told_that_nothing_was_changed(workspace: Workspace) -> None:
    workspace.error = Outage()

    command = await workspace.send(COMMAND)
    submission = await workspace.send(SUBMISSION)
    await workspace.send(ACTION)

    assert json.loads(command.body)["text"] == bolt.OUTAGE
    assert json.loads(submission.body)["errors"] == {"people": bolt.OUTAGE}
    assert workspace.whispers == [("block_actions", bolt.OUTAGE)]


async def test_a_failure_of_slack_is_no_bug_of_ours(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.error = SlackUnavailable("ratelimited")

    answer = await workspace.send(COMMAND)

    assert json.loads(answer.body)["text"] == bolt.SLACK_FAILED
    assert [record.exc_info for record in caplog.records] == [None]


# Bugs


async def test_a_bug_gives_a_reference_that_is_in_the_log_too(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.error = KeyError("bug")

    text = json.loads((await workspace.send(COMMAND)).body)["text"]

    (record,) = caplog.records
    assert f"(reference {record.__dict__['reference']})" in text
    assert "Nothing was changed" in text
    assert record.exc_info is not None
    assert record.__dict__["payload"] == "/delegate"


async def test_an_event_that_meets_a_bug_is_to_be_delivered_again(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.error = KeyError("bug")

    answer = await workspace.send(MESSAGE)

    assert answer.status == 500
    assert [record.__dict__["payload"] for record in caplog.records] == ["message"]


@pytest.mark.parametrize(
    ("body", "label"),
    [
        (COMMAND, "/delegate"),
        (ACTION, "task.accept"),
        (SUBMISSION, "task.delegate"),
        (SHORTCUT, "delegate_new"),
        (SUGGESTION, "block_suggestion"),
        (REACTION, "reaction_added"),
    ],
)
async def test_the_log_names_payloads_by_our_ids_and_not_by_what_people_wrote(
    workspace: Workspace, body: dict[str, Any], label: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    workspace.error = Outage("a private text")

    await workspace.send(body)

    assert [record.__dict__["payload"] for record in caplog.records] == [label]
    assert "private" not in caplog.text


def _event(**event: object) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T1", "event": {"type": "message", **event}}


@pytest.mark.parametrize(
    "body",
    [
        _event(subtype="message_changed", channel="C1", ts="1", message="x"),
        _event(subtype="message_changed", channel="C1", ts="1", message={"user": "U1"}),
        _event(subtype="message_deleted", channel="C1", ts="1", previous_message=["x"]),
        _event(subtype=["x"], channel="C1", ts="1"),
        _event(channel="C1", ts="1", user="U1", thread_ts={"a": 1}),
        _event(channel="D1", ts="1", channel_type="im", user=["U1"]),
        {**ACTION, "actions": [{"action_id": "task.done", "value": {"a": 1}}]},
        {**SUBMISSION, "view": {**VIEW, "state": {"values": []}}},
        {**SUBMISSION, "view": {**VIEW, "state": {"values": {"people": "U1"}}}},
    ],
)
async def test_what_slack_would_never_send_is_refused_before_anybody_reads_it(
    workspace: Workspace, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    answer = await workspace.send(body)

    assert answer.status == 400
    assert not caplog.records


async def test_a_button_without_the_id_of_its_row_still_works(workspace: Workspace) -> None:
    answer = await workspace.send({**ACTION, "actions": [{"action_id": "task.accept"}]})

    assert answer.status == 200
