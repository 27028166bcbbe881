"""Describes a chart's lines in words, for screen readers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.wording import figure_text as figures
from gui.widgets.view_data import Floats


def spoken_line(name: str, t_s: Floats, values: Floats, text: Callable[[float], str]) -> str:
    """Return a line's newest value, mean, least and greatest: `Mean: 38 tasks/s at 2.0 s; ...`; empty without any."""
    there = np.isfinite(values)
    if not there.any():
        return ""
    known = values[there]
    newest = f"{text(float(known[-1]))} at {float(t_s[there][-1]):.1f} s"
    if len(known) == 1:
        return f"{name}: {newest}"
    low, mean, high = (text(float(each)) for each in (known.min(), known.mean(), known.max()))
    return f"{name}: {newest}; from {low} to {high}, {mean} on average"


def spoken_lines(*lines: str) -> str:
    """Return the descriptions of a chart's lines as one text."""
    return ". ".join(line for line in lines if line)


def cores_text(value: float) -> str:
    """Return a number of cores in words."""
    return f"{figures.number(value)} cores"
