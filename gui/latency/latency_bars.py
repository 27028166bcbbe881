"""The histogram of tasks' latencies: bars over a logarithmic axis of time, with marks at the percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.trace.latency_buckets import LatencyCounts
from engine.wording import figure_text as figures
from gui.widgets.fonts import font
from gui.widgets.header import BEHIND_STROKES
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import LIGHT, Theme

_ROUND = (1.0, 2.0, 5.0)
_LEAST_BAR = 5.0  # pixels: narrower bars are merged


@dataclass(frozen=True, slots=True)
class _Axis:
    """Maps latencies to pixels: `area` shows `low` to `high` seconds, logarithmic."""

    area: QRectF
    low: float
    high: float

    def x_of(self, seconds: float) -> float:
        share = math.log(max(seconds, 1e-9) / self.low) / math.log(self.high / self.low)
        return self.area.left() + self.area.width() * min(max(share, 0.0), 1.0)

    def seconds_at(self, x: float) -> float:
        return float(self.low * (self.high / self.low) ** ((x - self.area.left()) / self.area.width()))

    def merged(self, counts: LatencyCounts) -> LatencyCounts:
        """Return counts in bars that are wide enough to be seen."""
        pixels = self.area.width() / math.log2(self.high / self.low) / counts.per_octave
        width = 1
        while width < counts.per_octave and pixels * width < _LEAST_BAR:
            width *= 2
        return counts.merged(width)


class LatencyBars(QWidget):
    """Draws how many tasks took how long. `marks` are (colour, seconds): a thin line each, in its figure's colour."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.counts: LatencyCounts | None = None
        self.behind: list[LatencyCounts | None] = []
        self._marks: tuple[tuple[str, float], ...] = ()
        self._theme = LIGHT
        self._range = (1e-3, 1.0)
        self.setMinimumHeight(90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Histogram of latencies")
        self.setMouseTracking(True)
        self._label = PlainLabel(self)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label.hide()

    def show_counts(self, counts: LatencyCounts | None, marks: Sequence[tuple[str, float]]) -> None:
        """Show these from now on."""
        self.counts, self._marks = counts, tuple(marks)
        if counts is not None:
            edges = counts.edges_s()
            self._range = round_range(max(float(edges[0]), 1e-9), float(edges[-1]))
            self.setAccessibleDescription(self._described(counts))
        self.update()

    def show_behind(self, counts: Sequence[LatencyCounts | None]) -> None:
        """Show the counts of the runs behind as outlines, each scaled to the full height; None: not known yet."""
        self.behind = list(counts)
        known = [each for each in self.behind if each is not None]
        if known and self.counts is not None:
            edges = np.concatenate([each.edges_s() for each in (*known, self.counts)])
            self._range = round_range(max(float(edges.min()), 1e-9), float(edges.max()))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self._label.setFont(font(theme.font_pt * 0.9))
        self._label.setStyleSheet(
            f"background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.border}; padding: 3px 6px;"
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which bars can be distinguished."""
        return QSize(300, round(140 * self._theme.scale))

    def readout(self, x: float) -> str:
        """Return the text for the bar at `x` pixels: `10 ms to 10.6 ms: 120 tasks, 4 % of all`."""
        if self.counts is None:
            return ""
        axis = self._axis()
        merged = axis.merged(self.counts)
        edges = merged.edges_s()
        place = int(np.searchsorted(edges, axis.seconds_at(x), side="right")) - 1
        if not 0 <= place < len(merged.counts):
            return ""
        count, total = int(merged.counts[place]), int(merged.counts.sum())
        spread = f"{figures.seconds(float(edges[place]))} to {figures.seconds(float(edges[place + 1]))}"
        return f"{spread}: {figures.counted(count, 'task')}, {figures.percent(count / total)} of all"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Describe the bar at the pointer."""
        text = self.readout(event.position().x())
        self._label.setVisible(bool(text))
        self._label.setText(text)
        self._label.adjustSize()
        self._label.move(round(min(event.position().x() + 12, max(0.0, self.width() - self._label.width()))), 0)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the text when the pointer leaves."""
        super().leaveEvent(event)
        self._label.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the axis, the bars and the percentiles."""
        painter = QPainter(self)
        painter.setFont(font(self._theme.font_pt * 0.9))
        axis = self._axis()
        self._paint_axis(painter, axis)
        if self.counts is not None:
            self._paint_bars(painter, axis, axis.merged(self.counts))
            self._paint_marks(painter, axis)
        strokes = zip(self.behind, self._theme.behind, BEHIND_STROKES, strict=False)
        for counts, color, stroke in strokes:
            if counts is not None:
                painter.setPen(QPen(QColor(color), self._theme.line_width, stroke))
                self._paint_outline(painter, axis, axis.merged(counts))

    def _paint_outline(self, painter: QPainter, axis: _Axis, merged: LatencyCounts) -> None:
        area, edges, most = axis.area, merged.edges_s(), float(merged.counts.max())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = [QPointF(axis.x_of(float(edges[0])), area.bottom())]
        for place, count in enumerate(merged.counts.tolist()):
            y = area.bottom() - area.height() * float(count) / most
            line += [QPointF(axis.x_of(float(edges[place])), y), QPointF(axis.x_of(float(edges[place + 1])), y)]
        line.append(QPointF(axis.x_of(float(edges[-1])), area.bottom()))
        painter.drawPolyline(line)

    def _paint_axis(self, painter: QPainter, axis: _Axis) -> None:
        metrics, area = QFontMetricsF(painter.font()), axis.area
        painter.setPen(QPen(QColor(self._theme.grid), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        end = -math.inf
        for seconds in round_ticks(*self._range):
            x = axis.x_of(seconds)
            painter.setPen(QPen(QColor(self._theme.grid), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            text = figures.seconds(seconds).replace(".0 ", " ").replace(".00 ", " ")
            left = min(x - metrics.horizontalAdvance(text) / 2, self.width() - metrics.horizontalAdvance(text))
            if left > end:
                painter.setPen(QColor(self._theme.muted))
                painter.drawText(QPointF(left, area.bottom() + metrics.ascent() + 3 * self._theme.scale), text)
                end = left + metrics.horizontalAdvance(text + "00")

    def _paint_bars(self, painter: QPainter, axis: _Axis, merged: LatencyCounts) -> None:
        area, edges, most = axis.area, merged.edges_s(), float(merged.counts.max())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.accent))
        for place in np.flatnonzero(merged.counts).tolist():
            left, right = axis.x_of(float(edges[place])), axis.x_of(float(edges[place + 1]))
            # One slow task among a million must be visible in a histogram, however low its bar.
            height = max(2.0 * self._theme.scale, area.height() * float(merged.counts[place]) / most)
            painter.drawRect(QRectF(left, area.bottom() - height, max(1.5, right - left - 1), height))
        painter.setPen(QColor(self._theme.muted))
        top = figures.number(most)
        width = QFontMetricsF(painter.font()).horizontalAdvance(top)
        painter.drawText(QPointF(area.left() - width - 6, area.top() + QFontMetricsF(painter.font()).ascent()), top)

    def _paint_marks(self, painter: QPainter, axis: _Axis) -> None:
        for color, seconds in self._marks:
            pen = QPen(QColor(color), self._theme.line_width)
            painter.setPen(pen)
            x = axis.x_of(seconds)
            painter.drawLine(QPointF(x, axis.area.top()), QPointF(x, axis.area.bottom()))

    def _axis(self) -> _Axis:
        metrics = QFontMetricsF(font(self._theme.font_pt * 0.9))
        left = metrics.horizontalAdvance("500 ms") + 8 + 4 * self._theme.scale  # as in the plot below
        below = metrics.height() + 4 * self._theme.scale
        width = max(1.0, self.width() - left - metrics.horizontalAdvance("00"))
        return _Axis(QRectF(left, 2, width, max(1.0, self.height() - below - 2)), *self._range)

    def _described(self, counts: LatencyCounts) -> str:
        edges = counts.edges_s()
        most = int(np.argmax(counts.counts))
        return (
            f"{figures.counted(int(counts.counts.sum()), 'task')}, from {figures.seconds(float(edges[0]))} to"
            f" {figures.seconds(float(edges[-1]))}; most of them near {figures.seconds(float(edges[most]))}"
        )


def round_range(low: float, high: float) -> tuple[float, float]:
    """Return the nearest 1, 2 or 5 of a power of ten at or below `low`, and at or above `high`."""
    down = 10.0 ** math.floor(math.log10(low))
    up = 10.0 ** math.floor(math.log10(high))
    return (
        max(down * step for step in _ROUND if down * step <= low * (1 + 1e-9)),
        min(up * step for step in (*_ROUND, 10.0, 20.0) if up * step >= high * (1 - 1e-9) and up * step > low * 1.01),
    )


def round_ticks(low: float, high: float) -> list[float]:
    """Return the powers of ten between two ends, and also 2 and 5 times these if there are few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = _ROUND if math.log10(high / low) < 3.2 else (1.0,)
    found = [10.0**power * step for power in range(first, last + 1) for step in steps]
    return [each for each in found if low * (1 - 1e-9) <= each <= high * (1 + 1e-9)]
