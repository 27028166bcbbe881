"""Marks on the lanes for the tasks that held an event loop longest."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPolygonF

from gui.timeline.scene import TimelineScene
from gui.widgets.fonts import font

_INK: Final = "#101418"


def paint_holds(painter: QPainter, scene: TimelineScene) -> None:
    """Mark the longest visible holds with a triangle, and write how many waited beside the longest one."""
    if scene.lag is None:
        return
    size = 5 * scene.theme.scale
    painter.setPen(Qt.PenStyle.NoPen)
    rows = {each.row.lane: each for each in scene.seen if each.row.lane is not None}
    said = False
    for _, lane, number in scene.lag.longest(scene.range.begin_ns, scene.range.end_ns):
        holds, found = scene.lag.of(lane), scene.lag.found(lane, number)
        row = rows.get(found.lane)
        if holds is None or row is None:
            continue
        place = scene.bar(row, int(holds.start_ns[number]), int(holds.end_ns[number]))
        tip = QPointF(place.center().x(), row.top + min(size * 1.6, row.height))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(scene.theme.panel))
        painter.setBrush(QColor(scene.theme.danger))
        painter.drawPolygon(QPolygonF([tip, tip + QPointF(-size, -size * 1.6), tip + QPointF(size, -size * 1.6)]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if not said:
            said = True
            _say(painter, scene, tip + QPointF(size * 1.4, 0), f"{scene.lag.culprit(lane, number)}; "
                 f"{int(holds.waiting[number])} waited")  # fmt: skip


def _say(painter: QPainter, scene: TimelineScene, at: QPointF, words: str) -> None:
    small = font(scene.theme.font_pt * 0.85)
    metrics = QFontMetricsF(small)
    body = scene.body()
    left = min(at.x(), body.right() - metrics.horizontalAdvance(words) - 8)
    plate = QRectF(
        max(left, body.left()), at.y() - metrics.height(), metrics.horizontalAdvance(words) + 8, metrics.height()
    )
    plate.moveTop(max(plate.top(), body.top()))
    painter.fillRect(plate, QColor(255, 255, 255, 225))
    painter.setFont(small)
    painter.setPen(QColor(_INK))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)
