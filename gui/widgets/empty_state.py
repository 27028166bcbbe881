"""The placeholder while there are no steps: what to do, and the buttons that do it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from gui.widgets.button_style import PushButton
from gui.widgets.icons import icon
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme

_TEXT = "A task runs its steps in order. Build it from computing, waiting, files, the network, or a function of yours."


class EmptyState(QWidget):
    """Says that there are no steps yet; `add`, `templates` and `examples` are its buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = PlainLabel()
        self._title = PlainLabel("Add a step to begin")
        self._text = PlainLabel(_TEXT)
        self._text.setWordWrap(True)
        self.add = PushButton("Add a step")
        self.templates = PushButton("Start from a template")
        self.examples = PushButton("Open an example")
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addStretch(2)
        for each in (self._picture, self._title, self._text):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(each)
        for button in (self.add, self.templates, self.examples):
            button.setAutoDefault(False)
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        font = QApplication.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self._title.setFont(font)
        side = round(40 * theme.scale)
        self._picture.setPixmap(icon("layers", theme.muted).pixmap(side, side))
        palette = self._text.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.muted)
        self._text.setPalette(palette)
        self.add.setIcon(icon("plus", theme.text))
