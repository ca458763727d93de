from __future__ import annotations

from asyncio import Future, new_event_loop
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from bot.store.failures import StoreUnavailable
from bot.store.line import Job, Line

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def settled() -> Iterator[Future[None]]:
    loop = new_event_loop()
    yield loop.create_future()
    loop.close()


def job(settled: Future[None], *, patience: float = 60) -> Job:
    return Job(work=lambda _: None, deadline=monotonic() + patience, settled=settled)


def test_first_come_first_served(settled: Future[None]) -> None:
    line, jobs = Line(), [job(settled) for _ in range(3)]
    for each in jobs:
        line.put(each)

    assert line.wait()
    assert [line.next() for _ in range(4)] == [*jobs, None]


def test_who_waited_too_long_is_passed_over(settled: Future[None]) -> None:
    line, late, soon = Line(), job(settled, patience=0), job(settled)
    line.put(late)
    line.put(soon)

    assert line.next() is soon
    assert not late.started


def test_those_who_waited_too_long_are_forgotten_up_to_the_first_who_has_not(
    settled: Future[None],
) -> None:
    line, soon = Line(), job(settled)
    for each in (job(settled, patience=0), job(settled, patience=-1), soon):
        line.put(each)
    line.drop_late()

    assert list(line._jobs) == [soon]


def test_a_job_can_be_withdrawn_until_it_begins(settled: Future[None]) -> None:
    line, first, second = Line(), job(settled), job(settled)
    line.put(first)
    line.put(second)

    assert line.withdraw(first)
    assert line.next() is second
    assert not line.withdraw(second)
    assert line.next() is None


def test_a_closed_line_is_served_to_its_end(settled: Future[None]) -> None:
    line, last = Line(), job(settled)
    line.put(last)
    line.close()

    with pytest.raises(StoreUnavailable):
        line.put(job(settled))
    assert line.wait()
    assert line.next() is last
    assert not line.wait()
