import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.records import Json
from bot.sandbox.rules import Surface, check_blocks, check_view, too_large
from tests.sandbox.conftest import actions, ask, button, home, modal, section


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"value": value, "text": plain("x")}


def select(**more: object) -> Json:
    return {"type": "static_select", "action_id": "s", "options": [option("a")], **more}


GOOD: list[Json] = [
    section("x" * 3000),
    {"type": "section", "fields": [plain("x" * 2000)] * 10},
    {"type": "section", "text": plain("x"), "accessory": select()},
    {"type": "section", "text": plain("x"), "accessory": button("go", "x" * 2000, "x" * 75)},
    {"type": "divider"},
    {"type": "header", "text": plain("x" * 150), "level": 2},
    {"type": "context", "elements": [plain("x")] * 10},
    {"type": "image", "image_url": "https://a.b/c.png", "alt_text": "c"},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
    {"type": "markdown", "text": "x" * 12_000},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 20] * 100},
    actions(*[button(f"go{number}") for number in range(25)]),
    actions(select(initial_option=option("a"))),
    actions({"type": "datetimepicker", "initial_date_time": 1_795_424_400}),
    ask("q", {"max_length": 3000}),
    ask("q", select(initial_option=option("a"))),
    ask("q", {"type": "multi_users_select", "initial_users": ["U1"], "max_selected_items": 3}),
    ask("q", {"type": "checkboxes", "options": [option("a")], "initial_options": [option("a")]}),
    ask("q", {"type": "datepicker", "initial_date": "2026-11-23"}),
    ask("q", {"type": "timepicker", "initial_time": "09:00", "timezone": "Asia/Manila"}),
    ask("q", {"type": "number_input", "is_decimal_allowed": True}),
    ask(
        "q",
        {
            "type": "static_select",
            "option_groups": [{"label": plain("g"), "options": [option("a")]}],
            "initial_option": option("a"),
        },
    ),
]


@pytest.mark.parametrize("block", GOOD)
def test_the_largest_blocks_are_allowed(block: Json) -> None:
    assert check_blocks([block]) == []


@pytest.mark.parametrize(
    ("block", "pointer", "says"),
    [
        (section("x" * 3001), "/text/text", "less than 3001"),
        (section(""), "/text/text", "more than 0"),
        ({"type": "section"}, "", "text or fields"),
        ({"type": "section", "text": "x"}, "/text", "an object"),
        ({"type": "section", "text": {"text": "x"}}, "/text", "field: type"),
        ({"type": "section", "text": {"type": "html", "text": "x"}}, "/text/type", "html"),
        ({"type": "section", "text": {"type": "mrkdwn"}}, "/text", "field: text"),
        ({**section("x"), "colour": "red"}, "/colour", "additional property: colour"),
        ({**section("x"), "block_id": "x" * 256}, "/block_id", "less than 256"),
        ({"type": "section", "fields": [plain("x")] * 11}, "/fields", "no more than 10"),
        ({"type": "section", "fields": []}, "/fields", "at least 1"),
        ({"type": "section", "fields": "x"}, "/fields", "an array"),
        ({"type": "section", "fields": [plain("x" * 2001)]}, "/fields/0/text", "2001"),
        (
            {"type": "section", "text": plain("x"), "accessory": {"type": "plain_text_input"}},
            "/accessory/type",
            "unsupported",
        ),
        ({"type": "header", "text": plain("x" * 151)}, "/text/text", "151"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "/text/type", "mrkdwn"),
        ({"type": "header", "text": plain("x"), "level": 5}, "/level", "between 1 and 4"),
        ({"type": "header", "text": plain("x"), "level": "1"}, "/level", "integer"),
        ({"type": "context", "elements": [plain("x")] * 11}, "/elements", "no more than 10"),
        ({"type": "context", "elements": [button("go")]}, "/elements/0/type", "button"),
        (actions(*[button(f"b{n}") for n in range(26)]), "/elements", "no more than 25"),
        (actions(button("go", text="x" * 76)), "/elements/0/text/text", "76"),
        (actions(button("go", value="x" * 2001)), "/elements/0/value", "2001"),
        (actions({**button("go"), "style": "loud"}), "/elements/0/style", "one of"),
        (actions({**button("go"), "url": "x" * 3001}), "/elements/0/url", "3001"),
        (actions(button("x" * 256)), "/elements/0/action_id", "256"),
        (actions(button("go"), button("go")), "", "already exists"),
        (actions(select(options=[])), "/elements/0/options", "at least 1"),
        (actions(select(options=[option("a")] * 101)), "/elements/0/options", "100"),
        (actions(select(options=[option("x" * 151)])), "/elements/0/options/0/value", "151"),
        (actions(select(option_groups=[])), "/elements/0", "either options"),
        (actions(select(initial_option=option("b"))), "/elements/0", "one of the options"),
        (
            actions({"type": "overflow", "options": [option("a")] * 6}),
            "/elements/0/options",
            "no more than 5",
        ),
        (actions({"type": "plain_text_input"}), "/elements/0/type", "unsupported"),
        (actions("go"), "/elements/0", "an object"),  # type: ignore[arg-type] # on purpose
        (ask("q", {"max_length": 3001}), "/element/max_length", "between 1 and 3000"),
        (ask("q", {"min_length": 5, "max_length": 4}), "/element/min_length", "at most"),
        (ask("q", {"max_length": 2, "initial_value": "abc"}), "/element/initial_value", "0 to 2"),
        (ask("q", {"min_length": 2, "initial_value": "a"}), "/element/initial_value", "2 to 3000"),
        (ask("q", {"max_length": "2"}), "/element/max_length", "integer"),
        (ask("q", {"type": "checkboxes", "options": [option("a")] * 11}), "/element/options", "10"),
        (
            ask(
                "q",
                {
                    "type": "checkboxes",
                    "options": [option("a")],
                    "initial_options": [option("b")],
                },
            ),
            "/element",
            "one of the options",
        ),
        (ask("q", {"type": "button"}), "/element/type", "unsupported"),
        (
            ask("q", {"type": "datepicker", "initial_date": "23/11"}),
            "/element/initial_date",
            "date",
        ),
        (ask("q", {"type": "timepicker", "initial_time": "9:00"}), "/element/initial_time", "time"),
        (ask("q", {"type": "number_input"}), "/element", "is_decimal_allowed"),
        (ask("q", optional="yes"), "/optional", "boolean"),
        (ask("q", label=plain("x" * 2001)), "/label/text", "2001"),
        (ask("q", hint=plain("x" * 2001)), "/hint/text", "2001"),
        ({"type": "image", "alt_text": "x"}, "", "either image_url"),
        ({"type": "markdown", "text": "x" * 12_001}, "/text", "12001"),
        ({"type": "table", "rows": [[{}] * 21]}, "/rows/0", "no more than 20"),
        ({"type": "alert", "text": plain("x")}, "/type", "unsupported type: alert"),
        ({"type": "video"}, "/type", "unsupported type: video"),
        ({"type": "header", "text": {**plain("x"), "text": 7}}, "/text/text", "a string"),
        (actions({**button("go"), "confirm": "sure?"}), "/elements/0/confirm", "an object"),
        ({}, "", "field: type"),
        ("text", "", "an object"),
        (
            actions({**button("go"), "confirm": {"title": plain("x" * 101)}}),
            "/elements/0/confirm/title/text",
            "101",
        ),
    ],
)
def test_a_broken_rule_is_pointed_at(block: object, pointer: str, says: str) -> None:
    problems = check_blocks([{"type": "divider"}, block])

    found = [problem for problem in problems if problem.pointer == f"/blocks/1{pointer}"]
    assert any(says in problem.message for problem in found), problems


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([{"type": "divider"}] * 51, "no more than 50"),
        ([{"type": "markdown", "text": "x" * 7000}] * 2, "12001"),
        ([GOOD[10], GOOD[10]], "only one table"),
        ([{"type": "divider", "block_id": "a"}] * 2, "already exists"),
        ("blocks", "an array"),
    ],
)
def test_blocks_have_limits_together(blocks: object, says: str) -> None:
    assert any(says in problem.message for problem in check_blocks(blocks))


def test_a_modal_and_a_home_hold_a_hundred_blocks() -> None:
    many = [{"type": "divider"}] * 100

    assert check_view(modal(*many)) == []
    assert check_view(home(*many)) == []
    assert check_view(modal(*many, section("x")))
    assert check_view(home(*many, section("x")))


@pytest.mark.parametrize(
    ("view", "says"),
    [
        (modal(ask("q"), title=plain("x" * 25)), "less than 25"),
        (modal(ask("q"), submit=plain("x" * 25)), "less than 25"),
        (modal(ask("q"), close=plain("x" * 25)), "less than 25"),
        (modal(ask("q"), private_metadata="x" * 3001), "less than 3001"),
        (modal(ask("q"), callback_id="x" * 256), "less than 256"),
        (modal(ask("q"), colour="red"), "additional property"),
        ({"type": "modal", "title": plain("x"), "blocks": [ask("q")]}, "field: submit"),
        ({"type": "modal", "title": plain("x")}, "field: blocks"),
        ({"type": "modal", "title": plain("x"), "blocks": "x"}, "an array"),
        ({"type": "page", "blocks": []}, "unsupported type"),
        ({**home(), "title": plain("x")}, "additional property"),
        (home({"type": "markdown", "text": "x"}), "unsupported type: markdown"),
        (home({"type": "alert", "text": plain("x")}), "unsupported type: alert"),
        ("view", "an object"),
    ],
)
def test_views_have_limits(view: object, says: str) -> None:
    assert any(says in str(problem) for problem in check_view(view))


def test_an_alert_belongs_in_a_modal() -> None:
    assert check_view(modal({"type": "alert", "text": plain("x"), "level": "info"})) == []


def test_a_view_has_a_size_in_bytes() -> None:
    assert not too_large(modal(section("x" * 3000)))
    assert too_large({"x": "é" * 125_000})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "elements", "options", "element", "accessory", "blocks"]
            ),
            inner
            | st.sampled_from(["section", "actions", "input", "static_select", "mrkdwn", "modal"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(anything)
def test_nonsense_is_reported_and_never_crashes(value: object) -> None:
    for surface in Surface:
        assert all(problem.pointer for problem in check_blocks(value, surface))
    assert all(problem.message for problem in check_view(value))
