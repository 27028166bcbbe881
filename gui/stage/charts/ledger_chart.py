"""Where the workers' time went: a hatched bar for each worker, with a legend in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from engine.lessons.picture import RunPicture
from engine.wording.state_colors import SHOWN_COLORS
from engine.wording.state_names import SHOWN_TITLES, shown_ledger
from gui.stage.charts.chart import LEAST_TITLED, StageChart
from gui.stage.charts.state_marks import draw_legend, draw_state
from gui.stage.paper import Paper

_LEAST_SHARE: Final = 0.02  # smaller parts are not in the legend
_MOST_BARS: Final = 8

_Bars = Sequence[tuple[str, Mapping[str, float | None]]]  # each one's name, and its seconds by state


class LedgerChart(StageChart):
    """For one run, a bar for each worker; for several, a bar for each run, to compare them."""

    title = "Where the time goes"

    def draw_runs(self, paper: Paper, room: QRectF) -> None:
        """Draw the legend, then the bars."""
        bars = self._bars()
        top = draw_legend(paper, room, _legend(self.runs))
        free = QRectF(room.left(), top, room.width(), max(1.0, room.bottom() - top))
        pitch = min(free.height() / max(1, len(bars)), self.look.height / 7)
        size = self.look.small_px
        if len(self.runs) > 1:
            self._draw_titled(paper, free, bars)
            return
        named = pitch > size * 1.1 and len(bars) > 1
        self._draw_named(paper, free, bars, pitch, named=named)

    def _draw_named(self, paper: Paper, free: QRectF, bars: _Bars, pitch: float, *, named: bool) -> None:
        """Draw each bar, with its name at its left where that is wanted."""
        size = self.look.small_px
        left = max((paper.width_of(name, size) for name, _ in bars), default=0) + size * 0.6 if named else 0.0
        left = min(left, free.width() * 0.4)
        for place, (name, seconds) in enumerate(bars):
            line = QRectF(free.left(), free.top() + place * pitch, free.width(), pitch * 0.82)
            if named:
                paper.text(QRectF(line.left(), line.top(), left, line.height()), name, size)
            self._draw_bar(paper, line.adjusted(left, 0, 0, 0), seconds)

    def _draw_titled(self, paper: Paper, room: QRectF, bars: _Bars) -> None:
        """Draw each run's name above its bar; at its left, where there is little height."""
        size = self.look.small_px
        pitch = min(room.height() / len(bars), self.look.height / 6)
        if pitch < size * LEAST_TITLED:
            self._draw_named(paper, room, bars, pitch, named=True)
            return
        for place, (name, seconds) in enumerate(bars):
            top = room.top() + place * pitch
            paper.text(QRectF(room.left(), top, room.width(), size * 1.4), name, size)
            self._draw_bar(
                paper, QRectF(room.left(), top + size * 1.5, room.width(), max(2.0, pitch - size * 2)), seconds
            )

    def _bars(self) -> list[tuple[str, Mapping[str, float | None]]]:
        if len(self.runs) > 1:
            return [(run.label, shown_ledger(run.result)) for run in self.runs]
        run = self.runs[0]
        if 1 < len(run.rows) <= _MOST_BARS:
            return list(run.rows)
        return [("all", shown_ledger(run.result))]

    def _draw_bar(self, paper: Paper, room: QRectF, seconds: Mapping[str, float | None]) -> None:
        total = sum(value or 0.0 for value in seconds.values())
        left = room.left()
        for state in SHOWN_COLORS:
            share = (seconds.get(state) or 0.0) / total if total > 0 else 0.0
            part = QRectF(left, room.top(), room.width() * share, room.height())
            left += part.width()
            if part.width() < 1:
                continue
            draw_state(paper, part, state, QPen(self.look.ground, self.look.line * 0.5))


def _legend(runs: tuple[RunPicture, ...]) -> list[tuple[str, str]]:
    found = []
    for state in SHOWN_COLORS:
        shares = []
        for run in runs:
            ledger = shown_ledger(run.result)
            total = sum(value or 0.0 for value in ledger.values())
            shares.append((ledger.get(state) or 0.0) / total if total > 0 else 0.0)
        if max(shares) >= _LEAST_SHARE:
            percents = f" {shares[0]:.0%}" if len(shares) == 1 else ""
            found.append((state, SHOWN_TITLES[state] + percents))
    return found
