# noqa: INP001  # Alembic runs this file, nobody imports it.
"""Alembic's way in: the program hands over a connection, the command line names a database.

`alembic -x url=sqlite:///baton.db revision --autogenerate -m "…"` writes the next migration.
"""

from __future__ import annotations

from alembic import context

from bot.store.address import address
from bot.store.migrating import engine_for
from bot.store.schema import metadata


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        context.configure(connection=connection, target_metadata=metadata)
        context.run_migrations()
        return
    url = context.get_x_argument(as_dictionary=True).get("url", "sqlite:///baton.db")
    with engine_for(address(url)).begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            # SQLite changes a table by copying it.
            render_as_batch=True,
        )
        context.run_migrations()


run()
