"""Paints a person's marks in a timeline: a stretch of time over the lanes, and bookmarks in the ruler above them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from engine.history.bookmarks import Bookmark
from gui.timeline.scene import TimelineScene
from gui.widgets.fonts import font

_FLAG_PX: Final = 9  # at scale 1


def paint_stretch(painter: QPainter, scene: TimelineScene, body: QRectF) -> None:
    """Paint the marked stretch: a tint between two lines."""
    if scene.stretch is None:
        return
    left, right = (scene.x_of(time_ns) for time_ns in scene.stretch)
    color = QColor(scene.theme.accent)
    painter.setPen(QPen(color, 1.5 * scene.theme.scale))
    for x in (left, right):
        painter.drawLine(QPointF(x, body.top()), QPointF(x, body.bottom()))
    color.setAlphaF(0.13)
    painter.fillRect(QRectF(left, body.top(), right - left, body.height()), color)


def paint_bookmarks(painter: QPainter, scene: TimelineScene, body: QRectF) -> None:
    """Paint a flag for each bookmark in the upper ruler, with its note where there is room."""
    small = font(scene.theme.font_pt * 0.85)
    metrics = QFontMetricsF(small)
    painter.setFont(small)
    seen = [each for each in scene.bookmarks if scene.range.begin_ns <= each.time_ns <= scene.range.end_ns]
    places = [scene.x_of(each.time_ns) for each in seen] + [body.right()]
    for number, bookmark in enumerate(seen):
        x, size = places[number], _FLAG_PX * scene.theme.scale
        color = QColor(scene.theme.accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, 1.2 * scene.theme.scale))
        painter.drawLine(QPointF(x, 1), QPointF(x, body.bottom()))
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([QPointF(x, 1), QPointF(x + size, 1 + size / 2), QPointF(x, 1 + size)]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        room = places[number + 1] - x - size - 6
        if bookmark.note and room > metrics.averageCharWidth() * 4:
            words = metrics.elidedText(bookmark.note, Qt.TextElideMode.ElideRight, room)
            plate = QRectF(x + size + 2, 0, metrics.horizontalAdvance(words) + 4, body.top() - 1)
            painter.fillRect(plate, QColor(scene.theme.panel))
            painter.setPen(QColor(scene.theme.text))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def bookmark_at(scene: TimelineScene, position: QPointF) -> Bookmark | None:
    """Return the bookmark whose flag is at a position in the upper ruler."""
    if position.y() > scene.body().top():
        return None
    near = _FLAG_PX * 1.3 * scene.theme.scale
    places = [(abs(scene.x_of(each.time_ns) + near / 3 - position.x()), each) for each in scene.bookmarks]
    distance, found = min(places, default=(near, None), key=lambda each: each[0])
    return found if distance < near else None
