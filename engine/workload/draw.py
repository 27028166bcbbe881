"""Random numbers: the same for the same seed, step and task, whichever worker runs the task and in any order."""

from __future__ import annotations

import math

DISTRIBUTIONS = ("constant", "uniform", "exponential")
_MASK = (1 << 64) - 1


def draw(distribution: str, mean: float, seed: int, step: int, task: int) -> float:
    """Return task `task`'s value for step `step`: `mean` itself, or a random number with that mean.

    `uniform` lies between 0 and twice the mean, `exponential` has no upper bound.
    """
    if distribution == "constant":
        return mean
    if distribution == "uniform":
        return uniform(mean, seed, step, task)
    if distribution == "exponential":
        return exponential(mean, seed, step, task)
    raise ValueError(f"no such distribution: {distribution}")


def uniform(mean: float, seed: int, step: int, task: int) -> float:
    """Return a number between 0 and twice the mean."""
    return 2.0 * mean * unit(seed, step, task)


def exponential(mean: float, seed: int, step: int, task: int) -> float:
    """Return a non-negative number, mostly small."""
    return -mean * math.log1p(-unit(seed, step, task))


def unit(seed: int, step: int, task: int) -> float:
    """Return a number from 0 to 1, always the same for a task's step.

    Stateless, so processes and threads need not share anything: SplitMix64's output function (Steele, Lea and
    Flood, 2014).
    """
    bits = (seed * 0x9E3779B97F4A7C15 + step * 0xD1B54A32D192ED03 + (task + 1) * 0x9E3779B97F4A7C15) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((bits ^ (bits >> 31)) >> 11) / (1 << 53)
