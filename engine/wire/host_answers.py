"""Answers that a run's host writes to a descriptor of its own, one JSON object for each line.

`engine.wire.query_answers` has the answers to other questions, which a run's host does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.wire.codec import record


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
