"""Block Kit's interactive elements and the objects in them, each with its published limits."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

from bot.sandbox.checks import (
    Check,
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


def shaped(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return thing({"type": anything, **required}, optional)


def plain(maximum: int, minimum: int = 1) -> Check:
    body = shaped({"text": string(maximum, minimum)}, {"emoji": flag})
    return either({"plain_text": body})


def any_text(maximum: int, minimum: int = 1) -> Check:
    words = {"text": string(maximum, minimum)}
    return either(
        {
            "plain_text": shaped(words, {"emoji": flag}),
            "mrkdwn": shaped(words, {"verbatim": flag}),
        }
    )


_CONFIRM = thing(
    {"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)


def _option(text: Check) -> Check:
    return thing(
        {"text": text, "value": string(150, 1)},
        {"description": any_text(75), "url": string(3000)},
    )


_PLAIN_OPTION = _option(plain(75))
_RICH_OPTION = _option(any_text(75))
_GROUP = thing({"label": plain(75), "options": items(_PLAIN_OPTION, maximum=100)})
ID = string(255)
_PLACEHOLDER = plain(150)
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
    """Return the options of an element, those in groups included."""
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


def _fitting(body: Check) -> Check:
    """Add to `body` that the text to begin with fits the lengths that the input asks for."""

    def check(value: object, at: str, report: Report) -> None:
        body(value, at, report)
        if not isinstance(value, dict):
            return
        text, least = value.get("initial_value"), value.get("min_length", 0)
        most = value.get("max_length", 3000)
        if not isinstance(least, int) or not isinstance(most, int):
            return
        if least > most:
            report.add(f"{at}/min_length", "must be at most max_length")
        if isinstance(text, str) and text and not least <= len(text) <= most:
            report.add(f"{at}/initial_value", f"must have {least} to {most} characters")

    return check


def _element(optional: dict[str, Check], required: dict[str, Check] | None = None) -> Check:
    return shaped(required or {}, {"action_id": ID, "focus_on_load": flag, **optional})


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

ELEMENTS: dict[str, Check] = {
    "button": _element(
        {
            "url": string(3000),
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "confirm": _CONFIRM,
            "accessibility_label": string(75),
        },
        {"text": plain(75)},
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
    "plain_text_input": _fitting(
        _element(
            {
                **_TYPED,
                "initial_value": string(3000),
                "multiline": flag,
                "min_length": whole(0, 3000),
                "max_length": whole(1, 3000),
            }
        )
    ),
    "rich_text_input": _element({**_TYPED, "initial_value": anything}),
    "email_text_input": _element({**_TYPED, "initial_value": string()}),
    "url_text_input": _element({**_TYPED, "initial_value": string()}),
    "number_input": _element(
        {**_TYPED, "initial_value": string(), "min_value": string(), "max_value": string()},
        {"is_decimal_allowed": flag},
    ),
    "image": shaped(
        {"alt_text": string(2000, 1)}, {"image_url": string(3000), "slack_file": anything}
    ),
}

_CHOICES = {name for name in ELEMENTS if name.endswith("_select")}
_PICKERS = {"datepicker", "timepicker", "checkboxes", "radio_buttons"}
_WRITTEN = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
IN_ACTIONS = {"button", "overflow", "datetimepicker", "rich_text_input", *_PICKERS, *_CHOICES}
IN_SECTION = {"button", "overflow", "image", *_PICKERS, *_CHOICES}
IN_INPUT = {"datetimepicker", "rich_text_input", *_PICKERS, *_CHOICES, *_WRITTEN}
