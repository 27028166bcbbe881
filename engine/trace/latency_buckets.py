"""How many tasks took how long: counts in buckets whose width grows with the latency, as a tick carries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

    def to_json(self) -> dict[str, Any]:
        """Return the tick's `latency_counts`."""
        return {
            "first": self.first,
            "per_octave": self.per_octave,
            "unit_ns": self.unit_ns,
            "counts": self.counts.tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LatencyCounts:
        """Take a tick's `latency_counts`."""
        counts = np.array(data["counts"], np.int64)
        return cls(int(data["first"]), int(data["per_octave"]), int(data["unit_ns"]), counts)

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
