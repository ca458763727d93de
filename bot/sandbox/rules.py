"""Block Kit's published limits, answered as `blocks.validate` does: a JSON pointer for each problem."""

from __future__ import annotations

import json
from datetime import date, time
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.sandbox.elements import (
    Check,
    Problem,
    Report,
    anything,
    either,
    flag,
    items,
    matching,
    one_of,
    string,
    thing,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

VIEW_BYTES = 250_000
MARKDOWN_CHARACTERS = 12_000


class Surface(StrEnum):
    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


_MOST_BLOCKS = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}
_ONLY_ON = {
    "alert": {Surface.MODAL},
    "markdown": {Surface.MESSAGE},
    "table": {Surface.MESSAGE, Surface.HOME},
}
_TABLE_ROWS, _TABLE_COLUMNS = 100, 20


def _reads(parse: Callable[[str], object], length: int) -> Callable[[str], bool]:
    def accepts(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return len(text) == length

    return accepts


is_date = _reads(date.fromisoformat, 10)
is_time = _reads(time.fromisoformat, 5)


def _kind(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return thing({"type": anything, **required}, optional)


def _plain(maximum: int, minimum: int = 1) -> Check:
    body = _kind({"text": string(maximum, minimum)}, {"emoji": flag})
    return either({"plain_text": body})


def _text(maximum: int, minimum: int = 1) -> Check:
    words = {"text": string(maximum, minimum)}
    return either(
        {
            "plain_text": _kind(words, {"emoji": flag}),
            "mrkdwn": _kind(words, {"verbatim": flag}),
        }
    )


_CONFIRM = thing(
    {"title": _plain(100), "text": _text(300), "confirm": _plain(30), "deny": _plain(30)},
    {"style": one_of("primary", "danger")},
)


def _option(text: Check) -> Check:
    return thing(
        {"text": text, "value": string(150, 1)},
        {"description": _text(75), "url": string(3000)},
    )


_PLAIN_OPTION = _option(_plain(75))
_RICH_OPTION = _option(_text(75))
_GROUP = thing({"label": _plain(75), "options": items(_PLAIN_OPTION, maximum=100)})
_ID = string(255)
_PLACEHOLDER = _plain(150)
_FILTER = thing(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), maximum=4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)
_DISPATCH = thing(
    {},
    {
        "trigger_actions_on": items(
            one_of("on_enter_pressed", "on_character_entered"), maximum=2, minimum=1
        )
    },
)


def _listed(value: dict[str, object]) -> list[object]:
    """The options of an element, those in groups included."""
    options = value.get("options")
    found: list[object] = list(options) if isinstance(options, list) else []
    groups = value.get("option_groups")
    for group in groups if isinstance(groups, list) else []:
        inner = group.get("options") if isinstance(group, dict) else None
        found.extend(inner if isinstance(inner, list) else [])
    return found


def _choosing(body: Check, *, grouped: bool) -> Check:
    """Add to `body` that there are options and that initial ones are among them."""

    def check(value: object, at: str, report: Report) -> None:
        body(value, at, report)
        if not isinstance(value, dict):
            return
        if grouped and ("options" in value) == ("option_groups" in value):
            report.add(at, "must provide either options or option_groups")
        options = _listed(value)
        wanted = value.get("initial_options", [])
        chosen = [value["initial_option"]] if "initial_option" in value else []
        chosen.extend(wanted if isinstance(wanted, list) else [])
        if any(option not in options for option in chosen):
            report.add(at, "initial option must be one of the options")

    return check


def _element(optional: dict[str, Check], required: dict[str, Check] | None = None) -> Check:
    return _kind(required or {}, {"action_id": _ID, "focus_on_load": flag, **optional})


def _select(initial: dict[str, Check]) -> Check:
    return _element({"placeholder": _PLACEHOLDER, "confirm": _CONFIRM, **initial})


def _multi(name: str, each: Check, extra: dict[str, Check] | None = None) -> Check:
    return _select(
        {
            name: items(each, maximum=100),
            "max_selected_items": whole(1, 100),
            **(extra or {}),
        }
    )


_STATIC: dict[str, Check] = {
    "options": items(_PLAIN_OPTION, maximum=100),
    "option_groups": items(_GROUP, maximum=100),
}
_TYPED: dict[str, Check] = {"placeholder": _PLACEHOLDER, "dispatch_action_config": _DISPATCH}
_CONVERSATIONS: dict[str, Check] = {"default_to_current_conversation": flag, "filter": _FILTER}

_ELEMENTS: dict[str, Check] = {
    "button": _element(
        {
            "url": string(3000),
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "confirm": _CONFIRM,
            "accessibility_label": string(75),
        },
        {"text": _plain(75)},
    ),
    "static_select": _choosing(_select({**_STATIC, "initial_option": anything}), grouped=True),
    "external_select": _select({"initial_option": _PLAIN_OPTION, "min_query_length": whole(0, 99)}),
    "users_select": _select({"initial_user": string(minimum=1)}),
    "channels_select": _select(
        {"initial_channel": string(minimum=1), "response_url_enabled": flag}
    ),
    "conversations_select": _select(
        {**_CONVERSATIONS, "initial_conversation": string(minimum=1), "response_url_enabled": flag}
    ),
    "multi_static_select": _choosing(
        _multi("initial_options", anything, _STATIC),
        grouped=True,
    ),
    "multi_external_select": _multi(
        "initial_options", _PLAIN_OPTION, {"min_query_length": whole(0, 99)}
    ),
    "multi_users_select": _multi("initial_users", string(minimum=1)),
    "multi_channels_select": _multi("initial_channels", string(minimum=1)),
    "multi_conversations_select": _multi(
        "initial_conversations", string(minimum=1), _CONVERSATIONS
    ),
    "overflow": _element({"confirm": _CONFIRM}, {"options": items(_PLAIN_OPTION, maximum=5)}),
    "datepicker": _select({"initial_date": matching("date", is_date)}),
    "timepicker": _select(
        {"initial_time": matching("time", is_time), "timezone": string(minimum=1)}
    ),
    "datetimepicker": _element(
        {"initial_date_time": whole(1_000_000_000, 9_999_999_999), "confirm": _CONFIRM}
    ),
    "checkboxes": _choosing(
        _element(
            {"initial_options": items(anything, maximum=10), "confirm": _CONFIRM},
            {"options": items(_RICH_OPTION, maximum=10)},
        ),
        grouped=False,
    ),
    "radio_buttons": _choosing(
        _element(
            {"initial_option": anything, "confirm": _CONFIRM},
            {"options": items(_RICH_OPTION, maximum=10)},
        ),
        grouped=False,
    ),
    "plain_text_input": _element(
        {
            **_TYPED,
            "initial_value": string(3000),
            "multiline": flag,
            "min_length": whole(0, 3000),
            "max_length": whole(1, 3000),
        }
    ),
    "rich_text_input": _element({**_TYPED, "initial_value": anything}),
    "email_text_input": _element({**_TYPED, "initial_value": string()}),
    "url_text_input": _element({**_TYPED, "initial_value": string()}),
    "number_input": _element(
        {**_TYPED, "initial_value": string(), "min_value": string(), "max_value": string()},
        {"is_decimal_allowed": flag},
    ),
    "image": _kind(
        {"alt_text": string(2000, 1)}, {"image_url": string(3000), "slack_file": anything}
    ),
}

_CHOICES = {name for name in _ELEMENTS if name.endswith("_select")}
_PICKERS = {"datepicker", "timepicker", "checkboxes", "radio_buttons"}
_WRITTEN = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
_IN_ACTIONS = {"button", "overflow", "datetimepicker", "rich_text_input", *_PICKERS, *_CHOICES}
_IN_SECTION = {"button", "overflow", "image", *_PICKERS, *_CHOICES}
_IN_INPUT = {"datetimepicker", "rich_text_input", *_PICKERS, *_CHOICES, *_WRITTEN}

_CONTEXT_PART = either(
    {
        "image": _ELEMENTS["image"],
        "plain_text": _kind({"text": string(3000, 1)}, {"emoji": flag}),
        "mrkdwn": _kind({"text": string(3000, 1)}, {"verbatim": flag}),
    }
)

_BLOCKS: dict[str, Check] = {
    "section": _kind(
        {},
        {
            "block_id": _ID,
            "text": _text(3000),
            "fields": items(_text(2000), maximum=10),
            "accessory": either(_ELEMENTS, _IN_SECTION),
            "expand": flag,
        },
    ),
    "divider": _kind({}, {"block_id": _ID}),
    "header": _kind({"text": _plain(150)}, {"block_id": _ID, "level": whole(1, 4)}),
    "context": _kind({"elements": items(_CONTEXT_PART, maximum=10)}, {"block_id": _ID}),
    "actions": _kind(
        {"elements": items(either(_ELEMENTS, _IN_ACTIONS), maximum=25)}, {"block_id": _ID}
    ),
    "input": _kind(
        {"label": _plain(2000), "element": either(_ELEMENTS, _IN_INPUT)},
        {"block_id": _ID, "hint": _plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "image": _kind(
        {"alt_text": string(2000, 1)},
        {
            "block_id": _ID,
            "image_url": string(3000),
            "slack_file": anything,
            "title": _plain(2000),
        },
    ),
    "rich_text": _kind({"elements": items(anything, maximum=1000)}, {"block_id": _ID}),
    "markdown": _kind({"text": string(MARKDOWN_CHARACTERS, 1)}, {"block_id": _ID}),
    "table": _kind(
        {"rows": items(items(anything, maximum=_TABLE_COLUMNS), maximum=_TABLE_ROWS, minimum=1)},
        {"block_id": _ID, "column_settings": anything},
    ),
    "alert": _kind(
        {"text": _text(200)},
        {
            "block_id": _ID,
            "level": one_of("default", "info", "warning", "error", "success"),
        },
    ),
}
_BLOCK = either(_BLOCKS)


def action_elements(block: dict[str, object]) -> list[dict[str, object]]:
    """The interactive elements of a block, wherever its type keeps them."""
    found: list[object] = []
    elements = block.get("elements")
    if block.get("type") == "actions" and isinstance(elements, list):
        found.extend(elements)
    found.extend(block[name] for name in ("accessory", "element") if name in block)
    return [item for item in found if isinstance(item, dict) and item.get("type") != "image"]


def _block(value: object, at: str, report: Report, surface: Surface) -> None:
    _BLOCK(value, at, report)
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if isinstance(kind, str) and surface not in _ONLY_ON.get(kind, {surface}):
        report.add(f"{at}/type", f"unsupported type: {kind}")
    if kind == "section" and not value.get("text") and not value.get("fields"):
        report.add(at, "must provide text or fields")
    if kind == "image" and ("image_url" in value) == ("slack_file" in value):
        report.add(at, "must provide either image_url or slack_file")
    if kind == "markdown" and isinstance(value.get("text"), str):
        report.markdown += len(value["text"])
    report.tables += kind == "table"
    block_id = value.get("block_id")
    if isinstance(block_id, str) and block_id:
        if block_id in report.block_ids:
            report.add(f"{at}/block_id", f"`block_id` already exists: {block_id}")
        report.block_ids.add(block_id)
    actions = [item["action_id"] for item in action_elements(value) if item.get("action_id")]
    if len(set(map(str, actions))) < len(actions):
        report.add(at, "`action_id` already exists in this block")


def _blocks(blocks: object, at: str, report: Report, surface: Surface) -> None:
    if not isinstance(blocks, list):
        report.add(at, "must provide an array")
        return
    if len(blocks) > _MOST_BLOCKS[surface]:
        report.add(at, f"no more than {_MOST_BLOCKS[surface]} items allowed")
    for index, block in enumerate(blocks):
        _block(block, f"{at}/{index}", report, surface)
    if report.markdown > MARKDOWN_CHARACTERS:
        report.add(at, f"markdown must be less than {MARKDOWN_CHARACTERS + 1} characters in all")
    if report.tables > 1:
        report.add(at, "only one table is allowed")


def check_blocks(blocks: object, surface: Surface = Surface.MESSAGE) -> list[Problem]:
    """Return what Slack would refuse in the blocks of a message."""
    report = Report()
    _blocks(blocks, "/blocks", report, surface)
    return report.problems


_EVERY_VIEW: dict[str, Check] = {
    "blocks": anything,
    "private_metadata": string(3000),
    "callback_id": _ID,
    "external_id": _ID,
}
_VIEWS: dict[str, Check] = {
    "modal": thing(
        {"type": anything, "title": _plain(24), "blocks": anything},
        {
            **_EVERY_VIEW,
            "submit": _plain(24),
            "close": _plain(24),
            "clear_on_close": flag,
            "notify_on_close": flag,
            "submit_disabled": flag,
        },
    ),
    "home": thing({"type": anything, "blocks": anything}, _EVERY_VIEW),
}


def check_view(view: object) -> list[Problem]:
    """Return what Slack would refuse in a modal or a Home tab, except its size in bytes."""
    report = Report()
    either(_VIEWS)(view, "/view", report)
    if isinstance(view, dict) and view.get("type") in _VIEWS:
        surface = Surface(view["type"])
        _blocks(view.get("blocks"), "/view/blocks", report, surface)
        blocks = view.get("blocks")
        asks = isinstance(blocks, list) and any(
            isinstance(block, dict) and block.get("type") == "input" for block in blocks
        )
        if surface is Surface.MODAL and asks and "submit" not in view:
            report.add("/view", "missing required field: submit")
    return report.problems


def too_large(view: object) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES
