"""The lines of the runs behind, in a plot over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gui.plots.time_plot import TimePlot
from gui.widgets.header import BEHIND_STROKES
from gui.widgets.theme import Theme
from gui.widgets.view_data import Floats

Line = tuple[Floats, Floats]
NO_LINE: Line = (np.empty(0), np.empty(0))


class BehindCurves:
    """A curve of the plot for each run that may be behind; `lines` are the points that are shown."""

    def __init__(self, plot: TimePlot) -> None:
        self.curves = [plot.add_curve(weight=1.0, stroke=stroke) for stroke in BEHIND_STROKES]
        self.lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines, and no others."""
        self.lines = lines
        for place, curve in enumerate(self.curves):
            curve.show(*(lines[place] if place < len(lines) else NO_LINE))

    @property
    def end_s(self) -> float:
        """The time of the last point; 0 if there is none."""
        return max((float(t_s[-1]) for t_s, _ in self.lines if len(t_s)), default=0.0)

    @property
    def heights(self) -> Floats:
        """The values of all points."""
        return np.concatenate([np.empty(0), *(values for _, values in self.lines)])

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        for curve, color in zip(self.curves, theme.behind, strict=True):
            curve.paint_with(color, theme)
