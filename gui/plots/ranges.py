"""Axis ranges that change in steps, and curves reduced to as many points as can be distinguished."""

from __future__ import annotations

import numpy as np

from gui.widgets.view_data import Floats

_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_TIMES = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1200, 1800, 2700, 3600)


def ceiling(value: float) -> float:
    """Return the smallest round number that is at least `value` (1 if `value` is not positive)."""
    if not value > 0 or not np.isfinite(value):
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(power * step for step in _STEPS if power * step >= value * (1 - 1e-12)))


def stepped(value: float, current: float) -> float:
    """Return the top of an axis from 0 that shows `value`: `current`, unless it is too low or far too high."""
    if current > 0 and current * 0.3 <= value <= current:
        return current
    return ceiling(value * 1.08)


def tick_step(span: float, most: int) -> float:
    """Return the smallest of 1, 2, 5, 10, ... (and their tenths) that divides `span` into at most `most` parts."""
    if not span > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(span / most))
    return float(next(power * step for step in (1, 2, 5, 10, 20) if span / (power * step) <= most * (1 + 1e-9)))


def time_top(now_s: float) -> float:
    """Return the right end of a time axis that begins at 0 and shows `now_s`."""
    for step in _TIMES:
        if now_s <= step:
            return float(step)
    return float(np.ceil(now_s / 1800) * 1800)


def thinned(x: Floats, y: Floats, limit: int = 300, *, peaks: bool = False) -> tuple[Floats, Floats]:
    """Return at most `limit` points of a curve: each is the mean, with `peaks` the maximum, of neighbouring points.

    NaN is left out; a point is NaN if all of its neighbours are.
    """
    count = len(x)
    if count <= limit:
        return x, y
    starts = np.arange(0, count, -(-count // limit))
    known = np.isfinite(y)
    counts = np.add.reduceat(known.astype(float), starts)
    if peaks:
        values = np.maximum.reduceat(np.where(known, y, -np.inf), starts)
    else:
        values = np.add.reduceat(np.where(known, y, 0.0), starts) / np.maximum(counts, 1.0)
    ends = np.append(starts[1:], count) - 1
    return (x[starts] + x[ends]) / 2, np.where(counts > 0, values, np.nan)


def trailing_mean(t: Floats, rate: Floats, window_s: float) -> Floats:
    """Return the mean of `rate` over the last `window_s` before each time, without times at which it is NaN.

    `rate[i]` holds for the time since `t[i - 1]` (the first since 0).
    """
    lengths = np.diff(t, prepend=0.0)
    valid = np.isfinite(rate)
    amounts = np.concatenate([[0.0], np.cumsum(np.where(valid, rate * lengths, 0.0))])
    times = np.concatenate([[0.0], np.cumsum(np.where(valid, lengths, 0.0))])
    starts = np.searchsorted(t, t - window_s, side="right")
    starts = np.minimum(starts, np.arange(len(t)))
    span = times[1:] - times[starts]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(span > 0, (amounts[1:] - amounts[starts]) / span, np.nan)


def binned(t: Floats, values: Floats, top_s: float, columns: int) -> Floats:
    """Return the means of `values` (samples, rows) in `columns` equal bins of 0..`top_s`: shape (rows, columns).

    A bin without a sample gets the next sample's values, since a sample describes the time before it. Bins before the
    first sample's and after the last sample's are NaN.
    """
    rows = values.shape[1]
    picture = np.full((rows, columns), np.nan)
    if not len(t):
        return picture
    edges = np.linspace(0.0, top_s, columns + 1)
    last = min(int(np.searchsorted(edges, t[-1], side="left")), columns)
    begin = np.minimum(np.searchsorted(t, edges[:last], side="right"), len(t) - 1)
    if len(t) <= columns:
        picture[:, :last] = values[begin].T
        return picture
    # For an empty bin reduceat returns the value at its index: the next sample's, as wanted.
    known = np.isfinite(values)
    counts = np.add.reduceat(known, begin, axis=0, dtype=np.float64)
    sums = np.add.reduceat(np.where(known, values, 0.0), begin, axis=0)
    picture[:, :last] = np.where(counts > 0, sums / np.maximum(counts, 1.0), np.nan).T
    return picture
