"""An editor for a person's own Python code: line numbers, indentation, colours, and errors marked at their line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontDatabase,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextOption,
)
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QTextEdit, QToolTip, QWidget

from gui.code_editor import indentation
from gui.code_editor.name_list import NameList
from gui.code_editor.python_highlighter import PythonHighlighter
from gui.code_editor.remarks import Remark, find_remarks
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import LIGHT, Theme

_VISIBLE_LINES = 6
_REMARKS_MS = 300  # after the last key
_TABS = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_HELD = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)


class CodeEditor(QPlainTextEdit):
    """Edits source and never runs it. `edited` carries the whole source when a person has changed it.

    Tab and Shift+Tab indent; Ctrl+Tab and Ctrl+Shift+Tab leave the editor. If the focus came by Tab and no other key
    was pressed, Tab moves the focus on and changes nothing. `remarks` are pyflakes' warnings, soon after the last key.
    """

    edited = Signal(str)
    remarked = Signal()  # the remarks or the error have changed
    large_requested = Signal()  # by F8

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._source = ""
        self.error_line = 0
        self.error_text = ""
        self.remarks: tuple[Remark, ...] = ()
        self._error_column = 0
        self._passing = False
        self._numbers = _LineNumbers(self)
        self.names = NameList(self)
        self.installEventFilter(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REMARKS_MS)
        self._later.timeout.connect(self._find_remarks)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # a narrow dock hides no code
        self.setAccessibleName("Source")
        self._highlighter = PythonHighlighter(self.document(), self._theme)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._on_update_request)
        self.cursorPositionChanged.connect(self._mark)
        self.textChanged.connect(self._on_text_changed)
        self._set_font()

    def source(self) -> str:
        """Return the present source."""
        return self.toPlainText()

    def set_source(self, source: str) -> None:
        """Show another source and keep the cursor if possible; Undo reverts this, except for the first source."""
        if source == self.toPlainText():
            return
        first = self.document().isEmpty() and not self.document().isUndoAvailable()
        self._source = source
        place = self.textCursor().position()
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(source)
        if first:  # Undo must not restore the editor's empty text from before it
            self.document().clearUndoRedoStacks()
        cursor.setPosition(min(place, self.document().characterCount() - 1))
        self.setTextCursor(cursor)

    def show_error(self, line: int, text: str, column: int = 0) -> None:
        """Mark a line as wrong and say why; lines and columns count from 1, line 0 means no line."""
        self.error_line, self.error_text, self._error_column = line, text, column
        if line and not self.hasFocus():
            self.go_to(line)
        self._mark()
        self._numbers.update()
        self.remarked.emit()

    def clear_error(self) -> None:
        """Remove the mark."""
        self.show_error(0, "")

    def go_to(self, line: int) -> None:
        """Put the cursor at a line's start, and scroll to it."""
        block = self.document().findBlockByNumber(line - 1)
        if block.isValid():
            self.setTextCursor(QTextCursor(block))
            self.ensureCursorVisible()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self._set_font()
        self._highlighter.set_theme(theme)
        self._mark()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height_of(_VISIBLE_LINES))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 16, self._height_of(5))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        escape = watched is self and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if event.type() == QEvent.Type.ShortcutOverride and escape and not self.names.isHidden():
            event.accept()  # so that Esc closes the list of names and does not stop a run
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F8:
            self.names.hide()
            self.large_requested.emit()
        elif not self.names.on_key(event):
            self._on_key(event)
            self.names.after_key(event)

    def _on_key(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in _TABS and (control or self._passing):
            # QPlainTextEdit itself would refuse, because it uses Tab.
            QWidget.focusNextPrevChild(self, event.key() == Qt.Key.Key_Tab)
            return
        self._passing = self._passing and event.key() in _HELD
        if control or not indentation.on_key(self.textCursor(), event.key()):
            super().keyPressEvent(event)
        else:
            self.ensureCursorVisible()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._passing = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.names.hide()
        super().focusOutEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._passing = False
        self.names.hide()
        super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.contentsRect()
        self._numbers.setGeometry(QRect(inside.left(), inside.top(), self.number_width(), inside.height()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._make_room()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            line = self.cursorForPosition(event.pos()).blockNumber() + 1
            texts = [self.error_text] if line == self.error_line else []
            texts += [each.text for each in self.remarks if each.line == line]
            QToolTip.showText(event.globalPos(), plain_tip("\n".join(texts)), self)
            return True
        return super().viewportEvent(event)

    def number_width(self) -> int:
        """Return the width of the column of line numbers."""
        digits = max(2, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("9" * digits) + round(14 * self._theme.scale)

    def paint_numbers(self, event: QPaintEvent) -> None:
        """Paint the line numbers beside the visible lines; a wrong line's number is highlighted."""
        painter = QPainter(self._numbers)
        painter.fillRect(event.rect(), QColor(self._theme.window))
        block = self.firstVisibleBlock()
        top = round(self.blockBoundingGeometry(block).translated(self.contentOffset()).top())
        width = self._numbers.width() - round(6 * self._theme.scale)
        height = self.fontMetrics().height()
        while block.isValid() and top <= event.rect().bottom():
            line = block.blockNumber() + 1
            wrong = line == self.error_line
            if wrong:
                painter.fillRect(0, top, self._numbers.width(), height, QColor(self._theme.danger))
            painter.setPen(QColor(self._theme.panel if wrong else self._theme.muted))
            painter.drawText(0, top, width, height, Qt.AlignmentFlag.AlignRight, str(line))
            top += round(self.blockBoundingRect(block).height())
            block = block.next()

    def _find_remarks(self) -> None:
        found = find_remarks(self.toPlainText())
        if found != self.remarks:
            self.remarks = found
            self._mark()
            self.remarked.emit()

    def _on_text_changed(self) -> None:
        self._later.start()
        source = self.toPlainText()
        if source != self._source:
            self._source = source
            self.edited.emit(source)

    def _on_update_request(self, rect: QRect, scrolled: int) -> None:
        if scrolled:
            self._numbers.scroll(0, scrolled)
        else:
            self._numbers.update(0, rect.y(), self._numbers.width(), rect.height())

    def _make_room(self) -> None:
        self.setViewportMargins(self.number_width(), 0, 0, 0)
        self._numbers.setFixedWidth(self.number_width())

    def _set_font(self) -> None:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(QApplication.font().pointSizeF())
        self.setFont(font)
        self.setTabStopDistance(indentation.WIDTH * self.fontMetrics().horizontalAdvance(" "))
        self._make_room()

    def _mark(self) -> None:
        """Tint the line the cursor is on, and the wrong one."""
        marks = []
        if self.hasFocus():
            marks.append(self._tint(self.textCursor(), QColor(self._theme.window)))
        block = self.document().findBlockByNumber(self.error_line - 1)
        if self.error_line and block.isValid():
            color = QColor(self._theme.danger)
            color.setAlpha(56)
            marks.append(self._tint(QTextCursor(block), color))
            marks.append(self._underline(QTextCursor(block), self._error_column, self._theme.danger))
        for each in self.remarks:
            block = self.document().findBlockByNumber(each.line - 1)
            if block.isValid() and each.line != self.error_line:
                marks.append(self._underline(QTextCursor(block), each.column, self._theme.series[1]))
        self.setExtraSelections(marks)

    def _tint(self, cursor: QTextCursor, color: QColor) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        style = QTextCharFormat()
        style.setBackground(color)
        style.setProperty(QTextFormat.Property.FullWidthSelection, True)
        cursor.clearSelection()
        mark.cursor, mark.format = cursor, style
        return mark

    def _underline(self, cursor: QTextCursor, column: int, color: str) -> QTextEdit.ExtraSelection:
        """Underline from the wrong column on, or the whole line if only the line is known."""
        mark = QTextEdit.ExtraSelection()
        style = QTextCharFormat()
        style.setUnderlineColor(QColor(color))
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        text = cursor.block().text()
        indent = len(text) - len(text.lstrip())
        start = min(max(column - 1, indent), max(len(text) - 1, 0))
        cursor.setPosition(cursor.block().position() + start)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        mark.cursor, mark.format = cursor, style
        return mark

    def _height_of(self, lines: int) -> int:
        margin = round(self.document().documentMargin()) * 2 + self.frameWidth() * 2
        return self.fontMetrics().lineSpacing() * lines + margin


class _LineNumbers(QWidget):
    """The column left of the text; the editor paints it."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        return QSize(self._editor.number_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._editor.paint_numbers(event)
