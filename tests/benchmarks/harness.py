"""Compares two ways of doing the same work on a machine that others use too: in turn, pair by pair, as a ratio.

Each pair runs both sides one after the other, and the side that goes first changes with every pair, so that a machine
that gets slower or busier meanwhile favours neither. What is printed is the median of the pairs' ratios with an
interval for it that holds at least 95 % (exact, from order statistics: no assumption about the distribution).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

CONFIDENCE = 0.95
FIGURES_FILE = "GILSCOPE_FIGURES"  # in the environment: where each figure that is printed is to be added as well


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pairs of figures of one thing measured in two ways, and the least (or most) that their ratio should be."""

    title: str
    ours: tuple[float, ...]
    plain: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Ours over plain, pair by pair."""
        return [ours / plain for ours, plain in zip(self.ours, self.plain, strict=True)]

    @property
    def differences(self) -> list[float]:
        """Ours less plain, pair by pair."""
        return [ours - plain for ours, plain in zip(self.ours, self.plain, strict=True)]


def measure(title: str, ours: Callable[[], float], plain: Callable[[], float], pairs: int = 15) -> Comparison:
    """Run both sides `pairs` times in turn, after one round of each that is not counted."""
    ours()
    plain()
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(pairs):
        _progress(f"{title}: pair {number + 1} of {pairs}")
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            found[side].append((ours, plain)[side]())
    _progress("")
    return Comparison(title, tuple(found[0]), tuple(found[1]))


def interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return bounds between which the median lies with at least `confidence`; the extremes where values are too few."""
    ordered = sorted(values)
    count = len(ordered)
    outside, rank = 0.0, 0
    while rank < count // 2:
        outside += 2 * math.comb(count, rank) / 2**count
        if outside > 1 - confidence:
            break
        rank += 1
    rank = max(0, rank - 1)
    return ordered[rank], ordered[count - 1 - rank]


def report_ratio(comparison: Comparison, goal: float | None = None, *, at_least: bool = True) -> bool:
    """Print the ratio line; return whether the goal (at least so much, or at most) is met."""
    return _report(comparison.title, "ratio", comparison.ratios, goal, at_least=at_least, digits=3)


def report_difference(comparison: Comparison, unit: str, scale: float, goal: float | None = None) -> bool:
    """Print the difference line, in `unit` (`scale` of it are one of the figures'); return whether it is at most so."""
    values = [each * scale for each in comparison.differences]
    return _report(comparison.title, unit, values, goal, at_least=False, digits=2)


def report_figure(title: str, unit: str, values: Sequence[float], goal: float | None = None) -> bool:
    """Print one side's own figures; return whether their median is at most the goal."""
    return _report(title, unit, values, goal, at_least=False, digits=2)


def parser_of(module: str, description: str | None) -> argparse.ArgumentParser:
    """Return what reads a benchmark's arguments: it has `--help`, and without any arguments the benchmark runs."""
    return argparse.ArgumentParser(
        prog=f"python -m tests.benchmarks.{module}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def names_of(module: str, description: str | None, choices: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """Return which parts of a benchmark were asked for, none where it is all; ends where one is not known."""
    parser = parser_of(module, description)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"which of it: {', '.join(choices)}; default: all")
    named: list[str] = parser.parse_args(arguments).parts
    for each in named:
        if each not in choices:
            parser.error(f"there is no {each!r}; there are {', '.join(choices)}")
    return named


def keep_figure(title: str, unit: str, values: Sequence[float], *, met: bool = True) -> None:
    """Add a figure to the file that `python -m tests.benchmarks` compares with the figures committed last."""
    if FIGURES_FILE in os.environ:
        low, high = interval(values)
        told = {"title": title, "unit": unit, "median": median(values), "low": low, "high": high, "n": len(values)}
        with open(os.environ[FIGURES_FILE], "a", encoding="utf-8") as file:
            file.write(json.dumps({**told, "met": met}) + "\n")


def _report(title: str, unit: str, values: Sequence[float], goal: float | None, *, at_least: bool, digits: int) -> bool:
    middle, (low, high) = median(values), interval(values)
    line = f"{title:<44} {unit} {middle:.{digits}f}  [{low:.{digits}f}, {high:.{digits}f}]  n={len(values)}"
    met = goal is None or (middle >= goal if at_least else middle <= goal)
    keep_figure(title, unit, values, met=met)
    if goal is None:
        print(line, flush=True)
        return True
    print(f"{line}  goal {'>=' if at_least else '<='} {goal:g}: {'met' if met else 'MISSED'}", flush=True)
    return met


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
