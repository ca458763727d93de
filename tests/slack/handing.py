"""Handing tasks over in an office, and looking at what Slack then shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from bot.sandbox.records import Json, Message
    from tests.office import Office

REPORT = "@ana Prepare June report due fri 17:00 takes 3h"


async def card_of(office: Office, channel: str = "manila", *, count: int = 1) -> Message:
    """Return the newest card in a channel, once there are as many."""
    await office.slack.until(
        lambda: len(office.slack.find(channel, event_type="baton_task")) >= count
    )
    return office.slack.find(channel, event_type="baton_task")[-1]


async def dm_of(office: Office, person: Person, *, words: str, kind: str | None = None) -> Message:
    """Return the newest message to somebody that says these words, once it is there."""

    def found() -> list[Message]:
        sent = office.slack.find(person.dm, event_type=kind)
        return [message for message in sent if words in message.text]

    await office.slack.until(found)
    return found()[-1]


async def handed_over(office: Office, text: str = REPORT, channel: str = "manila") -> Message:
    """Let Maya delegate a task in a channel, and return its card."""
    answer = await office.maya.command("/delegate", text, channel=channel)
    assert answer.ok, answer.error
    return await card_of(office, channel)


async def shows(office: Office, message: Message, words: str) -> None:
    """Wait until a message says these words."""
    await office.slack.until(lambda: words in message.text)


def buttons(blocks: list[Json]) -> list[str]:
    return [
        element["action_id"]
        for block in blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def words(blocks: list[Json]) -> str:
    """Return all that blocks say."""
    said = []
    for block in blocks:
        parts = [block.get("text"), *(block.get("elements") or ())]
        said += [part["text"] for part in parts if part and isinstance(part.get("text"), str)]
    return "\n".join(said)
