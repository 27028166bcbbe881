"""The list of completions of the name that is being typed, below the cursor of an editor."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QPlainTextEdit

from gui.code_editor.names import names_at, word_before

_SHOWN = 8
_BY_ITSELF = 2  # letters after which it opens by itself
_TAKES = (Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class NameList(QListWidget):
    """Opens while a name is typed, or by Ctrl+Space, which chooses the first name. Tab and Enter insert a chosen name.

    If no name is chosen, they do what they always do. The editor keeps the focus and passes its keys on.
    """

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Matching names")
        self.setUniformItemSizes(True)
        self.itemClicked.connect(self._take)
        self.hide()

    @property
    def names(self) -> list[str]:
        """The names that are offered."""
        return [self.item(row).text() for row in range(self.count())] if not self.isHidden() else []

    def on_key(self, event: QKeyEvent) -> bool:
        """Handle a key that belongs to the list; return whether it did."""
        key = event.key()
        if key == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._open(least=0)
            self.setCurrentRow(0)
        elif self.isHidden() or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            self.setCurrentRow(max(0, (self.currentRow() + step) % self.count()))
        elif key in _TAKES and self.currentRow() >= 0:
            self._take(self.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.hide()
        else:
            return False
        return True

    def after_key(self, event: QKeyEvent) -> None:
        """Update the list after a key: a letter was added or removed; anything else closes the list."""
        text = event.text()
        if text and (text.isidentifier() or text.isdigit()):
            self._open(least=_BY_ITSELF)
        elif event.key() == Qt.Key.Key_Backspace and not self.isHidden():
            self._open(least=1)
        else:
            self.hide()

    def _open(self, least: int) -> None:
        cursor = self._editor.textCursor()
        place, source = _units(self._editor.toPlainText(), cursor)
        prefix = word_before(source, place)
        names = names_at(source, place) if len(prefix) >= least and not cursor.hasSelection() else []
        chosen = self.currentRow() >= 0 and not self.isHidden()
        self.clear()
        self.addItems(names)
        self.setCurrentRow(0 if chosen and names else -1)
        self.setVisible(bool(names))
        if names:
            self._put()

    def _put(self) -> None:
        rect, view = self._editor.cursorRect(), self._editor.viewport()
        height = self.sizeHintForRow(0) * min(self.count(), _SHOWN) + 2 * self.frameWidth()
        width = min(self.sizeHintForColumn(0) + 2 * self.frameWidth() + 24, view.width())
        below = view.height() - rect.bottom() - 2
        height = min(height, max(below, rect.top()))
        top = rect.bottom() + 2 if height <= below else rect.top() - height
        left = max(0, min(rect.left(), view.width() - width))
        place = view.mapTo(self._editor, QPoint(left, top))
        self.setGeometry(place.x(), place.y(), width, height)
        self.raise_()

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        cursor = self._editor.textCursor()
        place, source = _units(self._editor.toPlainText(), cursor)
        cursor.insertText(item.text()[len(word_before(source, place)) :])
        self.hide()


def _units(source: str, cursor: QTextCursor) -> tuple[int, str]:
    """Return the cursor's place in Python's characters, as Qt counts characters beyond U+FFFF twice."""
    place = cursor.position()
    before = source.encode("utf-16-le", "surrogatepass")[: 2 * place].decode("utf-16-le", "surrogatepass")
    return len(before), source
