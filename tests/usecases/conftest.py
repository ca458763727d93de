"""What the tests of use cases share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.huddles import Office

if TYPE_CHECKING:
    from bot.store.database import Store


@pytest.fixture
async def office(sqlite_store: Store) -> Office:
    """Return a workspace with a few people, at eight in Manila on Monday 23 November 2026."""
    made = Office(sqlite_store)
    await made.open()
    return made
