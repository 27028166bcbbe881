"""What is known of a run, as the sentences about it need it, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.insight import figure_text as text

_MANY = {"thread": "threads", "process": "processes", "coroutine": "coroutines", "interpreter": "subinterpreters"}
STATES = ("cpu", "cpu_wait", "gil_wait", "io_wait", "lock_wait", "loop_wait", "transport", "idle")


@dataclass(frozen=True)
class LoopHold:
    """The longest stretch in which one task held an event loop while `waiting` others were ready to go on."""

    worker: str
    task: int
    step: str
    held_s: float
    waiting: int


@dataclass(frozen=True)
class RunFigures:
    """What is known of a run, while it goes on or after; None is a figure that was not measured.

    `ledger_s` holds the seconds of all workers by state; where `cpu_wait` is None, `gil_wait` holds both. `run_cores`
    is how many cores' worth of CPU time the run used, `other_cores` how many programs of others did, `machine_cores`
    how many the machine has, `processes` how many processes the workers were in. `payload_bytes` is what each task
    carries to its worker and back. `first_error` is the first failure in words (`ValueError: bad number`).
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

    @property
    def worker_s(self) -> float:
        """The workers' time, all states together."""
        return sum(self.ledger_s.get(state) or 0.0 for state in STATES)

    def share(self, *states: str) -> float:
        """Return the part of the workers' time in `states`, from 0 to 1."""
        total = self.worker_s
        return sum(self.ledger_s.get(state) or 0.0 for state in states) / total if total > 0 else 0.0

    @property
    def merged(self) -> bool:
        """Whether waiting for a core is not told from waiting for the GIL."""
        return self.ledger_s.get("cpu_wait") is None

    @property
    def who(self) -> str:
        """The workers: `4 threads`."""
        many = _MANY.get(self.worker_kind, self.worker_kind + "s")
        named = text.counted(self.workers, "subinterpreter" if many == "subinterpreters" else self.worker_kind, many)
        inside = self.worker_kind in ("thread", "coroutine") and self.processes > 1
        return f"{named} in {self.processes} processes" if inside else named

    @property
    def their(self) -> str:
        """Whose time the workers' is."""
        return "its" if self.workers == 1 else "their"

    @property
    def each(self) -> str:
        """One of several workers, or the only one."""
        kind = "subinterpreter" if self.worker_kind == "interpreter" else self.worker_kind
        return f"each {kind}" if self.workers > 1 else f"the {kind}"


@dataclass(frozen=True)
class Suggestion:
    """Another model to try with the same work."""

    kind: str
    workers: int
    label: str


@dataclass(frozen=True)
class Insight:
    """What is to be said of a run, and what could be tried next."""

    sentences: tuple[str, ...]
    suggestion: Suggestion | None = None
