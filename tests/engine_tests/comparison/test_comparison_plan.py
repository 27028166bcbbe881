"""What a comparison runs: the cells that axes make, and wrong axes named by their key."""

from __future__ import annotations

from typing import Any

import pytest

from engine.comparison.estimate import estimate, task_s_of
from engine.comparison.plan import MOST_CELLS, Axes, cells_of, round_of
from engine.workload.errors import ExperimentError
from tests.comparing import base, catalogue, cells
from tests.results import as_result

BELOW = "workload.steps[0].below"


def test_every_combination_is_a_cell_with_its_own_experiment() -> None:
    found = cells(("threads", "processes"), (1, 4), interpreters=(None, "3.13t"), parameters={BELOW: (1000, 5000)})
    assert len(found) == len(set(found)) == 16
    last = found[-1]
    assert last.label == "processes x 4, 3.13t, below = 5000"
    assert last.experiment["model"]["kind"] == "processes"
    assert last.experiment["model"]["workers"] == 4
    assert last.experiment["model"]["interpreter"] == "3.13t"
    assert last.experiment["workload"]["steps"] == [{"kind": "count-primes", "below": 5000}]


def test_a_model_of_one_worker_is_one_cell_whatever_the_worker_counts() -> None:
    found = cells(("sequential", "threads"), (1, 2, 4))
    assert [(each.model, each.workers) for each in found] == [
        ("sequential", 1),
        ("threads", 1),
        ("threads", 2),
        ("threads", 4),
    ]


def test_a_value_that_is_named_twice_is_one_cell() -> None:
    assert len(cells(("threads", "threads"), (2, 2))) == 1


def test_an_option_of_the_model_can_be_an_axis() -> None:
    found = cells(("processes",), (1,), parameters={"model.start_method": ("spawn", "forkserver")})
    assert [each.experiment["model"]["start_method"] for each in found] == ["spawn", "forkserver"]


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"models": ()}, "models: needs at least one value"),
        ({"workers": ()}, "workers: needs at least one value"),
        ({"interpreters": ()}, "interpreters: needs at least one value"),
        ({"parameters": {BELOW: ()}}, f"{BELOW}: needs at least one value"),
        ({"workers": (2, 0)}, "model.workers: must be at least 1, got 0"),
        ({"models": ("thread",)}, 'model.kind: unknown kind "thread"; did you mean threads?'),
        ({"parameters": {BELOW: (1000, -5)}}, f"{BELOW}: must be at least 2, got -5"),
        ({"parameters": {"workload.steps[1].below": (5,)}}, "workload.steps[1].below: there is no such key"),
        ({"parameters": {"workload.steps[0].belw": (5,)}}, "workload.steps[0].belw: unknown key; did you mean below?"),
        ({"workers": tuple(range(1, MOST_CELLS + 2))}, f"the axes make more than {MOST_CELLS} cells"),
    ],
)
def test_wrong_axes_are_named_by_their_key(axes: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        cells_of(base(), Axes(**{"models": ("threads",), "workers": (1,), **axes}), catalogue())
    assert message in str(caught.value)


def test_a_workload_without_an_end_cannot_be_compared() -> None:
    with pytest.raises(
        ExperimentError, match="workload.until_stopped: the runs of a comparison must end by themselves"
    ):
        cells_of(base(until_stopped=True), Axes(("threads",), (1,)), catalogue())


def test_rounds_are_interleaved_each_starting_one_further_back() -> None:
    a, b, c = cells(("threads",), (1, 2, 3))
    assert round_of([a, b, c], 0) == [a, b, c]
    assert round_of([a, b, c], 1) == [c, a, b]
    assert round_of([a, b, c], 2) == [b, c, a]
    assert round_of([a, b, c], 3) == [a, b, c]
    assert round_of([], 1) == []


def test_the_estimate_spans_what_workers_may_make_of_a_task() -> None:
    found = estimate(cells(("threads",), (1, 4)), repeats=5, task_s=1.0)
    assert (found.runs_low, found.runs_high) == (6, 10)
    assert found.low_s is not None
    assert found.high_s is not None
    assert found.low_s < 6 * 10.0 < 10 * 10.0 <= found.high_s


def test_the_estimate_of_timed_runs_needs_no_task_and_a_budget_bounds_it() -> None:
    timed = cells_of(base(duration_s=2.0), Axes(("threads",), (1,)), catalogue())
    found = estimate(timed, repeats=1)
    assert found.low_s == found.high_s
    assert found.low_s is not None
    assert found.low_s > 2.0
    assert estimate(timed, repeats=100, budget_s=9.0).high_s == 9.0


def test_without_a_known_task_there_is_no_time() -> None:
    found = estimate(cells(), repeats=2)
    assert (found.low_s, found.high_s) == (None, None)


def test_what_a_task_takes_is_read_from_a_run() -> None:
    assert task_s_of(as_result({"workers": 1, "tasks": {"done": 10}, "elapsed_s": 5.0})) == 0.5
    assert (
        task_s_of(as_result({"workers": 2, "tasks": {"done": 10}, "elapsed_s": 5.0, "latency_s": {"mean": 0.8}})) == 0.8
    )
    assert task_s_of(as_result({})) is None
