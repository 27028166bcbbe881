"""Markdown text on the stage, as large as fits its space."""

from __future__ import annotations

import math
import re
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QAbstractTextDocumentLayout, QPalette, QTextCursor, QTextDocument, QTextOption
from PySide6.QtWidgets import QWidget

from gui.stage.line_breaks import NO_BREAK, with_units
from gui.stage.paper import Paper, StageWidget

_CODE: Final = re.compile(r"`[^`\n]{1,24}`")  # short code is not broken at the end of a line


class StageText(StageWidget):
    """A text; its size is `share` of the stage's height, or less if it does not fit."""

    def __init__(self, share: float = 1 / 22, *, bold: bool = False, centred: bool = False) -> None:
        super().__init__()
        self._share, self._bold, self._centred = share, bold, centred
        self._words = ""
        self.setMinimumHeight(1)

    @property
    def words(self) -> str:
        """The Markdown that is shown."""
        return self._words

    def set_words(self, words: str) -> None:
        """Show another text."""
        self._words = words
        self.setAccessibleName(words)
        self.update()

    def height_in(self, width: int, most: int) -> int:
        """Return how high it is in a width, at the largest size in which it is at most so high."""
        return min(most, math.ceil(self._fitted(width, most)[1].size().height()))

    def _fitted(self, width: int, most: int) -> tuple[int, QTextDocument]:
        """Return the text at the largest size that fits, and that size."""
        size = max(round(self.look.height * self._share), self.look.least_px)
        document = self._document(size, width)
        while document.size().height() > most + 1 and size > self.look.least_px:
            size = max(self.look.least_px, int(size * 0.94))
            document = self._document(size, width)
        return size, document

    def draw(self, paper: Paper) -> None:
        """Write the text in the largest size that fits."""
        if not self._words:
            return
        size, document = self._fitted(self.width(), self.height())
        if document.size().height() > self.height() + 1 or document.idealWidth() > self.width() + 1:
            paper.cuts.append(self._words)
        paper.smallest_px = size
        self._paint(paper, document)

    def _paint(self, paper: Paper, document: QTextDocument) -> None:
        free = self.height() - document.size().height()
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, self.look.ink)
        context.palette.setColor(QPalette.ColorRole.Link, self.look.accent)
        context.clip = QRectF(QPointF(0, 0), QSizeF(self.width(), document.size().height()))
        paper.painter.translate(0, max(0.0, free / 2) if self._centred else 0.0)
        document.documentLayout().draw(paper.painter, context)

    def _document(self, size: int, width: int) -> QTextDocument:
        document = QTextDocument()
        document.setDocumentMargin(0)
        document.setDefaultFont(self.look.font(size, bold=self._bold))
        option = QTextOption(Qt.AlignmentFlag.AlignHCenter if self._centred else Qt.AlignmentFlag.AlignLeft)
        document.setDefaultTextOption(option)
        document.setMarkdown(_CODE.sub(lambda code: code[0].replace(" ", NO_BREAK), with_units(self._words)))
        block = document.begin().next()
        while block.isValid():  # Markdown's paragraphs have no space between them
            shape = block.blockFormat()
            shape.setTopMargin(size * 0.6)
            QTextCursor(block).setBlockFormat(shape)
            block = block.next()
        document.setTextWidth(max(1, width))
        return document


def fitted(share: float, parent: QWidget, *, bold: bool = False, centred: bool = False) -> StageText:
    """Return a text as a child of `parent`."""
    text = StageText(share, bold=bold, centred=centred)
    text.setParent(parent)
    return text
