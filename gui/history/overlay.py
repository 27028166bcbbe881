"""Several kept runs in one chart: a line for each over time since its first task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gui.compare.rows import flowing, muted
from gui.history.overlay_reading import MEASURES, OverlayLine
from gui.history.press_button import press_button
from gui.plots.curve import TimeCurve
from gui.plots.spoken import spoken_line, spoken_lines
from gui.plots.time_plot import TimePlot, sample_at
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import LIGHT, Theme

_MOST_NAMED: Final = 8  # runs that the read-out at the pointer lists
_LEGEND_ROWS: Final = 6
_STYLES: Final = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class RunsOverlay(QWidget):
    """Emits `left` when the person returns to the list. Runs can be hidden and shown in the legend."""

    left = Signal()
    save_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Runs in one chart")
        self.lines: list[OverlayLine] = []
        self._theme = LIGHT
        self._curves: list[TimeCurve] = []
        self.measure = QComboBox()
        self.measure.addItems([each.title for each in MEASURES])
        self.measure.setAccessibleName("What is drawn")
        self.measure.currentIndexChanged.connect(lambda _index: self._draw())
        self.plot = TimePlot("Runs in one chart")
        self.plot.readout = self._readout
        self.plot.save_requested.connect(self.save_wanted)
        self.legend = QListWidget()
        self.legend.setAccessibleName("The runs in the chart")
        self.legend.itemChanged.connect(lambda _item: self._draw())
        self.note = PlainLabel("Every run begins with its first task.")
        self.back = press_button("‹ All runs", self.left.emit)
        save = press_button("Save picture…", self.save_wanted.emit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 10)
        layout.setSpacing(8)
        tools = flowing(self.back, self.measure, save)
        tools.setMinimumHeight(1)  # else the window must be high enough for all of them in a column
        for part in (tools, self.note):
            layout.addWidget(part)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.legend)

    def show_lines(self, lines: Sequence[OverlayLine]) -> None:
        """Show these runs."""
        self.close_lines()
        self.lines = list(lines)
        self.legend.blockSignals(True)
        for line in self.lines:
            item = QListWidgetItem(line.title)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.legend.addItem(item)
            self._curves.append(self.plot.add_curve())
        self.legend.blockSignals(False)
        self._style()
        self._draw()

    def close_lines(self) -> None:
        """Show nothing."""
        self.legend.clear()
        for curve in self._curves:
            self.plot.remove_curve(curve)
        self._curves.clear()
        self.lines.clear()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.plot.set_theme(theme)
        muted(theme, self.note)
        self._style()

    def pen_of(self, place: int) -> QPen:
        """Return a run's pen: it differs from the others' by its colour, then by its dashes."""
        colors = self._theme.series
        style = _STYLES[place // len(colors) % len(_STYLES)]
        return pg.mkPen(QColor(colors[place % len(colors)]), width=self._theme.line_width, style=style)

    def _style(self) -> None:
        row = round(self.legend.fontMetrics().height() * 1.6)
        self.legend.setFixedHeight(row * min(_LEGEND_ROWS, max(1, len(self.lines))) + 8)
        self.legend.blockSignals(True)
        for place, curve in enumerate(self._curves):
            curve.setPen(self.pen_of(place))
            self.legend.item(place).setIcon(self._swatch(place))
        self.legend.blockSignals(False)

    def _swatch(self, place: int) -> QIcon:
        picture = QPixmap(28, 14)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setPen(self.pen_of(place))
        painter.drawLine(0, 7, 28, 7)
        painter.end()
        return QIcon(picture)

    def _shown(self) -> list[int]:
        checked = Qt.CheckState.Checked
        return [place for place in range(len(self.lines)) if self.legend.item(place).checkState() == checked]

    def _draw(self) -> None:
        shown, measure = self._shown(), self.measure.currentIndex()
        values = []
        longest = 0.05
        for place, (line, curve) in enumerate(zip(self.lines, self._curves, strict=True)):
            own = line.values[measure] if place in shown else np.empty(0)
            curve.show(line.t if place in shown else np.empty(0), own)
            values.append(own)
            if place in shown and len(line.t):
                longest = max(longest, float(line.t[-1]))
        self.plot.fit_time(longest, ended=True)
        self.plot.fit_height(np.concatenate(values) if values else np.empty(0))
        self.plot.say(longest, self._said, ended=True)

    def _said(self) -> str:
        measure = self.measure.currentIndex()
        shown = (self.lines[place] for place in self._shown())
        text = MEASURES[measure].text
        return spoken_lines(*(spoken_line(line.title, line.t, line.values[measure], text) for line in shown))

    def _readout(self, time_s: float, _height: float) -> str:
        """Return the value of each visible run at a time."""
        measure, parts = self.measure.currentIndex(), [f"{time_s:.2f} s"]
        for place in self._shown():
            line = self.lines[place]
            at = sample_at(line.t, time_s)
            if at is not None and not np.isnan(value := line.values[measure][at]):
                parts.append(f"{line.title}: {MEASURES[measure].text(float(value))}")
        more = len(parts) - 1 - _MOST_NAMED
        return "\n".join([*parts[: _MOST_NAMED + 1], *([f"and {more} more"] if more > 0 else [])])
