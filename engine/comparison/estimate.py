"""How many runs a comparison makes and how long they take, before the first of them has run."""

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

START_S: Final = 0.8  # a host of its own for every run: its start, its end, and what is written
_LOOK_BACK: Final = 60  # runs of the history


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """The fewest and the most runs, and seconds; these are None where nothing is known of a task's length."""

    runs_low: int
    runs_high: int
    low_s: float | None
    high_s: float | None


def estimate(
    cells: Sequence[Cell], repeats: int, budget_s: float | None = None, task_s: float | None = None
) -> CostEstimate:
    """Return what `cells` take. `task_s` is what one task takes one worker.

    The low end takes all workers to work at once and every cell to be measured well at once; the high end, that one
    works at a time and every repetition is needed.
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
        return f"{text}; how long they take is not known before the first"
    return f"{text}, about {_span(glance(known.low_s), glance(known.high_s))}"


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def task_s_of(result: RunResult) -> float | None:
    """Return what a task took one worker in a run: of one worker its share of the time, else a task's mean latency."""
    done = result.tasks.done if result.tasks is not None else None
    if result.workers == 1 and done and result.elapsed_s:
        return result.elapsed_s / done
    return result.latency_s.mean if result.latency_s is not None else None


def known_task_s(store: Store, experiment: TomlTable) -> float | None:
    """Return what a task of this workload took in the newest of the kept runs that had the same steps."""
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
