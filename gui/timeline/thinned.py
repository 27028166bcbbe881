"""Marks the stretches of a timeline whose looks were thinned: a hatched strip along the top of the lanes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter

from engine.trace.picture.run_looks import ThinnedStretch
from engine.wording import figure_text as figures
from gui.timeline.scene import TimelineScene
from gui.widgets.fonts import font

_STRIP_PX = 6


def paint_thinned(painter: QPainter, scene: TimelineScene, body: QRectF) -> None:
    """Paint a strip over each visible thinned stretch and, if there is room, how many of its looks were kept."""
    if scene.looks is None or not scene.range.length_ns:
        return
    small = font(scene.theme.font_pt * 0.85)
    painter.setFont(small)
    metrics = QFontMetricsF(small)
    for each in scene.looks.thinned:
        place = _place(scene, body, each)
        if place.width() < 1:
            continue
        painter.fillRect(place, QColor(scene.theme.panel))
        painter.fillRect(place, QBrush(QColor(scene.theme.text), Qt.BrushStyle.BDiagPattern))
        painter.fillRect(QRectF(place.right() - 1, place.top(), 1, place.height() * 2), QColor(scene.theme.text))
        words = thinned_words(each.rounds)
        plate = QRectF(place.left(), place.bottom(), metrics.horizontalAdvance(words) + 8, metrics.height())
        if plate.width() <= place.width():
            painter.fillRect(plate, QColor(scene.theme.panel))
            painter.setPen(QColor(scene.theme.text))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def thinned_words(rounds: int) -> str:
    """Return the text for a stretch in which one in `rounds` rounds of looks was kept."""
    return f"thinned: one look in {figures.number(rounds)} kept"


def _place(scene: TimelineScene, body: QRectF, stretch: ThinnedStretch) -> QRectF:
    scale = body.width() / scene.range.length_ns
    left = body.left() + max(0.0, (stretch.begin_ns - scene.range.begin_ns) * scale)
    right = body.left() + min(body.width(), (stretch.end_ns - scene.range.begin_ns) * scale)
    return QRectF(left, body.top(), max(0.0, right - left), _STRIP_PX * scene.theme.scale)
