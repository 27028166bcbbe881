"""Drives a comparison: says what to do next, and takes in what came of it. It does nothing itself.

A state machine without processes, files, timers or clock, so that the window and the command line run comparisons by
the same rules. Each of its methods returns steps. Who drives does them in their order and tells what came of it:
`watched` after WatchMachine, `ended` after StartCell. Guarantees. A run counts once or not at all; one that was stopped
does not count, and pauses the comparison; after a run that counts comes Save, before anything else is started.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from engine.comparison.comparison import Comparison
from engine.comparison.plan import Cell
from engine.comparison.repetition import Repetition, failed_repetition
from engine.wire.result import RunResult
from engine.workload.toml_table import TomlTable

WATCH_S: Final = 0.25  # how long the machine is watched before a run
TRIAL_S: Final = 0.5

# Makes a repetition of a result, its run's folder, how long the run took, and the load there was before.
ReadRun = Callable[[RunResult, Path | str | None, float, float | None], Repetition]


@dataclass(frozen=True, slots=True)
class WatchMachine:
    """Find out how much of the machine other programs use, for `seconds`; then call `watched`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class StartCell:
    """Run a cell's experiment; then call `ended`."""

    cell: Cell


@dataclass(frozen=True, slots=True)
class StopCell:
    """Stop the run under way; `ended` is still to be called."""


@dataclass(frozen=True, slots=True)
class Save:
    """Write the comparison as it is now."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing more is to be done: the comparison is complete, or paused."""

    complete: bool


Step = WatchMachine | StartCell | StopCell | Save | Rest


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended. `result` is None where it left nothing, and `reason` says why; `stopped`: by hand."""

    run_id: str
    result: RunResult | None = None
    folder: Path | str | None = None
    reason: str = ""
    stopped: bool = False


class DriverState(Enum):
    """Where a driver stands."""

    RESTING = "resting"
    WATCHING = "watching"
    RUNNING = "running"
    STOPPING = "stopping"


class ComparisonDriver:
    """One comparison being run. `read` makes a repetition of a run's result."""

    def __init__(self, comparison: Comparison, read: ReadRun) -> None:
        self.comparison = comparison
        self._read = read
        self.state = DriverState.RESTING
        self.cell: Cell | None = None  # that runs
        self._load_before: float | None = None
        self._started_s = 0.0

    @property
    def driving(self) -> bool:
        """Whether runs follow each other: until it is complete, or has been stopped."""
        return self.state in (DriverState.WATCHING, DriverState.RUNNING)

    def begin(self) -> list[Step]:
        """Run what is left."""
        if self.state is not DriverState.RESTING:
            return []
        return self._go_on()

    def postponed(self) -> list[Step]:
        """Watch anew: the machine had something else of ours to do."""
        return self._go_on() if self.state is DriverState.WATCHING else []

    def watched(self, load_before: float | None, now_s: float) -> list[Step]:
        """Start the next run; `load_before` is the part of the machine, 0 to 1, that others used."""
        cell = self.comparison.next_cell()
        if self.state is not DriverState.WATCHING or cell is None:
            return []
        self.state, self.cell = DriverState.RUNNING, cell
        self._load_before, self._started_s = load_before, now_s
        return [StartCell(cell)]

    def ended(self, outcome: RunOutcome, now_s: float) -> list[Step]:
        """Take in how the run ended."""
        cell, self.cell = self.cell, None
        if cell is None:
            return []
        if self.state is DriverState.STOPPING or outcome.stopped:
            return self._rest()
        self.comparison.add(cell, self._repetition(outcome, now_s - self._started_s))
        return [Save(), *self._go_on()]

    def stop(self) -> list[Step]:
        """Pause. The run under way is stopped and does not count."""
        if self.state is DriverState.RUNNING:
            self.state = DriverState.STOPPING
            return [StopCell()]
        return self._rest() if self.state is DriverState.WATCHING else []

    def _go_on(self) -> list[Step]:
        if self.comparison.next_cell() is None:
            return self._rest()
        self.state = DriverState.WATCHING
        return [WatchMachine(WATCH_S)]

    def _rest(self) -> list[Step]:
        self.state = DriverState.RESTING
        return [Rest(self.comparison.complete)]

    def _repetition(self, outcome: RunOutcome, took_s: float) -> Repetition:
        if outcome.result is None:
            return failed_repetition(outcome.run_id, outcome.reason or "the run left nothing", took_s)
        return self._read(outcome.result, outcome.folder, took_s, self._load_before)


def trial_of(experiment: TomlTable) -> TomlTable:
    """Return an experiment that tells what a task takes: for a moment, one task at a time, on the same interpreter."""
    amounts = ("tasks", "duration_s", "until_stopped")
    workload = {key: value for key, value in experiment["workload"].items() if key not in amounts}
    interpreter = experiment["model"].get("interpreter")
    model = {"kind": "sequential", "workers": 1, **({"interpreter": interpreter} if interpreter else {})}
    return {**experiment, "workload": {**workload, "duration_s": TRIAL_S}, "model": model}
