"""What workers and tasks cost as they grow in number: runs beside plain scripts of the same structure.

`python -m tests.benchmarks.growth [--quick] [--write]` prints a table: 1 to 2,000 threads, 1 to 50,000 coroutines, 1 to
64 processes, whose tasks sleep 50 ms, and 10,000 to 10,000,000 tasks that do nothing. `--write` puts its rows into
docs/performance.md. A row is the median of some pairs of run and plain script, in turn; each ratio has an interval that
holds it with at least 95 % (with fewer than 6 pairs: the whole range). For Linux.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from engine.record.run_folder import new_run_id
from engine.wire.client import Conductor
from engine.wire.codec import plain as as_json
from engine.wire.commands import RunOptions, StartRun
from engine.wire.facts import Ended, Failure, Refused
from engine.wire.tick import Tick
from tests.benchmarks import harness
from tests.benchmarks.growth_scripts import SCRIPTS
from tests.source_tree import ROOT

SLEEP_S = 0.05
LIMIT_S = 240.0
PAIRS = 6
LEAST_TASKS = 1000  # over which processor time is told
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- growth: begin -->", "<!-- growth: end -->"


@dataclass(frozen=True)
class Row:
    """One pair of a row: what ran, tasks a second of both, tasks a second of processor time over the script's (threads
    and coroutines), microseconds a task over the script's where nothing else takes time, kilobytes a worker over it,
    how busy the conductor and the witness were (cores), and the conductor's memory."""

    title: str
    ours_per_s: float
    plain_per_s: float
    cpu_ratio: float | None
    added_us: float | None
    worker_kb: float
    conductor_cores: float
    conductor_mb: float


@dataclass(frozen=True)
class Case:
    """A row to be measured; `duration_s` or `tasks`."""

    kind: str
    workers: int
    duration_s: float = 0.0
    tasks: int = 0
    start_method: str = ""

    @property
    def title(self) -> str:
        """What the row is called."""
        noun = {"asyncio": "coroutines", "sequential": "tasks"}.get(self.kind, self.kind)
        how = f" ({self.start_method})" if self.start_method else ""
        return f"{self.tasks if self.kind == 'sequential' else self.workers:,} {noun}{how}"


def cases(quick: bool) -> Iterator[Case]:
    """Yield the rows, from few to many."""
    seconds = 2.0 if quick else 4.0
    for workers in (1, 200, 1000) if quick else (1, 10, 100, 200, 1000, 2000):
        yield Case("threads", workers, seconds)
    for workers in (1, 10_000) if quick else (1, 100, 1000, 10_000, 50_000):
        yield Case("asyncio", workers, seconds)
    for workers in (1, 8) if quick else (1, 8, 64):
        for method in ("spawn", "forkserver"):
            yield Case("processes", workers, seconds + 2.0, start_method=method)
    for tasks in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000, 10_000_000):
        yield Case("sequential", 1, tasks=tasks)


def main(arguments: list[str]) -> int:
    """Measure, print and, if asked for, write."""
    parser = harness.parser_of("growth", __doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rows, shorter runs")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    parser.add_argument("--only", default="", help="only rows of this kind: threads, asyncio, processes, sequential")
    parser.add_argument("--workers", type=int, default=0, help="only rows with so many workers")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"for each row; {PAIRS} by default")
    chosen = parser.parse_args(arguments)
    print("\n".join(_HEAD), flush=True)
    lines = []
    for case in cases(chosen.quick):
        if chosen.only in ("", case.kind) and chosen.workers in (0, case.workers):
            lines.append(_line([measure(case, ours_first=bool(pair % 2)) for pair in range(max(1, chosen.pairs))]))
            print(lines[-1], flush=True)
    if chosen.write:
        write(lines)
    return 0


def measure(case: Case, *, ours_first: bool = False) -> Row:
    """Run the plain script of a case and the case."""
    plain = {} if ours_first else run_plain(case)
    with Conductor() as conductor:
        process = psutil.Process(conductor.pid)
        before_s = _cpu_s(process)
        result, seen_s, task_cpu_s = run_ours(conductor, case, lambda: _cpu_s(process))
        conductor_mb = process.memory_info().rss / 1e6
    plain = plain or run_plain(case)
    ours_per_s = float(result["throughput_per_s"])
    tasks = int(result["tasks"]["done"])
    memory_kb = (result["processes"]["rss_peak_bytes"] or 0) / 1e3
    added_us = None
    if case.kind == "sequential":
        added_us = (float(result["elapsed_s"]) / tasks - plain["seconds"] / plain["tasks"]) * 1e6
    return Row(
        case.title,
        ours_per_s,
        plain["tasks"] / plain["seconds"],
        None if task_cpu_s is None else plain["cpu_s"] / plain["tasks"] / task_cpu_s,
        added_us,
        (memory_kb - plain["memory_kb"]) / case.workers,
        (seen_s - before_s) / max(0.1, float(result["elapsed_s"])),
        conductor_mb,
    )


def run_plain(case: Case) -> dict[str, float]:
    """Return what a plain script says of itself: tasks, seconds, cpu_s and memory_kb."""
    settings = {"workers": case.workers, "seconds": case.duration_s, "tasks": case.tasks, "sleep": SLEEP_S}
    settings["method"] = case.start_method  # type: ignore[assignment]
    source = f"SETTINGS = {settings!r}\n{SCRIPTS[case.kind]}"
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"growth-{os.getpid()}.py"
    path.write_text(source, encoding="utf-8")
    try:
        done = subprocess.run([sys.executable, path], capture_output=True, check=True, text=True, timeout=LIMIT_S)
    finally:
        path.unlink()
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run_ours(
    conductor: Conductor, case: Case, cpu_s: Callable[[], float]
) -> tuple[dict[str, Any], float, float | None]:
    """Return a run's result, what the conductor had used of a core when it ended, and the host's seconds of it a task.

    The latter from the host's first sign to its last, None where others have the tasks, or where it is soon over.
    """
    step: dict[str, Any] = {"kind": "sleep", "duration_ms": SLEEP_S * 1e3}
    if case.kind == "sequential":
        step = {"kind": "python", "source": "def task(item):\n    pass\n"}
    amount = {"tasks": case.tasks} if case.tasks else {"duration_s": case.duration_s}
    model = {"kind": case.kind, "workers": case.workers}
    if case.start_method:
        model["start_method"] = case.start_method
    what = {"format": 1, "workload": {**amount, "steps": [step]}, "model": model}
    conductor.send(StartRun(new_run_id(), what, RunOptions(trust=True, history=False)))
    seen_s, deadline_s = 0.0, time.monotonic() + LIMIT_S
    marks: list[tuple[float, int]] = []  # the host's processor time, and how many tasks were done by then
    while time.monotonic() < deadline_s:
        fact = conductor.next_fact(0.5)
        if isinstance(fact, (Refused, Failure)):
            raise RuntimeError(f"{case.title}: {fact.reason}")
        if isinstance(fact, Ended):
            return dict(as_json(fact.result)), max(seen_s, cpu_s()), _of_a_task(marks)
        if isinstance(fact, Tick) and case.kind in ("threads", "asyncio"):
            marks += _mark(fact)
        seen_s = cpu_s()
    raise RuntimeError(f"{case.title}: it does not end")


def _mark(tick: Tick) -> list[tuple[float, int]]:
    hosts = [each.pid for each in tick.processes if each.role == "host"]
    try:
        return [(sum(psutil.Process(pid).cpu_times()[:2]), tick.tasks.done if tick.tasks else 0) for pid in hosts]
    except psutil.Error:
        return []


def _of_a_task(marks: list[tuple[float, int]]) -> float | None:
    if not marks or marks[-1][1] - marks[0][1] < LEAST_TASKS:
        return None
    return (marks[-1][0] - marks[0][0]) / (marks[-1][1] - marks[0][1])


def _cpu_s(conductor: psutil.Process) -> float:
    """Return the processor time of a conductor and of the witness that it has started."""
    seconds = sum(conductor.cpu_times()[:2])
    for child in conductor.children():
        try:
            if "engine.witness" in child.cmdline():
                seconds += sum(child.cpu_times()[:2])
        except psutil.Error:
            continue
    return float(seconds)


_COLUMNS = (
    "what",
    "ours, tasks/s",
    "plain script",
    "ratio",
    "of processor time",
    "us a task more",
    "kB a worker more",
    "conductor, cores",
    "its MB",
)
_HEAD = (f"| {' | '.join(_COLUMNS)} |", f"| --- |{' ---: |' * (len(_COLUMNS) - 1)}")


def _line(rows: Sequence[Row]) -> str:
    title = rows[0].title

    def of(figure: Callable[[Row], float | None], digits: int) -> str:
        values = [value for row in rows if (value := figure(row)) is not None]
        return f"{median(values):,.{digits}f}" if values else ""

    def with_interval(figure: Callable[[Row], float | None], unit: str) -> str:
        values = [value for row in rows if (value := figure(row)) is not None]
        if not values:
            return ""
        harness.keep_figure(f"growth: {title}", unit, values)
        low, high = harness.interval(values)
        return f"{median(values):.2f} [{low:.2f}, {high:.2f}]"

    cells = (
        title,
        of(lambda row: row.ours_per_s, 0),
        of(lambda row: row.plain_per_s, 0),
        with_interval(lambda row: row.ours_per_s / row.plain_per_s, "ratio"),
        with_interval(lambda row: row.cpu_ratio, "ratio of processor time"),
        with_interval(lambda row: row.added_us, "us a task more"),
        of(lambda row: row.worker_kb, 0),
        of(lambda row: row.conductor_cores, 2),
        of(lambda row: row.conductor_mb, 0),
    )
    return f"| {' | '.join(cells)} |"


def write(lines: list[str]) -> None:
    """Put the rows into the page's table: in the place of those of the same title."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    measured = {_title_of(line): line for line in lines}
    kept = [measured.pop(_title_of(line), line) for line in table.strip().splitlines()[len(_HEAD) :]]
    PAGE.write_text(
        "\n".join([f"{before}{BEGIN}", *_HEAD, *kept, *measured.values(), f"{END}{after}"]), encoding="utf-8"
    )


def _title_of(line: str) -> str:
    return line.split("|")[1].strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
