"""The few Block Kit pieces that Baton's messages and modals are made of."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import UTC, date, time
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from bot.domain.zones import to_local, zone, zone_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.person import UserId

Block = dict[str, Any]

SECTION_LIMIT = 3_000
TEXT_LIMIT = 3_900
"""Slack refuses to update a message whose text is over 4,000 characters."""
TITLE_LIMIT = 24
OPTION_LIMIT = 75
BUTTON_VALUE_LIMIT = 2_000

_MOMENT = re.compile(r"<!date\^[^|>]*\|([^>]*)>")


def escape(text: str) -> str:
    """Return text that came from a person so that it can ping nobody and forge no link.

    Slack acts on nothing that is not written with its three control characters
    (https://docs.slack.dev/messaging/formatting-message-text), and not on a bare `@channel` either,
    as long as `link_names` is never sent.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """Return `text`, or as much of it as fits in `limit` characters with an ellipsis.

    An escaped character is never cut in two.
    """
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    started = kept.rfind("&")
    if started > len(kept) - 5 and ";" not in kept[started:]:
        kept = kept[:started]
    return f"{kept.rstrip()}…"


def section(text: str, *, block_id: str | None = None) -> Block:
    block: Block = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": cut(text, SECTION_LIMIT), "verbatim": True},
    }
    return block if block_id is None else block | {"block_id": block_id}


def sections(text: str, *, before: str = "") -> list[Block]:
    """Return all of a text that came from a person, escaped, in as many blocks as it takes."""
    shown, rest = [], text
    room = SECTION_LIMIT - len(before)
    while len(escape(rest)) > room:
        ends = list(accumulate(len(escape(character)) for character in rest))
        fitting = bisect_right(ends, room)
        # Between two words where there are any.
        between = rest.rfind(" ", fitting // 2, fitting)
        end = fitting if between < 0 else between + 1
        shown.append(section(f"{before}{escape(rest[:end])}"))
        before, rest, room = "", rest[end:], SECTION_LIMIT
    return [*shown, section(f"{before}{escape(rest)}")]


def context(text: str) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": cut(text, SECTION_LIMIT), "verbatim": True}],
    }


def header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, 150)}


def divider() -> Block:
    return {"type": "divider"}


def button(
    text: str,
    action_id: str,
    *,
    value: str = "",
    style: str | None = None,
    confirm: Mapping[str, Any] | None = None,
) -> Block:
    """Return a button; `style` is `primary` or `danger`."""
    element: Block = {"type": "button", "text": _plain(text, 75), "action_id": action_id}
    if value:
        element["value"] = value
    if style:
        element["style"] = style
    if confirm:
        element["confirm"] = dict(confirm)
    return element


def actions(*buttons: Block) -> Block:
    """Return a row of buttons: three at most, so that a phone shows them whole."""
    return {"type": "actions", "elements": list(buttons)}


def text_input(
    block_id: str,
    label: str,
    *,
    initial: str = "",
    hint: str = "",
    placeholder: str = "",
    multiline: bool = False,
    optional: bool = False,
    max_length: int = 3_000,
) -> Block:
    """Return an input for text, filled in with as much of `initial` as it takes."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": block_id,
        "multiline": multiline,
        "max_length": max_length,
    }
    if initial:
        element["initial_value"] = cut(initial, max_length)
    if placeholder:
        element["placeholder"] = _plain(placeholder, 150)
    return _input(block_id, label, element, hint=hint, optional=optional)


def people_input(
    block_id: str,
    label: str,
    *,
    initial: Sequence[UserId] = (),
    hint: str = "",
    optional: bool = False,
) -> Block:
    element: Block = {"type": "multi_users_select", "action_id": block_id}
    if initial:
        element["initial_users"] = list(initial)
    return _input(block_id, label, element, hint=hint, optional=optional)


def person_input(block_id: str, label: str, *, optional: bool = False) -> Block:
    element: Block = {"type": "users_select", "action_id": block_id}
    return _input(block_id, label, element, optional=optional)


def choice_input(
    block_id: str,
    label: str,
    options: Sequence[tuple[str, str]],
    *,
    initial: str | None = None,
    hint: str = "",
    optional: bool = False,
) -> Block:
    """Return a menu of `(value, words)` options."""
    element: Block = {
        "type": "static_select",
        "action_id": block_id,
        "options": [option(value, words) for value, words in options],
    }
    chosen = [option(value, words) for value, words in options if value == initial]
    if chosen:
        element["initial_option"] = chosen[0]
    return _input(block_id, label, element, hint=hint, optional=optional)


def checkboxes_input(
    block_id: str,
    label: str,
    options: Sequence[tuple[str, str]],
    *,
    initial: Sequence[str] = (),
    optional: bool = False,
) -> Block:
    element: Block = {
        "type": "checkboxes",
        "action_id": block_id,
        "options": [option(value, words) for value, words in options],
    }
    chosen = [option(value, words) for value, words in options if value in initial]
    if chosen:
        element["initial_options"] = chosen
    return _input(block_id, label, element, optional=optional)


def time_input(block_id: str, label: str, *, initial: time, hint: str = "") -> Block:
    """Return a picker for a time of the day; it answers as `HH:MM`."""
    element = {"type": "timepicker", "action_id": block_id, "initial_time": f"{initial:%H:%M}"}
    return _input(block_id, label, element, hint=hint, optional=False)


def date_input(
    block_id: str, label: str, *, initial: date, hint: str = "", optional: bool = False
) -> Block:
    """Return a picker for a day; it answers as `YYYY-MM-DD`."""
    element = {
        "type": "datepicker",
        "action_id": block_id,
        "initial_date": initial.isoformat(),
    }
    return _input(block_id, label, element, hint=hint, optional=optional)


def option(value: str, words: str) -> Block:
    return {"text": _plain(words, OPTION_LIMIT), "value": value}


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None = None,
    private_metadata: str = "",
) -> Block:
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": _plain(title, TITLE_LIMIT),
        "close": _plain("Cancel" if submit else "Close", TITLE_LIMIT),
        "blocks": list(blocks),
        "private_metadata": private_metadata,
    }
    if submit:
        view["submit"] = _plain(submit, TITLE_LIMIT)
    return view


def moment(instant: datetime, zone_name: str) -> str:
    """Return an instant that each reader sees on their own clock.

    The fallback, which notifications and old clients show, names the zone it is read in.
    """
    seconds = int(instant.timestamp())
    fallback = clock_words(instant, zone_name)
    return f"<!date^{seconds}^{{date_short_pretty}} {{time}}|{fallback}>"


def in_plain_words(text: str) -> str:
    """Return a text for notifications, which show no `moment` but its fallback."""
    return _MOMENT.sub(r"\1", text)


def clock_words(instant: datetime, zone_name: str) -> str:
    """Return an instant in words for one zone: `Fri 27 Nov, 17:00 Manila`."""
    # By any other clock, the two passes of a repeated hour would be the same key.
    return _clock_words(instant.astimezone(UTC), zone_name)


# Many teams meet at one minute, and what they are shown says more than once when that is.
@lru_cache(maxsize=1024)
def _clock_words(instant: datetime, zone_name: str) -> str:
    local = to_local(zone(zone_name), instant)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M} {zone_label(zone_name, instant)}"


def duration_words(seconds: float) -> str:
    """Return working time in words: `3 h`, `1 h 30 min`, `45 min`."""
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0 or hours == 0)
    return " ".join(parts)


def input_text(state: Mapping[str, Any], block_id: str) -> str:
    """Return what was typed into a text input of a submitted view, or nothing."""
    return str(_state(state, block_id).get("value") or "").strip()


def input_people(state: Mapping[str, Any], block_id: str) -> tuple[UserId, ...]:
    chosen = _state(state, block_id).get("selected_users")
    found = chosen if isinstance(chosen, list) else []
    return tuple(user for user in dict.fromkeys(map(_text, found)) if user)


def input_person(state: Mapping[str, Any], block_id: str) -> UserId | None:
    return _text(_state(state, block_id).get("selected_user")) or None


def input_choice(state: Mapping[str, Any], block_id: str) -> str | None:
    return _value(_state(state, block_id).get("selected_option")) or None


def input_checked(state: Mapping[str, Any], block_id: str) -> tuple[str, ...]:
    chosen = _state(state, block_id).get("selected_options")
    return tuple(filter(None, map(_value, chosen if isinstance(chosen, list) else [])))


def input_time(state: Mapping[str, Any], block_id: str) -> time | None:
    try:
        return time.fromisoformat(_text(_state(state, block_id).get("selected_time")))
    except ValueError:
        return None


def input_date(state: Mapping[str, Any], block_id: str) -> date | None:
    try:
        return date.fromisoformat(_text(_state(state, block_id).get("selected_date")))
    except ValueError:
        return None


def _value(option: object) -> str:
    return _text(option.get("value")) if isinstance(option, dict) else ""


def _text(given: object) -> Any:  # noqa: ANN401  # a text, or an id that is one
    return given if isinstance(given, str) else ""


def _state(state: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = state.get("values", {}).get(block_id, {}).get(block_id, {})
    return found


def _input(block_id: str, label: str, element: Block, *, hint: str = "", optional: bool) -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label, 2_000),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = _plain(hint, 2_000)
    return block


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": True}
