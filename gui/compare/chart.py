"""The chart of a comparison: a measure by worker count, a line a model with its confidence band and every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.analysis import figure_text as figures
from engine.comparison.comparison import Comparison
from engine.comparison.measures import MEASURES, Measure, interval, line_of, points
from engine.comparison.plan import Cell
from engine.workload.parameter import shown
from gui.theme import LIGHT, Theme
from gui.views._fonts import font
from gui.views._ranges import ceiling, tick_step

_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)


@dataclass
class Line:
    """One line: its name, and by worker count the median, its bounds (None for one run) and every run's value."""

    name: str
    color: int
    median: dict[int, float] = field(default_factory=dict)
    bounds: dict[int, tuple[float, float]] = field(default_factory=dict)
    runs: dict[int, list[float]] = field(default_factory=dict)


class Chart(QWidget):
    """Paints the lines; worker counts stand evenly spaced, heights begin at 0."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.theme: Theme = LIGHT
        self.measure: Measure = MEASURES[0]
        self.lines: list[Line] = []
        self.counts: list[int] = []
        self._top = 1.0
        self._spots: list[tuple[QPointF, str]] = []
        self.setAccessibleName(self.measure.title)

    def show_measure(self, comparison: Comparison | None, measure: Measure) -> None:
        """Draw this measure of a comparison from now on."""
        self.measure = measure
        self.setAccessibleName(f"{measure.title} by number of workers")
        cells = [] if comparison is None else comparison.cells
        self.counts = sorted({cell.workers for cell in cells})
        self.lines = [] if comparison is None else lines_of(comparison, measure)
        values = [value for line in self.lines for runs in line.runs.values() for value in runs]
        self._top = ceiling(max(values, default=0.0) * 1.05)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which lines can be told apart."""
        return QSize(480, round(260 * min(self.theme.scale, 1.5)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw axes, bands, lines, runs and names, in this order."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.theme.panel))
        self._spots.clear()
        area = self._area()
        self._paint_axes(painter, area)
        for line in self.lines:
            self._paint_band(painter, area, line)
        for line in self.lines:
            self._paint_line(painter, area, line)
        self._paint_names(painter, area)

    def event(self, event: QEvent) -> bool:
        """Say in a tool tip what is under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos().toPointF()), self)
            return True
        return super().event(event)

    def tip_at(self, point: QPointF) -> str:
        """Return what is painted near `point`, in words; an empty text where nothing is."""
        reach = 12 * self.theme.scale
        near = [(QPointF(spot - point).manhattanLength(), text) for spot, text in self._spots]
        return "\n".join(text for distance, text in sorted(near) if distance < reach)

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(font(self.theme.font_pt * 0.9))

    def _area(self) -> QRectF:
        metrics = self._metrics()
        left = max(metrics.horizontalAdvance(self.measure.text(tick)) for tick in self._ticks(6)) + 12
        names = max((metrics.horizontalAdvance(line.name) for line in self.lines), default=0.0)
        right = min(names + 18, self.width() * 0.34)
        below = metrics.height() * 2.3
        return QRectF(left, metrics.height(), self.width() - left - right, self.height() - metrics.height() - below)

    def _ticks(self, most: int) -> Sequence[float]:
        step = tick_step(self._top, most)
        return [float(value) for value in np.arange(0.0, self._top + step / 2, step)]

    def _at(self, area: QRectF, workers: int, value: float) -> QPointF:
        place = (self.counts.index(workers) + 0.5) / len(self.counts)
        return QPointF(area.left() + place * area.width(), area.bottom() - value / self._top * area.height())

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        metrics = self._metrics()
        painter.setFont(font(self.theme.font_pt * 0.9))
        for tick in self._ticks(max(2, int(area.height() / (metrics.height() * 2.2)))):
            y = area.bottom() - tick / self._top * area.height()
            painter.setPen(QPen(QColor(self.theme.grid), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(self.theme.muted))
            place = QRectF(0, y - metrics.height() / 2, area.left() - 8, metrics.height())
            painter.drawText(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.measure.text(tick)
            )
        painter.setPen(QColor(self.theme.muted))
        for workers in self.counts:
            x = self._at(area, workers, 0.0).x()
            place = QRectF(x - 40, area.bottom() + 4, 80, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(workers))
        below = QRectF(area.left(), area.bottom() + metrics.height() * 1.2, area.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "workers")

    def _paint_band(self, painter: QPainter, area: QRectF, line: Line) -> None:
        known = [workers for workers in self.counts if workers in line.bounds]
        color = QColor(self.theme.series[line.color % len(self.theme.series)])
        color.setAlpha(46)
        low = [self._at(area, workers, line.bounds[workers][0]) for workers in known]
        high = [self._at(area, workers, line.bounds[workers][1]) for workers in known]
        if len(known) > 1:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPolygon(QPolygonF([*high, *reversed(low)]))
        color.setAlpha(255)
        painter.setPen(QPen(color, self.theme.line_width * 0.7))
        half = 5 * self.theme.scale
        for bottom, top in zip(low, high, strict=True):
            painter.drawLine(bottom, top)
            for end in (bottom, top):
                painter.drawLine(end - QPointF(half, 0), end + QPointF(half, 0))

    def _paint_line(self, painter: QPainter, area: QRectF, line: Line) -> None:
        series = self.theme.series
        color = QColor(series[line.color % len(series)])
        pen = QPen(color, self.theme.line_width, _DASHES[line.color // len(series) % len(_DASHES)])
        painter.setPen(pen)
        medians = [self._at(area, workers, line.median[workers]) for workers in self.counts if workers in line.median]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(medians))
        if len(medians) == 1 and len(self.counts) > 1:  # of one worker by its nature: what the others compare with
            painter.setPen(QPen(color, self.theme.scale, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), medians[0].y()), QPointF(area.right(), medians[0].y()))
        painter.setPen(QPen(QColor(self.theme.panel), 1))
        for workers, values in line.runs.items():
            for value in values:
                self._paint_dot(painter, self._at(area, workers, value), color, 2.4, 150)
            middle = self._at(area, workers, line.median[workers])
            self._paint_dot(painter, middle, color, 4.2, 255)
            self._spots.append((middle, self._words(line, workers)))

    def _paint_dot(self, painter: QPainter, place: QPointF, color: QColor, radius: float, alpha: int) -> None:
        fill = QColor(color)
        fill.setAlpha(alpha)
        painter.setBrush(fill)
        painter.drawEllipse(place, radius * self.theme.scale, radius * self.theme.scale)

    def _words(self, line: Line, workers: int) -> str:
        text = f"{line.name}, {figures.counted(workers, 'worker')}: {self.measure.text(line.median[workers])}"
        bounds = line.bounds.get(workers)
        if bounds:
            text += f" ({self.measure.text(bounds[0])} to {self.measure.text(bounds[1])})"
        return f"{text}, {figures.counted(len(line.runs[workers]), 'run')}"

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        """Write each line's name beside its end, apart from the others'."""
        metrics = self._metrics()
        painter.setFont(font(self.theme.font_pt * 0.9))
        ends = [(max(line.median), place) for place, line in enumerate(self.lines) if line.median]
        wanted = sorted((self._at(area, end, self.lines[place].median[end]).y(), place) for end, place in ends)
        heights = apart([height for height, _ in wanted], metrics.height(), area.bottom())
        for y, (_, place) in zip(heights, wanted, strict=True):
            line = self.lines[place]
            painter.setPen(QColor(self.theme.series[line.color % len(self.theme.series)]))
            room = QRectF(area.right() + 6, y - metrics.height() / 2, self.width() - area.right() - 8, metrics.height())
            name = metrics.elidedText(line.name, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)


def lines_of(comparison: Comparison, measure: Measure) -> list[Line]:
    """Return the comparison's lines, in the order of its cells."""
    several = len({cell.interpreter for cell in comparison.cells}) > 1
    lines: dict[tuple[object, ...], Line] = {}
    for cell in comparison.cells:
        line = lines.setdefault(line_of(cell), Line(name_of(cell, several=several), len(lines)))
        found = interval(comparison, cell, measure)
        if found is not None:
            line.median[cell.workers] = found.median
            line.runs[cell.workers] = points(comparison, cell, measure)
            if found.low is not None and found.high is not None:
                line.bounds[cell.workers] = (found.low, found.high)
    return list(lines.values())


def name_of(cell: Cell, *, several: bool) -> str:
    """Return a line's name; `several` says that there is more than one interpreter."""
    parts = [cell.model]
    if several:
        parts.append((cell.interpreter or "own Python").rpartition("/")[2])
    parts += [f"{key.rpartition('.')[2]} {shown(value)}" for key, value in cell.settings]
    return ", ".join(parts)


def apart(heights: Sequence[float], least: float, bottom: float) -> list[float]:
    """Return sorted `heights` moved so that they are at least `least` apart and none is below `bottom`."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + least) if placed else height)
    limit = bottom
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - least
    return placed
