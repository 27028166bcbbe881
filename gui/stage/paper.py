"""Draws on the stage: shrinks text until it fits, but not below the smallest size, and notes what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.stage.line_breaks import with_units
from gui.stage.look import StageLook

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Paper:
    """One painting of a widget. `cuts` are the texts that did not fit, `smallest_px` is the smallest size of text."""

    def __init__(self, widget: QWidget, look: StageLook) -> None:
        self.look = look
        self.painter = QPainter(widget)
        self.painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.cuts: list[str] = []
        self.smallest_px = look.height

    def text(
        self,
        room: QRectF,
        words: str,
        pixels: int,
        color: QColor | None = None,
        align: Qt.AlignmentFlag = _LEFT,
        *,
        bold: bool = False,
        wrap: bool = False,
        fixed: bool = False,
    ) -> QRectF:
        """Write `words` into `room`, at most `pixels` high; return their rectangle."""
        if not words:
            return QRectF(room.topLeft(), room.topLeft())
        words = with_units(words) if wrap else words
        flags = int(align) | int(Qt.TextFlag.TextWordWrap if wrap else Qt.TextFlag.TextSingleLine)
        for size in self._sizes(pixels):
            font = self.look.font(size, bold=bold, fixed=fixed)
            taken = QFontMetricsF(font).boundingRect(room, flags, words)
            if taken.width() <= room.width() + 1 and taken.height() <= room.height() + 1:
                break
        else:
            self.cuts.append(words)
        self.smallest_px = min(self.smallest_px, size)
        self.painter.setFont(font)
        self.painter.setPen(QPen(color or self.look.ink))
        self.painter.drawText(room, flags, words)
        return taken

    def common_size(
        self, lines: Iterable[str], width: float, pixels: int, *, bold: bool = False, fixed: bool = False
    ) -> int:
        """Return the largest size, up to `pixels`, in which each of the lines fits a width."""
        texts = list(lines)
        for size in self._sizes(pixels):
            metrics = QFontMetricsF(self.look.font(size, bold=bold, fixed=fixed))
            if all(metrics.horizontalAdvance(line) <= width for line in texts):
                return size
        return self.look.least_px

    def width_of(self, words: str, pixels: int, *, bold: bool = False, fixed: bool = False) -> float:
        """Return how wide a line of text is."""
        return QFontMetricsF(self.look.font(pixels, bold=bold, fixed=fixed)).horizontalAdvance(words)

    def _sizes(self, pixels: int) -> Iterator[int]:
        least = self.look.least_px
        size = max(pixels, least)
        while size > least:
            yield size
            size = max(least, int(size * 0.93))
        yield least


class StageWidget(QWidget):
    """A widget of the stage that draws itself: subclasses override `draw`.

    After a painting, `cuts` are the texts that did not fit, and `smallest_px` is the smallest size of text.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = StageLook()
        self.cuts: list[str] = []
        self.smallest_px = self.look.height

    def set_look(self, look: StageLook) -> None:
        """Draw with this look from now on."""
        self.look = look
        self.update()

    def draw(self, paper: Paper) -> None:
        """Draw everything."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw everything, and keep which texts did not fit."""
        paper = Paper(self, self.look)
        try:
            self.draw(paper)
        finally:
            paper.painter.end()
        self.cuts, self.smallest_px = paper.cuts, paper.smallest_px
