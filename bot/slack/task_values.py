"""What the buttons and modals of tasks carry, which comes back from outside and may be anything."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bot.domain.errors import BotError
from bot.domain.post import ChannelId
from bot.domain.task import TaskNumber

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 2**31 - 1
"""No task has a larger number."""

BUTTON_OUT_OF_DATE = "This button is out of date. `/tasks` lists yours."
FORM_OUT_OF_DATE = "This form is out of date. `/tasks` lists yours."
_NUMBER = re.compile(r"[0-9]{1,10}")


def pressed_task(body: Mapping[str, Any]) -> TaskNumber:
    """Return the task that a pressed button is about; words may follow its number."""
    number = pressed_value(body).partition(" ")[0]
    if not _NUMBER.fullmatch(number) or not 0 < int(number) <= LARGEST:
        raise BotError(BUTTON_OUT_OF_DATE)
    return TaskNumber(int(number))


def pressed_words(body: Mapping[str, Any]) -> str:
    """Return what follows the number in the value of a pressed button."""
    return pressed_value(body).partition(" ")[2]


def pressed_place(body: Mapping[str, Any]) -> int | None:
    """Return which step in the history of its task a pressed button is about; None: all of it."""
    words = pressed_words(body)
    if not words:
        return None
    if not _NUMBER.fullmatch(words) or not 0 < int(words) <= LARGEST:
        raise BotError(BUTTON_OUT_OF_DATE)
    return int(words)


def pressed_in(body: Mapping[str, Any]) -> ChannelId | None:
    """Return the conversation in which a button was pressed; one in a modal is in none."""
    match body:
        case {"channel": {"id": str(channel)}}:
            return ChannelId(channel)
        case _:
            return None


def pressed_on_post(body: Mapping[str, Any]) -> bool:
    """Whether a pressed button stands on a post of its task, whose blocks have ids of ours."""
    number = pressed_value(body).partition(" ")[0]
    match body:
        case {"actions": [{"block_id": str(block)}, *_]} if number:
            return block.startswith(f"{number}.")
        case _:
            return False


def metadata_of(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a modal carries; `{}` where it carries nothing."""
    text = view.get("private_metadata") or "{}"
    try:
        metadata = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise BotError(FORM_OUT_OF_DATE) from None
    if not isinstance(metadata, dict):
        raise BotError(FORM_OUT_OF_DATE)
    return metadata


def task_of(metadata: Mapping[str, Any]) -> TaskNumber | None:
    """Return the task that a modal is about; None where it is about none yet."""
    number = metadata.get("task")
    if number is None:
        return None
    # To Python, true is the number 1.
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= LARGEST:
        raise BotError(FORM_OUT_OF_DATE)
    return TaskNumber(number)


def submitted_task(view: Mapping[str, Any]) -> TaskNumber:
    """Return the task whose modal was sent."""
    number = task_of(metadata_of(view))
    if number is None:
        raise BotError(FORM_OUT_OF_DATE)
    return number


def submitted_channel(metadata: Mapping[str, Any]) -> ChannelId | None:
    """Return the conversation in which a modal was opened, if it says so."""
    channel = metadata.get("channel")
    return ChannelId(channel) if isinstance(channel, str) and channel else None


def pressed_value(body: Mapping[str, Any]) -> str:
    """Return what a pressed button carries, or nothing."""
    match body:
        case {"actions": [{"value": str(value)}, *_]}:
            return value
        case _:
            return ""
