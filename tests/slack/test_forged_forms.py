"""Forms that nobody was shown so: old ones, forged ones, and choices of people who are gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.slack.bolt import dispatch
from tests.slack.huddle_room import CREATE, entered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.slack.bolt import Answer
    from tests.slack.huddle_room import Room

TITLE = {"type": "plain_text", "text": "Old"}

FORMS = {
    "task.delegate": (
        *("people", "outcome", "due", "takes", "where"),
        *("measure", "risks", "links", "authority", "kind", "review", "everyone"),
    ),
    "task.ask": ("question",),
    "task.answer": ("answer",),
    "task.note": ("note",),
    "task.decline": ("reason",),
    "task.block": ("reason",),
    "task.snooze": ("until",),
    "team.edit": ("name", "channel", "zone", "time", "days", "people"),
    "me.hours": ("start", "end", "days"),
    "huddle.answer": ("q1", "q2", "done"),
}

METADATA = ["", "1", "1/2026-11-23", '{"task": 1}', '{"task": "x", "channel": 7}', "[]", "{"]

NOTHING: dict[str, Any] = {}
ODD: dict[str, Any] = {
    "value": 7,
    "selected_users": ["U0GONE", None, 7, ""],
    "selected_user": 7,
    "selected_option": {"text": "?"},
    "selected_options": [{"value": "NOVEMBER"}, "x", {}],
    "selected_conversation": "C0GONE",
    "selected_time": "25:99",
}
EMPTY: dict[str, Any] = {
    "value": None,
    "selected_users": [],
    "selected_user": None,
    "selected_option": None,
    "selected_options": [],
    "selected_conversation": None,
    "selected_time": None,
}


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Room]:
    async with entered(sqlite_url) as made:
        yield made


def _form(
    room: Room, callback: str, *, metadata: str, inputs: bool, given: dict[str, Any] | None
) -> dict[str, Any]:
    names = FORMS[callback]
    values = None if given is None else {"values": {name: {name: given} for name in names}}
    return {
        "type": "view_submission",
        "team": {"id": room.world.id},
        "user": {"id": room.joy.id, "team_id": room.world.id},
        "trigger_id": "1.2.3",
        "view": {
            "id": "V0FORGED",
            "type": "modal",
            "callback_id": callback,
            "title": TITLE,
            "private_metadata": metadata,
            "blocks": [{"type": "input", "block_id": name} for name in names] if inputs else [],
            "state": values,
        },
    }


def _is_sentence(answer: Answer) -> bool:
    """Whether the person is told something, under an input or in the form's place."""
    said = json.loads(answer.body or "{}")
    return said.get("response_action") in {"errors", "update"}


@pytest.mark.parametrize("callback", FORMS)
async def test_no_form_whatever_is_in_it_is_answered_by_a_failure(
    room: Room, caplog: pytest.LogCaptureFixture, callback: str
) -> None:
    await room.say(CREATE)
    for metadata in METADATA:
        for given in (None, NOTHING, EMPTY, ODD):
            for inputs in (False, True):
                form = _form(room, callback, metadata=metadata, inputs=inputs, given=given)

                answer = await dispatch(room.app, form, {})

                case = (metadata, given, inputs)
                assert answer.status == 200, case
                assert _is_sentence(answer), case
                errors = [record for record in caplog.records if record.levelname == "ERROR"]
                assert not errors, case


@pytest.mark.parametrize("form", ["no inputs", "inputs without ids"])
async def test_an_answer_without_inputs_is_too_old(room: Room, form: str) -> None:
    root = await room.opened()
    subject = next(
        element["value"]
        for block in root.blocks
        for element in block.get("elements", [])
        if element.get("action_id") == "huddle.answer"
    )
    body = _form(room, "huddle.answer", metadata=subject, inputs=False, given=NOTHING)
    if form == "inputs without ids":
        body["view"]["blocks"] = [{"type": "input"}]

    answer = await dispatch(room.app, body, {})

    assert "This form is too old. Press Answer in the team's next huddle." in answer.body


async def test_a_team_of_people_whom_slack_does_not_know_is_refused_under_them(room: Room) -> None:
    opened = await room.say("team create Davao")
    assert opened.view is not None
    values = {
        "name": {"value": "Davao"},
        "channel": {"selected_conversation": room.manila.id},
        "zone": {"value": "Manila"},
        "time": {"value": "09:00"},
        "days": {"value": "mon-fri"},
        "people": {"selected_users": [room.joy.id, "U0GONE"]},
    }
    body = _form(room, "team.edit", metadata="", inputs=True, given=NOTHING)
    body["view"]["state"]["values"] = {name: {name: given} for name, given in values.items()}

    answer = await dispatch(room.app, body, {})

    assert (
        "Slack does not know one of these people any more"
        in (json.loads(answer.body)["errors"]["people"])
    )
    body["view"]["state"]["values"]["people"]["people"] = {"selected_users": []}
    created = await dispatch(room.app, body, {})
    assert "Davao" in created.body
    assert "is set up" in created.body


@pytest.mark.parametrize("chosen", [[], ["U0GONE"], None])
async def test_a_task_for_nobody_or_for_somebody_gone_is_refused_under_them(
    room: Room, chosen: list[str] | None
) -> None:
    body = _form(room, "task.delegate", metadata="", inputs=True, given=NOTHING)
    body["view"]["state"]["values"] = {
        "people": {"people": {"selected_users": chosen}},
        "outcome": {"outcome": {"value": "Send it"}},
        "due": {"due": {"value": "fri 17:00"}},
    }

    answer = await dispatch(room.app, body, {})

    assert json.loads(answer.body)["errors"]["people"]
