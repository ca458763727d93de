"""The command line as an operator meets it: what it prints, and with what it exits."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import yaml

from bot.cli import main
from bot.domain.zones import zone_data_version
from bot.sandbox.demo import furnish
from bot.sandbox.server import LocalSlack
from bot.slack.manifest import SCOPES
from tests.processes import baton, free_port, ran, stopped
from tests.shifted import ShiftedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def clock(tmp_path: Path) -> ShiftedClock:
    clock = ShiftedClock(tmp_path / "clock")
    clock.set(datetime(2026, 11, 30, 0, 0, tzinfo=UTC))
    return clock


@pytest.fixture
async def slack(clock: ShiftedClock) -> AsyncIterator[LocalSlack]:
    async with LocalSlack(clock=clock) as slack:
        yield slack


@pytest.mark.parametrize("command", ["", "run", "sandbox", "migrate", "doctor", "manifest"])
def test_everything_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([*command.split(), "--help"])

    assert code == 0
    assert "usage: baton" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["dance"], ["run", "--fast"]])
def test_wrong_usage_exits_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv, environ={}) == 2
    assert "usage: baton" in capsys.readouterr().err


def test_missing_settings_are_one_line_that_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["run"], environ={})

    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "SLACK_BOT_TOKEN" in told.err


def test_the_manifest_is_printed_with_the_prefix_of_the_settings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["manifest"], environ={"BATON_COMMAND_PREFIX": "acme-"}) == 0

    manifest = yaml.safe_load(capsys.readouterr().out)
    commands = [command["command"] for command in manifest["features"]["slash_commands"]]
    assert "/acme-delegate" in commands


def test_a_manifest_that_slack_would_refuse_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["manifest", "--prefix", "x" * 40], environ={})

    assert code == 2
    assert capsys.readouterr().out == ""


def test_migrate_says_from_where_to_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}

    assert main(["migrate"], environ=environ) == 0
    first = capsys.readouterr().out
    assert main(["migrate"], environ=environ) == 0
    second = capsys.readouterr().out

    assert "migrated from" in first
    assert "already" in second


def test_a_corrupt_database_is_refused_and_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "broken.db"
    file.write_bytes(b"this is no database" * 100)

    code = main(["migrate"], environ={"DATABASE_URL": f"sqlite:///{file}"})

    assert code == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert file.read_bytes() == b"this is no database" * 100


async def test_doctor_finds_nothing_wrong_where_all_is_well(
    slack: LocalSlack, sqlite_url: str, tmp_path: Path
) -> None:
    code, out, _ = await ran("doctor", environ=_environ(slack, sqlite_url), folder=tmp_path)

    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["ok"] * 6
    assert zone_data_version() in out


async def test_doctor_names_each_thing_that_is_wrong(slack: LocalSlack, tmp_path: Path) -> None:
    environ = _environ(slack, f"sqlite:///{tmp_path}/none.db")
    workspace = next(iter(slack.world.workspaces.values()))
    workspace.scopes = tuple(scope for scope in SCOPES if scope != "reactions:read")

    code, out, _ = await ran("doctor", environ=environ, folder=tmp_path)

    failed = [line for line in out.splitlines() if line.startswith("FAIL")]
    assert code == 1
    assert any("schema" in line and "baton migrate" in line for line in failed)
    assert any("reactions:read" in line for line in failed)
    assert not (tmp_path / "none.db").exists()


async def test_doctor_says_that_slack_refuses_the_token(
    slack: LocalSlack, sqlite_url: str, tmp_path: Path
) -> None:
    environ = _environ(slack, sqlite_url)
    next(iter(slack.world.workspaces.values())).revoke_token()

    code, out, _ = await ran("doctor", environ=environ, folder=tmp_path)

    assert code == 1
    assert "SLACK_BOT_TOKEN" in out
    assert environ["SLACK_BOT_TOKEN"] not in out


async def test_doctor_goes_on_where_the_configuration_is_wrong(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    code, out, _ = await ran("doctor", environ=environ, folder=tmp_path)
    nonsense = await ran("doctor", environ={"PORT": "many"}, folder=tmp_path)

    assert code == 1
    assert "FAIL  configuration: SLACK_BOT_TOKEN" in out
    assert "ok    time zones" in out
    assert nonsense[0] == 1


async def test_a_token_that_slack_refuses_is_a_configuration_error(
    slack: LocalSlack, sqlite_url: str, tmp_path: Path
) -> None:
    environ = _environ(slack, sqlite_url)
    next(iter(slack.world.workspaces.values())).revoke_token()

    code, _, err = await ran("run", environ=environ, folder=tmp_path)

    assert code == 2
    assert "Slack refused SLACK_BOT_TOKEN" in err
    assert "Traceback" not in err


async def test_an_app_token_that_slack_refuses_is_one_too(
    slack: LocalSlack, sqlite_url: str, tmp_path: Path
) -> None:
    environ = _environ(slack, sqlite_url) | {"SLACK_APP_TOKEN": "xapp-1-wrong"}

    code, _, err = await ran("run", environ=environ, folder=tmp_path)

    assert code == 2
    assert "SLACK_APP_TOKEN" in err
    assert "Traceback" not in err


async def test_a_bot_starts_while_slack_is_away_and_works_once_it_is_back(
    slack: LocalSlack, sqlite_url: str, tmp_path: Path, clock: ShiftedClock
) -> None:
    demo = furnish(slack)
    await slack.unplug()

    async with baton(
        slack,
        token=demo.token,
        database_url=sqlite_url,
        over="socket",
        folder=tmp_path,
        clock=clock,
        until="slack_away",
    ) as bot:
        await slack.plug_in()
        await slack.until(lambda: slack.sockets.opened, timeout=20)
        answer = await slack.person(demo.people["ana"]).command("/tasks")

        assert answer.ok
        assert await bot.stop() == 0


async def test_a_port_that_is_taken_is_said(
    slack: LocalSlack, sqlite_url: str, tmp_path: Path
) -> None:
    taken = slack.url.rstrip("/").rpartition(":")[2]

    code, _, err = await ran(
        "run", environ=_environ(slack, sqlite_url) | {"PORT": taken}, folder=tmp_path
    )

    assert code == 1
    assert taken in err
    assert "Traceback" not in err


async def test_the_sandbox_starts_with_two_teams_and_a_task(tmp_path: Path) -> None:
    """It needs nothing but a free port, and leaves nothing behind."""
    port = free_port()
    environ = {"PORT": str(free_port()), "TMPDIR": str(tmp_path)}

    code, out, _ = await ran(
        "sandbox", "--port", str(port), environ=environ, folder=tmp_path, until="is ready"
    )

    assert code == 0
    assert f":{port}/" in out
    assert list(tmp_path.iterdir()) == []


def _environ(slack: LocalSlack, database_url: str) -> dict[str, str]:
    workspace = slack.add_workspace("Acme")
    return {
        "SLACK_BOT_TOKEN": workspace.token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": database_url,
        "PORT": "0",
    }


@pytest.mark.parametrize(
    "argv", [["manifest", "--prefix", "ACME!"], ["sandbox", "--port", "99999"]]
)
def test_values_that_cannot_be_are_wrong_usage(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(argv, environ={})

    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    assert "Traceback" not in told.err


async def test_a_server_that_is_stopped_before_it_began_has_stopped_well(
    sqlite_url: str, tmp_path: Path
) -> None:
    """The database is locked, so its start waits; nothing of it is left behind."""
    file = sqlite_url.removeprefix("sqlite:///")
    environ = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "secret",
        "DATABASE_URL": sqlite_url,
        "PORT": "0",
    }
    with sqlite3.connect(file) as other:
        other.execute("BEGIN EXCLUSIVE")
        code = await stopped("run", environ=environ, folder=tmp_path)

    assert code == 0
