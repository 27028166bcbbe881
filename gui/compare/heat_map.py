"""The heat map of a comparison: a row for each model, a column for each number of workers; better is stronger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.comparison.measures import MEASURES, Measure
from engine.wording import figure_text as figures
from gui.compare.lines import Line
from gui.widgets.appearance import mixed
from gui.widgets.contrast import ink_on
from gui.widgets.fonts import font
from gui.widgets.theme import LIGHT, Theme

_GAP: Final = 2.0
_TALLEST_ROW: Final = 4.0  # lines of text


@dataclass(frozen=True, slots=True)
class Square:
    """One combination's position, value, and strength of colour from 0 to 1."""

    line: Line
    workers: int
    value: float
    depth: float


class HeatMap(QWidget):
    """Shows the same measure as the chart beside it. `picked` has the line and workers of a clicked square."""

    picked = Signal(object, int)
    hovered = Signal(object, int)  # line and workers of the square under the pointer; None and 0 for none

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.setMouseTracking(True)
        self.theme: Theme = LIGHT
        self.measure: Measure = MEASURES[0]
        self.squares: list[Square] = []
        self._lines: list[Line] = []
        self._counts: list[int] = []
        self._under: Square | None = None
        self._tell()

    def show_lines(self, lines: list[Line], counts: list[int], measure: Measure) -> None:
        """Draw these from now on."""
        self._lines, self._counts, self.measure = [line for line in lines if line.median], counts, measure
        values = [value for line in self._lines for value in line.median.values()]
        low, high = min(values, default=0.0), max(values, default=0.0)
        self.squares = [
            Square(line, workers, value, self._depth(value, low, high))
            for line in self._lines
            for workers, value in sorted(line.median.items())
        ]
        self._under = None
        self._tell()
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which every square can be read."""
        line = self._metrics().height()
        return QSize(300, round(line * 2.2 * (len(self._lines) + 2)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the names, the numbers of workers and the squares."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.theme.panel))
        painter.setFont(self._font())
        metrics, area = self._metrics(), self._area()
        painter.setPen(QColor(self.theme.muted))
        title = QRectF(8, metrics.height() * 0.3, self.width() - 16, metrics.height())
        painter.drawText(title, Qt.AlignmentFlag.AlignLeft, "The stronger the colour, the better")
        for row, line in enumerate(self._lines):
            place = QRectF(8, area.top() + row * self._row(), area.left() - 16, self._row())
            name = metrics.elidedText(line.name, Qt.TextElideMode.ElideMiddle, place.width())
            painter.setPen(QColor(self.theme.text))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(QColor(self.theme.muted))
        for column, workers in enumerate(self._counts):
            place = QRectF(area.left() + column * self._column(), area.bottom() + 2, self._column(), metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(workers))
        below = QRectF(area.left(), area.bottom() + metrics.height() + 2, area.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "workers")
        for square in self.squares:
            self._paint_square(painter, square)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Emit `hovered` for the square under the pointer."""
        self._point_at(self.square_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Emit `hovered` for no square."""
        self._point_at(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Emit `picked` for the clicked square."""
        square = self.square_at(event.position())
        if square is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(square.line, square.workers)

    def square_at(self, point: QPointF) -> Square | None:
        """Return the square at a position."""
        return next((each for each in self.squares if self.place_of(each).contains(point)), None)

    def place_of(self, square: Square) -> QRectF:
        """Return where a square is drawn."""
        area = self._area()
        x = area.left() + self._counts.index(square.workers) * self._column()
        y = area.top() + self._lines.index(square.line) * self._row()
        return QRectF(x, y, self._column(), self._row()).adjusted(_GAP / 2, _GAP / 2, -_GAP / 2, -_GAP / 2)

    def _paint_square(self, painter: QPainter, square: Square) -> None:
        place, color = self.place_of(square), self.color_of(square)
        painter.setPen(QPen(QColor(self.theme.text), 2) if square is self._under else Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(place, 3, 3)
        text = self.measure.text(square.value)
        if self._metrics().horizontalAdvance(text) <= place.width():
            painter.setPen(ink_on(color))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def color_of(self, square: Square) -> QColor:
        """Return a square's colour, between the background's and one of the series."""
        return mixed(self.theme.window, self.theme.series[0], 0.1 + 0.9 * square.depth)

    def _point_at(self, square: Square | None) -> None:
        if square is self._under:
            return
        self._under = square
        self.setCursor(Qt.CursorShape.ArrowCursor if square is None else Qt.CursorShape.PointingHandCursor)
        self.hovered.emit(None if square is None else square.line, 0 if square is None else square.workers)
        self.update()

    def _depth(self, value: float, low: float, high: float) -> float:
        share = (value - low) / (high - low) if high > low else 1.0
        return share if self.measure.more_is_better else 1.0 - share if high > low else 1.0

    def _tell(self) -> None:
        """Describe the heat map for screen readers."""
        self.setAccessibleName(f"{self.measure.title} by model and number of workers")
        said = (
            f"{each.line.name}, {figures.counted(each.workers, 'worker')}: {self.measure.text(each.value)}"
            for each in self.squares
        )
        self.setAccessibleDescription(". ".join(said))

    def _font(self) -> QFont:
        return font(self.theme.font_pt * 0.9)

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(font(self.theme.font_pt * 0.9))

    def _area(self) -> QRectF:
        metrics = self._metrics()
        names = max((metrics.horizontalAdvance(line.name) for line in self._lines), default=0.0)
        left, above = min(names + 24, self.width() * 0.4), metrics.height() * 2.1
        most = metrics.height() * _TALLEST_ROW * max(1, len(self._lines))
        height = min(self.height() - above - metrics.height() * 2.4, most)
        return QRectF(left, above, self.width() - left - 10, height)

    def _column(self) -> float:
        return self._area().width() / max(1, len(self._counts))

    def _row(self) -> float:
        return self._area().height() / max(1, len(self._lines))
