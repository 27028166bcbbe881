"""Durations as people read them: as a figure, as a clock, and at a glance."""

from __future__ import annotations

import math

UNKNOWN = "–"


def seconds(value: float | None) -> str:
    """Return a measured length of time with three digits: `12 µs`, `350 ms`, `1.25 s`, `12.3 s`, `2 min 05 s`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    if size >= 119.5:
        return _minutes(value)
    if size >= 0.9995 or size == 0:
        return f"{value:.2f} s" if 0 < size < 9.995 else f"{value:.1f} s" if 0 < size < 99.95 else f"{value:.0f} s"
    for factor, unit in ((1e3, "ms"), (1e6, "µs")):
        if size * factor >= 0.9995:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.0f} ns"


def running_time(value: float | None) -> str:
    """Return how long something has run or has left, in digits that do not jump: `0.42 s`, `12.3 s`, `2 min 05 s`."""
    if value is None:
        return ""
    if value < 60:
        return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"
    return _minutes(value)


def clock(value: float) -> str:
    """Return a duration as a clock shows it: `0:07`, `1:02:03`."""
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def glance(value: float) -> str:
    """Return an approximate duration: `40 s`, `3 min`, `2 h 10 min`."""
    if value < 99.5:
        return f"{max(1, round(value))} s"
    minutes = round(value / 60)
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if minutes < 100 else f"{hours} h {rest} min"


def _minutes(value: float) -> str:
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
