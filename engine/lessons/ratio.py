"""The ratio of two figures, with an interval once both were measured repeatedly."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST_PAIRS: Final = 3  # with fewer the interval says nothing


@dataclass(frozen=True, slots=True)
class RepeatedRatio:
    """A ratio; `low` and `high` bound it with 95 % confidence, None if it was measured only once."""

    value: float
    low: float | None = None
    high: float | None = None


def ratio_of(first: Sequence[float | None], last: Sequence[float | None]) -> RepeatedRatio | None:
    """Return the ratio of the figures `last` to the figures `first`, which were measured in turn.

    The ratios of pairs are averaged on a logarithmic scale, so that anything that slows both runs of a pair has no
    effect. None if there is no pair, or a figure is not above 0.
    """
    pairs = [(one, other) for one, other in zip(first, last, strict=False) if one and other and one > 0 and other > 0]
    if not pairs:
        return None
    logs = [math.log(other / one) for one, other in pairs]
    mean = statistics.fmean(logs)
    if len(logs) < LEAST_PAIRS:
        return RepeatedRatio(math.exp(mean))
    from scipy.special import stdtrit  # late: it takes longer to import than most lessons need it

    t = float(stdtrit(len(logs) - 1, 0.975))  # Student's, for 95 %
    half = t * statistics.stdev(logs) / math.sqrt(len(logs))
    return RepeatedRatio(math.exp(mean), math.exp(mean - half), math.exp(mean + half))
