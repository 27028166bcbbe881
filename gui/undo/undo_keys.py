"""Passes Undo and Redo on to the window once a single-line field's own history is exhausted."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget


def pass_undo_keys(widget: QWidget) -> None:
    """Let `widget` leave Undo and Redo to the actions that have them as shortcuts."""
    widget.installEventFilter(_UndoKeys(widget))


class _UndoKeys(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            standard = QKeySequence.StandardKey
            if event.matches(standard.Undo) or event.matches(standard.Redo):
                event.ignore()
                return True
        return super().eventFilter(watched, event)
