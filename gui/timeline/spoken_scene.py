"""What is seen of a timeline in words, for screen readers: worked out once what is seen rests, where a reader runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible

from engine.trace.picture.stretch import stretch_of
from engine.wording import figure_text as figures
from gui.timeline.stretch_bar import stretch_words

if TYPE_CHECKING:
    from gui.timeline.pane import TimelinePane

_REST_MS: Final = 400


class SpokenScene(QObject):
    """Keeps the description of a pane's canvas: how many workers, and the figures of the stretch that is seen."""

    def __init__(self, pane: TimelinePane) -> None:
        super().__init__(pane)
        self._pane = pane
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._say)
        pane.range_changed.connect(self._rest.start)
        pane.canvas.changed.connect(self._rest.start)

    def _say(self) -> None:
        scene = self._pane.scene
        if not QAccessible.isActive() or scene.store is None or scene.shares is None:
            return
        count = figures.counted(len(scene.store.lanes), "row")
        words = stretch_words(stretch_of(scene.store, scene.shares, *self._pane.visible_range))
        self._pane.canvas.setAccessibleDescription(f"{count}. Seen: {words}")
