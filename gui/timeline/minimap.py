"""The whole run in one row above the lanes, with a frame around the visible stretch: drag it, or click."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.trace.picture.raster import LINES, Strip, Window, paint
from engine.wire.protocol import LEDGER_STATES
from engine.wording.state_colors import STATE_COLORS
from gui.timeline.scene import TimelineScene
from gui.widgets.state_fill import line_color
from gui.widgets.theme import Theme

_HEIGHT_PX: Final = 22  # at scale 1
_REST_MS: Final = 1_000  # the picture of a growing run is at most this old
_LEAST_PX: Final = 6  # the least width of the frame, so that it can be seen and dragged


class Minimap(QWidget):
    """Shows the scene's run from its beginning to its end. Emits `changed` when the person chooses another stretch."""

    changed = Signal()

    def __init__(self, scene: TimelineScene, parent: QWidget) -> None:
        super().__init__(parent)
        self.scene = scene
        self._image = QImage()
        self._key: tuple[object, ...] = ()
        self._held: float | None = None  # where the frame is held, as a share of the run
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The whole run, and the visible stretch")
        self.setToolTip("The whole run. Drag the frame, or click, to see another stretch.")

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.setFixedHeight(round(_HEIGHT_PX * theme.scale))
        self._key = ()
        self.update()

    @property
    def run_ns(self) -> int:
        """The duration of the run that is shown."""
        range_ = self.scene.range
        return max(range_.run_ns, range_.end_ns, 1)

    def window_rect(self) -> QRectF:
        """Return the frame of the visible stretch."""
        body, range_ = self._body(), self.scene.range
        left = body.left() + range_.begin_ns / self.run_ns * body.width()
        width = max(range_.length_ns / self.run_ns * body.width(), _LEAST_PX * self.scene.theme.scale)
        return QRectF(min(left, body.right() - width), body.top(), width, body.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the run, fainter outside the visible stretch, and the frame."""
        self._say()
        painter, theme, body = QPainter(self), self.scene.theme, self._body()
        painter.fillRect(self.rect(), QColor(theme.panel))
        if self.scene.store is None:
            return
        painter.fillRect(body, QColor(theme.window))
        self._draw()
        painter.drawImage(body, self._image)
        frame, veil = self.window_rect(), QColor(theme.panel)
        veil.setAlphaF(0.62)
        painter.fillRect(QRectF(body.left(), body.top(), frame.left() - body.left(), body.height()), veil)
        painter.fillRect(QRectF(frame.right(), body.top(), body.right() - frame.right(), body.height()), veil)
        painter.setPen(QPen(QColor(theme.accent), 1.5 * theme.scale))
        painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))

    def _say(self) -> None:
        range_ = self.scene.range
        seen = f"{range_.begin_ns / 1e9:.2f} s to {range_.end_ns / 1e9:.2f} s of {self.run_ns / 1e9:.2f} s are seen"
        if self.scene.store is not None and seen != self.accessibleDescription():
            self.setAccessibleDescription(seen)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grab the frame, or move it to the pointer and grab it."""
        if event.button() != Qt.MouseButton.LeftButton or self.scene.store is None:
            return
        at = self._share(event.position())
        range_ = self.scene.range
        inside = self.window_rect().contains(event.position())
        self._held = at - range_.begin_ns / self.run_ns if inside else range_.length_ns / self.run_ns / 2
        self._move_to(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the frame."""
        if self._held is not None:
            self._move_to(self._share(event.position()))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Release the frame."""
        self._held = None

    def _move_to(self, share: float) -> None:
        range_ = self.scene.range
        begin_ns = round((share - (self._held or 0.0)) * self.run_ns)
        range_.follow = False
        range_.set(begin_ns, begin_ns + range_.length_ns)
        self.changed.emit()

    def _share(self, position: QPointF) -> float:
        body = self._body()
        return (position.x() - body.left()) / max(1.0, body.width())

    def _body(self) -> QRectF:
        lanes = self.scene.body()
        return QRectF(lanes.left(), 2, lanes.width(), max(4.0, self.height() - 4.0))

    def _draw(self) -> None:
        """Redraw the picture if the run has grown, at most once a second."""
        scene = self.scene
        if scene.store is None or scene.shares is None or not scene.store.lanes:
            return
        body = self._body()
        size = (int(body.width()), int(body.height()), scene.theme)
        key = (*size, scene.store, scene.store.version, scene.shares.version, self.run_ns)
        if key == self._key or (self._rest.isActive() and self._key[:4] == key[:4]):
            return
        self._key = key
        self._rest.start()
        lanes = tuple(lane.lane for lane in scene.store.lanes)
        window = Window(0, self.run_ns, size[0], (Strip(lanes, 0, size[1] + size[1] // 5),))
        pixels = np.ascontiguousarray(paint(scene.store, scene.shares, window)[: size[1]])
        height, width = pixels.shape
        image = QImage(pixels.data, width, height, width, QImage.Format.Format_Indexed8)
        colors = [QColor(color) for color in (*STATE_COLORS.values(), scene.theme.window, scene.theme.panel)]
        colors += [line_color(state, LINES[state]) if state in LINES else QColor() for state in LEDGER_STATES]
        image.setColorTable([color.rgb() for color in colors])
        self._image = image.convertToFormat(QImage.Format.Format_RGB32)
