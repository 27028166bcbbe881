"""Comparisons for tests: cells of the real catalogue, and repetitions that were never run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import models
from engine.comparison.comparison import Comparison
from engine.comparison.plan import Axes, Cell, cells_of
from engine.comparison.repetition import Repetition, failed_repetition
from engine.workload import steps
from engine.workload.catalogue import Catalogue

STEPS = [{"kind": "count-primes", "below": 2000}]


def catalogue() -> Catalogue:
    """Return everything that can be run."""
    return Catalogue.of(
        (each.card for each in steps.discover().values()), (each.card for each in models.discover().values())
    )


def base(**amount: Any) -> dict[str, Any]:
    """Return an experiment in its file's shape."""
    return {
        "format": 1,
        "title": "A test",
        "workload": {**(amount or {"tasks": 10}), "steps": [dict(each) for each in STEPS]},
        "model": {"kind": "threads", "workers": 1},
    }


def cells(models: Sequence[str] = ("threads",), workers: Sequence[int] = (1,), **axes: Any) -> list[Cell]:
    """Return the cells of these axes."""
    return cells_of(base(), Axes(tuple(models), tuple(workers), **axes), catalogue())


def measured(throughput_per_s: float, took_s: float = 1.0, run_id: str = "run", **figures: Any) -> Repetition:
    """Return a run that finished, on a quiet machine unless told otherwise."""
    known: dict[str, Any] = {
        "latency_p50_s": 0.01,
        "latency_p99_s": 0.02,
        "startup_s": 0.1,
        "rss_peak_bytes": 1_000_000,
        "load_other": 0.01,
        "ledger_s": {"cpu": 1.0, "idle": 1.0, "cpu_wait": None},
        "python": "3.11.2",
    }
    return Repetition(run_id, "finished", None, throughput_per_s, took_s=took_s, **{**known, **figures})


def filled(rates: dict[Cell, Sequence[float]], **settings: Any) -> Comparison:
    """Return a comparison in which each cell was measured to be so fast; a failed run stands for a rate of 0."""
    comparison = Comparison(list(rates), **settings)
    for cell, values in rates.items():
        for value in values:
            comparison.add(cell, measured(value) if value else failed_repetition("run", "it broke", 0.1))
    return comparison
