"""What is written down twice says the same twice: code, README and the tools' settings."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from bot.config import variables
from bot.domain.task import WORDS, Status
from bot.slack.forms import FORMS
from bot.slack.grammar import COMMANDS as TYPED
from bot.slack.manifest import COMMANDS
from bot.usecases.reacting import STEPS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def _rows(table: str) -> list[list[str]]:
    """Return the cells of a table of the README, without its two head lines."""
    found = re.search(rf"<!-- {table} -->\n(.*?)<!-- /{table} -->", README, re.DOTALL)
    assert found is not None
    lines = found[1].strip().splitlines()[2:]
    cells = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines]
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in cells]


def test_the_readme_lists_every_command_as_the_help_does() -> None:
    written = [(what, does) for what, does in _rows("commands")]

    assert written == [
        (f"`/{f'{form.command} {form.usage}'.rstrip()}`", form.does) for form in FORMS
    ]


def test_the_manifest_declares_every_command_that_is_read() -> None:
    assert {command.name for command in COMMANDS} == set(TYPED)


def test_the_readme_lists_every_reaction() -> None:
    written = {name for row in _rows("reactions") for name in re.findall(r"`(\w+)`", row[0])}

    assert written == set(STEPS)


def test_the_readme_lists_every_state_in_its_words() -> None:
    written = {state.strip("`"): words for state, words, _ in _rows("states")}

    assert written == {status.value: WORDS[status] for status in Status}


def test_the_readme_lists_every_setting() -> None:
    written = {name for row in _rows("settings") for name in re.findall(r"`([A-Z_]+)`", row[0])}
    # Kept free for tokens in the database, and of no effect until there are some.
    later = {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "BATON_SECRET_KEY"}

    assert written == variables() - later


def test_the_readme_begins_with_the_two_commands_that_set_everything_up() -> None:
    blocks = re.findall(r"```(?:sh|bash|shell|console)\n(.*?)```", README, re.DOTALL)

    first, second = (block.strip() for block in blocks[:2])
    assert first.count("\n") == second.count("\n") == 0
    assert first.endswith("baton sandbox")
    assert second.endswith("pytest")


def test_imports_never_point_back() -> None:
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout
