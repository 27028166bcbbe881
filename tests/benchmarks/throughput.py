"""The overhead of a run: each model against the plain script that does the same work.

`python -m tests.benchmarks.throughput [MODEL ...]`; exits 1 where a goal is missed. Both sides run in turn from one
process (see `side_by_side`). For Linux: the processes of both are forked.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from engine import models
from engine.workload.steps import count_primes
from tests.benchmarks import harness
from tests.benchmarks.plain_scripts import MAIN
from tests.benchmarks.side_by_side import PAIRS_EACH, measure_side_by_side

WORKERS = 2
PAIRS = 21
EMPTY_PAIRS = 15 * PAIRS_EACH
START_METHOD = "fork"
BUSY_TASKS = 1_000  # of a millisecond
PROCESS_TASKS = 1_500
EMPTY_TASKS = 50_000
EMPTY_STEPS = 10
EMPTY_TASK = "def task(number):\n    pass\n"
LEAST_RATIO = 0.98
MOST_ADDED_US = 1.0


def main(keys: list[str]) -> int:
    """Measure the models asked for, all by default; return the exit code."""
    keys = harness.names_of("throughput", __doc__, [*MAIN], keys)
    below = below_for_a_millisecond()
    print(f"count-primes below {below} takes about 1 ms here; {WORKERS} workers, {BUSY_TASKS} tasks a run")
    met = [_busy(key, below) for key in keys or MAIN]
    met += [_empty(1), _empty(EMPTY_STEPS)]
    return 0 if all(met) else 1


def _busy(key: str, below: int) -> bool:
    # Both call the very same function: two copies of one differ by some per cent, by where they lie in memory.
    task = f"from {count_primes.__name__} import run\ndef task(number):\n    run({below})\n"
    card, options = models.load(key).card, options_of(key)
    steps = [{"kind": "count-primes", "below": below}]
    workers = min(WORKERS, card.max_workers)
    # The start of processes is both sides' own, and should not decide.
    tasks = PROCESS_TASKS if options else BUSY_TASKS
    pairs = measure_side_by_side(key, steps, task, tasks=tasks, workers=workers, pairs=PAIRS, options=options)
    clock = harness.Comparison(f"{key}, 1 ms tasks: by the clock", *_rates(pairs, ours=0, plain=2))
    cpu = harness.Comparison(f"{key}, 1 ms tasks: tasks/CPU s", *_rates(pairs, ours=1, plain=3))
    # What stays on one core is judged by what other programs do not change.
    return all([harness.report_ratio(clock, LEAST_RATIO if options else None), harness.report_ratio(cpu, LEAST_RATIO)])


def options_of(key: str) -> dict[str, str]:
    """Return the values of a model's parameters that both sides take."""
    named = {each.name for each in models.load(key).card.parameters}
    return {"start_method": START_METHOD} if "start_method" in named else {}


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


def below_for_a_millisecond() -> int:
    """Return below which number counting primes takes about a millisecond here."""
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
