"""What watching costs a run: each model against the plain script that does the same work.

`python -m tests.benchmarks.throughput [MODEL ...]`; exits 1 where a goal is missed.
"""

from __future__ import annotations

import inspect
import sys
import time
from typing import Any

from engine import models
from engine.workload.steps import count_primes
from tests.benchmarks import harness
from tests.benchmarks.host_run import run_in_host
from tests.benchmarks.plain_scripts import MAIN, run_script

WORKERS = 2
START_METHOD = "fork" if sys.platform == "linux" else "spawn"
BUSY_TASKS = 1_000  # of a millisecond
EMPTY_TASKS = 200_000
EMPTY_STEPS = 10
EMPTY_TASK = "def task(number):\n    pass\n"
LEAST_RATIO = 0.98
MOST_ADDED_US = 1.0


def main(keys: list[str]) -> int:
    """Measure the models asked for, all by default; return the exit code."""
    below = _below_for_a_millisecond()
    print(f"count-primes below {below} takes about 1 ms here; {WORKERS} workers, {BUSY_TASKS} tasks a run")
    met = [_busy(key, below) for key in keys or MAIN]
    met += [_empty(1), _empty(EMPTY_STEPS)]
    return 0 if all(met) else 1


def _busy(key: str, below: int) -> bool:
    source = inspect.getsource(count_primes.run)
    task = f"{source}\ndef task(number):\n    run({below})\n"
    workload = {"tasks": BUSY_TASKS, "steps": [{"kind": "count-primes", "below": below}]}
    comparison = harness.measure(
        f"{key}, 1 ms tasks: tasks/s",
        lambda: BUSY_TASKS / run_in_host(workload, _model(key)),
        lambda: BUSY_TASKS / run_script(key, task, BUSY_TASKS, WORKERS, START_METHOD),
    )
    return harness.report_ratio(comparison, LEAST_RATIO)


def _empty(steps: int) -> bool:
    """Measure what a phase of nothing costs over a call of the same function."""
    tasks = EMPTY_TASKS // steps
    workload = {"tasks": tasks, "steps": [{"kind": "python", "source": EMPTY_TASK}] * steps}
    comparison = harness.measure(
        f"sequential, {steps} empty step{'s' * (steps > 1)}: added a phase",
        lambda: run_in_host(workload, {"kind": "sequential", "workers": 1}) / EMPTY_TASKS,
        lambda: run_script("sequential", EMPTY_TASK, EMPTY_TASKS, 1, START_METHOD) / EMPTY_TASKS,
    )
    return harness.report_difference(comparison, "us", 1e6, MOST_ADDED_US)


def _model(key: str) -> dict[str, Any]:
    options = {"start_method": START_METHOD}
    taken = {parameter.name for parameter in models.load(key).card.parameters}
    workers = min(WORKERS, models.load(key).card.max_workers)
    return {"kind": key, "workers": workers, **{name: value for name, value in options.items() if name in taken}}


def _below_for_a_millisecond() -> int:
    below = 500
    while _seconds(below) < 0.001:
        below = below * 11 // 10
    return below


def _seconds(below: int) -> float:
    best = 1.0
    for _ in range(20):
        started = time.perf_counter()
        count_primes.run(below)
        best = min(best, time.perf_counter() - started)
    return best


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
