"""A row of large figures, each with a word above it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.widgets.fonts import font
from gui.widgets.theme import LIGHT, Theme

_SMALLEST = 0.2  # of the type's size, where a column has hardly any room


class FigureRow(QWidget):
    """Paints (colour, word, figure) side by side; a colour marks the line in a plot that the figure belongs to."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.figures: tuple[tuple[str, str, str], ...] = ()
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def set_figures(self, *figures: tuple[str, str, str]) -> None:
        """Show these from now on."""
        if figures != self.figures:
            self.figures = figures
            self.setAccessibleDescription(", ".join(f"{word}: {figure}" for _, word, figure in figures))
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for the two lines of text."""
        word, figure = self._fonts()
        return QSize(160, round(QFontMetricsF(word).height() + QFontMetricsF(figure).height() * 1.1))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the figures in equal columns, in type that fits them."""
        if not self.figures:
            return
        painter = QPainter(self)
        word_font, figure_font = self._fonts()
        column = self.width() / len(self.figures)
        widest = max(QFontMetricsF(figure_font).horizontalAdvance(figure) for _, _, figure in self.figures)
        fits = (column - 16 * self._theme.scale) / max(widest, 1.0)
        figure_font.setPointSizeF(figure_font.pointSizeF() * min(1.0, max(fits, _SMALLEST)))
        word, figure = QFontMetricsF(word_font), QFontMetricsF(figure_font)
        bar = 3 * self._theme.scale
        for place, (color, text, value) in enumerate(self.figures):
            x = place * column
            painter.fillRect(round(x), 2, round(bar), self.height() - 4, QColor(color))
            x += bar + 7 * self._theme.scale
            painter.setFont(word_font)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QPointF(x, word.ascent()), text)
            painter.setFont(figure_font)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(QPointF(x, word.height() + figure.ascent()), value)

    def _fonts(self) -> tuple[QFont, QFont]:
        return font(self._theme.font_pt), font(self._theme.font_pt * 1.7, QFont.Weight.Bold)
