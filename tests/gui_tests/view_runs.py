"""Made-up runs for the views: ticks of the protocol's shape, through the window's own GrowingRun."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from engine.record.samples import read_tick
from engine.wire.codec import plain
from engine.wire.protocol import LEDGER_STATES
from engine.wire.result import NamedInterpreter
from engine.wire.tick import Tick
from engine.workload.catalogue import ModelCard
from gui.session.run_data import GrowingRun
from gui.timeline.timeline_view import Timeline
from gui.widgets.theme import LIGHT
from tests.results import as_result

PYTHON = NamedInterpreter("python3.13", "3.13.1", "cpython", True)
SPINNING = {"cpu": 0.25, "cpu_wait": 0.05, "gil_wait": 0.66, "idle": 0.04}


def card(kind: str = "thread-pool", worker_kind: str = "thread", *, is_async: bool = False) -> ModelCard:
    """Return a reference card."""
    return ModelCard(
        key=kind,
        title="A model",
        module="concurrent.futures",
        since="Python 3.2 (2011)",
        worker=f"a {worker_kind}",
        worker_kind=worker_kind,
        is_async=is_async,
        max_workers=1000,
        use_when="Often.",
        costs="Little.",
        documentation="https://docs.python.org/3/",
        source='def run(task, items, workers):\n    """Does it."""\n    for item in items:\n        task(item)\n',
        source_file="engine/models/a_model.py",
        source_line=12,
    )


def as_tick(message: dict[str, Any]) -> Tick:
    """Return the tick of a message as its line has it."""
    return read_tick(json.dumps(message))


def tick(number: int, *, workers: int = 4, cores: int = 2, shares: dict[str, float] | None = None) -> dict[str, Any]:
    """Return the tick of 0.1 s times `number`, with everything in it that the protocol names."""
    t_s = number * 0.1
    shares = shares or SPINNING
    ledger = {state: shares.get(state, 0.0) * t_s for state in LEDGER_STATES}
    lanes = [
        {"lane": lane, "worker": f"ThreadPoolExecutor-0_{lane}", "pid": 100, "tid": 101 + lane, "tasks": number,
         "state": "cpu", "ledger_s": dict(ledger)}
        for lane in range(min(workers, 64))
    ]  # fmt: skip
    host = {"pid": 100, "parent": 99, "role": "host", "name": "python3.13", "threads": workers + 1, "cpu": 1.0,
            "rss_bytes": 38_000_000, "started_s": 0.05, "first_task_s": 0.09}  # fmt: skip
    message = {
        "type": "tick",
        "run_id": "r1",
        "t_s": t_s,
        "stage": "measuring",
        "tasks": {"done": 80 * number, "failed": 0},
        "elapsed_s": t_s,
        "progress": number / 100,
        "eta_s": 10 - t_s,
        "throughput_per_s": 800 + 40 * math.sin(number),
        "cores": [0.5 + 0.1 * math.cos(number + core) for core in range(cores)],
        "run_cores": 1.0,
        "load_other": 0.05,
        "processes": [host],
        "process_count": 1,
        "thread_count": workers + 1,
        "rss_bytes": 38_000_000,
        "census": [census(workers)] if number % 10 == 1 else None,
        "lane_count": workers,
        "lanes": lanes,
        "ledger_s": {state: spent * workers for state, spent in ledger.items()},
        "starting_s": 0.0,
        "latency_s": {"p50": 0.004, "p90": 0.008, "p95": 0.01, "p99": 0.02, "p99_9": 0.04, "max": 0.05},
        "latency_so_far_s": {"p50": 0.004, "p90": 0.008, "p95": 0.01, "p99": 0.02, "p99_9": 0.04, "max": 0.05},
        "latency_counts": {"first": 300, "per_octave": 16, "unit_ns": 8, "counts": [40 * number, 30 * number, 10]},
        "marks": [{"t_s": t_s, "text": "switch interval 0.5 ms"}] if number == 6 else [],
        "queues": [],
        "stall": None,
        "witness": None,
        "seen": None,
        "insight": None,
    }
    assert set(message) == {"type", *(each.name for each in fields(Tick))}
    return message


def census(workers: int = 4) -> dict[str, Any]:
    """Return what a census says of the host."""
    switches = {
        "voluntary_switches": 900,
        "involuntary_switches": 40,
        "voluntary_per_s": 90.0,
        "involuntary_per_s": 4.0,
    }
    threads = [
        {"tid": 100 + number, "cpu": 0.25, **switches, "started_s": 0.06, "first_task_s": 0.09 if number else None}
        for number in range(workers + 1)
    ]
    return {"pid": 100, "uss_bytes": 21_000_000, **switches, "threads": threads}


def without_figures(message: dict[str, Any]) -> dict[str, Any]:
    """Return a tick in which everything is null that a platform may not be able to measure."""
    kept = ("type", "run_id", "t_s", "stage", "tasks", "lanes", "processes", "marks", "lane_count", "cores", "queues")
    return {
        **{key: message[key] if key in kept else None for key in message},
        "cores": [None for _ in message["cores"]],
        "ledger_s": dict.fromkeys(LEDGER_STATES),
        "lanes": [{**lane, "ledger_s": dict.fromkeys(LEDGER_STATES)} for lane in message["lanes"]],
        "processes": [
            {**process, "cpu": None, "rss_bytes": None, "threads": None, "started_s": None, "first_task_s": None}
            for process in message["processes"]
        ],
    }


def run(ticks: int = 20, *, worker_kind: str = "thread", is_async: bool = False, **shape: Any) -> GrowingRun:
    """Return a run of 4 threads on 2 cores, or as told, that is going on."""
    workers = int(shape.get("workers", 4))
    experiment = {
        "format": 1,
        "title": "Made up",
        "workload": {
            "tasks": 8000,
            "seed": 1,
            "steps": [{"kind": "sleep"}, {"kind": "count-primes", "below": 2000}, {"kind": "sleep"}],
        },
        "model": {"kind": "thread-pool", "workers": workers},
    }
    data = GrowingRun("r1", experiment, card(worker_kind=worker_kind, is_async=is_async), PYTHON)
    for number in range(1, ticks + 1):
        data.take_tick(as_tick(tick(number, **shape)))
    return data


def result(data: GrowingRun, **changes: Any) -> dict[str, Any]:
    """Return a result for `data` such as the conductor sends at the end."""
    latest = plain(data.latest) if data.latest is not None else {}
    return {
        "run_id": data.run_id,
        "status": "finished",
        "reason": None,
        "model": "thread-pool",
        "workers": data.experiment["model"]["workers"],
        "interpreter": plain(data.interpreter) if data.interpreter is not None else None,
        "tasks": latest.get("tasks") or {"done": 0, "failed": 0},
        "elapsed_s": 2.0,
        "startup_s": 0.05,
        "throughput_per_s": 812.0,
        "latency_s": {"mean": 0.005, "p50": 0.004, "p90": 0.008, "p95": 0.01, "p99": 0.02, "p99_9": 0.04, "max": 0.06},
        "latency_error": 0.0,
        "processes": {"peak": 1, "threads_peak": 5, "rss_peak_bytes": 40_000_000},
        "ledger_s": latest.get("ledger_s") or {},
        "cores": {"utilization": [0.5, 0.5]},
        "trace": {"phases": 1600, "dropped": 0},
        "errors": {"count": 0, "first": None},
        "notes": [],
        **changes,
    }


def end(data: GrowingRun, **changes: Any) -> GrowingRun:
    """End the run."""
    data.end(as_result(result(data, **changes)), str(data.folder or ""))
    return data


def shown_timeline(qtbot: QtBot, data: GrowingRun, folder: Path, height: int = 400) -> Timeline:
    """Return a timeline, painted once, of a run that has ended and left `folder`."""
    made = Timeline()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(900, height)
    made.show()
    data.folder = folder
    made.show_run(end(data))
    made.grab()
    return made
