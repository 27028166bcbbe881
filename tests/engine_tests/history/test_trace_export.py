"""The trace: valid JSON in Chrome's format, with a track a worker on which nothing overlaps."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from engine.history.trace_export import export_trace
from engine.record.atomic_folder import TargetRefusedError
from engine.record.lane_file import LAST
from tests.run_folders import add_lane, add_samples, make_run, make_tick, queued, whole_task

MS = 1_000_000


@pytest.fixture
def trace(tmp_path: Path) -> dict[str, Any]:
    folder = make_run(tmp_path / "run")
    busy = [*whole_task(0, 1 * MS), queued(1, 2 * MS, 5 * MS), *whole_task(1, 5 * MS), (2, 9 * MS, 10 * MS, 0, 0, LAST)]
    add_lane(folder, "a", busy, created_ns=1, thread_name='Thread-1 ("x")')
    add_lane(folder, "b", [*whole_task(3, 1 * MS, 1), *whole_task(4, 2 * MS, 0)], created_ns=2, coroutines=2)
    add_samples(folder, [make_tick(0.5), make_tick(0.6, throughput_per_s=None)])
    export_trace(folder, tmp_path / "trace.json")
    data: dict[str, Any] = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))
    return data


def test_every_phase_is_there_in_microseconds(trace: dict[str, Any]) -> None:
    slices = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    assert len(slices) == 13
    first = next(event for event in slices if event["args"]["task"] == 0)
    assert (first["name"], first["ts"], first["dur"]) == ("sleep", 1000.0, 1000.0)
    assert [event["args"]["task"] for event in slices if event["args"].get("ok") is False] == [2]


def test_every_worker_has_a_named_track(trace: dict[str, Any]) -> None:
    names = [event["args"]["name"] for event in trace["traceEvents"] if event["name"] == "thread_name"]
    assert names == ['Thread-1 ("x")', "coroutine 1", "coroutine 2"]


def test_nothing_overlaps_on_a_track(trace: dict[str, Any]) -> None:
    tracks = defaultdict(list)
    for event in trace["traceEvents"]:
        if event["ph"] == "X":
            tracks[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    assert len(tracks) == 3
    for bars in tracks.values():
        bars.sort()
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(bars))


def test_waiting_in_the_queue_is_an_asynchronous_pair(trace: dict[str, Any]) -> None:
    pair = [(event["ph"], event["ts"], event["id"]) for event in trace["traceEvents"] if event["name"] == "queued"]
    assert pair == [("b", 2000.0, 1), ("e", 5000.0, 1)]


def test_what_was_not_measured_is_no_point_of_a_counter(trace: dict[str, Any]) -> None:
    counters = [(event["name"], event["ts"]) for event in trace["traceEvents"] if event["ph"] == "C"]
    assert counters == [("throughput_per_s", 500_000.0), ("run_cores", 500_000.0), ("run_cores", 600_000.0)]


def test_the_trace_says_what_ran(trace: dict[str, Any]) -> None:
    assert trace["otherData"]["run_id"] == "run"
    assert trace["otherData"]["experiment"]["model"]["kind"] == "processes"


def test_a_place_that_is_no_file_s_is_refused(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    with pytest.raises(TargetRefusedError, match="is a folder"):
        export_trace(folder, tmp_path)
    with pytest.raises(TargetRefusedError, match="there is no such folder"):
        export_trace(folder, tmp_path / "no" / "trace.json")
    assert [each.name for each in tmp_path.iterdir()] == ["run"]
