"""One CPU-bound and one I/O-bound example under every model and every interpreter of this machine, as a page of docs.

`python -m tests.benchmarks.model_table [FILE.md]`; takes some minutes, and wants the machine for itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from engine import models
from engine.record.run_folder import new_run_id
from engine.resources_path import resources_path
from engine.wire.client import Conductor
from engine.wire.interpreter import Interpreter
from engine.workload import experiment_file
from tests.benchmarks import harness
from tests.conducting import as_json, send
from tests.interpreters import usable_interpreters
from tests.source_tree import ROOT

PAGE = ROOT / "docs" / "models-and-interpreters.md"
BASELINE = "sequential"
# The examples, and how many tasks of each: enough for seconds, not for hours.
EXAMPLES = {"cpu-bound": 160, "io-bound": 640}
WHAT = {
    "cpu-bound": "CPU-bound: pure Python that counts primes",
    "io-bound": "I/O-bound: tasks that wait 50 ms and do nothing",
}
INTRODUCTION = """# Models and interpreters

The same two workloads under every model and every Python of one machine: `gilscope run` with the examples
`resources/experiments/cpu-bound.toml` and `io-bound.toml`, with enough tasks that each run takes seconds. Each cell
is the tasks done in a second, and in brackets how many times as fast that is as *sequential* under the same Python.
Made by

```sh
.venv/bin/python -m tests.benchmarks.model_table
```
"""
READING = """## What to read from it

- With a GIL, threads that compute are not faster than *sequential*, whichever model starts them. Threads that wait
  are.
- On a free-threaded Python (`t`) the same threads compute in parallel, and so does every model that uses them.
- Processes and subinterpreters compute in parallel under every Python, each with a GIL of its own. Starting a worker
  takes as long as several tasks.
- *asyncio* computes on one thread, and all its waits overlap.
- PyPy finishes such a task in two milliseconds: sending it to another process costs as much as a second core
  gains.
- The throughput counts from the first task's start. The start itself is in `startup_s` of each run.
"""


@dataclass
class Table:
    """One example's cells: tasks a second by model and interpreter, and why there are none where there are none."""

    throughput: dict[tuple[str, str], float] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    load_other: list[float] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Measure, and write the page."""
    parser = harness.parser_of("model_table", __doc__)
    parser.add_argument("page", nargs="?", type=Path, default=PAGE, help=f"default: {PAGE.name}")
    page: Path = parser.parse_args(arguments).page
    interpreters = sorted(usable_interpreters(), key=lambda each: (each.version_info, each.free_threaded))
    keys = sorted(models.discover(), key=lambda key: (key != BASELINE, key))
    tables = {example: Table() for example in EXAMPLES}
    machine: dict[str, Any] = {}
    with Conductor() as conductor:
        for example, table in tables.items():
            for interpreter in interpreters:
                for key in keys:
                    print(f"{example}: {key} under {interpreter.name}", file=sys.stderr, flush=True)
                    machine = _measure(conductor, table, example, key, interpreter) or machine
    page.write_text("\n".join(_page(tables, keys, interpreters, machine)), encoding="utf-8")
    print(f"wrote {page}")
    return 0


def _measure(conductor: Conductor, table: Table, example: str, key: str, interpreter: Interpreter) -> dict[str, Any]:
    """Run one cell; return the machine it ran on."""
    data = experiment_file.read(resources_path("experiments", f"{example}.toml"))
    workers = int(data["model"]["workers"])
    # With one worker the same time takes fewer tasks.
    tasks = EXAMPLES[example] // (workers if key == BASELINE else 1)
    workload = {"tasks": tasks, "steps": data["workload"]["steps"]}
    # Two processes of coroutines at least: one would be asyncio.
    model = {"kind": key, "workers": workers, "interpreter": interpreter.path, "coroutines_each": workers // 2}
    experiment = {"format": 1, "title": example, "workload": workload, "model": model}
    send(conductor, "start", run_id=new_run_id(), experiment=experiment, options={"history": False})
    last = next(each for each in map(as_json, conductor.facts()) if each["type"] in ("ended", "refused"))
    cell = key, interpreter.name
    if last["type"] == "refused":
        table.reasons[cell] = str(last["reason"])
        return {}
    result = last["result"]
    if result["status"] != "finished":
        table.reasons[cell] = f"It failed: {result['reason']}"
        return {}
    table.throughput[cell] = result["throughput_per_s"]
    if result["load_other"] is not None:
        table.load_other.append(result["load_other"])
    machine: dict[str, Any] = result["environment"]["machine"]
    return machine


def _page(
    tables: dict[str, Table], keys: list[str], interpreters: list[Interpreter], machine: dict[str, Any]
) -> Iterator[str]:
    yield INTRODUCTION
    yield _machine(machine, tables)
    yield ""
    for example, table in tables.items():
        workers = experiment_file.read(resources_path("experiments", f"{example}.toml"))["model"]["workers"]
        yield f"## {WHAT[example]}, {workers} workers\n"
        yield f"| | {' | '.join(each.name for each in interpreters)} |"
        yield f"| --- |{' ---: |' * len(interpreters)}"
        notes: list[str] = []
        for key in keys:
            cells = [_cell(table, key, each.name, notes) for each in interpreters]
            yield f"| `{key}` | {' | '.join(cells)} |"
        yield ""
        yield from (f"{number}. {note}" for number, note in enumerate(notes, 1))
        if notes:
            yield ""
    yield READING


def _machine(machine: dict[str, Any], tables: dict[str, Table]) -> str:
    memory = f"{machine['memory_bytes'] / 2**30:.0f} GiB"
    parts = [machine["processor"], f"{machine['usable_cores']} cores", memory, machine["system"], machine["release"]]
    others = [load for table in tables.values() for load in table.load_other]
    text = f"Measured on {datetime.now(UTC):%d %B %Y}: {', '.join(str(part) for part in parts if part)}."
    if others:
        text += f" Meanwhile other programs used {median(others):.0%} of the machine (median of the runs)."
    return text


def _cell(table: Table, key: str, name: str, notes: list[str]) -> str:
    value, baseline = table.throughput.get((key, name)), table.throughput.get((BASELINE, name))
    if value is not None:
        shown = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
        return f"{shown} ({value / baseline:.1f})" if baseline and key != BASELINE else shown
    reason = table.reasons[key, name]
    if reason not in notes:
        notes.append(reason)
    return f"– [{notes.index(reason) + 1}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
