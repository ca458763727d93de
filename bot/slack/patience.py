"""The three seconds in which Slack wants its answer, what is left of them, and how to use them."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from bot.domain.errors import TooEarly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

T = TypeVar("T")

ANSWERED = 2.7
"""Seconds in which all has to be done that a person waits for; the rest is the way back."""

LEAST = 0.4
"""Seconds that everything gets: what Slack answers at once is never given up unasked."""

PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds between asking and asking again while it is too early: most often one is enough."""

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


async def once_known(ask: Callable[[], Awaitable[T]]) -> T:
    """Return what `ask` returns, which is asked again for most of a second while it is TooEarly.

    After that it is left to Slack to deliver the event again, at once and some minutes later.
    """
    for pause in PAUSES:
        with suppress(TooEarly):
            return await ask()
        await asyncio.sleep(pause)
    return await ask()
