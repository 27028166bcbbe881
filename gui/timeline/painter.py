"""Paints the timeline's scene: columns of states, names of lanes and phases, failed phases, times."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from engine.trace.phase_track import PhaseTrack
from engine.trace.picture.raster import DRAFT_CELLS, FINE_CELLS, LINES, Lines, Strip, Window, paint
from engine.wire.protocol import LEDGER_STATES
from engine.wording.state_colors import STATE_COLORS
from gui.plots.ranges import tick_step
from gui.timeline.gil_lane import GilLane
from gui.timeline.hand_overs import HandOverArrows
from gui.timeline.holds import paint_holds
from gui.timeline.labels import paint_labels
from gui.timeline.marks import paint_bookmarks, paint_stretch
from gui.timeline.phase_colors import colored_image
from gui.timeline.scene import SeenRow, TimelineScene
from gui.timeline.thinned import paint_thinned
from gui.widgets.fonts import font
from gui.widgets.state_fill import line_color

_MOST_NAMES: Final = 600  # phases whose borders and names are drawn
_NO_LINES: Final = Lines(1, 0, dark=False)
_INK: Final = "#101418"
_GRID_ALPHA: Final = 36  # of 255: a line over a state's colour does not hide it


class TimelinePainter:
    """Paints the scene, and caches the image of states until its content changes."""

    def __init__(self, scene: TimelineScene) -> None:
        self._scene = scene
        self._key: tuple[object, ...] = ()
        self._image = QImage()
        self._gil_lane = GilLane()
        self._hand_overs = HandOverArrows()
        self.draft = False  # fewer columns: while the visible part moves, a frame must be quick

    def paint(self, painter: QPainter) -> None:
        """Paint everything."""
        scene = self._scene
        painter.fillRect(QRectF(QPointF(), scene.size), QColor(scene.theme.panel))
        if scene.store is None:
            return
        body = scene.body()
        self._paint_states(painter, body)
        self._gil_lane.paint(painter, scene)
        paint_labels(painter, scene)
        painter.setClipRect(body)
        self._paint_grid(painter, body)
        self._paint_phases(painter)
        self._paint_selected(painter)
        self._hand_overs.paint(painter, scene)
        paint_holds(painter, scene)
        paint_thinned(painter, scene, body)
        paint_stretch(painter, scene, body)
        painter.setClipping(False)
        self._paint_times(painter, body)
        paint_bookmarks(painter, scene, body)
        self._paint_playhead(painter, body)

    def _paint_states(self, painter: QPainter, body: QRectF) -> None:
        scene, range_ = self._scene, self._scene.range
        cells = DRAFT_CELLS if self.draft else FINE_CELLS
        strips = tuple(
            Strip(each.row.lanes, round(each.top - body.top()), each.height) for each in scene.seen if each.row.lanes
        )
        if not strips or scene.store is None or scene.shares is None:
            return
        window = Window(range_.begin_ns, range_.end_ns, int(body.width()), strips, cells)
        key = (window, scene.store, scene.store.version, scene.shares.version, scene.theme, scene.color_by)
        if key != self._key and scene.color_by != "state":
            self._key = key
            self._image = colored_image(scene.store, window, scene.color_by, scene.theme)
        elif key != self._key:
            self._key = key
            pixels = np.ascontiguousarray(paint(scene.store, scene.shares, window))
            height, width = pixels.shape
            image = QImage(pixels.data, width, height, width, QImage.Format.Format_Indexed8)
            theme = scene.theme
            colors = [QColor(color) for color in (*STATE_COLORS.values(), theme.window, theme.panel)]
            colors += [line_color(state, LINES.get(state, _NO_LINES)) for state in LEDGER_STATES]
            image.setColorTable([color.rgb() for color in colors])
            self._image = image.convertToFormat(QImage.Format.Format_RGB32)
        painter.drawImage(QRectF(body.left(), body.top(), body.width(), self._image.height()), self._image)

    def _paint_phases(self, painter: QPainter) -> None:
        """Paint the borders and names of phases that are wide enough, and mark failed ones."""
        scene = self._scene
        tracks = scene.store.tracks if scene.store else []
        small = font(scene.theme.font_pt * 0.85)
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        seen = [each for each in scene.seen if each.row.lane is not None and each.row.lane < len(tracks)]
        most = min(_MOST_NAMES / max(1, len(seen)) + 20, scene.body().width() / 8)
        for row in seen:
            track = tracks[row.row.lane or 0]
            places = track.between(scene.range.begin_ns, scene.range.end_ns)
            if places.stop - places.start <= most:
                for place in range(places.start, places.stop):
                    self._paint_phase(painter, row, track, place, metrics)
            if len(track.failed):
                failed = track.failed_between(scene.range.begin_ns, scene.range.end_ns)
                self._paint_failed(painter, row, track, failed)

    def _paint_phase(
        self, painter: QPainter, row: SeenRow, track: PhaseTrack, number: int, metrics: QFontMetricsF
    ) -> None:
        scene, body = self._scene, self._scene.body()
        place = scene.bar(row, int(track.start[number]), int(track.end[number]))
        if place.width() < 4:
            return
        painter.fillRect(QRectF(place.left(), place.top(), 1, place.height()), QColor(scene.theme.panel))
        left, right = max(place.left(), body.left()) + 5, min(place.right(), body.right()) - 4
        step = scene.store.name_of(track.records[number]) if scene.store else ""
        if place.height() < metrics.height() or right - left < metrics.horizontalAdvance(step):
            return
        # On a light plate: a bar may have several colours, and no text colour is readable on all of them.
        middle, width = place.center().y(), metrics.horizontalAdvance(step)
        plate = QRectF(left - 2, middle - metrics.height() / 2, width + 4, metrics.height())
        painter.fillRect(plate, QColor(255, 255, 255, 165))
        painter.setPen(QColor(_INK))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, step)

    def _paint_failed(self, painter: QPainter, row: SeenRow, track: PhaseTrack, failed: list[int]) -> None:
        """Paint a stripe over failed phases; one for many at the same position."""
        scene = self._scene
        color, least = QColor(scene.theme.danger), 3 * scene.theme.scale
        shown = -least
        for number in failed:
            place = scene.bar(row, int(track.start[number]), int(track.end[number]))
            if place.right() < shown + least:
                continue
            shown = place.right()
            high = max(least, place.height() * 0.25)
            painter.fillRect(QRectF(place.left(), place.top(), max(place.width(), least), high), color)

    def _paint_selected(self, painter: QPainter) -> None:
        scene, selected = self._scene, self._scene.selected
        row = scene.seen_row_of(selected.lane) if selected is not None else None
        if selected is None or row is None:
            return
        place = scene.bar(row, selected.begin_ns, selected.end_ns)
        painter.setPen(QPen(QColor(scene.theme.text), 2 * scene.theme.scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(-1, 1, 1, -1))

    def _paint_times(self, painter: QPainter, body: QRectF) -> None:
        theme = self._scene.theme
        small = font(theme.font_pt * 0.95)
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        for x, left, text in self.times(body, metrics):
            painter.setPen(QPen(QColor(theme.grid), 1))
            painter.drawLine(QPointF(x, body.bottom()), QPointF(x, body.bottom() + 4))
            painter.drawLine(QPointF(x, body.top() - 4), QPointF(x, body.top()))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(left, body.bottom() + 4 + metrics.ascent()), text)
            painter.drawText(QPointF(left, body.top() - 4 - metrics.descent()), text)

    def _paint_grid(self, painter: QPainter, body: QRectF) -> None:
        """Draw a line through the lanes at each time of the rulers."""
        color = QColor(self._scene.theme.text)
        color.setAlpha(_GRID_ALPHA)
        painter.setPen(QPen(color, 1))
        for x, _, _ in self.times(body, QFontMetricsF(font(self._scene.theme.font_pt * 0.95))):
            painter.drawLine(QPointF(x, body.top()), QPointF(x, body.bottom()))

    def times(self, body: QRectF, metrics: QFontMetricsF) -> list[tuple[float, float, str]]:
        """Return the positions of the times' marks, of their texts, and the texts (empty if there is no room)."""
        scene, range_ = self._scene, self._scene.range
        found: list[tuple[float, float, str]] = []
        free_from = 0.0
        step_ns = tick_step(float(range_.length_ns), max(2, int(body.width() / (metrics.averageCharWidth() * 14))))
        digits = max(0, int(np.ceil(9 - np.log10(step_ns) - 1e-9)))
        first, last = int(np.ceil(range_.begin_ns / step_ns)), int(range_.end_ns // step_ns)
        for number in range(first, last + 1):
            x = body.left() + (number * step_ns - range_.begin_ns) / range_.length_ns * body.width()
            text = f"{number * step_ns / 1e9:.{digits}f} s"
            width = metrics.horizontalAdvance(text)
            left = min(max(x - width / 2, 0.0), scene.size.width() - width)
            found.append((x, left, text if left >= free_from else ""))
            if left >= free_from:
                free_from = left + width + metrics.averageCharWidth()
        return found

    def _paint_playhead(self, painter: QPainter, body: QRectF) -> None:
        scene, time_ns = self._scene, self._scene.playhead_ns
        if time_ns is None or not scene.range.begin_ns <= time_ns <= scene.range.end_ns:
            return
        x, color = scene.x_of(time_ns), QColor(scene.theme.accent)
        painter.setPen(QPen(color, 2 * scene.theme.scale))
        painter.drawLine(QPointF(x, body.top()), QPointF(x, body.bottom()))
        small = font(scene.theme.font_pt * 0.95)
        metrics = QFontMetricsF(small)
        digits = max(3, int(np.ceil(11 - np.log10(scene.range.length_ns))))
        text = f"{time_ns / 1e9:.{min(digits, 9)}f} s"
        width = metrics.horizontalAdvance(text) + 8
        left = min(max(x - width / 2, 0.0), scene.size.width() - width)
        plate = QRectF(left, body.bottom() + 2, width, metrics.height() + 2)
        painter.fillRect(plate, color)
        painter.setFont(small)
        painter.setPen(QColor(scene.theme.panel))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
