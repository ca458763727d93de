from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import bot
from bot.store import migrating
from bot.store.address import address
from bot.store.database import StoreRefused, StoreUnavailable
from bot.store.migrating import EMPTY, engine_for, migrate, schema_version
from bot.store.schema import metadata
from tests.databases import ENGINES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import Postgres

pytestmark = pytest.mark.timeout(90)

ROOT = Path(__file__).parents[2]
HEAD = max(path.name[:4] for path in (ROOT / "migrations/versions").glob("0*.py"))
NEXT = f"{int(HEAD) + 1:04}"
NUMBERS = f"revision, down_revision = '{NEXT}', '{HEAD}'\n"


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return a database in which nothing is yet, on each engine in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.create()
    yield url
    postgres.drop(url)


def tables(url: str) -> set[str]:
    engine = engine_for(address(url))
    with engine.connect() as connection:
        names = set(inspect(connection).get_table_names())
    engine.dispose()
    return names


def execute(url: str, statement: str) -> None:
    engine = engine_for(address(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


async def test_an_empty_database_is_brought_to_the_newest_schema_once(empty_url: str) -> None:
    assert await schema_version(empty_url) == (EMPTY, HEAD)
    assert await migrate(empty_url) == (EMPTY, HEAD)
    assert await migrate(empty_url) == (HEAD, HEAD)
    assert await schema_version(empty_url) == (HEAD, HEAD)


async def test_the_migrations_make_what_the_tables_say(database_url: str) -> None:
    engine = engine_for(address(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert differences == []


async def test_a_subject_is_compared_byte_by_byte(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE collation_name = 'C' AND table_schema = 'public' ORDER BY 1, 2"
        ).fetchall()

    assert found == [
        ("alarms", "subject"),
        ("hints", "subject"),
        ("posts", "subject"),
        ("reactions", "event_ts"),
    ]


async def test_every_migration_can_be_taken_back(empty_url: str) -> None:
    await migrate(empty_url)
    config = migrating._config()
    engine = engine_for(address(empty_url))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()

    assert tables(empty_url) == {"alembic_version"}
    assert await migrate(empty_url) == (EMPTY, HEAD)


async def test_processes_that_migrate_at_once_take_turns(empty_url: str) -> None:
    runs = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import asyncio, sys; from bot.store.migrating import migrate; "
            "print(*asyncio.run(migrate(sys.argv[1])))",
            empty_url,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    outputs = [(await run.communicate())[0].decode() for run in runs]

    # Each migration is a turn of its own, so that the processes may share them.
    before, after = zip(*(output.split() for output in outputs), strict=True)
    assert set(after) == {HEAD}
    assert EMPTY in before


async def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(
    database_url: str,
) -> None:
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")

    for ask in (migrate, schema_version):
        with pytest.raises(
            StoreRefused, match=rf"schema 9999.* newest is {HEAD}\. Start the newer"
        ):
            await ask(database_url)


async def test_somebody_elses_tables_are_refused(empty_url: str) -> None:
    execute(empty_url, "CREATE TABLE people (name VARCHAR(9))")
    execute(empty_url, "CREATE TABLE cats (name VARCHAR(9))")

    with pytest.raises(StoreRefused, match=r"not Baton's \(people\)"):
        await migrate(empty_url)

    assert tables(empty_url) == {"people", "cats"}


def test_asking_for_the_schema_creates_no_file(tmp_path: Path) -> None:
    assert asyncio.run(schema_version(f"sqlite:///{tmp_path}/baton.db")) == (EMPTY, HEAD)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "baton.db"
    path.write_text("Dear diary,\n" * 1000)

    for ask in (migrate, schema_version):
        with pytest.raises(StoreRefused, match="not a database"):
            asyncio.run(ask(f"sqlite:///{path}"))

    assert path.read_text() == "Dear diary,\n" * 1000


async def test_a_migration_that_fails_leaves_nothing_behind(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    (folder / "versions" / f"{NEXT}_broken.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '{NEXT}', '{HEAD}'\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE halfway (id INTEGER)')\n"
        "    op.execute('CREATE NONSENSE')\n"
    )
    monkeypatch.setattr(migrating, "_folder", lambda: folder)

    with pytest.raises(Exception, match="NONSENSE"):
        await migrate(empty_url)

    # The first one stays, each being a transaction of its own.
    assert await schema_version(empty_url) == (HEAD, NEXT)
    assert "halfway" not in tables(empty_url)


async def test_a_migration_that_breaks_references_is_taken_back(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    (folder / "versions" / f"{NEXT}_careless.py").write_text(
        # No statement of ours, but a text with one in it.
        f"from alembic import op\n{NUMBERS}def upgrade():\n"  # noqa: S608
        "    op.execute(\"INSERT INTO hints VALUES ('T0404', 'card/1', 'U1')\")\n"
    )
    monkeypatch.setattr(migrating, "_folder", lambda: folder)

    with pytest.raises(StoreRefused, match="A row of hints refers to a row of workspaces"):
        await migrate(sqlite_url)

    assert await schema_version(sqlite_url) == (HEAD, NEXT)


async def test_a_database_that_another_process_holds_is_an_outage(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "WAIT", 0.2)
    place = address(database_url)
    if place.get_backend_name() == "sqlite":
        file = sqlite3.connect(str(place.database), isolation_level=None)
        file.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="Another process"):
            await migrate(database_url)
        file.close()
    else:
        with psycopg.connect(database_url) as server:
            server.execute(f"SELECT pg_advisory_xact_lock({migrating.LOCK_NUMBER})")
            with pytest.raises(StoreUnavailable, match="Another process"):
                await migrate(database_url)


async def test_a_server_that_is_not_there_is_an_outage() -> None:
    for ask in (migrate, schema_version):
        with pytest.raises(StoreUnavailable, match="cannot be reached") as caught:
            await ask("postgresql://ana:hunter2@127.0.0.1:1/baton")

        assert "hunter2" not in str(caught.value)


def test_an_installed_package_carries_its_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "bot"
    (package / "migrations").mkdir(parents=True)

    assert migrating._folder() == ROOT / "migrations"
    monkeypatch.setattr(bot, "__file__", str(package / "__init__.py"))
    assert migrating._folder() == package / "migrations"


def test_alembics_own_command_finds_nothing_to_add(sqlite_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "-x", f"url={sqlite_url}", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "No new upgrade operations detected" in done.stdout
    assert done.returncode == 0, done.stderr
