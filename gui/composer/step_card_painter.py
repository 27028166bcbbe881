"""Draws one step of the list as a card: number, title, its parameters in a line, and its effect on the GIL."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.composer.badge_painter import badge_size, draw_badge
from gui.composer.step_model import LIFTED_ROLE, ROW_ROLE, StepRow
from gui.widgets.icons import icon
from gui.widgets.theme import LIGHT, Theme

_Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_GAP = 3


class StepCardPainter(QStyledItemDelegate):
    """Paints cards with two lines of text; the font decides their height."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(100, self.card_height(option.font))

    def card_height(self, font: QFont) -> int:
        """Return the height of a card, the gap around it included."""
        bold, _ = _fonts(font)
        return round(QFontMetrics(bold).height() * 2.0 + 16 * self.theme.scale) + 2 * _GAP

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(ROW_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = option.rect.adjusted(_GAP, _GAP, -_GAP, -_GAP)
        if index.data(LIFTED_ROLE):
            self._paint_gap(painter, card)
        else:
            self._paint_ground(painter, option, card, row)
            self._paint_contents(painter, option, card, row, index.row() + 1)
        painter.restore()

    def _paint_gap(self, painter: QPainter, card: QRect) -> None:
        pen = QPen(QColor(self.theme.accent), 1.5 * self.theme.scale, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        ground = QColor(self.theme.accent)
        ground.setAlpha(24)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(card), 6, 6)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, card: QRect, row: StepRow) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        edge = self.theme.accent if selected else self.theme.muted if hovered else self.theme.border
        width = (2.0 if selected and focused else 1.5 if selected else 1.0) * self.theme.scale
        painter.setPen(QPen(QColor(edge), width))
        painter.setBrush(QColor(self.theme.panel))
        painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if selected:
            tint = QColor(self.theme.accent)
            tint.setAlpha(36 if self.theme.dark else 22)
            painter.setBrush(tint)
            painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def _paint_contents(
        self, painter: QPainter, option: QStyleOptionViewItem, card: QRect, row: StepRow, number: int
    ) -> None:
        bold, plain = _fonts(option.font)
        size = QFontMetrics(bold).height()
        pad = round(8 * self.theme.scale)
        icon("grip-vertical", self.theme.muted).paint(
            painter, QRect(card.left() + pad // 2, card.center().y() - size // 2, size, size)
        )
        left = card.left() + pad + size
        inner = QRect(left, card.top() + pad - 1, card.right() - pad - left, card.height() - 2 * pad + 2)
        upper = QRect(inner.left(), inner.top(), inner.width(), inner.height() // 2)
        lower = QRect(inner.left(), inner.top() + inner.height() // 2, inner.width(), inner.height() // 2)
        upper = self._paint_badge(painter, upper, row, option.font, f"{number}  {row.title}", bold)
        self._paint_text(painter, upper, f"{number}  {row.title}", bold, self.theme.text)
        if row.problem:
            mark = QRect(lower.left(), lower.center().y() - size // 2, size, size)
            icon("triangle-alert", self.theme.danger).paint(painter, mark)
            rest = lower.adjusted(size + 4, 0, 0, 0)
            self._paint_text(painter, rest, row.problem, plain, self.theme.danger)
        else:
            self._paint_text(painter, lower, row.summary or row.help, plain, self.theme.muted)

    def _paint_badge(self, painter: QPainter, line: QRect, row: StepRow, font: QFont, title: str, bold: QFont) -> QRect:
        """Paint the first badge at the right end if the title leaves room for it; return the rest of the line."""
        if not row.badges:
            return line
        size = badge_size(row.badges[0], font)
        if QFontMetrics(bold).horizontalAdvance(title) + size.width() + 8 > line.width():
            return line
        top = line.center().y() - size.height() // 2
        place = QRect(line.right() - size.width() + 1, top, size.width(), size.height())
        draw_badge(painter, place, row.badges[0], self.theme, font)
        return line.adjusted(0, 0, -size.width() - 8, 0)

    def _paint_text(self, painter: QPainter, rect: QRect, text: str, font: QFont, color: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(color))
        elided = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, _LEFT | Qt.TextFlag.TextSingleLine, elided)


def _fonts(font: QFont) -> tuple[QFont, QFont]:
    """Return the fonts of titles and of the line below them."""
    bold, plain = QFont(font), QFont(font)
    bold.setBold(True)
    plain.setPointSizeF(font.pointSizeF() * 0.92)
    return bold, plain
