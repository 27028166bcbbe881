"""Latency: percentiles over all tasks, also those that are kept as counts only, and counted from the arrival."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.record.lane_file import QUEUED, bucket_bounds_ns, bucket_of
from engine.record.phases import read_phases
from engine.record.run_folder import RunFolder
from engine.trace.lane_totals import Lanes
from engine.trace.latency import HISTOGRAM_ERROR, PERCENTS, LiveLatency, Unrecorded, latency_figures
from engine.trace.latency_buckets import LatencyCounts
from engine.wire.client import Conductor
from engine.wire.codec import decode, plain
from engine.wire.tick import Tick
from tests.conducting import code, experiment, start, until_ended
from tests.lane_writing import COMPUTE, MS, Lane, kinds

TASKS = 2500
STALL = """
from time import sleep

def task(item):
    sleep(0.4 if item == 10 else 0.001)
"""


EMPTY = Tick("r", 0.0)


def counts_of(tick: Tick) -> LatencyCounts:
    assert tick.latency_counts is not None
    return LatencyCounts.of(tick.latency_counts)


def write(folder: Path, lengths_ms: list[float]) -> None:
    lane, now = Lane(folder, capacity=100), 1.0
    for length in lengths_ms:
        lane.task((now, now + length, -1))
        now += length + 0.01


def truth(lengths_ms: list[float]) -> dict[str, float]:
    found = np.percentile(lengths_ms, list(PERCENTS.values()), method="inverted_cdf")
    named = dict(zip(PERCENTS, (found / 1e3).tolist(), strict=True))
    return {"mean": float(np.mean(lengths_ms)) / 1e3, **named, "max": max(lengths_ms) / 1e3}


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_are_those_of_all_tasks_where_most_of_them_are_counts(tmp_path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    lengths = np.exp(chance.normal(0, 2, int(chance.integers(1, 6000)))).tolist()
    write(tmp_path, lengths)
    lanes, recorded, live = Lanes(tmp_path, kinds(COMPUTE), open_loop=False), [], LiveLatency()
    while (batch := lanes.refresh(50)) is not None:
        recorded.append(batch)
        live.take(batch)
    others = Unrecorded.of(file.reader for file in lanes.files)
    assert others is None or others.histogram.sum() + sum(map(len, recorded)) == len(lengths)
    found, wanted = latency_figures(recorded, others), truth(lengths)
    for name, seconds in wanted.items():
        bound = HISTOGRAM_ERROR if name in PERCENTS and others else 1e-5  # the lane's writer cuts nanoseconds off
        assert found[name] == pytest.approx(seconds, rel=bound), name
    tick = live.fill(EMPTY, (file.reader for file in lanes.files))
    assert counts_of(tick).counts.sum() == len(lengths)
    assert tick.latency_s is not None
    assert tick.latency_so_far_s is not None
    assert tick.latency_s.p50 == pytest.approx(wanted["p50"], rel=HISTOGRAM_ERROR)
    for name, seconds in plain(tick.latency_so_far_s).items():
        assert seconds == pytest.approx(wanted[name], rel=HISTOGRAM_ERROR), name
    assert live.fill(EMPTY, (file.reader for file in lanes.files)).latency_s is None, "nothing has ended since"
    lanes.close()


def test_without_tasks_there_are_no_figures() -> None:
    assert set(latency_figures([], None).values()) == {None}
    assert LiveLatency().fill(EMPTY, []) == EMPTY


def test_counts_say_where_their_buckets_are() -> None:
    latencies = [3, 250, 999, 70_001, 5 * MS, 5 * MS + 1, 90_000 * MS]
    live = LiveLatency()
    live.take(np.array(latencies, np.int64))
    counts = counts_of(live.fill(EMPTY, []))
    for each in (counts, counts.merged(4), counts.merged(16)):
        edges = each.edges_s()
        found, _ = np.histogram(np.array(latencies) / 1e9, edges)
        assert found.tolist() == each.counts.tolist()
        assert np.all(np.diff(edges) > 0)
    for latency in latencies:  # the same buckets as the lane files', eight of them made one
        low, high = bucket_bounds_ns(bucket_of(latency))
        assert counts.edges_s()[0] <= low / 1e9 < high / 1e9 <= counts.edges_s()[-1]


@pytest.fixture(scope="module")
def run_folder() -> Any:
    with Conductor() as conductor:

        def run(what: dict[str, Any], **options: Any) -> tuple[dict[str, Any], dict[str, Any], RunFolder]:
            start(conductor, what, **options)
            facts = until_ended(conductor)
            ticks = [fact for fact in facts if fact["type"] == "tick"]
            return facts[-1]["result"], ticks[-1], RunFolder(facts[-1]["folder"])

        yield run


def test_a_run_past_its_bound_says_how_exact_its_percentiles_are(run_folder: Any) -> None:
    step = {"kind": "sleep", "duration_ms": 0.1}
    result, tick, _ = run_folder(experiment([step], tasks=TASKS), phases_limit=1000)
    assert result["trace"]["dropped"] > 1000
    assert result["latency_error"] == HISTOGRAM_ERROR
    assert sum(tick["latency_counts"]["counts"]) == TASKS
    figures = [result["latency_s"][name] for name in ("p50", "p90", "p95", "p99", "p99_9", "max")]
    assert figures == sorted(figures)
    result, tick, _ = run_folder(experiment([step], tasks=TASKS))
    assert result["latency_error"] == 0.0
    assert sum(tick["latency_counts"]["counts"]) == TASKS


def test_one_blocked_task_is_in_the_latency_of_all_that_queued_behind_it(run_folder: Any) -> None:
    # 0.4 s at 100 arrivals/s: some 40 tasks are due meanwhile. Timed from when they were taken, one would be slow.
    what = experiment([code(STALL)], kind="thread-pool", workers=1, tasks=100, arrival_per_s=100.0)
    result, tick, folder = run_folder(what)
    phases = [row for each in read_phases(folder) for row in zip(each.step, each.start_s, each.end_s, strict=True)]
    taken = np.array([end_s - start_s for step, start_s, end_s in phases if step != QUEUED])
    assert np.count_nonzero(taken > 0.1) == 1
    counts = counts_of(decode(Tick, {key: value for key, value in tick.items() if key != "type"}))
    assert counts.counts[counts.edges_s()[:-1] > 0.1].sum() >= 15
    assert result["latency_s"]["p90"] > 0.1 > np.percentile(taken, 95)
