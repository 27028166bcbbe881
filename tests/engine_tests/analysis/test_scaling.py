"""Fits recover what the data were made from, within the intervals they state, and refuse too little data."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.scaling import Fit, TooFewPointsError, fit_amdahl, fit_usl

WORKERS = np.repeat([1, 2, 3, 4, 6, 8, 12, 16], 5).astype(float)
TRIALS = 200


def _made(generator: np.random.Generator, single: float, serial: float, crosstalk: float) -> np.ndarray:
    exact = single * WORKERS / (1.0 + serial * (WORKERS - 1.0) + crosstalk * WORKERS * (WORKERS - 1.0))
    return exact * np.exp(generator.normal(0.0, 0.03, len(WORKERS)))


def _covered(fit: Fit, truth: dict[str, float]) -> dict[str, bool]:
    return {name: fit.parameters[name].low <= value <= fit.parameters[name].high for name, value in truth.items()}


@pytest.mark.parametrize(
    ("fit", "truth"),
    [
        (fit_amdahl, {"single": 120.0, "serial": 0.08}),
        (fit_amdahl, {"single": 5000.0, "serial": 0.9}),
        (fit_usl, {"single": 120.0, "serial": 0.05, "crosstalk": 0.004}),
        (fit_usl, {"single": 900.0, "serial": 0.2, "crosstalk": 0.01}),
    ],
)
def test_known_parameters_lie_within_the_stated_intervals(fit, truth) -> None:
    generator = np.random.default_rng(7)
    inside = dict.fromkeys(truth, 0)
    for _ in range(TRIALS):
        rates = _made(generator, truth["single"], truth["serial"], truth.get("crosstalk", 0.0))
        for name, within in _covered(fit(WORKERS, rates), truth).items():
            inside[name] += within
    # 95 in 100 is stated; of 200 trials fewer than 182 would happen by chance less than once in 100 times.
    assert min(inside.values()) >= 182, inside


def test_the_usl_predicts_where_throughput_is_greatest() -> None:
    generator = np.random.default_rng(3)
    fit = fit_usl(WORKERS, _made(generator, 100.0, 0.05, 0.01))
    assert fit.peak_workers == pytest.approx(np.sqrt(0.95 / 0.01), rel=0.15)
    assert fit.throughput(fit.peak_workers) >= max(fit.throughput(n) for n in (1, 4, 16, 30))


def test_four_worker_counts_are_too_few() -> None:
    with pytest.raises(TooFewPointsError, match="at least 5 worker counts, and there are 4"):
        fit_usl([1, 2, 3, 4] * 5, [1.0, 1.9, 2.7, 3.4] * 5)


def test_the_band_holds_the_true_throughput_as_often_as_it_states() -> None:
    generator = np.random.default_rng(11)
    inside = 0
    truth = 120.0 * 10.0 / (1.0 + 0.05 * 9.0 + 0.004 * 90.0)
    for _ in range(TRIALS):
        band = fit_usl(WORKERS, _made(generator, 120.0, 0.05, 0.004)).predicted(10.0)
        inside += band.low <= truth <= band.high
    assert inside >= 182  # as above


def test_the_curve_runs_over_the_worker_counts_that_were_measured() -> None:
    fit = fit_usl(WORKERS, _made(np.random.default_rng(3), 100.0, 0.05, 0.01))
    assert [workers for workers, _ in fit.curve()] == list(range(1, 17))
    assert all(each.low < each.value < each.high for _, each in fit.curve())
    shown = fit.to_json()
    assert shown["peak_is_measured"] is True
    assert set(shown["curve"][0]) == {"workers", "throughput_per_s", "low", "high"}
