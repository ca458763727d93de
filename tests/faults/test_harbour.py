"""The count that every fault ends in: it finds what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.sandbox.faults import FaultKind
from tests.faults.harbour import ALL_IS_WELL, MONDAY, NINE, POST, UPDATE, dates

if TYPE_CHECKING:
    from bot.sandbox.records import Json, Message
    from tests.faults.harbour import Harbour


async def _say_again(harbour: Harbour, said: Message) -> Json:
    """Post a message once more, as a bot would that has forgotten the first one."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{harbour.slack.api_url}{POST}",
            json={"channel": said.channel, "text": said.text, "metadata": said.metadata},
            headers={"Authorization": f"Bearer {harbour.demo.token}"},
        ) as answer,
    ):
        return dict(await answer.json())


@pytest.mark.parametrize("harbour", ["sqlite-http"], indirect=True)
async def test_the_count_finds_doubles_losses_and_what_is_out_of_date(harbour: Harbour) -> None:
    harbour.add_channels("quay", "pier")
    async with harbour.baton():
        await harbour.team("quay")
        await harbour.delegate("handover")
        harbour.clock.set(NINE - timedelta(seconds=1))
        (root,) = await harbour.slack.until(lambda: harbour.roots("quay"))
        (card,) = await harbour.slack.until(lambda: harbour.cards("handover"))
        await harbour.shown()
        assert await harbour.tally(dates(["quay"])) == ALL_IS_WELL

        lost = await harbour.tally(dates(["quay", "pier"]))
        unasked = await harbour.tally()
        with harbour.slack.faults.lasting(FaultKind.ERROR, method=UPDATE):
            await harbour.ana.command("/ack", "1 yes", channel="handover")
            stale = await harbour.tally(dates(["quay"]))
        await _say_again(harbour, root)
        await _say_again(harbour, card)
        doubled = await harbour.tally(dates(["quay"]))

    assert lost.lost == (f"pier {MONDAY}",)
    assert len(unasked.unasked) == 1
    assert stale.stale == ("task 1",)
    assert doubled.doubles == (f"quay {MONDAY}", "task 1")
    assert len(doubled.unrecorded) == 2
