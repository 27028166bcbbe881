"""What watching costs a run: each model against the plain script that does the same work.

`python -m tests.benchmarks.throughput [MODEL ...]`; exits 1 where a goal is missed. Models that stay in one process are
measured beside the script in one process, in processor time, which a busy machine does not change; the others by the
clock.
"""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Sequence
from typing import Any

from engine import models
from engine.workload.steps import count_primes
from tests.benchmarks import harness
from tests.benchmarks.host_run import run_in_host
from tests.benchmarks.plain_scripts import MAIN, run_script
from tests.benchmarks.side_by_side import PAIRS_EACH, measure_side_by_side

WORKERS = 2
PAIRS = 21
EMPTY_PAIRS = 15 * PAIRS_EACH
ONE_PROCESS = ("sequential", "threads", "thread-pool", "asyncio")
START_METHOD = "fork" if sys.platform == "linux" else "spawn"
BUSY_TASKS = 1_000  # of a millisecond
PROCESS_TASKS = 3_000  # so that the start of the processes, which is both sides' own, does not decide it
EMPTY_TASKS = 50_000
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
    steps = [{"kind": "count-primes", "below": below}]
    if key in ONE_PROCESS:
        # Both call the very same function: two copies of one differ by some per cent, by where they lie in memory.
        imported = f"from {count_primes.__name__} import run\ndef task(number):\n    run({below})\n"
        return _in_one_process(key, steps, imported)
    task = f"{inspect.getsource(count_primes.run)}\ndef task(number):\n    run({below})\n"
    workload = {"tasks": PROCESS_TASKS, "steps": steps}
    comparison = harness.measure(
        f"{key}, 1 ms tasks: tasks/s",
        lambda: PROCESS_TASKS / run_in_host(workload, _model(key)),
        lambda: PROCESS_TASKS / run_script(key, task, PROCESS_TASKS, WORKERS, START_METHOD),
        PAIRS,
    )
    return harness.report_ratio(comparison, LEAST_RATIO)


def _in_one_process(key: str, steps: list[dict[str, Any]], task: str) -> bool:
    workers = min(WORKERS, models.load(key).card.max_workers)
    pairs = measure_side_by_side(key, steps, task, tasks=BUSY_TASKS // 2, workers=workers, pairs=PAIRS)
    clock = harness.Comparison(f"{key}, 1 ms tasks: by the clock", *_rates(pairs, ours=0, plain=2))
    cpu = harness.Comparison(f"{key}, 1 ms tasks: tasks/CPU s", *_rates(pairs, ours=1, plain=3))
    harness.report_ratio(clock)
    return harness.report_ratio(cpu, LEAST_RATIO)


def _rates(pairs: Sequence[tuple[float, ...]], ours: int, plain: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(1 / pair[ours] for pair in pairs), tuple(1 / pair[plain] for pair in pairs)


def _empty(steps: int) -> bool:
    """Measure what a phase of nothing costs over a call of the same function: the least of each process's rounds.

    The least, because a disturbance can only add, and it adds more to the longer of two sides.
    """
    tasks = EMPTY_TASKS // steps
    task = "def step(number):\n    pass\ndef task(number):\n" + "    step(number)\n" * steps
    given = [{"kind": "python", "source": EMPTY_TASK}] * steps
    pairs = measure_side_by_side("sequential", given, task, tasks=tasks, workers=1, pairs=EMPTY_PAIRS)
    rounds = [pairs[first : first + PAIRS_EACH] for first in range(0, len(pairs), PAIRS_EACH)]
    ours, plain = (tuple(min(pair[place] for pair in each) / EMPTY_TASKS for each in rounds) for place in (1, 3))
    title = f"sequential, {steps} empty step{'s' * (steps > 1)}: added a phase"
    return harness.report_difference(harness.Comparison(title, ours, plain), "us", 1e6, MOST_ADDED_US)


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
