"""A tick's latency histogram: task counts in buckets whose width grows with the latency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.wire.tick import LatencyBuckets

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LatencyCounts:
    """Counts of consecutive buckets; `first` is the number of the first one.

    From one power of two (times `unit_ns`) to the next there are `per_octave` buckets of equal width, so a bucket's
    width is at most 1 / `per_octave` of the latencies in it.
    """

    first: int
    per_octave: int
    unit_ns: int
    counts: Ints

    @classmethod
    def of(cls, buckets: LatencyBuckets) -> LatencyCounts:
        """Make counts from a tick's `latency_counts`."""
        return cls(buckets.first, buckets.per_octave, buckets.unit_ns, np.array(buckets.counts, np.int64))

    def edges_s(self) -> Floats:
        """Return the buckets' edges in seconds: one more than there are buckets."""
        number = np.arange(self.first, self.first + len(self.counts) + 1)
        shift = np.maximum(number // self.per_octave - 1, 0)
        return np.asarray(((number - shift * self.per_octave) << shift) * self.unit_ns / 1e9, np.float64)

    def merged(self, width: int) -> LatencyCounts:
        """Return the counts with every `width` buckets merged; `width` is a power of two that divides `per_octave`."""
        before = self.first % width
        after = -(before + len(self.counts)) % width
        counts = np.pad(self.counts, (before, after)).reshape(-1, width).sum(axis=1)
        return LatencyCounts(self.first // width, self.per_octave // width, self.unit_ns * width, counts)
