"""Estimates how many runs a comparison makes and how long they take, before the first run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.comparison.plan import Cell, fewest_runs
from engine.history.store import Store
from engine.record.run_folder import RunFolder, RunFolderError
from engine.wire.result import RunResult
from engine.wording.durations import glance
from engine.workload.toml_table import TomlTable

START_S: Final = 0.8  # for each run: starting and ending its host, and writing its files
_LOOK_BACK: Final = 60  # runs of the history that are searched


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """The fewest and most runs, and their seconds, which are None if a task's length is not known."""

    runs_low: int
    runs_high: int
    low_s: float | None
    high_s: float | None


def estimate(
    cells: Sequence[Cell], repeats: int, budget_s: float | None = None, task_s: float | None = None
) -> CostEstimate:
    """Return an estimate for `cells`. `task_s` is the time of one task on one worker.

    The low end assumes that all workers run in parallel and every cell is precise after the fewest runs; the high end,
    that only one worker runs at a time and every repetition is needed.
    """
    low_runs = fewest_runs(len(cells), repeats)
    once_low = [_run_s(cell, task_s, cell.workers) for cell in cells]
    once_high = [_run_s(cell, task_s, 1) for cell in cells]
    low_s = _total(once_low, low_runs / max(1, len(cells)), budget_s)
    return CostEstimate(low_runs, repeats * len(cells), low_s, _total(once_high, repeats, budget_s))


def estimate_text(cell_count: int, known: CostEstimate) -> str:
    """Return `12 cells, 36 to 60 runs, about 40 s to 3 min 10 s`."""
    runs = _span(f"{known.runs_low}", f"{known.runs_high}")
    noun = "run" if known.runs_high == 1 else "runs"
    text = f"{cell_count} combination{'' if cell_count == 1 else 's'}, {runs} {noun}"
    if known.low_s is None or known.high_s is None:
        return f"{text}; their duration is not known before the first run"
    return f"{text}, about {_span(glance(known.low_s), glance(known.high_s))}"


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def task_s_of(result: RunResult) -> float | None:
    """Return a task's time on one worker: with one worker the run's time per task, otherwise the mean latency."""
    done = result.tasks.done if result.tasks is not None else None
    if result.workers == 1 and done and result.elapsed_s:
        return result.elapsed_s / done
    return result.latency_s.mean if result.latency_s is not None else None


def known_task_s(store: Store, experiment: TomlTable) -> float | None:
    """Return a task's time in the newest kept run that had the same steps."""
    steps = experiment.get("workload", {}).get("steps")
    for folder in _recent(store):
        with contextlib.suppress(RunFolderError, OSError):
            if folder.experiment().get("workload", {}).get("steps") == steps:
                result = folder.result()
                if result is not None and (task_s := task_s_of(result)) is not None:
                    return task_s
    return None


def _recent(store: Store) -> Iterator[RunFolder]:
    for run in store.runs(_LOOK_BACK):
        yield RunFolder(store.folder_of(run.run_id))


def _run_s(cell: Cell, task_s: float | None, at_once: int) -> float | None:
    workload = cell.experiment["workload"]
    if workload.get("duration_s") is not None:
        return float(workload["duration_s"]) + START_S
    if workload.get("arrival_per_s"):
        return float(workload["tasks"]) / float(workload["arrival_per_s"]) + START_S
    return None if task_s is None else float(workload["tasks"]) * task_s / at_once + START_S


def _total(once_s: Sequence[float | None], times: float, budget_s: float | None) -> float | None:
    known = [each for each in once_s if each is not None]
    if len(known) < len(once_s):
        return budget_s
    total_s = sum(known) * times
    return total_s if budget_s is None else min(total_s, budget_s)
