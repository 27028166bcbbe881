"""Tabs without boxes: a row of words, that of the page in front underlined."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QTabBar, QTabWidget

from gui.widgets.theme import LIGHT, Theme

_LEAST_PADDING = 5


class FlatTabBar(QTabBar):
    """Draws its tabs itself; everything else is as in any tab bar, the keyboard included."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._room = 0
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setMouseTracking(True)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def set_room(self, width: int) -> None:
        """Put the tabs closer together if they would need more than `width`, so that none is cut or scrolled away."""
        if width != self._room:
            self._room = width
            self.setElideMode(self.elideMode())  # makes Qt lay the tabs out again

    def tabSizeHint(self, index: int) -> QSize:
        metrics = QFontMetrics(_heavy(self.font()))
        return QSize(self._wide(metrics, index) + 2 * self._padding(metrics), metrics.height() + self._scaled(16))

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def _padding(self, metrics: QFontMetrics) -> int:
        """Return the free width on either side of a tab's words."""
        wanted, count = self._scaled(12), self.count()
        left = self._room - sum(self._wide(metrics, index) for index in range(count))
        return wanted if not self._room or not count else max(_LEAST_PADDING, min(wanted, left // (2 * count)))

    def _wide(self, metrics: QFontMetrics, index: int) -> int:
        return metrics.horizontalAdvance(self.tabText(index).replace("&", ""))

    def _scaled(self, pixels: int) -> int:
        return round(pixels * self._theme.scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the words, the line under the one in front, and a frame where the focus is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self.count()):
            self._paint_tab(painter, index, self.tabRect(index))

    def _paint_tab(self, painter: QPainter, index: int, rect: QRect) -> None:
        theme = self._theme
        front = index == self.currentIndex()
        hovered = rect.contains(self.mapFromGlobal(self.cursor().pos()))
        painter.setFont(_heavy(self.font()) if front else self.font())
        painter.setPen(QColor(theme.text if front or hovered else theme.muted))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextShowMnemonic, self.tabText(index))
        if front:
            line = round(3 * theme.scale)
            inset = max(3, round(self._padding(QFontMetrics(_heavy(self.font()))) * 5 / 6))
            under = QRect(rect.left() + inset, rect.bottom() - line, rect.width() - 2 * inset, line)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().color(QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(under, line / 2, line / 2)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QColor(theme.accent))
                painter.drawRoundedRect(rect.adjusted(3, 3, -3, -3 - line), 4, 4)


class FlatTabs(QTabWidget):
    """Pages behind flat tabs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._bar = FlatTabBar()
        self.setTabBar(self._bar)
        self.setDocumentMode(True)
        self.setAccessibleName(name)
        self._bar.setAccessibleName(name)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self._bar.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the tabs into the new width."""
        self._bar.set_room(self.width())
        super().resizeEvent(event)


def _heavy(font: QFont) -> QFont:
    heavy = QFont(font)
    heavy.setWeight(QFont.Weight.DemiBold)
    return heavy
