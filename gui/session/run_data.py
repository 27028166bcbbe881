"""Everything that is known about one run, for views to read; filled from the conductor's messages. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.wire.facts import WorkersLocated
from engine.wire.protocol import LEDGER_STATES
from engine.wire.result import NamedInterpreter, RunResult
from engine.wire.tick import FIGURES, Mark, Percentiles, Tick
from engine.wire.watch_messages import FunctionsSampled
from engine.workload.catalogue import ModelCard, StepCard
from engine.workload.toml_table import TomlTable
from gui.session.seen_processes import SeenProcesses

Floats = npt.NDArray[np.float64]

OUTPUT_LIMIT: Final = 1_000_000  # characters of the workload's output that the window keeps

_LATENCIES: Final = tuple(each.name for each in fields(Percentiles))


class GrowingColumn:
    """A float array that grows at its end; `values` are contiguous, read-only and cheap to get."""

    def __init__(self, width: int = 0) -> None:
        self._width = width
        self._rows = np.empty((64, width) if width else 64)
        self._count = 0

    def append(self, value: float | list[float]) -> None:
        """Add one row."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = value
        self._count += 1

    def values(self) -> Floats:
        """Return every row so far."""
        view = self._rows[: self._count]
        view.flags.writeable = False
        return view


class GrowingSeries:
    """Every sample of a run, in order; a figure that was not measured is NaN."""

    def __init__(self) -> None:
        self._columns = {name: GrowingColumn() for name in ("t_s", "done", "failed", *FIGURES)}
        self._ledger = {state: GrowingColumn() for state in LEDGER_STATES}
        self._latency = {name: GrowingColumn() for name in _LATENCIES}
        self._cores: GrowingColumn | None = None
        self._core_count = 0

    def append(self, tick: Tick) -> None:
        """Add one tick of the conductor's."""
        self._columns["t_s"].append(tick.t_s)
        self._columns["done"].append(_number(tick.tasks and tick.tasks.done))
        self._columns["failed"].append(_number(tick.tasks and tick.tasks.failed))
        for name in FIGURES:
            self._columns[name].append(_number(getattr(tick, name)))
        for state, column in self._ledger.items():
            column.append(_number(tick.ledger_s.get(state)))
        for name, column in self._latency.items():
            column.append(_number(getattr(tick.latency_s, name, None)))
        self._append_cores(tick.cores)

    def _append_cores(self, cores: Sequence[float | None]) -> None:
        if self._cores is None:
            if not cores:
                return
            self._core_count = len(cores)
            self._cores = GrowingColumn(self._core_count)
            for _ in range(len(self) - 1):
                self._cores.append([float("nan")] * self._core_count)
        row = [_number(each) for each in cores[: self._core_count]]
        self._cores.append(row + [float("nan")] * (self._core_count - len(row)))

    def __len__(self) -> int:
        return len(self.t_s)

    @property
    def t_s(self) -> Floats:
        """Seconds since the run was asked for."""
        return self._columns["t_s"].values()

    def figure(self, name: str) -> Floats:
        """Return one of the tick's plain figures (see `engine.wire.tick.FIGURES`)."""
        return self._columns[name].values()

    @property
    def done(self) -> Floats:
        """Tasks that succeeded, so far."""
        return self._columns["done"].values()

    @property
    def failed(self) -> Floats:
        """Tasks that failed, so far."""
        return self._columns["failed"].values()

    @property
    def cores(self) -> Floats:
        """Utilization (0..1) of every core: shape (samples, cores)."""
        return self._cores.values() if self._cores else np.empty((len(self), 0))

    def ledger(self, state: str) -> Floats:
        """Return the seconds that all lanes together had spent in `state` by each sample."""
        return self._ledger[state].values()

    def latency(self, name: str) -> Floats:
        """Return a latency (`p50` to `p99_9`, `max`) of the tasks that ended since the previous sample."""
        return self._latency[name].values()


class GrowingRun:
    """One run: its experiment, every sample, and in the end its result.

    Read-only for views; `version` grows with every change. `stage` is one of the protocol's RUN_STAGES. A run whose
    conductor died has the stage `ended`, no result, and the reason in `lost_reason`. `looked` is the newest tick with
    findings about the run's threads, which not every tick has.
    """

    def __init__(
        self,
        run_id: str,
        experiment: TomlTable,
        model_card: ModelCard | None = None,
        interpreter: NamedInterpreter | None = None,
    ) -> None:
        self.run_id = run_id
        self.experiment = experiment
        self.title = str(experiment.get("title") or "Untitled")
        self.letter = ""  # A, B or C where it was run against others
        self.model_card = model_card
        self.step_cards: Mapping[str, StepCard] = {}
        self.interpreter = interpreter  # None where that is not known yet
        self.stage = "starting"
        self.stages: list[tuple[str, float]] = []
        self.latest: Tick | None = None
        self.looked: Tick | None = None
        self.result: RunResult | None = None
        self.lost_reason: str | None = None
        self.folder: Path | None = None
        self.located: WorkersLocated | None = None
        self.functions: FunctionsSampled | None = None
        self.marks: list[Mark] = []
        self.samples = GrowingSeries()
        self.processes = SeenProcesses()
        self.version = 0
        self._output: list[str] = []
        self._output_kept = 0
        self.output_dropped = 0

    @property
    def output(self) -> str:
        """What the workload printed: its first OUTPUT_LIMIT characters."""
        if len(self._output) > 1:
            self._output = ["".join(self._output)]
        return self._output[0] if self._output else ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will be measured."""
        return self.stage == "ended"

    @property
    def status(self) -> str:
        """`running`, or how it ended: `finished`, `stopped`, `failed`."""
        if not self.ended:
            return "running"
        return self.result.status if self.result else "failed"

    @property
    def reason(self) -> str:
        """Why it did not finish; empty if it did."""
        return (self.result.reason if self.result is not None else None) or self.lost_reason or ""

    def enter(self, stage: str, t_s: float, folder: str = "") -> None:
        """Record that the run has entered a stage; its files are in `folder`."""
        self.stage = stage
        self.stages.append((stage, t_s))
        if folder:
            self.folder = Path(folder)
        self.version += 1

    def take_tick(self, tick: Tick) -> None:
        """Add a tick."""
        self.latest = tick
        self.looked = tick if tick.seen is not None else self.looked
        self.samples.append(tick)
        self.processes.take(tick)
        self.marks.extend(tick.marks)
        self.version += 1

    def take_located(self, located: WorkersLocated) -> None:
        """Keep where the workers are."""
        self.located = located
        self.version += 1

    def take_functions(self, sampled: FunctionsSampled) -> None:
        """Keep in which functions the threads of a watched program were."""
        self.functions = sampled
        self.version += 1

    def take_output(self, text: str, dropped: int) -> None:
        """Add output of the workload, and how many characters of it were dropped so far."""
        room = OUTPUT_LIMIT - self._output_kept
        self._output.append(text[:room])
        self._output_kept += min(len(text), room)
        self.output_dropped = dropped + max(0, len(text) - room)
        self.version += 1

    def end(self, result: RunResult, folder: str = "") -> None:
        """Keep the run's result, and where its files are."""
        self.stage = "ended"
        self.result = result
        self.folder = Path(folder) if folder else None
        self.interpreter = result.interpreter or self.interpreter
        if result.functions is not None:
            self.functions = FunctionsSampled(self.run_id, result.stack_samples or 0, result.functions, sampling=False)
        self.version += 1

    def lose(self, reason: str) -> None:
        """End the run because the conductor is gone; what was measured stays."""
        self.stage = "ended"
        self.lost_reason = reason
        self.version += 1


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")
