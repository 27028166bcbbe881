"""Paints a workload's picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from engine.wording.state_colors import STATE_COLORS
from gui.widgets.theme import Theme
from gui.workload.layout import PartPlace, PicturePlaces
from gui.workload.parts import PicturePart, WorkloadPicture

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_SLOTS = 3


@dataclass(frozen=True, slots=True)
class PictureMarks:
    """What is highlighted: the chosen part and step (-1: none), the part under the pointer, and the focused one."""

    part: int = -1
    step: int = -1
    pointed: int = -1
    focused: bool = False


def paint_picture(
    painter: QPainter,
    picture: WorkloadPicture,
    places: PicturePlaces,
    theme: Theme,
    font: QFont,
    marks: PictureMarks = PictureMarks(),
) -> None:
    """Paint `picture`, laid out in `places`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = _Pen(painter, theme, font)
    if picture.is_pipeline:
        for (part, place), (_, following) in pairwise(zip(picture.parts, places.parts, strict=True)):
            pen.queue(part.queue, place.box, following.box, strip=places.strip)
    for number, (part, place) in enumerate(zip(picture.parts, places.parts, strict=True)):
        color = QColor(theme.series[number % len(theme.series)])
        chosen = number == marks.part
        pen.box(place.box, color, chosen=chosen, pointed=number == marks.pointed, focused=chosen and marks.focused)
        if places.strip:
            pen.strip(part, place, color)
        else:
            pen.part(part, place, marks.step if chosen else -1)


class _Pen:
    def __init__(self, painter: QPainter, theme: Theme, font: QFont) -> None:
        self.painter, self.theme = painter, theme
        self.plain = QFont(font)
        self.bold = QFont(font)
        self.bold.setBold(True)
        self.small = QFont(font)
        self.small.setPointSizeF(font.pointSizeF() * 0.9)

    def box(self, box: QRectF, color: QColor, *, chosen: bool, pointed: bool, focused: bool) -> None:
        """Paint a part's background and frame."""
        painter, ground = self.painter, QColor(self.theme.panel)
        tint = QColor(color)
        tint.setAlpha(46 if chosen else 26 if pointed else 12)
        painter.setPen(Qt.PenStyle.NoPen)
        for brush in (ground, tint):
            painter.setBrush(brush)
            painter.drawRoundedRect(box, 6, 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, (2.4 if chosen else 1.4) * self.theme.scale))
        painter.drawRoundedRect(box, 6, 6)
        if focused:
            painter.setPen(QPen(QColor(self.theme.text), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(box.adjusted(3, 3, -3, -3), 4, 4)

    def strip(self, part: PicturePart, place: PartPlace, color: QColor) -> None:
        """Paint a part in one line: its name, or if it has none its steps, and its workers."""
        inner = place.box.adjusted(6, 0, -6, 0)
        workers = part.workers.partition(" ")[0] if part.name else part.workers
        wide = QFontMetricsF(self.plain).horizontalAdvance(workers)
        steps = " → ".join(step.title for step in part.steps)
        text = part.name or steps
        self._write(inner.adjusted(0, 0, -wide - 6, 0), text, self.bold if part.name else self.plain)
        self._write(inner.adjusted(inner.width() - wide, 0, 0, 0), workers, self.plain, muted=True)

    def part(self, part: PicturePart, place: PartPlace, chosen_step: int) -> None:
        """Paint a part's name, workers, steps, and how its tasks come to it."""
        if part.name:
            self._write(place.head[0], part.name, self.bold)
            self._write(place.head[1], part.workers, self.plain, muted=True)
        else:
            self._write(place.head[0], part.workers, self.bold)
        if not place.feed.isNull():
            self._feed(part.feed, place)
        for number, (step, row) in enumerate(zip(part.steps, place.steps, strict=False)):
            if number == chosen_step:
                ground = QColor(self.theme.accent)
                ground.setAlpha(50)
                self.painter.setPen(Qt.PenStyle.NoPen)
                self.painter.setBrush(ground)
                self.painter.drawRoundedRect(row.adjusted(-3, 0, 2, 0), 4, 4)
            radius = row.height() * 0.19
            self.painter.setPen(Qt.PenStyle.NoPen)
            self.painter.setBrush(QColor(STATE_COLORS[step.state] if step.state else self.theme.muted))
            self.painter.drawEllipse(QPointF(row.left() + radius, row.center().y()), radius, radius)
            self._write(row.adjusted(row.height() * 0.62, 0, 0, 0), step.title, self.plain)
        if not place.more.isNull():
            self._write(place.more, f"and {len(part.steps) - len(place.steps)} more", self.small, muted=True)

    def queue(self, bound: int | None, box: QRectF, following: QRectF, *, strip: bool) -> None:
        """Paint a queue with its bound between two boxes: beside each other, or the second one in the next row."""
        painter = self.painter
        painter.setPen(QPen(QColor(self.theme.muted), 1.4 * self.theme.scale))
        if following.top() < box.bottom():
            start, end = QPointF(box.right() + 2, box.center().y()), QPointF(following.left() - 2, box.center().y())
            painter.drawLine(start, end)
            middle = (start + end) / 2
            self._head(end, QPointF(1, 0))
        else:
            half = (box.bottom() + following.top()) / 2
            corners = [QPointF(box.center().x(), box.bottom() + 1), QPointF(box.center().x(), half)]
            end = QPointF(following.center().x(), following.top() - 1)
            corners += [QPointF(end.x(), half), end]
            painter.drawPolyline(QPolygonF(corners))
            middle = QPointF((box.center().x() + end.x()) / 2, half)
            if abs(box.center().x() - end.x()) < 30:
                middle = QPointF(end.x(), half)
            self._head(end, QPointF(0, 1))
        text = "" if bound is None else f"≤{bound:,}"
        self._pill(middle, text) if strip else self._slots(middle, text)

    def _pill(self, middle: QPointF, text: str) -> None:
        """Paint a queue in one line: its bound."""
        metrics = QFontMetricsF(self.small)
        place = QRectF(0, 0, metrics.horizontalAdvance(text) + 4, metrics.height())
        place.moveCenter(middle - QPointF(2, 0))
        self.painter.setBrush(QColor(self.theme.panel))
        self.painter.setPen(QPen(QColor(self.theme.muted), 1.0 * self.theme.scale))
        self.painter.drawRect(place)
        self._write(place, text, self.small, centred=True)

    def _slots(self, middle: QPointF, text: str) -> None:
        """Paint a queue as slots side by side, with its bound."""
        painter, metrics = self.painter, QFontMetricsF(self.small)
        side = metrics.height() * 0.42
        left = middle.x() - side * _SLOTS / 2
        painter.setBrush(QColor(self.theme.panel))
        painter.setPen(QPen(QColor(self.theme.muted), 1.2 * self.theme.scale))
        for slot in range(_SLOTS):
            painter.drawRect(QRectF(left + slot * side, middle.y() - side * 0.8, side, side * 1.6))
        wide = metrics.horizontalAdvance(text) + 4
        place = QRectF(middle.x() - wide / 2, middle.y() - side * 0.9 - metrics.height(), wide, metrics.height())
        self._write(place, text, self.small, centred=True)

    def _feed(self, feed: str, place: PartPlace) -> None:
        x, end = place.box.left() + 8, place.box.top() - 1
        self.painter.setPen(QPen(QColor(self.theme.muted), 1.4 * self.theme.scale))
        self.painter.drawLine(QPointF(x, place.feed.top() + 2), QPointF(x, end))
        self._head(QPointF(x, end), QPointF(0, 1))
        self._write(place.feed.adjusted(16, 0, 0, -1), feed, self.small, muted=True)

    def _head(self, tip: QPointF, way: QPointF) -> None:
        size = 4.5 * self.theme.scale
        back, side = tip - way * size, QPointF(-way.y(), way.x()) * size * 0.7
        self.painter.setBrush(QColor(self.theme.muted))
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.drawPolygon(QPolygonF([tip, back + side, back - side]))

    def _write(self, place: QRectF, text: str, font: QFont, *, muted: bool = False, centred: bool = False) -> None:
        self.painter.setFont(font)
        self.painter.setPen(QColor(self.theme.muted if muted else self.theme.text))
        short = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, place.width() + 0.5)
        flags = Qt.AlignmentFlag.AlignCenter if centred else _LEFT
        self.painter.drawText(place, flags, short)
