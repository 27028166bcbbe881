"""Figures from looks at a run's threads: GIL holders, locks, event loops. A result has them, a tick once a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.wire.codec import if_known, record

Seconds = Mapping[str, float | None]  # by state, or by worker


@record
@dataclass(frozen=True, slots=True)
class StretchFigures:
    """How long the GIL was held at a time; `shorter_than` is an upper bound, if that was too short to be seen."""

    p50: float | None = None
    p90: float | None = None
    shorter_than: float | None = if_known()


@record
@dataclass(frozen=True, slots=True)
class GilResult:
    """How long each thread was seen to hold a process's GIL, and how often it changed hands.

    `since_s` is when a free-threaded Python turned it on, after the start; None if it was on from the start.
    """

    pid: int
    held_s: Seconds = field(default_factory=dict)
    other_s: float | None = None
    nobody_s: float | None = None
    unknown_s: float | None = None
    handovers_per_s: float | None = None
    stretch_s: StretchFigures | None = None
    since_s: float | None = if_known()


@record
@dataclass(frozen=True, slots=True)
class LockResult:
    """A lock of a process: how long each worker waited for it, and was seen to hold it."""

    pid: int
    address: str
    waited_s: Seconds = field(default_factory=dict)
    held_s: Seconds | None = if_known()
    unknown_s: float | None = if_known()


@record
@dataclass(frozen=True, slots=True)
class LibraryResult:
    """A native library whose own threads or locks were seen."""

    name: str
    threads: int | None = None


@record
@dataclass(frozen=True, slots=True)
class SeenSoFar:
    """A running run's figures from looks, with the keys of its result; only the first processes, locks and loops.

    `waits_s` holds the waits of the workers that the tick lists, in the same order.
    """

    gil: tuple[GilResult, ...] = ()
    locks: tuple[LockResult, ...] = ()
    libraries: tuple[LibraryResult, ...] = ()
    loop: tuple[Mapping[str, object], ...] = ()
    ledger_bounds_s: Mapping[str, tuple[float | None, float | None] | None] = field(default_factory=dict)
    waits_s: tuple[Seconds | None, ...] = ()
