from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.domain.alarm import Alarm, AlarmKind
from bot.domain.person import WorkspaceId
from bot.scheduler import LONGEST_PAUSE, MOST, Heartbeat, Left

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Time:
    """A wall clock and a monotonic one that run as usual, and that a test can move."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.set_by = timedelta(0)
        self.slept = 0.0

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.monotonic() - self._began) + self.set_by

    def monotonic(self) -> float:
        return time.monotonic() + self.slept


class Outage(Exception):
    """The database is away."""


@dataclass
class Calendar:
    """Alarms, and what happened when they were rung. Rung ones are cancelled unless they fail."""

    time: Time
    alarms: dict[str, Alarm] = field(default_factory=dict)
    rung: list[str] = field(default_factory=list)
    rewound: list[datetime] = field(default_factory=list)
    ticks: int = 0
    faults: dict[str, Exception] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    moving: dict[str, list[Alarm]] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0
    largest_limit: int = 0
    outage: Exception | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def add(self, subject: str, *, due_in: float = 0.0) -> Alarm:
        due_at = self.time.clock() + timedelta(seconds=due_in)
        alarm = Alarm(WorkspaceId("T1"), AlarmKind.HUDDLE_OPEN, subject, due_at, START)
        self.alarms[subject] = alarm
        return alarm

    async def due(self, now: datetime, *, limit: int) -> list[Alarm]:
        self.ticks += 1
        self.largest_limit = max(self.largest_limit, limit)
        await self._notify()
        if self.outage is not None:
            raise self.outage
        due = [alarm for alarm in self.alarms.values() if alarm.due_at <= now]
        return sorted(due, key=lambda alarm: (alarm.due_at, alarm.subject))[:limit]

    async def next_due(self) -> datetime | None:
        return min((alarm.due_at for alarm in self.alarms.values()), default=None)

    async def ring(self, alarm: Alarm, now: datetime) -> None:
        assert alarm.due_at <= now
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self._notify()
        try:
            await self.gates.get(alarm.subject, _open).wait()
            if alarm.subject in self.faults:
                raise self.faults[alarm.subject]
            if self.moving.get(alarm.subject):
                self.alarms[alarm.subject] = self.moving[alarm.subject].pop(0)
            elif alarm.subject not in self.stuck:
                del self.alarms[alarm.subject]
        finally:
            self.at_once -= 1
            self.rung.append(alarm.subject)
            await self._notify()

    async def rewind(self, now: datetime) -> None:
        self.rewound.append(now)
        await self._notify()
        if "rewind" in self.faults:
            raise self.faults.pop("rewind")

    def was_rung(self, times: int) -> bool:
        return len(self.rung) == times

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(condition)

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()


_open = asyncio.Event()
_open.set()


@pytest.fixture
def hours() -> Time:
    return Time()


@pytest.fixture
def calendar(hours: Time) -> Calendar:
    return Calendar(hours)


@pytest.fixture
async def heartbeat(calendar: Calendar, hours: Time) -> AsyncIterator[Heartbeat]:
    heartbeat = Heartbeat(
        due=calendar.due,
        next_due=calendar.next_due,
        ring=calendar.ring,
        rewound=calendar.rewind,
        clock=hours.clock,
        monotonic=hours.monotonic,
        outages=(Outage,),
    )
    yield heartbeat
    for gate in calendar.gates.values():
        gate.set()
    await heartbeat.stop()


async def test_what_is_due_is_rung_at_once(calendar: Calendar, heartbeat: Heartbeat) -> None:
    calendar.add("1")
    calendar.add("later", due_in=3600)

    await heartbeat.start()
    await calendar.until(lambda: calendar.rung == ["1"])

    assert list(calendar.alarms) == ["later"]


async def test_it_rings_until_nothing_is_due(calendar: Calendar, heartbeat: Heartbeat) -> None:
    for number in range(5 * MOST):
        calendar.add(str(number))

    await heartbeat.start()
    await calendar.until(lambda: not calendar.alarms)

    assert len(calendar.rung) == 5 * MOST
    assert calendar.most_at_once <= MOST


async def test_it_is_punctual(calendar: Calendar, heartbeat: Heartbeat, hours: Time) -> None:
    alarm = calendar.add("1", due_in=0.3)

    await heartbeat.start()
    await calendar.until(lambda: calendar.rung == ["1"])

    assert hours.clock() - alarm.due_at < timedelta(seconds=0.25)


async def test_it_has_looked_what_is_due_once_it_has_begun(
    calendar: Calendar, heartbeat: Heartbeat
) -> None:
    await heartbeat.start()

    assert calendar.ticks == 1
    assert heartbeat.last_tick is not None


async def test_it_begins_though_nothing_can_be_looked_up(
    calendar: Calendar, heartbeat: Heartbeat
) -> None:
    calendar.outage = Outage("away")

    await heartbeat.start()

    assert (calendar.ticks, heartbeat.last_tick) == (1, None)


async def test_it_is_told_of_an_alarm_that_was_set_meanwhile(
    calendar: Calendar, heartbeat: Heartbeat
) -> None:
    calendar.add("later", due_in=3600)
    await heartbeat.start()
    await calendar.until(lambda: calendar.ticks >= 1)

    began = time.monotonic()
    heartbeat.wake(calendar.add("soon", due_in=0.2).due_at)
    heartbeat.wake(calendar.add("now").due_at)
    await calendar.until(lambda: calendar.rung == ["now", "soon"])

    assert time.monotonic() - began < 0.8


async def test_it_ticks_each_second_though_nobody_tells_it(
    calendar: Calendar, heartbeat: Heartbeat
) -> None:
    await heartbeat.start()
    await calendar.until(lambda: calendar.ticks >= 1)

    calendar.add("from another process")

    await calendar.until(lambda: calendar.rung == ["from another process"])


async def test_one_that_fails_does_not_stop_the_others_and_is_rung_again(
    calendar: Calendar, heartbeat: Heartbeat, hours: Time, caplog: pytest.LogCaptureFixture
) -> None:
    calendar.faults["0"] = LookupError("broken")
    for subject in "012":
        calendar.add(subject)

    await heartbeat.start()
    await calendar.until(lambda: sorted(calendar.rung) == ["0", "1", "2"])
    del calendar.faults["0"]
    hours.slept += 1
    heartbeat.wake(hours.clock())
    await calendar.until(lambda: calendar.rung[3:] == ["0"])

    assert not calendar.alarms
    assert [getattr(record, "action", "") for record in caplog.records] == ["alarm_failed"]


async def test_pauses_grow_up_to_half_a_minute(
    calendar: Calendar, heartbeat: Heartbeat, hours: Time
) -> None:
    calendar.faults["0"] = LookupError("broken")
    calendar.add("0")
    await heartbeat.start()

    for times in range(1, 8):
        await calendar.until(partial(calendar.was_rung, times))
        (failed,) = heartbeat._failed.values()
        assert failed.times == times
        assert failed.until - hours.monotonic() <= min(LONGEST_PAUSE, 2 ** (times - 1))
        hours.slept += LONGEST_PAUSE
        heartbeat.wake(hours.clock())


async def test_many_that_fail_leave_room_for_one_that_does_not(
    calendar: Calendar, heartbeat: Heartbeat, hours: Time
) -> None:
    for number in range(2 * MOST):
        calendar.add(f"bad{number}")
        calendar.faults[f"bad{number}"] = Outage("away")
    calendar.add("good", due_in=0.01)

    await heartbeat.start()
    await calendar.until(lambda: "good" in calendar.rung)

    assert calendar.largest_limit > MOST
    assert hours.slept == 0


async def test_one_that_is_slow_does_not_stop_the_others(
    calendar: Calendar, heartbeat: Heartbeat
) -> None:
    calendar.gates["slow"] = asyncio.Event()
    calendar.add("slow")
    await heartbeat.start()

    calendar.add("quick")
    await calendar.until(lambda: calendar.rung == ["quick"])
    calendar.gates["slow"].set()
    await calendar.until(lambda: calendar.rung == ["quick", "slow"])


async def test_one_that_stays_as_it_was_is_not_rung_without_end(
    calendar: Calendar, heartbeat: Heartbeat, caplog: pytest.LogCaptureFixture
) -> None:
    calendar.stuck.add("0")
    calendar.add("0")
    await heartbeat.start()
    await calendar.until(lambda: "0" in calendar.rung)

    calendar.add("1")
    heartbeat.wake(calendar.time.clock())
    await calendar.until(lambda: "1" in calendar.rung)

    assert calendar.rung == ["0", "1"]
    assert "alarm_stuck" in [getattr(record, "action", "") for record in caplog.records]


async def test_one_that_moves_on_is_rung_as_often_as_it_is_due(
    calendar: Calendar, heartbeat: Heartbeat
) -> None:
    alarm = calendar.add("0")
    calendar.moving["0"] = [replace(alarm, after=alarm.after + n * HOUR) for n in (1, 2)]

    await heartbeat.start()
    await calendar.until(partial(calendar.was_rung, 3))

    assert not calendar.alarms


class TestTogether:
    """Alarms that are rung in one go."""

    @pytest.fixture
    async def left(self) -> list[Left | Exception]:
        """Return what ringing together comes to, in turn; nothing is left after that."""
        return []

    @pytest.fixture
    async def heartbeat(
        self, calendar: Calendar, hours: Time, left: list[Left | Exception]
    ) -> AsyncIterator[Heartbeat]:
        async def together(alarms: Sequence[Alarm], now: datetime) -> Left:
            result = left.pop(0) if left else Left()
            if isinstance(result, Exception):
                raise result
            others = [*result.alone, *result.busy]
            for alarm in alarms:
                if alarm not in others:
                    await calendar.ring(alarm, now)
            return result

        heartbeat = Heartbeat(
            due=calendar.due,
            next_due=calendar.next_due,
            ring=calendar.ring,
            rewound=calendar.rewind,
            clock=hours.clock,
            ring_together=together,
            monotonic=hours.monotonic,
            outages=(Outage,),
        )
        yield heartbeat
        await heartbeat.stop()

    async def test_all_that_are_due_are_rung_once(
        self, calendar: Calendar, heartbeat: Heartbeat
    ) -> None:
        for number in range(3 * MOST):
            calendar.add(f"{number:03}")

        await heartbeat.start()
        await calendar.until(partial(calendar.was_rung, 3 * MOST))

        assert len(set(calendar.rung)) == 3 * MOST
        assert calendar.most_at_once == 1

    async def test_those_left_alone_are_rung_one_by_one(
        self, calendar: Calendar, heartbeat: Heartbeat, left: list[Left | Exception]
    ) -> None:
        alarms = [calendar.add(str(number)) for number in range(3)]
        left.append(Left(alone=alarms[1:]))

        await heartbeat.start()
        await calendar.until(partial(calendar.was_rung, 3))

        assert calendar.rung == ["0", "1", "2"]

    @pytest.mark.parametrize("error", [Outage("away"), ValueError("one of them is broken")])
    async def test_when_they_fail_together_each_is_rung_alone(
        self,
        calendar: Calendar,
        heartbeat: Heartbeat,
        left: list[Left | Exception],
        error: Exception,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        for number in range(3):
            calendar.add(str(number))
        left.append(error)

        await heartbeat.start()
        await calendar.until(partial(calendar.was_rung, 3))

        assert sorted(calendar.rung) == ["0", "1", "2"]
        assert [record.levelname for record in caplog.records] in (["WARNING"], ["ERROR"])

    async def test_what_another_process_rings_is_looked_at_again_later(
        self, calendar: Calendar, heartbeat: Heartbeat, left: list[Left | Exception], hours: Time
    ) -> None:
        alarms = [calendar.add(str(number)) for number in range(2)]
        left.append(Left(busy=alarms[:1]))

        await heartbeat.start()
        await calendar.until(partial(calendar.was_rung, 1))
        assert calendar.rung == ["1"]
        hours.slept = LONGEST_PAUSE
        heartbeat.wake(hours.clock())
        await calendar.until(partial(calendar.was_rung, 2))

        assert calendar.rung == ["1", "0"]


class TestTheClock:
    async def test_when_it_is_set_back_alarms_are_recomputed(
        self,
        calendar: Calendar,
        heartbeat: Heartbeat,
        hours: Time,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        await heartbeat.start()
        await calendar.until(lambda: calendar.ticks >= 1)

        hours.set_by = -HOUR
        await calendar.until(lambda: len(calendar.rewound) == 1)

        assert calendar.rewound[0] < START
        assert "The clock was set by -3600 s" in caplog.text

    async def test_what_could_not_be_recomputed_is_recomputed_later(
        self, calendar: Calendar, heartbeat: Heartbeat, hours: Time
    ) -> None:
        calendar.faults["rewind"] = Outage("away")
        await heartbeat.start()
        await calendar.until(lambda: calendar.ticks >= 1)

        hours.set_by = -HOUR

        await calendar.until(lambda: len(calendar.rewound) == 2)

    async def test_it_goes_on_ticking_when_the_clock_is_set_back(
        self, calendar: Calendar, heartbeat: Heartbeat, hours: Time
    ) -> None:
        await heartbeat.start()
        await calendar.until(lambda: calendar.ticks >= 1)
        # As if the library had planned its next tick by a clock that was then set back.
        (job,) = heartbeat._scheduler.get_jobs()
        planned = job.next_run_time
        job.modify(next_run_time=planned + HOUR)

        hours.set_by = -HOUR
        await calendar.until(lambda: len(calendar.rewound) == 1)
        calendar.add("1")
        await calendar.until(lambda: calendar.rung == ["1"])

        (planned_anew,) = heartbeat._scheduler.get_jobs()
        assert planned_anew.next_run_time < planned + HOUR

    async def test_when_it_is_set_forward_what_is_due_is_rung(
        self, calendar: Calendar, heartbeat: Heartbeat, hours: Time
    ) -> None:
        calendar.add("1", due_in=1800)
        await heartbeat.start()
        await calendar.until(lambda: calendar.ticks >= 1)

        hours.set_by = HOUR

        await calendar.until(lambda: calendar.rung == ["1"])
        assert calendar.rewound == []

    async def test_a_clock_that_is_slewed_is_not_noticed(
        self, calendar: Calendar, heartbeat: Heartbeat, hours: Time
    ) -> None:
        await heartbeat.start()
        await calendar.until(lambda: calendar.ticks >= 1)

        hours.set_by = timedelta(seconds=-0.5)
        await calendar.until(lambda: calendar.ticks >= 2)

        assert calendar.rewound == []


class TestOutages:
    async def test_it_recovers_by_itself_and_complains_once(
        self, calendar: Calendar, heartbeat: Heartbeat, caplog: pytest.LogCaptureFixture
    ) -> None:
        calendar.add("1")
        calendar.outage = Outage("The database is away.")
        await heartbeat.start()
        await calendar.until(lambda: calendar.ticks >= 2)
        assert heartbeat.last_tick is None

        calendar.outage = None
        await calendar.until(lambda: calendar.rung == ["1"])

        actions = [getattr(record, "action", "") for record in caplog.records]
        assert actions == ["tick_missed"]
        assert heartbeat.last_tick is not None

    async def test_it_survives_what_nobody_foresaw(
        self, calendar: Calendar, heartbeat: Heartbeat, caplog: pytest.LogCaptureFixture
    ) -> None:
        calendar.add("1")
        calendar.outage = ZeroDivisionError()
        await heartbeat.start()
        await calendar.until(lambda: calendar.ticks >= 2)

        calendar.outage = None
        await calendar.until(lambda: calendar.rung == ["1"])

        assert "tick_failed" in [getattr(record, "action", "") for record in caplog.records]


class TestStopping:
    async def test_what_is_being_rung_finishes(
        self, calendar: Calendar, heartbeat: Heartbeat
    ) -> None:
        gate = calendar.gates["1"] = asyncio.Event()
        calendar.add("1")
        await heartbeat.start()
        await calendar.until(lambda: calendar.at_once == 1)
        calendar.add("2")

        stopping = asyncio.create_task(heartbeat.stop())
        asyncio.get_running_loop().call_later(0.05, gate.set)
        await stopping

        assert calendar.rung == ["1"]

    async def test_what_does_not_finish_is_not_cut_off(
        self, calendar: Calendar, heartbeat: Heartbeat, caplog: pytest.LogCaptureFixture
    ) -> None:
        gate = calendar.gates["1"] = asyncio.Event()
        calendar.add("1")
        await heartbeat.start()
        await calendar.until(lambda: calendar.at_once == 1)

        await heartbeat.stop(0.05)
        assert "1 alarms are still being looked at" in caplog.text

        gate.set()
        await calendar.until(lambda: calendar.rung == ["1"])

    async def test_it_can_be_stopped_twice_and_woken_while_stopped(
        self, calendar: Calendar, heartbeat: Heartbeat
    ) -> None:
        heartbeat.wake(START)
        await heartbeat.stop()
        await heartbeat.start()
        await heartbeat.stop()
        await heartbeat.stop()
        heartbeat.wake(START)

        assert calendar.rung == []


class TestPeriodicWork:
    async def test_it_is_done_again_and_again(
        self, calendar: Calendar, heartbeat: Heartbeat, hours: Time
    ) -> None:
        done: list[float] = []

        async def work() -> None:
            done.append(hours.monotonic())
            await calendar._notify()

        heartbeat.every(600, work)
        await heartbeat.start()
        await calendar.until(lambda: len(done) == 1)
        heartbeat.wake(hours.clock())
        await calendar.until(lambda: calendar.ticks >= 2)
        assert len(done) == 1

        hours.slept += 600
        await calendar.until(lambda: len(done) == 2)

    @pytest.mark.parametrize("fault", [Outage("away"), KeyError("x")])
    async def test_its_failures_end_nothing(
        self, calendar: Calendar, heartbeat: Heartbeat, hours: Time, fault: Exception
    ) -> None:
        tried: list[float] = []

        async def work() -> None:
            tried.append(hours.monotonic())
            await calendar._notify()
            raise fault

        heartbeat.every(600, work)
        await heartbeat.start()
        await calendar.until(lambda: len(tried) == 1)
        hours.slept += 600

        await calendar.until(lambda: len(tried) == 2)
