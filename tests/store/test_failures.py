from __future__ import annotations

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, StatementError

from bot.store.failures import (
    Stale,
    StoreFault,
    StoreUnavailable,
    is_busy,
    is_closed_to_us,
    is_damaged,
    is_lost,
    may_succeed_again,
    translated,
)


def sqlite_error(code: int, text: str = "it failed") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def wrapped(error: Exception, *, lost: bool = False) -> DBAPIError:
    return DBAPIError("UPDATE tasks SET title=?", {}, error, connection_invalidated=lost)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), "busy"),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), "busy"),
        (sqlite_error(sqlite3.SQLITE_FULL), "disk is full"),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), "disk does not answer"),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), "cannot be opened"),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), "damaged"),
        (errors.LockNotAvailable(), "busy"),
        (errors.QueryCanceled(), "busy"),
        (errors.DiskFull(), "out of space"),
        (errors.TooManyConnections(), "out of space"),
        (errors.AdminShutdown(), "shutting down"),
        (errors.ReadOnlySqlTransaction(), "takes no changes"),
        (errors.ConnectionFailure(), "connection broke"),
        (psycopg.OperationalError("could not connect"), "does not answer"),
    ],
)
def test_an_outage_is_told_as_one_whatever_the_driver(error: Exception, says: str) -> None:
    for each in (error, wrapped(error)):
        told = translated(each)

        assert isinstance(told, StoreUnavailable)
        assert says in str(told)
        assert "try again" in str(told)


def test_a_lost_connection_is_an_outage_whatever_the_driver_calls_it() -> None:
    error = wrapped(psycopg.InterfaceError("the connection is closed"), lost=True)

    assert is_lost(error)
    assert may_succeed_again(error)
    assert isinstance(translated(error), StoreUnavailable)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (sqlite_error(sqlite3.SQLITE_CONSTRAINT, "UNIQUE constraint failed: a.b"), "a.b"),
        (sqlite3.ProgrammingError("closed"), "closed"),
        (errors.ForeignKeyViolation("Key (name)=(Ana) is missing"), "ForeignKeyViolation"),
    ],
)
def test_a_fault_of_ours_names_the_statement_and_no_value(error: Exception, says: str) -> None:
    told = translated(wrapped(error))

    assert isinstance(told, StoreFault)
    assert says in str(told)
    assert "UPDATE tasks" in str(told)
    assert "Ana" not in str(told)
    assert "no statement" in str(translated(error))


@pytest.mark.parametrize("error", [ZeroDivisionError(), StoreUnavailable("gone"), SystemExit()])
def test_what_no_driver_raised_stays_as_it_is(error: BaseException) -> None:
    assert translated(error) is error


def test_a_value_that_does_not_fit_is_told_as_what_it_is() -> None:
    cause = ValueError("no zone")
    without_cause = StatementError("no", None, None, None)

    assert translated(StatementError("no", None, None, cause)) is cause
    assert translated(without_cause) is without_cause


def test_only_what_others_caused_may_succeed_again() -> None:
    again = [Stale(), wrapped(errors.DeadlockDetected()), wrapped(errors.SerializationFailure())]
    again += [wrapped(errors.UniqueViolation())]
    never = [ZeroDivisionError(), wrapped(sqlite_error(sqlite3.SQLITE_FULL))]
    never += [wrapped(errors.LockNotAvailable()), wrapped(errors.CheckViolation())]

    assert all(may_succeed_again(error) for error in again)
    assert not any(may_succeed_again(error) for error in never)


def test_kinds_of_trouble_with_a_file_are_told_apart() -> None:
    busy, damaged, closed = (
        wrapped(sqlite_error(code))
        for code in (sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY)
    )

    assert [is_busy(each) for each in (busy, damaged, closed)] == [True, False, False]
    assert [is_damaged(each) for each in (busy, damaged, closed)] == [False, True, False]
    assert [is_closed_to_us(each) for each in (busy, damaged, closed)] == [False, False, True]
