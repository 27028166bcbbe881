"""Asks the conductor what can run here: the catalogue of steps and models, and the interpreters."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.wire.commands import (
    Command,
    Measure,
    MeasureStep,
    QueryCatalogue,
    QueryCosts,
    QueryInterpreters,
    QueryPythons,
    SaveScript,
)
from engine.wire.facts import (
    CatalogueFound,
    CostsKnown,
    Fact,
    Failure,
    InterpretersFound,
    Ready,
    ScriptFailed,
    ScriptSaved,
    StepMeasured,
)
from engine.wire.interpreter import Interpreter
from engine.wire.watch_messages import PythonsFound
from engine.workload.catalogue import Catalogue


class SurroundingsQuery(QObject):
    """Asks as soon as a conductor is ready; answers come as signals.

    `interpreter` is the one whose catalogue is wanted, None for the app's own, and `interpreter_found` the conductor's
    description of it. Answers about a previously chosen one are ignored.
    """

    catalogue_changed = Signal(object)  # Catalogue
    interpreters_changed = Signal(object, bool)  # tuple of Interpreter, whether the search has ended
    failed = Signal(str)
    costs_changed = Signal(object)  # CostsKnown
    step_measured = Signal(object)  # StepMeasured
    script_saved = Signal(str)  # path
    script_failed = Signal(str, str)  # key, reason
    pythons_changed = Signal(object)  # tuple of RunningPython

    def __init__(self, send: Callable[[Command], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._send = send
        self.catalogue: Catalogue | None = None
        self.interpreters: tuple[Interpreter, ...] = ()
        self.cores = os.cpu_count() or 1
        self.interpreter: str | None = None
        self.interpreter_found: CatalogueFound | None = None

    def on_ready(self, ready: Ready) -> None:
        """Ask a conductor that has just become ready for everything."""
        self.cores = ready.cores or self.cores
        self._send(QueryCatalogue(self.interpreter, trust=True))
        self._send(QueryInterpreters())

    def choose(self, interpreter: str | None, *, allowed: bool = True) -> None:
        """Ask what can run under another interpreter, or under the app's own if that one is not `allowed` to start."""
        wanted = interpreter if allowed else None
        if wanted != self.interpreter:
            self.interpreter = wanted
            self._send(QueryCatalogue(wanted, trust=True))

    def search_again(self, *, refresh: bool = True) -> None:
        """Look for interpreters again; with `refresh` known ones are queried again too."""
        self._send(QueryInterpreters(refresh))

    def ask_costs(self, model: str, measure: Measure) -> None:
        """Ask what a model costs under the chosen interpreter; `measure` says whether it may be measured for this."""
        self._send(QueryCosts(model, self.interpreter, measure))

    def measure_step(self, experiment: object, token: str, *, trust: bool) -> bool:
        """Ask what the only step of an experiment costs alone; False if there is nobody to answer."""
        return self._send(MeasureStep(experiment, token, trust))

    def save_script(self, experiment: object, path: str) -> None:
        """Ask for an experiment as a Python file."""
        if not self._send(SaveScript(experiment, path)):
            self.script_failed.emit("", "the engine is not running")

    def ask_pythons(self) -> bool:
        """Ask which Python programs run now; False if there is no conductor to answer."""
        return self._send(QueryPythons())

    def take(self, fact: Fact) -> None:
        """Process a fact from the conductor that is not about a run."""
        match fact:
            case CatalogueFound() if fact.asked == self.interpreter:
                self.interpreter_found, self.catalogue = fact, fact.catalogue
                self.catalogue_changed.emit(self.catalogue)
            case InterpretersFound():
                self.interpreters = fact.interpreters
                self.interpreters_changed.emit(self.interpreters, fact.complete)
            case CostsKnown() if fact.interpreter == self.interpreter:
                self.costs_changed.emit(fact)
            case StepMeasured():
                self.step_measured.emit(fact)
            case ScriptSaved():
                self.script_saved.emit(str(fact.path))
            case ScriptFailed():
                self.script_failed.emit(fact.key, fact.reason)
            case PythonsFound():
                self.pythons_changed.emit(fact.processes)
            case Failure():
                self.failed.emit(fact.reason)
