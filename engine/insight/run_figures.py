"""A run's figures, as the rules need them; `engine.insight.figures_of` builds them from a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.insight.parts import (
    CounterFigures,
    GilHolding,
    LibraryFigures,
    LimitFigures,
    LockFigures,
    LoopFigures,
    LoopHold,
    ModelCost,
    QueueWaits,
    Standstill,
    StepFigures,
    WorkerFigures,
)
from engine.wire.protocol import LEDGER_STATES
from engine.wording import figure_text as text

_MANY = {"thread": "threads", "process": "processes", "coroutine": "coroutines", "interpreter": "subinterpreters"}
STATES = LEDGER_STATES


@dataclass(frozen=True)
class RunFigures:
    """What is known about a run, during or after it; None is a figure that was not measured.

    `ledger_s` holds the seconds of all workers by state; if `cpu_wait` is None, `gil_wait` holds both. `run_cores`
    is how many cores the run kept busy, `other_cores` how many other programs did, `machine_cores` how many the run
    may use, `processes` how many processes the workers were in. `payload_bytes` is sent to a worker with each task and
    back. `first_error` is the first failure in words (`ValueError: bad number`). `seen` is whether waits were looked at
    from outside; if not, waiting for the GIL is an estimate. `bounds_s` are 95 % intervals.
    `quiet_s` is for how long no task has ended; `alone_task_cpu_s` a task's processor time with one worker.
    """

    worker_kind: str = "thread"
    workers: int = 1
    is_async: bool = False
    gil_enabled: bool | None = None
    machine_cores: int | None = None
    status: str = "running"
    reason: str = ""
    done: int = 0
    failed: int = 0
    first_error: str = ""
    elapsed_s: float | None = None
    startup_s: float | None = None
    throughput_per_s: float | None = None
    task_s: float | None = None  # a task's usual latency
    arrival_per_s: float | None = None
    run_cores: float | None = None
    other_cores: float | None = None
    ledger_s: Mapping[str, float | None] = field(default_factory=dict)
    loop_hold: LoopHold | None = None
    model: str = ""
    processes: int = 1
    payload_bytes: float = 0.0
    carried_bytes: tuple[float, float] | None = None  # to the worker, and back; None: `payload_bytes` each way
    seen: bool = False
    bounds_s: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    by_worker: tuple[WorkerFigures, ...] = ()
    steps: tuple[StepFigures, ...] = ()
    gil: tuple[GilHolding, ...] = ()
    loops: tuple[LoopFigures, ...] = ()
    locks: tuple[LockFigures, ...] = ()
    libraries: tuple[LibraryFigures, ...] = ()
    queues: tuple[QueueWaits, ...] = ()
    limits: tuple[LimitFigures, ...] = ()
    loop_unrecorded: bool = False  # the event loop is of a kind that cannot be recorded
    all_at_once: bool = False  # every task was submitted to the pool at once
    rss_begun_bytes: int | None = None
    rss_peak_bytes: int | None = None
    counters: tuple[CounterFigures, ...] = ()
    stall: Standstill | None = None
    quiet_s: float | None = None
    threads_peak: int | None = None
    costs: Mapping[str, ModelCost] = field(default_factory=dict)
    alone_task_cpu_s: float | None = None
    start_method: str = ""  # of processes
    has_forkserver: bool = False
    starting_s: float = 0.0  # the part of `idle` before workers had begun
    idle_workers: int = 0  # besides `workers`: those that never had a task
    has_groups: bool = False  # groups or stages: no other model can be suggested instead

    @property
    def worker_s(self) -> float:
        """The workers' time, all states together."""
        return sum(self.ledger_s.get(state) or 0.0 for state in STATES)

    def share(self, *states: str) -> float:
        """Return the part of the workers' time in `states`, from 0 to 1."""
        total = self.worker_s
        return sum(self.ledger_s.get(state) or 0.0 for state in states) / total if total > 0 else 0.0

    @property
    def starting_share(self) -> float:
        """The part of the workers' time in which they had not begun."""
        return min(self.starting_s / self.worker_s, self.share("idle")) if self.worker_s > 0 else 0.0

    @property
    def without_task_share(self) -> float:
        """The part of the workers' time in which they had no task after they had begun, and were not stopped."""
        return max(0.0, self.share("idle") - self.starting_share - self.waits_share("stopped"))

    def at_once(self, *states: str) -> float:
        """Return how many workers, on average, were in `states` at the same time."""
        return sum(self.ledger_s.get(state) or 0.0 for state in states) / self.elapsed_s if self.elapsed_s else 0.0

    def waits_s(self, *kinds: str) -> float | None:
        """Return the seconds that all workers were seen to wait for `kinds`; None if they were not looked at."""
        looked = [each.waits_s for each in self.by_worker if each.waits_s is not None]
        if not looked:
            return None
        return sum(waits.get(kind) or 0.0 for waits in looked for kind in kinds)

    def waits_share(self, *kinds: str) -> float:
        """Return the part of the workers' time in which they were seen to wait for `kinds`; 0 if not looked at."""
        total = self.worker_s
        return (self.waits_s(*kinds) or 0.0) / total if total > 0 else 0.0

    @property
    def turns_share(self) -> float:
        """The part of the workers' time in which they waited for their turn in a step with a limit."""
        total = self.worker_s
        return sum(limit.waited_s or 0.0 for limit in self.limits) / total if total > 0 else 0.0

    @property
    def merged(self) -> bool:
        """Whether waiting for a core cannot be distinguished from waiting for the GIL."""
        return self.ledger_s.get("cpu_wait") is None

    @property
    def over(self) -> bool:
        """Whether the run has ended, so that nothing more will be measured."""
        return self.status != "running"

    @property
    def task_cpu_s(self) -> float | None:
        """A task's mean processor time; None before the first task."""
        ended = self.done + self.failed
        cpu_s = self.ledger_s.get("cpu")
        return cpu_s / ended if ended and cpu_s is not None else None

    @property
    def has_code(self) -> bool:
        """Whether a step is the user's own function."""
        return any(step.is_code for step in self.steps)

    @property
    def has_async_code(self) -> bool:
        """Whether a step is the user's own coroutine, which other models cannot run."""
        return any(step.is_async for step in self.steps)

    @property
    def waits_alone(self) -> bool:
        """Whether every wait of a task is known to be independent of the other tasks'."""
        waiting = [step for step in self.steps if step.waits_on != "nothing" or step.is_code]
        return bool(waiting) and all(step.waits_alone for step in waiting)

    @property
    def working(self) -> tuple[WorkerFigures, ...]:
        """The workers that had a task, as far as they are known."""
        return tuple(each for each in self.by_worker if each.had_task)

    def at_work(self) -> RunFigures:
        """Return this run without the workers that never had a task, so that they do not dilute the others' shares.

        Coroutines that got no task because their event loop was busy stay: waiting for it was their time.
        """
        idle = [each for each in self.by_worker if not each.had_task]
        if self.is_async or not self.over or not idle or len(idle) >= self.workers:
            return self
        kept: dict[str, float | None] = {}
        for state, seconds in self.ledger_s.items():
            theirs = sum(each.ledger_s.get(state) or 0.0 for each in idle)
            kept[state] = None if seconds is None else max(0.0, seconds - theirs)
        working = tuple(each for each in self.by_worker if each.had_task)
        return replace(self, ledger_s=kept, by_worker=working, workers=self.workers - len(idle), idle_workers=len(idle))

    @property
    def who(self) -> str:
        """The workers: `4 threads`."""
        many = _MANY.get(self.worker_kind, self.worker_kind + "s")
        named = text.counted(self.workers, self.one, many)
        inside = self.worker_kind in ("thread", "coroutine") and self.processes > 1
        return f"{named} in {self.processes} processes" if inside else named

    @property
    def all_of_them(self) -> str:
        """All the workers: `both threads`, `all 4 threads`."""
        return f"both {self.many}" if self.workers == 2 and self.processes == 1 else f"all {self.who}"

    @property
    def one(self) -> str:
        """The word for one worker: `thread`."""
        return "subinterpreter" if self.worker_kind == "interpreter" else self.worker_kind

    @property
    def many(self) -> str:
        """The word for workers: `threads`."""
        return _MANY.get(self.worker_kind, self.worker_kind + "s")

    @property
    def their(self) -> str:
        """The possessive for the workers: `its` or `their`."""
        return "its" if self.workers == 1 else "their"
