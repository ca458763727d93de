"""The three seconds in which Slack wants its answer, and what is left of them."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWERED = 2.7
"""Seconds in which all has to be done that a person waits for; the rest is the way back."""

LEAST = 0.4
"""Seconds that everything gets: what Slack answers at once is never given up unasked."""

_BEGAN: ContextVar[float | None] = ContextVar("began", default=None)


@contextmanager
def somebody_waits(*, since: float) -> Iterator[None]:
    """Count what is done inside against the time that somebody has, on the monotonic clock."""
    token = _BEGAN.set(since)
    try:
        yield
    finally:
        _BEGAN.reset(token)


def within(seconds: float) -> asyncio.Timeout:
    """Return what gives up after so many seconds, or earlier when not so much time is left.

    Each step has a limit of its own, and several of them in a row would be too long.
    """
    began = _BEGAN.get()
    if began is None:
        return asyncio.timeout(seconds)
    left = began + ANSWERED - time.monotonic()
    return asyncio.timeout(min(seconds, max(LEAST, left)))
