from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.calendar import Weekday
from bot.domain.person import Person, UserId
from tests.store.samples import A_PERSON, ANA, BEN, JOY

if TYPE_CHECKING:
    from bot.domain.person import WorkspaceId
    from bot.store.database import Store
    from bot.store.transaction import Tx


async def test_a_person_comes_back_as_they_were_saved(store: Store, workspace: WorkspaceId) -> None:
    await store.run(workspace, lambda tx: tx.people.save(A_PERSON))

    assert await store.run(workspace, lambda tx: tx.people.get(ANA)) == A_PERSON


async def test_nobody_is_where_nobody_was_saved(store: Store, workspace: WorkspaceId) -> None:
    assert await store.run(workspace, lambda tx: tx.people.get(ANA)) is None


async def test_a_new_profile_leaves_somebodys_hours_alone(
    store: Store, workspace: WorkspaceId
) -> None:
    days = frozenset({Weekday.FR})

    def work(tx: Tx) -> Person | None:
        tx.people.save(A_PERSON)
        tx.people.set_hours(ANA, start=time(8), end=time(12), days=days)
        tx.people.save(Person(id=ANA, name="Ana C.", zone="Europe/Paris", is_admin=True))
        return tx.people.get(ANA)

    found = await store.run(workspace, work)

    assert found == Person(
        id=ANA,
        name="Ana C.",
        zone="Europe/Paris",
        is_admin=True,
        start=time(8),
        end=time(12),
        days=days,
        hours_confirmed=True,
    )


async def test_who_was_read_is_read_anew_after_a_change(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[Person | None]:
        found = [tx.people.get(ANA)]
        tx.people.save(A_PERSON)
        found.append(tx.people.get(ANA))
        tx.people.save(replace(A_PERSON, name="Ana C."))
        found.append(tx.people.get(ANA))
        tx.people.set_hours(ANA, start=time(8), end=time(12), days=A_PERSON.days)
        return [*found, tx.people.get(ANA)]

    missing, saved, renamed, settled = await store.run(workspace, work)

    assert missing is None
    assert saved == A_PERSON
    assert renamed == replace(A_PERSON, name="Ana C.")
    assert settled is not None
    assert settled.start == time(8)


async def test_people_are_read_once_in_a_transaction(
    sqlite_store: Store, workspace: WorkspaceId
) -> None:
    statements: list[str] = []

    def work(tx: Tx) -> list[list[UserId]]:
        driver: Any = tx.people._scope.connection.connection.driver_connection
        driver.set_trace_callback(statements.append)
        return [list(tx.people.many(users)) for users in ([ANA, BEN], [BEN, JOY, ANA], [ANA])]

    await sqlite_store.run(workspace, lambda tx: tx.people.save(A_PERSON))

    assert await sqlite_store.run(workspace, work) == [[ANA], [ANA], [ANA]]
    assert len([each for each in statements if each.startswith("SELECT")]) == 2


async def test_hours_are_not_set_for_somebody_unknown(store: Store, workspace: WorkspaceId) -> None:
    with pytest.raises(LookupError, match="U0ANA"):
        await store.run(
            workspace,
            lambda tx: tx.people.set_hours(ANA, start=time(8), end=time(12), days=frozenset()),
        )


async def test_many_people_come_in_the_order_asked_for_and_the_unknown_are_left_out(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> dict[UserId, Person]:
        tx.people.save(A_PERSON)
        tx.people.save(Person(id=BEN, name="Ben"))
        return tx.people.many([BEN, JOY, ANA, BEN])

    assert list(await store.run(workspace, work)) == [BEN, ANA]
    assert await store.run(workspace, lambda tx: tx.people.many([])) == {}


async def test_everybody_comes_by_name(store: Store, workspace: WorkspaceId) -> None:
    def work(tx: Tx) -> list[Person]:
        for person, name in ((ANA, "joy"), (BEN, "Ángel"), (JOY, "Ben")):
            tx.people.save(Person(id=person, name=name))
        return tx.people.all()

    assert [person.name for person in await store.run(workspace, work)] == ["Ben", "joy", "Ángel"]


async def test_what_no_database_keeps_is_left_out_of_peoples_words(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> Person | None:
        tx.people.save(replace(A_PERSON, name="A\0na \ud83d🌙"))
        return tx.people.get(ANA)

    found = await store.run(workspace, work)

    assert found is not None
    assert found.name == "Ana ?🌙"
