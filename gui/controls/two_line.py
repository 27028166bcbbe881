"""A combo box whose rows have a title and a muted second line."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QComboBox, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.widgets.plain_text import plain_tip

SECOND_LINE: Final = Qt.ItemDataRole.UserRole + 8
WIDEST: Final = 460  # pixels at 100 %


class TwoLineDelegate(QStyledItemDelegate):
    """Draws an item's text, and under it its data of the role SECOND_LINE."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        second = str(index.data(SECOND_LINE) or "")
        palette: QPalette = option.palette
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        enabled = bool(state & QStyle.StateFlag.State_Enabled)
        painter.save()
        painter.fillRect(option.rect, palette.highlight() if selected else palette.base())
        group = QPalette.ColorGroup.Active if enabled else QPalette.ColorGroup.Disabled
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.setPen(palette.color(group, role))
        rect: QRect = option.rect.adjusted(10, 4, -10, -4)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, str(index.data() or ""))
        if second:
            font = _small(painter.font())
            painter.setFont(font)
            painter.setPen(palette.color(role if selected else QPalette.ColorRole.PlaceholderText))
            text = QFontMetrics(font).elidedText(second, Qt.TextElideMode.ElideRight, rect.width())
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        metrics = QFontMetrics(option.font)
        second = str(index.data(SECOND_LINE) or "")
        small = QFontMetrics(_small(option.font))
        width = max(metrics.horizontalAdvance(str(index.data() or "")), small.horizontalAdvance(second)) + 24
        height = metrics.height() + (small.height() + 2 if second else 0) + 10
        return QSize(min(width, round(WIDEST * metrics.height() / 16)), height)


class TwoLineCombo(QComboBox):
    """A combo box whose list shows two lines for each entry; a disabled entry is grey and says why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(QStandardItemModel(self))
        self.setItemDelegate(TwoLineDelegate(self))
        self.setMaxVisibleItems(14)

    def add(self, title: str, second: str, data: object, *, enabled: bool = True) -> None:
        """Add an entry."""
        item = QStandardItem(title)
        item.setData(second, SECOND_LINE)
        item.setData(data, Qt.ItemDataRole.UserRole)
        item.setEnabled(enabled)
        item.setToolTip(plain_tip(second))
        item.setData(f"{title}: {second}", Qt.ItemDataRole.AccessibleTextRole)
        model = self.model()
        if isinstance(model, QStandardItemModel):
            model.appendRow(item)

    def showPopup(self) -> None:
        """Open the list, wide enough for its second lines."""
        view = self.view()
        wide = min(max(view.sizeHintForColumn(0), self.width()), QApplication.primaryScreen().availableSize().width())
        view.setMinimumWidth(wide)
        super().showPopup()


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.88)
    return small
