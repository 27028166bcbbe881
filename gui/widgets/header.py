"""A panel's header: its title, the meaning of its lines, and one large figure."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.widgets.fonts import font
from gui.widgets.state_fill import fill_color
from gui.widgets.theme import LIGHT, Theme

_SLACK = 0.96  # type does not scale exactly
_KEYS_IN_LINE = 2
_KEY_PX, _GAP_PX = 21, 14  # at scale 1: a piece of a line with its gap, and what is between two names

# How the lines of the first and the second run behind the one that is shown are drawn, and what that is called.
BEHIND_STROKES: Final = (Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
STROKE_WORDS: Final = ("dashed", "dotted")
MOST_BEHIND: Final = len(BEHIND_STROKES)

Key = tuple[str, str]  # a colour, "" for words alone, and what is drawn in it


class Header(QWidget):
    """A title at the upper left, and at the right one large figure with its unit.

    `below` puts the figure under the title instead. `keys` is the legend of a plot's lines, under the title: (colour,
    text) each. A figure that is too wide is drawn in smaller letters.
    """

    def __init__(self, title: str, parent: QWidget, *, below: bool = False) -> None:
        super().__init__(parent)
        self.title = title
        self.figure = ""
        self.unit = self._short_unit = ""
        self.keys: tuple[Key, ...] = ()
        self.runs: tuple[Key, ...] = ()  # the run in front, and those behind, dashed and dotted
        self._filled = False
        self._below = below
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)

    def set_title(self, title: str) -> None:
        """Show another title."""
        if title != self.title:
            self.title = title
            self.setAccessibleName(title)
            self.updateGeometry()
            self.update()

    def set_figure(self, figure: str, unit: str = "", short_unit: str | None = None) -> None:
        """Show another figure, and give it to assistive technology; `short_unit` is used where there is little room."""
        if (figure, unit) == (self.figure, self.unit):
            return
        self.figure, self.unit = figure, unit
        self._short_unit = unit if short_unit is None else short_unit
        self._describe()
        self.update()

    def _describe(self) -> None:
        names = "; behind it ".join(text for _, text in self.runs)
        self.setAccessibleDescription(". ".join(each for each in (f"{self.figure} {self.unit}".strip(), names) if each))

    def set_runs(self, *runs: Key) -> None:
        """Name the run in front and those behind it, with a piece of each one's line; no arguments: none is behind."""
        if runs != self.runs:
            self.runs = runs
            self._describe()
            self.updateGeometry()
            self.update()

    def set_keys(self, *keys: Key, filled: bool = False) -> None:
        """Set the legend of the plot's lines, or with `filled` of areas painted in these colours."""
        if (keys, filled) != (self.keys, self._filled):
            self.keys, self._filled = keys, filled
            self.updateGeometry()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the title and the texts below or beside it."""
        title = QFontMetricsF(self._title_font())
        height = self._upper_height() + title.height() * self._run_lines()
        return QSize(80, round(height + 2 * self._theme.scale))

    def minimumSizeHint(self) -> QSize:
        """Return `sizeHint`."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many lines for the runs' names as they need in this width."""
        super().resizeEvent(event)
        if self.runs:
            self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the texts."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        title = QFontMetricsF(self._title_font())
        painter.setFont(self._title_font())
        painter.setPen(QColor(self._theme.text))
        shown = title.elidedText(self.title, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QPointF(0, title.ascent()), shown)
        beside = max(title.horizontalAdvance(shown), 0 if self._below else self._paint_keys(painter, title))
        self._paint_figure(painter, 0.0 if self._below else beside + 12 * self._theme.scale)
        self._paint_runs(painter, title)

    def _upper_height(self) -> float:
        """Return the height of the title and the texts below or beside it."""
        title, figure = QFontMetricsF(self._title_font()), QFontMetricsF(self._figure_font())
        if self._below:
            return title.height() + figure.height()
        return max(title.height() * (1 + self._key_lines), self._base() + figure.descent())

    def _run_lines(self) -> int:
        """Return how many lines the runs' names take: one if they fit beside each other."""
        if not self.runs:
            return 0
        metrics, scale = QFontMetricsF(font(self._theme.font_pt * 0.9)), self._theme.scale
        wide = sum((_KEY_PX if color else 0) * scale + metrics.horizontalAdvance(text) for color, text in self.runs)
        return 1 if wide + _GAP_PX * scale * (len(self.runs) - 1) <= self.width() else len(self.runs)

    def _paint_runs(self, painter: QPainter, title: QFontMetricsF) -> None:
        """Draw the names of the run in front and of those behind it, below everything else."""
        small, scale = font(self._theme.font_pt * 0.9), self._theme.scale
        metrics, lines = QFontMetricsF(small), self._run_lines()
        x, middle = 0.0, self._upper_height() + metrics.height() * 0.55
        painter.setFont(small)
        for place, (color, text) in enumerate(self.runs):
            if color:
                style = (Qt.PenStyle.SolidLine, *BEHIND_STROKES)[place]
                self._paint_line(painter, QPointF(x, middle), 16 * scale, color, style)
                x += _KEY_PX * scale
            painter.setPen(QColor(self._theme.text))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, self.width() - x))
            painter.drawText(QPointF(x, middle + metrics.capHeight() / 2), shown)
            x += metrics.horizontalAdvance(shown) + _GAP_PX * scale
            if lines > 1:
                x, middle = 0.0, middle + title.height()

    @property
    def _key_lines(self) -> int:
        """How many lines of text the legend takes: two keys of plot lines share one."""
        return min(1, len(self.keys)) if self._filled else -(-len(self.keys) // _KEYS_IN_LINE)

    def _paint_keys(self, painter: QPainter, title: QFontMetricsF) -> float:
        """Draw the keys and return where they end."""
        scale, x, most = self._theme.scale, 0.0, 0.0
        small = font(self._theme.font_pt * 0.9)
        metrics = QFontMetricsF(small)
        middle = title.height() + metrics.height() * 0.55
        painter.setFont(small)
        for place, (color, text) in enumerate(self.keys):
            if not self._filled and place and place % _KEYS_IN_LINE == 0:
                most, x, middle = max(most, x), 0.0, middle + metrics.height()
            x += 12 * scale if x else 0
            self._paint_key(painter, QPointF(x, middle), 16 * scale, color)
            x += _KEY_PX * scale
            painter.setPen(QColor(self._theme.muted))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, self.width() - x))
            painter.drawText(QPointF(x, middle + metrics.capHeight() / 2), shown)
            x += metrics.horizontalAdvance(shown)
        return most or x

    def _paint_key(self, painter: QPainter, left: QPointF, wide: float, color: str) -> None:
        """Draw a short line, or a filled square, starting at `left`."""
        if self._filled:
            high = wide * 0.7
            fill_color(painter, QRectF(left.x(), left.y() - high / 2, wide, high), color)
            return
        self._paint_line(painter, left, wide, color)

    def _paint_line(
        self, painter: QPainter, left: QPointF, wide: float, color: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine
    ) -> None:
        pen = QPen(QColor(color), self._theme.line_width * 1.3, style)
        if style == Qt.PenStyle.DashLine:
            pen.setDashPattern([2.0, 1.2])
        elif style == Qt.PenStyle.DotLine:
            pen.setDashPattern([0.8, 0.8])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(left, left + QPointF(wide, 0))

    def _paint_figure(self, painter: QPainter, left: float) -> None:
        figure_font, unit_font = self._figure_font(), font(self._theme.font_pt * 1.05)
        gap = 5.0 * self._theme.scale if self.figure and self.unit else 0.0
        room = self.width() - left
        words = self.unit
        widths = _advances((figure_font, self.figure), (unit_font, words))
        if sum(widths) + gap > room:
            words = self._short_unit
            widths = _advances((figure_font, self.figure), (unit_font, words))
        if sum(widths) + gap > room > 0:
            unit_font.setPointSizeF(unit_font.pointSizeF() * max(room / (sum(widths) + gap) * _SLACK, 0.75))
            unit_width = _advances((unit_font, words))[0]
            factor = (room - gap - unit_width) / max(widths[0], 1.0) * _SLACK
            figure_font.setPointSizeF(figure_font.pointSizeF() * min(max(factor, 0.4), 1.0))
            widths = _advances((figure_font, self.figure), (unit_font, words))
        x = left if self._below else max(left, self.width() - sum(widths) - gap)
        base = self._base() if self.figure else QFontMetricsF(self._title_font()).ascent()
        painter.setFont(figure_font)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(QPointF(x, base), self.figure)
        painter.setFont(unit_font)
        painter.setPen(QColor(self._theme.muted))
        unit = QFontMetricsF(unit_font).elidedText(words, Qt.TextElideMode.ElideRight, room - widths[0] - gap + 1)
        painter.drawText(QPointF(x + widths[0] + gap, base), unit)

    def _base(self) -> float:
        """Return the figure's baseline: below the title, or such that both have the same top."""
        title, figure = QFontMetricsF(self._title_font()), QFontMetricsF(self._figure_font())
        if self._below:
            return title.height() + figure.ascent()
        return title.ascent() - title.capHeight() + figure.capHeight()

    def _title_font(self) -> QFont:
        return font(self._theme.font_pt * 1.05, QFont.Weight.DemiBold)

    def _figure_font(self) -> QFont:
        return font(self._theme.font_pt * 1.9, QFont.Weight.Bold)


def _advances(*texts: tuple[QFont, str]) -> list[float]:
    return [QFontMetricsF(each).horizontalAdvance(text) for each, text in texts]
