"""Shows an editor as large as its window, and puts it back where it was."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.code_editor.code_editor import CodeEditor
from gui.code_editor.remarks import remark_lines
from gui.widgets.button_style import PushButton
from gui.widgets.plain_text import PlainLabel


class LargeEditor(QWidget):
    """Takes the editor out of its place in `home`; Esc, F8 or the button put it back there."""

    closed = Signal()

    def __init__(self, editor: CodeEditor, home: QWidget, title: str) -> None:
        super().__init__(editor.window())
        self._editor, self._home = editor, home
        self._window = editor.window()
        self.setAutoFillBackground(True)
        self.setAccessibleName(f"{title}, large")
        self._room = QWidget()
        self._room.setSizePolicy(editor.sizePolicy())
        self.back = PushButton("Back (Esc)")
        self.back.clicked.connect(self.put_back)
        self._words = PlainLabel()
        self._words.setWordWrap(True)
        layout_of_home = home.layout()
        if layout_of_home is not None:
            layout_of_home.replaceWidget(editor, self._room)
        heading = QHBoxLayout()
        heading.addWidget(PlainLabel(title), 1)
        heading.addWidget(self.back)
        layout = QVBoxLayout(self)
        layout.addLayout(heading)
        layout.addWidget(editor, 1)
        layout.addWidget(self._words)
        editor.remarked.connect(self._show_words)
        editor.large_requested.connect(self.put_back)
        home.destroyed.connect(self.deleteLater)
        self._window.installEventFilter(self)
        self.installEventFilter(self)
        self.setGeometry(self._window.rect())
        self._show_words()
        self.show()
        self.raise_()
        editor.setFocus()

    def put_back(self) -> None:
        """Put the editor back, with the focus, and close."""
        layout = self._home.layout()
        self._window.removeEventFilter(self)
        self._editor.remarked.disconnect(self._show_words)
        self._editor.large_requested.disconnect(self.put_back)
        if layout is not None:
            layout.replaceWidget(self._room, self._editor)
        self._room.deleteLater()
        self._editor.show()
        self._editor.setFocus()
        self._editor.ensureCursorVisible()
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_escape(event):
            self.put_back()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Handle Esc here, before it triggers the command that stops a run.
        override = watched is self and event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and _is_escape(event):
            event.accept()
            return True
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def _show_words(self) -> None:
        editor = self._editor
        error = f"Line {editor.error_line}: {editor.error_text}" if editor.error_line else ""
        self._words.setText(error or remark_lines(editor.remarks))


def _is_escape(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Escape
