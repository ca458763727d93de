"""Whatever is changed when, and however the ticks fall: one huddle per team and working date."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alarm import AlarmKind
from bot.domain.calendar import EVERY_DAY, WORKING_WEEK
from bot.domain.errors import BotError
from bot.domain.huddle import CATCH_UP, HuddleStatus
from bot.domain.post import PostKind
from bot.domain.schedule import Schedule
from bot.domain.zones import to_local, zone
from bot.store.database import Store
from bot.usecases import huddling, teams
from tests.databases import WORKSPACE, workspace_row
from tests.usecases.huddles import JOY, Office

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.domain.team import TeamId

ZONE = "America/New_York"
# The clocks go back in New York on 1 November 2026.
START = datetime(2026, 10, 29, 12, tzinfo=UTC)
DAYS = 6
HOUR = timedelta(hours=1)

moments = st.integers(0, DAYS * 24 * 4).map(lambda quarters: START + quarters * HOUR / 4)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))


@dataclass
class Life:
    """A team through some days, and what should have become of each of its dates."""

    office: Office
    team: TeamId
    lead_changed: set[date] = field(default_factory=set)
    """Dates on which a lead decided that there is none: a pause, or other weekdays."""

    async def tick(self, now: datetime) -> None:
        # Now with others and now alone, which must come to the same.
        self.office.together = not self.office.together
        await self.office.ring(now)
        await self.office.ring(now)

    async def checked(self, until: datetime) -> None:
        huddles = await self.office.huddles(self.team)
        dates = [huddle.date for huddle in huddles]
        assert len(dates) == len(set(dates))
        for huddle in huddles:
            root = await self.office.post(PostKind.HUDDLE, huddle.subject)
            is_held = huddle.status is not HuddleStatus.MISSED
            assert (root is not None) == is_held
            if root is not None and huddle.opened_at is not None:
                assert root.wanted <= 2
                assert huddle.opened_at - huddle.due_at <= CATCH_UP
                assert huddle.closes_at is not None
                assert huddle.closes_at > huddle.opened_at
        today = to_local(zone(ZONE), until).date()
        first = to_local(zone(ZONE), START).date() + timedelta(days=1)
        whole = {first + timedelta(days=days) for days in range((today - first).days)}
        assert whole - self.lead_changed <= set(dates)


@given(
    changes=st.lists(st.tuples(moments, times), max_size=6),
    ticks=st.lists(moments, max_size=30),
    first=times,
)
@settings(max_examples=25)
def test_moving_a_huddle_at_any_moment_neither_drops_nor_doubles_one(
    migrated_file: Path,
    changes: list[tuple[datetime, time]],
    ticks: list[datetime],
    first: time,
) -> None:
    async def live(life: Life) -> None:
        steps: list[tuple[datetime, time | None]] = [(now, None) for now in ticks]
        steps += changes
        for now, moved in sorted(steps, key=lambda step: step[0]):
            if moved is None:
                await life.tick(now)
            else:
                await life.office.do(
                    teams.edit,
                    life.team,
                    schedule=Schedule(ZONE, moved, EVERY_DAY),
                    by=JOY,
                    now=now,
                )
        end = START + timedelta(days=DAYS)
        await life.tick(end)
        await life.checked(end)

    _run(migrated_file, live, first)


@given(
    steps=st.lists(
        st.tuples(moments, st.sampled_from(["pause", "until", "resume", "now", "days", "tick"])),
        max_size=12,
    ),
    first=times,
)
@settings(max_examples=25)
def test_pauses_days_and_huddles_by_hand_never_double_one(
    migrated_file: Path,
    steps: list[tuple[datetime, str]],
    first: time,
) -> None:
    async def live(life: Life) -> None:
        everything = {START.date() + timedelta(days=days) for days in range(DAYS + 2)}
        for now, step in sorted(steps):
            with suppress(BotError):
                await _step(life, step, now)
            life.lead_changed |= everything
        end = START + timedelta(days=DAYS)
        await life.tick(end)
        await life.checked(end)
        # Whatever was before, from here on it goes on as ever.
        life.lead_changed.clear()
        await life.office.do(
            teams.edit,
            life.team,
            schedule=Schedule(ZONE, time(9), EVERY_DAY),
            by=JOY,
            now=end,
        )
        await life.office.do(teams.resume, life.team, by=JOY, now=end)
        before = len(await life.office.huddles(life.team))
        for days in range(1, 4):
            await life.tick(end + timedelta(days=days))
        assert len(await life.office.huddles(life.team)) - before in {2, 3}

    _run(migrated_file, live, first)


@given(
    ticks=st.lists(moments, max_size=25),
    first=times,
)
@settings(max_examples=25)
def test_a_clock_that_jumps_to_and_fro_neither_drops_nor_doubles_one(
    migrated_file: Path,
    ticks: list[datetime],
    first: time,
) -> None:
    async def live(life: Life) -> None:
        last = START
        for now in ticks:
            # The heartbeat notices a clock that was set back, and has the alarms recomputed.
            if now < last:
                await life.office.do(huddling.recompute, now=now)
            await life.tick(now)
            last = now
        if last > START:
            await life.office.do(huddling.recompute, now=START)
        # From here on the clock is right, and ticks every hour.
        for hours in range(DAYS * 24):
            await life.tick(START + hours * HOUR)
        huddles = await life.office.huddles(life.team)
        assert all(huddle.status is not HuddleStatus.MISSED for huddle in huddles)
        await life.checked(START + timedelta(days=DAYS))

    _run(migrated_file, live, first)


async def _step(life: Life, step: str, now: datetime) -> None:
    office, team = life.office, life.team
    match step:
        case "pause":
            await office.do(teams.pause, team, until=None, by=JOY, now=now)
        case "until":
            until = (now + timedelta(days=2)).date()
            await office.do(teams.pause, team, until=until, by=JOY, now=now)
        case "resume":
            await office.do(teams.resume, team, by=JOY, now=now)
        case "now":
            await office.do(huddling.open_now, team, by=JOY, now=now)
        case "days":
            schedule = Schedule(ZONE, time(9), WORKING_WEEK)
            await office.do(teams.edit, team, schedule=schedule, by=JOY, now=now)
        case _:
            await life.tick(now)


def _run(template: Path, live: Callable[[Life], Awaitable[None]], first: time) -> None:
    """Run one life on a database of its own."""

    async def run(store: Store) -> None:
        office = Office(store)
        await store.open()
        try:
            await store.run(WORKSPACE, lambda tx: tx.workspaces.save(workspace_row()))
            await office.open()
            team = await office.team(schedule=Schedule(ZONE, first, EVERY_DAY), now=START)
            await live(Life(office, team.id))
            alarms = await store.due(datetime(2030, 1, 1, tzinfo=UTC), limit=99)
            assert sum(alarm.kind is AlarmKind.HUDDLE_OPEN for alarm in alarms) <= 1
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(template, Path(folder) / "baton.db")
        asyncio.run(run(Store(f"sqlite:///{path}", synchronous="OFF")))
