"""The commands of the Edit menu: undo and redo of changes in the composer and the run bar."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack

from gui.undo.change import Change


class EditCommands(QObject):
    """Works on the undo stack that composer and run bar share.

    While a run is under way, what it runs with stands still: a change of it is undone when the run has ended.
    """

    def __init__(self, stack: QUndoStack, is_running: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._stack = stack
        self._is_running = is_running

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return self._stack.canUndo() and self._may_change(self._stack.index() - 1)

    @property
    def can_redo(self) -> bool:
        """Whether there is something to redo."""
        return self._stack.canRedo() and self._may_change(self._stack.index())

    def undo(self) -> None:
        """Undo the last change."""
        self._stack.undo()

    def redo(self) -> None:
        """Redo the change that was undone last."""
        self._stack.redo()

    def _may_change(self, place: int) -> bool:
        change = self._stack.command(place)
        return not self._is_running() or not isinstance(change, Change) or change.while_running
