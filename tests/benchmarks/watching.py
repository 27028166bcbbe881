"""What the conductor itself takes: memory over a million phases, processor time while it watches, time to a first task.

`python -m tests.benchmarks.watching`; exits 1 where a goal is missed.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

import psutil

from engine.wire.client import Conductor
from tests.benchmarks import harness
from tests.conducting import code, experiment, start, until_ended

PHASES = 1_000_000
STEPS = 10
MOST_BYTES = 150e6
MOST_START_S = 0.5
MOST_PERCENT = 15.0  # of a core
STARTS = 9
WATCH_S = 5.0
EMPTY = code("def task(number):\n    pass\n")
SLEEP = {"kind": "sleep", "duration_ms": 10.0}


def main() -> int:
    """Measure, print, and return the exit code."""
    harness.parser_of("watching", __doc__).parse_args()
    with Conductor() as conductor:
        met = [_starts(conductor), _memory(conductor)]
        met += [_watching(conductor, lanes) for lanes in (1, 64, 500)]
    return 0 if all(met) else 1


def _starts(conductor: Conductor) -> bool:
    found = [_run(conductor, experiment([SLEEP], "threads", 4, tasks=8))[0]["startup_s"] for _ in range(STARTS + 1)]
    # The first one waits for the catalogue.
    return harness.report_figure("first task of a run of threads", "s", found[1:], MOST_START_S)


def _memory(conductor: Conductor) -> bool:
    result, facts = _run(conductor, experiment([EMPTY] * STEPS, "sequential", 1, tasks=PHASES // STEPS))
    own = psutil.Process(conductor.pid).memory_info().rss
    host = max(fact["rss_bytes"] for fact in facts if fact["type"] == "tick")
    print(f"{result['trace']['phases']:,} phases in {result['elapsed_s']:.1f} s")
    sizes = {"host": host, "conductor": own}
    met = [harness.report_figure(name, "MB", [size / 1e6], MOST_BYTES / 1e6) for name, size in sizes.items()]
    return all(met)


def _watching(conductor: Conductor, lanes: int) -> bool:
    process = psutil.Process(conductor.pid)
    before = sum(process.cpu_times()[:2])
    result, facts = _run(conductor, experiment([SLEEP], "threads", lanes, duration_s=WATCH_S))
    used_s = sum(process.cpu_times()[:2]) - before
    ticks = [fact["t_s"] for fact in facts if fact["type"] == "tick"]
    longest = max(later - earlier for earlier, later in itertools.pairwise(ticks))
    print(
        f"{lanes} threads, {result['throughput_per_s']:,.0f} tasks/s, start and result included; {len(ticks)} ticks, "
        f"at most {longest:.2f} s apart"
    )
    goal = MOST_PERCENT if lanes == 64 else None
    return harness.report_figure(f"watching {lanes} threads", "% of a core", [100 * used_s / ticks[-1]], goal)


def _run(conductor: Conductor, what: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    start(conductor, what)
    facts = until_ended(conductor)
    return facts[-1]["result"], facts


if __name__ == "__main__":
    sys.exit(main())
