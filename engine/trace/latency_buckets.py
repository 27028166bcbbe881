"""How many tasks took how long: counts in buckets whose width grows with the latency, as a tick carries them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.wire.tick import LatencyBuckets

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LatencyCounts:
    """Counts of a row of buckets, `first` being the first one's number.

    Between one power of two of `unit_ns` and the next there are `per_octave` buckets of the same width: a bucket is
    at most 1 / `per_octave` as wide as the latencies in it are long.
    """

    first: int
    per_octave: int
    unit_ns: int
    counts: Ints

    @classmethod
    def of(cls, buckets: LatencyBuckets) -> LatencyCounts:
        """Take a tick's `latency_counts`."""
        return cls(buckets.first, buckets.per_octave, buckets.unit_ns, np.array(buckets.counts, np.int64))

    def edges_s(self) -> Floats:
        """Return where the buckets begin, and where the last one ends, in seconds: one more than there are."""
        number = np.arange(self.first, self.first + len(self.counts) + 1)
        shift = np.maximum(number // self.per_octave - 1, 0)
        return np.asarray(((number - shift * self.per_octave) << shift) * self.unit_ns / 1e9, np.float64)

    def merged(self, width: int) -> LatencyCounts:
        """Return the counts with `width` buckets made one; `width` is a power of two that divides `per_octave`."""
        before = self.first % width
        after = -(before + len(self.counts)) % width
        counts = np.pad(self.counts, (before, after)).reshape(-1, width).sum(axis=1)
        return LatencyCounts(self.first // width, self.per_octave // width, self.unit_ns * width, counts)
