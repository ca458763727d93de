from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from bot.domain.absence import Absence
from tests.store.samples import A_PERSON, AN_ABSENCE, ANA, BEN, CHANNEL, NOW, ROLES, SCHEDULE

if TYPE_CHECKING:
    from bot.domain.person import Person, WorkspaceId
    from bot.store.database import Store
    from bot.store.transaction import Tx

CHRISTMAS = date(2026, 12, 24)


async def test_absences_come_back_in_order(store: Store, workspace: WorkspaceId) -> None:
    earlier = Absence(date(2026, 2, 2), date(2026, 2, 2))

    def work(tx: Tx) -> tuple[Absence, ...]:
        tx.absences.add(ANA, AN_ABSENCE)
        tx.absences.add(ANA, earlier)
        tx.absences.add(BEN, AN_ABSENCE)
        return tx.absences.of(ANA)

    assert await store.run(workspace, work) == (earlier, AN_ABSENCE)


async def test_an_absence_next_to_another_one_becomes_one_with_it(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> tuple[Absence, tuple[Absence, ...]]:
        tx.absences.add(ANA, AN_ABSENCE)
        together = tx.absences.add(ANA, Absence(date(2026, 3, 10), date(2026, 3, 11)))
        return together, tx.absences.of(ANA)

    together, all_of_them = await store.run(workspace, work)

    assert together == Absence(AN_ABSENCE.first, date(2026, 3, 11))
    assert all_of_them == (together,)


async def test_what_is_past_can_be_forgotten(store: Store, workspace: WorkspaceId) -> None:
    later = Absence(date(2026, 4, 1), date(2026, 4, 2))

    def work(tx: Tx) -> tuple[Absence, ...]:
        tx.absences.add(ANA, AN_ABSENCE)
        tx.absences.add(ANA, later)
        tx.absences.drop_past(ANA, before=date(2026, 3, 31))
        return tx.absences.of(ANA)

    assert await store.run(workspace, work) == (later,)


async def test_a_person_comes_with_their_absences_as_they_are_now(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[Person | None]:
        tx.people.save(A_PERSON)
        found = [tx.people.get(ANA)]
        tx.absences.add(ANA, AN_ABSENCE)
        found.append(tx.people.get(ANA))
        tx.absences.drop(ANA, AN_ABSENCE)
        return [*found, tx.people.get(ANA)]

    assert await store.run(workspace, work) == [
        A_PERSON,
        replace(A_PERSON, absences=(AN_ABSENCE,)),
        A_PERSON,
    ]


async def test_a_person_comes_with_the_dates_off_of_the_teams_that_ask_them(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[frozenset[date]]:
        for user in (ANA, BEN):
            tx.people.save(replace(A_PERSON, id=user))
        for name in ("Manila", "Cebu"):
            team = tx.teams.add(name=name, channel=CHANNEL, schedule=SCHEDULE, roles=ROLES, now=NOW)
            tx.teams.save(replace(team, dates_off=frozenset({CHRISTMAS.replace(day=team.id)})))
        gone = tx.teams.add(name="Old", channel=CHANNEL, schedule=SCHEDULE, roles=ROLES, now=NOW)
        tx.teams.save(replace(gone, dates_off=frozenset({CHRISTMAS}), deleted_at=NOW))
        return [person.team_dates for person in tx.people.many([ANA, BEN]).values()]

    asked, observes = await store.run(workspace, work)

    assert asked == {date(2026, 12, 1), date(2026, 12, 2)}
    assert observes == frozenset()


async def test_zone_and_holidays_stay_until_they_are_set(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> Person | None:
        tx.people.save(replace(A_PERSON, profile_zone="Europe/Paris"))
        tx.people.set_holidays(ANA, "US")
        tx.people.set_zone(ANA, "Europe/Paris")
        return tx.people.get(ANA)

    assert await store.run(workspace, work) == replace(
        A_PERSON, zone="Europe/Paris", profile_zone="", keeps="US"
    )
