"""Answers that a host writes to a descriptor of its own, one JSON object for each line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from engine.wire.codec import record
from engine.workload.catalogue import Catalogue


@record
@dataclass(frozen=True, slots=True)
class PythonFacts:
    """What an interpreter reports about itself, where the workload runs. `build` is `free-threaded` or `default`.

    `gil_enabled` is its state now: a free-threaded build may have turned its GIL on.
    """

    path: str
    version: str
    implementation: str
    gil_enabled: bool
    build: str = "default"


@record
@dataclass(frozen=True, slots=True)
class ErrorFacts:
    """An exception: its class's name, its message, and its traceback, bounded."""

    type: str
    message: str
    traceback: str


@record
@dataclass(frozen=True, slots=True)
class HostReady:
    """The host has checked its experiment, and begins."""

    TYPE: ClassVar[str] = "ready"

    pid: int
    time_ns: int
    python: PythonFacts


@record
@dataclass(frozen=True, slots=True)
class HostNotes:
    """Sentences on the run for the user."""

    TYPE: ClassVar[str] = "notes"

    notes: tuple[str, ...]


@record
@dataclass(frozen=True, slots=True)
class ChildExit:
    """How a process ended: its exit code, negative for the signal that ended it."""

    pid: int
    code: int


@record
@dataclass(frozen=True, slots=True)
class HostDone:
    """The run is over: `finished` or `failed`, why, the error that ended it, and what its steps counted.

    `exits` are the children that failed. `missing_module` is a module that the interpreter lacks, or "".
    """

    TYPE: ClassVar[str] = "done"

    status: str
    reason: str | None
    error: ErrorFacts | None
    counters: Mapping[str, object] = field(default_factory=dict)
    gil_enabled: bool | None = None
    exits: tuple[ChildExit, ...] = ()
    missing_module: str = ""


@dataclass(frozen=True, slots=True)
class Described:
    """What can be run under the host's interpreter."""

    TYPE: ClassVar[str] = "describe"

    python: PythonFacts
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class ScriptWritten:
    """The script was written next to its request, or `reason` says why not."""

    TYPE: ClassVar[str] = "script"

    reason: str | None


@dataclass(frozen=True, slots=True)
class UninstrumentedEnded:
    """How long each uninstrumented run took, or why there are no figures."""

    TYPE: ClassVar[str] = "uninstrumented"

    seconds: tuple[float, ...] | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class SegmentBegun:
    """A segment of an overhead measurement begins, in a folder of its own."""

    TYPE: ClassVar[str] = "begin"

    folder: str
    watched: bool


@dataclass(frozen=True, slots=True)
class SegmentEnded:
    """A segment's time; a segment that does not count was a warm-up."""

    TYPE: ClassVar[str] = "segment"

    folder: str
    tasks: int
    watched: bool
    counts: bool
    seconds: float
    cpu_s: float | None


@dataclass(frozen=True, slots=True)
class OverheadEnded:
    """An overhead measurement is over; `reason` says why if it is incomplete."""

    TYPE: ClassVar[str] = "overhead"

    reason: str | None


HostAnswer = (
    HostReady
    | HostNotes
    | HostDone
    | Described
    | ScriptWritten
    | UninstrumentedEnded
    | SegmentBegun
    | SegmentEnded
    | OverheadEnded
)

ANSWERS: Final[dict[str, type[HostAnswer]]] = {
    each.TYPE: each
    for each in (
        HostReady,
        HostNotes,
        HostDone,
        Described,
        ScriptWritten,
        UninstrumentedEnded,
        SegmentBegun,
        SegmentEnded,
        OverheadEnded,
    )
}
