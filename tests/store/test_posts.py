from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from bot.domain.person import WorkspaceId
from bot.domain.post import ChannelId, MessageTs, Post, PostKind, PostState, post_id
from bot.store.posts import _LEAVING
from bot.store.schema import posts
from tests.store.samples import CHANNEL, NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.database import Store
    from bot.store.transaction import Tx

CARD = PostKind.CARD
TS = MessageTs("1772442000.000100")
OTHER_TS = MessageTs("1772442000.000200")


def want(tx: Tx, subject: str = "42", *, held: bool = False, urgent: bool = False) -> Post:
    return tx.posts.want(CARD, subject, channel=CHANNEL, held=held, urgent=urgent)


def becomes(tx: Tx, post: Post, **values: object) -> None:
    """Write down what the publisher would have."""
    tx.posts._scope.connection.execute(update(posts).where(posts.c.id == post.id), values)


async def test_a_post_is_wanted_once_and_then_anew(store: Store, workspace: WorkspaceId) -> None:
    first = await store.run(workspace, want)
    second = await store.run(workspace, want)

    assert first == Post(
        workspace, post_id(workspace, CARD, "42"), CARD, "42", channel=CHANNEL, wanted=1
    )
    assert (second.id, second.wanted) == (first.id, 2)
    assert await store.run(workspace, lambda tx: tx.posts.get(first.id)) == second
    assert await store.run(workspace, lambda tx: tx.posts.find(CARD, "42")) == second
    assert await store.run(workspace, lambda tx: tx.posts.find(CARD, "43")) is None
    assert await store.run(workspace, lambda tx: tx.posts.find(PostKind.HOME, "42")) is None


async def test_a_post_belongs_into_the_thread_of_its_parent(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> Post:
        root = want(tx)
        return tx.posts.want(PostKind.STEP, "42/U1/2", channel=CHANNEL, parent=root.id)

    post = await store.run(workspace, work)

    assert post.parent == post_id(workspace, CARD, "42")


async def test_a_held_post_stays_held_until_it_is_released(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[int | None]:
        held = want(tx, held=True)
        steps = [held, want(tx, held=True), tx.posts.bump(CARD, "42"), tx.posts.release(held.id)]
        steps += [tx.posts.release(held.id), tx.posts.bump(CARD, "42"), want(tx, held=True)]
        return [None if post is None else post.wanted for post in steps]

    assert await store.run(workspace, work) == [0, 0, 0, 1, None, 2, 3]


async def test_a_held_post_goes_when_it_is_wanted_now(store: Store, workspace: WorkspaceId) -> None:
    def work(tx: Tx) -> int:
        want(tx, held=True)
        return want(tx).wanted

    assert await store.run(workspace, work) == 1


async def test_what_does_not_exist_is_neither_bumped_nor_released(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> tuple[object, ...]:
        nowhere = post_id(workspace, CARD, "7")
        return tx.posts.bump(CARD, "7"), tx.posts.release(nowhere), tx.posts.get(nowhere)

    assert await store.run(workspace, work) == (None, None, None)


@pytest.mark.parametrize("state", [PostState.UNKNOWN, PostState.REJECTED, PostState.GONE])
async def test_a_post_that_is_given_up_stays_as_it_is(
    store: Store, workspace: WorkspaceId, state: PostState
) -> None:
    def work(tx: Tx) -> list[Post | None]:
        post = want(tx)
        becomes(tx, post, state=state, reason="is_archived")
        return [want(tx), tx.posts.bump(CARD, "42"), tx.posts.release(post.id)]

    wanted, bumped, released = await store.run(workspace, work)

    assert wanted == bumped
    assert wanted is not None
    assert (wanted.wanted, wanted.state, wanted.reason) == (1, state, "is_archived")
    assert released is None


async def test_what_is_held_for_a_conversation_is_found(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[str]:
        for subject in ("1", "2", "3"):
            want(tx, subject, held=subject != "2")
        tx.posts.want(CARD, "4", channel=ChannelId("C0002"), held=True)
        becomes(tx, want(tx, "3", held=True), state=PostState.GONE)
        return [post.subject for post in tx.posts.held_for(CHANNEL)]

    assert await store.run(workspace, work) == ["1"]


async def test_posts_follow_their_channel_to_a_new_id(store: Store, workspace: WorkspaceId) -> None:
    def work(tx: Tx) -> list[str]:
        want(tx, "1")
        tx.posts.want(CARD, "2", channel=ChannelId("C0002"))
        tx.posts.moved(CHANNEL, ChannelId("C0009"))
        return [post.channel for post in (*tx.posts.under(CARD, "1"), *tx.posts.under(CARD, "2"))]

    assert await store.run(workspace, work) == ["C0009", "C0002"]


@pytest.mark.parametrize(
    ("state", "ts", "revived"),
    [
        (PostState.REJECTED, None, True),
        (PostState.REJECTED, "1.1", False),
        (PostState.UNKNOWN, None, False),
        (PostState.LIVE, None, False),
    ],
)
async def test_only_what_slack_refused_and_never_showed_is_tried_again(
    store: Store,
    workspace: WorkspaceId,
    state: PostState,
    ts: str | None,
    revived: bool,  # noqa: FBT001  # pytest hands it over by name
) -> None:
    def work(tx: Tx) -> bool:
        becomes(tx, want(tx, "1"), state=state, ts=ts, attempts=3)
        again = tx.posts.revive(CARD, "1", channel=ChannelId("C0009"))
        return again is not None and again.is_pending and again.attempts == 0

    assert await store.run(workspace, work) is revived


async def test_urgency_lasts_until_it_is_shown(store: Store, workspace: WorkspaceId) -> None:
    def work(tx: Tx) -> list[bool]:
        post = want(tx, urgent=True)
        urgent = [post.urgent, want(tx).urgent]
        becomes(tx, post, shown=2)
        urgent.append(want(tx).urgent)
        for now_urgent in (True, False):
            bumped = tx.posts.bump(CARD, "42", urgent=now_urgent)
            urgent.append(bumped is not None and bumped.urgent)
        return urgent

    assert await store.run(workspace, work) == [True, True, False, True, True]


async def test_a_mark_that_moves_to_another_message_starts_afresh(
    store: Store, workspace: WorkspaceId
) -> None:
    def mark(tx: Tx, channel: ChannelId, ts: MessageTs | None) -> Post:
        return tx.posts.want(PostKind.MARK, "1/2026-03-02/U1", channel=channel, ts=ts)

    def work(tx: Tx) -> tuple[Post, Post, Post]:
        first = mark(tx, CHANNEL, TS)
        again = mark(tx, CHANNEL, TS)
        becomes(tx, first, state=PostState.GONE, reason="message_not_found", attempts=3)
        return again, mark(tx, CHANNEL, None), mark(tx, ChannelId("C0002"), OTHER_TS)

    again, gone, moved = await store.run(workspace, work)

    assert (again.ts, again.wanted) == (TS, 2)
    assert (gone.ts, gone.wanted, gone.state) == (TS, 2, PostState.GONE)
    assert (moved.channel, moved.ts, moved.wanted) == ("C0002", OTHER_TS, 3)
    assert (moved.state, moved.reason, moved.attempts) == (PostState.LIVE, None, 0)


async def test_a_message_leads_back_to_its_post_and_a_mark_does_not(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[Post | None]:
        card = want(tx)
        becomes(tx, card, ts=TS)
        tx.posts.want(PostKind.MARK, "1/2026-03-02/U1", channel=CHANNEL, ts=OTHER_TS)
        return [
            tx.posts.at(CHANNEL, TS),
            tx.posts.at(CHANNEL, OTHER_TS),
            tx.posts.at(ChannelId("C0002"), TS),
        ]

    card, mark, elsewhere = await store.run(workspace, work)

    assert card is not None
    assert card.subject == "42"
    assert mark is None
    assert elsewhere is None


async def test_what_may_be_shown_by_now_is_known_until_it_is_known_where(
    store: Store, workspace: WorkspaceId
) -> None:
    left = {"attempts": 1, "attempted_at": NOW}
    dm = ChannelId("U1")

    def work(tx: Tx) -> None:
        want(tx, "waits")
        becomes(tx, want(tx, "leaves"), **left)
        becomes(tx, want(tx, "arrived"), **left, ts=TS, shown=1)
        becomes(tx, want(tx, "needless"), **left, shown=1)
        for state in (PostState.UNKNOWN, PostState.REJECTED, PostState.GONE):
            becomes(tx, want(tx, state), **left, state=state)
        becomes(tx, tx.posts.want(PostKind.STEP, "to-ana", channel=dm), **left)
        becomes(tx, tx.posts.want(PostKind.STEP, "to-ben", channel=ChannelId("U2")), **left)
        becomes(tx, tx.posts.want(PostKind.NOTICE, "says", channel=dm), **left)

    await store.run(workspace, work)
    found = await store.run(workspace, lambda tx: tx.posts.leaving(CHANNEL, dm))
    elsewhere = await store.run(workspace, lambda tx: tx.posts.leaving(*[ChannelId("C0002")] * 2))

    assert {post.subject for post in found} == {"leaves", "to-ana"}
    assert {post.attempted_at for post in found} == {NOW}
    assert elsewhere == []


async def test_what_leaves_for_a_conversation_is_found_without_looking_at_what_is_there(
    sqlite_store: Store,
) -> None:
    asked = _LEAVING.params(this_workspace="T1", in_channel="C1", or_in="U1")

    def work(tx: Tx) -> list[str]:
        connection = tx.posts._scope.connection
        sql = asked.compile(connection)
        values = tuple(sql.params[name] for name in sql.positiontup or ())
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        return [row[3] for row in plan]

    [search] = await sqlite_store.run(WorkspaceId("T1"), work)

    assert "(workspace=? AND channel=? AND ts=?)" in search


async def test_a_subject_has_its_parts_under_it_and_nothing_that_only_looks_alike(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[str]:
        for subject in ("42/U2", "42", "421", "42/U1", "4", "420/U1", "42.U1", "42/U1/3"):
            want(tx, subject)
        tx.posts.want(PostKind.STEP, "42/U1", channel=CHANNEL)
        return [post.subject for post in tx.posts.under(CARD, "42")]

    assert await store.run(workspace, work) == ["42", "42/U1", "42/U1/3", "42/U2"]


async def test_several_posts_are_shown_anew_at_once_as_each_would_be_alone(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[tuple[int, bool]]:
        want(tx, "1")
        want(tx, "2", held=True)
        becomes(tx, want(tx, "3"), state=PostState.GONE)
        tx.posts.want(PostKind.STEP, "1", channel=CHANNEL)
        want(tx, "5")
        keys = [(CARD, "1"), (CARD, "2"), (CARD, "3"), (CARD, "4"), (PostKind.STEP, "1")]
        tx.posts.bump_all([*keys, (CARD, "1")], urgent=CARD)
        found = [tx.posts.find(*key) for key in (*keys, (CARD, "5"))]
        return [(post.wanted, post.urgent) for post in found if post is not None]

    changed = await store.run(workspace, work)

    assert changed == [(2, True), (0, True), (1, False), (2, False), (1, False)]


async def test_what_is_shown_anew_at_once_wakes_the_publisher_only_if_some_is_pending(
    store: Store, workspace: WorkspaceId
) -> None:
    def first(tx: Tx) -> None:
        want(tx, "1", held=True)
        becomes(tx, want(tx, "2"), shown=1)

    def bumped(*subjects: str) -> Callable[[Tx], bool]:
        def work(tx: Tx) -> bool:
            tx.posts.bump_all((CARD, subject) for subject in subjects)
            return tx.woken.posts

        return work

    await store.run(workspace, first)

    assert await store.run(workspace, bumped()) is False
    assert await store.run(workspace, bumped("1", "7")) is False
    assert await store.run(workspace, bumped("1", "2")) is True


async def test_posts_of_several_kinds_are_found_under_one_subject(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> list[str]:
        for kind in (PostKind.STEP, CARD, PostKind.NEW_TASK, PostKind.NOTICE):
            tx.posts.want(kind, "42/U1", channel=CHANNEL)
        want(tx, "42")
        found = tx.posts.under_any([(CARD, "42"), (PostKind.STEP, "42"), (PostKind.STEP, "4")])
        return [f"{post.kind}/{post.subject}" for post in found]

    assert await store.run(workspace, work) == ["card/42", "card/42/U1", "step/42/U1"]


@pytest.mark.parametrize("kinds", [[CARD], [CARD, PostKind.NEW_TASK, PostKind.STEP]])
async def test_what_shows_a_task_is_found_without_looking_at_other_tasks(
    sqlite_store: Store, kinds: list[PostKind]
) -> None:
    executed: list[str] = []

    def work(tx: Tx) -> list[str]:
        driver: Any = tx.posts._scope.connection.connection.driver_connection
        driver.set_trace_callback(executed.append)
        tx.posts.under_any([(kind, "42") for kind in kinds])
        driver.set_trace_callback(None)
        [sql] = executed
        plan = driver.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [row[3] for row in plan if row[3].startswith("SEARCH")]

    searches = await sqlite_store.run(WorkspaceId("T1"), work)

    assert len(searches) == len(kinds)
    assert all("workspace=? AND kind=? AND subject>? AND subject<?" in way for way in searches)
