"""The ledger's picture: a stacked bar for the whole run with its legend, and one for each worker."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.wording import figure_text as figures
from engine.wording.state_names import SHOWN_TITLES, state_title
from gui.live.stacked_bars import BarRow, StackedBars
from gui.widgets.fonts import font
from gui.widgets.plain_text import plain_tip
from gui.widgets.state_fill import fill_state
from gui.widgets.theme import LIGHT, Theme
from gui.widgets.worker_colors import worker_color

_LEAST_SHARE = 0.005  # states below it are not in the legend
_LEAST_POINTS = 7.0
_TALLEST = 3.0  # a worker's bar with its gap, in lines of text,
_TALLEST_SHARE = 0.25  # or in a large card so much of its height
_UPPER_SHARE = 0.1  # the bar of all, likewise


class LedgerBars(QWidget):
    """Paints the whole run's bar and legend above, then a bar for each worker, as high as there is room."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Where the time goes")
        self.setMinimumSize(80, 80)
        self.total = BarRow("")
        self.rows: Sequence[BarRow] = ()
        self.merged, self.estimated = False, True
        self.more = 0
        self.instant: BarRow | None = None  # around the time at which the pointer is on another card
        self._theme = LIGHT
        self._painted: list[StackedBars] = []
        self.installEventFilter(self)

    def set_rows(
        self, total: BarRow, rows: Sequence[BarRow], *, merged: bool, estimated: bool = True, more: int = 0
    ) -> None:
        """Show these bars; `more` further workers have no bar of their own."""
        self.total, self.rows, self.merged, self.estimated, self.more = total, rows, merged, estimated, more
        self.update()

    def set_instant(self, instant: BarRow | None) -> None:
        """Show another bar, with its title, instead of the whole run's; None shows the whole run's again."""
        if instant != self.instant:
            self.instant = instant
            self.update()

    @property
    def _upper(self) -> BarRow:
        return self.total if self.instant is None else self.instant

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which eight workers can be read."""
        return QSize(240, round(220 * self._theme.scale))

    def legend(self, *, brief: bool = False, alone: bool = False) -> list[tuple[str, str]]:
        """Return each state that takes time, with its text: `Running 25 %, 3.2 s`; if `brief`, without seconds.

        The states of runs behind are named too, unless `alone`.
        """
        bars = [self._upper, *(row for row in self.rows if row.behind and not alone)]
        shown = [state for state in SHOWN_TITLES if any(bar.share(state) >= _LEAST_SHARE for bar in bars)]
        return [(state, self._words(state, brief=brief)) for state in shown]

    def _words(self, state: str, *, brief: bool) -> str:
        words = f"{self._label(state)} {figures.percent(self._upper.share(state))}"
        return words if brief else f"{words}, {figures.seconds(self._upper.seconds.get(state))}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw everything."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        self._painted.clear()
        if self.total.total_s <= 0:
            return
        scale = self._theme.scale
        text = QFontMetricsF(font(self._theme.font_pt))
        means = self._means()
        height = max(text.height() * (1.2 * len(means) if means else 1.7), self.height() * _UPPER_SHARE)
        if means:
            self._paint_means(painter, means, height, text)
        else:
            whole = StackedBars([self._upper], 0, self.width(), [2], [round(2 + height) - 2])
            self._paint_bars(painter, whole, font(self._theme.font_pt))
        y = self._paint_legend(painter, 2 + height + 6 * scale, text)
        self._paint_workers(painter, y + 6 * scale)

    @property
    def _workers(self) -> Sequence[BarRow]:
        """The bars of the run's own workers."""
        return [row for row in self.rows if not row.behind]

    def _means(self) -> list[BarRow]:
        """Return the mean worker of the run and of each behind it; empty if none is behind, or at an instant."""
        behind = [row for row in self.rows if row.behind]
        count = len(self._workers) + self.more
        if not behind or self.instant is not None or not count:
            return []
        mean = {state: None if value is None else value / count for state, value in self.total.seconds.items()}
        return [BarRow(self.total.name, mean, f"{self.total.full_name}: the mean of its workers"), *behind]

    def _paint_means(self, painter: QPainter, means: list[BarRow], height: float, metrics: QFontMetricsF) -> None:
        """Draw them below each other to one scale, each with its label at its left."""
        painter.setFont(font(self._theme.font_pt))
        left = round(max(metrics.horizontalAdvance(row.name) for row in means) + 8 * self._theme.scale)
        each = round(height / len(means))
        tops, heights = [2 + place * each for place in range(len(means))], [each - 2] * len(means)
        painter.setPen(QColor(self._theme.text))
        for row, top in zip(means, tops, strict=True):
            painter.drawText(QRectF(0, top, left, each - 2), Qt.AlignmentFlag.AlignVCenter, row.name)
        bars = StackedBars(means, left, self.width(), tops, heights)
        self._paint_bars(painter, bars, _fitting(self._theme.font_pt * 0.9, each))

    @property
    def more_words(self) -> str:
        """The text below the bars: how many workers have no bar; empty if all have one."""
        return f"and {self.more:,} more, counted in the bar of all" if self.more else ""

    def _place_legend(
        self, metrics: QFontMetricsF, *, brief: bool, alone: bool = False
    ) -> list[tuple[str, str, float, int]]:
        """Return each state's text, where it begins and in which line."""
        side, gap = metrics.capHeight() * 1.15 + 5 * self._theme.scale, 16 * self._theme.scale
        placed, x, line = [], 0.0, 0
        for state, in_full in self.legend(brief=brief, alone=alone):
            words, width = in_full, side + metrics.horizontalAdvance(in_full)
            if width > self.width() and not brief:
                words = self._words(state, brief=True)
                width = side + metrics.horizontalAdvance(words)
            if x > 0 and x + width > self.width():
                x, line = 0.0, line + 1
            placed.append((state, words, x, line))
            x += width + gap
        return placed

    def _paint_legend(self, painter: QPainter, top: float, metrics: QFontMetricsF) -> float:
        """Draw the legend in as many lines as it needs and there is room for, and return where it ends."""
        side, pitch = metrics.capHeight() * 1.15, metrics.height() * 1.12
        placed = self._place_legend(metrics, brief=False)
        needed_px = min(len(self._workers), 8) * metrics.height()
        for alone in (False, True):  # the bars matter more than words
            if self.height() - top - (placed[-1][3] + 1) * pitch < needed_px:
                placed = self._place_legend(metrics, brief=True, alone=alone)
        lines = max(1, min(placed[-1][3] + 1, int((self.height() - top) / pitch)))  # none is cut in half
        painter.setFont(font(self._theme.font_pt))
        for state, words, x, line in placed:
            if line >= lines:  # the tips and the description have these states too
                more = QRectF(0, top + (lines - 1) * pitch, self.width(), pitch)
                painter.drawText(more, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, "…")
                break
            y = top + line * pitch
            fill_state(painter, QRectF(x, y + (pitch - side) / 2, side, side), state)
            painter.setPen(QColor(self._theme.text))
            left = x + side + 5 * self._theme.scale
            room = QRectF(left, y, self.width() - left, pitch)
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        return top + lines * pitch

    def _paint_workers(self, painter: QPainter, top: float) -> None:
        line, workers = QFontMetricsF(font(self._theme.font_pt)).height(), self._workers if self._means() else self.rows
        room = self.height() - top - (line * 1.1 if self.more else 0)
        if not workers or room < 8:
            return
        pitch = min(room / len(workers), max(line * _TALLEST, self.height() * _TALLEST_SHARE))
        small = _fitting(self._theme.font_pt * 0.9, pitch)
        gap = max(1, round(pitch * 0.18)) if pitch >= 3 else 0
        edges = [round(top + place * pitch) for place in range(len(workers) + 1)]
        heights = [end - begin - gap for begin, end in pairwise(edges)]
        left = self._paint_names(painter, workers, small, edges[:-1], heights) if small is not None else 0
        self._paint_bars(painter, StackedBars(workers, left, self.width(), edges[:-1], heights), small)
        if self.more:
            painter.setFont(font(self._theme.font_pt * 0.9))
            painter.setPen(QColor(self._theme.muted))
            below = QRectF(0, edges[-1], self.width(), line * 1.1)
            painter.drawText(below, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.more_words)

    def _paint_names(
        self, painter: QPainter, rows: Sequence[BarRow], small: QFont, tops: list[int], heights: list[int]
    ) -> int:
        """Draw the workers' names and return where their bars begin."""
        scale, metrics = self._theme.scale, QFontMetricsF(small)
        widths = [metrics.horizontalAdvance(row.name) for row in rows]
        left = round(min(max(widths), self.width() * 0.35) + 11 * scale)
        room = left - 9 * scale
        painter.setFont(small)
        painter.setPen(QColor(self._theme.muted))
        for row, width, top, height in zip(rows, widths, tops, heights, strict=True):
            if row.worker is not None:
                swatch = QRectF(left - 5 * scale, top, 3 * scale, height)
                painter.fillRect(swatch, QColor(worker_color(self._theme, row.worker)))
            fits = width <= room
            name = row.name if fits else metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(QRectF(0, top, left, height), Qt.AlignmentFlag.AlignVCenter, name)
        return left

    def _paint_bars(self, painter: QPainter, bars: StackedBars, text: QFont | None) -> None:
        bars.paint(painter, text)
        self._painted.append(bars)

    def _tip(self, row: BarRow, state: str) -> str:
        words = f"{figures.percent(row.share(state))}, {figures.seconds(row.seconds.get(state))}"
        return f"{row.title}: {self._label(state)}, {words}"

    def _label(self, state: str) -> str:
        return state_title(state, merged=self.merged, estimated=self.estimated)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Describe in a tooltip what is under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), plain_tip(self.tip_at(event.pos())), self)
            return True
        return False

    def tip_at(self, point: QPoint) -> str:
        """Describe what is painted at `point`; return an empty text if there is nothing."""
        found = (bars.at(point) for bars in self._painted)
        return next((self._tip(*part) for part in found if part is not None), "")


def _fitting(points: float, pitch: float) -> QFont | None:
    """Return the largest font, up to `points`, whose lines fit `pitch` pixels; None if that is too small to be read."""
    while points >= _LEAST_POINTS:
        made = font(points)
        if QFontMetricsF(made).height() <= pitch * 1.1:
            return made
        points -= 0.5
    return None
