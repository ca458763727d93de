"""The line in which work waits for the database, and which it leaves in time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING, Any

from bot.store.failures import StoreUnavailable

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable

    from sqlalchemy import Connection


@dataclass(eq=False)
class Job:
    """One piece of work, whole in one transaction, and what became of it."""

    work: Callable[[Connection], Any]
    deadline: float
    """On the monotonic clock; from here on it must not begin."""
    settled: Future[None]
    committed: Callable[[Any], None] = lambda _value: None
    """Called on the event loop with what the work returned, once it is committed."""
    started: bool = False
    value: Any = None
    error: BaseException | None = None

    @property
    def patience(self) -> float:
        """Seconds that are left to begin."""
        return self.deadline - monotonic()


class Line:
    """First come, first served; who has waited too long is passed over."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._changed = Condition()
        self._closed = False

    def put(self, job: Job) -> None:
        with self._changed:
            if self._closed:
                raise StoreUnavailable("The store is closed. Nothing was changed.")
            self._jobs.append(job)
            self._changed.notify()

    def wait(self) -> bool:
        """Block until a job waits. False: there is none, and there will be no more."""
        with self._changed:
            while not self._jobs:
                if self._closed:
                    return False
                self._changed.wait()
            return True

    def next(self) -> Job | None:
        """Return the next job that may still begin, which from now on cannot be withdrawn."""
        with self._changed:
            while self._jobs:
                job = self._jobs.popleft()
                if job.patience > 0:
                    job.started = True
                    return job
            return None

    def drop_late(self) -> None:
        """Forget those that may no longer begin."""
        with self._changed:
            while self._jobs and self._jobs[0].patience <= 0:
                self._jobs.popleft()

    def withdraw(self, job: Job) -> bool:
        """Take a job out again. False: it has begun, and will be what it will be."""
        with self._changed:
            if job.started:
                return False
            # Its deadline is past or nobody wants it any more: whoever finds it passes it over.
            job.deadline = float("-inf")
            return True

    def close(self) -> None:
        """Take no more; what waits already is still served."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
