"""What the conductor itself takes: memory over a million phases, processor time while it watches, time to a first task.

`python -m tests.benchmarks.watching`; exits 1 where a goal is missed.
"""

from __future__ import annotations

import itertools
import statistics
import sys
from typing import Any

import psutil

from engine.wire.client import Conductor
from tests.conducting import code, experiment, start, until_ended

PHASES = 1_000_000
STEPS = 10
MOST_BYTES = 150e6
MOST_START_S = 0.5
STARTS = 9
WATCH_S = 5.0
EMPTY = code("def task(number):\n    pass\n")
SLEEP = {"kind": "sleep", "duration_ms": 10.0}


def main() -> int:
    """Measure, print, and return the exit code."""
    with Conductor() as conductor:
        met = [_starts(conductor), _memory(conductor)]
        for lanes in (1, 64, 500):
            _watching(conductor, lanes)
    return 0 if all(met) else 1


def _starts(conductor: Conductor) -> bool:
    found = [_run(conductor, experiment([SLEEP], "threads", 4, tasks=8))[0]["startup_s"] for _ in range(STARTS + 1)]
    typical = statistics.median(found[1:])  # the first one waits for the catalogue
    print(f"first task of a run of threads: {typical:.2f} s (median of {STARTS}; at most {MOST_START_S})")
    return bool(typical <= MOST_START_S)


def _memory(conductor: Conductor) -> bool:
    result, facts = _run(conductor, experiment([EMPTY] * STEPS, "sequential", 1, tasks=PHASES // STEPS))
    own = psutil.Process(conductor.pid).memory_info().rss
    host = max(fact["rss_bytes"] for fact in facts if fact["type"] == "tick")
    print(
        f"{result['trace']['phases']:,} phases in {result['elapsed_s']:.1f} s: host {host / 1e6:.0f} MB, "
        f"conductor {own / 1e6:.0f} MB (at most {MOST_BYTES / 1e6:.0f} each)"
    )
    return max(own, host) <= MOST_BYTES


def _watching(conductor: Conductor, lanes: int) -> None:
    process = psutil.Process(conductor.pid)
    before = sum(process.cpu_times()[:2])
    result, facts = _run(conductor, experiment([SLEEP], "threads", lanes, duration_s=WATCH_S))
    used_s = sum(process.cpu_times()[:2]) - before
    ticks = [fact["t_s"] for fact in facts if fact["type"] == "tick"]
    longest = max(later - earlier for earlier, later in itertools.pairwise(ticks))
    print(
        f"{lanes} threads, {result['throughput_per_s']:,.0f} tasks/s: {used_s / ticks[-1]:.1%} of a core, start and "
        f"result included; {len(ticks)} ticks, at most {longest:.2f} s apart"
    )


def _run(conductor: Conductor, what: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    start(conductor, what)
    facts = until_ended(conductor)
    return facts[-1]["result"], facts


if __name__ == "__main__":
    sys.exit(main())
