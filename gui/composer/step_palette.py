"""A palette of every kind of step: grouped, explained, found by typing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from engine.workload.catalogue import Catalogue, StepCard
from gui.composer.badge_painter import badge_size, draw_badge
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import LIGHT, Theme
from gui.workload.wording import badges

# Groups that are not among these follow them.
_GROUPS = ("Compute", "Wait", "Disk", "Memory", "Sharing", "Your own")
_CARD_ROLE = Qt.ItemDataRole.UserRole
_KEYS_OF_THE_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_Index = QModelIndex | QPersistentModelIndex


class StepPalette(QFrame):
    """Pops up, is filtered by typing, and closes with the choice: `chosen(kind)`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Add a step")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a step")
        self.search.setAccessibleName("Find a step")
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Kinds of steps")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._painter = _EntryPainter(self.list)
        self.list.setItemDelegate(self._painter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self._cards: tuple[StepCard, ...] = ()
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._fill)
        self.list.itemClicked.connect(self._choose)
        self.list.itemEntered.connect(self._on_entered)

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer the steps of `catalogue`."""
        self._cards = tuple(sorted(catalogue.steps.values(), key=_group_place))
        self._fill(self.search.text())

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._painter.theme = theme
        self.list.scheduleDelayedItemsLayout()

    def open_at(self, anchor: QWidget) -> None:
        """Open below `anchor`, in a readable width and as high as the screen allows."""
        self.search.clear()
        self._fill("")
        screen = anchor.screen().availableGeometry()
        width = min(self.fontMetrics().averageCharWidth() * 58, screen.width() - 16)
        self._painter.width = width - 2 * 8 - self.list.verticalScrollBar().sizeHint().width()
        rows = range(self.list.count())
        wanted = sum(self.list.sizeHintForRow(row) for row in rows) + self.search.sizeHint().height() + 40
        below = anchor.mapToGlobal(QPoint(0, anchor.height() + 2))
        height = min(wanted, round(screen.height() * 0.8))
        room = screen.bottom() - 8 - below.y()
        if room > screen.height() // 2:
            height = min(height, room)  # if there is no room, it may cover `anchor`
        x = min(max(below.x(), screen.left() + 8), screen.right() - width - 8)
        y = min(below.y(), screen.bottom() - height - 8)
        self.setGeometry(QRect(x, y, width, height))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def offered(self) -> list[str]:
        """Return the kinds that are listed now."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return [card.key for item in items if (card := item.data(_CARD_ROLE)) is not None]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent):
            return self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        """Handle arrows, which move in the list while text is typed, Enter, which chooses, and Escape, which closes."""
        key = event.key()
        mine = (*_KEYS_OF_THE_LIST, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if key not in mine:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() != QEvent.Type.KeyPress:
            return True
        elif key == Qt.Key.Key_Escape:
            self.hide()
        elif key in _KEYS_OF_THE_LIST:
            self._step(-1 if key in (Qt.Key.Key_Up, Qt.Key.Key_PageUp) else 1)
        elif self.list.currentItem() is not None:
            self._choose(self.list.currentItem())
        return True

    def _step(self, direction: int) -> None:
        row = self.list.currentRow() + direction
        while 0 <= row < self.list.count() and self.list.item(row).data(_CARD_ROLE) is None:
            row += direction
        if 0 <= row < self.list.count():
            self.list.setCurrentRow(row)

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        groups: dict[str, list[StepCard]] = {}
        for card in self._cards:
            haystack = " ".join((card.key, card.title, card.summary, card.group, *(b.text for b in badges(card))))
            if all(word in haystack.lower() for word in words):
                groups.setdefault(card.group, []).append(card)
        self.list.clear()
        for group, cards in groups.items():
            heading = QListWidgetItem(group)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(heading)
            for card in cards:
                self.list.addItem(self._entry(card))
        if not groups:
            nothing = QListWidgetItem(f"No step contains “{text.strip()}”" if words else "The steps are being loaded")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self.list.setCurrentRow(self._best_row(words))

    def _best_row(self, words: list[str]) -> int:
        """Return the first row whose title or kind has the words, else the first step's row, -1 if there is none."""
        rows = [row for row in range(self.list.count()) if self.list.item(row).data(_CARD_ROLE) is not None]
        cards = {row: self.list.item(row).data(_CARD_ROLE) for row in rows}
        named = (row for row, card in cards.items() if _has(card.title, words) or _has(card.key, words))
        return next(named, rows[0] if rows else -1)

    def _entry(self, card: StepCard) -> QListWidgetItem:
        item = QListWidgetItem(card.title)
        item.setData(_CARD_ROLE, card)
        words = (card.title, card.summary, *(each.text for each in badges(card)))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(words))
        item.setToolTip(plain_tip(card.summary))
        return item

    def _choose(self, item: QListWidgetItem) -> None:
        card = item.data(_CARD_ROLE)
        if card is not None:
            self.hide()
            self.chosen.emit(card.key)

    def _on_entered(self, item: QListWidgetItem) -> None:
        if item.data(_CARD_ROLE) is not None:
            self.list.setCurrentItem(item)


def _has(text: str, words: list[str]) -> bool:
    return all(word in text.lower() for word in words)


class _EntryPainter(QStyledItemDelegate):
    """Paints a group's heading, or a step's title, badges and summary."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.width = 380

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        card = index.data(_CARD_ROLE)
        line = QFontMetrics(option.font).height()
        if card is None:
            return QSize(self.width, round(line * 1.7))
        badge = badge_size(badges(card)[0], option.font).height()
        lines = len(_wrapped(card.summary, option.font, self.width - 2 * self._pad()))
        return QSize(self.width, max(line, badge) + lines * line + 3 * self._pad() // 2 + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        card = index.data(_CARD_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if card is None:
            self._paint_heading(painter, option, index.data())
        else:
            self._paint_entry(painter, option, card)
        painter.restore()

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
        font = QFont(option.font)
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.muted))
        rect = option.rect.adjusted(self._pad(), 0, 0, -2)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)

    def _paint_entry(self, painter: QPainter, option: QStyleOptionViewItem, card: StepCard) -> None:
        pad, line = self._pad(), QFontMetrics(option.font).height()
        if option.state & QStyle.StateFlag.State_Selected:
            ground = QColor(self.theme.accent)
            ground.setAlpha(48 if self.theme.dark else 30)
            painter.setPen(QColor(self.theme.accent))
            painter.setBrush(ground)
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -2, -2), 5, 5)
        inner = option.rect.adjusted(pad, pad // 2, -pad, 0)
        bold = QFont(option.font)
        bold.setBold(True)
        right = inner.right()
        room = inner.width() - QFontMetrics(bold).horizontalAdvance(card.title) - 12
        height = line
        for badge in badges(card):
            size = badge_size(badge, option.font)
            height = max(height, size.height())
            if size.width() > room:
                break
            draw_badge(painter, QRect(right - size.width(), inner.top(), size.width(), size.height()), badge,
                       self.theme, option.font)  # fmt: skip
            right -= size.width() + 6
            room -= size.width() + 6
        title = QRect(inner.left(), inner.top(), inner.width(), height)
        painter.setFont(bold)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(title, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, card.title)
        painter.setFont(option.font)
        painter.setPen(QColor(self.theme.muted))
        top = title.bottom() + 3
        for text in _wrapped(card.summary, option.font, self.width - 2 * pad):
            painter.drawText(QRect(inner.left(), top, inner.width(), line), Qt.AlignmentFlag.AlignLeft, text)
            top += line

    def _pad(self) -> int:
        return round(8 * self.theme.scale)


def _group_place(card: StepCard) -> int:
    return _GROUPS.index(card.group) if card.group in _GROUPS else len(_GROUPS)


def _wrapped(text: str, font: QFont, width: int) -> list[str]:
    """Return `text` in lines that fit `width`."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout.setTextOption(option)
    lines = []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        lines.append(text[line.textStart() : line.textStart() + line.textLength()].rstrip())
    layout.endLayout()
    return lines
