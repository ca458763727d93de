"""Waiting for something to become true, and making others wait, without guessing for how long."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


async def until(condition: Callable[[], object], *, within: float = 10) -> None:
    """Return as soon as `condition` holds, or fail when it does not within these seconds."""
    async with asyncio.timeout(within):
        # What is waited for happens in other threads and processes, which set no event of ours.
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110  # for that reason
            await asyncio.sleep(0.01)


class Gate:
    """Something in a thread comes to it, says so, and goes on when it is opened."""

    def __init__(self) -> None:
        self._begun = Event()
        self._opened = Event()

    def pass_through(self) -> None:
        self._begun.set()
        if not self._opened.wait(20):
            raise TimeoutError("nobody opened the gate")

    async def has_begun(self) -> None:
        await until(self._begun.is_set)

    def open(self) -> None:
        self._opened.set()
