"""Figures as people read them: few digits, a unit, and a dash where nothing was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

UNKNOWN = "–"


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


def seconds(value: float | None) -> str:
    """Return a length of time: `12 µs`, `350 ms`, `1.25 s`, `12.3 s`, `2 min 5 s`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    if size >= 119.5:
        minutes, rest = divmod(round(value), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
    if size >= 0.9995 or size == 0:
        return f"{value:.2f} s" if 0 < size < 9.995 else f"{value:.1f} s" if 0 < size < 99.95 else f"{value:.0f} s"
    for factor, unit in ((1e3, "ms"), (1e6, "µs")):
        if size * factor >= 0.9995:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.0f} ns"


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
