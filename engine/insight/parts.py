"""What is known of the parts of a run: its workers, steps, locks, event loops, counters, as the rules need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.wire.protocol import LEDGER_STATES

_NEVER = 0.99  # of its time without a task


@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """One worker: its seconds by state, and by what it was seen to wait for (None: not looked at)."""

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
        """Whether it ever had a task, as far as that is known: one that has not ended its first may have it still."""
        return self.tasks != 0 or (self.total_s > 0 and self.share("idle") < _NEVER)

    def share(self, *states: str) -> float:
        """Return the part of its time in `states`, from 0 to 1."""
        total = self.total_s
        return sum(self.ledger_s.get(state) or 0.0 for state in states) / total if total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of the workload: what it waits on by its card, and whether it is the user's own function.

    `is_async` is whether that function is a coroutine; `blocks_loop` whether the step waits in a call that an event
    loop cannot await; `limited` whether only so many may be in the step at once; `names_sqlite` whether that function
    uses SQLite, and does not sleep itself.
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
        """Whether one task's wait in it is known to be independent of every other's."""
        return self.waits_on in ("time", "network") and not self.is_code and not self.limited


@dataclass(frozen=True, slots=True)
class LoopHold:
    """The longest stretch in which one task held an event loop while `waiting` others were ready to go on.

    `inside` is what the loop's thread did meanwhile (`sleep`, `recv`), empty where it computed or that is not known.
    """

    worker: str
    task: int
    step: str
    held_s: float
    waiting: int
    inside: str = ""


@dataclass(frozen=True, slots=True)
class LoopFigures:
    """One event loop: for how long it ran callbacks, and for how long of that its thread was blocked in a call.

    `blocked_s` is None where nobody looked at the thread.
    """

    busy_s: float
    blocked_s: float | None = None


@dataclass(frozen=True, slots=True)
class GilHolding:
    """Who held one process's GIL for how long; `unknown_s` is when that was not seen."""

    held_s: Mapping[str, float]
    unknown_s: float = 0.0
    handovers_per_s: float | None = None
    stretch_s: float | None = None  # the median
    shorter_than_s: float | None = None  # where stretches are too short to be seen; then it changed hands more often
    other_s: float = 0.0  # threads that are no workers


@dataclass(frozen=True, slots=True)
class LockFigures:
    """One lock that workers waited for: how long each waited, and how long each was seen to hold it.

    `unknown_s` is for how long somebody waited for it and it was not seen who held it.
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
    """A queue between two stages: for how much of their time the workers before it waited for room, those behind for
    a task; from 0 to 1.
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
    """A number that all workers added to: what it should have come to, and what it came to."""

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
    """What a model was measured to cost on this machine; None: lost in noise."""

    task_overhead_s: float | None = None
    create_worker_s: float | None = None
    forkserver_worker_s: float | None = None  # the same with the start method forkserver
