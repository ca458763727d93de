from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from bot.domain.absence import Absence
from bot.domain.calendar import WORKING_WEEK
from bot.domain.errors import BotError
from bot.domain.person import Person, UserId
from bot.domain.post import ChannelId
from bot.domain.preview import Clock, Fate, Preview, checked_days, preview
from bot.domain.schedule import Schedule
from bot.domain.team import Role, Team, TeamId

MAYA, ANA, BEN, LEO = UserId("U1"), UserId("U2"), UserId("U3"), UserId("U4")
NOW = datetime(2026, 10, 28, 14, tzinfo=UTC)
"""Ten in the morning in New York, on the Wednesday before the clocks are changed there."""

PEOPLE = {
    MAYA: Person(MAYA, "Maya", zone="America/New_York"),
    ANA: Person(ANA, "Ana", zone="Asia/Manila"),
    BEN: Person(BEN, "Ben", zone="Asia/Singapore"),
}
TEAM = Team(
    TeamId(1),
    "Harbour",
    ChannelId("C1"),
    Schedule("America/New_York", time(8), WORKING_WEEK),
    ((MAYA, Role.LEAD), (ANA, Role.MEMBER), (BEN, Role.MEMBER), (LEO, Role.OBSERVER)),
    NOW,
)


def seen(
    team: Team = TEAM,
    *,
    people: dict[UserId, Person] = PEOPLE,
    pending: datetime | None = None,
    days: int = 7,
) -> Preview:
    return preview(team, people, pending=pending, held=(), days=days, now=NOW)


def test_from_the_first_of_november_eight_in_new_york_is_nine_in_manila() -> None:
    found = seen()

    assert found.home == (MAYA,)
    assert found.others == (Clock(("Asia/Manila", "Asia/Singapore"), (ANA, BEN)),)
    assert [
        (each.date.day, each.local.hour, each.readings[0].local.hour) for each in found.prompts
    ] == [(29, 8, 20), (30, 8, 20), (2, 8, 21), (3, 8, 21)]
    (shift,) = found.shifts
    assert (shift.since, shift.prompt.date) == (date(2026, 11, 1), date(2026, 11, 2))
    assert (shift.before.hour, shift.now.hour) == (20, 21)


def test_a_shift_is_told_at_the_first_huddle_that_is_held() -> None:
    (shift,) = seen(replace(TEAM, paused=True, paused_until=date(2026, 11, 3))).shifts

    assert (shift.since, shift.prompt.date) == (date(2026, 11, 1), date(2026, 11, 3))


def test_absences_and_holidays_count_by_each_members_own_date() -> None:
    people = PEOPLE | {
        MAYA: replace(PEOPLE[MAYA], absences=(Absence(date(2026, 10, 29), date(2026, 10, 29)),)),
        ANA: replace(PEOPLE[ANA], absences=(Absence(date(2026, 10, 30), date(2026, 10, 30)),)),
        BEN: replace(PEOPLE[BEN], zone="Asia/Manila"),
    }

    found = seen(people=people)

    assert [each.away for each in found.prompts] == [(MAYA,), (ANA,), (), ()]
    # All Souls' and Bonifacio Day in Manila, Veterans Day and Thanksgiving in New York.
    later = {each.date: each.on_holiday for each in seen(people=people, days=40).prompts}
    assert {day: users for day, users in later.items() if users} == {
        date(2026, 11, 2): (ANA, BEN),
        date(2026, 11, 11): (MAYA,),
        date(2026, 11, 26): (MAYA,),
        date(2026, 11, 30): (ANA, BEN),
    }


def test_a_day_without_anybody_has_no_huddle() -> None:
    away = (Absence(date(2026, 10, 30), date(2026, 10, 30)),)
    people = {user: replace(person, absences=away) for user, person in PEOPLE.items()}
    team = replace(TEAM, dates_off=frozenset({date(2026, 11, 2)}))

    found = seen(team, people=people)

    assert [each.fate for each in found.prompts] == [
        Fate.HELD,
        Fate.NOBODY,
        Fate.TEAM_OFF,
        Fate.HELD,
    ]


def test_somebody_of_whom_nothing_is_known_has_no_clock_and_is_not_away() -> None:
    found = seen(people={})

    assert (found.home, found.others) == ((), ())
    assert {each.fate for each in found.prompts} == {Fate.HELD}


def test_todays_huddle_stays_where_its_alarm_is_when_the_schedule_moved_to_a_past_time() -> None:
    still_today = datetime(2026, 10, 28, 20, tzinfo=UTC)

    assert seen(pending=still_today).prompts[0].at == still_today
    assert seen(pending=NOW).prompts[0].date == date(2026, 10, 29)
    tomorrow = datetime(2026, 10, 29, 12, tzinfo=UTC)
    assert seen(pending=tomorrow) == seen()


@pytest.mark.parametrize("days", [-1, 0, 61, 9999])
def test_a_number_of_days_out_of_range_is_refused_with_what_to_write(days: int) -> None:
    with pytest.raises(
        BotError, match=r"1 to 60 days ahead\. Write it like `/baton huddle preview"
    ):
        checked_days(days)


@pytest.mark.parametrize("days", [1, 14, 60])
def test_as_many_days_are_shown_as_were_asked_for(days: int) -> None:
    assert checked_days(days) == days
    assert seen(days=days).last.toordinal() - date(2026, 10, 28).toordinal() == days - 1
