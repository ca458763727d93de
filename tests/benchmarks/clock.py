"""The machine's clock, for processes that are not the bot and need not load it to know the time."""

from __future__ import annotations

from datetime import UTC, datetime


def system_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # these programs have no other root than themselves
