"""The plot of something over a run's time: stepped ranges, curves, marks and a read-out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetricsF, QMouseEvent
from PySide6.QtWidgets import QMenu

from engine.wording import figure_text as figures
from gui.plots import ranges
from gui.plots.curve import TimeCurve
from gui.plots.figure_axis import FigureAxis, clock
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import LIGHT, Theme
from gui.widgets.view_data import Floats

_WIDEST = ("0.25M", "500 ms", "500 µs")  # the widest texts of the left axis: pyqtgraph omits texts that do not fit
_SAID_EVERY_S = 1.0  # of the run's time: a listener cannot follow faster changes
_MARK_TEXT = 40  # characters of a mark's text that are shown


class TimePlot(pg.PlotWidget):
    """A plot over the seconds of a run, beginning at 0.

    `readout` returns the text of the label at the pointer for a time and a height, or an empty text. A refresh creates
    no new items, except marks when there are more of them.
    """

    save_requested = Signal()
    pointed = Signal(object)  # the time at the pointer in seconds, None: it has left
    _found = Signal()  # queued behind the scene's own search for changes

    def __init__(
        self, name: str, text: Callable[[float], str] = figures.compact, *, time_ticks: bool = True, grid: bool = True
    ) -> None:
        self._left = FigureAxis("left", text)
        self._bottom = FigureAxis("bottom", clock)
        super().__init__(axisItems={"left": self._left, "bottom": self._bottom})
        self.setAccessibleName(name)
        self.setFrameShape(self.Shape.NoFrame)
        self.setMinimumSize(60, 40)
        self.theme: Theme = LIGHT
        self.readout: Callable[[float, float], str] = lambda _x, _y: ""
        self._said_s = -_SAID_EVERY_S
        self._x_top = 0.0
        self._y_top = 0.0
        self._y_bottom = 0.0
        self._marks: list[pg.InfiniteLine] = []
        self._mark_texts: list[tuple[float, str]] = []
        self._curves: list[TimeCurve] = []
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        self._box = item.getViewBox()
        self._box.setMouseEnabled(False, False)
        self._box.disableAutoRange()
        self._box.setDefaultPadding(0)
        # An axis's own grid is slow if the axis is not cached; if it is, its labels are outdated after a resize.
        self._grid = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True)
        self._grid.setVisible(grid)
        self.addItem(self._grid, ignoreBounds=True)
        self._heights: Sequence[float] | None = None
        self._box.sigResized.connect(self._on_resized)
        self._found.connect(self._on_found, Qt.ConnectionType.QueuedConnection)
        self._time_ticks = time_ticks
        self._bottom.setStyle(showValues=time_ticks)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self.addItem(self._cursor, ignoreBounds=True)
        self._label = PlainLabel(self)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label.hide()
        self.setMouseTracking(True)
        self.set_ranges(1.0, 1.0)

    def add_curve(
        self, *, weight: float = 1.0, peaks: bool = False, stroke: Qt.PenStyle = Qt.PenStyle.SolidLine
    ) -> TimeCurve:
        """Add an empty line; later ones lie above."""
        curve = TimeCurve(weight=weight, peaks=peaks, stroke=stroke)
        self.addItem(curve)
        curve.set_bounds(self._shown())
        self._curves.append(curve)
        return curve

    def remove_curve(self, curve: TimeCurve) -> None:
        """Remove a line."""
        self._curves.remove(curve)
        self.removeItem(curve)

    def set_ranges(self, x_top: float, y_top: float, y_bottom: float = 0.0) -> None:
        """Show 0..`x_top` seconds and `y_bottom`..`y_top`; does nothing if these are shown already."""
        if (x_top, y_top, y_bottom) == (self._x_top, self._y_top, self._y_bottom):
            return
        self._x_top, self._y_top, self._y_bottom = x_top, y_top, y_bottom
        self._box.setRange(xRange=(0, x_top), yRange=(y_bottom, y_top), padding=0, disableAutoRange=True)
        for curve in self._curves:
            curve.set_bounds(self._shown())
        self._draw_grid()

    def paint_whole(self) -> None:
        """Paint the whole plot in the window's next frame, together with everything else; call it after a refresh.

        The scene would find the changes by itself, but later, and the window would make a frame for each plot. So the
        changes that the scene finds after this refresh are ignored.
        """
        self.viewport().update()
        self.setViewportUpdateMode(self.ViewportUpdateMode.NoViewportUpdate)
        self._found.emit()

    def say(self, now_s: float, words: Callable[[], str], *, ended: bool) -> None:
        """Keep what the curves say in words, for readers; anew once a second of the run, and at its end."""
        if ended or not 0 <= now_s - self._said_s < _SAID_EVERY_S:
            self._said_s = now_s
            said = words()
            if said != self.accessibleDescription():
                self.setAccessibleDescription(said)

    def _on_found(self) -> None:
        self.setViewportUpdateMode(self.ViewportUpdateMode.MinimalViewportUpdate)

    def _shown(self) -> QRectF:
        return QRectF(0.0, self._y_bottom, self._x_top, self._y_top - self._y_bottom)

    def fit_time(self, now_s: float, *, ended: bool) -> None:
        """Extend the time axis in steps to show `now_s`; an ended run fills it."""
        top = max(now_s, 0.05) if ended else ranges.time_top(now_s)
        self.set_ranges(top, self._y_top, self._y_bottom)

    def fit_height(self, values: Floats, least: float = 0.0) -> None:
        """Fit the left axis in steps to show `values` from 0."""
        top = float(np.nanmax(values)) if len(values) and not np.all(np.isnan(values)) else 0.0
        self.set_ranges(self._x_top, ranges.stepped(max(top, least), self._y_top))

    @property
    def x_top(self) -> float:
        """The right end of the time axis, in seconds."""
        return self._x_top

    @property
    def y_top(self) -> float:
        """The upper end of the left axis."""
        return self._y_top

    def set_marks(self, marks: Sequence[tuple[float, str]]) -> None:
        """Show a vertical line at each (seconds, text), with the text unless it is empty."""
        if list(marks) == self._mark_texts:
            return
        self._mark_texts = list(marks)
        for line in self._marks:
            self.removeItem(line)
        self._marks = [self._mark(place, t_s, text) for place, (t_s, text) in enumerate(marks)]

    def _mark(self, place: int, t_s: float, text: str) -> pg.InfiniteLine:
        options = {"position": 0.94 - 0.11 * (place % 3), "movable": False, "anchors": [(0, 0.5), (1, 0.5)]}
        label = text if len(text) <= _MARK_TEXT else text[: _MARK_TEXT - 1] + "…"
        line = pg.InfiniteLine(t_s, angle=90, movable=False, label=label or None, labelOpts=options)
        self._style_mark(line)
        self.addItem(line, ignoreBounds=True)
        return line

    def _style_mark(self, line: pg.InfiniteLine) -> None:
        line.setPen(pg.mkPen(self.theme.muted, width=self.theme.scale, style=Qt.PenStyle.DashLine))
        if not hasattr(line, "label"):
            return
        line.label.setColor(QColor(self.theme.text))
        line.label.fill = pg.mkBrush(self.theme.panel)
        line.label.setFont(font(self.theme.font_pt * 0.8))

    def set_theme(self, theme: Theme) -> None:
        """Restyle axes, marks and the read-out; the view restyles its curves."""
        self.theme = theme
        self.setBackground(theme.panel)
        ticks = font(theme.font_pt * 0.9)
        metrics = QFontMetricsF(ticks, self)
        for axis in (self._left, self._bottom):
            axis.setTickFont(ticks)
            axis.setTextPen(QColor(theme.muted))
            axis.setPen(pg.mkPen(theme.grid, width=1))
            axis.setStyle(tickTextOffset=int(4 + 2 * theme.scale))
        faint = QColor(theme.grid)
        faint.setAlpha(150)
        self._grid.setPen(pg.mkPen(faint, width=1))
        self._left.setWidth(max(metrics.horizontalAdvance(text) for text in _WIDEST) + 8 + 4 * theme.scale)
        height = metrics.height() + 4 + 4 * theme.scale if self._time_ticks else metrics.height() * 0.4
        self._bottom.setHeight(height)
        self.getPlotItem().layout.setContentsMargins(0, metrics.height() * 0.5, metrics.horizontalAdvance("00"), 0)
        self._cursor.setPen(pg.mkPen(theme.muted, width=1))
        for line in self._marks:
            self._style_mark(line)
        self._label.setFont(ticks)
        self._label.setStyleSheet(
            f"background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.border}; padding: 3px 6px;"
        )

    def set_ticks(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Put these (height, text) on the left axis instead of round figures."""
        self._left.setTicks([ticks])
        self._heights = [height for height, _ in ticks]
        self._draw_grid()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the figures at the pointer."""
        super().mouseMoveEvent(event)
        self._show_readout(event.position())
        self.pointed.emit(self._cursor.value() if self._cursor.isVisible() else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the read-out when the pointer leaves."""
        super().leaveEvent(event)
        self._cursor.hide()
        self._label.hide()
        self.pointed.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Pass the double click on to the card that holds the plot."""
        event.ignore()

    def point_at(self, time_s: float | None) -> None:
        """Show the figures at the time of the pointer in another plot; None hides them."""
        text = self.readout(time_s, float("nan")) if time_s is not None and 0 <= time_s <= self._x_top else ""
        self._cursor.setVisible(bool(text))
        self._label.setVisible(bool(text))
        if text and time_s is not None:
            x = self._box.mapViewToScene(QPointF(time_s, self._y_bottom)).x()
            self._place_label(time_s, text, QPointF(x, self._box.sceneBoundingRect().top()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to save the plot."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Save picture…", self.save_requested.emit)
        menu.popup(event.globalPos())

    def _on_resized(self, _box: object) -> None:
        for axis in (self._left, self._bottom):
            axis.picture = None
            axis.update()
        self._draw_grid()

    def _draw_grid(self) -> None:
        heights = self._heights
        if heights is None:
            levels = self._left.tickValues(self._y_bottom, self._y_top, self._box.height())
            heights = [value for _, values in levels for value in values]
        self._grid.setData(np.tile([0.0, self._x_top], len(heights)), np.repeat(np.asarray(heights, dtype=float), 2))

    def _show_readout(self, position: QPointF) -> None:
        point = self._box.mapSceneToView(self.mapToScene(position.toPoint()))
        inside = self._box.sceneBoundingRect().contains(self.mapToScene(position.toPoint()))
        text = self.readout(point.x(), point.y()) if inside else ""
        self._cursor.setVisible(bool(text))
        self._label.setVisible(bool(text))
        if not text:
            return
        self._place_label(point.x(), text, position)

    def _place_label(self, time_s: float, text: str, position: QPointF) -> None:
        self._cursor.setPos(time_s)
        self._label.setText(text)
        self._label.adjustSize()
        left = position.x() + 14
        if left + self._label.width() > self.width():
            left = position.x() - 14 - self._label.width()
        top = min(max(0.0, position.y() - self._label.height() - 8), self.height() - self._label.height())
        self._label.move(round(max(0.0, left)), round(top))


def sample_at(t: Floats, time_s: float) -> int | None:
    """Return the index of the sample nearest to `time_s`; None if there is none near."""
    if not len(t) or time_s < 0 or time_s > t[-1] + 0.5:
        return None
    place = int(np.searchsorted(t, time_s))
    if place == len(t) or (place > 0 and time_s - t[place - 1] < t[place] - time_s):
        place -= 1
    return place
