"""What the app is there to let a person see, as relations that hold on a noisy machine of two cores."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import models
from engine.interpreters.interpreter import app_interpreter
from engine.record.lane_file import OK
from engine.wire.interpreter import Interpreter
from tests.engine_tests.host_runs import (
    Lane,
    default_options,
    interpreter_for,
    quick_options,
    read_lane,
    read_lanes,
    run_host,
    started,
    wait_until,
)
from tests.interpreters import every_interpreter, free_threaded_interpreter, usable_interpreters
from tests.matrices import first_of

ROUNDS = 9  # at most: a measurement that was disturbed is repeated, both sides in turn
MEASURED_S = 0.3
PARALLEL = 1.4  # so many times as fast as one worker are two that run in parallel, at least
MODELS = models.discover()
PRIMES = {"kind": "count-primes", "below": 3000}

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
needs_two_cores = pytest.mark.skipif(CORES < 2, reason="there is one core only")


class Watched:
    """A lane while its run goes on: its file, and its thread as the system sees it."""

    def __init__(self, lane: Lane) -> None:
        self.path = lane.path
        self._schedstat = Path(f"/proc/{lane.pid}/task/{lane.thread}/schedstat")
        self.begun_ns, self.queued_ns = time.perf_counter_ns(), self._queued_ns()

    def _queued_ns(self) -> int:
        # How long the thread was ready to run and had no core: others' work, on a machine that is not ours alone.
        return int(self._schedstat.read_text().split()[1]) if self._schedstat.exists() else 0

    def rate(self) -> float:
        """Return the tasks for each second that the machine let the thread have."""
        end_ns, queued_ns = time.perf_counter_ns(), self._queued_ns() - self.queued_ns
        records = read_lane(self.path).records
        ended = np.count_nonzero((records["end_ns"] >= self.begun_ns) & (records["end_ns"] <= end_ns))
        return float(ended) / (end_ns - self.begun_ns - queued_ns) * 1e9


def measured_rate(model: str, workers: int, interpreter: Interpreter) -> float:
    """Return the tasks a second of all workers together, while all are at work."""
    options = quick_options(MODELS[model])
    with started([PRIMES], model, workers, interpreter=interpreter, options=options, until_stopped=True) as host:

        def busy() -> list[Lane]:
            return [lane for lane in read_lanes(host.folder) if len(lane.records) > 3]

        wait_until(lambda: len(busy()) == workers)
        lanes = [Watched(lane) for lane in busy()]
        threading.Event().wait(MEASURED_S)
        rates = [lane.rate() for lane in lanes]
        host.control.stop()
        host.wait().finished()
    return sum(rates)


def speedup_of_two(model: str, interpreter: Interpreter, enough: Callable[[float], bool]) -> float:
    """Return how many times as fast as one worker two are: the median of pairs, measured until it is `enough`."""
    pairs: list[float] = []
    for turn in range(ROUNDS):
        rates = {workers: measured_rate(model, workers, interpreter) for workers in ((1, 2) if turn % 2 else (2, 1))}
        pairs.append(rates[2] / rates[1])
        if turn and enough(median(pairs)):
            break
    return median(pairs)


@pytest.mark.alone
@needs_two_cores
@pytest.mark.parametrize("model", ["threads", "thread-pool"])
def test_with_a_gil_two_threads_that_compute_are_not_faster_than_one(model: str) -> None:
    assert speedup_of_two(model, app_interpreter(), lambda speedup: speedup < PARALLEL) < PARALLEL


@pytest.mark.alone
@needs_two_cores
@pytest.mark.parametrize("model", ["processes", "process-pool"])
def test_two_processes_that_compute_are(model: str) -> None:
    assert speedup_of_two(model, app_interpreter(), lambda speedup: speedup > PARALLEL) > PARALLEL


@pytest.mark.alone
@needs_two_cores
def test_two_subinterpreters_that_compute_are() -> None:
    able = [each for each in usable_interpreters() if each.version_info >= (3, 12) and not each.free_threaded]
    if not able:
        pytest.skip("no Python with subinterpreters that have a GIL of their own is on this machine")
    assert speedup_of_two("interpreters", able[0], lambda speedup: speedup > PARALLEL) > PARALLEL


@pytest.mark.alone
@needs_two_cores
def test_without_a_gil_two_threads_that_compute_are() -> None:
    interpreter = free_threaded_interpreter()
    assert speedup_of_two("threads", interpreter, lambda speedup: speedup > PARALLEL) > PARALLEL


def most_at_once(records: NDArray[np.void]) -> int:
    """Return how many phases were under way at the same time, at most."""
    times = np.concatenate([records["end_ns"], records["start_ns"]])
    change = np.repeat([-1, 1], len(records))
    return int(np.cumsum(change[np.lexsort((change, times))]).max())


@pytest.mark.parametrize("model", ["threads", "thread-pool", "asyncio-threads", "asyncio", "process-asyncio"])
def test_fifty_that_sleep_overlap(model: str) -> None:
    sleep = {"kind": "sleep", "duration_ms": 200.0, "distribution": "constant"}
    run = run_host([sleep], model, 50, options=default_options(MODELS[model]), tasks=50).finished()
    records = run.records
    assert most_at_once(records) >= 25
    assert records["end_ns"].max() - records["start_ns"].min() < 50 * 200e6 / 5


def test_one_after_the_other_does_not_overlap() -> None:
    sleep = {"kind": "sleep", "duration_ms": 5.0, "distribution": "constant"}
    for model in ("sequential", "asyncio"):
        run = run_host([sleep], model, 1, tasks=20).finished()
        assert most_at_once(run.records) == 1


INTERPRETERS = {key: interpreter_for(model) for key, model in MODELS.items() if key != "dask"}  # a cluster: elsewhere
each_model = pytest.mark.parametrize(
    "model",
    first_of(
        [key for key, each in INTERPRETERS.items() if each is not None],
        {"sequential", "threads", "process-pool", "process-threads", "asyncio", "interpreters"},
    ),
)


def given(model: str) -> dict[str, Any]:
    return {"interpreter": INTERPRETERS[model], "options": quick_options(MODELS[model])}


def count(model: str, update: str, increments: int, tasks: int, **other: Any) -> dict[str, int]:
    step = {"kind": "shared-counter", "increments": increments, "update": update}
    run = run_host([step], model, 4, **{**given(model), **other}, tasks=tasks).finished()
    counters = run.done["counters"]["workload.steps[0]"]
    assert counters["updates_made"] == increments * tasks
    assert counters["updates_counted"] + counters["updates_lost"] == counters["updates_made"]
    return dict(counters)


@each_model
def test_a_counter_that_is_locked_loses_nothing(model: str) -> None:
    assert count(model, "locked", 500, 12)["updates_lost"] == 0


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_a_counter_that_threads_read_modify_and_write_loses_updates(interpreter: Interpreter) -> None:
    assert any(
        count("threads", "read-modify-write", 20_000, 40, interpreter=interpreter)["updates_lost"] > 0
        for _ in range(ROUNDS)
    )


def test_a_counter_of_one_thread_loses_nothing() -> None:
    for model in ("sequential", "asyncio"):
        assert count(model, "read-modify-write", 5000, 8)["updates_lost"] == 0


HOLD_MS = 2.0


def fits_one_at_a_time(records: NDArray[np.void], *, awaits: bool) -> bool:
    """Whether phases that each hold a lock for HOLD_MS can have held it one at a time.

    The lock was got no earlier than the phase's start plus its wait, and let go before the phase's end: between any
    such instant and any such end there must be time for all the phases that lie between.
    """
    hold_ns = int(HOLD_MS * 1e6)
    waited = records["waited_ns"] - (hold_ns if awaits else 0)
    begin, end = records["start_ns"] + waited, records["end_ns"]
    for since in begin.tolist():
        ends = np.sort(end[begin >= since])
        if (ends - since < hold_ns * np.arange(1, len(ends) + 1)).any():
            return False
    return True


@each_model
def test_one_worker_at_a_time_is_in_the_critical_section(model: str) -> None:
    hold = {"kind": "critical-section", "hold_ms": HOLD_MS}
    several = given(model)
    if "coroutines_each" in several["options"]:
        several["options"]["coroutines_each"] = 2  # else one process would do
    run = run_host([hold], model, 4, **several, tasks=60).finished()
    assert fits_one_at_a_time(run.records, awaits=MODELS[model].card.is_async)


def test_without_a_lock_more_than_one_would_be_there() -> None:
    sleep = {"kind": "sleep", "duration_ms": HOLD_MS, "distribution": "constant"}
    records = run_host([sleep], "threads", 4, tasks=60).finished().records
    records["waited_ns"] = 0
    assert not fits_one_at_a_time(records, awaits=False)


@each_model
def test_a_payload_is_carried_there_and_back(model: str) -> None:
    """More of it than a pipe holds; the step fails where less arrives than was sent."""
    run = run_host([{"kind": "payload", "size_kib": 700}], model, 3, **given(model), tasks=30).finished()
    assert ((run.records["flags"] & OK) != 0).all()
    assert run.tasks_done == 30


def test_carrying_costs_time_between_processes_only() -> None:
    """Between two tasks a process waits for the next one's payload; a thread does not."""

    def between_ns(model: str) -> float:
        run = run_host([{"kind": "payload", "size_kib": 4000}], model, 1, **given(model), tasks=30).finished()
        [lane] = run.lanes
        return float(np.median(lane.records["start_ns"][1:] - lane.records["end_ns"][:-1]))

    assert any(between_ns("processes") > 10 * between_ns("threads") for _ in range(ROUNDS))
