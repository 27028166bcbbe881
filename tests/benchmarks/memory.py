"""The memory of a run's host while a million empty tasks go through it: `python -m tests.benchmarks.memory`, by hand.

For each model its host's peak, and that of all its processes together, sampled from outside. What a model takes on
ahead of its workers, or keeps of what is done, would show here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import psutil

from engine import models
from tests.benchmarks import harness
from tests.engine_tests.host_runs import default_options, started

TASKS = 1_000_000
PHASES_LIMIT = 2_000_000
HOST_GOAL_MB = 150.0
SAMPLE_S = 0.05
LIMIT_S = 3600.0
EMPTY = {"kind": "payload", "size_kib": 0}
MEGABYTE = {"kind": "payload", "size_kib": 1024}


def measure(model: str, tasks: int, step: Mapping[str, Any], workers: int) -> tuple[float, float, float]:
    """Run to the end; return the host's peak and that of all its processes in MB, and the tasks a second."""
    options = default_options(models.discover()[model])
    begun = time.perf_counter()
    with started([step], model, workers, options=options, phases_limit=PHASES_LIMIT, tasks=tasks) as host:
        process = psutil.Process(host.pid)
        host_mb = all_mb = 0.0
        while process.status() != psutil.STATUS_ZOMBIE:
            own, rest = _rss_mb(process), sum(_rss_mb(each) for each in process.children(recursive=True))
            host_mb, all_mb = max(host_mb, own), max(all_mb, own + rest)
            time.sleep(SAMPLE_S)
            if time.perf_counter() - begun > LIMIT_S:
                raise TimeoutError(f"{model} took longer than {LIMIT_S:g} s")
        elapsed_s = time.perf_counter() - begun
        run = host.wait().finished()
    assert run.tasks_done == tasks
    return host_mb, all_mb, tasks / elapsed_s


def _rss_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 1e6
    except psutil.Error:
        return 0.0  # it has just ended


def main(arguments: list[str]) -> int:
    """Print a line for each model; return 1 if a host took more than the goal."""
    parser = harness.parser_of("memory", __doc__)
    parser.add_argument("models", nargs="*", default=["threads", "process-pool"], help="models' keys")
    parser.add_argument("--tasks", type=int, default=TASKS)
    parser.add_argument("--workers", type=int, default=4)
    given = parser.parse_args(arguments)
    met = True
    for model in given.models:
        host_mb, all_mb, rate = measure(model, given.tasks, EMPTY, given.workers)
        good = host_mb < HOST_GOAL_MB
        met = met and good
        harness.keep_figure(f"{model}: host, {given.tasks:,} empty tasks", "MB", [host_mb], met=good)
        print(
            f"{model:<20} {given.tasks} empty tasks: host {host_mb:.0f} MB, all processes {all_mb:.0f} MB  "
            f"({rate:.0f}/s)  goal < {HOST_GOAL_MB:g}: {'met' if good else 'MISSED'}",
            flush=True,
        )
        host_mb, all_mb, rate = measure(model, 500, MEGABYTE, given.workers)
        print(f"{model:<20} 500 tasks of 1 MiB: host {host_mb:.0f} MB, all processes {all_mb:.0f} MB", flush=True)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
