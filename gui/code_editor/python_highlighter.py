"""Colours Python source in the theme's own colours, including strings over several lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from pygments.lexers import PythonLexer
from pygments.token import Token
from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.code_editor.source_colours import token_style
from gui.widgets.theme import Theme


@dataclass(slots=True)
class _Line:
    """The coloured ranges of one line, in UTF-16 units like Qt, and whether a string continues after it."""

    spans: list[tuple[int, int, QTextCharFormat]] = field(default_factory=list)
    open_string: bool = False


class PythonHighlighter(QSyntaxHighlighter):
    """Lexes the whole document once after each change, and gives each line its part."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._lexer = PythonLexer(stripnl=False, ensurenl=True)
        self._revision = -1
        self._lines: list[_Line] = []
        self._formats: dict[object, QTextCharFormat | None] = {}
        self._theme = theme

    def set_theme(self, theme: Theme) -> None:
        """Colour with `theme`."""
        self._theme = theme
        self._formats.clear()
        self._revision = -1
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        document = self.document()
        if document.revision() != self._revision:
            self._revision = document.revision()
            self._lines = self._lex(document.toPlainText())
        number = self.currentBlock().blockNumber()
        line = self._lines[number] if number < len(self._lines) else _Line()
        for start, length, style in line.spans:
            self.setFormat(start, length, style)
        # If this state has changed, Qt highlights the next line too, which may look different now.
        self.setCurrentBlockState(1 if line.open_string else 0)

    def _lex(self, source: str) -> list[_Line]:
        lines = [_Line()]
        column = 0
        for kind, value in self._lexer.get_tokens(source):
            style = self._style(kind)
            for index, part in enumerate(value.split("\n")):
                if index:
                    lines[-1].open_string = kind in Token.Literal.String
                    lines.append(_Line())
                    column = 0
                length = len(part) + sum(each > "\uffff" for each in part)
                if length and style is not None:
                    lines[-1].spans.append((column, length, style))
                column += length
        return lines

    def _style(self, kind: object) -> QTextCharFormat | None:
        if kind not in self._formats:
            self._formats[kind] = token_style(kind, self._theme)
        return self._formats[kind]
