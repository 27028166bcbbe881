"""What can be run here: the catalogue of steps and models, and the interpreters, as the conductor finds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.workload.catalogue import Catalogue


class SurroundingsQuery(QObject):
    """Asks once a conductor is ready; answers come as signals.

    `interpreter` is the one whose catalogue is wanted, None for the app's own, and `interpreter_found` what the
    conductor said it is. Answers about another that was wanted before are ignored.
    """

    catalogue_changed = Signal(object)  # Catalogue
    interpreters_changed = Signal(object, bool)  # list of Interpreter.to_json(), whether the search has ended
    failed = Signal(str)
    costs_changed = Signal(object)  # the protocol's `costs`
    script_saved = Signal(str)  # path
    script_failed = Signal(str, str)  # key, reason

    def __init__(self, send: Callable[[dict[str, Any]], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._send = send
        self.catalogue: Catalogue | None = None
        self.interpreters: list[dict[str, Any]] = []
        self.interpreter: str | None = None
        self.interpreter_found: dict[str, Any] | None = None
        self.machine: dict[str, Any] = {}

    def on_ready(self, message: dict[str, Any]) -> None:
        """Ask a conductor that has just become ready for everything."""
        self.machine = message
        self._send({"type": "catalogue", "interpreter": self.interpreter})
        self._send({"type": "interpreters", "refresh": False})

    def choose(self, interpreter: str | None) -> None:
        """Ask what can run under another interpreter."""
        if interpreter != self.interpreter:
            self.interpreter = interpreter
            self._send({"type": "catalogue", "interpreter": interpreter})

    def search_again(self, *, refresh: bool = True) -> None:
        """Look for interpreters anew; with `refresh` all are asked again."""
        self._send({"type": "interpreters", "refresh": refresh})

    def ask_costs(self, model: str, measure: str) -> None:
        """Ask what a model costs under the chosen interpreter; `measure` as the protocol has it."""
        self._send({"type": "costs", "model": model, "interpreter": self.interpreter, "measure": measure})

    def save_script(self, experiment: dict[str, Any], path: str) -> None:
        """Ask for an experiment as a Python file."""
        if not self._send({"type": "script", "experiment": experiment, "path": path}):
            self.script_failed.emit("", "the engine is not running")

    def take(self, message: dict[str, Any]) -> None:
        """Take in a message of the conductor's that is no run's."""
        kind = message["type"]
        if kind == "catalogue" and message["interpreter"].get("asked") == self.interpreter:
            self.interpreter_found = message["interpreter"]
            self.catalogue = Catalogue.from_json(message["catalogue"])
            self.catalogue_changed.emit(self.catalogue)
        elif kind == "interpreters":
            self.interpreters = list(message["interpreters"])
            self.interpreters_changed.emit(self.interpreters, bool(message.get("complete")))
        elif kind == "costs" and message.get("interpreter") == self.interpreter:
            self.costs_changed.emit(message)
        elif kind == "script_saved":
            self.script_saved.emit(str(message["path"]))
        elif kind == "script_failed":
            self.script_failed.emit(str(message.get("key") or ""), str(message["reason"]))
        elif kind == "error":
            self.failed.emit(str(message["reason"]))
