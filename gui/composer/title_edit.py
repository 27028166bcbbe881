"""The field of an experiment's title; a long title is written in smaller letters."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QStyle, QStyleOptionFrame

from gui.widgets.plain_text import plain_tip

_LOOKS = ((1.1, True), (1.0, True), (1.0, False))  # size beside the application's type, and whether bold
_MARGIN = 2  # what a line edit keeps free within its frame


class TitleEdit(QLineEdit):
    """Large and bold if there is room: a small whole title says more than half of a large one."""

    def __init__(self) -> None:
        super().__init__()
        self.textChanged.connect(self.fit)
        self.textChanged.connect(lambda text: self.setToolTip(plain_tip(text)))

    def fit(self) -> None:
        """Use the largest font in which the whole title is visible, else the smallest."""
        frame = self.style().pixelMetric(QStyle.PixelMetric.PM_DefaultFrameWidth)
        room = self.width() - 2 * (frame + _MARGIN) - 1  # and the cursor behind the last letter
        looks = [_font(size, bold) for size, bold in _LOOKS]
        text = self.text()
        self.setFont(next((each for each in looks if QFontMetrics(each).horizontalAdvance(text) <= room), looks[-1]))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the beginning again, which says more than the end."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.setCursorPosition(0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a title that is too long with an ellipsis, unless it is being edited."""
        shown = self.shown_text()
        if self.hasFocus() or shown == self.text():
            super().paintEvent(event)
            return
        painter, option = QPainter(self), QStyleOptionFrame()
        self.initStyleOption(option)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option, painter, self)
        painter.setPen(self.palette().color(self.palette().ColorRole.Text))
        painter.drawText(self._inside(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def shown_text(self) -> str:
        """Return the title as it is drawn while it is not edited."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self._inside().width())

    def _inside(self) -> QRect:
        frame = self.style().pixelMetric(QStyle.PixelMetric.PM_DefaultFrameWidth) + _MARGIN
        return self.rect().adjusted(frame, 0, -frame, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


def _font(size: float, bold: bool) -> QFont:
    font = QApplication.font()
    font.setBold(bold)
    font.setPointSizeF(font.pointSizeF() * size)
    return font
