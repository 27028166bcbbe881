"""Describes the visible part of a timeline for screen readers: once it rests, and only if a screen reader runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible

from engine.trace.picture.stretch import stretch_of
from engine.wording import figure_text as figures
from gui.timeline.canvas import TimelineCanvas
from gui.timeline.scene import TimelineScene
from gui.timeline.stretch_bar import stretch_words

_REST_MS: Final = 400


class SpokenScene(QObject):
    """Updates a canvas's description: how many workers, and the figures of the visible stretch."""

    def __init__(self, scene: TimelineScene, canvas: TimelineCanvas, seen: Callable[[], tuple[int, int]]) -> None:
        """`seen` returns the beginning and end of the visible stretch."""
        super().__init__(canvas)
        self._scene, self._canvas, self._seen = scene, canvas, seen
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._say)
        canvas.changed.connect(self._rest.start)

    def start(self) -> None:
        """Describe the visible part as soon as it rests."""
        self._rest.start()

    def _say(self) -> None:
        scene = self._scene
        if not QAccessible.isActive() or scene.store is None or scene.shares is None:
            return
        count = figures.counted(len(scene.store.lanes), "row")
        words = stretch_words(stretch_of(scene.store, scene.shares, *self._seen()))
        self._canvas.setAccessibleDescription(f"{count}. Seen: {words}")
