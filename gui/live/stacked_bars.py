"""Stacked bars of time by state: laid out in whole pixels, all at once, and painted colour by colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from engine.trace.picture.raster import LINES
from engine.wording import figure_text as figures
from engine.wording.state_colors import SHOWN_COLORS
from gui.widgets.contrast import ink_on
from gui.widgets.state_fill import line_brush


@dataclass(frozen=True)
class BarRow:
    """One bar: its name, its seconds by state (None: not measured); for the tooltip its full name and its tasks."""

    name: str
    seconds: Mapping[str, float | None] = field(default_factory=dict)
    full_name: str = ""
    tasks: int | None = None
    worker: int | None = None  # the worker whose colour is beside it
    behind: bool = False  # it is the mean worker of a run behind

    @cached_property
    def total_s(self) -> float:
        """The bar's whole length."""
        return sum(value or 0.0 for value in self.seconds.values())

    def share(self, state: str) -> float:
        """Return the part of the bar that is `state`, from 0 to 1."""
        return (self.seconds.get(state) or 0.0) / self.total_s if self.total_s > 0 else 0.0

    @property
    def title(self) -> str:
        """Its title in the tooltip."""
        tasks = f" ({figures.counted(self.tasks, 'task')})" if self.tasks is not None else ""
        return f"{self.full_name or self.name}{tasks}"


class StackedBars:
    """Bars below each other from `left`; the longest ends at `right`, and the others have its scale.

    `tops` and `heights` are the rows', in pixels. Painting each rectangle separately takes several times as long.
    """

    def __init__(
        self, rows: Sequence[BarRow], left: int, right: int, tops: Sequence[int], heights: Sequence[int]
    ) -> None:
        self.rows, self.tops, self.heights = rows, tops, heights
        seconds = np.nan_to_num(np.array([[*map(row.seconds.get, SHOWN_COLORS)] for row in rows], dtype=float))
        ends = np.cumsum(seconds, axis=1)
        ends = left + ends * ((right - left) / (ends[:, -1].max() or 1.0))
        self._edges: list[list[int]] = [[left, *ends] for ends in np.rint(ends).astype(int).tolist()]

    def paint(self, painter: QPainter, text: QFont | None) -> None:
        """Draw the bars; with the font `text`, also each part's share if there is room."""
        painter.setPen(Qt.PenStyle.NoPen)
        for number, state in enumerate(SHOWN_COLORS):
            if parts := [place for place, _ in self._parts(number)]:
                painter.setBrush(_FILLS[state])
                painter.drawRects(parts)
                if (lines := line_brush(state)) is not None:
                    painter.setBrush(lines)
                    painter.drawRects(parts)
        if text is not None:
            self._paint_shares(painter, text)

    def parts(self) -> Iterator[tuple[QRect, BarRow, str]]:
        """Yield every visible part, with its bar and its state."""
        for number, state in enumerate(SHOWN_COLORS):
            for place, row in self._parts(number):
                yield place, row, state

    def at(self, point: QPoint) -> tuple[BarRow, str] | None:
        """Return the bar and the state painted at `point`; None if there is nothing."""
        return next(((row, state) for place, row, state in self.parts() if place.contains(point)), None)

    def _parts(self, number: int) -> list[tuple[QRect, BarRow]]:
        return [
            (QRect(edges[number], top, edges[number + 1] - edges[number], height), row)
            for row, edges, top, height in zip(self.rows, self._edges, self.tops, self.heights, strict=True)
            if edges[number + 1] > edges[number]
        ]

    def _paint_shares(self, painter: QPainter, text: QFont) -> None:
        painter.setFont(text)
        metrics = QFontMetricsF(text)
        advance = metrics.averageCharWidth() * 1.5
        for place, row, state in self.parts():
            if place.width() > advance * _LEAST_CHARACTERS:
                words = figures.percent(row.share(state))
                if place.width() > advance * len(words):
                    if state in LINES:  # lines would run through the words
                        plate = QRect(0, 0, round(advance * len(words) * 0.8), round(metrics.height()))
                        plate.moveCenter(place.center())
                        painter.fillRect(plate & place, _FILLS[state])
                    painter.setPen(_INKS[state])
                    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


_LEAST_CHARACTERS = 3  # of a percentage
_FILLS = {state: QColor(color) for state, color in SHOWN_COLORS.items()}
_INKS = {state: ink_on(color) for state, color in _FILLS.items()}
