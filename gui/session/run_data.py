"""One run as far as it is known: what views read. No Qt, no session; it only takes in the conductor's facts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.wire.protocol import LEDGER_STATES
from engine.workload.catalogue import ModelCard, StepCard
from gui.session.seen_processes import SeenProcesses

Floats = npt.NDArray[np.float64]

OUTPUT_LIMIT: Final = 1_000_000  # characters of the workload's output that the window keeps

_FIGURES: Final = (
    "t_s",
    "throughput_per_s",
    "run_cores",
    "load_other",
    "thread_count",
    "process_count",
    "rss_bytes",
    "progress",
)
_LATENCIES: Final = ("p50", "p90", "p95", "p99", "p99_9", "max")


class GrowingColumn:
    """A float array that grows at its end; what it returns is contiguous, read-only and cheap."""

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
        self._columns = {name: GrowingColumn() for name in (*_FIGURES, "done", "failed")}
        self._ledger = {state: GrowingColumn() for state in LEDGER_STATES}
        self._latency = {name: GrowingColumn() for name in _LATENCIES}
        self._cores: GrowingColumn | None = None
        self._core_count = 0

    def append(self, tick: dict[str, Any]) -> None:
        """Add one tick of the conductor's."""
        for name in _FIGURES:
            self._columns[name].append(_number(tick.get(name)))
        tasks = tick.get("tasks") or {}
        self._columns["done"].append(_number(tasks.get("done")))
        self._columns["failed"].append(_number(tasks.get("failed")))
        ledger = tick.get("ledger_s") or {}
        for state, column in self._ledger.items():
            column.append(_number(ledger.get(state)))
        latency = tick.get("latency_s") or {}
        for name, column in self._latency.items():
            column.append(_number(latency.get(name)))
        self._append_cores(tick.get("cores") or [])

    def _append_cores(self, cores: list[float | None]) -> None:
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

    @property
    def throughput_per_s(self) -> Floats:
        """Tasks that ended a second, since the sample before."""
        return self._columns["throughput_per_s"].values()

    @property
    def done(self) -> Floats:
        """Tasks that ended well, so far."""
        return self._columns["done"].values()

    @property
    def failed(self) -> Floats:
        """Tasks that failed, so far."""
        return self._columns["failed"].values()

    @property
    def run_cores(self) -> Floats:
        """Cores' worth of CPU that the run's processes used."""
        return self._columns["run_cores"].values()

    @property
    def load_other(self) -> Floats:
        """Share of the machine (0..1) that programs of others used."""
        return self._columns["load_other"].values()

    @property
    def thread_count(self) -> Floats:
        """Threads of the run's processes."""
        return self._columns["thread_count"].values()

    @property
    def process_count(self) -> Floats:
        """Processes of the run."""
        return self._columns["process_count"].values()

    @property
    def rss_bytes(self) -> Floats:
        """Resident memory of the run's processes."""
        return self._columns["rss_bytes"].values()

    @property
    def progress(self) -> Floats:
        """Share of the workload (0..1) that is done."""
        return self._columns["progress"].values()

    @property
    def cores(self) -> Floats:
        """Utilization (0..1) of every core: shape (samples, cores)."""
        return self._cores.values() if self._cores else np.empty((len(self), 0))

    def ledger(self, state: str) -> Floats:
        """Return the seconds spent in `state` until each sample, over all lanes."""
        return self._ledger[state].values()

    def latency(self, name: str) -> Floats:
        """Return a latency (`p50` to `p99_9`, `max`) of the tasks that ended since the sample before."""
        return self._latency[name].values()


class GrowingRun:
    """One run: what was asked for, every sample, and in the end its result.

    Read-only for views; `version` grows with every change. `stage` is one of the protocol's RUN_STAGES. A run whose
    conductor died has the stage `ended`, no result, and the reason in `lost_reason`.
    """

    def __init__(
        self,
        run_id: str,
        experiment: dict[str, Any],
        model_card: ModelCard | None = None,
        interpreter: dict[str, Any] | None = None,
    ) -> None:
        self.run_id = run_id
        self.experiment = experiment
        self.title = str(experiment.get("title") or "Untitled")
        self.model_card = model_card
        self.step_cards: Mapping[str, StepCard] = {}
        self.interpreter = interpreter
        self.stage = "starting"
        self.stages: list[tuple[str, float]] = []
        self.latest: dict[str, Any] | None = None
        self.result: dict[str, Any] | None = None
        self.lost_reason: str | None = None
        self.folder: Path | None = None
        self.marks: list[tuple[float, str]] = []
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
        return str(self.result["status"]) if self.result else "failed"

    @property
    def reason(self) -> str:
        """Why it did not finish; empty where there is nothing to say."""
        return str((self.result or {}).get("reason") or self.lost_reason or "")

    def take_state(self, message: dict[str, Any]) -> None:
        """Take in a `state` message."""
        self.stage = message["stage"]
        self.stages.append((message["stage"], float(message["t_s"])))
        if message.get("folder"):
            self.folder = Path(message["folder"])
        self.version += 1

    def take_tick(self, message: dict[str, Any]) -> None:
        """Take in a `tick` message."""
        self.latest = message
        self.samples.append(message)
        self.processes.take(message)
        self.marks.extend((float(mark["t_s"]), str(mark["text"])) for mark in message.get("marks") or ())
        self.version += 1

    def take_output(self, message: dict[str, Any]) -> None:
        """Take in an `output` message."""
        text = message["text"]
        room = OUTPUT_LIMIT - self._output_kept
        self._output.append(text[:room])
        self._output_kept += min(len(text), room)
        self.output_dropped = int(message.get("dropped") or 0) + max(0, len(text) - room)
        self.version += 1

    def take_ended(self, message: dict[str, Any]) -> None:
        """Take in the `ended` message."""
        result = message["result"]
        self.stage = "ended"
        self.result = result
        self.folder = Path(message["folder"]) if message.get("folder") else None
        self.interpreter = result.get("interpreter") or self.interpreter
        self.version += 1

    def lose(self, reason: str) -> None:
        """Take in that nothing more will come, because the conductor is gone; what was measured stays."""
        self.stage = "ended"
        self.lost_reason = reason
        self.version += 1


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")
