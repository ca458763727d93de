"""`/baton me`, a new member's first message, a new zone, and a team's days off, end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.slack.handing import buttons, dm_of, shows, words

if TYPE_CHECKING:
    from tests.office import Office

CREATE = "team create Manila tz Asia/Manila at 09:00 on mon-fri"


async def test_a_new_member_says_that_the_hours_are_right(office: Office) -> None:
    await office.maya.command("/baton", CREATE, channel="manila")

    told = await dm_of(office, office.ana, words="maya added you to Manila")
    assert "Your hours: 09:00-18:00 Manila?" in told.text
    assert "Baton keeps your name and zone" in str(told.blocks)
    await office.ana.press(told, "me.right")

    await shows(office, told, "Your hours: 09:00-18:00 Manila.")
    assert buttons(told.blocks) == []


async def test_me_shows_holidays_and_absences_and_changes_them(office: Office) -> None:
    await office.ana.command("/baton", "away tomorrow", channel="manila")
    me = await office.ana.command("/baton", "me", channel="manila")
    assert "You keep the public holidays of Philippines." in me.text
    assert buttons(me.blocks) == ["absence.end", "me.hours", "absence.away"]
    assert "Baton keeps your name" in words(me.blocks)

    assert me.message is not None
    await office.ana.press(me.message, "me.hours")
    refused = await office.ana.submit(values={"holidays": "other", "country": "Atlantis"})
    assert "I know no country" in str(refused.errors)
    await office.ana.submit(values={"holidays": "other", "country": "usa"})

    again = await office.ana.command("/baton", "me", channel="manila")
    assert "You keep the public holidays of United States." in again.text


async def test_a_team_has_days_off_of_its_own(office: Office) -> None:
    await office.maya.command("/baton", CREATE, channel="manila")

    off = await office.maya.command("/baton", "team holidays 24 dec, 31 dec", channel="manila")
    assert "Manila has off on " in off.text
    assert "24 Dec" in off.text
    refused = await office.ana.command("/baton", "team holidays tomorrow", channel="manila")
    assert "Only a lead can change Manila" in refused.text
    none = await office.maya.command("/baton", "team holidays none", channel="manila")

    assert "Manila has no days off of its own" in none.text
