"""The part of a run that only the conductor knows (`life.json`): stages, the host's answers, how the run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.wire.codec import record
from engine.wire.host_answers import ChildExit, HostDone, PythonFacts
from engine.wire.tick import Mark, Stall


@record
@dataclass(frozen=True, slots=True)
class LifeRecord:
    """The seconds at which the run reached each stage, and how it ended; None for what has not happened (yet).

    `gil` is the last known state of the GIL; `end_ns` is when the host ended; `host_exit` is how it ended, if it did
    not report a result.
    """

    run_id: str = ""
    stages: Mapping[str, float | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    done: HostDone | None = None
    python: PythonFacts | None = None
    gil: bool | None = None
    end_ns: int | None = None
    status: str | None = None
    reason: str | None = None
    output_dropped: int | None = None
    stall: Stall | None = None
    host_exit: ChildExit | None = None
