"""The run before, in one line above the cards: a sample of its line, its name and figure, and a Hide button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.wording import figure_text as figures
from gui.controls.tool_button import ToolButton
from gui.widgets.appearance import mixed
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.fonts import font
from gui.widgets.run_names import run_name
from gui.widgets.theme import LIGHT, Theme
from gui.widgets.view_data import RunData


def before_color(theme: Theme) -> str:
    """Return the colour of the run before's lines: visible, but fainter than all lines of the present run."""
    return mixed(theme.panel, theme.text, 0.55).name()


class BeforeBar(QWidget):
    """Hidden without a run before; emits `hide_wanted` when the person hides it."""

    hide_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("The run before")
        self.words = ElidedLabel()
        self.hide_button = ToolButton("Hide", self)
        self.hide_button.setToolTip("Hide the run before (B shows it again)")
        self.hide_button.setAccessibleName("Hide the run before")
        self.hide_button.clicked.connect(self.hide_wanted)
        self._sample = _LineSample(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part, share in ((self._sample, 0), (self.words, 1), (self.hide_button, 0)):
            row.addWidget(part, share)
        self.hide()

    def show_before(self, before: RunData | None, data: RunData | None) -> None:
        """Name the run before, with its title if that differs; None hides the bar."""
        words = "" if before is None else before_words(before, data)
        self.words.setText(words)
        self.setAccessibleDescription(words)
        self.setVisible(bool(words))

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._sample.theme = theme
        self._sample.setFixedWidth(round(24 * theme.scale))
        self._sample.update()
        self.words.setFont(font(theme.font_pt * 0.95))
        self.hide_button.setFont(font(theme.font_pt * 0.95))
        self.hide_button.set_theme(theme)


def before_words(before: RunData, data: RunData | None) -> str:
    """Return the name of the run before, with its throughput."""
    name = run_name(before)
    if data is not None and data.title != before.title:
        name = f"“{before.title}”, {name}"
    rate = before.result.throughput_per_s if before.result is not None else None
    return f"The run before: {name}" + (f", {figures.rate(rate)} tasks/s" if rate is not None else "")


class _LineSample(QWidget):
    """A piece of the dashed line."""

    theme: Theme = LIGHT

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        pen = QPen(QColor(before_color(self.theme)), self.theme.line_width)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        middle = self.height() // 2
        painter.drawLine(0, middle, self.width(), middle)
