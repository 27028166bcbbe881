"""Shows Python source in the theme's own colours."""

from __future__ import annotations

from typing import Any

from pygments.lexers import PythonLexer
from pygments.token import Token
from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor, QTextDocument

from gui.theme import Theme

# Which colour of the theme's series a kind of token has; the first that contains the token's type counts.
_SERIES = (
    (Token.Keyword, 0),
    (Token.Operator.Word, 0),
    (Token.Literal.String, 2),
    (Token.Literal.Number, 1),
    (Token.Name.Builtin, 3),
    (Token.Name.Decorator, 3),
    (Token.Name.Exception, 3),
)


def show_source(document: QTextDocument, source: str, theme: Theme) -> None:
    """Replace the document's text by `source`, coloured."""
    document.clear()
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        cursor.insertText(value, _style(kind, theme))
    cursor.endEditBlock()


def _style(kind: Any, theme: Theme) -> QTextCharFormat:
    style = QTextCharFormat()
    style.setForeground(QColor(theme.text))
    if kind in Token.Comment:
        style.setForeground(QColor(theme.muted))
        style.setFontItalic(True)
    elif kind in Token.Name.Function or kind in Token.Name.Class:
        style.setFontWeight(QFont.Weight.Bold)
    else:
        found = next((index for parent, index in _SERIES if kind in parent), None)
        if found is not None:
            style.setForeground(QColor(theme.series[found]))
    return style
