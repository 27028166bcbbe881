"""The command palette: type a few letters of any command, press Enter to do it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPalette
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

ROWS: Final = 11
_SECOND = Qt.ItemDataRole.UserRole
_ENTRY = Qt.ItemDataRole.UserRole + 1
_LIST_KEYS: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the palette: a command, or something to open or choose.

    `why_not` says why it is not possible now, empty if it is. `words` are searched too, without being shown.
    """

    title: str
    place: str
    call: Callable[[], object]
    why_not: str = ""
    keys: str = ""
    icon: QIcon = field(default_factory=QIcon)
    words: str = ""

    @property
    def searched(self) -> str:
        """The text that is searched."""
        return f"{self.title} {self.place} {self.words}"


def score(query: str, text: str) -> int | None:
    """Return how badly `text` matches `query` (0 is best), None if it does not match.

    All letters of the query must occur in order; matches at the beginning of words score better.
    """
    query, text = query.lower().strip(), text.lower()
    if not query:
        return 0
    if query in text:
        return text.index(query)
    place, cost = -1, 100
    for letter in query.replace(" ", ""):
        found = text.find(letter, place + 1)
        if found < 0:
            return None
        cost += 0 if found == 0 or text[found - 1] == " " else found - place
        place = found
    return cost


class CommandPalette(QFrame):
    """A list over the window; `open_with` fills and shows it. A number in the query adds entries for that number."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Command palette")
        self._entries: list[Entry] = []
        self._numbered: Callable[[int], list[Entry]] = lambda _number: []
        self.query = QLineEdit()
        self.query.setPlaceholderText("Type a command, page, model, example, or a number of workers")
        self.query.setAccessibleName("Command")
        self.query.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setAccessibleName("Matching commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_Row(self.list))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.query)
        layout.addWidget(self.list)
        self.query.textChanged.connect(self._filter)
        self.query.returnPressed.connect(self._choose)
        self.query.installEventFilter(self)
        self.list.itemClicked.connect(self._choose)

    def open_with(self, entries: list[Entry], numbered: Callable[[int], list[Entry]] | None = None) -> None:
        """Show the palette with these entries; `numbered` returns the entries for a typed number."""
        self._entries, self._numbered = entries, numbered or self._numbered
        self.query.clear()
        self._filter("")
        window = self.parentWidget()
        if window is not None:
            width = min(640, window.width() - 80)
            row = max(self.list.sizeHintForRow(0), 24)
            self.setFixedWidth(width)
            self.list.setFixedHeight(row * min(ROWS, len(entries)) + 4)
            self.adjustSize()
            self.move(window.mapToGlobal(window.rect().topLeft()).x() + (window.width() - width) // 2,
                      window.mapToGlobal(window.rect().topLeft()).y() + 70)  # fmt: skip
        self.show()
        self.query.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move through the list while the query keeps the focus."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _LIST_KEYS:
            steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS, Qt.Key.Key_PageDown: ROWS}
            row = self.list.currentRow() + steps[Qt.Key(event.key())]
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
            return True
        return super().eventFilter(watched, event)

    def _filter(self, query: str) -> None:
        number = re.search(r"\d+", query)
        entries = [*self._entries, *(self._numbered(int(number[0][:4])) if number else ())]
        fitting = [(score(query, each.searched), each) for each in entries]
        ranked = [(cost, each) for cost, each in fitting if cost is not None]
        ranked.sort(key=lambda pair: (pair[0], bool(pair[1].why_not)) if query else (0, bool(pair[1].why_not)))
        self.list.clear()
        for _, entry in ranked:
            item = QListWidgetItem(entry.icon, entry.title)
            item.setData(_SECOND, entry.why_not or entry.keys)
            item.setData(_ENTRY, entry)
            if entry.why_not:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _choose(self) -> None:
        entry = self.list.currentIndex().data(_ENTRY)
        if isinstance(entry, Entry) and not entry.why_not:
            self.hide()
            entry.call()


class _Row(QStyledItemDelegate):
    """Draws a row: icon, title, and at the right the shortcut, or why the command is not possible."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        state: QStyle.StateFlag = option.state
        palette: QPalette = option.palette
        selected = bool(state & QStyle.StateFlag.State_Selected)
        enabled = bool(state & QStyle.StateFlag.State_Enabled)
        rect: QRect = option.rect.adjusted(10, 0, -12, 0)
        side = option.fontMetrics.height()
        painter.save()
        if selected:
            faint = QColor(palette.color(QPalette.ColorRole.Highlight))
            faint.setAlphaF(0.16)
            painter.fillRect(option.rect, faint)
            painter.fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), palette.highlight())
        symbol = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(symbol, QIcon):
            symbol.paint(painter, QRect(rect.left(), rect.center().y() - side // 2, side, side))
        group = QPalette.ColorGroup.Active if enabled else QPalette.ColorGroup.Disabled
        painter.setPen(palette.color(group, QPalette.ColorRole.Text))
        text = rect.adjusted(side + 12, 0, 0, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        second = str(index.data(_SECOND) or "")
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, second)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, option.fontMetrics.height() + 14)
