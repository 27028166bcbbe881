"""The rows of the GIL: who holds each process's, in the worker's colour, with its number where there is room."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from gui.plots.gil_row import gil_image, paint_numbers, say_in_row
from gui.timeline.scene import SeenRow, TimelineScene


class GilLane:
    """Paints the rows, and caches the image of each until its content changes."""

    def __init__(self) -> None:
        self._images: dict[int, tuple[tuple[object, ...], QImage]] = {}

    def paint(self, painter: QPainter, scene: TimelineScene) -> None:
        """Paint every visible row."""
        for row in scene.seen:
            if row.row.gil is not None:
                self._paint_row(painter, scene, row, row.row.gil)

    def _paint_row(self, painter: QPainter, scene: TimelineScene, row: SeenRow, pid: int) -> None:
        place = gil_place(scene, row)
        held = scene.held(pid)
        if scene.looks is None or held is None:
            say_in_row(painter, scene.theme, place, scene.gil.words(scene.looks, pid))
            return
        begin_ns, end_ns = scene.range.begin_ns, scene.range.end_ns
        width, height = int(place.width()), int(place.height())
        key = (scene.looks.version, begin_ns, end_ns, width, height, scene.theme)
        known, image = self._images.get(pid, ((), QImage()))
        if key != known:
            image = gil_image(scene.looks, held, scene.workers, (begin_ns, end_ns), (width, height), scene.theme)
            self._images[pid] = key, image
        painter.drawImage(place, image)
        paint_numbers(painter, place, (begin_ns, end_ns), scene.looks, held, scene.workers, scene.names, scene.theme)


def gil_place(scene: TimelineScene, row: SeenRow) -> QRectF:
    """Return the rectangle of a row of the GIL."""
    body = scene.body()
    return QRectF(body.left(), row.top, body.width(), row.height - max(1, row.height // 6))
