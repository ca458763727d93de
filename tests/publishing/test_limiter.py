from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.publishing.limiter import PER_MINUTE, POST, Limiter, Limits

NOW = 1_000.0

steps = st.lists(
    st.tuples(
        st.sampled_from(sorted(PER_MINUTE)),
        st.sampled_from(["C1", "C2", "C3"]),
        st.booleans(),
        st.floats(min_value=0, max_value=20),
    ),
    max_size=300,
)


def call_when_possible(limiter: Limiter, method: str, channel: str, at: float) -> float:
    """Wait for the limits, make the call, and return when that was."""
    while (wait := limiter.wait(method, channel, urgent=True, now=at)) > 0:
        at += wait + 1e-6
    limiter.take(method, channel, now=at)
    return at


def most_within(times: list[float], seconds: float) -> int:
    return max(
        (sum(1 for other in times if start <= other < start + seconds) for start in times),
        default=0,
    )


@given(steps)
def test_no_limit_is_ever_exceeded(
    calls: list[tuple[str, str, bool, float]],
) -> None:
    limiter, now = Limiter(Limits()), NOW
    made: dict[tuple[str, str], list[float]] = {}

    for method, channel, is_burst, pause in calls:
        now = call_when_possible(limiter, method, channel, now + (0 if is_burst else pause))
        made.setdefault((method, ""), []).append(now)
        if method == POST:
            made.setdefault((method, channel), []).append(now)

    for (method, channel), times in made.items():
        if channel:
            assert most_within(times, 5) <= 5
        else:
            assert most_within(times, 60) <= PER_MINUTE[method]


@pytest.mark.parametrize("method", sorted(PER_MINUTE))
def test_a_burst_is_followed_by_an_even_flow(method: str) -> None:
    limiter = Limiter(Limits())
    times: list[float] = []

    for number in range(PER_MINUTE[method] + 1):
        start = times[-1] if times else NOW
        times.append(call_when_possible(limiter, method, f"C{number}", start))

    assert most_within(times, 60) <= PER_MINUTE[method]
    assert times[-1] - NOW <= 64


def test_three_hundred_messages_take_a_minute() -> None:
    limiter, now = Limiter(Limits()), NOW

    for number in range(300):
        now = call_when_possible(limiter, POST, f"C{number}", now)

    # 300 a minute after a burst of 10 is 58 s at best.
    assert now - NOW <= 1.1 * 58


def test_a_channel_takes_two_at_once_and_then_waits() -> None:
    limiter = Limiter(Limits())

    for _ in range(2):
        assert limiter.wait(POST, "C1", urgent=True, now=NOW) == 0
        limiter.take(POST, "C1", now=NOW)

    assert 1 < limiter.wait(POST, "C1", urgent=True, now=NOW) < 2
    assert limiter.wait(POST, "C2", urgent=True, now=NOW) == 0
    assert limiter.wait("chat.update", "C1", urgent=True, now=NOW) == 0


def test_a_part_of_a_burst_is_left_to_what_is_urgent() -> None:
    limiter, taken = Limiter(Limits()), 0

    while limiter.wait("chat.update", None, urgent=False, now=NOW) == 0:
        limiter.take("chat.update", None, now=NOW)
        taken += 1

    assert taken == 8
    assert limiter.wait("chat.update", None, urgent=True, now=NOW) == 0


def test_a_pause_stops_its_method_and_no_other() -> None:
    limiter = Limiter(Limits())

    limiter.pause("chat.update", "C1", 30, now=NOW)

    assert limiter.wait("chat.update", "C2", urgent=True, now=NOW) == 30
    assert limiter.wait("chat.delete", "C1", urgent=True, now=NOW) == 0
    assert limiter.wait("chat.update", "C2", urgent=True, now=NOW + 30) == 0


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    limiter = Limiter(Limits())

    limiter.pause(POST, "C1", 30, now=NOW)
    limiter.pause(POST, "C1", 1, now=NOW)

    assert limiter.wait(POST, "C1", urgent=True, now=NOW) == 30
    assert limiter.wait(POST, "C2", urgent=True, now=NOW) == 30


def test_what_is_not_paced_still_obeys_a_pause() -> None:
    limiter = Limiter(Limits(paced=False))
    for _ in range(1_000):
        assert limiter.wait(POST, "C1", urgent=False, now=NOW) == 0
        limiter.take(POST, "C1", now=NOW)

    limiter.pause(POST, "C1", 30, now=NOW)

    assert limiter.wait(POST, "C1", urgent=False, now=NOW) == 30
    assert limiter.wait(POST, "C1", urgent=False, now=NOW + 31) == 0


def test_what_has_recovered_is_forgotten() -> None:
    limiter = Limiter(Limits())
    limiter.take(POST, "C1", now=NOW)
    limiter.pause("chat.update", None, 90, now=NOW)

    assert not limiter.forget(now=NOW)
    assert not limiter.forget(now=NOW + 60)
    assert limiter.forget(now=NOW + 90)
