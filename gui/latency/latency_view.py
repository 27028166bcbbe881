"""The Latency page: how long tasks take from their arrival to their end, as a histogram and over the run's time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from PySide6.QtWidgets import QVBoxLayout

from engine.trace.latency_buckets import LatencyCounts
from engine.trace.watched import is_watch
from engine.wire.codec import plain
from engine.wire.result import ResultTasks, RunResult
from engine.wire.tick import Percentiles
from engine.wording import figure_text as figures
from gui.latency.latency_bars import LatencyBars, round_range, round_ticks
from gui.plots.behind_curves import BehindCurves, Line
from gui.plots.spoken import spoken_line, spoken_lines
from gui.plots.time_plot import TimePlot, sample_at
from gui.widgets.figure_row import FigureRow
from gui.widgets.fonts import font
from gui.widgets.header import STROKE_WORDS
from gui.widgets.panel import Panel
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme
from gui.widgets.view import ViewDescriptor
from gui.widgets.view_data import Floats, RunData

# The percentiles' names, and the index of their colour in the theme's series.
_PERCENTILES: Final = {
    "p50": ("Median", 0),
    "p90": ("p90", 2),
    "p95": ("p95", 3),
    "p99": ("p99", 6),
    "p99_9": ("p99.9", 4),
    "max": ("Slowest", 1),
}
_DRAWN: Final = ("p50", "p90", "p99", "max")  # over time; more lines would be a tangle
NO_TASKS: Final = (
    "A watched program has no tasks, so there is no latency to show.\n"
    "Live, Timeline and Processes show what its threads do."
)
_OVER_TIME: Final = "Over the run's time: median, p90, p99 and slowest, in the colours above"
_COUNTED_FROM: Final = {
    True: "How many tasks took how long, counted from when they were due",
    False: "How many tasks took how long, counted from when a worker took them",
}


class Latency(Panel):
    """Figures of all tasks, the histogram of latencies, and percentiles of the tasks between two samples over time."""

    empty_text = "How long each task takes, from its arrival to its end.\nPress Run (F5) to see it."

    def __init__(self) -> None:
        super().__init__("Latency")
        self.row = FigureRow("Latency of tasks", self.body)
        self.bars = LatencyBars(self.body)
        self.plot = TimePlot("Latency over time: percentiles, logarithmic", text=lambda log: _decade(10**log))
        self._curves = {
            name: self.plot.add_curve(weight=1.4 if name == "p50" else 1.0, peaks=name in ("p99", "max"))
            for name in _DRAWN
        }
        self.behind_curves = BehindCurves(self.plot)
        self._shown: dict[str, tuple[Floats, Floats]] = {}
        self._ends = (0.0, 0.0)
        self.plot.readout = self._readout
        self.plot.save_requested.connect(self.save)
        self.caption, over_time = PlainLabel(self.body), PlainLabel(_OVER_TIME, self.body)
        self._over_time, self.of_behind = over_time, PlainLabel(self.body)
        self._captions = (self.caption, over_time, self.of_behind)
        for label in self._captions:  # in a narrow window a caption takes two lines
            label.setWordWrap(True)
        self.of_behind.hide()
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.row)
        layout.addWidget(self.of_behind)
        layout.addWidget(self.caption)
        layout.addWidget(self.bars, 4)
        layout.addWidget(over_time)
        layout.addWidget(self.plot, 5)

    def has_content(self, data: RunData) -> bool:
        """Whether there are tasks: a program that is watched has none."""
        return not is_watch(data.experiment) and super().has_content(data)

    def _why_empty(self, data: RunData | None) -> str:
        return NO_TASKS if data is not None and is_watch(data.experiment) else super()._why_empty(data)

    def on_run(self, data: RunData | None) -> None:
        """Begin with empty axes."""
        self._ends = (0.0, 0.0)
        self.row.set_figures()
        self.bars.show_counts(None, ())
        self.header.set_figure("")
        self.plot.set_marks([])
        if data is not None:
            arrival = (data.experiment.get("workload") or {}).get("arrival_per_s")
            self.caption.setText(_COUNTED_FROM[arrival is not None])

    def on_refresh(self, data: RunData) -> None:
        """Draw the bars, the curves and the newest figures; for an ended run, the figures of all tasks."""
        t = data.samples.t_s
        low, high = math.inf, -math.inf
        for name, curve in self._curves.items():
            values = data.samples.latency(name)
            there = np.isfinite(values) & (values > 0)
            x, y = t[there], np.log10(values[there])
            self._shown[name] = (x, y)
            curve.show(x, y)
            if len(y):
                low, high = min(low, float(y.min())), max(high, float(y.max()))
        self.behind_curves.show([_medians_of(each) for each in self.behind])
        if len(behind := self.behind_curves.heights):
            low, high = min(low, float(behind.min())), max(high, float(behind.max()))
        if high >= low:
            self._fit_height(low, high)
        self.plot.fit_time(max(float(t[-1]), self.behind_curves.end_s), ended=data.stage == "ended")
        self.plot.set_marks([(mark.t_s, mark.text) for mark in data.marks])
        self.plot.paint_whole()
        self.plot.say(float(t[-1]), self._said, ended=data.stage == "ended")
        self._show_figures(data)

    def _said(self) -> str:
        lines = ((_PERCENTILES[name][0], x, 10**y) for name, (x, y) in self._shown.items())
        return spoken_lines(*(spoken_line(name, x, y, figures.seconds) for name, x, y in lines))

    def on_theme(self, theme: Theme) -> None:
        """Restyle the plots, their captions and the figures."""
        self.plot.set_theme(theme)
        self.row.set_theme(theme)
        self.bars.set_theme(theme)
        for label in self._captions:
            label.setFont(font(theme.font_pt * 0.95))
            label.setStyleSheet(f"color: {theme.muted};")
        for name, curve in self._curves.items():
            curve.paint_with(theme.series[_PERCENTILES[name][1]], theme)
        self.behind_curves.set_theme(theme)

    def front_color(self, theme: Theme) -> str:
        """Return the colour of the bars."""
        return theme.accent

    def _show_figures(self, data: RunData) -> None:
        final, latency = data.result if data.stage == "ended" else None, _percentiles(data)
        colors = self.theme.series
        self.row.set_figures(
            *((colors[color], word, figures.seconds(latency.get(name))) for name, (word, color) in _PERCENTILES.items())
        )
        known = {name: value for name in _DRAWN if (value := latency.get(name)) is not None and figures.known(value)}
        marks = [(colors[_PERCENTILES[name][1]], value) for name, value in known.items()]
        self.bars.show_counts(_counts_of(data), marks)
        self.bars.show_behind([_counts_of(each) for each in self.behind])
        self._show_figures_behind()
        self.header.set_figure("", _how_exact(final) if final is not None else "so far")

    def _show_figures_behind(self) -> None:
        """Say the percentiles of the runs behind, below those of the one in front."""
        names = self.names.behind if self.names is not None else ()
        told, medians = [], []
        for run, name, stroke in zip(self.behind, names, STROKE_WORDS, strict=False):
            known = _percentiles(run)
            words = (f"{word} {figures.seconds(known.get(key))}" for key, (word, _) in _PERCENTILES.items())
            told.append(f"{name.label}: {', '.join(words)}")
            medians.append(f"{stroke}, the median of {name.label}")
        self.of_behind.setText("\n".join(told))
        self.of_behind.setVisible(bool(told))
        self._over_time.setText("; ".join([_OVER_TIME, *medians]))

    def _fit_height(self, low: float, high: float) -> None:
        ends = round_range(10**low, 10**high)
        if ends == self._ends:
            return
        self._ends = ends
        self.plot.set_ticks([(math.log10(tick), _decade(tick)) for tick in round_ticks(*ends)])
        self.plot.set_ranges(self.plot.x_top, math.log10(ends[1]), math.log10(ends[0]))

    def _readout(self, time_s: float, _height: float) -> str:
        lines = []
        for name, (x, y) in reversed(self._shown.items()):
            place = sample_at(x, time_s)
            if place is not None:
                lines.append(f"{_PERCENTILES[name][0].lower()} {figures.seconds(10 ** float(y[place]))}")
        return "\n".join([f"{time_s:.1f} s", *lines]) if lines else ""


def _percentiles(run: RunData) -> Mapping[str, float | None]:
    """Return an ended run's percentiles of all tasks, else those so far."""
    if run.stage == "ended" and run.result is not None and run.result.latency_s is not None:
        return plain(run.result.latency_s)
    so_far = run.latest.latency_so_far_s if run.latest is not None else None
    return plain(so_far or Percentiles())


def _counts_of(run: RunData) -> LatencyCounts | None:
    counts = run.latest.latency_counts if run.latest is not None else None
    return LatencyCounts.of(counts) if counts is not None else None


def _medians_of(run: RunData) -> Line:
    """Return a run's medians over time, as the plot has them."""
    values = run.samples.latency("p50")
    there = np.isfinite(values) & (values > 0)
    return run.samples.t_s[there], np.log10(values[there])


def _how_exact(result: RunResult) -> str:
    """Say which tasks the figures are of, and how exact they are: a run of many tasks keeps some only as counts."""
    error, tasks = result.latency_error, result.tasks or ResultTasks()
    count = (tasks.done or 0) + (tasks.failed or 0)
    over = f"over all {figures.counted(count, 'task')}" if count != 1 else "over its one task"
    return f"{over}, to {error:.1%}".replace("%", " %") if error else over


def _decade(value: float) -> str:
    """Return a tick of the logarithmic axis: `10 ms`."""
    for limit, factor, unit in ((0.9, 1, "s"), (0.9e-3, 1e3, "ms"), (0.9e-6, 1e6, "µs")):
        if value >= limit:
            return f"{value * factor:.0f} {unit}"
    return f"{value * 1e9:.0f} ns"


VIEW = ViewDescriptor("latency", "Latency", "tab", Latency, order=30)
