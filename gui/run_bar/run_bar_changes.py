"""Puts changes of the run bar on the undo stack, together with the composer's edits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication

from engine.workload.toml_table import TomlTable
from gui.run_bar.run_bar import OPTION, RunBar
from gui.undo.change import Change

ARRIVAL: Final = "arrival_per_s"
_WORDS: Final = {
    "kind": "model",
    "gil": "GIL",
    "tasks": "amount",
    "duration_s": "amount",
    "until_stopped": "amount",
    ARRIVAL: "arrivals",
}


class RunBarChanges(QObject):
    """Compares the run bar with its previous values, and puts the difference on the stack.

    Call `take` whenever another experiment is shown, before the person's first change, and `record` after each change.
    """

    shown = Signal()  # an undo or a redo has put other values into the run bar

    def __init__(self, run_bar: RunBar, stack: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run_bar = run_bar
        self._stack = stack
        self._seen = run_bar.choices()
        self._burst = 0
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    def take(self) -> None:
        """Remember the run bar's present values: the next change is a change of these."""
        self._seen = self._run_bar.choices()

    def record(self) -> None:
        """Put the run bar's changes on the stack, if there are any."""
        before, after = self._seen, self._run_bar.choices()
        keys = _changed_keys(before, after)
        self._seen = after
        if keys:
            topic: Hashable = ("run bar", keys, self._burst) if _are_numbers(keys, before, after) else None
            words = {_WORDS.get(key, key.removeprefix(OPTION)) for key in keys}
            word = "model" if "model" in words or len(words) > 1 else words.pop()
            # During a run only the rate can be changed.
            live = keys == {ARRIVAL}
            self._stack.push(Change(f"Change {word}", before, after, self._show, topic, while_running=live))

    def _show(self, choices: TomlTable) -> None:
        if choices == self._run_bar.choices():
            return  # it was pushed just now: the run bar shows it already
        self._run_bar.set_choices(choices)
        self._seen = self._run_bar.choices()
        self._run_bar.changed.emit()
        self.shown.emit()

    def _on_focus_changed(self) -> None:
        # After the focus has been elsewhere, typing is a new change, as in the composer.
        self._burst += 1


def _changed_keys(before: Mapping[str, object], after: Mapping[str, object]) -> frozenset[str]:
    """Return the keys whose values differ; an option that is not in `before` was not known yet, and did not change."""
    same_model = before.get("kind") == after.get("kind")
    keys = before.keys() | after.keys()
    late = {key for key in after.keys() - before.keys() if key.startswith(OPTION)} if same_model else set()
    return frozenset(key for key in keys - late if before.get(key) != after.get(key))


def _are_numbers(keys: frozenset[str], before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    values = [side.get(key) for key in keys for side in (before, after)]
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
