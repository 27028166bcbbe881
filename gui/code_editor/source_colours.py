"""How Python source is coloured, the same wherever it is shown or edited."""

from __future__ import annotations

from typing import Any

from pygments.token import Token
from PySide6.QtGui import QColor, QFont, QTextCharFormat

from gui.widgets.theme import Theme

# The colour (in the theme's series) of each kind of token; the first kind that contains the token's type counts.
_SERIES = (
    (Token.Keyword, 0),
    (Token.Operator.Word, 0),
    (Token.Literal.String, 2),
    (Token.Literal.Number, 1),
    (Token.Name.Builtin, 3),
    (Token.Name.Decorator, 3),
    (Token.Name.Exception, 3),
)
_BOLD = (Token.Name.Function, Token.Name.Class)


def token_style(kind: Any, theme: Theme) -> QTextCharFormat | None:
    """Return the format of a token of this kind, None for plain text."""
    style = QTextCharFormat()
    if kind in Token.Comment:
        style.setForeground(QColor(theme.muted))
        style.setFontItalic(True)
        return style
    if any(kind in each for each in _BOLD):
        style.setFontWeight(QFont.Weight.Bold)
        return style
    for parent, index in _SERIES:
        if kind in parent:
            style.setForeground(QColor(theme.series[index]))
            return style
    return None
