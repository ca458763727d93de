"""What a database can do to its callers, and the one place that reads its drivers' errors."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, cast

import psycopg
from sqlalchemy.exc import DBAPIError, StatementError

if TYPE_CHECKING:
    from sqlalchemy import Connection

DRIVER_ERRORS = (sqlite3.Error, psycopg.Error)

TRY_AGAIN = "Nothing was changed; try again in a moment."


class StoreUnavailable(Exception):
    """The database cannot be reached, is locked or is full: nothing was changed, so try again.

    One case is not that simple: when a connection breaks while it commits, nobody can tell
    whether the commit took place. Every effect has a key, so repeating it is safe then too.
    """


class StoreRefused(Exception):
    """This database cannot be used until its operator has done something about it."""


class StoreFault(Exception):
    """A statement the database does not accept, which is a fault of this program.

    The driver's own text quotes the values, which are people's words, so it is left out.
    """


class Stale(Exception):
    """Somebody else changed what was read, so the work has to be run again from the start."""


# SQLite's primary result codes, which a result code carries in its lowest byte.
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SQLITE_CLOSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
_SQLITE_OUTAGES = {
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk does not answer as it should",
    sqlite3.SQLITE_NOMEM: "the memory is full",
    sqlite3.SQLITE_PERM: "its file may not be changed",
    sqlite3.SQLITE_READONLY: "its file may not be changed",
}

# PostgreSQL's SQLSTATEs, or the class that their first two letters name.
_POSTGRESQL_BUSY = {"55P03", "57014"}
# A duplicate key is one of them: two who insert the same row at the same moment may both miss it,
# ON CONFLICT or not, where a table has a second unique index. The next look finds the row.
_POSTGRESQL_AGAIN = {"40001", "40P01", "23505"}
_POSTGRESQL_OUTAGES = {
    "08": "the connection broke",
    "25006": "it takes no changes at present",
    "25P03": "the connection broke",
    "53": "it is out of space, memory or connections",
    "57": "it is shutting down or starting",
    "58": "its disk does not answer as it should",
}


def wrapped(error: Exception, statement: str, connection: Connection) -> DBAPIError:
    """Return what SQLAlchemy would have raised, had it run the statement; a broken one is lost."""
    is_lost = connection.dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type]  # its protocol of an error fits no class
    found = DBAPIError.instance(
        statement,
        None,
        error,
        DRIVER_ERRORS[0] if isinstance(error, DRIVER_ERRORS[0]) else DRIVER_ERRORS[1],
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=connection.dialect,
    )
    if is_lost:
        connection.invalidate(error)
    return cast("DBAPIError", found)


def is_busy(error: BaseException) -> bool:
    """Whether somebody else holds the lock that was asked for."""
    cause = _driver_error(error)
    return _sqlite_code(cause) in _SQLITE_BUSY or _sqlstate(cause) in _POSTGRESQL_BUSY


def is_damaged(error: BaseException) -> bool:
    """Whether the file is no database, or no longer a whole one."""
    return _sqlite_code(_driver_error(error)) in _SQLITE_DAMAGED


def is_closed_to_us(error: BaseException) -> bool:
    """Whether the file cannot be opened, or not be changed: waiting would not help."""
    return _sqlite_code(_driver_error(error)) in _SQLITE_CLOSED


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone, and with it whatever was not committed."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def may_succeed_again(error: BaseException) -> bool:
    """Whether the same work, run once more from the start, may well succeed."""
    return (
        isinstance(error, Stale)
        or _sqlstate(_driver_error(error)) in _POSTGRESQL_AGAIN
        or is_lost(error)
    )


def translated(error: BaseException) -> BaseException:
    """Return what callers of the store are told of an error; theirs and ours stay as they are."""
    if isinstance(error, Stale):
        return StoreUnavailable(f"Others keep changing the same thing. {TRY_AGAIN}")
    if isinstance(error, StatementError) and not isinstance(error, DBAPIError):
        # A value that no column takes, such as an instant without a zone.
        return error.orig or error
    cause = _driver_error(error)
    if cause is None:
        return error
    if is_busy(error):
        return StoreUnavailable(f"The database is busy. {TRY_AGAIN}")
    if (reason := _outage(cause)) is not None or is_lost(error):
        return StoreUnavailable(
            f"The database is unavailable: {reason or 'the connection broke'}. {TRY_AGAIN}"
        )
    return StoreFault(_without_values(error, cause)).with_traceback(error.__traceback__)


def _driver_error(error: BaseException) -> BaseException | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return cause if isinstance(cause, DRIVER_ERRORS) else None


def _sqlite_code(cause: BaseException | None) -> int | None:
    code = getattr(cause, "sqlite_errorcode", None) if isinstance(cause, sqlite3.Error) else None
    return None if code is None else code & 0xFF


def _sqlstate(cause: BaseException | None) -> str:
    return cause.sqlstate or "" if isinstance(cause, psycopg.Error) else ""


def _outage(cause: BaseException) -> str | None:
    code = _sqlite_code(cause)
    if code in _SQLITE_DAMAGED:
        return "its file is damaged"
    if code is not None:
        return _SQLITE_OUTAGES.get(code)
    state = _sqlstate(cause)
    if not state and isinstance(cause, psycopg.OperationalError):
        # Connecting failed, or the connection did: libpq says so without a code.
        return "it does not answer"
    return _POSTGRESQL_OUTAGES.get(state) or _POSTGRESQL_OUTAGES.get(state[:2])


def _without_values(error: BaseException, cause: BaseException) -> str:
    statement = getattr(error, "statement", None) or "no statement"
    if isinstance(cause, psycopg.Error):
        what = cause.diag.message_primary or type(cause).__name__
    else:
        what = str(cause)
    return f"{what} [{statement}]"
