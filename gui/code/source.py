"""Shows Python source in the theme's own colours."""

from __future__ import annotations

from pygments.lexers import PythonLexer
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor, QTextDocument

from gui.code_editor.source_colours import token_style
from gui.widgets.theme import Theme


def show_source(document: QTextDocument, source: str, theme: Theme) -> None:
    """Replace the document's text by `source`, coloured."""
    document.clear()
    cursor = QTextCursor(document)
    plain = QTextCharFormat()
    plain.setForeground(QColor(theme.text))
    cursor.beginEditBlock()
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        cursor.insertText(value, token_style(kind, theme) or plain)
    cursor.endEditBlock()
