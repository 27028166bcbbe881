"""Facts: the conductor's messages to the window and the command line, except the tick, which is in `engine.wire.tick`.

A figure that the platform cannot measure is None, never 0. All times are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from engine.wire.codec import record
from engine.wire.interpreter import Interpreter
from engine.wire.query_answers import CostAlone
from engine.wire.result import OverheadFigures, RunResult
from engine.wire.tick import Tick, WorkerPlace
from engine.wire.watch_messages import FunctionsSampled, PythonsFound
from engine.workload.catalogue import Catalogue


@record  # so that at least the version number of another version's greeting can be read
@dataclass(frozen=True, slots=True)
class Ready:
    """The first fact: the conductor, its machine, and which figures this platform can measure.

    `figures["cpu_wait"]` false means that waiting for a core and for the GIL are one figure, in `gil_wait`.
    """

    TYPE: ClassVar[str] = "ready"

    protocol: int = 0
    pid: int = 0
    cores: int | None = None
    platform: str = ""
    python: str = ""
    figures: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogueFound:
    """The catalogue of `interpreter`, which was requested as `asked` (None: the app's own)."""

    TYPE: ClassVar[str] = "catalogue"

    asked: str | None
    interpreter: Interpreter
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class InterpretersFound:
    """The Pythons that were found so far; `complete` says whether the search has ended."""

    TYPE: ClassVar[str] = "interpreters"

    interpreters: tuple[Interpreter, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A run's request was wrong, or stopped before it could be checked; nothing was started. `key` may be empty."""

    TYPE: ClassVar[str] = "refused"

    run_id: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class StageEntered:
    """A run entered a stage (one of RUN_STAGES); `folder` holds its growing files."""

    TYPE: ClassVar[str] = "state"

    run_id: str
    stage: str
    t_s: float
    folder: str


@dataclass(frozen=True, slots=True)
class OutputText:
    """New output of the workload; `dropped` counts the characters that were not kept so far."""

    TYPE: ClassVar[str] = "output"

    run_id: str
    text: str
    dropped: int


@dataclass(frozen=True, slots=True)
class WorkersLocated:
    """Where a run's first 256 workers are now; `reasons` names those for which this cannot be found out, and why."""

    TYPE: ClassVar[str] = "located"

    run_id: str
    t_s: float
    workers: tuple[WorkerPlace, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run, the last fact about it: its result, and where its files are."""

    TYPE: ClassVar[str] = "ended"

    run_id: str
    result: RunResult
    folder: str


@dataclass(frozen=True, slots=True)
class Exported:
    """A run was exported to these places."""

    TYPE: ClassVar[str] = "exported"

    run_id: str
    csv: str | None
    trace: str | None


@dataclass(frozen=True, slots=True)
class ExportFailed:
    """A run was not exported, and nothing was written."""

    TYPE: ClassVar[str] = "export_failed"

    run_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CostsKnown:
    """A model's costs here under an interpreter: a worker's start and end, its memory, and the overhead of each task.

    A figure is None if it is too small to tell from noise, or if there is nothing to measure (sequential). `reason` is
    None, or why there are no figures.
    """

    TYPE: ClassVar[str] = "costs"

    model: str
    interpreter: str | None
    create_worker_s: float | None
    worker_bytes: float | None
    task_overhead_s: float | None
    measured_at: str | None
    reason: str | None
    forkserver_worker_s: float | None = None  # a worker's start and end with the start method forkserver
    again: bool = False  # whether this answers a command to measure them again


@dataclass(frozen=True, slots=True)
class OverheadMeasured:
    """Progress of measuring the overhead: `done` of `of` pairs of runs; at the end its `cost`, or a `reason`."""

    TYPE: ClassVar[str] = "observer_cost"

    run_id: str
    done: int
    of: int
    cost: OverheadFigures | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StepMeasured:
    """What a step costs alone, or why that is not known; `token` is the command's."""

    TYPE: ClassVar[str] = "step_cost"

    token: str
    cost: CostAlone


@dataclass(frozen=True, slots=True)
class ScriptSaved:
    """An experiment as a Python file: its text, written to `path` unless that is None. Nothing was run."""

    TYPE: ClassVar[str] = "script_saved"

    path: str | None
    source: str


@dataclass(frozen=True, slots=True)
class ScriptFailed:
    """An experiment could not be saved as a Python file. `key` may be empty."""

    TYPE: ClassVar[str] = "script_failed"

    path: str | None
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The conductor could not carry out a command that concerns no run.

    `key` names the wrong value, as `reason` does; it is empty if no value was wrong.
    """

    TYPE: ClassVar[str] = "error"

    key: str
    reason: str


Fact = (
    Ready
    | CatalogueFound
    | InterpretersFound
    | Refused
    | StageEntered
    | Tick
    | OutputText
    | WorkersLocated
    | Ended
    | Exported
    | ExportFailed
    | CostsKnown
    | OverheadMeasured
    | StepMeasured
    | ScriptSaved
    | ScriptFailed
    | PythonsFound
    | FunctionsSampled
    | Failure
)
# Facts about one run, identified by `run_id`.
RunFact = (
    Refused
    | StageEntered
    | Tick
    | OutputText
    | WorkersLocated
    | FunctionsSampled
    | Ended
    | Exported
    | ExportFailed
    | OverheadMeasured
)

FACTS: Final[dict[str, type[Fact]]] = {
    each.TYPE: each
    for each in (
        Ready,
        CatalogueFound,
        InterpretersFound,
        Refused,
        StageEntered,
        Tick,
        OutputText,
        WorkersLocated,
        Ended,
        Exported,
        ExportFailed,
        CostsKnown,
        OverheadMeasured,
        StepMeasured,
        ScriptSaved,
        ScriptFailed,
        PythonsFound,
        FunctionsSampled,
        Failure,
    )
}
