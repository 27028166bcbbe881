"""Scaling laws fitted to throughput by worker count: Amdahl's, and Gunther's Universal Scalability Law (USL)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

LEAST_WORKER_COUNTS = 5
MOST_CURVE_POINTS = 65
CONFIDENCE = 0.95


class TooFewPointsError(ValueError):
    """There are too few worker counts to fit a law; the message says how many there are and how many are needed."""


@dataclass(frozen=True, slots=True)
class ParameterEstimate:
    """A parameter's value and its 95 % interval."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Return the estimate as `{value, low, high}`."""
        return {"value": self.value, "low": self.low, "high": self.high}


class FittedLaw(TypedDict):
    """A fit as JSON; if a law could not be fitted, only its name is there."""

    law: str
    parameters: NotRequired[dict[str, dict[str, float]]]
    peak_workers: NotRequired[float | None]
    peak_is_measured: NotRequired[bool | None]
    error: NotRequired[float]
    curve: NotRequired[list[dict[str, float]]]


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted law.

    `parameters` by name: `single` is the throughput of one worker (1/s), `serial` the share of the work that is done
    one at a time (Amdahl's 1 - p, USL's sigma), `crosstalk` USL's kappa. `peak_workers` is where the law predicts the
    highest throughput, None if it predicts no peak. `error` is the residuals' standard deviation as a fraction,
    `measured` the fewest and the most workers, `covariance` that of log(single) and the other parameters, and
    `deviations` the half-width of a 95 % interval in standard deviations.
    """

    law: str
    parameters: dict[str, ParameterEstimate]
    peak_workers: float | None
    error: float
    measured: tuple[float, float]
    covariance: NDArray[np.float64]
    deviations: float

    def throughput(self, workers: float) -> float:
        """Return the throughput that the law predicts for `workers`, in 1/s."""
        serial, crosstalk = self.parameters["serial"].value, self.parameters.get("crosstalk")
        kappa = crosstalk.value if crosstalk else 0.0
        below = 1.0 + serial * (workers - 1.0) + kappa * workers * (workers - 1.0)
        return self.parameters["single"].value * workers / below

    def predicted(self, workers: float) -> ParameterEstimate:
        """Return the predicted throughput with its 95 % confidence band, by the delta method."""
        value = self.throughput(workers)
        below = self.parameters["single"].value * workers / value
        slopes = [1.0, -(workers - 1.0) / below, -workers * (workers - 1.0) / below]
        slope = np.asarray(slopes[: len(self.parameters)])
        half = self.deviations * math.sqrt(max(0.0, float(slope @ self.covariance @ slope)))
        return ParameterEstimate(value, value * math.exp(-half), value * math.exp(half))

    def curve(self) -> list[tuple[float, ParameterEstimate]]:
        """Return the predictions at worker counts from the fewest to the most that were measured."""
        low, high = self.measured
        points = min(int(high - low) + 1, MOST_CURVE_POINTS)
        return [(float(workers), self.predicted(float(workers))) for workers in np.linspace(low, high, points)]

    def to_json(self) -> FittedLaw:
        """Return the fit as a JSON object."""
        return {
            "law": self.law,
            "parameters": {name: each.to_json() for name, each in self.parameters.items()},
            "peak_workers": self.peak_workers,
            "peak_is_measured": None if self.peak_workers is None else self.peak_workers <= self.measured[1],
            "error": self.error,
            "curve": [
                {"workers": workers, "throughput_per_s": each.value, "low": each.low, "high": each.high}
                for workers, each in self.curve()
            ],
        }


def fit_amdahl(workers: Sequence[float], throughput_per_s: Sequence[float]) -> Fit:
    """Fit Amdahl's law, X(N) = X1 N / (1 + s (N - 1)), to every measurement.

    Raises TooFewPointsError under five worker counts, ValueError for a throughput that is not positive.
    """
    found = _fit(workers, throughput_per_s, lambda n, serial: 1.0 + serial * (n - 1.0), ("serial",))
    return Fit("amdahl", found.parameters, None, *found.quality)


def fit_usl(workers: Sequence[float], throughput_per_s: Sequence[float]) -> Fit:
    """Fit the USL, X(N) = X1 N / (1 + s (N - 1) + k N (N - 1)), to all measurements. Raises as `fit_amdahl`."""
    found = _fit(
        workers,
        throughput_per_s,
        lambda n, serial, crosstalk: 1.0 + serial * (n - 1.0) + crosstalk * n * (n - 1.0),
        ("serial", "crosstalk"),
    )
    serial, crosstalk = found.parameters["serial"].value, found.parameters["crosstalk"].value
    peak = math.sqrt((1.0 - serial) / crosstalk) if crosstalk > 1e-9 and serial < 1.0 else None
    return Fit("usl", found.parameters, peak, *found.quality)


@dataclass(frozen=True, slots=True)
class _FittedParameters:
    parameters: dict[str, ParameterEstimate]
    quality: tuple[float, tuple[float, float], NDArray[np.float64], float]


def _fit(
    workers: Sequence[float], throughput_per_s: Sequence[float], below: Callable[..., Any], names: tuple[str, ...]
) -> _FittedParameters:
    """Fit log X = log X1 + log N - log below(N, ...): noise of timings is multiplicative, so its logarithm is uniform.

    Intervals are Student's t of the linearised fit. Source: scipy.optimize.curve_fit.
    """
    from scipy import optimize, stats

    counts, rates = np.asarray(workers, float), np.asarray(throughput_per_s, float)
    distinct = len(np.unique(counts))
    if distinct < LEAST_WORKER_COUNTS:
        there = f"there {'is' if distinct == 1 else 'are'} {distinct}"
        raise TooFewPointsError(f"a fit takes at least {LEAST_WORKER_COUNTS} worker counts, and {there}")
    if (rates <= 0.0).any():
        raise ValueError("a throughput is not positive")

    def law(n: Any, log_single: float, *shape: float) -> Any:
        return log_single + np.log(n) - np.log(below(n, *shape))

    first = [float(np.log(rates[counts == counts.min()].mean() / counts.min())), *([0.05, 0.001][: len(names)])]
    bounds = ([-np.inf] + [0.0] * len(names), np.inf)
    values, covariance = optimize.curve_fit(law, counts, np.log(rates), p0=first, bounds=bounds)
    free = max(1, len(counts) - len(values))
    deviation = float(np.sqrt(np.sum((np.log(rates) - law(counts, *values)) ** 2) / free))
    deviations = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, free))
    half = deviations * np.sqrt(np.diag(covariance))
    shape = {
        name: ParameterEstimate(float(value), max(0.0, float(value - width)), float(value + width))
        for name, value, width in zip(names, values[1:], half[1:], strict=True)
    }
    single = ParameterEstimate(*(math.exp(each) for each in (values[0], values[0] - half[0], values[0] + half[0])))
    measured = (float(counts.min()), float(counts.max()))
    return _FittedParameters({"single": single, **shape}, (deviation, measured, covariance, deviations))
