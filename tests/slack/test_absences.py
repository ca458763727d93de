"""Being away and back, end to end: typed, written, by form and by buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.slack.handing import buttons, card_of, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from tests.office import Office


async def test_away_and_back_as_commands_and_in_a_message(office: Office) -> None:
    away = await office.ana.command("/baton", "away tomorrow", channel="manila")
    assert away.text.startswith("You are away on ")
    assert "Messages wait until" in away.text
    assert buttons(away.blocks) == ["absence.end"]

    back = await office.ana.command("/baton", "back", channel="manila")
    assert back.text.startswith("You are no longer away on ")
    again = await office.ana.command("/baton", "back", channel="manila")
    assert "You are not down as away" in again.text

    await office.ben.say(office.ben.dm, "away today")
    written = await dm_of(office, office.ben, words="You are away on")
    await office.ben.press(written, "absence.end")
    ended = office.ben.ephemerals[-1] if office.ben.ephemerals else None
    assert ended is None or "no longer away" in ended.text


async def test_what_cannot_be_read_is_refused_with_an_example(office: Office) -> None:
    refused = await office.ana.command("/baton", "away lunch", channel="manila")
    assert "Write it like `fri`, `today` or `12 aug to 20 aug`" in refused.text

    stranger = await office.ben.command("/baton", "away @ana tomorrow", channel="manila")
    assert "Only ana can say when they are away" in stranger.text


async def test_the_form_takes_dates(office: Office) -> None:
    opened = await office.ana.command("/baton", "away", channel="manila")
    assert opened.view is not None
    assert "person" not in str(opened.view.blocks)

    refused = await office.ana.submit(values={"first": _tomorrow(office), "last": "2020-01-01"})
    assert "is before" in str(refused.errors)
    await office.ana.submit(values={"first": _tomorrow(office), "last": _tomorrow(office)})

    await dm_of(office, office.ana, words="You are away on ")


async def test_a_lead_says_it_for_a_member_who_is_told_and_can_take_it_back(
    office: Office,
) -> None:
    answer = await office.maya.command("/baton", "away @ana tomorrow", channel="manila")
    assert answer.text.startswith("ana is away on ")

    told = await dm_of(office, office.ana, words="maya put you down as away on")
    await office.ana.press(told, "absence.end")

    await shows(office, told, "You are not away on")
    assert buttons(told.blocks) == []


async def test_the_delegator_decides_about_what_is_due_meanwhile(office: Office) -> None:
    card = await handed_over(office, "@ana Prepare June report due tomorrow")
    await handed_over(office, "@ana Call Sam due tomorrow")
    await card_of(office, count=2)

    away = await office.ana.command("/baton", "away today to in 3 days", channel="manila")
    assert "Prepare June report" in away.text
    asked = await dm_of(office, office.maya, words="2 tasks of yours due then")
    assert buttons(asked.blocks)[:3] == ["absence.move", "task.change", "absence.leave"]

    before = card.text
    await office.maya.press(asked, "absence.move", f"1 {_subject(asked.blocks)}")
    await shows(office, asked, "1 task of yours due then")
    await office.slack.until(lambda: card.text != before)
    await office.maya.press(asked, "absence.leave", f"2 {_subject(asked.blocks)}")

    await shows(office, asked, "nothing is left to decide")
    assert buttons(asked.blocks) == []
    assert "Call Sam" not in words(asked.blocks)


def _subject(blocks: list[dict[str, object]]) -> str:
    values = [
        element["value"]
        for block in blocks
        if block["type"] == "actions"
        for element in block["elements"]  # type: ignore[attr-defined]  # a list of buttons
        if element["action_id"] == "absence.move"
    ]
    return str(values[0]).partition(" ")[2]


def _tomorrow(office: Office) -> str:

    return (office.clock() + timedelta(days=1)).date().isoformat()
