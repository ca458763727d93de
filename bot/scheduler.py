"""The heartbeat: rings every alarm that is due, and notices when somebody sets the clock."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.domain.alarm import Alarm, AlarmKind
    from bot.domain.person import WorkspaceId

logger = logging.getLogger(__name__)

EVERY = 1
"""Seconds between two ticks."""

LATEST = 1.5
"""Seconds after which a tick takes place though nobody called for it: the clock was set back."""

JUMP = timedelta(seconds=1)
"""How far the clock may stray from the monotonic one between two ticks."""

MOST = 64
"""Alarms that are rung at once."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds until an alarm that failed is rung again."""

Key: TypeAlias = "tuple[WorkspaceId, AlarmKind, str]"


class Due(Protocol):
    """Returns what is due, the longest due first."""

    async def __call__(self, now: datetime, *, limit: int) -> list[Alarm]: ...


@dataclass(frozen=True)
class Left:
    """What ringing alarms together has left to do."""

    alone: Sequence[Alarm] = ()
    """These have to be rung one by one."""
    busy: Sequence[Alarm] = ()
    """These are being rung by another process."""


class RingTogether(Protocol):
    """Rings many alarms for the price of a few; a failure says nothing about any one of them."""

    async def __call__(self, alarms: Sequence[Alarm], now: datetime) -> Left: ...


@dataclass
class _Failed:
    """An alarm that failed, and stays due."""

    times: int
    until: float


@dataclass
class _Periodic:
    """Work that is done again and again, whatever is due."""

    seconds: float
    work: Callable[[], Awaitable[None]]
    next_at: float
    task: asyncio.Task[None] | None = None


@dataclass
class _Bell:
    """Calls for a tick: at once, or at an instant of our clock."""

    clock: Callable[[], datetime]
    rung: asyncio.Event = field(default_factory=asyncio.Event)
    _timer: asyncio.TimerHandle | None = None
    _at: datetime | None = None

    def ring(self) -> None:
        self.rung.set()

    def ring_at(self, at: datetime) -> None:
        """Ring then, unless it rings before that anyway."""
        if self._at is not None and self._at <= at:
            return
        self.silence()
        # The loop's timers follow the monotonic clock, which nobody sets.
        delay = max(0.0, (at - self.clock()).total_seconds())
        self._at = at
        self._timer = asyncio.get_running_loop().call_later(delay, self._ring_now)

    def silence(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._at = None

    def _ring_now(self) -> None:
        self.silence()
        self.ring()


class Heartbeat:
    """Ticks each second, when the next alarm is due, and when it is told of an earlier one.

    A tick rings what is due. An alarm stays due until ringing it has set or cancelled it, so one
    that fails is rung again, after a pause, while the others go on.
    """

    def __init__(
        self,
        *,
        due: Due,
        next_due: Callable[[], Awaitable[datetime | None]],
        ring: Callable[[Alarm, datetime], Awaitable[None]],
        rewound: Callable[[datetime], Awaitable[None]],
        clock: Callable[[], datetime],
        ring_together: RingTogether | None = None,
        outages: tuple[type[Exception], ...] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`rewound` is called with an instant before the last tick's.

        `ring_together` may ring many at once, and is asked before `ring` is; what it raises is
        no verdict on any of them, so each is rung alone then.

        `outages` are what the store raises while it is away: no faults, so without a traceback.
        """
        self._due = due
        self._next_due = next_due
        self._ring = ring
        self._ring_together = ring_together
        self._rewound = rewound
        self._clock = clock
        self._outages = outages
        self._monotonic = monotonic
        self._bell = _Bell(clock)
        self._ringing: dict[Key, asyncio.Task[None]] = {}
        self._failed: dict[Key, _Failed] = {}
        self._rung: dict[Key, Alarm] = {}
        self._periodic: list[_Periodic] = []
        self._scheduler: Any = None
        self._life: asyncio.Task[None] | None = None
        self._stopping = False
        self._latest: datetime | None = None
        self._drift: timedelta | None = None
        self._must_rewind = False
        self._is_away = False
        self.last_tick: float | None = None
        """When a tick last learnt what is due, on the monotonic clock."""

    def every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do this again and again, never twice at a time; the first time at the next tick."""
        self._periodic.append(_Periodic(seconds, work, self._monotonic()))

    def wake(self, at: datetime) -> None:
        """Tick at this instant, because an alarm was set for it."""
        if self._life is not None:
            self._bell.ring_at(at)

    async def start(self) -> None:
        """Begin, and return once the first tick has taken place or failed."""
        self._stopping = False
        # It says at every second that it calls for a tick.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_job(self._call_for_a_tick, _each_second())
        self._scheduler.start()
        self._bell.ring()
        begun = asyncio.Event()
        self._life = asyncio.create_task(self._live(begun), name="heartbeat")
        await begun.wait()

    async def stop(self, timeout: float = 8.0) -> None:  # noqa: ASYNC109  # for alarms in hand
        """Ring nothing more, and let what rings finish; it is never cut off."""
        if self._life is None:
            return
        self._stopping = True
        self._scheduler.shutdown(wait=False)
        self._bell.ring()
        deadline = self._monotonic() + timeout
        await asyncio.wait([self._life], timeout=timeout)
        self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)
        self._life = None
        self._bell.silence()
        # Those that were rung together may leave some to be rung one by one.
        while in_hand := {*self._ringing.values(), *self._periodic_tasks()}:
            left = max(0.0, deadline - self._monotonic())
            _, unfinished = await asyncio.wait(in_hand, timeout=left)
            if unfinished:
                logger.warning(
                    "%d alarms are still being looked at", len(unfinished), extra={"action": "stop"}
                )
                break

    def _periodic_tasks(self) -> list[asyncio.Task[None]]:
        return [one.task for one in self._periodic if one.task is not None]

    async def _call_for_a_tick(self) -> None:
        self._bell.ring()

    async def _live(self, begun: asyncio.Event) -> None:
        while not self._stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(LATEST):
                    await self._bell.rung.wait()
            self._bell.rung.clear()
            try:
                await self._tick()
                self._is_away = False
            except self._outages as outage:
                if not self._is_away:
                    logger.warning(
                        "No alarm can be looked up: %s", outage, extra={"action": "tick_missed"}
                    )
                self._is_away = True
            except Exception:
                logger.exception("A tick failed", extra={"action": "tick_failed"})
            finally:
                begun.set()

    async def _tick(self) -> None:
        if self._stopping:
            return
        now = self._clock()
        self._watch_the_clock(now)
        if self._must_rewind:
            await self._rewound(now)
            self._must_rewind = False
        self._do_periodic_work()
        while (room := MOST - len(self._ringing)) > 0:
            skipped = self._ringing.keys() | self._resting()
            alarms = await self._due(now, limit=room + len(skipped))
            fresh = [alarm for alarm in alarms if _key(alarm) not in skipped][:room]
            self._begin([alarm for alarm in fresh if not self._is_stuck(alarm)], now)
            if len(fresh) < room:
                break
        if not self._ringing:
            self._rung.clear()
        self.last_tick = self._monotonic()
        following = await self._next_due()
        if following is not None and following > now:
            self._bell.ring_at(following)

    def _watch_the_clock(self, now: datetime) -> None:
        drift = now - datetime.min.replace(tzinfo=UTC) - timedelta(seconds=self._monotonic())
        if self._drift is not None and abs(drift - self._drift) > JUMP:
            logger.warning(
                "The clock was set by %+.0f s",
                (drift - self._drift).total_seconds(),
                extra={"action": "clock_set"},
            )
            # Whatever was to happen at an hour of the old clock is reckoned anew.
            for job in self._scheduler.get_jobs():
                job.reschedule(_each_second())
            self._bell.silence()
        self._drift = drift
        if self._latest is not None and now < self._latest - JUMP:
            self._must_rewind = True
        self._latest = now

    def _resting(self) -> set[Key]:
        """Return those that failed a moment ago, and forget those that did long ago."""
        now = self._monotonic()
        for key, failed in list(self._failed.items()):
            if now - failed.until > LONGEST_PAUSE:
                del self._failed[key]
        return {key for key, failed in self._failed.items() if now < failed.until}

    def _begin(self, alarms: Sequence[Alarm], now: datetime) -> None:
        if self._ring_together is None or not alarms:
            for alarm in alarms:
                self._begin_alone(alarm, now)
            return
        task = asyncio.create_task(self._ring_all(self._ring_together, alarms, now))
        self._ringing.update({_key(alarm): task for alarm in alarms})

    def _begin_alone(self, alarm: Alarm, now: datetime) -> None:
        self._ringing[_key(alarm)] = asyncio.create_task(self._ring_one(alarm, now))

    async def _ring_all(
        self, together: RingTogether, alarms: Sequence[Alarm], now: datetime
    ) -> None:
        """Ring these together, and those one by one for which that does not do."""
        left = Left(alone=alarms)
        try:
            left = await together(alarms, now)
        except self._outages as outage:
            # One of them may be the cause, so each has its own try before it has to wait.
            logger.warning("%s", outage, extra={"action": "alarms_delayed", "count": len(alarms)})
        except Exception:
            logger.exception(
                "Alarms failed together and are rung one by one", extra={"action": "alarms_failed"}
            )
        busy = {_key(alarm) for alarm in left.busy}
        alone = {_key(alarm) for alarm in left.alone}
        for alarm in alarms:
            key = _key(alarm)
            if key in alone:
                self._begin_alone(alarm, now)
                continue
            if key in busy:
                # It has not failed, but it is soon enough to look whether it was rung then.
                self._failed[key] = _Failed(0, self._monotonic() + FIRST_PAUSE)
            else:
                self._failed.pop(key, None)
                self._rung[key] = alarm
            self._let_go(key)

    async def _ring_one(self, alarm: Alarm, now: datetime) -> None:
        key = _key(alarm)
        try:
            await self._ring(alarm, now)
            self._failed.pop(key, None)
            self._rung[key] = alarm
        except self._outages as outage:
            self._rest(alarm)
            logger.warning("%s", outage, extra={"action": "alarm_delayed", **_ids(alarm)})
        except Exception:
            self._rest(alarm)
            logger.exception(
                "An alarm failed and will be rung again",
                extra={"action": "alarm_failed", **_ids(alarm)},
            )
        finally:
            self._let_go(key)

    def _let_go(self, key: Key) -> None:
        del self._ringing[key]
        # Others may be due, which there was no room for; a batch costs less than many.
        if len(self._ringing) <= MOST // 2:
            self._bell.ring()

    def _rest(self, alarm: Alarm) -> None:
        """Leave an alarm alone for a while, longer each time."""
        before = self._failed.get(_key(alarm))
        times = 1 if before is None else before.times + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (times - 1))
        self._failed[_key(alarm)] = _Failed(times, self._monotonic() + pause)

    def _is_stuck(self, alarm: Alarm) -> bool:
        """Whether ringing it changed nothing; it must not keep the others from being rung."""
        if self._rung.get(_key(alarm)) != alarm:
            return False
        self._failed[_key(alarm)] = _Failed(1, self._monotonic() + LONGEST_PAUSE)
        logger.error(
            "An alarm was rung and is due as before",
            extra={"action": "alarm_stuck", **_ids(alarm)},
        )
        return True

    def _do_periodic_work(self) -> None:
        now = self._monotonic()
        for one in self._periodic:
            if one.task is None and now >= one.next_at:
                one.next_at = now + one.seconds
                one.task = asyncio.create_task(self._do(one))

    async def _do(self, one: _Periodic) -> None:
        try:
            await one.work()
        except self._outages as outage:
            logger.warning("%s", outage, extra={"action": "periodic_missed"})
        except Exception:
            logger.exception("Periodic work failed", extra={"action": "periodic_failed"})
        finally:
            one.task = None


def _each_second() -> Any:  # noqa: ANN401  # the library has no types
    return IntervalTrigger(seconds=EVERY, timezone=UTC)


def _ids(alarm: Alarm) -> dict[str, str]:
    return {"workspace": alarm.workspace, "kind": alarm.kind, "subject": alarm.subject}


def _key(alarm: Alarm) -> Key:
    return (alarm.workspace, alarm.kind, alarm.subject)
