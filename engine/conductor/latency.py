"""Latency over all tasks of a run: exact where every task was recorded, else to the histogram's 0.8 %."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.host.lane_file import HISTOGRAM_BUCKETS, bucket_bounds_ns

Ints = NDArray[np.int64]
_PERCENTS = {"p50": 50.0, "p90": 90.0, "p99": 99.0}


def latency_figures(exact: Sequence[Ints], histogram: Ints | None) -> dict[str, float | None]:
    """Return mean, p50, p90, p99 and max in seconds; all None if no task ended.

    `exact` are latencies in nanoseconds, `histogram` the counts of others by `lane_file.bucket_of`, None if there are
    no others.
    """
    values = np.concatenate(exact) if exact else np.empty(0, np.int64)
    if histogram is None or not histogram.any():
        if not len(values):
            return dict.fromkeys(("mean", *_PERCENTS, "max"))
        found = np.percentile(values, list(_PERCENTS.values())).tolist()
        named = dict(zip(_PERCENTS, (each / 1e9 for each in found), strict=True))
        return {"mean": float(values.mean()) / 1e9, **named, "max": float(values.max()) / 1e9}
    return _with_histogram(np.sort(values), histogram)


def _with_histogram(values: Ints, histogram: Ints) -> dict[str, float | None]:
    filled = np.flatnonzero(histogram)
    bounds = np.array([bucket_bounds_ns(int(bucket)) for bucket in filled], np.float64)
    middles = bounds.mean(axis=1)
    points = np.concatenate([values.astype(np.float64), middles])
    weights = np.concatenate([np.ones(len(values)), histogram[filled].astype(np.float64)])
    order = np.argsort(points, kind="stable")
    points, weights = points[order], weights[order]
    reached = np.cumsum(weights)
    places = np.searchsorted(reached, np.array(list(_PERCENTS.values())) / 100 * reached[-1])
    found = points[np.minimum(places, len(points) - 1)].tolist()
    named: dict[str, float | None] = dict(zip(_PERCENTS, (each / 1e9 for each in found), strict=True))
    mean = float((points * weights).sum() / reached[-1]) / 1e9
    return {"mean": mean, **named, "max": float(points[-1]) / 1e9}


def no_histogram() -> Ints:
    """Return an empty histogram to add others to."""
    return np.zeros(HISTOGRAM_BUCKETS, np.int64)
