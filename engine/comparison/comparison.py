"""A comparison in progress: which cell to run next, and all repetitions so far."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from engine.analysis.intervals import Interval, median_interval
from engine.comparison.plan import DEFAULT_PRECISION, DEFAULT_REPEATS, LEAST_REPEATS, Cell, round_of
from engine.comparison.repetition import Repetition
from engine.comparison.saved_check import check_saved

FORMAT = 1


@functools.lru_cache(maxsize=4096)
def interval_of(values: tuple[float, ...]) -> Interval:
    """Return the interval of some measurements; cached, because a comparison asks for it repeatedly."""
    return median_interval(values)


class Comparison:
    """The cells of a comparison and their measurements.

    A cell is run again until its throughput's interval is within +-`precision` of its median, at most `repeats` times
    and at least LEAST_REPEATS times (or `repeats`, if that is less); a cell that failed is not run again. `budget_s`
    bounds the total time of all runs; None: no bound.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        repeats: int = DEFAULT_REPEATS,
        precision: float = DEFAULT_PRECISION,
        budget_s: float | None = None,
    ) -> None:
        self.cells = list(cells)
        self.repeats, self.precision, self.budget_s = repeats, precision, budget_s
        self.repetitions: dict[Cell, list[Repetition]] = {cell: [] for cell in self.cells}

    def add(self, cell: Cell, repetition: Repetition) -> None:
        """Add a run's outcome."""
        self.repetitions[cell].append(repetition)

    def next_cell(self) -> Cell | None:
        """Return the cell to run next, None if the comparison is complete or its budget is used up."""
        if self.budget_s is not None and self.took_s() >= self.budget_s:
            return None
        return next(self._open_cells(), None)

    @property
    def complete(self) -> bool:
        """Whether no runs are left, or no budget for them."""
        return self.next_cell() is None

    def runs_left(self) -> int:
        """Return the maximum number of remaining runs."""
        return sum(self._missing(cell) for cell in self.cells)

    def runs_done(self) -> int:
        """Return the number of runs so far."""
        return sum(len(each) for each in self.repetitions.values())

    def took_s(self) -> float:
        """Return how long all runs took together."""
        return sum(each.took_s for runs in self.repetitions.values() for each in runs)

    def eta_s(self) -> float | None:
        """Return an upper estimate of the remaining time, from the runs so far; None before the first."""
        if not self.runs_done():
            return None
        mean_s = self.took_s() / self.runs_done()
        left_s = sum(self._missing(cell) * self._mean_s(cell, mean_s) for cell in self.cells)
        return left_s if self.budget_s is None else min(left_s, max(0.0, self.budget_s - self.took_s()))

    def throughputs(self, cell: Cell) -> list[float]:
        """Return the throughput of each of the cell's finished runs, in 1/s; outliers are kept."""
        return [each.throughput_per_s for each in self.repetitions[cell] if each.ok and each.throughput_per_s]

    def interval(self, cell: Cell) -> Interval | None:
        """Return the cell's throughput, None while no run of it has finished."""
        values = self.throughputs(cell)
        return interval_of(tuple(values)) if values else None

    def to_json(self) -> dict[str, object]:
        """Return everything as a JSON object; `from_json` is its inverse."""
        return {
            "format": FORMAT,
            "repeats": self.repeats,
            "precision": self.precision,
            "budget_s": self.budget_s,
            "cells": [
                {**asdict(cell), "repetitions": [asdict(each) for each in self.repetitions[cell]]}
                for cell in self.cells
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Comparison:
        """Read what `to_json` wrote. Raises ValueError if it is of another format, or damaged."""
        if data.get("format") != FORMAT:
            raise ValueError(f"format must be {FORMAT}, got {data.get('format')}")
        check_saved(data)
        comparison = cls([], data["repeats"], data["precision"], data["budget_s"])
        for each in data["cells"]:
            settings = tuple((key, value) for key, value in each["settings"])
            cell = Cell(each["model"], each["workers"], each["interpreter"], settings, each["experiment"])
            comparison.cells.append(cell)
            comparison.repetitions[cell] = [Repetition(**run) for run in each["repetitions"]]
        return comparison

    def _open_cells(self) -> Iterator[Cell]:
        fewest = min((len(self.repetitions[cell]) for cell in self.cells if self._missing(cell)), default=0)
        for cell in round_of(self.cells, fewest):
            if self._missing(cell) and len(self.repetitions[cell]) == fewest:
                yield cell

    def _missing(self, cell: Cell) -> int:
        runs = self.repetitions[cell]
        if len(runs) >= self.repeats or any(not each.ok for each in runs):
            return 0
        if len(runs) >= LEAST_REPEATS:
            interval = self.interval(cell)
            width = interval.relative_width if interval else None
            if width is not None and width <= self.precision:
                return 0
        return self.repeats - len(runs)

    def _mean_s(self, cell: Cell, otherwise_s: float) -> float:
        runs = self.repetitions[cell]
        return sum(each.took_s for each in runs) / len(runs) if runs else otherwise_s
