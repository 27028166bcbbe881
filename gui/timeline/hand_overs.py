"""Arrows to and from the selected task: who released what it waited for, and who went on with what it released."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from engine.trace.hand_overs import HandOver, hand_overs
from gui.timeline.scene import TimelineScene
from gui.widgets.fonts import font

_HEAD_PX = 7.0  # at scale 1
_MOST_NAMED: Final = 12  # arrows that have their names beside them


class Arrow(NamedTuple):
    """Where an arrow begins and ends, and what was handed over."""

    begin: QPointF
    end: QPointF
    name: str


class HandOverArrows:
    """Looks for the selected task's hand-overs once per selection, not at every frame.

    While a run goes on, a pipeline's are looked for again with every new phase; the others when it has ended.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._found: tuple[HandOver, ...] = ()

    def found(self, scene: TimelineScene) -> tuple[HandOver, ...]:
        """Return the hand-overs in which the selected task took part; none without one."""
        store, selected = scene.store, scene.selected
        if store is None or selected is None or selected.lane >= len(store.tracks):
            return ()
        key = (store, selected, store.version if store.is_pipeline else store.is_read)
        if key != self._key:
            self._key, self._found = key, hand_overs(store, selected)
        return self._found

    def arrows(self, scene: TimelineScene) -> list[Arrow]:
        """Return each arrow between two rows that are seen; one from the host's main thread begins above the lanes."""
        made = []
        for each in self.found(scene):
            to_row = scene.seen_row_of(each.to_lane)
            from_row = None if each.from_lane is None else scene.seen_row_of(each.from_lane)
            if to_row is None or (from_row is None) is not (each.from_lane is None):
                continue
            if from_row is not None and from_row.row is to_row.row:
                continue
            end = QPointF(scene.x_of(each.begun_ns), scene.bar(to_row, 0, 1).center().y())
            top = scene.bar(from_row, 0, 1).center().y() if from_row is not None else scene.body().top()
            name = str(each.released) if from_row is not None else "submitted by the main thread"
            made.append(Arrow(QPointF(scene.x_of(each.released_ns), top), end, name))
        return made

    def paint(self, painter: QPainter, scene: TimelineScene) -> None:
        """Draw each as a line with a head, on a ground of its own: the lanes have every colour."""
        arrows = self.arrows(scene)
        if not arrows:
            return
        scale = scene.theme.scale
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for begin, end, _ in arrows:
            angle = math.atan2(end.y() - begin.y(), end.x() - begin.x())
            sides = (angle + math.pi * 0.86, angle - math.pi * 0.86)
            head = [end, *(end + QPointF(math.cos(side), math.sin(side)) * (_HEAD_PX * scale) for side in sides)]
            for color, width in ((scene.theme.panel, 4.5), (scene.theme.text, 1.8)):
                painter.setPen(QPen(QColor(color), width * scale))
                painter.setBrush(QColor(color))
                painter.drawLine(begin, end)
                painter.drawPolygon(QPolygonF(head))
        if len(arrows) <= _MOST_NAMED:
            _paint_names(painter, scene, arrows)
        painter.restore()


def name_plates(arrows: list[Arrow], body: QRectF, metrics: QFontMetricsF) -> list[tuple[QRectF, str]]:
    """Return where the arrows' names are written: beside the middle of what is seen of each, none on another."""
    placed: list[tuple[QRectF, str]] = []
    for begin, end, name in arrows:
        seen = _seen_part(begin, end, body)
        if seen is None:
            continue
        middle = (seen[0] + seen[1]) / 2
        plate = QRectF(middle.x() + 4, middle.y(), metrics.horizontalAdvance(name) + 6, metrics.height())
        plate.moveLeft(min(plate.left(), body.right() - plate.width()))
        while any(plate.intersects(other) for other, _ in placed):
            plate.moveTop(plate.top() + metrics.height())
        if plate.bottom() <= body.bottom():
            placed.append((plate, name))
    return placed


def _seen_part(begin: QPointF, end: QPointF, body: QRectF) -> tuple[QPointF, QPointF] | None:
    """Return the part of an arrow between the left and the right end of the lanes; None if there is none."""
    if max(begin.x(), end.x()) < body.left() or min(begin.x(), end.x()) > body.right():
        return None
    span = end.x() - begin.x()
    if not span:
        return begin, end
    first, last = ((min(max(x, body.left()), body.right()) - begin.x()) / span for x in (begin.x(), end.x()))
    return begin + (end - begin) * first, begin + (end - begin) * last


def _paint_names(painter: QPainter, scene: TimelineScene, arrows: list[Arrow]) -> None:
    small = font(scene.theme.font_pt * 0.85)
    painter.setFont(small)
    for plate, name in name_plates(arrows, scene.body(), QFontMetricsF(small)):
        painter.fillRect(plate, QColor(scene.theme.panel))
        painter.setPen(QColor(scene.theme.text))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, name)
