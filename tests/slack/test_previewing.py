"""What people read who look ahead, and that it fits into a message whatever the team is like."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import pytest

from bot.domain.absence import Absence
from bot.domain.calendar import EVERY_DAY, WORKING_WEEK
from bot.domain.person import Person, UserId, WorkspaceId
from bot.domain.post import ChannelId
from bot.domain.preview import preview
from bot.domain.schedule import Schedule
from bot.domain.team import Role, Team, TeamId
from bot.slack.preview_blocks import coming
from tests.slack.huddle_room import CREATE, Room, buttons, entered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.preview import Preview
    from bot.store.transaction import Tx

NOW = datetime(2026, 10, 28, 14, tzinfo=UTC)
MAYA, ANA = UserId("U1"), UserId("U2")
PEOPLE = {
    MAYA: Person(MAYA, "Maya", zone="America/New_York"),
    ANA: Person(ANA, "Ana <!channel>", zone="Asia/Manila", keeps="none"),
}
TEAM = Team(
    TeamId(1),
    "Harbour",
    ChannelId("C1"),
    Schedule("America/New_York", time(8), WORKING_WEEK),
    ((MAYA, Role.LEAD), (ANA, Role.MEMBER)),
    NOW,
)
ZONES = (
    "Asia/Manila",
    "Asia/Kolkata",
    "Europe/London",
    "Europe/Berlin",
    "America/Chicago",
    "America/Sao_Paulo",
    "Australia/Sydney",
    "Pacific/Auckland",
)


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Room]:
    async with entered(sqlite_url) as made:
        yield made


def seen(
    team: Team = TEAM, people: dict[UserId, Person] = PEOPLE, *, days: int = 7
) -> tuple[Preview, dict[UserId, Person]]:
    return preview(team, people, pending=None, held=(), days=days, now=NOW), people


def lines(*given: tuple[Preview, dict[UserId, Person]], days: int = 7, more: int = 0) -> list[str]:
    return coming(given, days=days, more=more)[0].splitlines()


def test_a_line_a_date_says_what_other_clocks_say_and_marks_where_they_shift() -> None:
    assert lines(seen()) == [
        "Harbour written huddle in <#C1>: 08:00 New York, Mon-Fri. To Tue 3 Nov:",
        "New York: Maya",
        "Manila: Ana &lt;!channel&gt;",
        "\N{ALARM CLOCK} From Sun 1 Nov 08:00 New York is 21:00 in Manila, not 20:00.",
        "Thu 29 Oct · 08:00 · 20:00 Manila",
        "Fri 30 Oct · 08:00 · 20:00 Manila",
        "Mon 2 Nov · 08:00 · \N{ALARM CLOCK} 21:00 Manila",
        "Tue 3 Nov · 08:00 · 21:00 Manila",
    ]


def test_who_is_off_is_said_and_dates_without_a_huddle_are_one_line() -> None:
    gone = Absence(date(2026, 10, 29), date(2026, 10, 29))
    people = PEOPLE | {ANA: replace(PEOPLE[ANA], absences=(gone,))}
    team = replace(TEAM, paused=True, paused_until=date(2026, 10, 31))
    off = replace(TEAM, dates_off=frozenset({date(2026, 10, 30)}))
    forever = replace(TEAM, paused=True)
    both = {user: replace(person, absences=(gone,)) for user, person in PEOPLE.items()}
    thanksgiving = seen(days=40)

    assert "Thu 29 Oct to Fri 30 Oct · paused" in lines(seen(team, people))
    assert "Thu 29 Oct · 08:00 · 20:00 Manila · away: Ana &lt;!channel&gt;" in lines(
        seen(TEAM, people)
    )
    assert "Fri 30 Oct · no huddle, the team has off" in lines(seen(off))
    assert "Thu 29 Oct · no huddle, everybody is away or on holiday" in lines(seen(TEAM, both))
    assert lines(seen(forever))[-1].startswith("Paused: no huddles until somebody writes")
    assert lines(seen(days=1))[-1] == "No huddle in these days."
    assert "Thu 26 Nov · 08:00 · 21:00 Manila · holiday: Maya" in lines(thanksgiving)


def test_somebody_for_whom_it_is_another_day_sees_which() -> None:
    manila = replace(TEAM, schedule=Schedule("Asia/Manila", time(9), WORKING_WEEK))

    assert lines(seen(manila))[-2:] == [
        "Mon 2 Nov · 09:00 · \N{ALARM CLOCK} Sun 20:00 New York",
        "Tue 3 Nov · 09:00 · Mon 20:00 New York",
    ]


def test_two_hundred_people_for_sixty_days_in_five_teams_fit_into_a_message() -> None:
    people = {
        user: Person(user, "Somebody With A Long Name", zone=ZONES[number % len(ZONES)])
        for number in range(200)
        for user in [UserId(f"U{number}")]
    }
    schedule = replace(TEAM.schedule, weekdays=EVERY_DAY)
    roles = tuple((user, Role.LEAD) for user in people)
    away = (Absence(date(2026, 10, 1), date(2026, 12, 31)),)
    most = {
        user: replace(person, absences=away) if number else person
        for number, (user, person) in enumerate(people.items())
    }
    big = seen(replace(TEAM, schedule=schedule, roles=roles), most, days=60)

    for given in ([big], [big] * 5):
        text, blocks = coming(given, days=60, more=len(given) - 1)

        sizes = [len(str(block["text"]["text"])) for block in blocks if block["type"] == "section"]
        assert len(blocks) <= 50
        assert max(sizes) <= 3_000
        assert sum(sizes) <= 13_000
        assert len(text) <= 3_900
        assert text.endswith("(The message has all of it.)")
        assert any("more lines to Sat 26 Dec" in str(block) for block in blocks)
    assert "Elsewhere: 75 more" in str(blocks[0])
    assert "and 4 more teams: name one" in str(blocks[-1])
    assert (
        "and 1 more team: name one" in coming([big], days=60, more=1)[1][-1]["elements"][0]["text"]
    )


async def test_looking_ahead_by_command_button_and_direct_message(room: Room) -> None:
    await room.say(CREATE)
    ben = UserId(room.ben.id)

    def leave(tx: Tx) -> None:
        tx.absences.add(ben, Absence(date(2026, 11, 24), date(2026, 11, 24)))

    await room.store.run(WorkspaceId(room.world.id), leave)

    shown = await room.say("huddle preview 7", by=room.ana)
    assert "Mon 23 Nov · 09:00 · Sun 20:00 New York" in shown.text
    assert "Tue 24 Nov · 09:00 · Mon 20:00 New York · away: ben" in shown.text
    assert shown.message is not None
    assert buttons(shown.message) == ["How the last ones went", "60 days"]

    status = await room.say("huddle status", by=room.ana)
    assert status.message is not None
    await room.ana.press(status.message, "command.run.preview")
    told = await room.whispered(room.ana, "To Sun 6 Dec:")
    assert "New York: ben" in told.text

    await room.ben.say(room.ben.dm, "huddle preview 2 weeks")
    (answer,) = await room.until(
        lambda: [sent for sent in room.dms(room.ben) if "Manila written huddle" in sent.text]
    )
    assert "To Sun 6 Dec:" in answer.text


async def test_a_refusal_says_what_to_do(room: Room) -> None:
    nobody = await room.say("huddle preview")
    await room.say(CREATE)
    nonsense = await room.say("huddle preview 99")

    assert "No team has its huddle in this channel. Set one up with" in nobody.text
    assert "I can look 1 to 60 days ahead. Write it like `/baton huddle preview 14`" in (
        nonsense.text
    )
