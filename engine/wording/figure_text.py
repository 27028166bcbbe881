"""Figures as people read them: few digits, a unit, and a dash if nothing was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine.wording.durations import UNKNOWN as UNKNOWN
from engine.wording.durations import seconds as seconds


def known(value: object) -> bool:
    """Whether `value` is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def number(value: float | None) -> str:
    """Return a count or a rate with about three digits: `0.42`, `4.2`, `1,240`, `1.25 million`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    if size >= 999_500:
        return f"{value / 1e6:.3g} million" if size < 999.5e6 else f"{value / 1e9:.3g} billion"
    if size >= 100 or size == int(size):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2g}" if size < 1 else f"{value:.1f}"


def rate(value: float | None) -> str:
    """Return a rate with three digits, so that it does not flicker: `38,400`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return number(float(f"{value:.3g}"))


def compact(value: float) -> str:
    """Return a number for an axis: `0`, `0.5`, `250`, `1.5k`, `20k`, `3M`."""
    size = abs(value)
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= limit * 0.9995:
            return f"{value / limit:.4g}{suffix}"
    return f"{value:.4g}"


def size(value: float | None) -> str:
    """Return an amount of memory: `940 kB`, `84 MB`, `1.2 GB`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(value) >= limit * 0.9995:
            scaled = value / limit
            return f"{scaled:.1f} {unit}" if scaled < 9.95 else f"{scaled:,.0f} {unit}"
    return f"{value:.0f} B"


def percent(share: float | None) -> str:
    """Return a share as a percentage: `61 %`, `<1 %`, `0 %`."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if 0 < share < 0.005:
        return "<1 %"
    return f"{share * 100:.0f} %"


def observer_cost_words(cost: Mapping[str, Any]) -> str:
    """Return a result's `observer_cost` in words: `0.6 % ± 0.4, processor time 0.5 % ± 0.1 (25 pairs of runs)`."""

    def part(prefix: str) -> str:
        percent, low, high = (cost.get(f"{prefix}{name}percent") for name in ("", "low_", "high_"))
        bound = "" if low is None or high is None else f" ± {(high - low) / 2:.1f}"
        return UNKNOWN if percent is None else f"{percent:.1f} %{bound}"

    return f"{part('')}, processor time {part('cpu_')} ({counted(cost['pairs'], 'pair')} of runs)"


def counted(count: float, one: str, many: str | None = None) -> str:
    """Return `1 process`, `9 threads`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"
