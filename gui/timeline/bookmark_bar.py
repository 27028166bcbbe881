"""The note of a bookmark, below the lanes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from engine.history.bookmarks import Bookmark
from gui.controls.tool_button import ToolButton
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme


class BookmarkBar(QWidget):
    """Shows one bookmark: its time, a field for its note, and a button that removes it. Hidden without one."""

    noted = Signal(str)
    removed = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Bookmark")
        self.time, self.note = PlainLabel(self), QLineEdit(self)
        self.note.setPlaceholderText("Note")
        self.note.setMaxLength(500)
        self.note.setAccessibleName("Note of the bookmark")
        self.remove, self.close_button = ToolButton("Remove", self), ToolButton("Done", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        for part in (self.time, self.note, self.remove, self.close_button):
            row.addWidget(part, 1 if part is self.note else 0)
        self.note.editingFinished.connect(lambda: self.noted.emit(self.note.text()))
        self.note.returnPressed.connect(self._on_return)
        self.remove.clicked.connect(self.removed)
        self.close_button.clicked.connect(self.closed)
        self.hide()

    def show_bookmark(self, bookmark: Bookmark | None) -> None:
        """Show a bookmark, with the focus on its note; None hides the bar."""
        self.setVisible(bookmark is not None)
        if bookmark is not None:
            self.time.setText(f"Bookmark at {bookmark.time_ns / 1e9:.4f} s")
            self.note.setText(bookmark.note)
            self.note.setFocus()

    def _on_return(self) -> None:
        self.noted.emit(self.note.text())  # before the bar closes: Qt emits editingFinished only afterwards
        self.closed.emit()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        for part in (self.time, self.note, self.remove, self.close_button):
            part.setFont(font(theme.font_pt * 0.95))
        for button in (self.remove, self.close_button):
            button.set_theme(theme)
