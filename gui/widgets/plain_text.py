"""Widgets that show untrusted text (from files, programs, plugins) literally, never as HTML, which may load files.

In labels and tooltips, Qt interprets text that looks like HTML. So every label of the window is a PlainLabel, and
every tooltip with text that is not a constant of ours goes through `plain_tip`; a test checks this.
"""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget


class PlainLabel(QLabel):
    """A label with plain text. One that contains links sets its text format, and escapes untrusted text."""

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
    """Return a tooltip that shows `text` literally."""
    return f"<p style='white-space: pre-wrap'>{escape(text)}</p>" if "<" in text else text


def wrapped_tip(*texts: str) -> str:
    """Return a tooltip of several texts below each other; Qt wraps long ones."""
    return "<p>" + "<br>".join(escape(text) for text in texts) + "</p>"
