"""A chart on the stage: a title, what to look at, and one or several runs on the same axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen

from engine.lessons.picture import RunPicture
from gui.stage.look import StageLook
from gui.stage.paper import Paper, StageWidget

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEAST_TITLED: Final = 4.0  # lines of small text: a lower bar keeps its height, and has its title beside it
CENTRE = Qt.AlignmentFlag.AlignCenter


class StageChart(StageWidget):
    """Shows `runs` on the same axes, the first one behind. Subclasses draw into the space below the heading."""

    title = ""

    def __init__(self, look_at: str = "") -> None:
        super().__init__()
        self.look_at = look_at
        self.runs: tuple[RunPicture, ...] = ()
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(look_at)

    def show_runs(self, runs: Sequence[RunPicture]) -> None:
        """Show these runs from now on."""
        self.runs = tuple(runs)
        self.update()

    def draw(self, paper: Paper) -> None:
        """Draw the heading, and the chart below it."""
        look, width = self.look, float(self.width())
        heading = look.small_px * 1.5
        paper.text(QRectF(0, 0, width, heading), self.title, round(look.small_px * 1.1), bold=True)
        top = heading
        if self.look_at:
            room = QRectF(0, top, width, look.small_px * 2.7)
            taken = paper.text(room, self.look_at, look.small_px, look.quiet, _TOP, wrap=True)
            top = max(top + look.small_px * 1.4, taken.bottom()) + look.small_px * 0.3
        room = QRectF(0, top, width, max(1.0, self.height() - top))
        if self.runs:
            self.draw_runs(paper, room)
        else:
            paper.text(room, "Not run yet", look.small_px, look.quiet, CENTRE)

    def draw_runs(self, paper: Paper, room: QRectF) -> None:
        """Draw `self.runs`, of which there is at least one."""


_TOP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


def frame(paper: Paper, room: QRectF, look: StageLook) -> None:
    """Draw the two axes' lines of a plot."""
    paper.painter.setPen(QPen(look.rule, look.line * 0.5))
    paper.painter.drawLine(room.bottomLeft(), room.bottomRight())
    paper.painter.drawLine(room.bottomLeft(), room.topLeft())


def bar(paper: Paper, room: QRectF, color: QColor, *, ghost: bool = False) -> None:
    """Draw a bar; a `ghost` is only an outline."""
    painter = paper.painter
    if ghost:
        painter.setPen(QPen(color, paper.look.line, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
    painter.drawRect(room)
    painter.setBrush(Qt.BrushStyle.NoBrush)
