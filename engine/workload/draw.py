"""Random numbers: the same for the same seed, step and task, whichever worker runs the task and in any order."""

from __future__ import annotations

import math

DISTRIBUTIONS = ("constant", "uniform", "exponential")
_MASK = (1 << 64) - 1


def draw(distribution: str, mean: float, seed: int, step: int, task: int) -> float:
    """Return task `task`'s value for step `step`: `mean` itself, or drawn around it.

    `uniform` lies between 0 and twice the mean, `exponential` has no upper bound. Stateless, so that processes and
    threads need share nothing: the bits are SplitMix64's output function (Steele, Lea and Flood, 2014).
    """
    if distribution == "constant":
        return mean
    bits = (seed * 0x9E3779B97F4A7C15 + step * 0xD1B54A32D192ED03 + (task + 1) * 0x9E3779B97F4A7C15) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    unit = ((bits ^ (bits >> 31)) >> 11) / (1 << 53)
    if distribution == "uniform":
        return 2.0 * mean * unit
    if distribution == "exponential":
        return -mean * math.log1p(-unit)
    raise ValueError(f"no such distribution: {distribution}")
