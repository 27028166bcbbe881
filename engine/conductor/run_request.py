"""A request to run an experiment, and what of the conductor the run may use."""

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
    """Says a fact that was made a line already; one that is `dispensable` is left out where its reader is behind."""

    def __call__(self, line: bytes, *, dispensable: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """What is to run: checked, with the interpreter found and its catalogue read."""

    run_id: str
    experiment: Experiment
    options: RunOptions
    interpreter: Interpreter
    catalogue: Catalogue
    folder: Path
    start_ns: int  # when the command came


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run uses of its conductor. `post(call)` has `call` made on the main thread; it alone is thread-safe.

    `keep(request)` is called, from another thread, when a run's result is written; it returns what went wrong.
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
