"""Home, the hours somebody sets there, and what everybody finds before any team exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from bot.domain.brief import TITLE_LIMIT
from bot.domain.calendar import Weekday
from bot.domain.task import TaskNumber
from bot.domain.team import Team
from bot.slack.home import view
from bot.usecases import home as usecase_home
from bot.usecases import people as usecase
from bot.usecases.home import Group, Home
from tests.store.samples import A_PERSON, A_TASK, CHANNEL, NOW, ROLES, SCHEDULE, TEAM

if TYPE_CHECKING:
    from bot.sandbox.records import View
    from tests.office import Office


async def test_whoever_opens_home_before_any_team_exists_can_set_one_up(office: Office) -> None:
    await office.ana.open_home()
    await office.slack.until(lambda: office.ana.home)

    form = await office.ana.press(_home(office), "team.create")

    assert form.view is not None
    assert form.view.callback_id == "team.edit"


async def test_home_shows_what_waits_and_follows_each_change(office: Office) -> None:
    await office.ana.open_home()
    await office.maya.command("/delegate", "@ana Send the contract due tomorrow", channel="manila")
    await office.slack.until(lambda: "Send the contract" in str(office.ana.home))

    await office.ana.press(_home(office), "task.accept", value="1")

    await office.slack.until(lambda: "doing" in str(_home(office).blocks))
    assert "waiting for a yes" not in str(_home(office).blocks)


async def test_home_with_many_tasks_stays_inside_the_limits(office: Office) -> None:
    await office.ana.open_home()
    for number in range(12):
        await office.maya.command("/delegate", f"@ana Task {number} due tomorrow", channel="manila")

    await office.slack.until(lambda: "and 4 more" in str(office.ana.home))

    assert len(_home(office).blocks) <= 100

    opened = await office.ana.press(_home(office), "task.page.waiting")
    assert "Waiting for my yes* (12)" in str(opened.view)


async def test_hours_are_set_by_their_owner_and_hold_messages_back(office: Office) -> None:
    await office.ana.open_home()
    await office.slack.until(lambda: office.ana.home)
    form = await office.ana.press(_home(office), "me.hours")
    assert form.view is not None

    refused = await office.ana.submit(form.view, {"start": "09:00", "end": "09:00"})
    await office.ana.submit(form.view, {"start": "21:00", "end": "06:00", "days": ["MO", "TU"]})

    assert "end" in refused.errors
    known = await office.baton.do(office.workspace, usecase.known, (office.user("ana"),))
    ana = known[office.user("ana")]
    assert (ana.start, ana.end, ana.days) == (
        time(21),
        time(6),
        frozenset({Weekday.MO, Weekday.TU}),
    )
    assert ana.hears_at(datetime(2026, 12, 2, 12, tzinfo=UTC)) == datetime(
        2026, 12, 7, 13, tzinfo=UTC
    )
    await office.slack.until(lambda: "21:00-06:00" in str(office.ana.home))


def _home(office: Office) -> View:
    home = office.ana.home
    assert home is not None
    return home


async def test_a_notification_says_times_in_plain_words(office: Office) -> None:
    await office.maya.command("/delegate", "@ana Send the contract due tomorrow", channel="manila")
    await office.ana.command("/tasks", "done 1")

    await office.slack.until(lambda: "Done by" in _card(office))

    assert "<!date" not in _card(office)


def _card(office: Office) -> str:
    return "".join(card.text for card in office.slack.find("manila", event_type="baton_task"))


async def test_home_goes_by_what_its_owner_said(office: Office) -> None:
    await office.ana.open_home()
    await office.maya.command("/delegate", "@ana @ben Send it due tomorrow", channel="manila")
    await office.ben.command("/ack", "1")

    await office.slack.until(lambda: office.ana.home and "doing" in str(_home(office).blocks))

    assert "Waiting for my yes" in str(_home(office).blocks)


async def test_the_fullest_home_stays_inside_the_limits() -> None:
    task = replace(A_TASK, number=TaskNumber(1), title="T" * TITLE_LIMIT)
    group = Group([task] * usecase_home.ROWS, 500)
    lines = Group([task] * usecase_home.LINES, 500)
    team = Team(TEAM, "N" * 75, CHANNEL, SCHEDULE, ROLES, NOW)
    people = {A_PERSON.id: A_PERSON}

    shown = view(
        Home(
            user=A_PERSON.id,
            person=A_PERSON,
            any_team=True,
            teams=[team] * 50,
            waiting=group,
            doing=group,
            needing=group,
            sent=lines,
            done=lines,
            people=people,
        ),
        NOW,
    )

    assert len(shown.view["blocks"]) <= 100
    assert "and 45 more" in str(shown.view)
