"""A plot's axis: few ticks with short figures, in the theme's font."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from gui.plots import ranges


class FigureAxis(pg.AxisItem):
    """An axis whose ticks are short figures, in the theme's font."""

    def __init__(self, side: str, text: Callable[[float], str]) -> None:
        super().__init__(side)
        self._text = text
        self._height = 14.0
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0, autoExpandTextSpace=False, autoReduceTextSpace=False)

    def setTickFont(self, font: QFont) -> None:
        """Set the ticks' font (pyqtgraph's hook), and cache its height, which is needed many times a frame."""
        self._height = QFontMetricsF(font).height()
        super().setTickFont(font)

    def boundingRect(self) -> QRectF:
        """Leave room for half a label beyond both ends (pyqtgraph omits labels that do not fit)."""
        rect = super().boundingRect()
        room = self._height * 2
        if self.orientation == "left":
            return rect.adjusted(0, -room, 0, room)
        return rect.adjusted(-room, 0, room, 0)

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """Return one spacing, for about as many ticks as there is room for labels (pyqtgraph's hook)."""
        room = self._height * (1.9 if self.orientation == "left" else 4.2)
        return [(ranges.tick_step(abs(high - low), max(2, int(size / room))), 0.0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the ticks' texts (pyqtgraph's hook)."""
        return [self._text(round(value / spacing) * spacing if spacing else value) for value in values]


def clock(value: float) -> str:
    """Return a time on an axis: `5 s`, `0.5 s`, `2:30`."""
    if abs(value) < 119.5:
        return f"{value:.4g} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}:{rest:02d}"
