"""The measures that a comparison's chart can show: each run's value, and each cell's median with its interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.analysis.intervals import Interval
from engine.comparison.comparison import Comparison, interval_of
from engine.comparison.judgement import baseline, speedup_of
from engine.comparison.plan import Cell, Settings
from engine.comparison.repetition import Repetition
from engine.wording import figure_text as figures


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: its key and title, the format of its values, and whether more is better.

    `of` reads a run's value; None for the speed-up against the baseline, which `per_worker` divides by the workers.
    """

    key: str
    title: str
    text: Callable[[float], str]
    of: Callable[[Repetition], float | None] | None
    more_is_better: bool = True
    per_worker: bool = False


MEASURES: Final = (
    Measure("throughput", "Throughput, tasks a second", figures.compact, lambda run: run.throughput_per_s),
    Measure("speedup", "Speed-up", lambda value: f"{value:.3g}×", None),
    Measure("efficiency", "Efficiency", figures.percent, None, per_worker=True),
    Measure("latency-p50", "Latency, median", figures.seconds, lambda run: run.latency_p50_s, False),
    Measure("latency-p99", "Latency, p99", figures.seconds, lambda run: run.latency_p99_s, False),
    Measure("startup", "Start-up", figures.seconds, lambda run: run.startup_s, False),
    Measure("memory", "Memory at its peak", figures.size, lambda run: run.rss_peak_bytes, False),
)


def points(comparison: Comparison, cell: Cell, measure: Measure) -> list[float]:
    """Return the value of each of the cell's finished runs that has one, in their order."""
    return [value for _, value in run_points(comparison, cell, measure)]


def run_points(comparison: Comparison, cell: Cell, measure: Measure) -> list[tuple[str, float]]:
    """Return the same values, each with its run's id."""
    runs = [run for run in comparison.repetitions[cell] if run.ok]
    if measure.of is not None:
        values = [(run.run_id, measure.of(run)) for run in runs]
        return [(run_id, float(value)) for run_id, value in values if value is not None]
    base = base_median(comparison, cell.settings)
    if base is None:
        return []
    by = cell.workers if measure.per_worker else 1
    return [(run.run_id, run.throughput_per_s / base / by) for run in runs if run.throughput_per_s]


def interval(comparison: Comparison, cell: Cell, measure: Measure) -> Interval | None:
    """Return the median and its interval, None while no run has a value."""
    values = points(comparison, cell, measure)
    if not values:
        return None
    if measure.of is not None:
        return interval_of(tuple(values))
    ratio = speedup_of(comparison, cell, baseline(comparison, cell.settings))
    assert ratio is not None  # there are points
    by = cell.workers if measure.per_worker else 1
    low, high = (None if bound is None else bound / by for bound in (ratio.low, ratio.high))
    return Interval(ratio.median / by, low, high)


def line_of(cell: Cell) -> tuple[object, ...]:
    """Return the key of a cell's line in the chart: everything but the workers."""
    return cell.model, cell.interpreter, cell.settings


def base_median(comparison: Comparison, settings: Settings) -> float | None:
    """Return the baseline throughput of speed-ups, None while there is none."""
    base = baseline(comparison, settings)
    found = None if base is None else comparison.interval(base)
    return None if found is None else found.median
