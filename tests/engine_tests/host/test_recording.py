"""What a worker records of its tasks: exact totals past the bound, the first failure whole, and the run goes on."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from engine.record.lane_file import (
    CHUNK_RECORDS,
    CHUNK_SIZE,
    HEADER_SIZE,
    LAST,
    OK,
    QUEUED,
    SAMPLED,
    bucket_bounds_ns,
)
from tests.engine_tests.host_runs import HostRun, run_host, started, wait_until

CHEAP = {"kind": "payload", "size_kib": 0}
PAUSE = {"kind": "sleep", "duration_ms": 0.0, "distribution": "constant"}
FAILING = "def task(item):\n    if item % 5 == 0:\n        raise ValueError(item)\n"


def own(source: str) -> dict[str, Any]:
    return {"kind": "python", "source": source}


def step_totals(run: HostRun, step: int) -> tuple[int, int, int]:
    """Return how many phases of a step there were, how many failed, and how long all took."""
    recorded = run.records[run.records["step"] == step]
    sums = np.sum([lane.step_sums[step] for lane in run.lanes], axis=0)
    failed = int(np.count_nonzero((recorded["flags"] & OK) == 0))
    length = int((recorded["end_ns"] - recorded["start_ns"]).sum())
    return len(recorded) + int(sums[0]), failed + int(sums[3]), length + int(sums[1])


@pytest.mark.parametrize(("model", "files"), [("threads", 3), ("asyncio", 1), ("sequential", 1)])
@pytest.mark.parametrize("arrival_per_s", [None, 1e6])
def test_totals_stay_exact_past_the_bound(model: str, files: int, arrival_per_s: float | None) -> None:
    tasks = 2000
    amount = {"tasks": tasks} if arrival_per_s is None else {"tasks": tasks, "arrival_per_s": arrival_per_s}
    run = run_host([CHEAP, own(FAILING), PAUSE], model, 3, phases_limit=300, **amount).finished()
    assert len(run.lanes) == files
    assert all(len(lane.records) <= 300 // files for lane in run.lanes)
    assert (run.tasks_done, run.tasks_failed) == (1600, 400)
    assert step_totals(run, 0)[:2] == (2000, 0)
    assert step_totals(run, 1)[:2] == (2000, 400)
    assert step_totals(run, 2)[:2] == (1600, 0)
    queued = int(np.count_nonzero(run.records["step"] == QUEUED))
    dropped = sum(lane.dropped for lane in run.lanes)
    arrivals = 0 if arrival_per_s is None else tasks
    assert len(run.records) + dropped == 2000 + 2000 + 1600 + arrivals
    assert queued <= arrivals
    in_records, in_histogram = len(run.ended_tasks()), sum(int(lane.histogram.sum()) for lane in run.lanes)
    assert in_records + in_histogram == tasks


@pytest.mark.parametrize("model", ["threads", "asyncio"])
def test_the_sample_past_the_bound_is_marked_and_of_whole_tasks(model: str) -> None:
    run = run_host([CHEAP, PAUSE], model, 2, phases_limit=2000, tasks=6000).finished()
    for lane in run.lanes:
        sampled = (lane.records["flags"] & SAMPLED) != 0
        first = int(np.argmax(sampled))
        assert sampled[first:].all()
        ended = lane.records["task"][(lane.records["flags"] & LAST) != 0]
        begun = lane.records["task"][lane.records["step"] == 0]
        assert set(ended.tolist()) <= set(begun.tolist())
        assert len(begun) - len(ended) <= 12  # cut off where the sample was thinned, or at the very end
    assert sum(int(np.count_nonzero(lane.records["flags"] & SAMPLED)) for lane in run.lanes) > 100


def test_latencies_past_the_bound_are_in_the_right_bucket() -> None:
    pause = {"kind": "sleep", "duration_ms": 2.0, "distribution": "constant"}
    run = run_host([pause, CHEAP], "sequential", phases_limit=64, tasks=120).finished()
    [lane] = run.lanes
    buckets = np.flatnonzero(lane.histogram)
    assert bucket_bounds_ns(int(buckets[0]))[1] > 2_000_000
    assert lane.histogram.sum() == 120 - len(run.ended_tasks())
    in_histogram = sum(int(lane.histogram[each]) * bucket_bounds_ns(int(each))[0] for each in buckets)
    assert in_histogram == pytest.approx(lane.step_sums[:, 1].sum(), rel=0.2)
    assert lane.step_sums[0][2] == lane.step_sums[0][0] * 2_000_000  # truly waited: the sleep asked for


def test_coroutines_share_a_file_and_are_told_apart() -> None:
    pause = {"kind": "sleep", "duration_ms": 5.0, "distribution": "constant"}
    [lane] = run_host([pause], "asyncio", 10, tasks=60).finished().lanes
    assert lane.workers == 10
    assert set(lane.records["worker"].tolist()) == set(range(10))
    for coroutine in range(10):
        mine = lane.records[lane.records["worker"] == coroutine]
        assert (mine["start_ns"][1:] >= mine["end_ns"][:-1]).all()


def test_only_the_first_failure_of_each_worker_is_kept_whole() -> None:
    run = run_host([own("def task(item):\n    raise ValueError(f'number {item}')\n")], "threads", 2).finished()
    assert run.tasks_failed == 12
    assert len(run.errors) == len(run.lanes)
    first = {int(lane.records["task"][0]) for lane in run.lanes}
    assert {error["task"] for error in run.errors} == first


def test_a_failure_that_cannot_be_kept_is_counted_all_the_same() -> None:
    source = "import shutil\nshutil.rmtree('../errors')\ndef task(item):\n    raise ValueError(item)\n"
    run = run_host([own(source)], "threads").finished()
    assert (run.tasks_failed, run.errors, run.output) == (12, [], "")


_LIMITED = (
    "import os, resource, sys; limit = int(sys.argv[1]); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)); os.execv(sys.argv[2], sys.argv[2:])"
)


@pytest.mark.parametrize("model", ["threads", "asyncio", "processes"])
def test_a_disk_that_fills_ends_the_recording_and_nothing_else(model: str) -> None:
    pytest.importorskip("resource")
    limit = str(HEADER_SIZE + CHUNK_SIZE + 1000)
    options = {"start_method": "fork"} if model == "processes" else {}
    tasks = 45_000 if model != "processes" else 2000
    steps = [CHEAP] * (1 if model != "processes" else 40)
    run = run_host(
        steps, model, 2, options=options, tasks=tasks, through=[sys.executable, "-c", _LIMITED, limit]
    ).finished()
    assert (run.tasks_done, run.tasks_failed) == (tasks, 0)
    assert all(len(lane.records) <= CHUNK_RECORDS for lane in run.lanes)
    assert sum(lane.dropped + len(lane.records) for lane in run.lanes) == tasks * len(steps)
    assert sum(lane.dropped for lane in run.lanes) > 0


def test_a_disk_without_room_for_a_lane_fails_the_run_and_says_so() -> None:
    pytest.importorskip("resource")
    run = run_host([CHEAP], "threads", through=[sys.executable, "-c", _LIMITED, "20000"])
    assert run.done["status"] == "failed"
    assert "File too large" in run.done["reason"]


def test_a_host_that_is_killed_leaves_what_it_recorded() -> None:
    with started([PAUSE], "threads", 2, until_stopped=True) as host:
        wait_until(lambda: host.tasks_ended() >= 1000)
        host.end()
        run = host.wait()
    assert run.tasks_done >= 1000
    tasks = run.ended_tasks()
    assert len(set(tasks)) == len(tasks)
    assert max(tasks) - len(tasks) <= 2  # but for what each worker was doing
    assert [each["type"] for each in run.answers] == ["ready"]
