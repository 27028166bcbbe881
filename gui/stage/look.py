"""Sizes and colours of the stage: sizes are shares of the screen's height, colours are readable on a pale projector."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPen

from engine.wording.state_colors import SHOWN_COLORS
from gui.widgets.theme import LIGHT, Theme

LEAST_SHARE: Final = 1 / 40  # of the height: nothing on the stage is set smaller

# To distinguish states without colour: a hatch for each waiting state.
# The directions of its lines, and its dots as shares of a tile.
_Hatch = tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]
_RISING, _FALLING, _LEVEL, _UPRIGHT = (1.0, -1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)
HATCHES: Final[dict[str, _Hatch]] = {
    "cpu": ((), ()),
    "cpu_wait": ((), ((0.25, 0.25), (0.75, 0.75))),
    "gil_wait": ((_RISING,), ()),
    "io_wait": ((_LEVEL,), ()),
    "lock_wait": ((_LEVEL, _UPRIGHT), ()),
    "loop_wait": ((_FALLING,), ()),
    "transport": ((_RISING, _FALLING), ()),
    "idle": ((), ()),
    "starting": ((), ((0.5, 0.5),)),
}


@dataclass(frozen=True, slots=True)
class StageLook:
    """The sizes (pixels) and colours of a stage that is `height` pixels high."""

    height: int = 720
    theme: Theme = LIGHT

    @property
    def least_px(self) -> int:
        """The size of the smallest text."""
        return -(-self.height // round(1 / LEAST_SHARE))

    @property
    def small_px(self) -> int:
        """The size of charts' labels."""
        return round(self.height / 33)

    @property
    def text_px(self) -> int:
        """The size of body text."""
        return round(self.height / 22)

    @property
    def margin(self) -> int:
        """The space around the stage's content."""
        return round(self.height / 24)

    @property
    def line(self) -> float:
        """The width of a chart's line."""
        return self.height / 180

    @property
    def ink(self) -> QColor:
        """The colour of text and important lines."""
        return QColor("#FFFFFF" if self.theme.dark else "#101418")

    @property
    def quiet(self) -> QColor:
        """The colour of secondary text; its contrast is still 7 : 1."""
        return QColor("#C4CCD4" if self.theme.dark else "#3D454D")

    @property
    def ground(self) -> QColor:
        """The background colour."""
        return QColor("#101418" if self.theme.dark else "#FFFFFF")

    @property
    def rule(self) -> QColor:
        """The colour of frames and grid lines."""
        return QColor("#5A6572" if self.theme.dark else "#9AA4AF")

    @property
    def accent(self) -> QColor:
        """The colour of what is chosen, and of the first of two runs."""
        return QColor(self.theme.accent)

    def series(self, place: int) -> QColor:
        """Return the colour of the run at `place` of several."""
        return QColor(self.theme.series[place % len(self.theme.series)])

    def font(self, pixels: int, *, bold: bool = False, fixed: bool = False) -> QFont:
        """Return the application's font at this size."""
        made = QFont()
        if fixed:
            made.setFamilies(["DejaVu Sans Mono", "Consolas", "Menlo", "monospace"])
            made.setStyleHint(QFont.StyleHint.Monospace)
        made.setPixelSize(max(1, pixels))
        made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return made


def fill_of(state: str) -> QColor:
    """Return the colour of a state of the ledger."""
    return QColor(SHOWN_COLORS[state])


@functools.lru_cache(maxsize=64)
def hatch_of(state: str, height: int) -> QBrush:
    """Return the hatch that is drawn over a state's colour: dark in both looks, as the colours are the same in both.

    Its lines are shares of the height, as all else is: Qt's own patterns are as many pixels on every screen.
    """
    lines, dots = HATCHES[state]
    if not lines and not dots:
        return QBrush(Qt.BrushStyle.NoBrush)
    side = max(6, round(height / 60))
    tile = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = QColor("#101418")
    ink.setAlpha(150)
    painter.setPen(QPen(ink, max(1.0, height / 480)))
    for dx, dy in lines:
        for shift in (-side, 0, side):  # what leaves the tile at one side comes in at the other
            middle = QPointF(side / 2 + shift, side / 2)
            painter.drawLine(middle - QPointF(dx, dy) * side, middle + QPointF(dx, dy) * side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    for x, y in dots:
        painter.drawEllipse(QPointF(x * side, y * side), side / 7, side / 7)
    painter.end()
    return QBrush(tile)
