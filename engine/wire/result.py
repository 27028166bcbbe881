"""A run's result: `gilscope run --json` prints it, the run's last fact contains it, and its folder has result.json.

A figure that was not measured, or not recorded by an earlier version, is None. Keys are only ever added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.wire.codec import if_known, record
from engine.wire.interpreter import Interpreter
from engine.wire.seen_so_far import GilResult, LibraryResult, LockResult, Seconds
from engine.wire.task_failure import TaskFailure
from engine.wire.tick import Mark, Stall, WitnessFigures
from engine.wire.watch_messages import FunctionFigures
from engine.workload.toml_table import TomlTable


@record
@dataclass(frozen=True, slots=True)
class NamedInterpreter:
    """The interpreter in a result; None is what is not known about it."""

    path: str | None = None
    version: str | None = None
    implementation: str | None = None
    gil_enabled: bool | None = None

    @classmethod
    def of(cls, found: Interpreter) -> NamedInterpreter:
        """Return the facts about an interpreter as it starts now."""
        return cls(found.path, found.version, found.implementation, found.gil_enabled)


@record
@dataclass(frozen=True, slots=True)
class ResultTasks:
    """How many tasks ended, well or not."""

    done: int | None = None
    failed: int | None = None


@record
@dataclass(frozen=True, slots=True)
class ResultLatency:
    """Latencies of all tasks, in seconds."""

    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    p99_9: float | None = None
    max: float | None = None


@record
@dataclass(frozen=True, slots=True)
class NamedProcess:
    """A process, and its name in the system."""

    pid: int
    name: str


@record
@dataclass(frozen=True, slots=True)
class LastSeen:
    """What a thread was last seen to do (a look's state), and for how long without interruption."""

    state: str
    for_s: float


@record
@dataclass(frozen=True, slots=True)
class ThreadResult:
    """A thread of a watched program; `ended_s` is None if it existed to the end.

    `unseen_s` is the time for which it was blocked and not looked at.
    """

    pid: int
    tid: int
    name: str = ""
    started_s: float | None = None
    ended_s: float | None = None
    ledger_s: Seconds = field(default_factory=dict)
    waits_s: Seconds | None = None
    unseen_s: float | None = None
    last: LastSeen | None = None


@record
@dataclass(frozen=True, slots=True)
class ProcessPeaks:
    """The most processes, threads and resident memory at one time.

    `rss_begun_bytes` is the memory just after the first tasks began.
    `at_least`: tasks may have started processes that ended between two samples and are missing from the figures.
    """

    peak: int | None = None
    threads_peak: int | None = None
    rss_peak_bytes: int | None = None
    at_least: bool = False
    seen: tuple[NamedProcess, ...] | None = if_known()  # of a watch: every process that existed
    rss_begun_bytes: int | None = None


@record
@dataclass(frozen=True, slots=True)
class CoreUse:
    """How busy each core was on average, 0 to 1, and the run's processor time in cores."""

    utilization: tuple[float | None, ...] | None = None
    run: float | None = None


@record
@dataclass(frozen=True, slots=True)
class TraceCounts:
    """How many phases there were, and how many of them were not recorded."""

    phases: int | None = None
    dropped: int | None = None


@record
@dataclass(frozen=True, slots=True)
class ResultErrors:
    """How many tasks failed, and the first failure, or what ended the host."""

    count: int | None = None
    first: TaskFailure | None = None


@record
@dataclass(frozen=True, slots=True)
class LaneResult:
    """A worker that had a task: what it did, and its seconds by state and by what it waited for."""

    lane: int
    worker: str
    pid: int
    tid: int
    tasks: int | None = None
    ledger_s: Seconds = field(default_factory=dict)
    name: str | None = if_known()  # the same as `worker`, as a key for looking up workers
    group: str | None = if_known()
    waits_s: Seconds | None = if_known()
    starting_s: float | None = if_known()  # of `idle`: before its first task


@record
@dataclass(frozen=True, slots=True)
class GroupResult:
    """The workers of one group together."""

    name: str
    workers: int
    tasks: ResultTasks
    throughput_per_s: float | None
    latency_s: ResultLatency
    ledger_s: Seconds


@record
@dataclass(frozen=True, slots=True)
class CarriedResult:
    """What tasks carried to their workers and back, and how long all processes pickled and unpickled it."""

    tasks: int
    to_bytes: int
    back_bytes: int
    pickle_s: float
    unpickle_s: float


@record
@dataclass(frozen=True, slots=True)
class QueueResult:
    """A queue between two stages: its capacity, how many items waited, and for how long it was full and empty."""

    name: str
    bound: int
    mean: float | None = None
    max: int | None = None
    full_s: float | None = None
    empty_s: float | None = None
    full_share: float | None = None
    empty_share: float | None = None


@record
@dataclass(frozen=True, slots=True)
class LimitResult:
    """A step with a limit: how many may be in it at once, and the total time that workers waited for their turn."""

    step: str  # its key in the file
    kind: str
    limit: int
    waited_s: float | None = None


@record
@dataclass(frozen=True, slots=True)
class OverheadFigures:
    """By how many percent a run's tasks take longer when they are recorded, with 95 % bounds; the same for their
    processor time; and the share of a core that the sampler takes. See `engine.conductor.measurements.overhead`."""

    percent: float
    low_percent: float | None
    high_percent: float | None
    cpu_percent: float | None
    cpu_low_percent: float | None
    cpu_high_percent: float | None
    pairs: int
    sampler_percent_of_a_core: float


@record
@dataclass(frozen=True, slots=True)
class TaskUnderWay:
    """A worker's task when its process ended."""

    worker: str
    task: int


@record
@dataclass(frozen=True, slots=True)
class DeathResult:
    """A process of the run that ended before its work was done, by a signal or with an exit code."""

    pid: int
    process: str | None = None
    signal: str | None = None
    exit_code: int | None = None
    tasks: tuple[TaskUnderWay, ...] = ()


@record
@dataclass(frozen=True, slots=True)
class RunResult:
    """A run's result, see this module. Figures that only some runs have are None in all others.

    If a run's folder is damaged or gone, only `run_id`, `status`, `reason` and the last tick's figures are known.
    """

    run_id: str = ""
    status: str = "failed"  # finished, stopped or failed
    reason: str | None = None
    model: str | None = None
    workers: int | None = None
    interpreter: NamedInterpreter | None = None
    tasks: ResultTasks | None = None
    elapsed_s: float | None = None
    startup_s: float | None = None
    throughput_per_s: float | None = None
    latency_s: ResultLatency | None = None
    latency_error: float | None = None
    ledger_s: Seconds | None = None
    starting_s: float | None = if_known()  # of `idle`: of workers that had not begun yet
    ledger_bounds_s: Mapping[str, tuple[float | None, float | None] | None] | None = if_known()
    lanes: tuple[LaneResult, ...] | None = None
    groups: tuple[GroupResult, ...] | None = None
    queues: tuple[QueueResult, ...] | None = if_known()
    limits: tuple[LimitResult, ...] | None = if_known()
    carried: CarriedResult | None = if_known()
    gil: tuple[GilResult, ...] | None = if_known()
    loop: tuple[Mapping[str, object], ...] | None = None  # see engine.trace.loop_figures
    longest_loop_hold: Mapping[str, object] | None = None  # see engine.trace.longest_loop_hold
    locks: tuple[LockResult, ...] | None = if_known()
    libraries: tuple[LibraryResult, ...] | None = if_known()
    witness: WitnessFigures | None = if_known()
    trace: TraceCounts | None = None
    incomplete: str | None = None  # why part of the run is missing
    processes: ProcessPeaks | None = None
    cores: CoreUse | None = None
    load_other: float | None = None
    title: str | None = None
    experiment: TomlTable | None = None
    environment: Mapping[str, object] | None = None
    errors: ResultErrors | None = None
    notes: tuple[str, ...] = ()
    output_dropped: int | None = None
    stages: Seconds | None = None
    counters: Mapping[str, object] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    observer_cost: OverheadFigures | None = None  # until it is measured
    deaths: tuple[DeathResult, ...] | None = if_known()
    stall: Stall | None = if_known()  # where workers were when no task had ended for long
    alone_task_cpu_s: float | None = if_known()
    kind: str | None = if_known()  # "watch": a watched program, not one of our workloads
    exit_code: int | None = if_known()  # of that program, if it ended by itself
    threads: tuple[ThreadResult, ...] | None = if_known()  # of that program
    functions: tuple[FunctionFigures, ...] | None = if_known()  # of that program, if its stacks were sampled
    stack_samples: int | None = if_known()
    insight: tuple[str, ...] | None = None

    @property
    def is_known(self) -> bool:
        """Whether more than the run's end is known."""
        return self.tasks is not None
