"""However often and in whatever order reactions are told of, a task ends as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, permutations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.post import MessageTs, PostKind
from bot.domain.task import Status, TaskNumber, Via
from bot.usecases import changing, delegation, reacting
from tests.usecases.tasking import ANA, DRAFT, MAYA, NOW, Desk, furnished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.domain.post import Post
    from bot.store.database import Store
    from bot.store.transaction import Tx

DONE = ("white_check_mark", "heavy_check_mark", "ballot_box_with_check")
CARD, MESSAGE = (PostKind.CARD, ""), (PostKind.NEW_TASK, f"/{ANA}")
Place = tuple[PostKind, str]


@dataclass(frozen=True)
class Change:
    """A reaction that was set, or taken off, at some minute."""

    minute: int
    name: str
    place: Place
    stands: bool

    @property
    def at(self) -> datetime:
        return NOW + timedelta(minutes=self.minute)


@pytest.fixture
async def desk(sqlite_store: Store) -> Desk:
    return await furnished(sqlite_store)


def changes(toggled: Iterable[tuple[str, Place]]) -> list[Change]:
    """Return what happens when somebody clicks these reactions one after the other."""
    standing: set[tuple[str, Place]] = set()
    made = []
    for minute, one in enumerate(toggled, start=1):
        standing ^= {one}
        made.append(Change(minute, *one, stands=one in standing))
    return made


def standing(made: Iterable[Change]) -> bool:
    """Whether a reaction stands after these changes, whatever stood before."""
    newest: dict[tuple[str, Place], Change] = {}
    for change in made:
        newest[change.name, change.place] = change
    return any(change.stands for change in newest.values())


def handed_over(tx: Tx, key: int) -> TaskNumber:
    """Make a task that Slack shows, in its channel and to Ana."""
    number = delegation.delegate(
        tx, DRAFT, key=f"order {key}", by=MAYA, via=Via.COMMAND, now=NOW
    ).task.number
    for kind, rest in (CARD, MESSAGE):
        post = found(tx, kind, f"{number}{rest}")
        tx.posts.want(kind, post.subject, channel=post.channel, ts=MessageTs(f"{number}.{kind}"))
    return number


def found(tx: Tx, kind: PostKind, subject: str) -> Post:
    post = tx.posts.find(kind, subject)
    assert post is not None
    return post


def tell(tx: Tx, number: TaskNumber, told: Iterable[Change], *, after: timedelta) -> None:
    for change in told:
        kind, rest = change.place
        post = found(tx, kind, f"{number}{rest}")
        assert post.ts is not None
        reacting.react(
            tx,
            channel=post.channel,
            ts=post.ts,
            name=change.name,
            stands=change.stands,
            event_ts=f"{change.at.timestamp():.6f}",
            by=ANA,
            now=NOW + after,
        )


def status(tx: Tx, number: TaskNumber) -> Status:
    task = tx.tasks.get(number)
    assert task is not None
    return task.status


def ends_as_it_stands(
    tx: Tx, key: int, before: Sequence[Change], after: Sequence[Change], opened_after: float | None
) -> None:
    """Tell of what was before the task was opened again, open it, and tell of everything."""
    number = handed_over(tx, key)
    made = sorted({*before, *after}, key=lambda change: change.minute)
    tell(tx, number, [*before, *before], after=timedelta(hours=1))
    was_done = status(tx, number) is Status.DONE
    assert was_done == standing(sorted(before, key=lambda change: change.minute))
    if opened_after is not None and was_done:
        reopened = NOW + timedelta(minutes=opened_after)
        delegation.reopen(tx, number, by=MAYA, via=Via.BUTTON, now=reopened)
        assert status(tx, number) is not Status.DONE
        made = [change for change in made if change.minute > opened_after]

    tell(tx, number, [*after, *before, *after], after=timedelta(hours=2))

    assert (status(tx, number) is Status.DONE) == standing(made), (before, after, opened_after)


def all_orders() -> Iterator[tuple[list[Change], list[Change], float | None]]:
    for toggled in product([(name, CARD) for name in DONE[:2]], repeat=3):
        made = changes(toggled)
        for order in permutations(made):
            yield [], list(order), None
        for opened in range(1, 4):
            for before in permutations(made[:opened]):
                for after in permutations(made[opened:]):
                    yield list(before), list(after), opened + 0.5


async def test_every_order_of_three_clicks_ends_as_they_stand(desk: Desk) -> None:
    def check(tx: Tx) -> int:
        key = 0
        for key, (before, after, opened) in enumerate(all_orders()):
            ends_as_it_stands(tx, key, before, after, opened)
        return key

    assert await desk.look(check) > 100


async def test_any_order_of_many_clicks_in_both_places_ends_as_they_stand(desk: Desk) -> None:
    keys = count()
    clicks = st.lists(st.tuples(st.sampled_from(DONE), st.sampled_from((CARD, MESSAGE))))

    def check(tx: Tx) -> None:
        @settings(max_examples=40, deadline=None)
        @given(data=st.data())
        def ends(data: st.DataObject) -> None:
            made = changes(data.draw(clicks)[:7])
            opened = data.draw(st.integers(0, len(made)))
            before = data.draw(st.permutations(made[:opened]))
            after = data.draw(st.permutations(made[opened:]))
            ends_as_it_stands(tx, next(keys), before, after, opened + 0.5 if opened else None)

        ends()

    await desk.look(check)


async def test_a_finishing_reaction_counts_anew_once_the_task_was_opened_again(desk: Desk) -> None:
    def check(tx: Tx) -> list[Status]:
        number = handed_over(tx, 1)
        first, again, off = changes([(DONE[0], CARD), (DONE[2], CARD), (DONE[2], CARD)])
        seen = []
        tell(tx, number, [first], after=timedelta(minutes=1))
        reopened = first.at + timedelta(seconds=30)
        delegation.reopen(tx, number, by=MAYA, via=Via.BUTTON, now=reopened)
        for change in (again, off):
            tell(tx, number, [change], after=timedelta(minutes=5))
            seen.append(status(tx, number))
        return seen

    assert await desk.look(check) == [Status.DONE, Status.DOING]


async def test_a_clock_of_slacks_that_is_ahead_makes_no_old_reaction_new(desk: Desk) -> None:
    ahead = timedelta(minutes=5)

    def check(tx: Tx) -> Status:
        number = handed_over(tx, 1)
        delegation.finish(tx, number, by=ANA, via=Via.BUTTON, now=NOW)
        delegation.reopen(tx, number, by=MAYA, via=Via.BUTTON, now=NOW + timedelta(minutes=1))
        post = found(tx, PostKind.CARD, str(number))
        assert post.ts is not None
        reacting.react(
            tx,
            channel=post.channel,
            ts=post.ts,
            name=DONE[0],
            stands=True,
            event_ts=f"{(NOW + ahead).timestamp():.6f}",
            by=ANA,
            ahead=ahead,
            now=NOW + timedelta(minutes=2),
        )
        return status(tx, number)

    assert await desk.look(check) is Status.DOING


async def test_a_reaction_on_the_message_about_a_task_counts_as_on_its_card(desk: Desk) -> None:
    def check(tx: Tx) -> tuple[Status, Status, Status]:
        number = handed_over(tx, 1)
        here, there, gone = changes([(DONE[0], CARD), (DONE[0], MESSAGE), (DONE[0], CARD)])
        seen = []
        for change in (there, here, gone):
            tell(tx, number, [change], after=timedelta(minutes=5))
            seen.append(status(tx, number))
        return seen[0], seen[1], seen[2]

    assert await desk.look(check) == (Status.DONE, Status.DONE, Status.DONE)


async def test_a_reaction_on_the_message_that_gave_a_task_counts(desk: Desk) -> None:
    def check(tx: Tx) -> Status:
        number = handed_over(tx, 1)
        for to in ((MAYA,), (ANA,)):
            changing.give(tx, number, to, in_channel=to, by=MAYA, via=Via.BUTTON, now=NOW)
        place = tx.tasks.history(number)[-1].place
        post = found(tx, PostKind.STEP, f"{number}/{ANA}/{place}")
        tx.posts.want(post.kind, post.subject, channel=post.channel, ts=MessageTs("9.9"))
        reacting.react(
            tx,
            channel=post.channel,
            ts=MessageTs("9.9"),
            name="raised_hand",
            stands=True,
            event_ts="1.000001",
            by=ANA,
            now=NOW,
        )
        return status(tx, number)

    assert await desk.look(check) is Status.DOING


async def test_a_reaction_on_a_message_about_another_step_means_nothing(desk: Desk) -> None:
    def check(tx: Tx) -> Status:
        number = handed_over(tx, 1)
        delegation.ask(tx, number, question="Which?", by=ANA, via=Via.BUTTON, now=NOW)
        delegation.answer(tx, number, text="This", by=MAYA, via=Via.BUTTON, now=NOW)
        post = found(tx, PostKind.STEP, f"{number}/{ANA}/3")
        tx.posts.want(post.kind, post.subject, channel=post.channel, ts=MessageTs("9.9"))
        reacting.react(
            tx,
            channel=post.channel,
            ts=MessageTs("9.9"),
            name="white_check_mark",
            stands=True,
            event_ts="1.000001",
            by=ANA,
            now=NOW,
        )
        return status(tx, number)

    assert await desk.look(check) is Status.WAITING


async def test_what_was_asked_already_is_not_offered_to_be_written_twice(desk: Desk) -> None:
    number = await desk.do(handed_over, 1)
    marks = changes([("question", CARD), ("question", MESSAGE)])

    await desk.do(tell, number, marks, after=timedelta(minutes=5))

    assert await desk.do(status, number) is Status.ASKED
    assert not await desk.look(lambda tx: tx.posts.under(PostKind.NOTICE, f"task/{number}"))
