"""Latency: how long tasks take, from their arrival to their end, over the run's time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtWidgets import QVBoxLayout

from engine.analysis import figure_text as figures
from gui.theme import Theme
from gui.views import ViewDescriptor
from gui.views._data import Floats, RunData
from gui.views._figure_row import FigureRow
from gui.views._panel import Panel
from gui.views._plot import TimePlot, sample_at

# The percentiles' names in plain words, and the place of their colour in the theme's series.
_PERCENTILES = {
    "p50": ("Half within", 0),
    "p90": ("9 in 10 within", 2),
    "p99": ("99 in 100 within", 6),
    "max": ("Slowest", 1),
}


class Latency(Panel):
    """Percentiles of the tasks that ended since the sample before, on a logarithmic scale; above, their figures."""

    empty_text = "How long each task takes, from its arrival to its end.\nPress Run (F5) to see it."

    def __init__(self) -> None:
        super().__init__("Latency")
        self.row = FigureRow("Latency of tasks", self.body)
        self.plot = TimePlot("Latency over time: percentiles, logarithmic", text=_decade)
        self._curves = {
            name: self.plot.add_curve(weight=1.4 if name == "p50" else 1.0, peaks=name in ("p99", "max"))
            for name in _PERCENTILES
        }
        self._shown: dict[str, tuple[Floats, Floats]] = {}
        self._logs = (0, 0)
        self.plot.readout = self._readout
        self.plot.save_requested.connect(self.save)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.row)
        layout.addWidget(self.plot, 1)

    def on_run(self, data: RunData | None) -> None:
        """Begin with empty axes."""
        self._logs = (0, 0)
        self.row.set_figures()
        self.header.set_figure("")
        self.plot.set_marks([])

    def on_refresh(self, data: RunData) -> None:
        """Draw the curves, and the newest figures; of an ended run, those over all tasks."""
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
        if high >= low:
            self._fit_height(low, high)
        self.plot.fit_time(float(t[-1]), ended=data.stage == "ended")
        self.plot.set_marks(data.marks)
        self._show_figures(data)

    def on_theme(self, theme: Theme) -> None:
        """Restyle the plot and the figures."""
        self.plot.set_theme(theme)
        self.row.set_theme(theme)
        for name, curve in self._curves.items():
            curve.paint_with(theme.series[_PERCENTILES[name][1]], theme)

    def _show_figures(self, data: RunData) -> None:
        final = data.stage == "ended" and bool(data.result)
        latency: dict[str, Any] = ((data.result if final else data.latest) or {}).get("latency_s") or {}
        colors = self.theme.series
        self.row.set_figures(
            *((colors[color], word, figures.seconds(latency.get(name))) for name, (word, color) in _PERCENTILES.items())
        )
        self.header.set_figure("", "over the whole run" if final else "just now")

    def _fit_height(self, low: float, high: float) -> None:
        logs = (math.floor(low), math.ceil(high + 1e-9))
        if logs == self._logs:
            return
        self._logs = logs
        between = (1,) if logs[1] - logs[0] > 2 else (1, 2, 5)
        ticks = [power + math.log10(step) for power in range(logs[0], logs[1] + 1) for step in between]
        self.plot.set_ticks([(tick, _decade(tick)) for tick in ticks if tick <= logs[1]])
        self.plot.set_ranges(self.plot.x_top, logs[1], logs[0])

    def _readout(self, time_s: float, _height: float) -> str:
        lines = []
        for name, (x, y) in reversed(self._shown.items()):
            place = sample_at(x, time_s)
            if place is not None:
                lines.append(f"{_PERCENTILES[name][0].lower()} {figures.seconds(10 ** float(y[place]))}")
        return "\n".join([f"{time_s:.1f} s", *lines]) if lines else ""


def _decade(log: float) -> str:
    """Return a tick of the logarithmic axis: `10 ms`."""
    value = 10**log
    for limit, factor, unit in ((0.9, 1, "s"), (0.9e-3, 1e3, "ms"), (0.9e-6, 1e6, "µs")):
        if value >= limit:
            return f"{value * factor:.0f} {unit}"
    return f"{value * 1e9:.0f} ns"


VIEW = ViewDescriptor("latency", "Latency", "tab", Latency, order=30)
