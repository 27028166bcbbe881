"""What each tool costs the program that it looks at: VizTracer, Scalene, cProfile, py-spy, and us.

`python -m tests.benchmarks.beside_others [--rounds N]` runs one script, two threads of tasks of about a millisecond,
alone and under each tool in turn, and prints the ratio of tasks a second of the script's own processor time to those
alone in the same round. Ours are `gilscope watch` of the script, and `gilscope run` of the same tasks, recorded. The
tools are installed into a virtual environment that is removed afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks import harness
from tests.benchmarks.throughput import below_for_a_millisecond
from tests.source_tree import ROOT

TOOLS: Final = ("viztracer", "scalene", "py-spy")
ROUNDS: Final = 41
TASKS: Final = 400  # on each of two threads
LEAST_RATIO: Final = 0.99
LIMIT_S: Final = 120.0
SCRIPT: Final = """
import json, resource, sys, threading, time
sys.path.insert(0, sys.argv[1])
from engine.workload.steps.count_primes import run

def work(count):
    for _ in range(count):
        run({below})

def cpu_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

if __name__ == "__main__":
    run({below})
    before = cpu_s()
    threads = [threading.Thread(target=work, args=({tasks},)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open(sys.argv[2], "w") as file:
        json.dump(2 * {tasks} / (cpu_s() - before), file)
"""
EXPERIMENT: Final = """format = 1
[workload]
tasks = {tasks}
[[workload.steps]]
kind = "python"
source = '''
import itertools, json, resource
from engine.workload.steps.count_primes import run
run({below})
done, begun = itertools.count(1), []
def cpu_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
def task(item):
    if not begun:
        begun.append(cpu_s())
    run({below})
    if next(done) == {tasks}:
        with open({told!r}, "w") as file:
            json.dump({tasks} / (cpu_s() - begun[0]), file)
'''
[model]
kind = "threads"
workers = 2
"""
OURS: Final = ("gilscope watch", "gilscope run")


def main(arguments: list[str]) -> int:
    """Measure, print, and return the exit code."""
    parser = harness.parser_of("beside_others", __doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    rounds: int = parser.parse_args(arguments).rounds
    with tempfile.TemporaryDirectory(prefix="gilscope-benchmark-") as folder:
        place = Path(folder)
        python = _environment_with_tools(place / "tools")
        script, told = place / "script.py", place / "told.json"
        below = below_for_a_millisecond()
        script.write_text(SCRIPT.format(below=below, tasks=TASKS), encoding="utf-8")
        same = EXPERIMENT.format(below=below, tasks=2 * TASKS, told=str(told))
        (place / "same.toml").write_text(same, encoding="utf-8")
        commands = _commands(python, [str(script), str(ROOT), str(told)])
        rates: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(-1, rounds):
            turn = [*commands]
            first = number % len(turn)
            for name in turn[first:] + turn[:first]:
                rate = _rate(commands[name], place, told)
                if number >= 0:  # the first of each warms up
                    rates[name].append(rate)
    plain = tuple(rates.pop("alone"))
    met = [
        harness.report_ratio(
            harness.Comparison(f"under {name}: tasks/CPU s", tuple(found), plain),
            LEAST_RATIO if name in OURS else None,
        )
        for name, found in rates.items()
    ]
    return 0 if all(met) else 1


def _environment_with_tools(folder: Path) -> Path:
    """Make a virtual environment with the tools; return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *TOOLS], check=True, stdout=sys.stderr)
    return python


def _commands(python: Path, script: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return how the script is run alone and under each tool, all by the same interpreter."""
    tool = str(python.parent)
    gilscope = [sys.executable, str(ROOT / "gui" / "_launch.py")]
    ours = ["--no-history", "--interpreter", str(python)]
    return {
        "alone": [str(python), *script],
        "VizTracer": [f"{tool}/viztracer", "--quiet", "--output_file", "trace.json", "--", *script],
        "Scalene": [f"{tool}/scalene", "run", "--outfile", "scalene.json", script[0], "---", *script[1:]],
        "cProfile": [str(python), "-m", "cProfile", "-o", "profile.out", *script],
        "py-spy": [f"{tool}/py-spy", "record", "--output", "spied.svg", "--", str(python), *script],
        "gilscope watch": [*gilscope, "watch", *ours, *script],
        "gilscope run": [*gilscope, "run", "--trust", *ours, "same.toml"],
    }


def _rate(command: Sequence[str], folder: Path, told: Path) -> float:
    """Run a command; return the tasks a second of processor time that its script told."""
    told.unlink(missing_ok=True)
    own = {"GILSCOPE_DATA": str(folder / "data"), "PYTHONPATH": ""}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    if not told.exists():
        raise RuntimeError(f"{' '.join(command[:4])} ... did not run the script: {done.stderr[-500:]}")
    return float(json.loads(told.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
