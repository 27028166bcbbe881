"""A run as a folder of tidy CSV: runs.csv, samples.csv and phases.csv, with units in their names."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from engine.history import run_row
from engine.history.placement_samples import placement_samples
from engine.record.atomic_folder import atomic_folder
from engine.record.phases import read_phases, step_names
from engine.record.run_folder import RunFolder
from engine.wire.protocol import LEDGER_STATES
from engine.workload.group import group_names

SAMPLE_COLUMNS: Final = ("run_id", "t_s", "measure", "subject", "value", "unit")
PHASE_COLUMNS: Final = ("run_id", "lane", "worker", "pid", "task", "step", "start_s", "end_s", "ok", "group")

# The tick's plain figures: key, measure, unit. The measure says the unit where there is one.
_FIGURES: Final = (
    ("elapsed_s", "elapsed_s", "s"),
    ("progress", "progress", "1"),
    ("throughput_per_s", "throughput_per_s", "1/s"),
    ("run_cores", "run_cores", "cores"),
    ("load_other", "load_other", "1"),
    ("process_count", "processes", "1"),
    ("thread_count", "threads", "1"),
    ("rss_bytes", "rss_bytes", "B"),
    ("lane_count", "lanes", "1"),
)
Sample = tuple[str, str, object, str]  # measure, subject, value, unit


def export_csv(run_folder: Path | str, target: Path | str) -> list[str]:
    """Write a run's CSV folder, all three files or none; return sentences about phases that are left out as damaged.

    Raises ExportError where `target` cannot be written, RunFolderError where the run has no result or is damaged.
    """
    folder = RunFolder(run_folder)
    row = run_row.run_row(folder)
    problems: list[str] = []
    with atomic_folder(Path(target)) as into:
        _write(into / "runs.csv", row, [row.values()])
        _write(into / "samples.csv", SAMPLE_COLUMNS, _sample_rows(folder))
        _write_phases(into / "phases.csv", folder, problems)
    return problems


def samples_of(tick: dict[str, Any]) -> Iterator[Sample]:
    """Yield every figure of one tick as measure, subject, value and unit; value is None where it was not measured."""
    for key, measure, unit in _FIGURES:
        yield measure, "run", tick.get(key), unit
    tasks = tick.get("tasks") or {}
    yield "tasks_done", "run", tasks.get("done"), "1"
    yield "tasks_failed", "run", tasks.get("failed"), "1"
    for number, used in enumerate(tick.get("cores") or ()):
        yield "core_utilization", f"core{number}", used, "1"
    ledger, latency = tick.get("ledger_s") or {}, tick.get("latency_s") or {}
    for state in LEDGER_STATES:
        yield "ledger_s", state, ledger.get(state), "s"
    for percentile in ("p50", "p90", "p95", "p99", "p99_9", "max"):
        yield "latency_s", percentile, latency.get(percentile), "s"
    yield from _process_samples(tick)
    for mark in tick.get("marks") or ():
        yield "mark_s", mark["text"], mark["t_s"], "s"


def _process_samples(tick: Mapping[str, Any]) -> Iterator[Sample]:
    roles: dict[Any, str] = {}
    for process in tick.get("processes") or ():
        roles[process.get("pid")] = process.get("role", "process")
        subject = f"{process.get('role', 'process')} {process.get('pid')}"
        yield "process_cpu", subject, process.get("cpu"), "cores"
        yield "process_threads", subject, process.get("threads"), "1"
        yield "process_rss_bytes", subject, process.get("rss_bytes"), "B"
        yield "process_startup_s", subject, _startup_s(process), "s"
    for process in tick.get("census") or ():
        subject = f"{roles.get(process['pid'], 'process')} {process['pid']}"
        yield "process_uss_bytes", subject, process.get("uss_bytes"), "B"
        yield from _switches_of("process", subject, process)
        for thread in process.get("threads") or ():
            subject = f"thread {thread['tid']} of {process['pid']}"
            yield "thread_cpu", subject, thread.get("cpu"), "cores"
            yield from _switches_of("thread", subject, thread)


def _startup_s(process: Mapping[str, Any]) -> float | None:
    started_s, first_s = process.get("started_s"), process.get("first_task_s")
    return None if started_s is None or first_s is None else max(0.0, first_s - started_s)


def _switches_of(whose: str, subject: str, facts: Mapping[str, Any]) -> Iterator[Sample]:
    for kind in ("voluntary_switches", "involuntary_switches"):
        yield f"{whose}_{kind}", subject, facts.get(kind), "1"


def _sample_rows(folder: RunFolder) -> Iterator[tuple[object, ...]]:
    for tick in folder.samples():
        t_s = tick["t_s"]
        for measure, subject, value, unit in samples_of(tick):
            yield folder.run_id, t_s, measure, subject, value, unit
    for t_s, (measure, subject, value, unit) in placement_samples(folder.path):
        yield folder.run_id, t_s, measure, subject, value, unit


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow([_cell(value) for value in row])


def _write_phases(path: Path, folder: RunFolder, problems: list[str]) -> None:
    # A million lines: what is the same for a lane or a step is made once, and a piece is written at once.
    experiment = folder.experiment()
    names = {place: _joined(name) for place, name in step_names(experiment).items()}
    groups = [_joined(name) for name in group_names(experiment["workload"])] or [""]
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(",".join(PHASE_COLUMNS) + "\n")
        for phases in read_phases(folder, problems):
            starts = [_joined(folder.run_id, each.lane, each.worker, each.pid) for each in phases.lanes]
            file.writelines(
                f"{starts[number]},{task},{names[step]},{start_s:.9f},{end_s:.9f},{'true' if ok else 'false'},"
                f"{groups[task % len(groups)]}\n"
                for number, task, step, start_s, end_s, ok in zip(*phases[1:], strict=True)
            )


def _joined(*cells: object) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a value as a cell: nothing for None, `true` and `false`, JSON for what is not one value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False)
    return value
