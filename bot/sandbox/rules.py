"""Block Kit's blocks and views with their limits, and a JSON pointer for each that is broken."""

from __future__ import annotations

import json
from enum import StrEnum

from bot.sandbox.checks import (
    Check,
    Problem,
    Report,
    anything,
    either,
    flag,
    items,
    one_of,
    string,
    thing,
    whole,
)
from bot.sandbox.elements import (
    ELEMENTS,
    ID,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    any_text,
    plain,
    shaped,
)

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


_CONTEXT_PART = either(
    {
        "image": ELEMENTS["image"],
        "plain_text": shaped({"text": string(3000, 1)}, {"emoji": flag}),
        "mrkdwn": shaped({"text": string(3000, 1)}, {"verbatim": flag}),
    }
)

_BLOCKS: dict[str, Check] = {
    "section": shaped(
        {},
        {
            "block_id": ID,
            "text": any_text(3000),
            "fields": items(any_text(2000), maximum=10),
            "accessory": either(ELEMENTS, IN_SECTION),
            "expand": flag,
        },
    ),
    "divider": shaped({}, {"block_id": ID}),
    "header": shaped({"text": plain(150)}, {"block_id": ID, "level": whole(1, 4)}),
    "context": shaped({"elements": items(_CONTEXT_PART, maximum=10)}, {"block_id": ID}),
    "actions": shaped(
        {"elements": items(either(ELEMENTS, IN_ACTIONS), maximum=25)}, {"block_id": ID}
    ),
    "input": shaped(
        {"label": plain(2000), "element": either(ELEMENTS, IN_INPUT)},
        {"block_id": ID, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "image": shaped(
        {"alt_text": string(2000, 1)},
        {
            "block_id": ID,
            "image_url": string(3000),
            "slack_file": anything,
            "title": plain(2000),
        },
    ),
    "rich_text": shaped({"elements": items(anything, maximum=1000)}, {"block_id": ID}),
    "markdown": shaped({"text": string(MARKDOWN_CHARACTERS, 1)}, {"block_id": ID}),
    "table": shaped(
        {"rows": items(items(anything, maximum=_TABLE_COLUMNS), maximum=_TABLE_ROWS, minimum=1)},
        {"block_id": ID, "column_settings": anything},
    ),
    "alert": shaped(
        {"text": any_text(200)},
        {
            "block_id": ID,
            "level": one_of("default", "info", "warning", "error", "success"),
        },
    ),
}
_BLOCK = either(_BLOCKS)


def action_elements(block: dict[str, object]) -> list[dict[str, object]]:
    """Return the interactive elements of a block, wherever its type keeps them."""
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
    "callback_id": ID,
    "external_id": ID,
}
_VIEWS: dict[str, Check] = {
    "modal": thing(
        {"type": anything, "title": plain(24), "blocks": anything},
        {
            **_EVERY_VIEW,
            "submit": plain(24),
            "close": plain(24),
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
    if isinstance(view, dict) and view.get("type") in list(_VIEWS):
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
