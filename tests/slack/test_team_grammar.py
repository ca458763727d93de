"""How what is typed about a team is read."""

from datetime import time

import pytest

from bot.domain.calendar import EVERY_DAY, WORKING_WEEK
from bot.domain.person import UserId
from bot.domain.post import ChannelId
from bot.domain.team import Role
from bot.slack.team_grammar import read_add, read_create, read_pause, read_remove
from bot.slack.typed import AddPeople, CreateTeam, PauseTeam, RemovePeople


def name_of(user: UserId) -> str:
    return user


FULL = CreateTeam("Manila", "Asia/Manila", time(9), WORKING_WEEK, ChannelId("C1"))


@pytest.mark.parametrize(
    "text",
    [
        "Manila tz Asia/Manila at 09:00 on mon-fri in <#C1|ops>",
        "Manila in <#C1> on weekdays, at 9am, timezone manila.",
        "Manila ON Mon-Fri ZONE pht AT 9 IN <#C1|>",
        'tz manila "Manila" at 09:00 on mon-fri in <#C1|ops>',
        "'Manila' tz manila in <#C1|ops> at 09:00 mon-fri",
    ],
)
def test_the_parts_of_a_team_may_come_in_any_order(text: str) -> None:
    assert read_create(text, name_of) == FULL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", CreateTeam()),
        ("Manila", CreateTeam("Manila")),
        ("Manila Ops &amp; Co", CreateTeam("Manila Ops & Co")),
        ("Ana's team in Manila", CreateTeam("Ana's team in Manila")),
        ('"On call" on daily', CreateTeam("On call", weekdays=EVERY_DAY)),
        ('""', CreateTeam()),
        ("at 14:30", CreateTeam(at=time(14, 30))),
        ("at 9 pm", CreateTeam(at=time(21))),
        ("at", CreateTeam()),
        ("Manila at 09:00 daily", CreateTeam("Manila", at=time(9), weekdays=EVERY_DAY)),
        (
            "Manila at 09:00 daily on mon-fri",
            CreateTeam("Manila", at=time(9), weekdays=WORKING_WEEK),
        ),
    ],
)
def test_missing_parts_of_a_team_are_left_open(text: str, expected: CreateTeam) -> None:
    assert read_create(text, name_of) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Manila tz Manilla", "Asia/Manila"),
        ("Manila at 25:00", "There is no time “25:00”"),
        ("Manila at noonish daily", "“noonish”"),
        ("Manila on funday", "“funday”"),
        ("Manila in #ops", "pick it from Slack's list"),
    ],
)
def test_a_part_that_cannot_be_read_is_said(text: str, problem: str) -> None:
    found = read_create(text, name_of)

    assert (found.name, len(found.problems)) == ("Manila", 1)
    assert problem in found.problems[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U1>", AddPeople("<@U1>")),
        ("<@U1> and <@U2|ben> as observers", AddPeople("<@U1> <@U2|ben>", Role.OBSERVER)),
        ("<@U1> as a lead to Manila Ops", AddPeople("<@U1>", Role.LEAD, "Manila Ops")),
        ("Manila <@U1>", AddPeople("<@U1>", team="Manila")),
        ("<@U1> to Sales and R&amp;D", AddPeople("<@U1>", team="Sales and R&D")),
        ("<@U1> 'Manila'", AddPeople("<@U1>", team="Manila")),
        ("ana and ben", AddPeople("ana and ben")),
        ("ana to Manila", AddPeople("ana", team="Manila")),
        ("", None),
        ("as lead", None),
        ("<@U1> as boss", None),
    ],
)
def test_people_are_added_in_a_role(text: str, expected: AddPeople | None) -> None:
    assert read_add(text, name_of) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U1> from Manila", RemovePeople("<@U1>", "Manila")),
        ("@ana from Manila", RemovePeople("@ana", "Manila")),
        ("<@U1>", RemovePeople("<@U1>")),
        ("from Manila", None),
    ],
)
def test_people_are_removed(text: str, expected: RemovePeople | None) -> None:
    assert read_remove(text, name_of) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", PauseTeam()),
        ("Manila", PauseTeam("Manila")),
        ("until 4 jan", PauseTeam(until="4 jan")),
        ('"Manila Ops" UNTIL next week', PauseTeam("Manila Ops", "next week")),
        ("until", None),
    ],
)
def test_a_pause_may_have_an_end(text: str, expected: PauseTeam | None) -> None:
    assert read_pause(text, name_of) == expected
