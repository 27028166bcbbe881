"""Foreign text (of files, programs, plugins) as Qt may have it: as it is, never as HTML, which loads what it names.

Qt takes a text that looks like HTML for HTML, in labels and in tool tips. So every label of the window is a PlainLabel,
and every tool tip that is not ours to the letter goes through `plain_tip`; a test looks for others.
"""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget


class PlainLabel(QLabel):
    """A label whose text is plain. One that makes links of its own says so, and escapes what it did not write."""

    def __init__(self, text: str | QWidget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(text if isinstance(text, QWidget) else parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if isinstance(text, str):
            self.setText(text)


class PlainMessageBox(QMessageBox):
    """A question whose texts are plain."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)


def plain_tip(text: str) -> str:
    """Return a tool tip that shows `text` as it is."""
    return f"<p style='white-space: pre-wrap'>{escape(text)}</p>" if "<" in text else text


def wrapped_tip(*texts: str) -> str:
    """Return a tool tip of several texts below each other, which Qt breaks into lines where they are long."""
    return "<p>" + "<br>".join(escape(text) for text in texts) + "</p>"
