"""Judges a comparison: each cell's figures, the scaling laws, and a winner if there is one."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from engine.analysis.intervals import Interval, difference_p, ratio_interval
from engine.analysis.scaling import TooFewPointsError, fit_amdahl, fit_usl
from engine.comparison.comparison import Comparison
from engine.comparison.environment import summary, why_unstable
from engine.comparison.judged import Judged, JudgedCell, JudgedFit, JudgedLaw
from engine.comparison.plan import Cell, Settings
from engine.comparison.repetition import Repetition
from engine.wording import figure_text as figures

NO_DIFFERENCE = "no clear winner: intervals overlap"
NOT_SURE = "no clear winner: the intervals are apart, but so few runs do not rule out chance"
MOST_NAMES = 4  # of cells, in a verdict
CHANCE = 0.01  # of calling equal cells different, over all compared pairs


@functools.lru_cache(maxsize=4096)
def ratio_of(values: tuple[float, ...], base: tuple[float, ...]) -> Interval:
    """Return the interval of a ratio of medians; cached, because it is needed again after every run."""
    return ratio_interval(values, base)


@functools.lru_cache(maxsize=4096)
def chance_of(values: tuple[float, ...], others: tuple[float, ...]) -> float:
    """Return the probability that two cells differ this much by chance; cached."""
    return difference_p(values, others)


@functools.lru_cache(maxsize=1024)
def fit_of(law: str, workers: tuple[int, ...], rates: tuple[float, ...]) -> JudgedLaw:
    """Return a law's fit as JSON, or why there is none; cached."""
    try:
        return {**(fit_amdahl if law == "amdahl" else fit_usl)(workers, rates).to_json(), "refused": None}
    except TooFewPointsError as error:
        return {"law": law, "refused": str(error)}
    except (RuntimeError, ValueError) as error:
        return {"law": law, "refused": f"no fit was found: {error}"}


def judge(comparison: Comparison) -> Judged:
    """Return `{cells, fits, verdict, baseline}`, the object of `gilscope compare --json`; the best cell is marked."""
    bases = {settings: baseline(comparison, settings) for settings in dict.fromkeys(_settings(comparison))}
    best = best_cell(comparison)
    return {
        "cells": [_judged_cell(comparison, cell, bases[cell.settings], best=cell == best) for cell in comparison.cells],
        "fits": _fits(comparison),
        "verdict": _verdict(comparison, best),
        "baseline": _baselines_text([*bases.values()]),
        "environment": summary(comparison),
    }


def best_cell(comparison: Comparison) -> Cell | None:
    """Return the cell whose throughput is significantly greater than every other's, None if there is none.

    Significantly: its interval does not overlap any other cell's, and chance alone would make so great a
    difference less than once in a hundred comparisons (Welch's test, Bonferroni's correction for the pairs).
    """
    if len(ranked_cells(comparison)) < 2:
        return None
    alike = alike_with_fastest(comparison)
    return alike[0] if len(alike) == 1 else None


def alike_with_fastest(comparison: Comparison) -> list[Cell]:
    """Return the fastest cell and those that do not differ significantly from it, fastest first."""
    ranked = ranked_cells(comparison)
    bound = CHANCE / max(1, len(ranked) - 1)
    return [cell for cell in ranked if cell == ranked[0] or not _differ(comparison, ranked[0], cell, bound)]


def is_too_few_runs(comparison: Comparison) -> bool:
    """Whether the intervals do not overlap, but there are too few runs to rule out chance."""
    fastest, *alike = alike_with_fastest(comparison)
    return bool(alike) and all(_apart(comparison, fastest, cell) for cell in alike)


def ranked_cells(comparison: Comparison) -> list[Cell]:
    """Return the measured cells, highest throughput first."""
    found = [(interval.median, cell) for cell in comparison.cells if (interval := comparison.interval(cell))]
    return [cell for _, cell in sorted(found, key=lambda each: -each[0])]


def _differ(comparison: Comparison, one: Cell, other: Cell, bound: float) -> bool:
    if not _apart(comparison, one, other):
        return False
    return chance_of(tuple(comparison.throughputs(one)), tuple(comparison.throughputs(other))) < bound


def _apart(comparison: Comparison, one: Cell, other: Cell) -> bool:
    first, second = comparison.interval(one), comparison.interval(other)
    return first is not None and second is not None and first.separate_from(second)


def _verdict(comparison: Comparison, best: Cell | None) -> str:
    ranked = ranked_cells(comparison)
    if not ranked:
        return "nothing was measured"
    if len(ranked) == 1:
        return f"only {ranked[0].label} was measured"
    if best is not None:
        ratio = ratio_interval(comparison.throughputs(best), comparison.throughputs(ranked[1]))
        return f"{best.label} is best: {ratio.median:.2f} times the throughput of {ranked[1].label}, the next"
    alike = alike_with_fastest(comparison)[1:]
    open_ = NOT_SURE if is_too_few_runs(comparison) else NO_DIFFERENCE
    if len(alike) == len(ranked) - 1:
        return open_
    worse = len(ranked) - 1 - len(alike)
    names = "; ".join(cell.label for cell in [ranked[0], *alike][:MOST_NAMES])
    more = len(alike) + 1 - MOST_NAMES
    names += f" and {more} more" if more > 0 else ""
    return f"{open_} ({names}); {worse} {'is' if worse == 1 else 'are'} slower"


def baseline(comparison: Comparison, settings: Settings) -> Cell | None:
    """Return the baseline of speed-ups: of the cells with these settings (others do different work), the sequential
    one, or else the first with fewest workers.
    """
    alike = [cell for cell in comparison.cells if cell.settings == settings]
    ranked = sorted(alike, key=lambda cell: (cell.model != "sequential", cell.workers))
    return next((cell for cell in ranked if comparison.throughputs(cell)), None)


def speedup_of(comparison: Comparison, cell: Cell, base: Cell | None) -> Interval | None:
    """Return a cell's throughput relative to the base's; the base's own is exactly 1, whatever its variation."""
    if base is None or not comparison.throughputs(cell):
        return None
    if cell == base:
        return Interval(1.0, 1.0, 1.0)
    return ratio_of(tuple(comparison.throughputs(cell)), tuple(comparison.throughputs(base)))


def _settings(comparison: Comparison) -> list[Settings]:
    return [cell.settings for cell in comparison.cells]


def _baselines_text(bases: Sequence[Cell | None]) -> str | None:
    found = [base for base in bases if base is not None]
    if len(bases) < 2 or not found:
        return found[0].label if found else None
    names = dict.fromkeys(f"{base.model} x {base.workers}" for base in found)
    return f"{' or '.join(names)} with the same parameters"


def _judged_cell(comparison: Comparison, cell: Cell, base: Cell | None, *, best: bool) -> JudgedCell:
    runs = comparison.repetitions[cell]
    interval = comparison.interval(cell)
    found = speedup_of(comparison, cell, base)
    speedup = None if found is None else found.to_json()
    finished = [each for each in runs if each.ok]
    python = next((each.python for each in runs if each.python), None)
    return {
        "model": cell.model,
        "workers": cell.workers,
        "interpreter": cell.interpreter or python or _own_python(comparison),
        "gil_enabled": next((each.gil_enabled for each in runs if each.gil_enabled is not None), None),
        "settings": dict(cell.settings),
        "repeats": len(finished),
        "throughput_per_s": interval.to_json() if interval else None,
        "speedup": speedup,
        "efficiency": speedup["median"] / cell.workers if speedup and speedup["median"] is not None else None,
        "latency_p50_s": _median([each.latency_p50_s for each in finished]),
        "latency_p99_s": _median([each.latency_p99_s for each in finished]),
        "startup_s": _median([each.startup_s for each in finished]),
        "rss_peak_bytes": _median([each.rss_peak_bytes for each in finished]),
        "ledger_s": _mean_ledger([each.ledger_s for each in finished]),
        "stable": bool(finished) and all(each.stable for each in finished),
        "too_short": any(each.too_short for each in runs),
        "unstable_reason": why_unstable(runs),
        "reason": next((_reason(each) for each in runs if not each.ok or each.reason or each.too_short), None),
        "runs": [each.run_id for each in runs],
        "best": best,
    }


def _own_python(comparison: Comparison) -> str | None:
    """Return the version of the app's own Python, if a run under it recorded it."""
    own = (runs for cell, runs in comparison.repetitions.items() if cell.interpreter is None)
    return next((run.python for runs in own for run in runs if run.python), None)


def _reason(run: Repetition) -> str:
    if run.too_short and not run.reason:
        rest = figures.percent(1.0 - (run.warm_up or 0.0))
        return f"too short: all workers were busy only in the last {rest} of a run; give it more time or tasks"
    return run.reason or ("no task was done" if run.status == "finished" else f"the run was {run.status}")


def _median(values: list[Any]) -> float | None:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    middle = len(known) // 2
    return float(known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2)


def _mean_ledger(ledgers: list[dict[str, float | None]]) -> dict[str, float | None]:
    means: dict[str, float | None] = {}
    for state in ledgers[0] if ledgers else ():
        known = [value for each in ledgers if (value := each.get(state)) is not None]
        means[state] = sum(known) / len(known) if known else None
    return means


def _fits(comparison: Comparison) -> list[JudgedFit]:
    """Return a fit of each law for each model on each interpreter, or the reason why there is none."""
    groups: dict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    for cell in comparison.cells:
        groups[cell.model, cell.interpreter, cell.settings].append(cell)
    fits: list[JudgedFit] = []
    for (model, interpreter, settings), cells in groups.items():
        python = next((run.python for cell in cells for run in comparison.repetitions[cell] if run.python), None)
        pairs = [(cell.workers, rate) for cell in cells for rate in comparison.throughputs(cell)]
        workers, rates = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
        for law in ("amdahl", "usl"):
            fits.append(
                {
                    "model": model,
                    "interpreter": interpreter or python,
                    "settings": dict(settings),
                    "worker_counts": sorted({cell.workers for cell in cells}),
                    **fit_of(law, workers, rates),
                }
            )
    return fits
