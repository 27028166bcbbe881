"""The benchmarks' own arithmetic: what they call a difference is one."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from tests.benchmarks import harness
from tests.benchmarks.__main__ import NAMES, has_changed
from tests.source_tree import ROOT


def test_sides_take_turns_in_going_first() -> None:
    order: list[str] = []

    def side(name: str, figure: float) -> float:
        order.append(name)
        return figure

    comparison = harness.measure("turns", lambda: side("ours", 2.0), lambda: side("plain", 1.0), pairs=3)
    assert order[2:] == ["ours", "plain", "plain", "ours", "ours", "plain"]
    assert comparison.ratios == [2.0] * 3
    assert comparison.differences == [1.0] * 3


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    source = random.Random(7)
    held = 0
    for _ in range(2_000):
        low, high = harness.interval([source.lognormvariate(0.0, 1.0) for _ in range(11)])
        held += low <= 1.0 <= high
    assert held >= 0.95 * 2_000 * 0.99


def test_the_interval_narrows_with_more_pairs() -> None:
    source = random.Random(7)
    few, many = ([source.gauss(1.0, 0.1) for _ in range(count)] for count in (11, 101))
    widths = [high - low for low, high in (harness.interval(few), harness.interval(many))]
    assert widths[1] < widths[0]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_values_give_their_extremes(count: int) -> None:
    values = [float(number) for number in range(count)]
    assert harness.interval(values) == (0.0, count - 1.0)
    assert values[0] <= median(values) <= values[-1]


def test_a_goal_is_met_or_missed(capsys: pytest.CaptureFixture[str]) -> None:
    comparison = harness.Comparison("x", (0.97, 0.99, 0.99), (1.0, 1.0, 1.0))
    assert harness.report_ratio(comparison, 0.98)
    assert not harness.report_ratio(comparison, 0.995)
    assert not harness.report_difference(comparison, "us", -1e6, 1.0)
    assert capsys.readouterr().out.count("MISSED") == 2


def test_a_figure_has_changed_where_its_interval_and_its_median_have() -> None:
    def figure(median: float, low: float, high: float) -> dict[str, float]:
        return {"median": median, "low": low, "high": high}

    then = figure(1.0, 0.95, 1.05)
    assert not has_changed(then, figure(1.2, 1.04, 1.4))  # the intervals meet
    assert not has_changed(then, figure(1.09, 1.08, 1.1))  # less than a tenth
    assert has_changed(then, figure(1.2, 1.1, 1.3))
    assert has_changed(then, figure(0.8, 0.7, 0.9))


def test_figures_that_are_printed_are_kept_for_the_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "figures"
    monkeypatch.setenv(harness.FIGURES_FILE, str(told))
    harness.report_figure("a thing", "s", [3.0, 1.0, 2.0], goal=1.5)
    assert json.loads(told.read_text(encoding="utf-8")) == {
        "title": "a thing", "unit": "s", "median": 2.0, "low": 1.0, "high": 3.0, "n": 3, "met": False
    }  # fmt: skip


@pytest.mark.matrix
@pytest.mark.parametrize("name", ["__main__", *NAMES])
def test_every_benchmark_has_help_and_wants_no_arguments(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{name}", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")
    usage = re.sub(r"\[[^\[\]]*\]", "", re.sub(r"\[[^\[\]]*\]", "", done.stdout.partition("\n\n")[0]))
    assert usage.split()[:3] == ["usage:", "python", "-m"]
    assert len(usage.split()) == 4  # nothing that is not in brackets


@pytest.mark.parametrize("side", ["ours", "plain"])
@pytest.mark.parametrize("model", ["sequential", "asyncio"])
def test_both_sides_of_a_benchmark_run(side: str, model: str) -> None:
    task = "def task(number):\n    pass\n" if model == "sequential" else "async def task(number):\n    pass\n"
    request = {
        "model": model,
        "steps": [{"kind": "count-primes", "below": 10}],
        "task": task,
        "tasks": 3,
        "workers": 1,
        "options": {},
    }
    command = [sys.executable, "-m", "tests.benchmarks.instructions", "--side", side, json.dumps(request)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
