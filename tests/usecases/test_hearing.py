"""Who hears of a step later, as whoever took it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.task import TaskNumber
from bot.usecases import delegation, hearing
from tests.usecases.tasking import ANA, MAYA, NOW, furnished

if TYPE_CHECKING:
    from bot.store.database import Store


async def test_only_whoever_took_the_latest_step_is_told_who_hears_of_it(
    sqlite_store: Store,
) -> None:
    desk = await furnished(sqlite_store)
    await desk.keeps_hours(ANA)
    await desk.delegate()
    await desk.step(delegation.accept)
    await desk.step(delegation.cancel, by=MAYA)
    one = TaskNumber(1)

    told = await desk.do(hearing.of_latest, one, by=MAYA, now=NOW)

    assert told is not None
    assert list(told.hears) == [ANA]
    assert await desk.do(hearing.of_latest, one, by=ANA, now=NOW) is None
