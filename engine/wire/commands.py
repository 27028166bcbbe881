"""Commands: what the window and the command line say to the conductor; closing the pipe ends it and all it started.

Each comes in any order. What is wrong with one is answered by `Failure`, with a run by `Refused`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from engine.wire.codec import record
from engine.wire.watch_messages import WatchTarget


@record  # another version's greeting is to be understood as far as its number
@dataclass(frozen=True, slots=True)
class Hello:
    """The first command: which version of the protocol is spoken. A wrong one is answered by `Failure`."""

    TYPE: ClassVar[str] = "hello"

    protocol: int = 0


@dataclass(frozen=True, slots=True)
class QueryCatalogue:
    """What can be run under an interpreter, by name or path, None for the app's own? Answered by `CatalogueFound`.

    `trust`: a path that is none of this machine's known Pythons may be started for it.
    """

    TYPE: ClassVar[str] = "catalogue"

    interpreter: str | None = None
    trust: bool = False


@dataclass(frozen=True, slots=True)
class QueryInterpreters:
    """Which Pythons are there? Answered by `InterpretersFound`, again as more are found; `refresh` asks all anew."""

    TYPE: ClassVar[str] = "interpreters"

    refresh: bool = False


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a start may say beside the experiment.

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
    """Run an experiment, which has the shape of its file.

    Answered by `StageEntered`, `Tick`, `OutputText`, in the end `Ended`; or by `Refused`.
    """

    TYPE: ClassVar[str] = "start"

    run_id: str
    experiment: object
    options: RunOptions = field(default_factory=RunOptions)


@dataclass(frozen=True, slots=True)
class StopRun:
    """End a run; what was measured stays."""

    TYPE: ClassVar[str] = "stop"

    run_id: str


@dataclass(frozen=True, slots=True)
class ControlRun:
    """Change a run while it goes on: either, or both."""

    TYPE: ClassVar[str] = "control"

    run_id: str
    arrival_per_s: float | None = None
    switch_interval_s: float | None = None


@dataclass(frozen=True, slots=True)
class LocateWorkers:
    """Where is every worker of a run now? Answered by `WorkersLocated`."""

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
    """What does a model cost under an interpreter? `measure` says whether it may be measured for that."""

    TYPE: ClassVar[str] = "costs"

    model: str
    interpreter: str | None = None
    measure: Literal["if unknown", "again", "no"] = "if unknown"


@dataclass(frozen=True, slots=True)
class MeasureRunOverhead:
    """Measure what it costs a run to be observed, or `stop` that. Answered by `OverheadMeasured`, again and again."""

    TYPE: ClassVar[str] = "observer_cost"

    run_id: str
    trust: bool = False
    pairs: int | None = None
    stop: bool = False


@dataclass(frozen=True, slots=True)
class SaveScript:
    """Make an experiment a Python file, and write it to `path`. Answered by `ScriptSaved` or `ScriptFailed`."""

    TYPE: ClassVar[str] = "script"

    experiment: object
    path: str | None = None


@dataclass(frozen=True, slots=True)
class StartWatch:
    """Watch a program. Answered as `StartRun` is; `StopRun` ends one that was started, and leaves one that was not."""

    TYPE: ClassVar[str] = "watch"

    run_id: str
    target: WatchTarget
    options: RunOptions = field(default_factory=RunOptions)


@dataclass(frozen=True, slots=True)
class QueryPythons:
    """Which Python programs of this user run now? Answered by `PythonsFound`."""

    TYPE: ClassVar[str] = "pythons"


@dataclass(frozen=True, slots=True)
class SampleStacks:
    """Sample the Python stacks of a watch's threads from now on, or no more. Answered by `FunctionsSampled`."""

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
        StartWatch,
        QueryPythons,
        SampleStacks,
    )
}
