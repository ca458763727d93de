from datetime import UTC, date, datetime, time

import pytest

from bot.domain.calendar import WORKING_WEEK
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId
from bot.domain.schedule import Schedule
from bot.domain.team import (
    NAME_LIMIT,
    BadName,
    BadPeople,
    NotALead,
    Role,
    Team,
    TeamId,
    clean_name,
    joins_by_itself,
    must_lead,
    names_in_words,
    refuse_unfit,
)

ANA, BEN, JOY = UserId("U1"), UserId("U2"), UserId("U3")
MANILA = Team(
    id=TeamId(1),
    name="Manila",
    channel=ChannelId("C1"),
    schedule=Schedule("Asia/Manila", time(9), WORKING_WEEK),
    roles=((ANA, Role.LEAD), (BEN, Role.MEMBER), (JOY, Role.OBSERVER)),
    created_at=datetime(2026, 11, 23, tzinfo=UTC),
)


def test_a_lead_is_asked_and_an_observer_is_not() -> None:
    assert MANILA.members == (ANA, BEN)
    assert MANILA.leads == (ANA,)
    assert MANILA.observers == (JOY,)
    assert MANILA.role_of(UserId("U9")) is None


def test_people_change_their_role() -> None:
    changed = MANILA.with_people((JOY, JOY, BEN), Role.LEAD)

    assert changed.leads == (ANA, JOY, BEN)
    assert changed.observers == ()


def test_the_last_lead_stays() -> None:
    with pytest.raises(BadPeople, match="Add another one first"):
        MANILA.without_people((ANA,))

    assert MANILA.without_people((BEN,)).members == (ANA,)


def test_choosing_the_members_keeps_leads_and_observers() -> None:
    changed = MANILA.with_members((UserId("U4"), ANA))

    assert changed.roles == (
        (UserId("U4"), Role.MEMBER),
        (ANA, Role.LEAD),
        (JOY, Role.OBSERVER),
    )
    assert MANILA.with_members((ANA, JOY)).role_of(JOY) is Role.MEMBER


def test_a_pause_ends_before_its_date_or_not_at_all() -> None:
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    until = Team(**{**vars(MANILA), "paused": True, "paused_until": tuesday})
    for_ever = Team(**{**vars(MANILA), "paused": True})

    assert not MANILA.is_paused_on(monday)
    assert until.is_paused_on(monday)
    assert not until.is_paused_on(tuesday)
    assert for_ever.is_paused_on(tuesday)


@pytest.mark.parametrize(
    "text", ["Manila  Team", "“Manila Team”", " 'Manila Team' ", "Manila\nTeam", '"Manila Team"']
)
def test_a_name_is_one_line_without_quotes(text: str) -> None:
    assert clean_name(text) == "Manila Team"


def test_a_name_is_neither_missing_nor_longer_than_its_limit() -> None:
    assert len(clean_name("x" * NAME_LIMIT)) == NAME_LIMIT
    with pytest.raises(BadName, match="at most 60 characters"):
        clean_name("x" * 5_000)
    with pytest.raises(BadName, match="needs a name"):
        clean_name(' "" ')


def test_bots_deactivated_and_external_people_join_only_by_name() -> None:
    assert joins_by_itself(Person(ANA, "Ana"))
    assert not joins_by_itself(Person(ANA, "Ana", is_bot=True))
    assert not joins_by_itself(Person(ANA, "Ana", is_deleted=True))
    assert not joins_by_itself(Person(ANA, "Ana", is_external=True))


def test_bots_and_deactivated_people_are_refused_by_name() -> None:
    refuse_unfit([Person(ANA, "Ana"), Person(BEN, "Ben", is_external=True)])
    with pytest.raises(BadPeople, match="Robo is a bot"):
        refuse_unfit([Person(ANA, "Ana"), Person(BEN, "Robo", is_bot=True)])
    with pytest.raises(BadPeople, match="Ben is deactivated"):
        refuse_unfit([Person(BEN, "Ben", is_deleted=True)])


def test_leads_and_admins_change_a_team_and_nobody_else() -> None:
    must_lead(MANILA, Person(ANA, "Ana"), leads=["Ana"])
    must_lead(MANILA, Person(UserId("U9"), "Ada", is_admin=True), leads=["Ana"])
    for other in (Person(BEN, "Ben"), Person(JOY, "Joy"), None):
        with pytest.raises(NotALead, match="Ask Ana"):
            must_lead(MANILA, other, leads=["Ana"])


def test_names_are_a_choice_in_words() -> None:
    assert names_in_words(["Ana", "Ben", "Joy"]) == "Ana, Ben or Joy"
    assert names_in_words(["Ana"]) == "Ana"
    assert names_in_words([]) == "a workspace admin"
