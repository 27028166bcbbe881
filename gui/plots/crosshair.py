"""A crosshair over several plots: all show the time at which the pointer is in one of them, with their own figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject

from gui.plots.time_plot import TimePlot


class Crosshair(QObject):
    """Links plots over the same run's time. `listeners` get the time too (None: the pointer is in no plot)."""

    def __init__(self, plots: Iterable[TimePlot], listeners: Iterable[Callable[[float | None], None]] = ()) -> None:
        super().__init__()
        self.plots, self._listeners = tuple(plots), tuple(listeners)
        for plot in self.plots:
            plot.pointed.connect(self._on_pointed)

    def _on_pointed(self, time_s: float | None) -> None:
        source = self.sender()
        for plot in self.plots:
            if plot is not source:
                plot.point_at(time_s)
        for listener in self._listeners:
            listener(time_s)
