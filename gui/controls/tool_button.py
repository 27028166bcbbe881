"""A flat button for a row of tools; checked, it looks checked in the light and the dark theme."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QWidget

from gui.widgets.icons import icon
from gui.widgets.theme import LIGHT, Theme

_PADDING = 8


class ToolButton(QPushButton):
    """A text or an icon on the window's background: framed under the pointer, filled while it is checked."""

    def __init__(self, text: str, parent: QWidget | None = None, *, icon_name: str = "") -> None:
        super().__init__(text, parent)
        self._icon_name = icon_name
        self._theme = LIGHT
        self._hovered = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        if self._icon_name:
            side = metrics.height() + _PADDING + 6
            return QSize(side, side)
        return QSize(metrics.horizontalAdvance(self.text()) + 2 * _PADDING + 2, metrics.height() + _PADDING + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the frame."""
        self._hovered = True
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the frame."""
        self._hovered = False
        super().leaveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the background, the frame and the text."""
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        on = self.isChecked() or self.isDown()
        fill = QColor(theme.accent)
        fill.setAlphaF(0.30 if theme.dark else 0.16)
        strong = on or self.hasFocus()
        painter.setBrush(fill if on else Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.accent if strong else theme.border), 2 if self.hasFocus() else 1))
        if on or self.hasFocus() or (self._hovered and self.isEnabled()):
            painter.drawRoundedRect(rect, 5, 5)
        if self._icon_name:
            side = self.fontMetrics().height() + 2
            place = QRectF(0, 0, side, side)
            place.moveCenter(QRectF(self.rect()).center())
            drawn = icon(self._icon_name, theme.text, theme.border)
            mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
            drawn.paint(painter, place.toRect(), Qt.AlignmentFlag.AlignCenter, mode)
            return
        painter.setPen(QColor(theme.text if self.isEnabled() else theme.border))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextShowMnemonic, self.text())
