"""What watching adds to a 1 ms task, in instructions: the same figure however busy the machine is.

`python -m tests.benchmarks.instructions [MODEL ...]` runs ours and the plain script's side under valgrind's callgrind,
with few and with more tasks, so that what starting costs drops out. Some minutes; needs `valgrind`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile

from engine.workload.steps import count_primes
from tests.benchmarks import harness
from tests.benchmarks.plain_scripts import MAIN
from tests.benchmarks.side_by_side import run_one_side
from tests.benchmarks.throughput import LEAST_RATIO, options_of
from tests.source_tree import ROOT

BELOW = 2286  # about a millisecond
FEW, MORE = 20, 120
COUNTED = re.compile(r"Collected : (\d+)")


def main(keys: list[str]) -> int:
    """Measure the models asked for, all by default; return the exit code."""
    keys = harness.names_of("instructions", __doc__, [*MAIN], keys)
    met = []
    for key in keys or MAIN:
        plain, ours = (_a_task(key, side) for side in ("plain", "ours"))
        title = f"{key}, 1 ms tasks: per instruction"
        met.append(harness.report_ratio(harness.Comparison(title, (plain,), (ours,)), LEAST_RATIO))
    return 0 if all(met) else 1


def _a_task(key: str, side: str) -> float:
    return (_instructions(key, side, MORE) - _instructions(key, side, FEW)) / (MORE - FEW)


def _instructions(key: str, side: str, tasks: int) -> int:
    task = f"from {count_primes.__name__} import run\ndef task(number):\n    run({BELOW})\n"
    steps = [{"kind": "count-primes", "below": BELOW}]
    workers = 1 if key == "sequential" else 2
    request = {
        "model": key,
        "steps": steps,
        "task": task,
        "tasks": tasks,
        "workers": workers,
        "options": options_of(key),
    }
    command = [
        "valgrind",
        "--tool=callgrind",
        "--trace-children=yes",
        "--callgrind-out-file=/dev/null",
        sys.executable,
        "-m",
        "tests.benchmarks.instructions",
    ]
    ended = subprocess.run(
        [*command, "--side", side, json.dumps(request)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    counted = COUNTED.findall(ended.stderr)
    if not counted:
        raise RuntimeError(f"callgrind counted nothing: {ended.stderr[-500:]}")
    return sum(int(each) for each in counted)  # of every process


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        with tempfile.TemporaryDirectory(prefix="gilscope-benchmark-") as folder:
            run_one_side(sys.argv[2], json.loads(sys.argv[3]), folder)
    else:
        sys.exit(main(sys.argv[1:]))
