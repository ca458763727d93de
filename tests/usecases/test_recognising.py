"""Which post a message is, also in the moments before that is written down."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.domain.errors import TooEarly
from bot.domain.post import ChannelId, MessageTs, PostKind
from bot.usecases.recognising import recognise
from tests.usecases.tasking import ANA, BEN, CHANNEL, NOW, furnished

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.person import UserId
    from bot.domain.post import Post
    from bot.store.database import Store
    from tests.usecases.tasking import Desk

SOON = timedelta(milliseconds=300)
DM = ChannelId("D0ANA")

_LEAVE = text(
    "UPDATE posts SET attempts = 1, attempted_at = :at, state = :state"
    " WHERE kind = :kind AND subject = :subject"
)


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    desk = await furnished(sqlite_store)
    await desk.delegate()
    return desk


def ts_at(instant: datetime) -> MessageTs:
    return MessageTs(f"{instant.timestamp():.6f}")


async def leaves(
    desk: Desk, kind: PostKind = PostKind.CARD, subject: str = "1", *, state: str = "live"
) -> None:
    """Let a post be on its way to Slack, as the publisher would."""
    at = f"{NOW:%Y-%m-%d %H:%M:%S.%f}"
    values = {"at": at, "kind": kind.value, "subject": subject, "state": state}
    await desk.store.door(lambda connection: connection.execute(_LEAVE, values))


async def asked(
    desk: Desk, after: timedelta = SOON, *, channel: ChannelId = CHANNEL, by: UserId = ANA
) -> Post | None:
    """Say what somebody acts on who acts on a message from so long after the card left."""
    return await desk.do(recognise, channel, ts_at(NOW + after), by=by)


async def test_a_message_of_batons_is_known_where_it_stands(desk: Desk) -> None:
    channel, ts = await desk.shown(PostKind.CARD, "1")

    found = await desk.do(recognise, channel, ts, by=ANA)

    assert found is not None
    assert found.subject == "1"
    assert await asked(desk) is None


async def test_a_message_from_since_a_card_left_may_be_the_card(desk: Desk) -> None:
    await leaves(desk)

    for after in (timedelta(0), SOON, timedelta(hours=1)):
        with pytest.raises(TooEarly):
            await asked(desk, after)


async def test_what_was_there_before_a_card_left_is_not_the_card(desk: Desk) -> None:
    await leaves(desk)

    assert await asked(desk, -SOON) is None


async def test_nobody_waits_for_a_card_in_another_channel(desk: Desk) -> None:
    await leaves(desk)

    assert await asked(desk, channel=ChannelId("C9")) is None
    assert await asked(desk, channel=DM) is None


async def test_a_card_that_did_not_leave_yet_is_no_message(desk: Desk) -> None:
    assert await asked(desk) is None


@pytest.mark.parametrize("state", ["unknown", "rejected", "gone"])
async def test_nobody_waits_for_what_was_given_up(desk: Desk, state: str) -> None:
    await leaves(desk, state=state)

    assert await asked(desk) is None


async def test_what_is_known_is_known_whatever_else_leaves(desk: Desk) -> None:
    channel, ts = await desk.shown(PostKind.CARD, "1")
    await desk.delegate(key="2")
    await leaves(desk, subject="2")

    assert (await desk.do(recognise, channel, ts, by=ANA)) is not None


async def test_what_leaves_for_somebody_is_in_their_conversation_and_in_nobody_elses(
    desk: Desk,
) -> None:
    await leaves(desk, PostKind.NEW_TASK, f"1/{ANA}")

    with pytest.raises(TooEarly):
        await asked(desk, channel=DM)
    assert await asked(desk, channel=ChannelId("D0BEN"), by=BEN) is None
    assert await asked(desk) is None
