"""The commands of the Edit menu: undo and redo of what is composed."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack


class EditCommands(QObject):
    """Works on the composer's undo stack."""

    def __init__(self, stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._stack = stack

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return self._stack.canUndo()

    @property
    def can_redo(self) -> bool:
        """Whether there is something to redo."""
        return self._stack.canRedo()

    def undo(self) -> None:
        """Take the last change back."""
        self._stack.undo()

    def redo(self) -> None:
        """Make the change that was taken back once more."""
        self._stack.redo()
