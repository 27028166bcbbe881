"""Relations, figures and verdicts: what a claim says is computed, and nothing else can be."""

from __future__ import annotations

from typing import Any

import pytest

from engine.interpreters.free_threaded import VERSION
from engine.lessons.figures import figure_of
from engine.lessons.judging import FAILS, HOLDS, NOT_HERE, judge
from engine.lessons.lesson import Claim
from engine.lessons.python_choice import PythonNeed, choose_python
from engine.lessons.relation import Relation, RelationError
from engine.wire.interpreter import Interpreter


def _result(**changes: Any) -> dict[str, Any]:
    result = {
        "status": "finished",
        "throughput_per_s": 100.0,
        "elapsed_s": 2.0,
        "latency_s": {"mean": 0.03, "p99": 0.1},
        "ledger_s": {"cpu": 1.0, "gil_wait": 3.0, "io_wait": None},
        "counters": {"workload.steps[0]": {"updates_made": 8, "updates_lost": 3}},
        "notes": [],
        "load_other": 0.0,
    }
    return {**result, **changes}


def _claim(relation: str, least_cores: int = 1) -> Claim:
    return Claim("So it is.", "https://docs.python.org/3/", relation, least_cores=least_cores)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("throughput_per_s", 100.0),
        ("latency_s.p99", 0.1),
        ("share.gil_wait", 0.75),
        ("cores_used", 0.5),
        ("at_once", 3.0),
        ("updates_lost", 3.0),
        ("ledger_s.io_wait", None),
        ("share.io_wait", None),
        ("processes.peak", None),
    ],
)
def test_figures(name: str, value: float | None) -> None:
    assert figure_of(_result(), name) == (value if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("relation", "verdict"),
    [
        ("two.throughput_per_s > 1.5 * one.throughput_per_s", HOLDS),
        ("1 < two.throughput_per_s / one.throughput_per_s < 2.1 and cores == 4", HOLDS),
        ("max(one.throughput_per_s, two.throughput_per_s) < -(-150)", FAILS),
        ("two.processes.peak == 1", NOT_HERE),
        ("gone.throughput_per_s > 1", NOT_HERE),
    ],
)
def test_verdicts(relation: str, verdict: str) -> None:
    results = {"one": [_result()], "two": [_result(throughput_per_s=200.0)], "gone": []}
    assert judge(_claim(relation), results, {"gone": "there is none"}, 4).verdict == verdict


def test_the_median_decides() -> None:
    results = {"one": [_result(throughput_per_s=rate) for rate in (1.0, 100.0, 110.0)]}
    found = judge(_claim("one.throughput_per_s > 90"), results, {}, 2)
    assert found.verdict == HOLDS
    assert found.figures == {"one.throughput_per_s": 100.0}


def test_a_failed_run_fails_its_claims() -> None:
    found = judge(_claim("one.tasks.done > 1"), {"one": [{"status": "failed", "reason": "disk full"}]}, {}, 2)
    assert (found.verdict, found.reason) == (FAILS, "the run of one failed: disk full")


def test_what_needs_more_cores_than_there_are_cannot_be_shown() -> None:
    few = judge(_claim("one.throughput_per_s > 1", least_cores=4), {"one": [_result()]}, {}, 2)
    assert (few.verdict, few.reason) == (NOT_HERE, "needs 4 cores, and this machine has 2")
    taken = judge(_claim("one.throughput_per_s > 200", least_cores=2), {"one": [_result(load_other=0.6)]}, {}, 2)
    assert (taken.verdict, taken.reason) == (NOT_HERE, "needs 2 cores, and other programs left 0.8 of 2")
    free = judge(_claim("one.throughput_per_s > 200", least_cores=2), {"one": [_result(load_other=0.1)]}, {}, 2)
    assert free.verdict == FAILS


@pytest.mark.parametrize(
    "text", ["__import__('os')", "one[0] > 1", "one.x if 1 else 2", "lambda: 1", "'a' > 1", "1 +", "one", "True"]
)
def test_a_relation_cannot_do_anything_else(text: str) -> None:
    with pytest.raises(RelationError):
        Relation(text)


def _python(version: tuple[int, int], *, free: bool = False, source: str = "pyenv") -> Interpreter:
    path = f"/python{version[0]}.{version[1]}{'t' if free else ''}"
    return Interpreter(path, version_info=(*version, 1), implementation="CPython", free_threaded=free, source=source)


PYTHONS = [_python((3, 11), source="app"), _python((3, 12)), _python((3, 14)), _python((3, 13), free=True)]


@pytest.mark.parametrize(
    ("need", "path"),
    [
        ("any", None),
        ("gil", None),
        ("3.11+", None),
        ("gil 3.12+", "/python3.14"),
        ("3.13+", "/python3.14"),
        ("free-threaded", "/python3.13t"),
        ("free-threaded 3.13+", "/python3.13t"),
    ],
)
def test_the_apps_own_python_if_it_fits_else_the_newest(need: str, path: str | None) -> None:
    assert choose_python(need, PYTHONS).interpreter == path
    assert not choose_python(need, PYTHONS).missing


@pytest.mark.parametrize(
    ("need", "version"),
    [("gil", VERSION), ("free-threaded 3.13+", f"{VERSION}t"), ("3.99+", "3.99"), ("free-threaded 3.99+", "3.99t")],
)
def test_what_is_to_be_installed_is_as_new_as_is_needed(need: str, version: str) -> None:
    assert PythonNeed.of(need).how_to_get.startswith(f"uv python install {version}, ")


def test_a_python_that_is_not_here_is_said_so() -> None:
    choice = choose_python("free-threaded 3.14+", PYTHONS)
    assert choice.missing == "needs Python 3.14 or newer without the GIL, and none was found on this machine"
    assert choose_python("any", []).missing == ""
