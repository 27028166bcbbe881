"""Figures of a run's parts, as the rules need them: its workers, steps, locks, event loops, counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.wire.protocol import LEDGER_STATES

_NEVER = 0.99  # of its time without a task


@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """One worker: its seconds by state, and by what it was seen to wait for (None: it was not looked at)."""

    name: str
    ledger_s: Mapping[str, float | None]
    waits_s: Mapping[str, float | None] | None = None
    tasks: int | None = None
    group: str = ""
    starting_s: float = 0.0  # of `idle`: before its first task

    @property
    def total_s(self) -> float:
        """All its time."""
        return sum(self.ledger_s.get(state) or 0.0 for state in LEDGER_STATES)

    @property
    def had_task(self) -> bool:
        """Whether it ever had a task, as far as is known; its first task may not have ended yet."""
        return self.tasks != 0 or (self.total_s > 0 and self.share("idle") < _NEVER)

    def share(self, *states: str) -> float:
        """Return the part of its time in `states`, from 0 to 1."""
        total = self.total_s
        return sum(self.ledger_s.get(state) or 0.0 for state in states) / total if total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of the workload: what it waits on by its card, and whether it is the user's own function.

    `is_async` is whether that function is a coroutine; `blocks_loop` whether the step waits in a call that an event
    loop cannot await; `limited` whether the step has a limit on how many may be in it at once; `names_sqlite` whether
    that function uses SQLite, and does not sleep itself.
    """

    kind: str
    title: str = ""
    waits_on: str = "nothing"
    is_code: bool = False
    is_async: bool = False
    blocks_loop: bool = False
    limited: bool = False
    has_service: bool = False
    names_sqlite: bool = False
    group: str = ""

    @property
    def waits_alone(self) -> bool:
        """Whether a task's wait in this step is known to be independent of other tasks."""
        return self.waits_on in ("time", "network") and not self.is_code and not self.limited


@dataclass(frozen=True, slots=True)
class LoopHold:
    """The longest time for which one task held an event loop while `waiting` others were ready.

    `inside` is the call in which the loop's thread was (`sleep`, `recv`), empty if it computed or that is not known.
    """

    worker: str
    task: int
    step: str
    held_s: float
    waiting: int
    inside: str = ""


@dataclass(frozen=True, slots=True)
class LoopFigures:
    """One event loop: how long it ran callbacks, and how much of that its thread was blocked in a call.

    `blocked_s`, and `computing_s`, the part in which it computed, are None if the thread was not looked at.
    """

    busy_s: float
    blocked_s: float | None = None
    computing_s: float | None = None


@dataclass(frozen=True, slots=True)
class GilHolding:
    """How long each thread held one process's GIL; for `unknown_s` the holder was not seen."""

    held_s: Mapping[str, float]
    unknown_s: float = 0.0
    handovers_per_s: float | None = None
    stretch_s: float | None = None  # the median
    shorter_than_s: float | None = None  # set if holds are too short to be seen: there were more handovers than counted
    other_s: float = 0.0  # by threads that are not workers


@dataclass(frozen=True, slots=True)
class LockFigures:
    """One lock that workers waited for: how long each one waited for it, and was seen to hold it.

    For `unknown_s` a worker waited for it and its holder was not seen.
    """

    address: str
    waited_s: Mapping[str, float]
    held_s: Mapping[str, float] = field(default_factory=dict)
    unknown_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LibraryFigures:
    """A native library with threads, or locks, of its own."""

    name: str
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class QueueWaits:
    """A queue between two stages: the share of time (0 to 1) that workers before it waited for room, and workers
    after it for a task.
    """

    name: str
    bound: int
    mean: float | None
    full_share: float | None
    empty_share: float | None


@dataclass(frozen=True, slots=True)
class LimitFigures:
    """A step with a limit: its title, how many may be in it at once, and how long workers waited for their turn."""

    title: str
    limit: int
    waited_s: float | None


@dataclass(frozen=True, slots=True)
class CounterFigures:
    """A shared counter: the value that all workers' updates should have made, and its actual value."""

    name: str
    expected: int
    got: int

    @property
    def lost(self) -> int:
        """How many updates were lost."""
        return self.expected - self.got


@dataclass(frozen=True, slots=True)
class StalledWorker:
    """A worker while no task ended: in which state, on which lock, and at which line of Python."""

    name: str
    state: str = ""
    address: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Standstill:
    """A stretch in which no task ended."""

    for_s: float
    workers: tuple[StalledWorker, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCost:
    """What a model was measured to cost on this machine; None: too small to tell from noise."""

    task_overhead_s: float | None = None
    create_worker_s: float | None = None
    forkserver_worker_s: float | None = None  # the same with the start method forkserver
