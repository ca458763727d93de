"""Waiting for something to happen in the local Slack without sleeping."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# What a predicate looks at may also live outside of the local Slack, where nobody tells it.
_LOOK_AGAIN = 0.02


class Changes:
    """Counts everything that changes and wakes up who waits for it."""

    def __init__(self) -> None:
        self.version = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        self.version += 1
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def after(self, version: int, *, timeout: float) -> int:  # noqa: ASYNC109 - a long poll ends without an error
        """Return the current version as soon as it differs from `version`, or at the timeout."""
        if self.version == version:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            await asyncio.wait({future}, timeout=timeout)
            self._waiting.discard(future)
        return self.version

    async def until(self, predicate: Callable[[], T], *, timeout: float = 5.0) -> T:  # noqa: ASYNC109 - every caller wants its own
        """Return the first true answer of `predicate`; raises TimeoutError when none comes."""
        async with asyncio.timeout(timeout):
            while True:
                seen = self.version
                answer = predicate()
                if answer:
                    return answer
                await self.after(seen, timeout=_LOOK_AGAIN)
