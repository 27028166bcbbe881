"""A run behind, below the lanes: its workers' time by state, over the same stretch of time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.trace.picture.lane_shares import Floats, LaneShares
from engine.wire.protocol import LEDGER_STATES
from engine.wording.state_names import STATE_TITLES
from gui.timeline.scene import TimelineScene
from gui.widgets.fonts import font
from gui.widgets.plain_text import plain_tip
from gui.widgets.run_names import ShownName
from gui.widgets.state_fill import fill_state
from gui.widgets.theme import Theme

_COLUMN_PX: Final = 6
_EVERY_WORKER: Final = (1 << 30,)  # a lane number that no lane has: it gives all lanes' time together


class ReferenceStrip(QWidget):
    """One row, its height shared out as the run's time was; nothing without a run."""

    def __init__(self, scene: TimelineScene, parent: QWidget) -> None:
        super().__init__(parent)
        self.scene = scene
        self.name = ShownName("", "")
        self._folder: Path | None = None
        self._shares: LaneShares | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Reference: what its workers’ time was made of")
        self.hide()

    @property
    def end_ns(self) -> int:
        """When the reference ended; 0 where there is none."""
        return int(self._shares.times_ns[-1]) if self._shares is not None and self._shares.count else 0

    def show_reference(self, folder: Path | None, name: ShownName) -> bool:
        """Show the run in a folder that has ended, called so, or none; return whether it is another than before."""
        if name != self.name:
            self.name = name
            self.setAccessibleDescription(name.whole)
            self.update()
        if folder == self._folder:
            return False
        self._folder = folder
        self._shares = LaneShares(folder) if folder is not None else None
        while self._shares is not None and self._shares.refresh():
            pass
        self.setVisible(self._shares is not None and self._shares.count > 0)
        self.update()
        return True

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.setFixedHeight(round(QFontMetricsF(font(theme.font_pt)).height() * 1.9))
        self.update()

    def columns(self, width_px: int) -> Floats:
        """Return its time's shares by state in each column of the visible stretch: (columns, states), 0 to 1."""
        range_ = self.scene.range
        count = max(1, width_px // _COLUMN_PX)
        edges = np.linspace(range_.begin_ns, range_.end_ns, count + 1).astype(np.int64)
        mixed = self._shares.of_many(_EVERY_WORKER, edges) if self._shares is not None else None
        if mixed is None or self._shares is None:
            return np.zeros((count, len(LEDGER_STATES)))
        spent = mixed.spent.copy()
        spent[edges[:-1] >= self._shares.times_ns[-1]] = 0.0  # it had ended by then
        total = spent.sum(axis=1, keepdims=True)
        parts: Floats = np.divide(spent, total, out=np.zeros_like(spent), where=total > 0)
        return parts

    def words_at(self, position: QPointF) -> str:
        """Return the reference's time by state at a position, in words."""
        body = self.scene.body()
        parts = self.columns(int(body.width()))
        place = int((position.x() - body.left()) / body.width() * len(parts))
        if not 0 <= place < len(parts) or not parts[place].any():
            return self.name.whole
        seen = [f"{STATE_TITLES[state]} {part:.0%}" for state, part in zip(LEDGER_STATES, parts[place], strict=True)
                if part >= 0.01]  # fmt: skip
        return f"{self.name.whole}. {', '.join(seen)}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Describe what is at the pointer."""
        self.setToolTip(plain_tip(self.words_at(event.position())))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw its name and its columns, fainter than the lanes."""
        scene, painter = self.scene, QPainter(self)
        theme, body = scene.theme, scene.body()
        painter.fillRect(self.rect(), QColor(theme.panel))
        painter.setPen(QColor(theme.muted))
        painter.setFont(font(theme.font_pt * 0.85))
        name = QRectF(0, 0, body.left() - 6 * theme.scale, self.height())
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.name.label)
        parts = self.columns(int(body.width()))
        width, height = body.width() / len(parts), self.height() - 4 * theme.scale
        painter.setOpacity(0.6)
        for column, shares in enumerate(parts):
            top = 2 * theme.scale
            for state, part in zip(LEDGER_STATES, shares, strict=True):
                if part > 0:
                    fill_state(painter, QRectF(body.left() + column * width, top, width, part * height), state)
                    top += part * height
