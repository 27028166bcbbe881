"""A prediction that is drawn with the mouse: a curve over several experiments, shown beside the result."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPen, QPolygonF

from engine.lessons.answers import curves_said
from engine.lessons.lesson import Question
from engine.lessons.progress import Prediction
from engine.wording import figure_text as figures
from gui.stage.charts.chart import CENTRE, RIGHT, frame
from gui.stage.paper import Paper, StageWidget
from gui.stage.player import LessonPlayer
from gui.stage.question_words import curve_words

COLUMNS: Final = 12  # of a curve, from one experiment to the next
_HELP: Final = "Draw the curve with the mouse; or choose a point with + and −, and change its height with Up and Down."
_NAMES: Final = ("drawn first", "drawn second")
_STEPS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0)
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class DrawnCurve(StageWidget):
    """The heights are multiples of the first experiment's figure."""

    def __init__(self, scene: Question, player: LessonPlayer) -> None:
        super().__init__()
        assert scene.curve is not None
        self._scene, self._curve, self._player = scene, scene.curve, player
        self.selected = 0
        self._last: tuple[int, float] | None = None
        self._plot = QRectF()
        self.setAccessibleName(f"Your curve: {scene.curve.words} over {scene.curve.axis}")

    @property
    def most(self) -> float:
        """The top of the scale: a little above the highest plausible ratio and the highest measured one."""
        hoped = _ratio(self._curve.at[0], self._curve.at[-1]) or float(len(self._curve.at))
        came = [height for height in self._player.curve_of(self._scene) if height is not None]
        return max([hoped, *came]) * 1.15

    @property
    def count(self) -> int:
        """How many columns a curve has."""
        return COLUMNS * (len(self._curve.at) - 1) + 1

    def take_key(self, event: QKeyEvent) -> bool:
        """Handle + and -, which choose a point, and Up and Down, which change its height."""
        if event.text() in ("+", "=", "-"):
            step = -1 if event.text() == "-" else 1
            self.selected = min(max(self.selected + step, 0), len(self._curve.at) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._raise(self.most / 40 * (1 if event.key() == Qt.Key.Key_Up else -1))
        else:
            return False
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to draw."""
        self._last = None
        self._draw_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue to draw."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._draw_to(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Keep the drawn curve."""
        if self._last is not None:
            self._last = None
            self._player.keep()

    def draw(self, paper: Paper) -> None:
        """Draw the axes, the drawn curves, and the result."""
        look, size, curve = self.look, self.look.small_px, self._curve
        left = max(paper.width_of(f"{figures.number(each)} ×", size) for each in _ticks(self.most)) + size
        given = self._player.prediction()
        lines = self._words(given)
        low = self.height() - size * (3.3 + 1.5 * len(lines))
        self._plot = QRectF(left, size * 1.8, self.width() - left - size * 3, max(1.0, low - size * 1.8))
        paper.text(QRectF(0, 0, self.width(), size * 1.5), curve.words[:1].upper() + curve.words[1:], size, bold=True)
        self._draw_keys(paper, [number for number, drawn in enumerate(given.curves) if drawn])
        self._draw_scale(paper, left)
        self._draw_places(paper)
        for number, drawn in enumerate(given.curves):
            self._draw_drawn(paper, drawn, number)
        self._draw_came(paper)
        for place, words in enumerate(lines):
            room = QRectF(0, self.height() - size * 1.5 * (len(lines) - place), self.width(), size * 1.5)
            paper.text(room, words, size, look.quiet)

    def _pen(self, number: int) -> QPen:
        """Return how a round's curve is drawn; -1: what came."""
        if number < 0:
            return QPen(self.look.ink, self.look.line * 1.6)
        style = Qt.PenStyle.DashLine if number == 0 else Qt.PenStyle.DotLine
        return QPen(self.look.series(number), self.look.line * 1.4, style)

    def _draw_keys(self, paper: Paper, drawn: list[int]) -> None:
        """Write the legend at the right above the plot: beside the lines, the text would cross them."""
        size, right = self.look.small_px, float(self.width())
        came = any(height is not None for height in self._player.curve_of(self._scene))
        for number in [*([-1] if came else []), *reversed(drawn)]:
            words = _NAMES[number] if number >= 0 else "came"
            wide = paper.width_of(words, size, bold=True)
            paper.text(QRectF(right - wide, 0, wide, size * 1.5), words, size, self._pen(number).color(), bold=True)
            right -= wide + size * 0.5
            paper.painter.setPen(self._pen(number))
            paper.painter.drawLine(QPointF(right - size * 2.2, size * 0.75), QPointF(right, size * 0.75))
            right -= size * 3.4

    def _words(self, given: Prediction) -> list[str]:
        came = self._player.curve_of(self._scene)
        rounds = curves_said(self._curve, given)
        lines = [f"Drawn: {curve_words(self._scene, rounds[-1])}"] if rounds else [_HELP]
        if any(height is not None for height in came):
            lines.append(f"Came: {curve_words(self._scene, came)}")
        return lines

    def _draw_scale(self, paper: Paper, left: float) -> None:
        look, size, plot = self.look, self.look.small_px, self._plot
        for height in _ticks(self.most):
            y = self._y(height)
            paper.painter.setPen(QPen(look.rule, 1))
            paper.painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            room = QRectF(0, y - size * 0.7, left - size * 0.5, size * 1.4)
            paper.text(room, f"{figures.number(height)} ×", size, look.quiet, RIGHT)
        frame(paper, plot, look)

    def _draw_places(self, paper: Paper) -> None:
        look, size, curve, plot = self.look, self.look.small_px, self._curve, self._plot
        each = plot.width() / (len(curve.at) - 1)
        for place, words in enumerate(curve.at):
            x = self._x(place * COLUMNS)
            paper.painter.setPen(QPen(look.accent if place == self.selected else look.rule, look.line * 0.6))
            paper.painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + size * 0.4))
            room = QRectF(x - each / 2, plot.bottom() + size * 0.4, each, size * 1.4)
            paper.text(room, words, size, align=CENTRE, bold=place == self.selected)
        below = QRectF(plot.left(), plot.bottom() + size * 1.7, plot.width(), size * 1.4)
        paper.text(below, curve.axis, size, look.quiet, CENTRE)

    def _draw_drawn(self, paper: Paper, drawn: list[float], number: int) -> None:
        if not drawn:
            return
        paper.painter.setPen(self._pen(number))
        last = max(1, len(drawn) - 1)  # if the lesson was changed since, the number of columns may differ
        line = [
            QPointF(self._plot.left() + column / last * self._plot.width(), self._y(height))
            for column, height in enumerate(drawn)
        ]
        paper.painter.drawPolyline(QPolygonF(line))

    def _draw_came(self, paper: Paper) -> None:
        look, size = self.look, self.look.small_px
        heights = self._player.curve_of(self._scene)
        found = [(self._x(place * COLUMNS), each) for place, each in enumerate(heights) if each is not None]
        points = [QPointF(x, self._y(height)) for x, height in found]
        paper.painter.setPen(self._pen(-1))
        paper.painter.drawPolyline(QPolygonF(points))
        paper.painter.setBrush(look.ink)
        for (x, height), point in zip(found, points, strict=True):
            paper.painter.drawEllipse(point, look.line * 2, look.line * 2)
            last = x > self._plot.right() - size
            above = point.y() > self._plot.bottom() - size * 2  # the axis would be in the way
            top = point.y() - size * 1.8 if above else point.y() + size * 0.4
            room = QRectF(x - (size * 4.4 if last else 0), top, size * 4.4, size * 1.4)
            words = f"{figures.number(height)} ×"
            wide = paper.width_of(words, size, bold=True)
            plate = QRectF(room.right() - wide if last else room.left(), room.top(), wide, room.height())
            paper.painter.fillRect(plate, look.ground)  # a drawn curve may pass there
            paper.text(room, words, size, align=RIGHT if last else _LEFT, bold=True)
        paper.painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_to(self, position: QPointF) -> None:
        plot = self._plot
        if plot.width() <= 0:
            return
        share = (position.x() - plot.left()) / plot.width()
        column = min(max(round(share * (self.count - 1)), 0), self.count - 1)
        height = min(max((plot.bottom() - position.y()) / plot.height() * self.most, 0.0), self.most)
        drawn = self._drawn()
        first, before = self._last if self._last is not None else (column, height)
        step = 1 if column >= first else -1
        for at in range(first, column + step, step):  # the mouse may have skipped some columns
            part = (at - first) / (column - first) if column != first else 1.0
            drawn[at] = before + (height - before) * part
        self._last = column, height
        self.update()

    def _raise(self, by: float) -> None:
        drawn, middle = self._drawn(), self.selected * COLUMNS
        for column in range(max(0, middle - COLUMNS + 1), min(self.count, middle + COLUMNS)):
            part = 1.0 - abs(column - middle) / COLUMNS
            drawn[column] = min(max(drawn[column] + by * part, 0.0), self.most)
        self._player.keep()

    def _drawn(self) -> list[float]:
        """Return the newest round's curve; a new one is flat at the first experiment's height."""
        curves = self._player.prediction().curves
        if not curves:
            curves.append([])
        if len(curves[-1]) != self.count:
            curves[-1][:] = [1.0] * self.count
        return curves[-1]

    def _x(self, column: float) -> float:
        return self._plot.left() + column / (self.count - 1) * self._plot.width()

    def _y(self, height: float) -> float:
        return self._plot.bottom() - height / self.most * self._plot.height()


def _ratio(first: str, last: str) -> float | None:
    """Return the ratio of two labels' numbers, None if they are not numbers."""
    try:
        return float(last.replace(",", "")) / float(first.replace(",", ""))
    except (ValueError, ZeroDivisionError):
        return None


def _ticks(most: float) -> list[float]:
    step = next((step for step in _STEPS if most / step <= 6), most)
    return [step * place for place in range(int(most / step) + 1)]
