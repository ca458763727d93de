from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import column, event, select, table, text

from bot.domain.alarm import AlarmKind
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import (
    ChannelId,
    HomeView,
    Message,
    MessageTs,
    Post,
    PostId,
    PostKind,
    PostState,
    Rendered,
    Withdrawn,
)
from bot.store import claims, outbox
from bot.store.claims import ClaimedWorkspace, ProcessId
from bot.store.database import Store, StoreUnavailable
from bot.store.outbox import (
    REPOSTED,
    WITHDRAWING,
    Anew,
    Attempt,
    Found,
    Later,
    Removed,
    Sent,
    Settled,
    Shown,
)
from tests.databases import WORKSPACE, workspace_row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy import Connection, Select

    from bot.store.transaction import Tx

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=30)
C1 = ChannelId("C1")
ME = ProcessId("me/1")
OTHER = ProcessId("other/1")
T2 = WorkspaceId("T0002")


def hello(tx: Tx, post: Post, now: datetime) -> Rendered:
    del tx, now
    return Message(f"{post.subject} v{post.wanted}", [], "baton_note", {"post": post.id})


@pytest.fixture(autouse=True)
async def _two_processes(store: Store) -> None:
    await store.outbox.claims.register(ME)
    await store.outbox.claims.register(OTHER)


async def want(
    store: Store,
    subject: str = "1",
    *,
    kind: PostKind = PostKind.CARD,
    workspace: WorkspaceId = WORKSPACE,
    parent: PostId | None = None,
    ts: MessageTs | None = None,
    urgent: bool = False,
) -> Post:
    return await store.run(
        workspace,
        lambda tx: tx.posts.want(kind, subject, channel=C1, parent=parent, ts=ts, urgent=urgent),
    )


async def get(store: Store, post: Post) -> Post:
    found = await store.run(post.workspace, lambda tx: tx.posts.get(post.id))
    assert found is not None
    return found


async def claim(store: Store, process: ProcessId = ME, *, limit: int = 10) -> list[WorkspaceId]:
    claimed = await store.outbox.claims.claim(process, limit=limit, now=NOW)
    return [workspace.id for workspace in claimed]


async def pending(store: Store, now: datetime = NOW, *, limit: int = 10) -> list[str]:
    found = await store.outbox.pending([WORKSPACE], limit=limit, now=now)
    return [post.subject for post in found.get(WORKSPACE, [])]


async def attempt(
    store: Store, *posts: Post, process: ProcessId = ME, slack_now: datetime = NOW
) -> list[Attempt]:
    attempted = await store.outbox.attempt(
        process, posts, render=hello, slack_now=slack_now, now=NOW
    )
    assert attempted.broken == []
    return attempted.ready


async def first_attempt(store: Store, *, process: ProcessId = ME) -> Attempt:
    post = await want(store)
    await claim(store, process)
    (made,) = await attempt(store, post, process=process)
    return made


def sent(made: Attempt, ts: str = "1.000001") -> Sent:
    return Sent(made, ChannelId("D1"), MessageTs(ts))


def found(made: Attempt, ts: str = "1.000001") -> Found:
    return Found(made, ChannelId("D1"), MessageTs(ts))


async def take_over(store: Store, *, by: ProcessId = OTHER) -> list[WorkspaceId]:
    await store.outbox.claims.bury(ME, seen=0, again_at=NOW + LEASE, now=NOW)
    return await claim(store, by)


class TestBeats:
    async def test_every_beat_counts(self, store: Store) -> None:
        assert await store.outbox.claims.beat(ME)
        assert await store.outbox.claims.beat(ME)

        assert await store.outbox.claims.beats() == {ME: 2, OTHER: 0}

    async def test_the_buried_learn_it_from_their_next_beat(self, store: Store) -> None:
        await store.outbox.claims.bury(ME, seen=0, again_at=NOW + LEASE, now=NOW)

        assert not await store.outbox.claims.beat(ME)
        assert await store.outbox.claims.beats() == {OTHER: 0}

    async def test_who_has_beaten_since_is_not_buried(self, store: Store) -> None:
        await want(store)
        await claim(store)
        await store.outbox.claims.beat(ME)

        assert await store.outbox.claims.bury(ME, seen=0, again_at=NOW + LEASE, now=NOW) == []
        assert await store.outbox.claims.beat(ME)
        assert await claim(store, OTHER) == []

    async def test_who_leaves_in_order_leaves_nothing_behind(self, store: Store) -> None:
        post = await want(store)
        await claim(store)

        await store.outbox.claims.unregister(ME)

        assert await store.outbox.claims.beats() == {OTHER: 0}
        assert await claim(store, OTHER) == [post.workspace]

    async def test_the_buried_claim_nothing(self, store: Store) -> None:
        await want(store)
        await store.outbox.claims.bury(ME, seen=0, again_at=NOW + LEASE, now=NOW)

        assert await claim(store) == []


class TestClaiming:
    async def test_a_workspace_belongs_to_one_process(self, store: Store) -> None:
        await want(store)

        claimed = await store.outbox.claims.claim(ME, limit=5, now=NOW)

        assert claimed == [ClaimedWorkspace(WORKSPACE, "B0001", UserId("U0BATON"))]
        assert await claim(store, OTHER) == []
        assert await claim(store) == []

    async def test_nothing_is_claimed_where_nothing_waits(self, store: Store) -> None:
        assert await claim(store) == []

    async def test_workspaces_in_which_a_person_waits_come_first(self, store: Store) -> None:
        await store.run(T2, lambda tx: tx.workspaces.save(workspace_row(T2)))
        await want(store)
        await want(store, workspace=T2, urgent=True)

        assert await claim(store, limit=1) == [T2]
        assert await claim(store, limit=1) == [WORKSPACE]

    async def test_what_was_put_off_is_not_claimed_before_its_time(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([Later(made, NOW + SECOND, untouched=True)])
        await store.outbox.claims.release(ME, [WORKSPACE])

        assert await claim(store, OTHER) == []
        later = await store.outbox.claims.claim(OTHER, limit=1, now=NOW + SECOND)
        assert [workspace.id for workspace in later] == [WORKSPACE]

    async def test_a_delay_from_before_the_clock_was_set_back_is_void(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([Later(made, NOW + SECOND, untouched=True)])

        assert await pending(store, NOW) == []
        assert await pending(store, NOW - timedelta(minutes=5)) == ["1"]

    async def test_only_the_owner_releases(self, store: Store) -> None:
        await want(store)
        await claim(store)

        await store.outbox.claims.release(OTHER, [WORKSPACE])
        assert await claim(store, OTHER) == []

        await store.outbox.claims.release(ME, [WORKSPACE])
        assert await claim(store, OTHER) == [WORKSPACE]

    async def test_two_processes_that_claim_at_once_share_the_work(self, store: Store) -> None:
        many = [WorkspaceId(f"T{number}") for number in range(20)]
        for workspace in many:
            await store.run(workspace, lambda tx: tx.workspaces.save(workspace_row(tx.workspace)))
            await want(store, workspace=workspace)

        rounds = await asyncio.gather(
            *(claim(store, process, limit=3) for process in (ME, OTHER) * 5)
        )

        claimed = [workspace for found in rounds for workspace in found]
        assert len(claimed) == len(set(claimed))

    @pytest.mark.parametrize(
        ("statement", "path"),
        [
            (claims._UNCLAIMED, "SCAN posts USING INDEX ix_posts_pending"),
            (outbox._PENDING, "SEARCH posts USING INDEX ix_posts_pending (workspace=?)"),
            (outbox._TO_ATTEMPT, "SEARCH posts USING INDEX sqlite_autoindex_posts_1"),
            (outbox._TO_SETTLE, "SEARCH posts USING INDEX sqlite_autoindex_posts_1"),
        ],
    )
    async def test_looking_for_work_reads_only_what_it_must(
        self, sqlite_store: Store, statement: Select[tuple[str]], path: str
    ) -> None:
        values = {**claims.at(NOW), "most": 5, "these": ["T1"], "keys": [("T1", "p1")], "me": ME}
        executed: list[tuple[str, tuple[object, ...]]] = []

        def remember(  # noqa: PLR0917  # SQLAlchemy calls it so
            connection: object,
            cursor: object,
            sql: str,
            parameters: tuple[object, ...],
            context: object,
            many: object,
        ) -> None:
            del connection, cursor, context, many
            executed.append((sql, parameters))

        def plan(connection: Connection) -> str:
            event.listen(connection, "before_cursor_execute", remember)
            connection.execute(statement, values)
            event.remove(connection, "before_cursor_execute", remember)
            sql, parameters = executed[0]
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
            return " / ".join(row[3] for row in rows)

        assert path in await sqlite_store.door(plan)


class TestPending:
    async def test_urgent_ones_come_first_and_steps_in_their_order(self, store: Store) -> None:
        for subject in ("42/U1/10", "42/U1/9", "42/U1/2"):
            await want(store, subject, kind=PostKind.STEP)
        await want(store, "7", urgent=True)
        await want(store, "6")

        assert await pending(store) == ["7", "6", "42/U1/2", "42/U1/9", "42/U1/10"]

    async def test_no_sort_hides_another(self, store: Store) -> None:
        for number in range(5):
            await want(store, str(number), urgent=True)
            await want(store, f"U{number}", kind=PostKind.HOME)
            await want(store, f"1/d/U{number}", kind=PostKind.MARK, ts=MessageTs("1.1"))

        assert len(await pending(store, limit=2)) == 6

    async def test_a_reply_waits_for_the_message_it_replies_to(self, store: Store) -> None:
        root = await want(store, "1/d", kind=PostKind.HUDDLE)
        reply = await want(store, "1/d/U1", kind=PostKind.ANSWER, parent=root.id)
        await claim(store)
        assert await pending(store) == ["1/d"]

        assert [made.post.id for made in await attempt(store, reply, root)] == [root.id]
        (made,) = await attempt(store, root)
        await store.outbox.settle([sent(made)])

        assert await pending(store) == ["1/d/U1"]
        (answered,) = await attempt(store, reply)
        assert answered.parent_ts == "1.000001"

    async def test_a_reply_to_a_message_that_will_never_be_there_waits_no_longer(
        self, store: Store
    ) -> None:
        root = await want(store, "1/d", kind=PostKind.HUDDLE)
        await want(store, "1/d/U1", kind=PostKind.ANSWER, parent=root.id)
        await want(store, "1/d/U2", kind=PostKind.ANSWER, parent=PostId("nowhere"))
        await claim(store)
        (made,) = await attempt(store, root)

        await store.outbox.fail(made, PostState.REJECTED, "is_archived", on_trouble=lambda *_: None)

        assert await pending(store) == ["1/d/U1", "1/d/U2"]


class TestAttempting:
    async def test_an_attempt_is_recorded_with_slacks_time(self, store: Store) -> None:
        made = await first_attempt(store)

        after = await get(store, made.post)
        assert made.post.attempts == 0
        assert isinstance(made.rendered, Message)
        assert made.rendered.text == "1 v1"
        assert (after.attempts, after.attempted_at) == (1, NOW)

    async def test_the_first_attempts_time_is_kept(self, store: Store) -> None:
        made = await first_attempt(store)

        (again,) = await attempt(store, made.post, slack_now=NOW + SECOND)

        assert (again.post.attempts, again.post.attempted_at) == (1, NOW)
        after = await get(store, made.post)
        assert (after.attempts, after.attempted_at) == (2, NOW)

    async def test_only_new_messages_count_their_attempts(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([sent(made)])
        card = await want(store)
        home = await want(store, "U1", kind=PostKind.HOME)
        gone = await want(store, "2")

        def render(tx: Tx, post: Post, now: datetime) -> Rendered:
            if post.kind is PostKind.HOME:
                return HomeView({})
            return Withdrawn() if post == gone else hello(tx, post, now)

        made_now = await store.outbox.attempt(
            ME, [card, home, gone], render=render, slack_now=NOW, now=NOW
        )

        assert len(made_now.ready) == 3
        assert (await get(store, card)).attempts == 1
        assert (await get(store, home)).attempts == 0
        assert (await get(store, gone)).attempts == 0

    async def test_nothing_is_attempted_without_the_claim(self, store: Store) -> None:
        post = await want(store)

        assert await attempt(store, post) == []
        await claim(store, OTHER)
        assert await attempt(store, post) == []

        assert (await get(store, post)).attempts == 0

    async def test_nothing_is_attempted_that_is_shown_or_put_off(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([sent(made)])
        assert await attempt(store, made.post) == []

        await want(store)
        (again,) = await attempt(store, made.post)
        await store.outbox.settle([Later(again, NOW + SECOND, untouched=True)])

        assert await attempt(store, made.post) == []

    async def test_one_that_cannot_be_rendered_does_not_stop_the_others(self, store: Store) -> None:
        good, bad = await want(store, "1"), await want(store, "2")
        await claim(store)

        def render(tx: Tx, post: Post, now: datetime) -> Rendered:
            if post == bad:
                raise KeyError(post.subject)
            return hello(tx, post, now)

        made = await store.outbox.attempt(ME, [good, bad], render=render, slack_now=NOW, now=NOW)

        assert [ready.post for ready in made.ready] == [good]
        assert [(post, repr(error)) for post, error in made.broken] == [(bad, "KeyError('2')")]

    async def test_one_whose_rendering_breaks_the_transaction_is_the_only_one_to_blame(
        self, store: Store
    ) -> None:
        good, bad = await want(store, "1"), await want(store, "2")
        await claim(store)

        def render(tx: Tx, post: Post, now: datetime) -> Rendered:
            if post == bad:
                tx.posts._scope.execute(select(table("nowhere", column("it"))))
            return hello(tx, post, now)

        made = await store.outbox.attempt(ME, [good, bad], render=render, slack_now=NOW, now=NOW)

        assert made.ready == []
        assert [post for post, _ in made.broken] == [bad]
        assert (await get(store, good)).attempts == 0

    async def test_an_outage_while_rendering_is_nobodys_fault(self, store: Store) -> None:
        post = await want(store)
        await claim(store)

        def render(tx: Tx, post: Post, now: datetime) -> Rendered:
            raise StoreUnavailable(f"{tx} {post} {now}")

        with pytest.raises(StoreUnavailable):
            await store.outbox.attempt(ME, [post], render=render, slack_now=NOW, now=NOW)


class TestSettling:
    async def test_a_new_message_is_where_slack_put_it(self, store: Store) -> None:
        made = await first_attempt(store)

        assert await store.outbox.settle([sent(made)]) == Settled([], [])

        after = await get(store, made.post)
        assert (after.channel, after.ts) == ("D1", "1.000001")
        assert (after.wanted, after.shown) == (1, 1)

    async def test_settling_twice_changes_nothing(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([sent(made)])
        before = await get(store, made.post)

        assert await store.outbox.settle([sent(made)]) == Settled([], [])

        assert await get(store, made.post) == before

    async def test_what_changed_meanwhile_is_still_to_be_shown(self, store: Store) -> None:
        made = await first_attempt(store)
        await want(store)

        await store.outbox.settle([sent(made)])

        assert (await get(store, made.post)).is_pending

    async def test_an_edit_is_shown_and_no_longer_put_off(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([sent(made)])
        await want(store)
        (edit,) = await attempt(store, made.post)
        await store.outbox.settle([Later(edit, NOW + SECOND, untouched=False)])
        assert await pending(store) == []

        await store.outbox.settle([Shown(edit)])

        assert not (await get(store, made.post)).is_pending
        await want(store)
        assert await pending(store) == ["1"]

    async def test_one_that_was_found_is_shown_anew(self, store: Store) -> None:
        made = await first_attempt(store)

        await store.outbox.settle([found(made)])

        after = await get(store, made.post)
        assert (after.channel, after.ts) == ("D1", "1.000001")
        assert after.is_pending

    async def test_one_that_was_removed_can_be_sent_afresh(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([sent(made)])
        await want(store)
        (gone,) = await attempt(store, made.post)

        await store.outbox.settle([Removed(gone)])

        after = await get(store, made.post)
        assert (after.ts, after.attempts, after.attempted_at) == (None, 0, None)
        assert not after.is_pending

    async def test_one_that_somebody_deleted_is_sent_anew_and_remembers_it(
        self, store: Store
    ) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([sent(made)])
        await want(store)
        (deleted,) = await attempt(store, made.post)

        await store.outbox.settle([Anew(deleted, REPOSTED)])

        after = await get(store, made.post)
        assert (after.ts, after.attempts, after.reason) == (None, 0, REPOSTED)
        assert after.is_pending

    async def test_what_is_being_withdrawn_says_so_until_it_is_settled(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([sent(made)])
        await want(store)

        def withdraw(tx: Tx, post: Post, now: datetime) -> Rendered:
            del tx, post, now
            return Withdrawn()

        attempted = await store.outbox.attempt(
            ME, [made.post], render=withdraw, slack_now=NOW, now=NOW
        )
        assert (await get(store, made.post)).reason == WITHDRAWING

        (edit,) = await attempt(store, made.post)
        await store.outbox.settle([Shown(edit)])
        assert (await get(store, made.post)).reason is None

        await store.outbox.settle([Removed(attempted.ready[0])])
        assert (await get(store, made.post)).reason is None

    async def test_an_attempt_that_touched_nothing_does_not_count(self, store: Store) -> None:
        made = await first_attempt(store)

        await store.outbox.settle([Later(made, NOW, untouched=True)])
        after = await get(store, made.post)
        assert (after.attempts, after.attempted_at) == (0, None)

        # Said twice, because the answer of the database was lost.
        await store.outbox.settle([Later(made, NOW, untouched=True)])
        assert (await get(store, made.post)).attempts == 0

    async def test_earlier_attempts_still_count(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([Later(made, NOW, untouched=False)])
        (again,) = await attempt(store, made.post, slack_now=NOW + SECOND)

        await store.outbox.settle([Later(again, NOW, untouched=True)])

        after = await get(store, made.post)
        assert (after.attempts, after.attempted_at) == (1, NOW)

    async def test_a_post_that_no_longer_exists_is_settled(self, store: Store) -> None:
        made = await first_attempt(store)
        await store.door(lambda connection: connection.execute(text("DELETE FROM posts")))

        assert await store.outbox.settle([sent(made)]) == Settled([], [])

    async def test_many_are_settled_at_once(self, store: Store) -> None:
        posts = [await want(store, str(number)) for number in range(50)]
        await claim(store)
        made = await attempt(store, *posts)

        await store.outbox.settle([sent(one, f"{one.post.subject}.1") for one in made])

        assert await pending(store) == []
        assert (await get(store, posts[7])).ts == "7.1"


class TestALostClaim:
    async def test_what_was_in_flight_is_shown_again_a_lease_later(self, store: Store) -> None:
        made = await first_attempt(store)
        untried = await want(store, "2")
        home = await want(store, "U1", kind=PostKind.HOME)

        assert await take_over(store) == [WORKSPACE]

        alarms = await store.due(NOW + LEASE, limit=10)
        assert {alarm.kind for alarm in alarms} == {AlarmKind.POST_AGAIN}
        assert {alarm.subject for alarm in alarms} == {made.post.id, home.id}
        assert untried.id not in {alarm.subject for alarm in alarms}
        assert await store.next_due() == NOW + LEASE

    async def test_a_late_message_is_kept_when_there_is_no_other(self, store: Store) -> None:
        made = await first_attempt(store)
        await take_over(store)

        assert await store.outbox.settle([sent(made)]) == Settled([], [])

        after = await get(store, made.post)
        assert after.ts == "1.000001"
        assert after.is_pending

    @pytest.mark.parametrize("late", [sent, found])
    async def test_a_late_message_is_a_double_when_there_is_another(
        self, store: Store, late: Callable[[Attempt], Sent | Found]
    ) -> None:
        made = await first_attempt(store)
        await take_over(store)
        (theirs,) = await attempt(store, made.post, process=OTHER)
        await store.outbox.settle([sent(theirs, "2.000002")])
        outcome = late(made)

        settled = await store.outbox.settle([outcome])

        assert settled.doubles == [outcome]
        assert (await get(store, made.post)).ts == "2.000002"

    @pytest.mark.parametrize("kind", [Shown, Removed, partial(Anew, reason=None)])
    async def test_a_late_edit_makes_the_new_owner_show_it_again(
        self, store: Store, kind: Callable[[Attempt], Shown | Removed | Anew]
    ) -> None:
        made = await first_attempt(store)
        await store.outbox.settle([sent(made)])
        await want(store)
        (edit,) = await attempt(store, made.post)
        await take_over(store)
        (theirs,) = await attempt(store, made.post, process=OTHER)
        await store.outbox.settle([Shown(theirs)])

        await store.outbox.settle([kind(edit)])

        after = await get(store, made.post)
        assert after.ts == "1.000001"
        assert (after.wanted, after.shown) == (3, 2)

    async def test_a_late_delay_changes_nothing(self, store: Store) -> None:
        made = await first_attempt(store)
        await take_over(store)

        await store.outbox.settle([Later(made, NOW + LEASE, untouched=True)])

        assert (await get(store, made.post)).attempts == 1
        assert await pending(store) == ["1"]

    async def test_a_late_failure_changes_nothing(self, store: Store) -> None:
        made = await first_attempt(store)
        await take_over(store)
        told: list[str] = []

        await store.outbox.fail(
            made, PostState.REJECTED, "no", on_trouble=lambda _tx, _post, why: told.append(why)
        )

        assert told == []
        assert (await get(store, made.post)).state is PostState.LIVE


class TestFailing:
    async def test_those_it_concerns_are_told_in_the_same_transaction(self, store: Store) -> None:
        made = await first_attempt(store)

        def tell(tx: Tx, post: Post, reason: str) -> None:
            assert post.state is PostState.REJECTED
            tx.posts.want(PostKind.NOTICE, f"{reason}/{post.subject}/U1", channel=C1)

        await store.outbox.fail(made, PostState.REJECTED, "is_archived", on_trouble=tell)

        after = await get(store, made.post)
        assert (after.state, after.reason) == (PostState.REJECTED, "is_archived")
        assert await pending(store) == ["is_archived/1/U1"]

    async def test_when_they_cannot_be_told_it_has_not_failed_yet(self, store: Store) -> None:
        made = await first_attempt(store)

        def tell(tx: Tx, post: Post, reason: str) -> None:
            raise LookupError(tx, post, reason)

        with pytest.raises(LookupError):
            await store.outbox.fail(made, PostState.REJECTED, "is_archived", on_trouble=tell)

        assert (await get(store, made.post)).state is PostState.LIVE

    async def test_it_happens_once(self, store: Store) -> None:
        made = await first_attempt(store)
        told: list[str] = []

        for _ in range(2):
            await store.outbox.fail(
                made, PostState.GONE, "no", on_trouble=lambda _tx, _post, why: told.append(why)
            )

        assert told == ["no"]


class TestRowsOfOthers:
    @pytest.fixture
    async def store(self, postgres_url: str) -> AsyncIterator[Store]:
        store = Store(postgres_url)
        await store.open()
        await store.run(WORKSPACE, lambda tx: tx.workspaces.save(workspace_row()))
        yield store
        await store.close()

    async def test_a_post_that_is_being_changed_is_left_for_the_next_turn(
        self, store: Store, postgres_url: str
    ) -> None:
        made = await first_attempt(store)
        free = await want(store, "2")
        (unlocked,) = await attempt(store, free)
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
            connection.execute("SELECT id FROM posts WHERE subject = '1' FOR UPDATE")
            settled = await store.outbox.settle([sent(made), sent(unlocked, "2.2")])
            ready = await attempt(store, made.post)

        assert settled.busy == [sent(made)]
        assert ready == []
        assert (await get(store, free)).ts == "2.2"
