"""How a line that hands over a task is read."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.domain.brief import TITLE_LIMIT
from bot.domain.calendar import WorkingHours
from bot.domain.person import UserId
from bot.domain.repeat import Frequency, Rule
from bot.slack.delegation_grammar import Delegation, calls_by_name, parse_delegate, read_people

NOW = datetime(2026, 8, 5, 14, tzinfo=UTC)
MINE = WorkingHours("America/New_York", time(9), time(17))
THEIRS = WorkingHours("Asia/Manila", time(9), time(18))
ME = UserId("U0")
NAMES = {"U0": "Max", "U1": "Ana Cruz", "U2": "Ben", "U3": "Joy Abad", "U4": "Joy Bell"}
CALLED = {
    "ana": ["U1"],
    "ana cruz": ["U1"],
    "ben": ["U2"],
    "joy": ["U3", "U4"],
    "joy bell": ["U4"],
    "mark": ["U5"],
}


def names(words: str) -> list[UserId]:
    return [UserId(user) for user in CALLED.get(words.lower(), [])]


def name_of(user: UserId) -> str:
    return NAMES.get(user, user)


def parse(text: str) -> Delegation:
    return parse_delegate(
        text,
        names=names,
        name_of=name_of,
        me=ME,
        mine=MINE,
        theirs_of=lambda _: THEIRS,
        now=NOW,
    )


def test_a_complete_line_leaves_nothing_to_ask() -> None:
    found = parse("<@U1> <@U2|ben> Prepare June report due fri 17:00 takes 3h every month")

    assert found.due
    assert found.due.at == datetime(2026, 8, 7, 21, tzinfo=UTC)
    assert found == Delegation(
        people=(UserId("U1"), UserId("U2")),
        title="Prepare June report",
        due=found.due,
        takes=timedelta(hours=3),
        every="every month",
        rule=Rule(Frequency.MONTHLY),
    )


def test_a_date_alone_ends_the_working_day_of_those_who_do_it() -> None:
    theirs, mine = parse("<@U1> plan due fri"), parse("plan due fri")

    assert theirs.due
    assert (theirs.due.zone, theirs.due.local.hour) == ("Asia/Manila", 18)
    assert mine.due
    assert (mine.due.zone, mine.due.local.hour) == ("America/New_York", 17)


@pytest.mark.parametrize(
    ("text", "people", "title"),
    [
        ("<@U1> plan", ["U1"], "plan"),
        ("<@U1>: plan", ["U1"], "plan"),
        ("<@U1>\nplan", ["U1"], "plan"),
        ("to <@U1> plan", ["U1"], "plan"),
        ("<@U1>, <@U2> and <@W9> - plan", ["U1", "U2", "W9"], "plan"),
        ("<@U1>&amp;<@U2>+<@U1> plan", ["U1", "U2"], "plan"),
        ("me plan", ["U0"], "plan"),
        ("Me and <@U1> plan", ["U0", "U1"], "plan"),
        ("<@U1> me plan", ["U1", "U0"], "plan"),
        ("ana plan", ["U1"], "plan"),
        ("Ana Cruz plan", ["U1"], "plan"),
        ("@Ana\nCruz plan", ["U1"], "plan"),
        ("@ana. plan", ["U1"], "plan"),
        ("@ana @ben plan", ["U1", "U2"], "plan"),
        ("ana, joy bell and ben plan", ["U1", "U4", "U2"], "plan"),
        ("Mark the dates", ["U5"], "the dates"),
        ("<@U1> Mark the dates", ["U1"], "Mark the dates"),
        ("<@U1> and the others plan", ["U1"], "and the others plan"),
        ("<@U1> me-time", ["U1"], "me-time"),
        ("<@U1> tell <@U2> and <#C1|ops>", ["U1"], "tell @Ben and #ops"),
        ("June report <@U1>", ["U1"], "June report"),
        ("June <@U1> report <@U2>", ["U1", "U2"], "June report"),
        ("<@U1> tell <!channel> &amp; &lt;all&gt;", ["U1"], "tell @channel & <all>"),
        ('<@U1> "June report"', ["U1"], "June report"),
        ('<@U1> "June" report', ["U1"], '"June" report'),
        ('<@U1> "June" and "May"', ["U1"], '"June" and "May"'),
        ("<@U1> Prepare\n June  report\n", ["U1"], "Prepare June report"),
    ],
)
def test_people_stand_at_the_beginning(text: str, people: list[str], title: str) -> None:
    found = parse(f"{text} due fri 17:00.")

    assert (list(found.people), found.title, found.problems) == (people, title, ())


@pytest.mark.parametrize(
    ("text", "people", "title", "problem"),
    [
        ("plan due fri", [], "plan", "Say who does it"),
        ("send it to <@U2> due fri", [], "send it to @Ben", "Say who does it"),
        ("<!channel> plan due fri", [], "@channel plan", "Say who does it"),
        ("&lt;@U1&gt; plan due fri", [], "<@U1> plan", "Say who does it"),
        ("<@U1> due fri", ["U1"], "", "Say what is to be done"),
        ("<@U1> plan", ["U1"], "plan", "Say by when"),
        ("<@U1> plan due 3/4", ["U1"], "plan", "3 apr or 4 mar"),
        ("<@U1> plan due fri takes 0h", ["U1"], "plan", "“0h”"),
        ("@joe plan due fri", [], "plan", "Nobody here is called “@joe”"),
        ("@ana @joe plan due fri", ["U1"], "plan", "Nobody here is called “@joe”"),
        ("joy plan due fri", [], "plan", "2 people here are called “joy”: Joy Abad and Joy Bell"),
        ("ana and joy plan due fri", ["U1"], "plan", "Type @ and pick the one you mean"),
        ("<!subteam^S1|@ops> plan due fri", [], "plan", "not for a group"),
    ],
)
def test_what_is_missing_or_unclear_is_said_and_the_rest_is_kept(
    text: str, people: list[str], title: str, problem: str
) -> None:
    found = parse(text)

    assert (list(found.people), found.title, len(found.problems)) == (people, title, 1)
    assert problem in found.problems[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U0ANA> Prepare June report due fri", False),
        ("<@U0ANA|ana> and <@U0BEN>: Prepare June report", False),
        (":memo: <@U0ANA> Prepare June report", False),
        ("me Prepare June report", False),
        ("<!subteam^S1> Prepare June report", False),
        ("", False),
        ("@ana Prepare June report", True),
        ("ana Prepare June report", True),
        ("Prepare June report <@U0ANA>", True),
        ("<@U0ANA>, ben Prepare June report", True),
        ("to ana: Prepare June report", True),
    ],
)
def test_names_are_looked_up_only_where_somebody_may_be_called_by_one(
    text: str,
    expected: bool,  # noqa: FBT001  # pytest hands it over by name
) -> None:
    assert calls_by_name(text) is expected


def test_an_empty_line_asks_for_everything() -> None:
    assert len(parse("").problems) == 3


def test_a_text_too_long_for_a_title_is_kept_whole() -> None:
    words = "word " * 200

    found = parse(f"<@U1> {words} due fri 17:00")

    assert len(found.title) == TITLE_LIMIT
    assert found.more == words.strip()


def test_of_a_long_text_the_first_line_is_the_title() -> None:
    details = "\n".join(f"{number}. a detail of it" for number in range(40))

    found = parse(f"<@U1> Prepare June report due fri 17:00\n\n{details}")

    assert (found.title, found.more) == ("Prepare June report", details)


def test_people_are_found_in_front_of_any_text() -> None:
    found = read_people("<@U1>, ben because I am away", names=names, name_of=name_of, me=ME)

    assert (found.users, found.rest) == (("U1", "U2"), "because I am away")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("<@U1> PREPARE report DUE FRI 17:00 TAKES 3H", "PREPARE report"),
        ("  <@U1>   Prepare   report   due   fri   17:00   takes   3h  ", "Prepare report"),
        (
            "<@U1>\N{NO-BREAK SPACE}Prepare report due fri 17:00 takes\N{NO-BREAK SPACE}3h",
            "Prepare report",
        ),
        ("<@U1> “Prepare report” due “fri 17:00” takes “3h”", "Prepare report"),
        ("“<@U1> Prepare report due fri 17:00 takes 3h”", "Prepare report"),
        (":memo: <@U1> Prepare report due fri 17:00 takes 3h", ":memo: Prepare report"),
        ("\N{MEMO} ana Prepare report due fri 17:00 takes 3h", "\N{MEMO} Prepare report"),
        ("<@U1> :memo: Prepare report due fri 17:00 takes 3h", ":memo: Prepare report"),
        ("<@U1> Prepare report due fri 17:00 takes 3h.", "Prepare report"),
        ("<@U1> Prepare report due fri 17:00. Takes 3h.", "Prepare report"),
    ],
)
def test_however_a_line_is_typed_it_is_read_the_same(text: str, title: str) -> None:
    found = parse(text)

    assert found.people == (UserId("U1"),)
    assert found.title == title
    assert found.due
    assert found.due.at == datetime(2026, 8, 7, 21, tzinfo=UTC)
    assert found.takes == timedelta(hours=3)
    assert not found.problems
