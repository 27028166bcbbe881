"""The line that names the run whose figures are shown, while another experiment is loaded."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from gui.widgets.appearance import mixed
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import LIGHT, Theme


class ShownLine(QWidget):
    """Names a run that is not the loaded experiment's; asks for that experiment, or for empty pages."""

    load_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self.words = ElidedLabel()
        self.load = _button("Load it", "Load the experiment whose figures are shown", self.load_wanted)
        self.clear = _button("Clear", "Clear this run from the pages; it stays in History", self.clear_wanted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 2, 0)
        layout.setSpacing(6)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.load)
        layout.addWidget(self.clear)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_words(self, words: str, *, running: bool) -> None:
        """Name the run; with empty words hide the line: the figures are the loaded experiment's."""
        self.words.setText(words)
        self.words.setToolTip(plain_tip(words))
        self.setAccessibleName(words)
        self.load.setVisible(not running)
        self.clear.setVisible(not running)
        self.setVisible(bool(words))

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a tint, so that the line is seen as a remark on the pages below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(mixed(self._theme.panel, self._theme.accent, 0.4))
        painter.setBrush(mixed(self._theme.panel, self._theme.accent, 0.10))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 5, 5)


def _button(title: str, tip: str, pressed: SignalInstance) -> QToolButton:
    made = QToolButton()
    made.setText(title)
    made.setToolTip(plain_tip(tip))
    made.setAccessibleName(tip)
    made.setAutoRaise(True)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.clicked.connect(pressed)
    return made
