"""The tick: one reading of a run while it goes on, as it is sent to the window and kept in the run's folder.

To add a live figure, change three places:

1. here, a field of `Tick`: `figure(UNIT)` gives it its unit and its name in samples.csv;
2. where it is measured: each measuring part returns the tick with its figures filled in (`dataclasses.replace`):
   `engine.witness.sampler.Sample.fill` for cores and processes, `engine.conductor.run_monitor` for tasks and states;
3. where it is shown: a view draws `data.samples.figure(NAME)`, or reads `data.latest.NAME`.

The wire, the samples file, the window's growing arrays and the CSV export are derived from the fields of `Tick`. The
same holds for the figures of a process, a thread or a lane, which have their own classes below.

All times are seconds; `t_s` counts from the command to start. A figure that the platform cannot measure, or that an
earlier version did not record, is None, never 0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from engine.wire.codec import if_known, record
from engine.wire.seen_so_far import SeenSoFar

_UNIT: Final = "unit"
_MEASURE: Final = "measure"


def figure(unit: str, measure: str = "") -> Any:
    """Return a field for a plain figure: its unit, and its name in samples.csv if that is not the field's name."""
    return dataclasses.field(default=None, metadata={_UNIT: unit, _MEASURE: measure})


@record
@dataclass(frozen=True, slots=True)
class TaskCounts:
    """Tasks that ended, well or not, so far."""

    done: int
    failed: int


@record
@dataclass(frozen=True, slots=True)
class Percentiles:
    """Latencies of some tasks, in seconds."""

    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    p99_9: float | None = None
    max: float | None = None


@record
@dataclass(frozen=True, slots=True)
class LatencyBuckets:
    """A histogram of latencies: see `engine.trace.latency_buckets`."""

    first: int
    per_octave: int
    unit_ns: int
    counts: tuple[int, ...]


@record
@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """A process of the run, or of its services; `role`: `host`, `program`, `child` or `service`, `cpu` in cores.

    `helper` names a process that Python itself starts: `resource tracker`, `fork server`.
    """

    pid: int
    role: str
    name: str
    threads: int | None = None
    cpu: float | None = None
    rss_bytes: int | None = None
    parent: int | None = None
    started_s: float | None = None
    first_task_s: float | None = None
    helper: str | None = if_known()


@record
@dataclass(frozen=True, slots=True)
class ThreadUsage:
    """A thread: its processor time in cores, and its context switches."""

    tid: int
    cpu: float | None = None
    voluntary_switches: int | None = None
    involuntary_switches: int | None = None
    voluntary_per_s: float | None = None
    involuntary_per_s: float | None = None
    started_s: float | None = None
    first_task_s: float | None = None


@record
@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """A process: its private memory, its context switches, and its threads."""

    pid: int
    uss_bytes: int | None = None
    voluntary_switches: int | None = None
    involuntary_switches: int | None = None
    voluntary_per_s: float | None = None
    involuntary_per_s: float | None = None
    threads: tuple[ThreadUsage, ...] = ()


@record
@dataclass(frozen=True, slots=True)
class LaneFigures:
    """A worker: how many tasks it did, what it did most since the last tick, and its seconds by state so far."""

    lane: int
    worker: str = ""
    pid: int = 0
    tid: int = 0
    tasks: int = 0
    state: str = ""
    ledger_s: Mapping[str, float | None] = dataclasses.field(default_factory=dict)
    group: str | None = if_known()
    starting_s: float | None = if_known()  # of `idle`: before its first task


@record
@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A queue between two stages of a pipeline: how many tasks wait in it, or are in transit through it."""

    name: str
    bound: int
    length: int


@record
@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """Where a worker is: its current ledger state, and its Python stack, innermost call first.

    `where` is the innermost call in the user's own code, as `file.py:12 in get`; "" if the stack is not known (a thread
    in another interpreter, a process that did not answer). `address` is that of the lock it was seen to wait for.
    `task` is its current task, None if it has none or that is not known.
    """

    lane: int
    name: str
    pid: int = 0
    tid: int = 0
    state: str = ""
    task: int | None = None
    address: int | None = None
    where: str = ""
    stack: tuple[str, ...] = ()


@record
@dataclass(frozen=True, slots=True)
class Stall:
    """A time in which no task ended although workers had some: how long it is, and where the workers are."""

    for_s: float
    workers: tuple[WorkerPlace, ...] = ()


@record
@dataclass(frozen=True, slots=True)
class Mark:
    """A change that the user made while the run went on: in words, and the changed figure's new value."""

    t_s: float
    text: str
    arrival_per_s: float | None = None
    switch_interval_s: float | None = None


@record
@dataclass(frozen=True, slots=True)
class WitnessFigures:
    """How threads were looked at from outside: the method, the number of looks, their rate, and their cost."""

    method: str | None = None
    reason: str | None = None  # why there were no looks
    looks: int | None = None
    rate_hz: float | None = None
    cost_percent: float | None = None
    thinned: bool | None = None


@record
@dataclass(frozen=True, slots=True)
class Tick:
    """What is known about a run now. `lanes` are the first 64; the totals are over all of them."""

    TYPE: ClassVar[str] = "tick"

    run_id: str
    t_s: float
    stage: str = ""
    tasks: TaskCounts | None = None
    elapsed_s: float | None = figure("s")  # since the first task started
    progress: float | None = figure("1")  # 0 to 1, None until stopped
    eta_s: float | None = None
    throughput_per_s: float | None = figure("1/s")  # over the time since the last tick
    latency_s: Percentiles | None = None  # of the tasks that ended since the last tick
    latency_so_far_s: Percentiles | None = None  # of all tasks so far, to 0.4 %
    latency_counts: LatencyBuckets | None = None  # of all tasks so far
    cores: tuple[float | None, ...] = ()  # 0 to 1 each, of the whole machine
    run_cores: float | None = figure("cores")  # the run's processor time since the last tick, in cores
    load_other: float | None = figure("1")  # share of the machine, 0 to 1, that other programs use
    processes: tuple[ProcessFigures, ...] = ()
    process_count: int | None = figure("1", "processes")  # of the run: host and its children
    thread_count: int | None = figure("1", "threads")
    rss_bytes: int | None = figure("B")
    census: tuple[ProcessUsage, ...] | None = None  # once a second
    lane_count: int | None = figure("1", "lanes")
    lanes: tuple[LaneFigures, ...] = ()
    ledger_s: Mapping[str, float | None] = dataclasses.field(default_factory=dict)  # all lanes, so far
    starting_s: float | None = figure("s")  # of `idle`: of workers that had not begun
    marks: tuple[Mark, ...] = ()  # since the last tick
    queues: tuple[QueueFigures, ...] | None = None  # of a pipeline
    stall: Stall | None = None  # while it lasts
    witness: WitnessFigures | None = None
    seen: SeenSoFar | None = None  # about once a second
    insight: tuple[str, ...] | None = None  # of a watch: sentences on its last seconds


# The names of the tick's plain figures.
FIGURES: Final = tuple(each.name for each in dataclasses.fields(Tick) if _UNIT in each.metadata)


def measures() -> Iterator[tuple[str, str, str]]:
    """Yield each plain figure's name, its name in samples.csv, and its unit."""
    for each in dataclasses.fields(Tick):
        if _UNIT in each.metadata:
            yield each.name, each.metadata[_MEASURE] or each.name, each.metadata[_UNIT]
