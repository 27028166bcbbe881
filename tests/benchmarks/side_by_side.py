"""Our run and the plain script's main from one process, in short turns: on a busy machine still good to a per cent.

`python -m tests.benchmarks.side_by_side '{"model": KEY, "workload": {...}, "task": SOURCE, ...}'` prints one JSON array
of [our seconds, our CPU seconds, plain seconds, plain CPU seconds] a pair, those of
child processes too.
For models of threads and coroutines, and with `"options": {"start_method": "fork"}` of processes.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.host.control import Control
from engine.host.items import RunItems
from engine.host.preparation import prepare
from engine.host.task import task_of
from engine.workload.experiment import Workload
from tests.benchmarks import harness
from tests.benchmarks.plain_scripts import MAIN
from tests.source_tree import ROOT

PAIRS_EACH = 3  # that a process measures
EXAMPLE: dict[str, Any] = {
    "model": "sequential",
    "steps": [{"kind": "python", "source": "def task(number):\n    pass\n"}],
    "task": "def task(number):\n    pass\n",
    "tasks": 50_000,
    "workers": 1,
    "pairs": PAIRS_EACH,
    "options": {},
}
Timed = tuple[float, float]  # seconds, CPU seconds of all threads


def measure_side_by_side(
    model: str,
    steps: list[dict[str, Any]],
    task: str,
    *,
    tasks: int,
    workers: int,
    pairs: int,
    options: dict[str, Any] | None = None,
) -> list[tuple[float, float, float, float]]:
    """Run both sides in turn, in several fresh processes; return the pairs. `task` does the work of all `steps`.

    Several, because where a process's objects happen to lie makes the same Python code some per cent faster or slower.
    """
    request = {"model": model, "steps": steps, "task": task, "tasks": tasks, "workers": workers, "pairs": PAIRS_EACH}
    request["options"] = options or {}
    command = [sys.executable, "-m", "tests.benchmarks.side_by_side", json.dumps(request)]
    found: list[tuple[float, float, float, float]] = []
    while len(found) < pairs:
        ended = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
        )
        found += [tuple(pair) for pair in json.loads(ended.stdout)]
    return found[:pairs]


def main(argument: str) -> None:
    """Measure what the request says and print the pairs."""
    request = json.loads(argument)
    with tempfile.TemporaryDirectory(prefix="gilscope-benchmark-") as folder:
        sides = _ours(request, folder), _plain(request)
        pairs = []
        for number in range(-1, request["pairs"]):
            timed: dict[int, Timed] = {}
            for side in (0, 1) if number % 2 else (1, 0):
                timed[side] = _time(sides[side])
            if number >= 0:  # the first of each warms up
                pairs.append([*timed[0], *timed[1]])
        print(json.dumps(pairs))
        sys.stdout.flush()
        os.chdir(ROOT)


def run_one_side(side: str, request: dict[str, Any], folder: str) -> None:
    """Run "ours", in `folder`, or "plain", once and in this process."""
    (_ours(request, folder) if side == "ours" else _plain(request))()
    os.chdir(ROOT)


def _ours(request: dict[str, Any], folder: str) -> Callable[[], None]:
    experiment = {
        "workload": {"seed": 1, "tasks": request["tasks"], "steps": request["steps"]},
        "model": {"kind": request["model"], "workers": request["workers"], **request["options"]},
    }
    settings = {"experiment": experiment, "services": {}, "phases_limit": 20_000_000, "nice": 0, "plugins": {}}
    Path(folder, "work").mkdir()
    Control.create(folder)
    Path(folder, "host.json").write_text(json.dumps(settings), encoding="utf-8")
    model, options, run, *_ = prepare(folder)
    task = task_of(run, model.in_place)

    def once() -> None:
        items = RunItems(Workload(steps=(), tasks=request["tasks"]), run.control)
        if inspect.iscoroutinefunction(model.run):
            asyncio.run(model.run(task, items, run.workers, **options))
        else:
            model.run(task, items, run.workers, **options)

    return once


def _plain(request: dict[str, Any]) -> Callable[[], None]:
    script = sys.modules["plain"] = types.ModuleType("plain")  # known by name, to processes that unpickle its task
    exec(f"{request['task']}\n{MAIN[request['model']]}", vars(script))
    return lambda: script.main(request["tasks"], request["workers"], request["options"].get("start_method"))


def _time(side: Callable[[], None]) -> Timed:
    started, cpu = time.perf_counter(), _cpu_s()
    side()
    return time.perf_counter() - started, _cpu_s() - cpu


def _cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    options = harness.parser_of("side_by_side", __doc__)
    options.add_argument("request", nargs="?", default=json.dumps(EXAMPLE), help="default: empty tasks on one thread")
    main(options.parse_args().request)
