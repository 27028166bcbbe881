"""Indents Python source in a text editor by Tab, Enter and Backspace."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlock, QTextCursor

WIDTH = 4
# These end a block: the next line is indented one level less.
_LAST_WORDS = ("return", "pass", "raise", "break", "continue")


def on_key(cursor: QTextCursor, key: int) -> bool:
    """Carry out `key` at `cursor` if it concerns indentation; return whether it did."""
    if key == Qt.Key.Key_Tab:
        _indent(cursor)
    elif key == Qt.Key.Key_Backtab:
        _outdent(cursor)
    elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        _new_line(cursor)
    elif key == Qt.Key.Key_Backspace and _in_indentation(cursor):
        column = cursor.positionInBlock()
        _delete_before(cursor, (column - 1) % WIDTH + 1)
    else:
        return False
    return True


def _indent(cursor: QTextCursor) -> None:
    if not cursor.hasSelection():
        cursor.insertText(" " * (WIDTH - cursor.positionInBlock() % WIDTH))
        return
    cursor.beginEditBlock()
    for block in _selected_blocks(cursor):
        if block.text().strip():
            QTextCursor(block).insertText(" " * WIDTH)
    cursor.endEditBlock()


def _outdent(cursor: QTextCursor) -> None:
    cursor.beginEditBlock()
    for block in _selected_blocks(cursor):
        text = block.text()
        removed = 1 if text.startswith("\t") else min(WIDTH, len(text) - len(text.lstrip(" ")))
        start = QTextCursor(block)
        start.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, removed)
        start.removeSelectedText()
    cursor.endEditBlock()


def _new_line(cursor: QTextCursor) -> None:
    before = cursor.block().text()[: cursor.positionInBlock()]
    indent = before[: len(before) - len(before.lstrip())]
    code = before.partition("#")[0].rstrip()
    if code.endswith((":", "(", "[", "{")):
        indent += " " * WIDTH
    elif code.split() and code.split()[0] in _LAST_WORDS and code.count("(") == code.count(")"):
        indent = indent[:-WIDTH]
    cursor.insertText("\n" + indent)


def _in_indentation(cursor: QTextCursor) -> bool:
    before = cursor.block().text()[: cursor.positionInBlock()]
    return not cursor.hasSelection() and bool(before) and not before.strip(" ")


def _delete_before(cursor: QTextCursor, count: int) -> None:
    cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, count)
    cursor.removeSelectedText()


def _selected_blocks(cursor: QTextCursor) -> list[QTextBlock]:
    document = cursor.document()
    block = document.findBlock(cursor.selectionStart())
    last = document.findBlock(max(cursor.selectionStart(), cursor.selectionEnd() - cursor.hasSelection()))
    blocks = [block]
    while block.blockNumber() < last.blockNumber():
        block = block.next()
        blocks.append(block)
    return blocks
