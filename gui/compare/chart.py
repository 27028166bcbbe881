"""The chart of a comparison: a measure by worker count, with a line, a confidence band and dots for each model."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.comparison.comparison import Comparison
from engine.comparison.judged import JudgedFit
from engine.comparison.measures import MEASURES, Measure
from engine.wording import figure_text as figures
from gui.compare.lines import Law, Line, apart, lines_of
from gui.plots.ranges import ceiling, tick_step
from gui.widgets.fonts import font
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import LIGHT, Theme

_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
_BAND_ALPHA = 46
_DOT_REACH = 6.0  # pixels at scale 1 around a run's dot


class Chart(QWidget):
    """Paints the lines; worker counts are evenly spaced, the vertical axis begins at 0."""

    run_picked = Signal(str)  # a run's dot was clicked

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.theme: Theme = LIGHT
        self.measure: Measure = MEASURES[0]
        self.lines: list[Line] = []
        self.titles: Mapping[str, str] = {}  # of models
        self.counts: list[int] = []
        self._top = 1.0
        self._spots: list[tuple[QPointF, str]] = []
        self._points: list[tuple[QPointF, Line, int]] = []  # where the medians were painted
        self._hovered: tuple[Line, int] | None = None
        self.run_dots: list[tuple[QPointF, str, float]] = []  # of the point under the pointer: position, run, value
        self.setMouseTracking(True)
        self.installEventFilter(self)
        self.setAccessibleName(self.measure.title)

    def show_measure(
        self,
        comparison: Comparison | None,
        measure: Measure,
        chosen: Collection[tuple[object, ...]] = (),
        fits: Sequence[JudgedFit] = (),
    ) -> None:
        """Draw this measure, with the `chosen` lines in front of the others, and the `fits` of one law."""
        self.measure = measure
        self.setAccessibleName(f"{measure.title} by number of workers")
        self._hovered = None
        cells = [] if comparison is None else comparison.cells
        self.counts = sorted({cell.workers for cell in cells})
        self.lines = [] if comparison is None else lines_of(comparison, measure, chosen, fits, self.titles)
        most = max((value for line in self.lines for runs in line.runs.values() for value in runs), default=0.0)
        bounds = [high for line in self.lines if line.color is not None for _, high in line.bounds.values()]
        # With few runs an interval's end may be very high: do not let it press the lines to the bottom.
        said = (self._words(line, workers) for line in self.lines for workers in sorted(line.median))
        self.setAccessibleDescription(". ".join(said))
        self._top = ceiling(max(most, min(max(bounds, default=0.0), 2.0 * most)) * 1.05)
        self.update()

    @property
    def background(self) -> list[Line]:
        """The lines that are not highlighted."""
        return [line for line in self.lines if line.color is None]

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which lines can be distinguished."""
        return QSize(480, round(260 * min(self.theme.scale, 1.5)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw axes, background lines, bands, lines, runs and names, in this order."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.theme.panel))
        self._spots.clear()
        self._points.clear()
        self.run_dots.clear()
        area = self._area()
        self._paint_axes(painter, area)
        for line in self.background:
            self._paint_background(painter, area, line)
        front = [line for line in self.lines if line.color is not None]
        for line in front:
            self._paint_band(painter, area, line)
        for line in front:
            self._paint_line(painter, area, line)
        self._paint_names(painter, area, front)
        self._paint_runs(painter, area)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the runs of the point under the pointer."""
        at = event.position()
        on_run = self.run_at(at) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if on_run else Qt.CursorShape.ArrowCursor)
        if on_run:
            return  # the dots stay while the pointer is at one of them
        reach = 12 * self.theme.scale
        near = [(QPointF(place - at).manhattanLength(), line, workers) for place, line, workers in self._points]
        _, line, workers = min(near, key=lambda each: each[0], default=(0.0, None, 0))
        within = bool(near) and min(each[0] for each in near) < reach
        self.bring_out(line if within else None, workers)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the runs."""
        self.bring_out(None, 0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for the run whose dot was clicked; the dot of a single run is the point itself."""
        run_id = self.run_at(event.position())
        if run_id is not None and event.button() == Qt.MouseButton.LeftButton:
            self.run_picked.emit(run_id)

    def run_at(self, point: QPointF) -> str | None:
        """Return the run whose dot is at a position, among the runs that are shown."""
        near = [(QPointF(place - point).manhattanLength(), run_id) for place, run_id, _ in self.run_dots]
        distance, run_id = min(near, default=(math.inf, None))
        return run_id if distance < _DOT_REACH * self.theme.scale else None

    def bring_out(self, line: Line | None, workers: int) -> None:
        """Show the runs of one point beside each other; hide them if `line` is None."""
        wanted = None if line is None else (line, workers)
        if wanted != self._hovered:
            self._hovered = wanted
            self.update()

    def _paint_runs(self, painter: QPainter, area: QRectF) -> None:
        """Paint the runs of the point under the pointer, spread so that each can be clicked."""
        if self._hovered is None:
            return
        line, workers = self._hovered
        values, ids = line.runs.get(workers, []), line.run_ids.get(workers, [])
        apart_by = 2.4 * _DOT_REACH * self.theme.scale
        for number, (value, run_id) in enumerate(zip(values, ids, strict=True)):
            place = self._at(area, workers, value) + QPointF((number - (len(values) - 1) / 2) * apart_by, 0)
            painter.setPen(QPen(QColor(self.theme.text), 1.5 * self.theme.scale))
            self._paint_dot(painter, place, self._color(line), 5.0, 255)
            self.run_dots.append((place, run_id, value))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Describe in a tooltip what is under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), plain_tip(self.tip_at(event.pos().toPointF())), self)
            return True
        return False

    def tip_at(self, point: QPointF) -> str:
        """Describe what is painted near `point`; return an empty text if there is nothing."""
        reach = 12 * self.theme.scale
        run_id = self.run_at(point)
        if run_id is not None:
            value = next(value for _, each, value in self.run_dots if each == run_id)
            return f"One run: {self.measure.text(value)}. Click to open it."
        near = [(QPointF(spot - point).manhattanLength(), text) for spot, text in self._spots]
        return "\n".join(text for distance, text in sorted(near) if distance < reach)

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(font(self.theme.font_pt * 0.9))

    def _area(self) -> QRectF:
        metrics = self._metrics()
        left = max(metrics.horizontalAdvance(self.measure.text(tick)) for tick in self._ticks(6)) + 12
        names = [metrics.horizontalAdvance(self._name(line)) for line in self.lines if line.color is not None]
        right = min(max(names, default=0.0) + 18, self.width() * 0.34)
        above, below = metrics.height() * 2.1, metrics.height() * 2.3
        return QRectF(left, above, self.width() - left - right, self.height() - above - below)

    def _ticks(self, most: int) -> Sequence[float]:
        step = tick_step(self._top, most)
        return [float(value) for value in np.arange(0.0, self._top + step / 2, step)]

    def _at(self, area: QRectF, workers: float, value: float) -> QPointF:
        """Return where a value is painted; between two measured worker counts the position is interpolated."""
        place = (float(np.interp(workers, self.counts, range(len(self.counts)))) + 0.5) / len(self.counts)
        return QPointF(area.left() + place * area.width(), area.bottom() - value / self._top * area.height())

    def _color(self, line: Line) -> QColor:
        series = self.theme.series
        return QColor(self.theme.muted if line.color is None else series[line.color % len(series)])

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
        free = -1e9  # where the last figure ended: figures without room are left out
        for workers in self.counts:
            x, half = self._at(area, workers, 0.0).x(), metrics.horizontalAdvance(str(workers)) / 2 + 3
            if x - half > free:
                place = QRectF(x - 40, area.bottom() + 4, 80, metrics.height())
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(workers))
                free = x + half
        below = QRectF(area.left(), area.bottom() + metrics.height() * 1.2, area.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "workers")
        # Name the measure: a saved picture does not contain the list in which it was chosen.
        above = QRectF(8, metrics.height() * 0.3, self.width() - 16, metrics.height())
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.measure.title)

    def _paint_background(self, painter: QPainter, area: QRectF, line: Line) -> None:
        color = self._color(line)
        color.setAlpha(110)
        painter.setPen(QPen(color, self.theme.scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        medians = [(workers, self._at(area, workers, line.median[workers])) for workers in sorted(line.median)]
        self._points += [(place, line, workers) for workers, place in medians]
        painter.drawPolyline(QPolygonF([place for _, place in medians]))
        self._spots += [(place, self._words(line, workers)) for workers, place in medians]

    def _paint_band(self, painter: QPainter, area: QRectF, line: Line) -> None:
        known = [workers for workers in self.counts if workers in line.bounds]
        color = self._color(line)
        low = [self._at(area, workers, line.bounds[workers][0]) for workers in known]
        high = [self._at(area, workers, min(line.bounds[workers][1], self._top)) for workers in known]
        if line.law is not None:
            self._fill(painter, color, *self._law_edges(area, line.law))
        elif len(known) > 1:
            self._fill(painter, color, low, high)
        painter.setPen(QPen(color, self.theme.line_width * 0.7))
        half = 5 * self.theme.scale
        for bottom, top in zip(low, high, strict=True):
            painter.drawLine(bottom, top)
            for end in (bottom, top):
                painter.drawLine(end - QPointF(half, 0), end + QPointF(half, 0))

    def _fill(self, painter: QPainter, color: QColor, low: Sequence[QPointF], high: Sequence[QPointF]) -> None:
        fill = QColor(color)
        fill.setAlpha(_BAND_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([*high, *reversed(low)]))

    def _law_edges(self, area: QRectF, law: Law) -> tuple[list[QPointF], list[QPointF]]:
        low = [self._at(area, workers, low) for workers, _, low, _ in law.curve]
        return low, [self._at(area, workers, min(high, self._top)) for workers, _, _, high in law.curve]

    def _paint_line(self, painter: QPainter, area: QRectF, line: Line) -> None:
        series, color = self.theme.series, self._color(line)
        dash = _DASHES[(line.color or 0) // len(series) % len(_DASHES)]
        painter.setPen(QPen(color, self.theme.line_width, dash))
        medians = [self._at(area, workers, line.median[workers]) for workers in self.counts if workers in line.median]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if line.law is None:
            painter.drawPolyline(QPolygonF(medians))
        else:
            painter.drawPolyline(QPolygonF([self._at(area, each[0], each[1]) for each in line.law.curve]))
            self._paint_peak(painter, area, line.law, color)
        if len(medians) == 1 and len(self.counts) > 1:  # a model with one worker only: the others' baseline
            painter.setPen(QPen(color, self.theme.scale, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), medians[0].y()), QPointF(area.right(), medians[0].y()))
        painter.setPen(QPen(QColor(self.theme.panel), 1))
        for workers, values in line.runs.items():
            for value in values:
                self._paint_dot(painter, self._at(area, workers, value), color, 2.4, 150)
            middle = self._at(area, workers, line.median[workers])
            self._paint_dot(painter, middle, color, 4.2, 255)
            self._spots.append((middle, self._words(line, workers)))
            self._points.append((middle, line, workers))

    def _paint_peak(self, painter: QPainter, area: QRectF, law: Law, color: QColor) -> None:
        """Mark where the law predicts most throughput, if that is within the measured worker counts."""
        if law.peak is None or not law.curve[0][0] <= law.peak <= law.curve[-1][0]:
            return
        height = float(np.interp(law.peak, [each[0] for each in law.curve], [each[1] for each in law.curve]))
        top, size = self._at(area, law.peak, height), 6 * self.theme.scale
        painter.setPen(QPen(color, self.theme.scale, Qt.PenStyle.DashLine))
        painter.drawLine(top, QPointF(top.x(), area.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        tip = top - QPointF(0, size * 0.9)
        painter.drawPolygon(QPolygonF([tip, tip + QPointF(size, -size * 1.4), tip + QPointF(-size, -size * 1.4)]))
        self._spots.append((top, f"most throughput is predicted at {law.peak:.1f} workers"))

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

    def _name(self, line: Line) -> str:
        if line.law is None or line.law.peak is None:
            return line.name
        beyond = " →" if line.law.peak > line.law.curve[-1][0] else ""
        return f"{line.name}, peak {line.law.peak:.3g}{beyond}"

    def _paint_names(self, painter: QPainter, area: QRectF, lines: Sequence[Line]) -> None:
        """Write each line's name beside its end, without overlaps."""
        metrics = self._metrics()
        painter.setFont(font(self.theme.font_pt * 0.9))
        ends = [(max(line.median), place) for place, line in enumerate(lines) if line.median]
        wanted = sorted((self._at(area, end, lines[place].median[end]).y(), place) for end, place in ends)
        heights = apart([height for height, _ in wanted], metrics.height(), area.bottom())
        for y, (_, place) in zip(heights, wanted, strict=True):
            painter.setPen(self._color(lines[place]))
            room = QRectF(area.right() + 6, y - metrics.height() / 2, self.width() - area.right() - 8, metrics.height())
            name = metrics.elidedText(self._name(lines[place]), Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
