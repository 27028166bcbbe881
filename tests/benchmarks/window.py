"""What the open window costs: what it takes from a run that it watches live, and its memory after a million phases.

`python -m tests.benchmarks.window [watched] [million]`; exits 1 where a goal is missed. Run it on a display
(`xvfb-run -a`) for figures that mean something.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks import harness

ROOT = Path(__file__).resolve().parents[2]
LEAST_RATIO = 0.95
MOST_WINDOW_MIB = 400
WATCHED_TASKS = 2_000  # of about a millisecond


def main(names: list[str]) -> int:
    """Measure what is named, everything by default; return the exit code."""
    parts = {"watched": _watched, "million": _million}
    met = [parts[name]() for name in names or parts]
    return 0 if all(met) else 1


def _watched() -> bool:
    experiment = _experiment(WATCHED_TASKS, 3_000)
    with _open_window() as run:
        comparison = harness.measure(
            "one worker, watched live over headless: tasks/s",
            lambda: float(run(experiment)["throughput_per_s"]),
            lambda: float(_headless(experiment)["throughput_per_s"]),
            pairs=9,
        )
    return harness.report_ratio(comparison, LEAST_RATIO)


def _million() -> bool:
    with _open_window() as run:
        result = run(_experiment(1_000_000, 2))
    size = psutil.Process().memory_info().rss
    print(f"{result['tasks']['done']:,} tasks, {result['trace']['phases']:,} phases")
    return harness.report_figure("window's memory after a million phases", "MiB", [size / (1 << 20)], MOST_WINDOW_MIB)


def _experiment(tasks: int, below: int) -> dict[str, Any]:
    steps = [{"kind": "count-primes", "below": below}]
    workload = {"tasks": tasks, "seed": 1, "steps": steps}
    return {"format": 1, "title": "Benchmark", "workload": workload, "model": {"kind": "sequential", "workers": 1}}


@contextmanager
def _open_window() -> Iterator[Any]:
    """Give a function that runs an experiment in an open window with the Live page in front, and returns its result."""
    from gui.app import make_application
    from gui.screenshots import wait, wait_until
    from tests.window import open_window

    make_application()
    with tempfile.TemporaryDirectory() as home, open_window(Path(home), engine=True) as workbench:
        wait_until(workbench.actions["run"].isEnabled)

        def run(experiment: dict[str, Any]) -> dict[str, Any]:
            workbench.document.show(experiment, None)
            workbench.runs.run()
            while workbench.session.running:
                wait(100)
            data = workbench.session.data
            assert data is not None
            assert data.result is not None, data.reason
            return data.result

        yield run


def _headless(experiment: dict[str, Any]) -> dict[str, Any]:
    from engine.workload import experiment_file

    with tempfile.TemporaryDirectory() as home:
        path = Path(home, "experiment.toml")
        experiment_file.write(path, experiment)
        command = [sys.executable, "-m", "engine.cli", "run", str(path), "--json", "--no-history"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=_environment(), check=True)
        result: dict[str, Any] = json.loads(done.stdout)
        return result


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
