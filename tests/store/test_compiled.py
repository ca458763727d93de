from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.store.compiled import run, run_many
from bot.store.database import Store, StoreFault, StoreUnavailable
from bot.store.failures import is_lost, translated
from bot.store.schema import hints, people, processes, tasks
from tests.store.samples import ANA, BEN, JOY, NOW

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

_HINTED = insert(hints)
_ALL = select(hints.c.subject, hints.c.person).order_by(hints.c.subject, hints.c.person)


def hint(subject: str, person: str = ANA) -> dict[str, Any]:
    return {"workspace": "T0001", "subject": subject, "person": person}


async def test_what_goes_in_comes_out_as_the_types_have_it(store: Store) -> None:
    at = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)
    task = {
        "workspace": "T0001",
        "number": 7,
        "key": "k",
        "title": "Ana\0's",
        "more": "",
        "delegator": ANA,
        "due_at": at,
        "due_local": at.replace(tzinfo=None),
        "due_zone": "Asia/Manila",
        "takes": timedelta(minutes=90),
        "channel": None,
        "status": "waiting",
        "created_at": at,
        "question": "",
    }

    def work(connection: Connection) -> Any:  # noqa: ANN401  # a row
        run(connection, insert(tasks), task)
        return run(connection, select(tasks), {}).one()

    row = await store.door(work)

    assert row.due_at == at
    assert row.due_at.tzinfo is UTC
    assert row.due_local == at.replace(tzinfo=None)
    assert row.takes == timedelta(minutes=90)
    assert row.title == "Ana's"
    assert (row.channel, row.snoozed_until, row.version) == (None, None, 1)


async def test_the_rows_of_a_statement_are_those_that_sqlalchemy_finds(store: Store) -> None:
    ana = {
        "workspace": "T0001",
        "id": ANA,
        **dict.fromkeys(("name", "handle", "real_name"), "Ana"),
        "zone": "UTC",
        "start": time(8),
        "end": time(16, 30),
        "days": "monday",
        "hours_confirmed": True,
        **dict.fromkeys(("is_bot", "is_deleted", "is_guest", "is_admin", "is_external"), False),
    }

    def work(connection: Connection) -> tuple[Any, Any]:
        run(connection, insert(people), ana)
        ours = run(connection, select(people), {}).one()
        return ours._asdict(), dict(connection.execute(select(people)).mappings().one())

    ours, theirs = await store.door(work)

    assert ours == theirs


async def test_a_statement_tells_what_it_returned_and_how_much_it_changed(store: Store) -> None:
    def work(connection: Connection) -> None:
        new = insert(hints).returning(hints.c.person, func.length(hints.c.subject) + 1)
        outcome = run(connection, new, hint("one"))
        assert outcome.rows == [(ANA, 4)]
        assert outcome.one() == outcome.first() == (ANA, 4)
        assert outcome.scalar() == outcome.scalar_one() == ANA
        assert outcome.one().person == ANA

        changed = update(hints).where(hints.c.subject == bindparam("was"))
        assert run(connection, changed, {"was": "one", "person": BEN}).rowcount == 1
        nothing = run(connection, changed, {"was": "two", "person": BEN})
        assert (nothing.rows, nothing.rowcount) == ((), 0)
        assert (nothing.first(), nothing.scalar()) == (None, None)
        with pytest.raises(ValueError, match="not enough"):
            nothing.one()

    await store.door(work)


async def test_a_statement_is_about_the_columns_it_is_given(store: Store) -> None:
    def work(connection: Connection) -> list[Any]:
        run(connection, _HINTED, hint("one"))
        change = update(hints)
        run(connection, change, {"subject": "two"})
        run(connection, change, {"person": BEN})
        return list(run(connection, _ALL, {}).rows)

    assert await store.door(work) == [("two", BEN)]


async def test_what_a_statement_itself_says_goes_with_what_it_is_given(store: Store) -> None:
    mine = _ALL.where(hints.c.person == ANA, hints.c.subject != bindparam("other"))

    def work(connection: Connection) -> list[Any]:
        run_many(connection, _HINTED, [hint("one"), hint("two"), hint("two", BEN)])
        return [list(run(connection, mine, {"other": other}).rows) for other in ("one", "two")]

    assert await store.door(work) == [[("two", ANA)], [("one", ANA)]]


async def test_a_list_may_have_any_length(store: Store) -> None:
    which = _ALL.where(hints.c.person.in_(bindparam("persons", expanding=True)))

    def work(connection: Connection) -> list[int]:
        run_many(connection, _HINTED, [hint("one"), hint("one", BEN), hint("one", JOY)])
        lists: list[list[str]] = [[], [ANA], [ANA, BEN, JOY]]
        found = [run(connection, which, {"persons": persons}).rows for persons in lists]
        gone = hints.delete().where(hints.c.person.in_(bindparam("persons", expanding=True)))
        return [*map(len, found), run(connection, gone, {"persons": [ANA, JOY]}).rowcount]

    assert await store.door(work) == [0, 1, 3, 2]


async def test_a_value_that_is_missing_is_not_taken_for_nothing(store: Store) -> None:
    which = _ALL.where(hints.c.person == bindparam("whose"))

    with pytest.raises(KeyError, match="whose"):
        await store.door(lambda connection: run(connection, which, {"who": ANA}))


async def test_what_the_database_refuses_is_told_as_sqlalchemy_tells_it(store: Store) -> None:
    def twice(connection: Connection) -> None:
        run(connection, _HINTED, hint("one"))
        with pytest.raises(IntegrityError) as caught, connection.begin_nested():
            run(connection, _HINTED, hint("one"))
        assert "INSERT INTO hints" in str(caught.value)
        assert "one" not in str(translated(caught.value))
        with pytest.raises(IntegrityError), connection.begin_nested():
            run_many(connection, _HINTED, [hint("two"), hint("two")])

    await store.door(twice)
    with pytest.raises(StoreFault, match="SELECT length"):
        await store.door(lambda connection: run(connection, select(func.length(1, 2)), {}))


async def test_a_value_of_the_wrong_kind_is_refused_before_it_is_sent(store: Store) -> None:
    late = select(func.count()).where(tasks.c.due_at < bindparam("before"))

    with pytest.raises(ValueError, match="is no instant"):
        await store.door(
            lambda connection: run(connection, late, {"before": NOW.replace(tzinfo=None)})
        )


async def test_a_connection_that_breaks_is_replaced(postgres_url: str) -> None:
    end = select(func.pg_terminate_backend(func.pg_backend_pid()))
    count = select(func.count()).select_from(processes)
    store = Store(postgres_url)
    lost: list[bool] = []

    def work(connection: Connection) -> None:
        try:
            run(connection, end, {})
        except DBAPIError as error:
            lost.append(is_lost(error) and connection.invalidated)
            raise

    await store.open()
    try:
        with pytest.raises(StoreUnavailable):
            await store.door(work)
        assert await store.door(lambda connection: run(connection, count, {}).scalar_one()) == 0
    finally:
        await store.close()
    assert lost
    assert all(lost)
