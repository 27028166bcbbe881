"""Commands from the window and the command line to the conductor; closing the pipe ends it and all it started.

They may be sent in any order. A wrong command is answered by `Failure`, or by `Refused` if it concerns a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from engine.wire.codec import record
from engine.wire.watch_messages import WatchTarget

Measure = Literal["no", "if unknown", "again"]  # whether costs may be measured to answer a question


@record  # so that at least the version number of another version's greeting can be read
@dataclass(frozen=True, slots=True)
class Hello:
    """The first command: the version of the protocol. A wrong one is answered by `Failure`."""

    TYPE: ClassVar[str] = "hello"

    protocol: int = 0


@dataclass(frozen=True, slots=True)
class QueryCatalogue:
    """Asks for the catalogue of an interpreter (name or path, None for the app's own). Answered by `CatalogueFound`.

    `trust`: a path may be started even if it is not one of this machine's known Pythons.
    """

    TYPE: ClassVar[str] = "catalogue"

    interpreter: str | None = None
    trust: bool = False


@dataclass(frozen=True, slots=True)
class QueryInterpreters:
    """Asks for the interpreters. Answered by `InterpretersFound`, again as more are found; `refresh` rereads all."""

    TYPE: ClassVar[str] = "interpreters"

    refresh: bool = False


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a start, besides the experiment.

    `trust`: the experiment's code may run; `history`: keep the run, in `folder`, "" for the usual history; `nice` is
    added to the host's niceness; `witness_percent` is the share of one core that looking at threads may take (0: none).
    """

    trust: bool = False
    history: bool = True
    nice: int = 0
    phases_limit: int = 2_000_000
    sample_hz: float = 20.0
    tick_hz: float = 10.0
    witness_percent: float = 3.0
    folder: str = ""


@dataclass(frozen=True, slots=True)
class StartRun:
    """Run an experiment, given as the data of its file.

    Answered by `StageEntered`, `Tick`, `OutputText` and finally `Ended`; or by `Refused`.
    """

    TYPE: ClassVar[str] = "start"

    run_id: str
    experiment: object
    options: RunOptions = field(default_factory=RunOptions)


@dataclass(frozen=True, slots=True)
class StopRun:
    """End a run; its measurements are kept."""

    TYPE: ClassVar[str] = "stop"

    run_id: str


@dataclass(frozen=True, slots=True)
class ControlRun:
    """Change a run while it goes on: one of these figures, or both."""

    TYPE: ClassVar[str] = "control"

    run_id: str
    arrival_per_s: float | None = None
    switch_interval_s: float | None = None


@dataclass(frozen=True, slots=True)
class LocateWorkers:
    """Asks where every worker of a run is now. Answered by `WorkersLocated`."""

    TYPE: ClassVar[str] = "locate"

    run_id: str


@dataclass(frozen=True, slots=True)
class ExportRun:
    """Write a run's CSV folder, its trace, or both. Answered by `Exported` or `ExportFailed`."""

    TYPE: ClassVar[str] = "export"

    run_id: str
    csv: str | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class QueryCosts:
    """Asks for a model's costs under an interpreter; `measure` allows measuring them if they are not known."""

    TYPE: ClassVar[str] = "costs"

    model: str
    interpreter: str | None = None
    measure: Measure = "if unknown"


@dataclass(frozen=True, slots=True)
class MeasureRunOverhead:
    """Measure a run's overhead, or `stop` that. Answered by `OverheadMeasured`, repeatedly."""

    TYPE: ClassVar[str] = "observer_cost"

    run_id: str
    trust: bool = False
    pairs: int | None = None
    stop: bool = False


@dataclass(frozen=True, slots=True)
class MeasureStep:
    """What does a step of the user's own code cost alone? Answered by `StepMeasured` with the same `token`.

    `experiment` has that step only; its model names the interpreter.
    """

    TYPE: ClassVar[str] = "step_cost"

    experiment: object
    token: str = ""
    trust: bool = False


@dataclass(frozen=True, slots=True)
class SaveScript:
    """Save an experiment as a Python file at `path`. Answered by `ScriptSaved` or `ScriptFailed`."""

    TYPE: ClassVar[str] = "script"

    experiment: object
    path: str | None = None


@dataclass(frozen=True, slots=True)
class StartWatch:
    """Watch a program. Answered as `StartRun` is; `StopRun` ends the program only if the watch had started it."""

    TYPE: ClassVar[str] = "watch"

    run_id: str
    target: WatchTarget
    options: RunOptions = field(default_factory=RunOptions)


@dataclass(frozen=True, slots=True)
class QueryPythons:
    """Asks for this user's running Python programs. Answered by `PythonsFound`."""

    TYPE: ClassVar[str] = "pythons"


@dataclass(frozen=True, slots=True)
class SampleStacks:
    """Begin or cease to sample the Python stacks of a watch's threads. Answered by `FunctionsSampled`."""

    TYPE: ClassVar[str] = "sample_stacks"

    run_id: str
    on: bool = True


Command = (
    Hello
    | QueryCatalogue
    | QueryInterpreters
    | StartRun
    | StopRun
    | ControlRun
    | LocateWorkers
    | ExportRun
    | QueryCosts
    | MeasureRunOverhead
    | SaveScript
    | MeasureStep
    | StartWatch
    | QueryPythons
    | SampleStacks
)

COMMANDS: Final[dict[str, type[Command]]] = {
    each.TYPE: each
    for each in (
        Hello,
        QueryCatalogue,
        QueryInterpreters,
        StartRun,
        StopRun,
        ControlRun,
        LocateWorkers,
        ExportRun,
        QueryCosts,
        MeasureRunOverhead,
        SaveScript,
        MeasureStep,
        StartWatch,
        QueryPythons,
        SampleStacks,
    )
}
