from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.post import MessageTs
from tests.store.samples import ANA, BEN, CHANNEL

if TYPE_CHECKING:
    from bot.domain.person import UserId, WorkspaceId
    from bot.store.database import Store
    from bot.store.transaction import Tx

TS = MessageTs("1772442000.000100")


def put(tx: Tx, event_ts: str, *, stands: bool, name: str = "tada", person: UserId = ANA) -> bool:
    return tx.reactions.put(
        channel=CHANNEL, ts=TS, person=person, name=name, stands=stands, event_ts=event_ts
    )


async def test_the_newest_event_wins_whatever_the_order_of_arrival(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[bool]:
        return [
            put(tx, "1772442009.000000", stands=True),
            put(tx, "1772442008.000000", stands=False),
            put(tx, "1772442009.000000", stands=True),
            put(tx, "1772442010.000000", stands=False),
            put(tx, "1772442009.999999", stands=True),
        ]

    assert await store.run(workspace, work) == [True, False, False, True, False]
    standing = await store.run(workspace, lambda tx: tx.reactions.standing(CHANNEL, TS, ANA))
    assert standing == set()


async def test_each_persons_reactions_stand_by_themselves(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[set[str]]:
        put(tx, "1772442001.000000", stands=True)
        put(tx, "1772442002.000000", stands=True, name="eyes")
        put(tx, "1772442003.000000", stands=True, name="heart", person=BEN)
        put(tx, "1772442004.000000", stands=False)
        return [
            tx.reactions.standing(CHANNEL, TS, ANA),
            tx.reactions.standing(CHANNEL, TS, BEN),
            tx.reactions.standing(CHANNEL, MessageTs("1772442000.000999"), ANA),
        ]

    assert await store.run(workspace, work) == [{"eyes"}, {"heart"}, set()]


async def test_a_hint_is_given_once_to_each_person(store: Store, workspace: WorkspaceId) -> None:
    def work(tx: Tx) -> list[bool]:
        return [
            tx.hints.once("card/42", ANA),
            tx.hints.once("card/42", ANA),
            tx.hints.once("card/42", BEN),
            tx.hints.once("card/43", ANA),
        ]

    assert await store.run(workspace, work) == [True, False, True, True]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=6))
def test_event_times_compare_as_text_like_numbers(events: list[tuple[int, bool]]) -> None:
    texts = [f"{1772442000 + seconds}.{seconds:06}" for seconds, _ in events]

    assert sorted(texts) == sorted(texts, key=float)
