"""What is said of a loop that records nothing of itself, and of an executor with fewer threads than coroutines."""

from __future__ import annotations

from typing import Any

from engine import models
from engine.insight.figures_of import figures_of
from tests.engine_tests.insight.insight_runs import seen


def result(kind: str, listed: int, **options: Any) -> dict[str, Any]:
    return {
        "status": "finished",
        "elapsed_s": 2.0,
        "tasks": {"done": 500, "failed": 0},
        "experiment": {
            "workload": {"steps": [{"kind": "sleep", "duration_ms": 20.0}], "duration_s": 2.0},
            "model": {"kind": kind, "workers": 40, **options},
        },
        "workers": [{"name": f"worker {number}", "pid": 1, "tid": number, "tasks": 100} for number in range(listed)],
        "ledger_s": {"cpu": 0.5, "io_wait": 0.6 * 2.0 * listed, "loop_wait": 0.4 * 2.0 * listed},
    }


def said(kind: str, listed: int, **options: Any) -> str:
    card = models.load(kind).card
    return " ".join(seen(figures_of(result(kind, listed, **options), card)).sentences)


def test_waiting_for_a_loop_that_is_not_recorded_is_said_to_be_an_estimate() -> None:
    assert "its turn an estimated 40 % of the time" in said("asyncio", 40, loop="uvloop")
    assert "estimated" not in said("asyncio", 40, loop="asyncio")


def test_threads_that_the_executor_does_not_have_are_not_said_to_have_no_task() -> None:
    assert "never had a task" not in said("asyncio-threads", 5, default_executor_workers=5)
    assert "35 of 40" in said("asyncio-threads", 5, default_executor_workers=0)


def test_every_group_has_a_loop_and_so_an_executor_of_its_own() -> None:
    steps = [{"kind": "sleep", "duration_ms": 20.0}]
    data = result("asyncio-threads", 4, default_executor_workers=2)
    groups = [{"name": name, "workers": 8, "steps": steps} for name in ("one", "two")]
    data["experiment"]["workload"] = {"groups": groups, "duration_s": 2.0}
    assert figures_of(data, models.load("asyncio-threads").card).workers == 4
