"""Answers "What should I use?": one sentence on a comparison, with its basis, as far as the figures support it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from engine.analysis.intervals import ratio_interval
from engine.comparison.comparison import Comparison
from engine.comparison.judgement import alike_with_fastest, best_cell, is_too_few_runs, ranked_cells
from engine.comparison.plan import Cell
from engine.wording import figure_text as figures

_NEAR = 0.9  # of the fastest's median


def what_to_use(comparison: Comparison, titles: Mapping[str, str] | None = None) -> str:
    """Return the sentence, with the models' `titles` if they are given.

    It is empty if there is no choice: a single combination, or combinations of different work.
    """
    measured = [cell for cell in comparison.cells if comparison.throughputs(cell)]
    if len(measured) < 2 or len({cell.settings for cell in measured}) > 1:
        return ""
    best = best_cell(comparison)
    if best is not None:
        return _of_the_best(comparison, best, titles or {})
    return _of_those_alike(comparison, alike_with_fastest(comparison), titles or {})


def _of_the_best(comparison: Comparison, best: Cell, titles: Mapping[str, str]) -> str:
    second = ranked_cells(comparison)[1]
    ratio = ratio_interval(comparison.throughputs(best), comparison.throughputs(second))
    bounds = f" ({ratio.low:.2f} to {ratio.high:.2f})" if ratio.low is not None and ratio.high is not None else ""
    return (
        f"Use {best.titled(titles)}: {ratio.median:.2f} times{bounds} the throughput of {second.titled(titles)}, "
        f"the next, {_rests_on(comparison, [best, second])}."
    )


def _of_those_alike(comparison: Comparison, alike: list[Cell], titles: Mapping[str, str]) -> str:
    """Of cells that cannot be told apart, recommend those with fewest workers: which is faster is not known.

    One that was far slower in the median, but varied so much that it may be as fast, is not recommended.
    """
    median = {cell: statistics.median(comparison.throughputs(cell)) for cell in alike}
    near = [cell for cell in alike if median[cell] >= _NEAR * max(median.values())]
    fewest = min(near, key=lambda cell: cell.workers)
    least = [cell for cell in near if cell.workers == fewest.workers]
    runs = " with so few runs" if is_too_few_runs(comparison) else ""
    slower = len(ranked_cells(comparison)) - len(alike)
    rest = f"{_slower(slower)}, {_rests_on(comparison, alike)}" if slower else f", {_rests_on(comparison, alike)}"
    if len(least) > 1 and len(least) == len(alike):
        return f"Use whichever you like of {_names(least, titles)}: which is faster cannot be told{runs}{rest}."
    them = "them" if len(near) == len(alike) else "those whose median is near its"
    one = ("Use " if len(least) == 1 else "Use one of ") + _names(least, titles)
    return (
        f"{one}: {figures.counted(len(alike), 'combination')} cannot be told apart from the fastest"
        f"{runs}, and of {them} {'this needs' if len(least) == 1 else 'these need'} fewest workers{rest}."
    )


def _slower(count: int) -> str:
    return f"; {count} {'other is' if count == 1 else 'others are'} slower"


def _names(found: list[Cell], titles: Mapping[str, str]) -> str:
    names = [cell.titled(titles) for cell in found[:3]]
    more = len(found) - len(names)
    return " or ".join(names) + (f" and {more} more" if more else "")


def _rests_on(comparison: Comparison, found: list[Cell]) -> str:
    counts = sorted({len(comparison.throughputs(cell)) for cell in found})
    runs = f"{counts[0]} to {counts[-1]} runs" if len(counts) > 1 else figures.counted(counts[0], "run")
    return f"from {runs} of each" if comparison.complete else f"so far, from {runs} of each"
