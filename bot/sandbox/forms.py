"""Filling in modals: plain values become what Slack puts under `state.values`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.elements import is_date, is_time
from bot.sandbox.errors import Refused
from bot.sandbox.shapes import rich_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.records import Json, View

# Under which key each element keeps what was chosen, and where its first value is given.
_SINGLE = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
}
_MANY = {
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
}
_KEYS = {**_SINGLE, **_MANY}
_CHOOSE = {"static_select", "radio_buttons", "checkboxes", "multi_static_select"}


def has_state(element: Json) -> bool:
    return element.get("type") in _KEYS


def elements(blocks: list[Json]) -> list[tuple[Json, Json]]:
    """Return every element that can be acted upon, each with its block."""
    found = []
    for block in blocks:
        inner = list(block["elements"]) if block["type"] == "actions" else []
        inner += [block[name] for name in ("accessory", "element") if name in block]
        found += [(block, element) for element in inner if element["type"] != "image"]
    return found


def initial_values(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    """Return the state of a view that nobody touched yet."""
    values: dict[str, dict[str, Json]] = {}
    for block, element in elements(blocks):
        if has_state(element):
            key, initial = _KEYS[element["type"]]
            empty: list[Json] | None = [] if element["type"] in _MANY else None
            state = {"type": element["type"], key: element.get(initial, empty)}
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def refill(view: View) -> None:
    """Keep what somebody filled in where an update still has the same input."""
    before, view.values = view.values, initial_values(view.blocks)
    for block_id, action_id in view.touched:
        old = before.get(block_id, {}).get(action_id)
        new = view.values.get(block_id, {}).get(action_id)
        if old is not None and new is not None and old["type"] == new["type"]:
            view.values[block_id][action_id] = old


def options_of(element: Json) -> list[Json]:
    options = list(element.get("options", []))
    for group in element.get("option_groups", []):
        options += group["options"]
    return options


def _option(element: Json, wanted: object) -> Json:
    """Find an option by its value or its words."""
    if isinstance(wanted, dict):
        return wanted
    for option in options_of(element):
        if wanted in (option.get("value"), option["text"]["text"]):
            return dict(option)
    if element["type"].endswith("external_select"):
        return {"text": {"type": "plain_text", "text": str(wanted)}, "value": str(wanted)}
    raise Refused(f"{wanted!r} is not among the options")


def _written(element: Json, value: object) -> str:
    text = str(value)
    lowest, highest = element.get("min_length", 0), element.get("max_length", 3000)
    if len(text) < lowest:
        raise Refused(f"Please enter at least {lowest} characters.")
    if len(text) > highest:
        raise Refused(f"Please enter at most {highest} characters.")
    if not element.get("multiline", False) and "\n" in text:
        raise Refused("One line of text only.")
    return text


def _number(element: Json, value: object) -> str:
    text = str(value)
    try:
        number = float(text)
    except ValueError:
        raise Refused("Please enter a number.") from None
    if not element["is_decimal_allowed"] and not text.lstrip("-").isdigit():
        raise Refused("Please enter a whole number.")
    if "min_value" in element and number < float(element["min_value"]):
        raise Refused(f"Please enter at least {element['min_value']}.")
    if "max_value" in element and number > float(element["max_value"]):
        raise Refused(f"Please enter at most {element['max_value']}.")
    return text


def _checked(what: str, accepts: Callable[[str], bool]) -> Callable[[Json, object], str]:
    def read(_element: Json, value: object) -> str:
        text = str(value)
        if not accepts(text):
            raise Refused(f"{text!r} is no {what}")
        return text

    return read


def _id(_element: Json, value: object) -> str:
    return str(getattr(value, "id", value))


_READERS: dict[str, Callable[[Json, object], object]] = {
    "plain_text_input": _written,
    "email_text_input": _checked("address", lambda text: "@" in text),
    "url_text_input": _checked("link", lambda text: "://" in text),
    "number_input": _number,
    "rich_text_input": lambda _element, value: rich_text(str(value), "rich"),
    "datepicker": _checked("date", is_date),
    "timepicker": _checked("time", is_time),
    "datetimepicker": lambda _element, value: int(str(value)),
}


def _one(element: Json, value: object) -> object:
    kind = element["type"].removeprefix("multi_")
    if kind in _CHOOSE or kind in ("static_select", "external_select"):
        return _option(element, value)
    return _READERS.get(kind, _id)(element, value)


def state_of(element: Json, value: object) -> Json:
    """Return the state of an element in which `value` is chosen; None or "" clears it."""
    kind = element["type"]
    key, _ = _KEYS[kind]
    if kind in _MANY:
        many = value if isinstance(value, (list, tuple, set)) else [value]
        chosen = [_one(element, item) for item in many if item not in (None, "")]
        if len(chosen) > element.get("max_selected_items", len(chosen)):
            raise Refused(f"Please choose at most {element['max_selected_items']}.")
        return {"type": kind, key: chosen}
    state: Json = {"type": kind, key: None if value in (None, "") else _one(element, value)}
    if kind == "timepicker" and "timezone" in element:
        state["timezone"] = element["timezone"]
    return state


def pressed(element: Json, value: object) -> Json:
    """Return what a payload says of a button, or of the choice made in an overflow menu."""
    if element["type"] == "overflow":
        return {"selected_option": _option(element, value)}
    return {name: element[name] for name in ("text", "value", "style", "url") if name in element}


def fill(view: View, block_id: str, value: object) -> Json:
    """Write a value into the input of a block and return that input."""
    for block, element in elements(view.blocks):
        if block["block_id"] == block_id and has_state(element):
            action_id = element["action_id"]
            view.values.setdefault(block_id, {})[action_id] = state_of(element, value)
            view.touched.add((block_id, action_id))
            return element
    raise Refused(f"there is no input {block_id!r} in this view")


def incomplete(view: View) -> list[str]:
    """Return the blocks whose inputs must be filled in before the view can be sent."""
    found = []
    for block in view.blocks:
        if block["type"] == "input" and not block.get("optional", False):
            element = block["element"]
            key, _ = _KEYS[element["type"]]
            state = view.values[block["block_id"]][element["action_id"]]
            if state[key] in (None, "", []):
                found.append(block["block_id"])
    return found
