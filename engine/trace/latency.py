"""Computes task latency, live and final: exact for recorded tasks, within the histogram's 0.4 % for the others."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.lane_file import HISTOGRAM_BUCKETS, HISTOGRAM_FINE, bucket_bounds_ns
from engine.record.lane_reader import LaneReader
from engine.wire.tick import LatencyBuckets, Percentiles, Tick

Ints = NDArray[np.int64]
PERCENTS: Final = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p99_9": 99.9}
# An unrecorded latency counts as the middle of its bucket: this is the largest relative error that makes.
HISTOGRAM_ERROR: Final = 0.5 / (1 << HISTOGRAM_FINE)
_COARSER: Final = 3  # a tick's buckets are 2**3 times as wide


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """The latencies of tasks that were not recorded one by one: the count in each bucket, the sum and the maximum."""

    histogram: Ints
    total_ns: int
    max_ns: int

    @classmethod
    def of(cls, readers: Iterable[LaneReader]) -> Unrecorded | None:
        """Add up the totals in the lanes' headers, as last refreshed; None if every task is in the records."""
        with_some = [reader for reader in readers if reader.histogram_count]
        if not with_some:
            return None
        histogram = no_histogram()
        for reader in with_some:
            histogram += reader.histogram()
        total_ns = sum(reader.histogram_ns for reader in with_some)
        return cls(histogram, total_ns, max(reader.histogram_max_ns for reader in with_some))


def latency_figures(exact: Sequence[Ints], others: Unrecorded | None) -> dict[str, float | None]:
    """Return mean, p50 to p99.9 and max in seconds; all None if no task ended. Mean and max are exact.

    `exact` are latencies in nanoseconds. A percentile is the latency of one of the tasks (no interpolation), or, where
    some tasks were not recorded, within HISTOGRAM_ERROR of it.
    """
    values = np.concatenate(exact) if exact else np.empty(0, np.int64)
    if others is None:
        others = Unrecorded(no_histogram(), 0, 0)
    count = len(values) + int(others.histogram.sum())
    if not count:
        return dict.fromkeys(("mean", *PERCENTS, "max"))
    most_ns = max(int(values.max()) if len(values) else 0, others.max_ns)
    mean_ns = (int(values.sum()) + others.total_ns) / count
    found = np.minimum(_percentiles(values, others.histogram), most_ns) / 1e9
    return {"mean": mean_ns / 1e9, **dict(zip(PERCENTS, found.tolist(), strict=True)), "max": most_ns / 1e9}


def _percentiles(values: Ints, histogram: Ints) -> NDArray[np.float64]:
    percents = np.array(list(PERCENTS.values()))
    filled = np.flatnonzero(histogram)
    if not len(filled):
        return np.asarray(np.sort(values)[_which(percents, len(values)) - 1], np.float64)
    points = np.concatenate([values.astype(np.float64), _middles()[filled]])
    weights = np.concatenate([np.ones(len(values), np.int64), histogram[filled]])
    order = np.argsort(points, kind="stable")
    reached = np.cumsum(weights[order])
    return np.asarray(points[order][np.searchsorted(reached, _which(percents, int(reached[-1])))], np.float64)


def _which(percents: NDArray[np.float64], count: int) -> Ints:
    """Return the rank, counted from 1, of each percentile among `count` tasks."""
    return np.asarray(np.maximum(np.ceil(np.round(percents / 100 * count, 6)), 1), np.int64)


@functools.cache
def _middles() -> NDArray[np.float64]:
    """Return the middle of every bucket; cached, because computing them again took a good part of a tick."""
    bounds = [bucket_bounds_ns(bucket) for bucket in range(HISTOGRAM_BUCKETS)]
    return np.asarray(np.array(bounds, np.float64).mean(axis=1), np.float64)


class LiveLatency:
    """Latencies while a run goes on: of tasks that ended since the last tick, and a histogram of all tasks so far."""

    def __init__(self) -> None:
        self._new: list[Ints] = []
        self._recorded = no_histogram()
        self._unrecorded = no_histogram()
        self._max_ns = 0

    def take(self, latencies: Ints) -> None:
        """Take in the latencies of tasks that ended."""
        if len(latencies):
            self._new.append(latencies)
            self._max_ns = max(self._max_ns, int(latencies.max()))
            self._recorded += np.bincount(_buckets(latencies), minlength=HISTOGRAM_BUCKETS)

    def fill(self, tick: Tick, readers: Iterable[LaneReader]) -> Tick:
        """Return a tick with its latencies; its recent latencies are those taken in since the last call."""
        new, self._new = self._new, []
        others = Unrecorded.of(readers)
        since = None
        if others is not None:
            since = _since(others.histogram - self._unrecorded)
            self._unrecorded = others.histogram
            self._max_ns = max(self._max_ns, others.max_ns)
        so_far = Unrecorded(self._recorded + self._unrecorded, 0, self._max_ns)
        return replace(
            tick,
            latency_s=_without_mean(latency_figures(new, since)),
            latency_so_far_s=_without_mean(latency_figures([], so_far)),
            latency_counts=self._counts(),
        )

    def _counts(self) -> LatencyBuckets | None:
        coarse = (self._recorded + self._unrecorded).reshape(-1, 1 << _COARSER).sum(axis=1)
        filled = np.flatnonzero(coarse)
        if not len(filled):
            return None
        first, last = int(filled[0]), int(filled[-1])
        counts = tuple(coarse[first : last + 1].tolist())
        return LatencyBuckets(first, 1 << HISTOGRAM_FINE - _COARSER, 1 << _COARSER, counts)


def _since(histogram: Ints) -> Unrecorded | None:
    """Treat part of a histogram as a whole one; its maximum is known only to within a bucket."""
    filled = np.flatnonzero(histogram > 0)
    if not len(filled):
        return None
    middles = [sum(bucket_bounds_ns(int(bucket))) // 2 for bucket in filled]
    return Unrecorded(np.maximum(histogram, 0), int(np.dot(middles, histogram[filled])), middles[-1])


def _without_mean(figures: dict[str, float | None]) -> Percentiles | None:
    if figures["max"] is None:
        return None
    return Percentiles(**{name: value for name, value in figures.items() if name != "mean"})


def _buckets(latencies: Ints) -> Ints:
    """Return `lane_file.bucket_of` of each latency."""
    values = np.maximum(latencies, 0)
    bits = np.frexp(values.astype(np.float64))[1].astype(np.int64)
    shift = np.maximum(bits - HISTOGRAM_FINE - 1, 0)
    return np.asarray(np.minimum((shift << HISTOGRAM_FINE) + (values >> shift), HISTOGRAM_BUCKETS - 1), np.int64)


def no_histogram() -> Ints:
    """Return an empty histogram to add others to."""
    return np.zeros(HISTOGRAM_BUCKETS, np.int64)
