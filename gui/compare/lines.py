"""The lines of a comparison's chart: one for each model, with its fitted law, and which of many are highlighted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.comparison.comparison import Comparison
from engine.comparison.judged import JudgedFit
from engine.comparison.measures import Measure, base_median, interval, line_of, run_points
from engine.comparison.plan import Cell
from engine.workload.parameter import shown

MOST_STANDING_OUT: Final = 8  # colours that can be distinguished


@dataclass(frozen=True, slots=True)
class Law:
    """A fitted law in the measure's unit: points (workers, value, low, high) by number of workers, and its peak."""

    curve: list[tuple[float, float, float, float]]
    peak: float | None


@dataclass
class Line:
    """One line: its name, and by worker count the median, its interval (None for one run) and every run's value."""

    key: tuple[object, ...]
    name: str
    color: int | None = None  # None: in the background
    median: dict[int, float] = field(default_factory=dict)
    bounds: dict[int, tuple[float, float]] = field(default_factory=dict)
    runs: dict[int, list[float]] = field(default_factory=dict)
    run_ids: dict[int, list[str]] = field(default_factory=dict)  # in the order of `runs`
    law: Law | None = None


def lines_of(
    comparison: Comparison,
    measure: Measure,
    chosen: Collection[tuple[object, ...]] = (),
    fits: Sequence[JudgedFit] = (),
    titles: Mapping[str, str] | None = None,
) -> list[Line]:
    """Return the comparison's lines, in the order of its cells.

    Lines in `chosen` are highlighted, in colour and with a name; without a choice the best ones are, as many as there
    are colours. `fits` are a judgement's fits of one law, `titles` those of the models.
    """
    several = len({cell.interpreter for cell in comparison.cells}) > 1
    lines: dict[tuple[object, ...], Line] = {}
    for cell in comparison.cells:
        key = line_of(cell)
        line = lines.setdefault(key, Line(key, name_of(cell, titles or {}, several=several)))
        found = interval(comparison, cell, measure)
        if found is not None:
            line.median[cell.workers] = found.median
            found_runs = run_points(comparison, cell, measure)
            line.runs[cell.workers] = [value for _, value in found_runs]
            line.run_ids[cell.workers] = [run_id for run_id, _ in found_runs]
            if found.low is not None and found.high is not None:
                line.bounds[cell.workers] = (found.low, found.high)
    for line, fit in zip(lines.values(), fits, strict=False):
        line.law = law_of(fit, measure, base_median(comparison, tuple(fit["settings"].items())))
    found_lines = list(lines.values())
    for color, line in enumerate(_standing_out(found_lines, measure, chosen)):
        line.color = color
    return found_lines


def law_of(fit: JudgedFit, measure: Measure, base_per_s: float | None) -> Law | None:
    """Return a fit as the chart draws it; None if it was refused, or is of another measure."""
    if fit["refused"] or base_per_s is None or measure.key not in ("throughput", "speedup", "efficiency"):
        return None
    by = 1.0 if measure.key == "throughput" else base_per_s
    curve = []
    for point in fit["curve"]:
        divisor = by * (point["workers"] if measure.per_worker else 1.0)
        values = (point["throughput_per_s"] / divisor, point["low"] / divisor, point["high"] / divisor)
        curve.append((point["workers"], *values))
    return Law(curve, fit["peak_workers"])


def name_of(cell: Cell, titles: Mapping[str, str], *, several: bool) -> str:
    """Return a line's name; `several` says that there is more than one interpreter."""
    parts = [titles.get(cell.model, cell.model)]
    if several:
        parts.append((cell.interpreter or "own Python").rpartition("/")[2])
    parts += [f"{key.rpartition('.')[2]} {shown(value)}" for key, value in cell.settings]
    return ", ".join(parts)


def apart(heights: Sequence[float], least: float, bottom: float) -> list[float]:
    """Return sorted `heights`, moved so that they are at least `least` apart and none is below `bottom`."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + least) if placed else height)
    limit = bottom
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - least
    return placed


def _standing_out(lines: list[Line], measure: Measure, chosen: Collection[tuple[object, ...]]) -> list[Line]:
    wanted = [line for line in lines if line.key in chosen]
    if wanted or len(lines) <= MOST_STANDING_OUT:
        return wanted or lines
    measured = [line for line in lines if line.median]
    ranked = sorted(measured, key=lambda line: _best(line, measure), reverse=measure.more_is_better)
    kept = {line.key for line in ranked[:MOST_STANDING_OUT]}
    return [line for line in lines if line.key in kept]


def _best(line: Line, measure: Measure) -> float:
    return max(line.median.values()) if measure.more_is_better else min(line.median.values())
