"""What a step of the user's own code costs alone: measured on request, bounded, and only with permission."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.conductor.measurements.step_cost import BUDGET_S, LIMIT_S
from engine.wire.client import Conductor
from tests.conducting import ask, code, experiment, send, start, until_ended

COMPUTES = "def task(number):\n    return sum(range(20_000))\n"
SLEEPS = "import time\n\n\ndef task(number):\n    time.sleep(0.02)\n    return bytes(2000)\n"
AWAITS = "import asyncio\n\n\nasync def task(number):\n    await asyncio.sleep(0.02)\n"
AROUND = """
def prepare():
    return [3]

def setup(shared):
    return {"factor": shared[0]}

def argument(number):
    return "x" * 1000

def task(text, state):
    return text * state["factor"]

def teardown(state):
    state.clear()
"""


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    """One conductor for all tests here."""
    with Conductor() as conductor:
        ask(conductor, "step_cost", "step_cost", experiment=experiment([code(COMPUTES)]), trust=True)
        yield conductor


def cost_of(conductor: Conductor, source: str, **more: Any) -> dict[str, Any]:
    """Return what is said of a source, measured alone."""
    what = experiment([code(source)], "sequential", 1)
    fact = ask(conductor, "step_cost", "step_cost", experiment=what, token="t", **{"trust": True, **more})
    assert fact["token"] == "t"
    cost: dict[str, Any] = fact["cost"]
    return cost


def test_computing_and_waiting_are_told_apart(conductor: Conductor) -> None:
    computes, sleeps, awaits = (cost_of(conductor, source) for source in (COMPUTES, SLEEPS, AWAITS))
    assert not any(each["reason"] for each in (computes, sleeps, awaits))
    assert computes["computing"] > 3 * max(sleeps["computing"], awaits["computing"])
    assert min(sleeps["task_s"], awaits["task_s"]) >= 0.02
    assert computes["calls"] > sleeps["calls"] > 1
    assert sleeps["result_bytes"] > 2000 > computes["result_bytes"] > 0


def test_functions_around_the_task_are_called_as_in_a_run(conductor: Conductor) -> None:
    cost = cost_of(conductor, AROUND)
    assert not cost["reason"]
    assert 3000 < cost["result_bytes"] < 3100


def test_a_result_that_cannot_be_pickled_is_named(conductor: Conductor) -> None:
    cost = cost_of(conductor, "def task(number):\n    return lambda: number\n")
    assert cost["result_bytes"] is None
    assert cost["unpicklable"]
    assert cost["task_s"] > 0


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def task(number):\n    return 1 / 0\n", "ZeroDivisionError"),
        ("def task(number):\n    raise SystemExit(3)\n", "SystemExit"),
        ("def prepare():\n    return 1 / 0\n\ndef task(number):\n    pass\n", "prepare() failed: ZeroDivisionError"),
        ("import gone_away\n\ndef task(number):\n    pass\n", "gone_away"),
        ("def tusk(number):\n    pass\n", "task"),
        ("import os\n\ndef task(number):\n    os._exit(7)\n", "7"),
    ],
)
def test_bad_code_says_its_error(conductor: Conductor, source: str, words: str) -> None:
    cost = cost_of(conductor, source)
    assert words in cost["reason"]
    assert cost["task_s"] is None
    if "ZeroDivision" in words:
        assert 'steps[0]>", line 2' in cost["error"]["traceback"]


def test_it_runs_only_when_it_is_trusted(conductor: Conductor) -> None:
    assert "trusted" in cost_of(conductor, COMPUTES, trust=False)["reason"]


@pytest.mark.matrix  # it takes as long as a measurement may
def test_a_task_without_end_is_ended(conductor: Conductor) -> None:
    cost = cost_of(conductor, "def task(number):\n    while True:\n        pass\n")
    assert f"longer than {LIMIT_S:g} s" in cost["reason"]
    assert BUDGET_S < LIMIT_S


def test_a_gil_that_cannot_be_turned_off_is_refused_as_for_a_run(conductor: Conductor) -> None:
    what = experiment([code(COMPUTES)], "sequential", 1)
    what["model"]["gil"] = False
    fact = ask(conductor, "step_cost", "step_cost", experiment=what, token="t", trust=True)
    assert fact["cost"]["reason"].startswith("model.gil: ")


def test_nothing_is_measured_while_a_run_is_on(conductor: Conductor) -> None:
    run_id = start(conductor, experiment([{"kind": "sleep"}], until_stopped=True))
    assert "a run is on" in cost_of(conductor, COMPUTES)["reason"]
    send(conductor, "stop", run_id=run_id)
    until_ended(conductor)
    assert not cost_of(conductor, COMPUTES)["reason"]
