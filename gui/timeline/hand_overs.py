"""Arrows along the selected task, from the worker that handed it on to the one that went on with it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engine.trace.picture.search import HandOver, hand_overs
from gui.timeline.scene import TimelineScene

_HEAD_PX = 7.0  # at scale 1


class HandOverArrows:
    """Looks for the selected task's hand-overs once per selection and version of the run, not at every frame."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._found: tuple[HandOver, ...] = ()

    def arrows(self, scene: TimelineScene) -> list[tuple[QPointF, QPointF]]:
        """Return each arrow between two rows that are seen: where it begins, and where it ends."""
        store, selected = scene.store, scene.selected
        if store is None or selected is None or selected.lane >= len(store.tracks):
            return []
        key = (store, store.version, selected)
        if key != self._key:
            self._key, self._found = key, hand_overs(store, selected)
        made = []
        for each in self._found:
            rows = [row for lane in (each.from_lane, each.to_lane) if (row := scene.seen_row_of(lane)) is not None]
            if len(rows) == 2 and rows[0].row is not rows[1].row:
                bars = (scene.bar(row, 0, 1) for row in rows)
                times = each.released_ns, each.begun_ns
                begin, end = (
                    QPointF(scene.x_of(time), bar.center().y()) for time, bar in zip(times, bars, strict=True)
                )
                made.append((begin, end))
        return made

    def paint(self, painter: QPainter, scene: TimelineScene) -> None:
        """Draw each as a line with a head, on a ground of its own: the lanes have every colour."""
        scale = scene.theme.scale
        painter.save()
        for begin, end in self.arrows(scene):
            angle = math.atan2(end.y() - begin.y(), end.x() - begin.x())
            sides = (angle + math.pi * 0.86, angle - math.pi * 0.86)
            head = [end, *(end + QPointF(math.cos(side), math.sin(side)) * (_HEAD_PX * scale) for side in sides)]
            for color, width in ((scene.theme.panel, 4.5), (scene.theme.text, 1.8)):
                painter.setPen(QPen(QColor(color), width * scale))
                painter.setBrush(QColor(color))
                painter.drawLine(begin, end)
                painter.drawPolygon(QPolygonF(head))
        painter.restore()
