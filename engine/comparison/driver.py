"""Drives a comparison: returns the next steps, and is told their outcomes. It performs no steps itself.

A state machine without processes, files, timers or clock, so that the window and the command line run comparisons by
the same rules. Each of its methods returns steps, which the caller performs in order, reporting the outcomes: `watched`
after WatchMachine, `ended` after StartCell. Guarantees. A run counts once or not at all; a stopped run does not count,
and pauses the comparison; after a run that counts, Save comes before anything else is started.
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

# Makes a repetition from a result, its run's folder, the run's duration, and the load before it.
ReadRun = Callable[[RunResult, Path | str | None, float, float | None], Repetition]


@dataclass(frozen=True, slots=True)
class WatchMachine:
    """Measure for `seconds` how much of the machine other programs use; then call `watched`."""

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
    """Save the comparison's current state."""


@dataclass(frozen=True, slots=True)
class Rest:
    """There is nothing to do: the comparison is complete, or paused."""

    complete: bool


Step = WatchMachine | StartCell | StopCell | Save | Rest


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended. `result` is None if there is none, and `reason` says why; `stopped`: by the user."""

    run_id: str
    result: RunResult | None = None
    folder: Path | str | None = None
    reason: str = ""
    stopped: bool = False


class DriverState(Enum):
    """The states of a driver."""

    RESTING = "resting"
    WATCHING = "watching"
    RUNNING = "running"
    STOPPING = "stopping"


class ComparisonDriver:
    """Runs one comparison. `read` makes a repetition from a run's result."""

    def __init__(self, comparison: Comparison, read: ReadRun) -> None:
        self.comparison = comparison
        self._read = read
        self.state = DriverState.RESTING
        self.cell: Cell | None = None  # the one that runs
        self._load_before: float | None = None
        self._started_s = 0.0

    @property
    def driving(self) -> bool:
        """Whether runs are being made: until the comparison is complete, or has been stopped."""
        return self.state in (DriverState.WATCHING, DriverState.RUNNING)

    def begin(self) -> list[Step]:
        """Start the remaining runs."""
        if self.state is not DriverState.RESTING:
            return []
        return self._go_on()

    def postponed(self) -> list[Step]:
        """Measure the other load again: another activity of Gilscope has delayed the run."""
        return self._go_on() if self.state is DriverState.WATCHING else []

    def watched(self, load_before: float | None, now_s: float) -> list[Step]:
        """Start the next run; `load_before` is the share of the machine, 0 to 1, that other programs used."""
        cell = self.comparison.next_cell()
        if self.state is not DriverState.WATCHING or cell is None:
            return []
        self.state, self.cell = DriverState.RUNNING, cell
        self._load_before, self._started_s = load_before, now_s
        return [StartCell(cell)]

    def ended(self, outcome: RunOutcome, now_s: float) -> list[Step]:
        """Handle the end of the run."""
        cell, self.cell = self.cell, None
        if cell is None:
            return []
        if self.state is DriverState.STOPPING or outcome.stopped:
            return self._rest()
        self.comparison.add(cell, self._repetition(outcome, now_s - self._started_s))
        return [Save(), *self._go_on()]

    def stop(self) -> list[Step]:
        """Pause. The current run is stopped and does not count."""
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
            return failed_repetition(outcome.run_id, outcome.reason or "the run left no result", took_s)
        return self._read(outcome.result, outcome.folder, took_s, self._load_before)


def trial_of(experiment: TomlTable) -> TomlTable:
    """Return an experiment that measures a task's time: short, one task at a time, on the same interpreter."""
    amounts = ("tasks", "duration_s", "until_stopped")
    workload = {key: value for key, value in experiment["workload"].items() if key not in amounts}
    interpreter = experiment["model"].get("interpreter")
    model = {"kind": "sequential", "workers": 1, **({"interpreter": interpreter} if interpreter else {})}
    return {**experiment, "workload": {**workload, "duration_s": TRIAL_S}, "model": model}
