"""What people do with a message before Baton knows that Slack shows it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.faults import FaultKind
from tests.office import opened
from tests.slack.handing import REPORT, card_of, dm_of
from tests.slack.huddle_room import CREATE, entered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.calls import Delivery
    from bot.sandbox.server import LocalSlack
    from tests.office import Office
    from tests.slack.huddle_room import Room

POST = "chat.postMessage"

A_MOMENT = 0.3
"""Seconds by which an answer of Slack's is late on many a day."""

TOO_LONG = 2.0
"""Seconds for which Baton keeps no event waiting."""

PATIENCE = 20.0
"""Seconds within which a message is looked for whose answer was lost, and events come again."""

OFTEN = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds between deliveries here; Slack itself takes minutes."""


@pytest.fixture(params=["http", "socket"])
async def office(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[Office]:
    async with opened(sqlite_url, over=request.param) as office:
        office.slack.courier.retry_delays = OFTEN
        yield office


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Room]:
    async with entered(sqlite_url) as room:
        room.slack.courier.retry_delays = OFTEN
        yield room


def deliveries(slack: LocalSlack, name: str, *, of: str) -> list[Delivery]:
    """Return the events of this name that somebody caused."""
    return [
        delivery
        for delivery in slack.deliveries
        if delivery.name == name and delivery.payload["event"].get("user") == of
    ]


LATE = [
    pytest.param(FaultKind.LATENCY_AFTER, A_MOMENT, id="answered-late"),
    pytest.param(FaultKind.LATENCY_AFTER, TOO_LONG, id="answered-much-later"),
    pytest.param(FaultKind.DROP_AFTER, 0, id="unanswered"),
]


@pytest.mark.parametrize(("kind", "seconds"), LATE)
async def test_a_reaction_on_a_card_counts_however_early_it_comes(
    office: Office, kind: FaultKind, seconds: float
) -> None:
    office.slack.faults.add(kind, method=POST, seconds=seconds)
    await office.maya.command("/delegate", REPORT, channel="manila")
    card = await card_of(office)

    await office.ana.react(card, "raised_hand")

    await office.slack.until(lambda: "doing" in card.text, timeout=PATIENCE)
    await office.slack.settled(timeout=PATIENCE)
    [event] = deliveries(office.slack, "reaction_added", of=office.ana.id)
    assert event.ok
    assert not office.ana.ephemerals


@pytest.mark.parametrize(("kind", "seconds"), LATE)
async def test_a_line_under_a_card_is_its_note_however_early_it_comes(
    office: Office, kind: FaultKind, seconds: float
) -> None:
    office.slack.faults.add(kind, method=POST, seconds=seconds)
    await office.maya.command("/delegate", REPORT, channel="manila")
    card = await card_of(office)

    await office.ana.say("manila", "Half way", thread=card)

    await office.slack.until(lambda: "Half way" in card.text, timeout=PATIENCE)
    await office.slack.settled(timeout=PATIENCE)
    [event] = deliveries(office.slack, "message", of=office.ana.id)
    assert event.ok


async def test_what_comes_too_early_for_long_is_refused_so_that_slack_brings_it_again(
    room: Room,
) -> None:
    room.slack.courier.retry_delays = (TOO_LONG, TOO_LONG, TOO_LONG)
    await room.say(CREATE)
    with room.slack.faults.lasting(FaultKind.LATENCY_AFTER, method=POST, seconds=TOO_LONG):
        await room.at(9)
        (root,) = await room.until(room.roots)

    said = await room.ana.say(room.manila, "The report", thread=root)

    await room.slack.until(lambda: "memo" in said.reactions, timeout=PATIENCE)
    [event] = deliveries(room.slack, "message", of=room.ana.id)
    assert event.attempts[0].status == 503
    assert event.ok


async def test_a_copy_of_a_card_is_known_before_its_conversation_is(office: Office) -> None:
    with office.slack.faults.lasting(FaultKind.LATENCY_AFTER, method=POST, seconds=A_MOMENT):
        await office.maya.command("/delegate", REPORT, channel="lobby")
        card = await dm_of(office, office.ana, words="June report", kind="baton_task")

        await office.ana.react(card, "raised_hand")

        await office.slack.until(lambda: "doing" in card.text, timeout=PATIENCE)
    [event] = deliveries(office.slack, "reaction_added", of=office.ana.id)
    assert event.ok


async def test_thirty_who_reply_at_once_to_what_was_just_shown_are_all_heard(room: Room) -> None:
    people = [room.world.add_person(f"p{number:02}") for number in range(30)]
    for person in people:
        room.world.join(room.manila, person)
    await room.say(CREATE)
    await room.at(9)
    (root,) = await room.until(room.roots)

    await asyncio.gather(
        *(room.slack.person(person).say(room.manila, "Report", thread=root) for person in people)
    )

    await room.slack.until(lambda: "30 answers so far" in root.text, timeout=PATIENCE)


async def test_what_was_said_before_a_root_left_is_not_held_up(room: Room) -> None:
    said = await room.ben.say(room.manila, "Lunch?")
    with room.slack.faults.lasting(FaultKind.LATENCY_AFTER, method=POST, seconds=A_MOMENT):
        await room.say(CREATE)
        await room.at(9)
        await room.until(room.roots)

        await room.ana.say(room.manila, "Yes", thread=said)
        await room.ana.react(said, "white_check_mark")

        caused = [
            *deliveries(room.slack, "message", of=room.ana.id),
            *deliveries(room.slack, "reaction_added", of=room.ana.id),
        ]
        assert [[attempt.status for attempt in event.attempts] for event in caused] == [[200]] * 2
