import pytest

from bot.sandbox import forms
from bot.sandbox.errors import Refused
from bot.sandbox.people import Person
from bot.sandbox.records import Json, View
from tests.sandbox.conftest import ask, section


def option(value: str, text: str | None = None) -> Json:
    return {"value": value, "text": {"type": "plain_text", "text": text or value.title()}}


def view(*blocks: Json) -> View:
    made = View(
        id="V1", user="U1", body={"type": "modal", "blocks": list(blocks)}, hash="1", root_id="V1"
    )
    made.values = forms.initial_values(made.blocks)
    return made


def filled(element: Json, value: object) -> object:
    shown = view(ask("q", element))
    forms.fill(shown, "q", value)
    state = dict(shown.values["q"]["q"])
    assert state.pop("type") == element["type"]
    return state


OPTIONS = [option("a"), option("b", "Bee")]


@pytest.mark.parametrize(
    ("element", "value", "state"),
    [
        ({"type": "plain_text_input"}, "x", {"value": "x"}),
        ({"type": "plain_text_input", "multiline": True}, "x\ny", {"value": "x\ny"}),
        ({"type": "plain_text_input"}, "", {"value": None}),
        ({"type": "email_text_input"}, "a@b.c", {"value": "a@b.c"}),
        ({"type": "url_text_input"}, "https://a.b", {"value": "https://a.b"}),
        ({"type": "number_input", "is_decimal_allowed": False}, 7, {"value": "7"}),
        ({"type": "number_input", "is_decimal_allowed": True}, 7.5, {"value": "7.5"}),
        ({"type": "datepicker"}, "2026-11-23", {"selected_date": "2026-11-23"}),
        ({"type": "timepicker"}, "09:00", {"selected_time": "09:00"}),
        (
            {"type": "timepicker", "timezone": "Asia/Manila"},
            "09:00",
            {"selected_time": "09:00", "timezone": "Asia/Manila"},
        ),
        ({"type": "datetimepicker"}, "1795424400", {"selected_date_time": 1795424400}),
        ({"type": "static_select", "options": OPTIONS}, "b", {"selected_option": OPTIONS[1]}),
        ({"type": "static_select", "options": OPTIONS}, "Bee", {"selected_option": OPTIONS[1]}),
        (
            {"type": "static_select", "option_groups": [{"options": OPTIONS}]},
            OPTIONS[0],
            {"selected_option": OPTIONS[0]},
        ),
        ({"type": "radio_buttons", "options": OPTIONS}, "a", {"selected_option": OPTIONS[0]}),
        ({"type": "external_select"}, "a", {"selected_option": option("a", "a")}),
        ({"type": "users_select"}, "U1", {"selected_user": "U1"}),
        ({"type": "channels_select"}, "C1", {"selected_channel": "C1"}),
        ({"type": "conversations_select"}, "C1", {"selected_conversation": "C1"}),
        ({"type": "checkboxes", "options": OPTIONS}, ["a"], {"selected_options": OPTIONS[:1]}),
        ({"type": "checkboxes", "options": OPTIONS}, [], {"selected_options": []}),
        ({"type": "checkboxes", "options": OPTIONS}, None, {"selected_options": []}),
        (
            {"type": "multi_static_select", "options": OPTIONS},
            ["a", "b"],
            {"selected_options": OPTIONS},
        ),
        ({"type": "multi_external_select"}, "a", {"selected_options": [option("a", "a")]}),
        ({"type": "multi_users_select"}, ("U1", "U2"), {"selected_users": ["U1", "U2"]}),
        ({"type": "multi_channels_select"}, ["C1"], {"selected_channels": ["C1"]}),
        ({"type": "multi_conversations_select"}, ["C1"], {"selected_conversations": ["C1"]}),
    ],
)
def test_a_plain_value_becomes_a_state(element: Json, value: object, state: Json) -> None:
    assert filled(element, value) == state


def test_rich_text_becomes_a_block() -> None:
    state = filled({"type": "rich_text_input"}, "hello <@U1> in <#C1|x>")

    assert isinstance(state, dict)
    parts = state["rich_text_value"]["elements"][0]["elements"]
    assert [part["type"] for part in parts] == ["text", "user", "text", "channel"]


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "plain_text_input"}, "x\ny"),
        ({"type": "plain_text_input", "min_length": 3}, "x"),
        ({"type": "plain_text_input", "max_length": 3}, "long"),
        ({"type": "plain_text_input"}, "x" * 3001),
        ({"type": "email_text_input"}, "nobody"),
        ({"type": "url_text_input"}, "nowhere"),
        ({"type": "number_input", "is_decimal_allowed": False}, "7.5"),
        ({"type": "number_input", "is_decimal_allowed": True}, "seven"),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "3"}, "2"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "3"}, "4"),
        ({"type": "datepicker"}, "23.11.2026"),
        ({"type": "timepicker"}, "9 am"),
        ({"type": "static_select", "options": OPTIONS}, "c"),
        ({"type": "checkboxes", "options": OPTIONS}, ["a", "c"]),
        ({"type": "multi_users_select", "max_selected_items": 1}, ["U1", "U2"]),
    ],
)
def test_what_the_client_refuses_is_refused(element: Json, value: object) -> None:
    with pytest.raises(Refused):
        filled(element, value)


def test_people_and_channels_stand_for_their_ids(ana: Person) -> None:
    assert filled({"type": "users_select"}, ana) == {"selected_user": ana.id}
    assert filled({"type": "multi_users_select"}, [ana.member]) == {"selected_users": [ana.id]}


def test_first_values_are_the_given_ones() -> None:
    shown = view(
        ask("a", {"initial_value": "x"}),
        ask("b", {"type": "multi_users_select", "initial_users": ["U1"]}),
        {
            "type": "section",
            "block_id": "c",
            "accessory": {
                "type": "static_select",
                "action_id": "c",
                "options": OPTIONS,
                "initial_option": OPTIONS[0],
            },
        },
        {"type": "section", "block_id": "i", "accessory": {"type": "image"}},
        section("nothing to fill in"),
    )

    assert shown.values["a"]["a"]["value"] == "x"
    assert shown.values["b"]["b"]["selected_users"] == ["U1"]
    assert shown.values["c"]["c"]["selected_option"] == OPTIONS[0]
    assert set(shown.values) == {"a", "b", "c"}


def test_an_optional_input_may_stay_empty() -> None:
    shown = view(ask("a", optional=True), ask("b", {"initial_value": "x"}), ask("c"))

    assert forms.incomplete(shown) == ["c"]
