"""A request to run an experiment, and the parts of the conductor that the run may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.conductor.service_process import Services
from engine.interpreters.plugins import Plugins
from engine.processes.guard import Guard
from engine.wire.commands import RunOptions
from engine.wire.facts import Fact
from engine.wire.interpreter import Interpreter
from engine.witness.platforms import Platform
from engine.workload.catalogue import Catalogue
from engine.workload.experiment import Experiment


class SayLine(Protocol):
    """Sends a fact that is already encoded as a line; a `dispensable` one is dropped if its reader falls behind."""

    def __call__(self, line: bytes, *, dispensable: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A checked experiment to run, with its interpreter and that interpreter's catalogue."""

    run_id: str
    experiment: Experiment
    options: RunOptions
    interpreter: Interpreter
    catalogue: Catalogue
    folder: Path
    start_ns: int  # when the command came


@dataclass(frozen=True, slots=True)
class RunContext:
    """The parts of the conductor that a run uses. Only `post` is thread-safe: it runs a call on the main thread.

    `keep(request)` is called, from another thread, when a run's result was written; it returns the problem, or None.
    """

    platform: Platform
    guard: Guard
    services: Services
    plugins: Callable[[], Plugins]
    adopter: int | None
    say: Callable[[Fact], None]
    say_line: SayLine
    post: Callable[[Callable[[], None]], None]
    keep: Callable[[CheckedRun], str | None]
