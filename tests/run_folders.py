"""Folders of runs as a conductor leaves them, with lane files by the real writer, for tests of what reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.record.lane_file import LAST, OK, QUEUED, LaneWriter, Slot, tail
from engine.record.lane_table import LaneHeader, LaneTable
from engine.wire.protocol import LEDGER_STATES

START_NS = 5_000_000_000_000
EXPERIMENT: dict[str, Any] = {
    "format": 1,
    "title": 'Écoute, "all"',
    "workload": {
        "tasks": 3,
        "seed": 1,
        "steps": [{"kind": "sleep", "duration_ms": 1.0}, {"kind": "count-primes", "below": 10}, {"kind": "sleep"}],
    },
    "model": {"kind": "processes", "workers": 2, "start_method": "spawn"},
}
Phase = tuple[int, int, int, int, int, int]  # task, start and end in ns after the run's start, worker, step, flags


def make_run(folder: Path, *, time: str = "2026-11-22T20:00:00+00:00", **result: Any) -> Path:
    """Write a run's folder without lanes; `result` replaces what the result says."""
    for name in ("lanes", "errors"):
        (folder / name).mkdir(parents=True)
    environment = {"run_id": folder.name, "time": time, "run_start_ns": START_NS, "machine": {"cores": 2}}
    write_json(folder / "experiment.json", EXPERIMENT)
    write_json(folder / "environment.json", environment)
    write_json(folder / "result.json", {**make_result(folder.name), **result})
    (folder / "samples.jsonl").write_text("", encoding="utf-8")
    return folder


def make_result(run_id: str) -> dict[str, Any]:
    """Return a result in which this platform could not measure everything."""
    return {
        "run_id": run_id,
        "status": "finished",
        "reason": None,
        "model": "processes",
        "workers": 2,
        "interpreter": {"path": "/usr/bin/python", "version": "3.13.0", "implementation": "CPython",
                        "gil_enabled": True},
        "tasks": {"done": 3, "failed": 0},
        "elapsed_s": 0.5,
        "startup_s": 0.1,
        "throughput_per_s": 6.0,
        "latency_s": {"mean": 0.1, "p50": 0.1, "p90": 0.2, "p99": 0.2, "max": 0.2},
        "processes": {"peak": 3, "threads_peak": 4, "rss_peak_bytes": 1024},
        "ledger_s": {**dict.fromkeys(LEDGER_STATES, 0.1), "cpu_wait": None},
        "cores": {"utilization": [0.5, 0.25]},
        "trace": {"phases": 3, "dropped": 0},
    }  # fmt: skip


def add_lane(
    folder: Path,
    name: str,
    phases: Iterable[Phase],
    *,
    created_ns: int,
    thread_name: str = "MainThread",
    process_name: str = "MainProcess",
    coroutines: int = 0,
    pid: int | None = None,
    thread: int = 7,
    waited_ns: int = -1,
) -> None:
    """Write one lane file into a run's folder."""
    writer = LaneWriter(
        str(folder / "lanes" / f"{name}.lane"),
        thread=thread,
        thread_name=thread_name,
        process_name=process_name,
        created_ns=created_ns,
        capacity=2_000_000,
    )
    writer.slots[Slot.WORKERS] = coroutines
    if pid is not None:
        writer.slots[Slot.PID] = pid
    record = writer.recorder()
    for task, start_ns, end_ns, worker, step, flags in phases:
        record(task, START_NS + start_ns, START_NS + end_ns, waited_ns, tail(worker, step, flags))


def whole_task(task: int, start_ns: int, worker: int = 0) -> list[Phase]:
    """Return the three phases of a task of EXPERIMENT, a millisecond each."""
    flags = (OK, OK, OK | LAST)
    return [
        (task, start_ns + step * 1_000_000, start_ns + (step + 1) * 1_000_000, worker, step, flags[step])
        for step in range(3)
    ]


def queued(task: int, due_ns: int, start_ns: int, worker: int = 0) -> Phase:
    """Return the time from a task's arrival to its start."""
    return (task, due_ns, start_ns, worker, QUEUED, OK)


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file."""
    path.write_text(json.dumps(data), encoding="utf-8")


def add_samples(folder: Path, ticks: Iterable[dict[str, Any]]) -> None:
    """Write a run's samples."""
    text = "".join(json.dumps(tick) + "\n" for tick in ticks)
    (folder / "samples.jsonl").write_text(text, encoding="utf-8")


def make_tick(t_s: float, **changes: Any) -> dict[str, Any]:
    """Return a tick with figures that are all there."""
    return {
        "type": "tick",
        "t_s": t_s,
        "stage": "measuring",
        "tasks": {"done": 2, "failed": 1},
        "elapsed_s": 0.5,
        "progress": 0.5,
        "eta_s": 1.0,
        "throughput_per_s": 4.0,
        "cores": [0.5, 1.0],
        "run_cores": 1.5,
        "load_other": 0.25,
        "processes": [{"pid": 9, "role": "host", "name": "python", "threads": 3, "cpu": 0.5, "rss_bytes": 99}],
        "process_count": 1,
        "thread_count": 3,
        "rss_bytes": 99,
        "lane_count": 2,
        "lanes": [],
        "ledger_s": dict.fromkeys(LEDGER_STATES, 0.25),
        "latency_s": {"p50": 0.1, "p90": 0.2, "p99": 0.3, "max": 0.4},
        "marks": [],
        **changes,
    }


def numbered(headers: dict[str, LaneHeader]) -> dict[str, int]:
    """Return the number that each lane file's first worker gets."""
    table = LaneTable()
    table.see(headers)
    return {lane.file: lane.lane for lane in table.lanes if lane.number == 0}
