"""That every row still runs, and nothing is worse by far than it should be: ratios only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.engines import engines
from tests.benchmarks.figures import Figure, as_json, compared, table, written
from tests.benchmarks.pairs import in_turns, percentile, ratio, share
from tests.benchmarks.rows import ROWS
from tests.benchmarks.scale import QUICK, Bench

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(300)  # it starts many processes, beside those of other tests
@pytest.mark.parametrize("row", ROWS)
async def test_a_row_of_the_table_runs_and_is_not_absurdly_bad(row: str) -> None:
    with engines() as made:
        figures = await ROWS[row](Bench(QUICK, made))

    assert figures
    assert [str(one) for one in figures if one.is_absurd] == []
    assert [one.note for one in figures if one.note] == []


def _figure(value: float, *, more_is_better: bool = True, engine: str = "sqlite") -> Figure:
    return Figure(
        row="delegate in 1",
        name="(a) a second",
        engine=engine,
        ratio=share([value], 1),
        floor="bare Bolt",
        least=0.5 if more_is_better else None,
        most=None if more_is_better else 0.5,
    )


def test_a_ratio_is_the_median_of_its_pairs() -> None:
    found = ratio([1, 9, 4], [2, 3, 4])

    assert (found.value, found.spread) == (1.0, 1.25)


def test_a_ratio_of_unequal_series_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio([1, 2], [1])


async def test_pairs_are_measured_in_turns() -> None:
    order: list[str] = []

    async def ours() -> str:
        order.append("ours")
        return "a"

    async def floor() -> str:
        order.append("floor")
        return "b"

    assert await in_turns(2, ours, floor) == [["a", "a"], ["b", "b"]]
    assert order == ["ours", "floor", "floor", "ours"]


def test_the_last_percentile_is_the_slowest_of_few() -> None:
    assert percentile([3, 1, 2], 0.99) == 3


def test_what_is_worse_than_the_baseline_by_more_than_its_noise_is_found(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    written(baseline, [_figure(0.5)])

    assert compared(baseline, [_figure(0.45)]) == ([], [])
    assert [change.now for change in compared(baseline, [_figure(0.4)])[0]] == [0.4]
    assert [change.now for change in compared(baseline, [_figure(0.6)])[1]] == [0.6]


def test_what_should_be_little_is_worse_when_it_is_more(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    written(baseline, [_figure(0.5, more_is_better=False)])

    worse, better = compared(baseline, [_figure(0.6, more_is_better=False)])

    assert len(worse) == 1
    assert better == []


def test_a_row_without_a_baseline_is_not_compared(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    written(baseline, [_figure(0.5)])

    assert compared(baseline, [_figure(0.1, engine="postgresql")]) == ([], [])


def test_a_baseline_keeps_the_rows_that_were_not_run(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    written(baseline, [_figure(0.5)])
    written(baseline, [_figure(0.4, engine="postgresql")])

    assert len(json.loads(baseline.read_text())) == 2


def test_the_table_says_what_was_missed() -> None:
    assert "MISSED" in table([_figure(0.4)])
    assert "met" in table([_figure(0.6)])


def test_the_json_holds_every_figure_and_where_it_was_measured() -> None:
    told = json.loads(as_json([_figure(0.4)], {"cores": 2}))

    assert told["facts"] == {"cores": 2}
    assert told["figures"][0]["met"] is False
    assert told["figures"][0]["ratio"]["value"] == 0.4
