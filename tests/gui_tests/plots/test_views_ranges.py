"""Ranges that step, curves that are thinned, means and bins."""

from __future__ import annotations

import numpy as np
import pytest

from engine.wording import figure_text as figures
from gui.plots.ranges import binned, ceiling, stepped, thinned, tick_step, time_top, trailing_mean


@pytest.mark.parametrize("value", [0.0013, 0.9, 1, 1.01, 7, 99, 101, 3.3e6])
def test_ceiling_is_round_and_not_below(value: float) -> None:
    top = ceiling(value)
    assert value <= top <= value * 1.6
    assert float(f"{top:.2g}") == pytest.approx(top)


def test_a_range_steps_only_when_it_must() -> None:
    assert stepped(95, 100) == 100
    assert stepped(40, 100) == 100
    assert stepped(101, 100) > 101
    assert stepped(10, 100) < 20
    assert stepped(0, 0) == 1.0
    assert ceiling(float("nan")) == 1.0


def test_ticks_are_at_round_numbers_and_not_too_many() -> None:
    for span in (0.3, 1, 2.12, 68, 1000, 5e5):
        for most in (2, 4, 9):
            assert span / tick_step(span, most) <= most * 1.001


def test_the_time_axis_shows_now() -> None:
    assert all(time_top(now) >= now for now in np.linspace(0, 20_000, 997))


def test_a_long_curve_keeps_its_means_or_its_peaks() -> None:
    x = np.arange(100_000.0)
    y = np.sin(x / 900)
    y[50_123] = 5.0
    thin_x, thin_y = thinned(x, y, 1000)
    assert len(thin_x) == len(thin_y) <= 1000
    assert thin_y.max() < 2
    assert thin_y.mean() == pytest.approx(y.mean(), abs=0.01)
    assert np.all(np.diff(thin_x) > 0)
    assert thinned(x, y, 1000, peaks=True)[1].max() == 5.0
    assert thinned(x, y, 200_000)[1] is y


@pytest.mark.parametrize("peaks", [True, False])
def test_gaps_stay_gaps_in_a_long_curve(peaks: bool) -> None:
    x = np.arange(10_007.0)
    y = np.where((x > 3000) & (x < 6000), np.nan, 1.0)
    thin_x, thin_y = thinned(x, y, 300, peaks=peaks)
    inside = (thin_x > 3100) & (thin_x < 5900)
    assert np.isnan(thin_y[inside]).all()
    assert (thin_y[(thin_x < 2900) | (thin_x > 6100)] == 1.0).all()


def test_the_trailing_mean_is_weighted_by_time_and_skips_what_was_not_measured() -> None:
    t = np.array([1.0, 2.0, 4.0])
    assert trailing_mean(t, np.array([10.0, 20.0, 50.0]), 100.0)[-1] == pytest.approx((10 + 20 + 100) / 4)
    assert trailing_mean(t, np.array([10.0, np.nan, 50.0]), 100.0)[-1] == pytest.approx(110 / 3)
    assert trailing_mean(t, np.array([10.0, 20.0, 50.0]), 0.5)[-1] == pytest.approx(50)
    assert np.isnan(trailing_mean(t, np.full(3, np.nan), 1.0)).all()


@pytest.mark.parametrize("samples", [3, 40, 5000])
def test_bins_hold_means_and_end_where_the_samples_end(samples: int) -> None:
    t = np.linspace(0.01, 8.0, samples)
    values = np.stack([np.full(samples, 0.25), np.full(samples, 0.75)], axis=1)
    picture = binned(t, values, 10.0, 100)
    assert picture.shape == (2, 100)
    assert np.allclose(picture[:, :79], [[0.25], [0.75]])
    assert np.isnan(picture[:, 82:]).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (figures.number(1240), "1,240"),
        (figures.number(0.416), "0.42"),
        (figures.number(None), "–"),
        (figures.rate(38_425), "38,400"),
        (figures.number(1.25e6), "1.25 million"),
        (figures.compact(1500), "1.5k"),
        (figures.compact(0), "0"),
        (figures.seconds(0), "0 s"),
        (figures.seconds(12e-6), "12 µs"),
        (figures.seconds(0.35), "350 ms"),
        (figures.seconds(1.25), "1.25 s"),
        (figures.seconds(125), "2 min 05 s"),
        (figures.seconds(float("nan")), "–"),
        (figures.size(38.2e6), "38 MB"),
        (figures.size(None), "–"),
        (figures.percent(0.612), "61 %"),
        (figures.percent(0.001), "<1 %"),
        (figures.percent(0), "0 %"),
        (figures.counted(1, "process", "processes"), "1 process"),
        (figures.counted(9, "thread"), "9 threads"),
    ],
)
def test_figures_are_short_and_have_units(text: str, expected: str) -> None:
    assert text == expected
