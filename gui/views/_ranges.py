"""Axis ranges that step instead of creeping, and curves thinned to what the pixels can show."""

from __future__ import annotations

import numpy as np

from gui.views._data import Floats

_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_TIMES = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1200, 1800, 2700, 3600)


def ceiling(value: float) -> float:
    """Return the least round number that is not below `value` (1 for what is not positive)."""
    if not value > 0 or not np.isfinite(value):
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(power * step for step in _STEPS if power * step >= value * (1 - 1e-12)))


def stepped(value: float, current: float) -> float:
    """Return the top of an axis from 0 that shows `value`: `current` while that is neither too low nor far too high."""
    if current > 0 and current * 0.3 <= value <= current:
        return current
    return ceiling(value * 1.08)


def tick_step(span: float, most: int) -> float:
    """Return the least of 1, 2, 5, 10, ... (and their tenths) that divides `span` into at most `most` parts."""
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


def thinned(x: Floats, y: Floats, limit: int = 1200) -> tuple[Floats, Floats]:
    """Return at most about `limit` points of a curve that keep every bin's least and greatest value."""
    count = len(x)
    if count <= limit:
        return x, y
    bins = limit // 2
    size = -(-count // bins)
    rest = count % size
    whole = count - rest
    block = y[:whole].reshape(-1, size)
    first = np.arange(0, whole, size)
    filled = np.where(np.isnan(block), np.inf, block)
    low = first + filled.argmin(axis=1)
    filled[filled == np.inf] = -np.inf
    high = first + filled.argmax(axis=1)
    places = np.unique(np.concatenate([low, high, np.arange(whole, count), [0, count - 1]]))
    return x[places], y[places]


def trailing_mean(t: Floats, rate: Floats, window_s: float) -> Floats:
    """Return the mean of `rate` over the last `window_s` before each time; NaN counts as no time measured.

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

    A bin without a sample takes the next sample's values, since each speaks for the time before it; what lies
    before the first and after the last sample's bin is NaN.
    """
    rows = values.shape[1]
    picture = np.full((rows, columns), np.nan)
    if not len(t):
        return picture
    edges = np.linspace(0.0, top_s, columns + 1)
    cuts = np.searchsorted(t, edges, side="right")
    begin, end = cuts[:-1], cuts[1:]
    last = min(int(np.searchsorted(edges, t[-1], side="left")), columns)
    begin, end = begin[:last], np.maximum(end[:last], begin[:last] + 1)
    begin = np.minimum(begin, len(t) - 1)
    end = np.minimum(end, len(t))
    if len(t) <= columns:
        picture[:, :last] = values[begin].T
        return picture
    sums = np.concatenate([np.zeros((1, rows)), np.nancumsum(values, axis=0)])
    picture[:, :last] = ((sums[end] - sums[begin]) / np.maximum(end - begin, 1)[:, None]).T
    return picture
