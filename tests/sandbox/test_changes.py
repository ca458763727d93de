import asyncio

import pytest

from bot.sandbox.changes import Changes


async def test_a_condition_is_looked_at_when_something_changes() -> None:
    changes = Changes()
    found: list[int] = []
    waiting = asyncio.ensure_future(changes.until(lambda: found))
    await asyncio.sleep(0)

    found.append(1)
    changes.notify()

    assert await waiting == [1]


async def test_a_condition_outside_of_slack_is_noticed_as_well() -> None:
    found: list[int] = []
    asyncio.get_running_loop().call_later(0.05, found.append, 1)

    assert await Changes().until(lambda: found) == [1]


async def test_waiting_in_vain_ends() -> None:
    with pytest.raises(TimeoutError):
        await Changes().until(lambda: False, timeout=0.05)


async def test_a_known_version_is_waited_upon() -> None:
    changes = Changes()

    unchanged = await changes.after(0, timeout=0.01)
    changes.notify()

    assert unchanged == 0
    assert await changes.after(0, timeout=5) == 1


async def test_who_gave_up_waiting_is_left_alone() -> None:
    changes = Changes()
    waiting = asyncio.ensure_future(changes.after(0, timeout=5))
    await asyncio.sleep(0)
    future = next(iter(changes._waiting))
    future.cancel()
    changes.notify()

    assert await waiting == 1
