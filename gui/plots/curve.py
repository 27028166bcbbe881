"""A line in a plot over time that is cheap to draw."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gui.plots import ranges
from gui.widgets.theme import Theme
from gui.widgets.view_data import Floats


class TimeCurve(pg.PlotCurveItem):
    """A line of the theme's width. Thick lines are cheap too: they are drawn in segments, of few points.

    In a long run, a point stands for several samples: for their mean, or with `peaks` for their maximum. pyqtgraph asks
    for the bounds many times a frame, so they are the axes' ranges and are not computed from the points.
    """

    def __init__(
        self, *, weight: float = 1.0, peaks: bool = False, stroke: Qt.PenStyle = Qt.PenStyle.SolidLine
    ) -> None:
        super().__init__(antialias=True, skipFiniteCheck=True)
        self.weight = weight
        self.peaks = peaks
        self.stroke = stroke
        self._bounds = QRectF()
        self._width, self._ratio = 1.0, 1.0  # the line's width, and physical pixels per logical pixel
        solid = stroke == Qt.PenStyle.SolidLine
        self.setSegmentedLineMode("on" if solid else "off")  # with segments, each would start a new dash

    def boundingRect(self) -> QRectF:
        """Return the axes' ranges; a plot draws nothing beyond them."""
        return self._bounds

    def set_bounds(self, bounds: QRectF) -> None:
        """Set the axes' ranges."""
        self.prepareGeometryChange()
        self._bounds = bounds

    def show(self, x: Floats, y: Floats) -> None:
        """Draw these points; a NaN is a gap."""
        x, y = ranges.thinned(x, y, peaks=self.peaks)
        whole = bool(np.isfinite(y.sum())) if len(y) else True
        self.setData(x, y, skipFiniteCheck=whole, connect="all" if whole else "finite")

    def paint_with(self, color: str, theme: Theme, fill: str | None = None) -> None:
        """Set the colour, the theme's line width, and the colour of the area below (None: no area)."""
        pen = QPen(QColor(color))
        self._width = theme.line_width * self.weight
        pen.setWidthF(self._width * self._ratio)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setStyle(self.stroke)
        self.setPen(pen)
        self.setBrush(QColor(fill) if fill else None)
        self.setFillLevel(0.0 if fill else None)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None) -> None:
        """Draw the line, scaled on a high-resolution screen: a cosmetic pen's width is in physical pixels."""
        ratio = painter.device().devicePixelRatioF()
        if ratio != self._ratio:
            self._ratio = ratio
            self.opts["pen"].setWidthF(self._width * ratio)
        super().paint(painter, option, widget)
