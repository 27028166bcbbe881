"""Cores: how many cores the run keeps busy, and how busy each core of the machine is, by the run and by others."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from engine.wording import figure_text as figures
from engine.wording.state_colors import STATE_COLORS
from gui.live.before_bar import before_color
from gui.live.core_bands import RunShares, band_picture, run_use
from gui.plots.behind_curves import NO_LINE, BehindCurves, Line
from gui.plots.ranges import binned, trailing_mean
from gui.plots.spoken import cores_text, spoken_line, spoken_lines
from gui.plots.time_plot import TimePlot, sample_at
from gui.widgets.appearance import mixed
from gui.widgets.fonts import font
from gui.widgets.panel import Panel
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme
from gui.widgets.view import ViewDescriptor
from gui.widgets.view_data import Floats, RunData

_MOST_COLUMNS = 240
_COLUMN_S = 0.25  # the least duration of a column of the bands
_HEADROOM = 1.06  # above the line of all cores
_SMOOTH_S = 0.5
_MOST_WITH_GAPS = 16  # with more cores than this, there are no gaps between bands
_LEAST_BAND_PX = 6
_ROOMY_PX = 230  # at scale 1
_ALL = "Each core, all programs"


class Cores(Panel):
    """Above, cores in use over time; below, a band for each core, as high as it is busy, over the same time."""

    empty_command = ("", "")
    empty_text = "The machine's cores.\nPress Run (F5) to see how many of them the work really uses."

    def __init__(self) -> None:
        super().__init__("Cores in use")
        self.plot = TimePlot("Cores in use over time, by this run and by all programs", time_ticks=False)
        self._all = self.plot.add_curve(weight=0.7)
        self.behind_curves = BehindCurves(self.plot)
        self._before = self.plot.add_curve(weight=1.0, stroke=Qt.PenStyle.DashLine)
        self._run = self.plot.add_curve(weight=1.4)
        self.plot.readout = self._readout
        self.heat = TimePlot("Utilization of each core over time", grid=False)
        self.heat.getPlotItem().invertY(True)
        self._picture = pg.ImageItem(axisOrder="row-major")
        self._core_count = 0
        self._place = (0.0, 0)
        self._gaps = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True)
        self.heat.addItem(self._picture)
        self.heat.addItem(self._gaps)
        self.heat.getViewBox().sigResized.connect(self._label_bands)
        self.heat.readout = self._heat_readout
        for each in (self.plot, self.heat):
            each.save_requested.connect(self.save)
        self._t: Floats = np.empty(0)
        self._used: Floats = np.empty(0)
        self._busy: Floats = np.empty(0)
        self._cells: Floats = np.empty((0, 0))
        self._own: Floats | None = None  # how busy the run itself keeps each core, if it is known
        self._shares = RunShares()
        self._caption = PlainLabel("Each core", self.body)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.plot, 5)
        layout.addWidget(self._caption)
        layout.addWidget(self.heat, 4)

    def on_run(self, data: RunData | None) -> None:
        """Begin with empty axes."""
        self.header.set_figure("")
        self._show_keys()
        self._core_count = 0
        self.plot.set_ranges(1.0, 1.0)
        self.plot.set_marks([])

    def on_refresh(self, data: RunData) -> None:
        """Draw curves and bands, and the newest figure; for an ended run, the mean of the measured time."""
        samples = data.samples
        self._t, cores = samples.t_s, samples.cores
        if cores.shape[1] != self._core_count:
            self._set_core_count(cores.shape[1])
        self._used = trailing_mean(self._t, samples.figure("run_cores"), _SMOOTH_S)
        self._busy = trailing_mean(self._t, cores.sum(axis=1), _SMOOTH_S) if self._core_count else np.empty(0)
        self._run.show(self._t, self._used)
        self.behind_curves.show([_used_by(each) for each in self.behind])
        self._before.show(*(_used_by(self.before) if self.before is not None else NO_LINE))
        self._all.show(self._t[: len(self._busy)], self._busy)
        ended = data.stage == "ended"
        now_s = max(float(self._t[-1]), self.behind_curves.end_s)
        self.plot.fit_time(now_s, ended=ended)
        self.plot.set_ranges(self.plot.x_top, max(self._core_count, 1) * _HEADROOM)
        self.plot.set_marks([(mark.t_s, "") for mark in data.marks])
        self.heat.fit_time(now_s, ended=ended)
        self._draw_bands(data, cores)
        for each in (self.plot, self.heat):
            each.paint_whole()
        self.plot.say(now_s, self._said, ended=ended)
        self.heat.say(now_s, lambda: self._said_of_each(cores), ended=ended)
        self._show_figure(data, ended=ended)

    def _said(self) -> str:
        run = spoken_line("By this run", self._t, self._used, cores_text)
        busy = self._busy
        return spoken_lines(run, spoken_line("By all programs", self._t[: len(busy)], busy, cores_text))

    def _said_of_each(self, cores: Floats) -> str:
        means = [float(np.nanmean(each)) for each in cores.T if np.isfinite(each).any()]
        return "On average, " + ", ".join(f"core {row} busy {figures.percent(mean)}" for row, mean in enumerate(means))

    def on_theme(self, theme: Theme) -> None:
        """Restyle the plots."""
        for each in (self.plot, self.heat):
            each.set_theme(theme)
        self._run.paint_with(STATE_COLORS["cpu"], theme)
        self._all.paint_with(theme.muted, theme)
        self.behind_curves.set_theme(theme)
        self._before.paint_with(before_color(theme), theme)
        self._color_bands()
        self._label_bands()
        self._caption.setFont(font(theme.font_pt * 0.9))
        self._caption.setStyleSheet(f"color: {theme.muted}")
        self._show_keys()

    def front_color(self, theme: Theme) -> str:
        """Return the colour of the cores that the run uses."""
        return STATE_COLORS["cpu"]

    def _show_keys(self) -> None:
        keys = [(STATE_COLORS["cpu"], "this run"), (self.theme.muted, "all programs")]
        self.header.set_keys(*keys)

    def _show_figure(self, data: RunData, *, ended: bool) -> None:
        since = (
            (data.result.startup_s if data.result is not None else None) or 0.0
            if ended
            else float(self._t[-1]) - _SMOOTH_S
        )
        used = data.samples.figure("run_cores")[self._t > since]
        used = used[np.isfinite(used)]
        of = f"of {figures.counted(self._core_count, 'core')}" if self._core_count else "cores"
        self.header.set_figure(f"{used.mean():.1f}" if len(used) else figures.UNKNOWN, of)

    def _set_core_count(self, count: int) -> None:
        self._core_count = count
        self._picture.clear()
        self._cells = np.empty((0, 0))
        self._place = (0.0, 0)
        self._label_bands()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the caption if the bands need its room."""
        super().resizeEvent(event)
        self._caption.setVisible(self.height() >= _ROOMY_PX * self.theme.scale)

    def _label_bands(self, _box: object = None) -> None:
        line = QFontMetricsF(font(self.theme.font_pt)).height()
        most = max(1, int(self.heat.getViewBox().height() / (1.3 * line)))
        every = 1
        while self._core_count / every > most:
            every *= 2
        band = self.heat.getViewBox().height() / max(1, self._core_count)
        self._gaps.setVisible(band >= _LEAST_BAND_PX)
        self._gaps.setPen(pg.mkPen(self.theme.panel, width=min(2 * self.theme.scale, band / 5)))
        self.heat.set_ticks([(row + 0.5, str(row)) for row in range(0, self._core_count, every)])

    def _draw_bands(self, data: RunData, cores: Floats) -> None:
        if not self._core_count:
            return
        columns = max(4, min(_MOST_COLUMNS, round(self.heat.x_top / _COLUMN_S)))
        self._cells = binned(self._t, cores, self.heat.x_top, columns)
        shares = self._shares.of(data.folder, self.heat.x_top, columns, self._core_count)
        self._own = None
        if shares is not None:
            used = binned(self._t, data.samples.figure("run_cores")[:, None], self.heat.x_top, columns)[0]
            self._own = run_use(self._cells, used, shares)
        self._caption.setText("Each core: this run, and above it other programs" if self._own is not None else _ALL)
        self._color_bands()
        self._draw_gaps()
        self.heat.set_ranges(self.heat.x_top, float(self._core_count))

    def _color_bands(self) -> None:
        """Draw the bands as RGB: with a colour table, pyqtgraph would convert the picture at every refresh."""
        if self._cells.size:
            theme = self.theme
            own, others = STATE_COLORS["cpu"], mixed(theme.panel, theme.muted, 0.55).name()
            picture = band_picture(self._cells, self._own, (own, others, theme.panel))
            self._picture.setImage(picture, autoLevels=False, levels=None)

    def _draw_gaps(self) -> None:
        """Fit bands and the gaps between them to the axes, if these have changed."""
        place = (self.heat.x_top, self._core_count)
        if place == self._place:
            return
        self._place = place
        self._picture.setRect(QRectF(0, 0, *place))
        lines = np.arange(1.0, place[1]) if place[1] <= _MOST_WITH_GAPS else np.empty(0)
        self._gaps.setData(np.tile([0.0, place[0]], len(lines)), np.repeat(lines, 2))

    def _readout(self, time_s: float, _height: float) -> str:
        place = sample_at(self._t, time_s)
        if place is None:
            return ""
        text = f"{self._t[place]:.1f} s: {self._used[place]:.1f} cores by this run"
        return f"{text}, {self._busy[place]:.1f} by all programs" if len(self._busy) else text

    def _heat_readout(self, time_s: float, height: float) -> str:
        if not np.isfinite(height):  # the pointer is on another card
            return ""
        column, row = int(time_s / max(self.heat.x_top, 1e-9) * self._cells.shape[1]), int(height)
        if not (0 <= row < self._cells.shape[0] and 0 <= column < self._cells.shape[1]):
            return ""
        value = float(self._cells[row, column])
        if not np.isfinite(value):
            return ""
        own = f", {figures.percent(float(self._own[row, column]))} by this run" if self._own is not None else ""
        return f"{time_s:.1f} s: core {row} busy {figures.percent(value)}{own}"


def _used_by(run: RunData) -> Line:
    """Return how many cores another run used over its time."""
    t_s = run.samples.t_s
    return t_s, trailing_mean(t_s, run.samples.figure("run_cores"), _SMOOTH_S)


VIEW = ViewDescriptor("cores", "Cores in use", "panel", Cores, order=20)
