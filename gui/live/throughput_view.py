"""Live's throughput: tasks finished per second, over the run's time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from engine.trace.watched import is_watch
from engine.wording import figure_text as figures
from gui.live.before_bar import before_color
from gui.plots.behind_curves import NO_LINE, BehindCurves, Line
from gui.plots.ranges import trailing_mean
from gui.plots.spoken import cores_text, spoken_line
from gui.plots.time_plot import TimePlot, sample_at
from gui.widgets.panel import READ_S, Panel
from gui.widgets.theme import Theme
from gui.widgets.view import ViewDescriptor
from gui.widgets.view_data import Floats, RunData

_TASKS_IN_MEAN = 20  # a mean over this many tasks is steady enough to read ...
_SHORTEST_S, _LONGEST_S = 0.5, 3.0  # ... within these limits
_TASKS_IN_SAMPLE = 5


class Throughput(Panel):
    """The mean as a thick line, and each sample's own figure as a thin line behind it."""

    empty_text = "Tasks per second.\nPress Run (F5) to see how fast the work gets done."

    def __init__(self) -> None:
        super().__init__("Throughput")
        self.plot = TimePlot("Throughput over time, in tasks per second")
        self._raw = self.plot.add_curve(weight=0.5)
        self._before = self.plot.add_curve(weight=1.0, stroke=Qt.PenStyle.DashLine)
        self.behind_curves = BehindCurves(self.plot)
        self._mean = self.plot.add_curve(weight=1.4)
        self._t: Floats = np.empty(0)
        self._rate: Floats = np.empty(0)
        self._said_s = -1.0
        self._watched = False  # for a watched program, its cores in use are shown
        self.plot.readout = self._readout
        self.plot.save_requested.connect(self.save)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)

    def on_run(self, data: RunData | None) -> None:
        """Begin with empty axes."""
        self.header.set_figure("")
        self._said_s = -1.0
        self._watched = data is not None and is_watch(data.experiment)
        self._show_keys()
        self.plot.set_ranges(1.0, 1.0)
        self.plot.set_marks([])

    def on_refresh(self, data: RunData) -> None:
        """Draw the curves and the newest figure; for an ended run, its result's."""
        if self._watched:
            self._show_cores(data)
            return
        self._t, raw = data.samples.t_s, data.samples.figure("throughput_per_s")
        begin_s = next((t_s for stage, t_s in data.stages if stage == "measuring"), 0.0)
        measured = np.where(self._t > begin_s, raw, np.nan)
        usual = float(np.nanmean(measured)) if np.isfinite(measured).any() else 0.0
        window_s = min(max(_TASKS_IN_MEAN / usual, _SHORTEST_S), _LONGEST_S) if usual > 0 else _LONGEST_S
        self._rate = trailing_mean(self._t, measured, window_s)
        self._mean.show(self._t, self._rate)
        self.behind_curves.show([_rate_of(each, window_s) for each in self.behind])
        self.plot.fit_time(max(float(self._t[-1]), self.behind_curves.end_s), ended=data.stage == "ended")
        before_t, before = _rate_of(self.before, window_s) if self.before is not None else NO_LINE
        self._before.show(before_t, before)  # as far as this run has come: the axis is its own
        self.plot.fit_height(
            np.concatenate([self._rate, self.behind_curves.heights, before[before_t <= self.plot.x_top]])
        )
        # If few tasks end between two samples, a sample's own figure depends more on the sampling than on the run.
        steady = usual * float(self._t[-1]) / len(self._t) >= _TASKS_IN_SAMPLE
        self._raw.show(self._t, np.minimum(raw, self.plot.y_top) if steady else np.full(len(raw), np.nan))
        self.plot.set_marks([(mark.t_s, mark.text) for mark in data.marks])
        self.plot.paint_whole()
        self._say(data, "Tasks a second", lambda value: f"{figures.rate(value)} tasks/s")
        self._show_figure(data, float(self._t[-1]))

    def _show_cores(self, data: RunData) -> None:
        """Draw how many cores a watched program keeps busy: it has no tasks to count."""
        self._t, self._rate = data.samples.t_s, data.samples.figure("run_cores")
        self._mean.show(self._t, self._rate)
        self.behind_curves.show(())
        self._before.show(*NO_LINE)
        self._raw.show(np.empty(0), np.empty(0))
        self.plot.fit_time(float(self._t[-1]), ended=data.stage == "ended")
        self.plot.fit_height(self._rate)
        self.plot.paint_whole()
        self._say(data, "Cores kept busy", cores_text)
        now_s, ended = float(self._t[-1]), data.stage == "ended"
        if ended or not 0 <= now_s - self._said_s < READ_S:
            self._said_s = now_s
            whole = data.result.cores.run if data.result is not None and data.result.cores is not None else None
            lately = whole if ended else float(np.nanmean(self._rate[-5:])) if len(self._rate) else None
            self.header.set_figure(figures.number(lately), "cores")

    def _say(self, data: RunData, name: str, text: Callable[[float], str]) -> None:
        line = partial(spoken_line, name, self._t, self._rate, text)
        self.plot.say(float(self._t[-1]), line, ended=data.stage == "ended")

    def _show_figure(self, data: RunData, now_s: float) -> None:
        ended = data.stage == "ended"
        if ended or not 0 <= now_s - self._said_s < READ_S:
            self._said_s = now_s
            final = (
                (data.result.throughput_per_s if data.result is not None else None) if ended else float(self._rate[-1])
            )
            self.header.set_figure(figures.rate(final), "tasks/s")

    def on_theme(self, theme: Theme) -> None:
        """Restyle the plot."""
        self.plot.set_theme(theme)
        self._raw.paint_with(theme.muted, theme)
        self._mean.paint_with(theme.series[0], theme, fill=None)
        self._show_keys()
        self.behind_curves.set_theme(theme)
        self._before.paint_with(before_color(theme), theme)

    def front_color(self, theme: Theme) -> str:
        """Return the colour of the mean."""
        return theme.series[0]

    def _show_keys(self) -> None:
        theme = self.theme
        self.header.set_title("Cores kept busy" if self._watched else "Throughput")
        own = [(theme.series[0], "mean"), (theme.muted, "each sample")]
        keys = [(theme.series[0], "by the program")] if self._watched else own
        self.header.set_keys(*keys)

    def _readout(self, time_s: float, _height: float) -> str:
        place = sample_at(self._t, time_s)
        if place is None:
            return ""
        rate = float(self._rate[place])
        told = f"{figures.number(rate)} cores" if self._watched else f"{figures.rate(rate)} tasks/s"
        return f"{self._t[place]:.1f} s: {told}"


def _rate_of(run: RunData, window_s: float) -> Line:
    """Return another run's line: tasks a second over its time."""
    if not len(run.samples.t_s):
        return NO_LINE
    t_s = run.samples.t_s
    return t_s, trailing_mean(t_s, run.samples.figure("throughput_per_s"), window_s)


VIEW = ViewDescriptor("throughput", "Throughput", "panel", Throughput, order=10)
