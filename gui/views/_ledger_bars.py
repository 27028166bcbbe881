"""The ledger's picture: one stacked bar for the whole run with its legend, and one a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.analysis import figure_text as figures
from engine.conductor.protocol import LEDGER_STATES
from gui.theme import LIGHT, STATE_COLORS, STATE_LABELS, Theme
from gui.views._fonts import font

_LEAST_SHARE = 0.005  # states below it are not in the legend
_LEAST_POINTS = 7.0


@dataclass(frozen=True)
class Row:
    """One bar: its name, its seconds by state (None: not measured), and its name in full for the tooltip."""

    name: str
    seconds: Mapping[str, float | None] = field(default_factory=dict)
    full_name: str = ""

    @property
    def total_s(self) -> float:
        """The bar's whole length."""
        return sum(value or 0.0 for value in self.seconds.values())

    def share(self, state: str) -> float:
        """Return the part of the bar that is `state`, from 0 to 1."""
        total = self.total_s
        return (self.seconds.get(state) or 0.0) / total if total > 0 else 0.0


def state_label(state: str, *, merged: bool) -> str:
    """Return a state in plain words; `merged` where waiting for a core is not told from waiting for the GIL."""
    if state != "gil_wait":
        return STATE_LABELS[state]
    return ("Waiting for the GIL or a core" if merged else STATE_LABELS[state]) + " (estimated)"


class LedgerBars(QWidget):
    """Paints the whole run's bar and legend above, then a bar a worker, as tall as the room allows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Where the time goes")
        self.setMinimumSize(80, 80)
        self.total = Row("")
        self.rows: Sequence[Row] = ()
        self.merged = False
        self._theme = LIGHT
        self._places: list[tuple[QRectF, Row, str]] = []

    def set_rows(self, total: Row, rows: Sequence[Row], *, merged: bool) -> None:
        """Show these bars from now on."""
        self.total, self.rows, self.merged = total, rows, merged
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which eight workers can be read."""
        return QSize(240, round(220 * self._theme.scale))

    def legend(self, *, brief: bool = False) -> list[tuple[str, str]]:
        """Return each state that takes time, with its words and figures: `Running 25 %, 3.2 s`; `brief`: no seconds."""
        shown = [state for state in LEDGER_STATES if self.total.share(state) >= _LEAST_SHARE]
        return [(state, self._words(state, brief=brief)) for state in shown]

    def _words(self, state: str, *, brief: bool) -> str:
        words = f"{state_label(state, merged=self.merged)} {_percent(state, self.total.share(state))}"
        return words if brief else f"{words}, {figures.seconds(self.total.seconds.get(state))}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw everything anew; it is a few hundred rectangles at most."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        self._places.clear()
        if self.total.total_s <= 0:
            return
        scale = self._theme.scale
        text = QFontMetricsF(font(self._theme.font_pt))
        height = text.height() * 1.7
        self._paint_bar(painter, self.total, QRectF(0, 2, self.width(), height), font(self._theme.font_pt))
        y = self._paint_legend(painter, 2 + height + 6 * scale, text)
        self._paint_workers(painter, y + 6 * scale)

    def _place_legend(self, metrics: QFontMetricsF, *, brief: bool) -> list[tuple[str, str, float, int]]:
        """Return each state's words, where they begin and in which line."""
        side, gap = metrics.capHeight() * 1.15 + 5 * self._theme.scale, 16 * self._theme.scale
        placed, x, line = [], 0.0, 0
        briefly = dict(self.legend(brief=True))
        for state, in_full in self.legend(brief=brief):
            fits = side + metrics.horizontalAdvance(in_full) <= self.width()
            words = in_full if fits else briefly[state]
            width = side + metrics.horizontalAdvance(words)
            if x > 0 and x + width > self.width():
                x, line = 0.0, line + 1
            placed.append((state, words, x, line))
            x += width + gap
        return placed

    def _paint_legend(self, painter: QPainter, top: float, metrics: QFontMetricsF) -> float:
        """Draw the legend in as many lines as it needs and return where it ends."""
        side, pitch = metrics.capHeight() * 1.15, metrics.height() * 1.12
        placed = self._place_legend(metrics, brief=False)
        left_px = self.height() - top - (placed[-1][3] + 1) * pitch
        if left_px < min(len(self.rows), 8) * metrics.height():
            placed = self._place_legend(metrics, brief=True)
        painter.setFont(font(self._theme.font_pt))
        for state, words, x, line in placed:
            y = top + line * pitch
            painter.fillRect(QRectF(x, y + (pitch - side) / 2, side, side), _FILLS[state])
            painter.setPen(QColor(self._theme.text))
            left = x + side + 5 * self._theme.scale
            room = QRectF(left, y, self.width() - left, pitch)
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        return top + (placed[-1][3] + 1) * pitch

    def _paint_workers(self, painter: QPainter, top: float) -> None:
        room = self.height() - top
        if not self.rows or room < 8:
            return
        scale = self._theme.scale
        pitch = min(room / len(self.rows), QFontMetricsF(font(self._theme.font_pt)).height() * 1.6)
        small = _fitting(self._theme.font_pt * 0.9, pitch)
        metrics = QFontMetricsF(small) if small is not None else None
        names = max(metrics.horizontalAdvance(row.name) for row in self.rows) if metrics else 0.0
        left = round(min(names, self.width() * 0.35) + 8 * scale) if metrics else 0
        longest = max(row.total_s for row in self.rows) or 1.0
        gap = max(1, round(pitch * 0.18)) if pitch >= 3 else 0
        for place, row in enumerate(self.rows):
            y, end = round(top + place * pitch), round(top + (place + 1) * pitch)
            if metrics and small is not None:
                painter.setFont(small)
                painter.setPen(QColor(self._theme.muted))
                name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, left - 6 * scale)
                painter.drawText(QRectF(0, y, left, end - y - gap), Qt.AlignmentFlag.AlignVCenter, name)
            width = (self.width() - left) * row.total_s / longest
            self._paint_bar(painter, row, QRectF(left, y, width, end - y - gap), small)

    def _paint_bar(self, painter: QPainter, row: Row, place: QRectF, text: QFont | None) -> None:
        x, total_s = place.left(), row.total_s
        if text is not None:
            painter.setFont(text)
            advance = QFontMetricsF(text).averageCharWidth() * 1.5
        for state in LEDGER_STATES:
            share = (row.seconds.get(state) or 0.0) / total_s if total_s > 0 else 0.0
            if share <= 0:
                continue
            part = QRectF(x, place.top(), place.width() * share, place.height())
            painter.fillRect(part, _FILLS[state])
            self._places.append((part, row, state))
            x = part.right()
            words = figures.percent(share)
            if text is not None and part.width() > advance * len(words):
                painter.setPen(_INKS[state])
                painter.drawText(part, Qt.AlignmentFlag.AlignCenter, words)

    def _tip(self, row: Row, state: str) -> str:
        words = f"{_percent(state, row.share(state))}, {figures.seconds(row.seconds.get(state))}"
        return f"{row.full_name or row.name}: {state_label(state, merged=self.merged)}, {words}"

    def event(self, event: QEvent) -> bool:
        """Say in a tooltip what is under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos()), self)
            return True
        return super().event(event)

    def tip_at(self, point: QPoint) -> str:
        """Return what is painted at `point`, in words; an empty text where nothing is."""
        found = ((row, state) for place, row, state in self._places if place.contains(point.toPointF()))
        return next((self._tip(row, state) for row, state in found), "")


def _percent(state: str, share: float) -> str:
    return figures.estimated_percent(share) if state == "gil_wait" else figures.percent(share)


def _fitting(points: float, pitch: float) -> QFont | None:
    """Return the largest type, up to `points`, whose lines fit `pitch` pixels; None where none can be read."""
    while points >= _LEAST_POINTS:
        made = font(points)
        if QFontMetricsF(made).height() <= pitch * 1.1:
            return made
        points -= 0.5
    return None


def _ink(color: QColor) -> QColor:
    """Return near black or white, whichever is read better on `color`."""
    light = 0.299 * color.red() + 0.587 * color.green() + 0.114 * color.blue()
    return QColor("#101418") if light > 125 else QColor("#FFFFFF")


_FILLS = {state: QColor(color) for state, color in STATE_COLORS.items()}
_INKS = {state: _ink(color) for state, color in _FILLS.items()}
