"""Facts: what the conductor says to the window and the command line; `engine.wire.tick` has the one that comes often.

A figure that the platform cannot measure is None, never 0. All times are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from engine.wire.codec import record
from engine.wire.interpreter import Interpreter
from engine.wire.result import OverheadFigures, RunResult
from engine.wire.tick import Tick, WorkerPlace
from engine.wire.watch_messages import FunctionsSampled, PythonsFound
from engine.workload.catalogue import Catalogue


@record  # another version's greeting is to be understood as far as its number
@dataclass(frozen=True, slots=True)
class Ready:
    """The first fact: the conductor, its machine, and which figures this platform has.

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
    """What can be run under `interpreter`, which was asked for as `asked` (None: the app's own)."""

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
    """A run came to a stage (one of RUN_STAGES); `folder` is where its files are, as they grow."""

    TYPE: ClassVar[str] = "state"

    run_id: str
    stage: str
    t_s: float
    folder: str


@dataclass(frozen=True, slots=True)
class OutputText:
    """What the workload printed, as it comes; `dropped` counts the characters that are not kept so far."""

    TYPE: ClassVar[str] = "output"

    run_id: str
    text: str
    dropped: int


@dataclass(frozen=True, slots=True)
class WorkersLocated:
    """Where a run's workers stand now, the first 256 of them; `reasons` says of which that cannot be told."""

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
    """What a model costs here under an interpreter: a worker's start and end, its memory, and beside each task's work.

    A figure is None where it could not be told from noise, or there is nothing to measure (sequential). `reason` is
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


@dataclass(frozen=True, slots=True)
class OverheadMeasured:
    """How far a measurement of the overhead is: `done` of `of` pairs of runs; in the end its `cost`, or `reason`."""

    TYPE: ClassVar[str] = "observer_cost"

    run_id: str
    done: int
    of: int
    cost: OverheadFigures | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptSaved:
    """An experiment as a Python file: its text, written to `path` unless that is None. Nothing was run."""

    TYPE: ClassVar[str] = "script_saved"

    path: str | None
    source: str


@dataclass(frozen=True, slots=True)
class ScriptFailed:
    """An experiment could not be made a Python file. `key` may be empty."""

    TYPE: ClassVar[str] = "script_failed"

    path: str | None
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The conductor could not do what it was asked, and it is no run's fault.

    `key` names the value that was wrong, as `reason` does; it is empty where it was none.
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
    | ScriptSaved
    | ScriptFailed
    | PythonsFound
    | FunctionsSampled
    | Failure
)
# What is said of one run, by its `run_id`.
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
        ScriptSaved,
        ScriptFailed,
        PythonsFound,
        FunctionsSampled,
        Failure,
    )
}
