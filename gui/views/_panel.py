"""A panel: a card with a title, one large figure, and a view's body below."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import LIGHT, Theme
from gui.views import View
from gui.views._fonts import font

_MARGIN = 12


class Header(QWidget):
    """A title at the left and at the right one large figure with its unit; `below` puts the figure under the title.

    `keys` explains a plot's lines: (colour, dashed, text) each, in a row of their own.
    """

    def __init__(self, title: str, parent: QWidget, *, below: bool = False) -> None:
        super().__init__(parent)
        self.title = title
        self.figure = ""
        self.unit = ""
        self.keys: tuple[tuple[str, bool, str], ...] = ()
        self._below = below
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)

    def set_figure(self, figure: str, unit: str = "") -> None:
        """Show another figure, and say it to assistive technology."""
        if (figure, unit) == (self.figure, self.unit):
            return
        self.figure, self.unit = figure, unit
        self.setAccessibleDescription(f"{figure} {unit}".strip())
        self.update()

    def set_keys(self, *keys: tuple[str, bool, str]) -> None:
        """Explain the plot's lines."""
        if keys != self.keys:
            self.keys = keys
            self.updateGeometry()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for one or two rows of text, and the row of keys."""
        title, figure, _ = self._metrics()
        height = title.height() + figure.height() if self._below else max(title.height(), figure.height())
        keys = title.height() * 1.1 if self.keys else 0
        return QSize(80, round(height + keys + 2 * self._theme.scale))

    def minimumSizeHint(self) -> QSize:
        """Return `sizeHint`'s height and a small width."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the texts; a figure that is too wide takes smaller type before it is cut."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        title, figure, unit = self._metrics()
        top = figure.ascent() if not self._below else title.ascent()
        painter.setFont(self._fonts()[0])
        painter.setPen(QColor(self._theme.text))
        title_width = min(title.horizontalAdvance(self.title), self.width())
        elided = title.elidedText(self.title, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(0, round(top), elided)
        left = 0.0 if self._below else title_width + 12 * self._theme.scale
        base = title.height() + figure.ascent() if self._below else top
        self._paint_figure(painter, left, base)
        if self.keys:
            self._paint_keys(painter, self.height() - title.height() * 0.5)

    def _paint_figure(self, painter: QPainter, left: float, base: float) -> None:
        room = self.width() - left
        _, figure_font, unit_font = self._fonts()
        gap = 5.0 * self._theme.scale if self.unit else 0.0
        figure, unit = QFontMetricsF(figure_font), QFontMetricsF(unit_font)
        width = figure.horizontalAdvance(self.figure) + gap + unit.horizontalAdvance(self.unit)
        if width > room > 0:
            factor = max(room / width, 0.5)
            figure_font.setPointSizeF(figure_font.pointSizeF() * factor)
            unit_font.setPointSizeF(unit_font.pointSizeF() * factor)
            figure, unit = QFontMetricsF(figure_font), QFontMetricsF(unit_font)
            width = figure.horizontalAdvance(self.figure) + gap + unit.horizontalAdvance(self.unit)
        x = left if self._below else self.width() - width
        painter.setFont(figure_font)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(QRectF(x, base - figure.ascent(), figure.horizontalAdvance(self.figure) + 2, figure.height()),
                         Qt.AlignmentFlag.AlignLeft, self.figure)  # fmt: skip
        painter.setFont(unit_font)
        painter.setPen(QColor(self._theme.muted))
        x += figure.horizontalAdvance(self.figure) + gap
        painter.drawText(round(x), round(base), self.unit)

    def _paint_keys(self, painter: QPainter, middle: float) -> None:
        scale = self._theme.scale
        small = font(self._theme.font_pt * 0.9)
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        x = 0.0
        for color, dashed, text in self.keys:
            pen = QPen(QColor(color), self._theme.line_width * 1.4)
            pen.setStyle(Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.drawLine(round(x), round(middle), round(x + 16 * scale), round(middle))
            x += 21 * scale
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(round(x), round(middle + metrics.capHeight() / 2), text)
            x += metrics.horizontalAdvance(text) + 14 * scale

    def _fonts(self) -> tuple[QFont, QFont, QFont]:
        points = self._theme.font_pt
        strong, bold = QFont.Weight.DemiBold, QFont.Weight.Bold
        return font(points * 1.05, strong), font(points * 1.9, bold), font(points * 1.05)

    def _metrics(self) -> tuple[QFontMetricsF, QFontMetricsF, QFontMetricsF]:
        title, figure, unit = self._fonts()
        return QFontMetricsF(title), QFontMetricsF(figure), QFontMetricsF(unit)


class Panel(View):
    """A view drawn as a card: `self.header` above, then `self.body` or the empty state."""

    def __init__(self, title: str, *, below: bool = False) -> None:
        super().__init__()
        self.header = Header(title, self, below=below)
        self.setAccessibleName(title)
        self.outer.insertWidget(0, self.header)
        self.outer.setContentsMargins(_MARGIN, _MARGIN - 4, _MARGIN, _MARGIN - 2)

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return the whole card: a picture needs its title and its figure."""
        return [] if self.is_empty else [(self.header.title, self)]

    def save(self) -> None:
        """Ask the window to save this card as a picture."""
        self.requested.emit("save-plot", (self.header.title, self))

    def set_theme(self, theme: Theme) -> None:
        """Draw card, header and body with `theme`."""
        self.header.set_theme(theme)
        super().set_theme(theme)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(self.theme.panel))
        painter.setPen(QPen(QColor(self.theme.border), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
