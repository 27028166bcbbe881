"""A run that takes longer than its time limit is ended, and says where its workers stood."""

from __future__ import annotations

from typing import Any

import pytest

from engine.wire.client import Conductor
from tests.conducting import run

HANGS = "import time\ndef task(item):\n    if item == 3:\n        time.sleep(100)\n"
IS_ENDLESS = "while True:\n    pass\ndef task(item):\n    pass\n"


def experiment(model: str, source: str, **workload: Any) -> dict[str, Any]:
    """Return an experiment in its file's shape."""
    steps = [{"kind": "python", "source": source}]
    return {
        "format": 1,
        "title": "Too long",
        "workload": {**workload, "steps": steps},
        "model": {"kind": model, "workers": 2},
    }


@pytest.mark.parametrize("model", ["threads", pytest.param("processes", marks=pytest.mark.matrix), "asyncio"])
def test_a_run_past_its_limit_is_ended_and_says_where_its_workers_stood(model: str) -> None:
    with Conductor() as conductor:
        result = run(conductor, experiment(model, HANGS, tasks=20, time_limit_s=3.0))
    assert result["status"] == "failed"
    assert result["reason"].startswith("its tasks took longer than its time limit of 3 s; ")
    assert "at line 4 of step 1, in task" in result["reason"]
    assert any("line 4 of step 1, in task" in note for note in result["notes"])
    assert result["tasks"]["done"] >= 3
    assert result["experiment"]["workload"]["time_limit_s"] == 3.0


@pytest.mark.parametrize("kind", ["sleep", pytest.param("http-get", marks=pytest.mark.matrix)])
def test_of_our_own_steps_it_says_in_which_the_workers_stood(kind: str) -> None:
    """Not `threading.py`, where every thread begins, and not the socket's module."""
    sought = experiment("threads", "", until_stopped=True, time_limit_s=2.0)
    sought["workload"]["steps"] = [{"kind": kind, "duration_ms" if kind == "sleep" else "delay_ms": 400.0}]
    with Conductor() as conductor:
        result = run(conductor, sought)
    assert f" at {kind.replace('-', '_')}.py:" in result["reason"]
    assert "threading.py" not in result["reason"]


def test_a_start_that_takes_too_long_is_ended_too() -> None:
    with Conductor() as conductor:
        result = run(conductor, experiment("threads", IS_ENDLESS, tasks=5, time_limit_s=1.0))
    assert result["status"] == "failed"
    assert result["reason"].startswith("its start took longer than its time limit of 1 s")


def test_a_run_within_its_limit_says_nothing_of_it() -> None:
    with Conductor() as conductor:
        result = run(conductor, experiment("threads", "def task(item):\n    pass\n", tasks=5, time_limit_s=50.0))
    assert result["status"] == "finished"
    assert result["notes"] == []
