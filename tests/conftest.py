"""What every test starts from: an empty environment and repeatable examples."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["tests.databases", "tests.office"]

# The same examples each time: what fails for one fails for all. `--hypothesis-profile=explore`
# looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile("repeatable")

# What Baton reads, what libpq reads, and what would send requests elsewhere.
_PREFIXES = ("SLACK_", "BATON_", "PG")
_NAMES = ("DATABASE_URL", "HOST", "PORT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def _empty(patch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):  # noqa: TID251  # emptied, not read
        if name.upper() in _NAMES or name.startswith(_PREFIXES):
            patch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _clean_session() -> Iterator[None]:
    """Take away whatever the shell of whoever runs the tests would add to them."""
    with pytest.MonkeyPatch.context() as patch:
        _empty(patch)
        yield


@pytest.fixture(autouse=True)
def _clean_environment() -> Iterator[None]:
    """Take away whatever an earlier test left."""
    with pytest.MonkeyPatch.context() as patch:
        _empty(patch)
        yield
