"""Where a database is, from the plain URL that the operator wrote."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.store.failures import StoreRefused

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}


def address(url: str) -> URL:
    """Return the URL with its driver; no part of it is repeated when it is refused."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The reason that the parser gives quotes the part it stumbled over, maybe a password.
        parsed = None
    driver = None if parsed is None else _DRIVERS.get(parsed.drivername)
    if parsed is None or driver is None:
        raise StoreRefused(
            "DATABASE_URL names no database that Baton knows. Write sqlite:///baton.db or "
            "postgresql://user:password@host/name, with other characters than letters and "
            "digits percent-encoded in user and password."
        )
    if driver == _DRIVERS[SQLITE] and (parsed.host or parsed.database in {None, "", ":memory:"}):
        raise StoreRefused(
            "DATABASE_URL must name a file, as sqlite:///baton.db or sqlite:////data/baton.db does."
        )
    if parsed.host and "@" in parsed.host:
        # What was left of a password would be taken for the host's name, and be logged with it.
        raise StoreRefused(
            "DATABASE_URL holds an @ inside its user or password: write it as %40 there."
        )
    return parsed.set(drivername=driver)


def is_sqlite(place: URL) -> bool:
    return place.get_backend_name() == SQLITE
