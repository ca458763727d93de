"""The image: clean by its linter, without root, with a health check that works, and no more."""

import asyncio
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from bot.config import Settings
from bot.web import Web

ROOT = Path(__file__).parents[1]
TOOLS = Path(sys.executable).parent


def instructions() -> list[tuple[str, str]]:
    """Return every instruction of the Dockerfile with its arguments, in order."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ")
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in whole.splitlines())]


def last(word: str) -> str:
    return [arguments for name, arguments in instructions() if name == word][-1]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(last("ENV")))


def test_the_linter_has_nothing_to_say() -> None:
    done = subprocess.run(
        [TOOLS / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_process_is_not_root() -> None:
    assert int(last("USER")) > 0


def test_the_data_lies_in_the_volume() -> None:
    (volume,) = json.loads(last("VOLUME"))

    settings = Settings.from_env(environment(), needs_slack=False)

    assert settings.database_url.get_secret_value() == f"sqlite:///{volume}/baton.db"
    assert (settings.host, settings.port) == ("0.0.0.0", 3000)  # noqa: S104  # reachable from outside
    assert settings.warnings == ()


def test_one_process_runs_the_bot() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["baton"]
    assert json.loads(last("CMD")) == ["run"]


def health_check() -> list[str]:
    _, _, command = last("HEALTHCHECK").partition("CMD ")
    _, *arguments = json.loads(command)
    return [sys.executable, *arguments]


async def healthy(host: str, port: int) -> bool:
    process = await asyncio.create_subprocess_exec(
        *health_check(),
        env={**os.environ, "HOST": host, "PORT": str(port)},  # noqa: TID251  # the child needs the rest as it is
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait() == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104  # as in the image
async def test_the_health_check_passes_while_the_process_lives_and_fails_after(host: str) -> None:
    server = Web(
        host=host,
        port=0,
        registry=CollectorRegistry(),
        readiness=lambda: {"slack": "away"},
        slack=None,
    )
    await server.start()
    port = server.port

    assert await healthy(host, port)

    await server.stop()
    assert not await healthy(host, port)


def test_the_context_is_what_the_image_is_built_from_and_nothing_else() -> None:
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    copied = {
        source.removeprefix("./")
        for name, arguments in instructions()
        if name == "COPY" and not arguments.startswith("--from")
        for source in arguments.split()[:-1]
    }

    assert "*" in ignore
    assert allowed == copied
    assert all((ROOT / path).exists() for path in copied)


def test_hooks_call_tools_that_the_project_installs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    tools = {Path(hook["entry"].split()[0]) for hook in hooks}

    assert {tool.parent for tool in tools} == {Path(".venv/bin")}
    assert {tool.name for tool in tools} == {"ruff", "mypy", "lint-imports", "hadolint"}
    assert all((TOOLS / tool.name).exists() for tool in tools)
