"""What only one person sees: beside what they did, or else in their direct messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.slack.whispering import whisper

if TYPE_CHECKING:
    from tests.office import Office


@pytest.mark.parametrize("from_elsewhere", [True, False])
async def test_what_is_said_in_direct_messages_says_what_it_is_and_needs_no_slash(
    office: Office, *, from_elsewhere: bool
) -> None:
    room = office.world.add_channel("others", members=[office.ben.id]).id
    event = {
        "type": "reaction_added",
        "user": office.ana.id,
        "event_ts": "1790000000.000100",
        "item": {"channel": room if from_elsewhere else office.ana.dm.id},
    }

    await whisper(
        office.baton.gateway,
        {"team_id": office.workspace, "event": event},
        "`/tasks 42` shows it, and `/invite @Baton` lets me in.",
    )

    (said,) = office.slack.find(office.ana.dm)
    assert said.text == "`tasks 42` shows it, and `/invite @Baton` lets me in."
    assert said.event_type == "baton_note"
    assert said.event_payload["kind"] == "hint"


async def test_what_is_said_in_a_channel_stays_there(office: Office) -> None:
    event = {"user": office.ana.id, "item": {"channel": office.world.channel("manila").id}}

    await whisper(
        office.baton.gateway,
        {"team_id": office.workspace, "event": event},
        "`/tasks 42` shows it.",
    )

    (said,) = office.ana.ephemerals
    assert said.text == "`/tasks 42` shows it."
    assert not office.slack.find(office.ana.dm)
