"""A comparison as it grows: what runs next, when a cell has enough, and that it goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.comparison.comparison import Comparison
from engine.comparison.errors import SavedError
from engine.comparison.plan import Cell
from engine.comparison.repetition import failed_repetition, repetition_of
from engine.comparison.saved import SavedComparisons
from tests.comparing import cells, measured
from tests.results import as_result


def run_on(comparison: Comparison, rates: dict[Cell, float], most: int = 100) -> list[Cell]:
    """Run until nothing is left, each cell always as fast; return the order."""
    order = []
    while (cell := comparison.next_cell()) is not None and len(order) < most:
        # Far apart, so that no interval is ever narrow.
        comparison.add(cell, measured(rates[cell] * (1.0 + 0.5 * (len(order) % 7))))
        order.append(cell)
    return order


def test_runs_are_interleaved_until_every_cell_had_its_repeats() -> None:
    a, b, c = found = cells(("threads",), (1, 2, 3))
    order = run_on(Comparison(found, repeats=3), dict.fromkeys(found, 10.0))
    assert order == [a, b, c, c, a, b, b, c, a]


def test_a_cell_whose_interval_is_narrow_has_enough() -> None:
    steady, noisy = found = cells(("threads",), (1, 2))
    comparison = Comparison(found, repeats=6, precision=0.03)
    for rate in (100.0, 100.5, 99.8):
        comparison.add(steady, measured(rate))
    for rate in (100.0, 150.0, 60.0):
        comparison.add(noisy, measured(rate))
    assert comparison.next_cell() == noisy
    assert comparison.runs_left() == 3


def test_two_runs_are_never_enough_however_alike() -> None:
    comparison = Comparison(cells(), repeats=5)
    for _ in range(2):
        comparison.add(comparison.cells[0], measured(100.0))
    assert comparison.next_cell() is not None


def test_a_failed_cell_is_not_run_again_and_the_others_go_on() -> None:
    bad, good = found = cells(("threads",), (1, 2))
    comparison = Comparison(found, repeats=2)
    comparison.add(bad, failed_repetition("run", "model.kind: it is not there", 0.1))
    assert comparison.next_cell() == good
    comparison.add(good, measured(10.0))
    assert comparison.next_cell() == good
    comparison.add(good, measured(12.0))
    assert comparison.complete


def test_no_run_begins_after_the_budget() -> None:
    comparison = Comparison(cells(), repeats=100, budget_s=2.5)
    run_on(comparison, dict.fromkeys(comparison.cells, 10.0))
    assert comparison.runs_done() == 3
    assert comparison.complete
    assert comparison.eta_s() == 0.0


def test_the_time_left_is_told_from_the_runs_there_were() -> None:
    comparison = Comparison(cells(("threads",), (1, 2)), repeats=3)
    assert comparison.eta_s() is None
    comparison.add(comparison.cells[0], measured(10.0, took_s=4.0))
    assert comparison.eta_s() == pytest.approx(2 * 4.0 + 3 * 4.0)


def test_saved_and_read_back_it_is_the_same(tmp_path: Path) -> None:
    found = cells(("threads", "sequential"), (1, 2), parameters={"workload.steps[0].below": (1000, 2000)})
    comparison = Comparison(found, repeats=4, precision=0.05, budget_s=60.0)
    run_on(comparison, {cell: 10.0 + place for place, cell in enumerate(found)}, most=7)
    places = SavedComparisons(tmp_path)
    saved = places.begin("Which?", comparison)
    again = SavedComparisons(tmp_path).load(saved.id)
    assert again.title == "Which?"
    assert again.comparison.to_json() == comparison.to_json()
    assert again.comparison.next_cell() == comparison.next_cell()
    assert places.load("last").id == places.load(saved.id[:13]).id == saved.id


def test_an_unfinished_comparison_of_the_same_cells_is_found_a_complete_one_is_not(tmp_path: Path) -> None:
    places = SavedComparisons(tmp_path)
    comparison = Comparison(cells(("threads",), (1, 2)), repeats=1)
    saved = places.begin("A", comparison)
    found = places.unfinished(cells(("threads",), (1, 2)))
    assert found is not None
    assert found.id == saved.id
    assert places.unfinished(cells(("threads",), (1, 4))) is None
    run_on(comparison, dict.fromkeys(comparison.cells, 10.0))
    places.save(saved)
    assert places.unfinished(comparison.cells) is None


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    places = SavedComparisons(tmp_path)
    with pytest.raises(SavedError, match="no comparison is called 'nope'"):
        places.load("nope")
    saved = places.begin("A", Comparison(cells()))
    (tmp_path / "comparisons" / f"{saved.id}.json").write_text(json.dumps({"format": 99}), encoding="utf-8")
    with pytest.raises(SavedError, match="format must be 1, got 99"):
        places.load(saved.id)


def test_a_run_whose_tasks_failed_says_so() -> None:
    result = {
        "run_id": "x",
        "status": "finished",
        "reason": None,
        "tasks": {"done": 1, "failed": 3},
        "throughput_per_s": 2.0,
        "errors": {"count": 3, "first": {"type": "ValueError", "message": "odd"}},
        "interpreter": {"implementation": "CPython", "version": "3.13.0", "gil_enabled": False},
    }
    repetition = repetition_of(as_result(result), None, 1.0)
    assert repetition.reason == "3 of 4 tasks failed, the first with ValueError: odd"
    assert repetition.python == "3.13.0t"
    assert repetition.throughput_per_s == 2.0


def test_other_programs_before_or_during_a_run_make_it_unstable() -> None:
    assert measured(1.0, load_other=0.1, load_before=0.1).stable
    assert not measured(1.0, load_other=0.11).stable
    assert not measured(1.0, load_before=0.11).stable
    assert not measured(1.0, load_other=None).stable


def test_a_run_is_too_short_where_more_than_half_of_it_is_warm_up() -> None:
    assert measured(1.0, warm_up=0.51).too_short
    assert not measured(1.0, warm_up=0.5).too_short
    assert not measured(1.0, warm_up=None).too_short
    assert not failed_repetition("run", "it broke", 0.1).too_short
