"""Runs that the version before recorded are read whole: in the history, as CSV, as a trace, as a timeline, and anew."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from engine.history.csv_export import export_csv
from engine.history.recover_result import close_off
from engine.history.store import RUNS, Store
from engine.history.trace_export import export_trace
from engine.record.run_folder import RESULT, RunFolder
from engine.trace.phase_store import PhaseStore
from tests.recorded_runs import NAMES, unpack

TASKS = {"threads": 60, "asyncio": 80, "process-pool": 40}
PHASES = {"threads": 60, "asyncio": 160, "process-pool": 120}  # the pool's tasks arrive: each is queued first
QUEUED = {"process-pool": 40}
WORKERS = {"threads": 3, "asyncio": 6, "process-pool": 2}

SAME = ("run_id", "status", "model", "workers", "tasks", "elapsed_s", "throughput_per_s", "latency_s", "trace")


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(name: str, tmp_path: Path) -> Path:
    return unpack(name, tmp_path / RUNS)


def as_written(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / RESULT).read_text(encoding="utf-8")))


def test_the_history_lists_it_with_its_figures(name: str, folder: Path, tmp_path: Path) -> None:
    written = as_written(folder)
    with Store(tmp_path) as store:
        (run,) = store.recover()
        assert run == store.find("last")
    assert (run.run_id, run.status, run.tasks_done, run.workers) == (
        folder.name, "finished", TASKS[name], WORKERS[name],
    )  # fmt: skip
    assert run.throughput_per_s == written["throughput_per_s"]
    assert run.latency_p99_s == written["latency_s"]["p99"]


def test_it_is_exported_as_csv(name: str, folder: Path, tmp_path: Path) -> None:
    export_csv(folder, tmp_path / "csv")
    written = as_written(folder)
    with open(tmp_path / "csv" / "runs.csv", encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["elapsed_s"]) == written["elapsed_s"]
    assert float(row["ledger_cpu_s"]) == written["ledger_s"]["cpu"]
    assert row["interpreter_version"] == "3.11.7"
    assert row["workload_steps"] == " + ".join(step["kind"] for step in written["experiment"]["workload"]["steps"])
    with open(tmp_path / "csv" / "samples.csv", encoding="utf-8", newline="") as file:
        samples = list(csv.DictReader(file))
    done = [float(each["value"]) for each in samples if each["measure"] == "tasks_done"]
    assert len(done) > 3
    assert done[-1] == TASKS[name]
    assert {"process_rss_bytes", "thread_cpu", "core_utilization"} <= {each["measure"] for each in samples}
    with open(tmp_path / "csv" / "phases.csv", encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == PHASES[name]


def test_it_is_exported_as_a_trace(name: str, folder: Path, tmp_path: Path) -> None:
    export_trace(folder, tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    assert sum(event["ph"] in ("X", "b") for event in events) == PHASES[name]
    assert sum(event["name"] == "thread_name" for event in events) == WORKERS[name]
    assert any(event["ph"] == "C" and event["name"] == "run_cores" for event in events)


def test_its_timeline_has_every_phase(name: str, folder: Path) -> None:
    experiment = RunFolder(folder).experiment()
    store = PhaseStore(folder, experiment, is_async=name == "asyncio")
    try:
        while store.refresh():
            pass
        assert len(store.lanes) == WORKERS[name]
        assert store.phase_count == PHASES[name] - QUEUED.get(name, 0)
        assert store.dropped == 0
    finally:
        store.close()


def test_its_samples_are_read_to_the_last(name: str, folder: Path) -> None:
    lines = (folder / "samples.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(list(RunFolder(folder).samples())) == len(lines)


def test_its_result_is_made_again_from_what_was_recorded(name: str, folder: Path) -> None:
    """As where its conductor was killed before it wrote the result."""
    written = as_written(folder)
    (folder / RESULT).unlink()
    close_off(folder)
    again = as_written(folder)
    for key in (*SAME, "startup_s", "stages", "interpreter", "experiment", "environment"):
        assert again[key] == written[key], key
    for figure in ("peak", "threads_peak", "rss_peak_bytes"):  # what has come since is new in the one made again
        assert again["processes"][figure] == written["processes"][figure], figure
    assert again["cores"]["utilization"] == written["cores"]["utilization"]
    assert sum(each or 0 for each in again["ledger_s"].values()) == pytest.approx(
        sum(each or 0 for each in written["ledger_s"].values()), rel=1e-3
    )
