"""Answers of a host that is asked something else than to run an experiment, and all answers by their word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from engine.wire.codec import record
from engine.wire.host_answers import ErrorFacts, HostDone, HostNotes, HostReady, PythonFacts
from engine.workload.catalogue import Catalogue


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


@record
@dataclass(frozen=True, slots=True)
class CostAlone:
    """What one task of a step takes alone: the median of batches, and the share of that time on a core.

    `computing` counts every thread of the process, so it may be more than 1. `result_bytes` is the size of a result
    when it is carried between processes; `unpicklable` says why it cannot be. `reason` says why there are no figures,
    `error` is what the person's code raised.
    """

    TYPE: ClassVar[str] = "step_cost"

    calls: int = 0
    task_s: float | None = None
    computing: float | None = None
    result_bytes: int | None = None
    unpicklable: str = ""
    reason: str = ""
    error: ErrorFacts | None = None


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
    | CostAlone
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
        CostAlone,
    )
}
