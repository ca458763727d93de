"""The life of this process as the others see it, and theirs as this one sees them."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from bot.store.claims import ProcessId
from bot.store.database import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.store.claims import Claims

logger = logging.getLogger(__name__)

LEASE = 30.0
"""Seconds without a beat after which a process counts as dead."""

EVERY = 2.0

FRESH = 5.0
"""Seconds since its last beat within which a process may rely on its claims."""


class Beating:
    """Beats, and buries those whose beat stands still.

    Nobody compares clocks: a beat is a number, and how long it has stood still is measured by
    each process on its own monotonic clock.
    """

    def __init__(
        self,
        claims: Claims,
        *,
        on_buried: Callable[[], None],
        on_orphans: Callable[[], None],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        lease: float = LEASE,
        every: float = EVERY,
        fresh: float = FRESH,
    ) -> None:
        """`on_buried`: others have taken our claims. `on_orphans`: there are some to take."""
        self._claims = claims
        self._on_buried = on_buried
        self._on_orphans = on_orphans
        self._clock = clock
        self._monotonic = monotonic
        self._lease = lease
        self._every = every
        self._fresh = fresh
        self._name = f"{socket.gethostname()[:20]}/{os.getpid()}"
        self.process = ProcessId("")
        self.beaten = float("-inf")
        """When the last beat began that was committed, on the monotonic clock."""
        self._seen: dict[ProcessId, tuple[int, float]] = {}
        self._watched = float("-inf")

    @property
    def is_fresh(self) -> bool:
        """Whether nobody can have taken our claims yet."""
        return self._monotonic() - self.beaten <= self._fresh

    async def begin(self) -> None:
        """Begin a life that nobody has buried."""
        started = self._monotonic()
        process = ProcessId(f"{self._name}/{uuid4().hex}")
        await self._claims.register(process)
        self.process = process
        self.beaten = started

    async def end(self) -> None:
        await self._claims.unregister(self.process)
        self.beaten = float("-inf")

    async def forever(self) -> None:
        """Beat and watch until cancelled."""
        away = False
        while True:
            started = self._monotonic()
            try:
                await self.once()
                away = False
            except StoreUnavailable as outage:
                if not away:
                    logger.warning(
                        "The database is away, so nothing is published: %s",
                        outage,
                        extra={"action": "beat_missed"},
                    )
                away = True
            except Exception:
                # Without its beat this process would publish nothing for the rest of its life.
                logger.exception("A beat failed", extra={"action": "beat_failed"})
            await asyncio.sleep(max(0.0, self._every - (self._monotonic() - started)))

    async def once(self) -> None:
        """Beat, and look at the beats of the others."""
        started = self._monotonic()
        if await self._claims.beat(self.process):
            self.beaten = started
        else:
            logger.warning(
                "This process was taken for dead; it begins anew", extra={"action": "buried"}
            )
            self._on_buried()
            await self.begin()
        await self._watch()

    async def _watch(self) -> None:
        now = self._monotonic()
        if now - self._watched > 3 * self._every:
            # Who did not watch cannot say that nothing moved meanwhile.
            self._seen.clear()
        self._watched = now
        beats = await self._claims.beats()
        beats.pop(self.process, None)
        for gone in self._seen.keys() - beats.keys():
            del self._seen[gone]
        for other, beat in beats.items():
            before, since = self._seen.get(other, (None, now))
            if beat != before:
                self._seen[other] = (beat, now)
            elif now - since >= self._lease:
                await self._bury(other, beat)

    async def _bury(self, other: ProcessId, beat: int) -> None:
        now = self._clock()
        again_at = now + timedelta(seconds=self._lease)
        orphans = await self._claims.bury(other, seen=beat, again_at=again_at, now=now)
        logger.warning(
            "A process stopped without a word; its %d workspaces are taken over",
            len(orphans),
            extra={"action": "bury", "dead": other},
        )
        if orphans:
            self._on_orphans()
