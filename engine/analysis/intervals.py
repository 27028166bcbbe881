"""Medians with bootstrap intervals, ratios of medians, and whether two sets of measurements differ."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A median and its interval, in the measurements' own unit; the bounds are None for a single measurement."""

    median: float
    low: float | None
    high: float | None

    @property
    def relative_width(self) -> float | None:
        """Half the interval's width as a fraction of the median; None if that is not defined."""
        if self.low is None or self.high is None or self.median == 0.0:
            return None
        return (self.high - self.low) / 2.0 / abs(self.median)

    def separate_from(self, other: Interval) -> bool:
        """Whether the two intervals do not overlap; False if either has no bounds."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return False
        return self.low > other.high or other.low > self.high

    def to_json(self) -> dict[str, float | None]:
        """Return the interval as `{median, low, high}`."""
        return {"median": self.median, "low": self.low, "high": self.high}


def median_interval(values: Sequence[float], seed: int = 1) -> Interval:
    """Return the median of `values` and its 95 % percentile-bootstrap interval.

    `seed` makes the resampling repeatable. Raises ValueError for no values. Source: scipy.stats.bootstrap.
    """
    data = _array(values)
    median = float(np.median(data))
    if len(data) < 2:
        return Interval(median, None, None)
    if np.ptp(data) == 0.0:
        return Interval(median, median, median)
    return Interval(median, *_bounds(_medians(tuple(data.tolist()), seed)))


def ratio_interval(values: Sequence[float], base: Sequence[float], seed: int = 1) -> Interval:
    """Return the ratio of the medians of `values` and `base`, and its 95 % bootstrap interval.

    Raises ValueError for no values, or if the base's median is 0.
    """
    data, reference = _array(values), _array(base)
    if np.median(reference) == 0.0:
        raise ValueError("the base's median is 0")
    ratio = float(np.median(data) / np.median(reference))
    if len(data) < 2 or len(reference) < 2:
        return Interval(ratio, None, None)
    if np.ptp(data) == 0.0 and np.ptp(reference) == 0.0:
        return Interval(ratio, ratio, ratio)

    resampled = _medians(tuple(data.tolist()), seed) / _medians(tuple(reference.tolist()), seed + 1)
    return Interval(ratio, *_bounds(resampled))


def difference_p(values: Sequence[float], others: Sequence[float]) -> float:
    """Return the probability that two sets of positive measurements differ this much by chance alone.

    Welch's t-test of their logarithms, because noise of timings is multiplicative. 1.0 if either set has fewer than
    two measurements. Source: scipy.stats.ttest_ind.
    """
    from scipy import stats

    data, reference = _array(values), _array(others)
    if len(data) < 2 or len(reference) < 2 or (data <= 0.0).any() or (reference <= 0.0).any():
        return 1.0
    if np.ptp(data) == 0.0 and np.ptp(reference) == 0.0:
        return 1.0 if data[0] == reference[0] else 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # raised for a set whose values are all equal
        return float(stats.ttest_ind(np.log(data), np.log(reference), equal_var=False).pvalue)


def _array(values: Sequence[float]) -> NDArray[np.float64]:
    data = np.asarray(values, dtype=np.float64)
    if not len(data):
        raise ValueError("there are no measurements")
    return data


@functools.lru_cache(maxsize=1024)
def _medians(values: tuple[float, ...], seed: int) -> NDArray[np.float64]:
    """Return the medians of RESAMPLES resamples; cached, because a comparison compares each set with many others."""
    from scipy import stats

    if min(values) == max(values):
        return np.full(RESAMPLES, values[0])
    return np.asarray(
        stats.bootstrap(
            (np.asarray(values),),
            np.median,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="percentile",
            vectorized=True,
            rng=np.random.default_rng(seed),
        ).bootstrap_distribution
    )


def _bounds(resampled: NDArray[np.float64]) -> tuple[float, float]:
    outside = (1.0 - CONFIDENCE) / 2.0
    low, high = np.quantile(resampled, (outside, 1.0 - outside))
    return float(low), float(high)
