"""Intervals hold the truth as often as they say, and what is the same is not called different."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.intervals import difference_p, median_interval, ratio_interval


def test_the_interval_of_a_median_holds_the_truth() -> None:
    generator = np.random.default_rng(11)
    held = 0
    for _ in range(100):
        interval = median_interval(generator.normal(100.0, 5.0, 15))
        held += interval.low <= 100.0 <= interval.high
    assert held >= 88


def test_the_interval_of_a_ratio_holds_the_truth() -> None:
    generator = np.random.default_rng(12)
    held = 0
    for _ in range(100):
        interval = ratio_interval(generator.normal(200.0, 8.0, 12), generator.normal(100.0, 4.0, 12))
        held += interval.low <= 2.0 <= interval.high
    assert held >= 88


def test_two_sets_of_the_same_are_seldom_called_different() -> None:
    generator = np.random.default_rng(13)
    wrong = sum(
        difference_p(generator.lognormal(3.0, 0.05, 5), generator.lognormal(3.0, 0.05, 5)) < 0.01 for _ in range(400)
    )
    assert wrong <= 20


def test_three_measurements_are_enough_for_a_great_difference() -> None:
    assert difference_p([10.0, 10.2, 9.9], [20.1, 19.8, 20.4]) < 0.01


def test_one_measurement_has_no_interval_and_shows_no_difference() -> None:
    interval = median_interval([5.0])
    assert (interval.median, interval.low, interval.high) == (5.0, None, None)
    assert difference_p([5.0], [50.0, 51.0]) == 1.0


def test_no_measurement_is_an_error() -> None:
    with pytest.raises(ValueError, match="no measurements"):
        median_interval([])
