"""What only the conductor knows of a run, as `life.json` keeps it: stages, the host's answers, how the run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.wire.codec import record
from engine.wire.host_answers import ChildExit, HostDone, PythonFacts
from engine.wire.tick import Mark, Stall


@record
@dataclass(frozen=True, slots=True)
class LifeRecord:
    """Seconds at which the run came to each of its stages, and the rest; None is what has not come (yet).

    `gil` is whether the GIL was on when that was last known; `end_ns` when the host ended;
    `host_exit` how, where it had not said how the run did.
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
