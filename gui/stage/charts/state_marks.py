"""Draws states of the ledger on the stage: a colour with a hatch, and a legend in words."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen

from gui.stage.look import fill_of, hatch_of
from gui.stage.paper import Paper


def draw_state(paper: Paper, room: QRectF, state: str, frame: QPen) -> None:
    """Fill a box with a state's colour and hatch."""
    painter = paper.painter
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill_of(state))
    painter.drawRect(room)
    painter.setBrush(hatch_of(state, paper.look.height))
    painter.setPen(frame)
    painter.drawRect(room)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def draw_legend(paper: Paper, room: QRectF, entries: Iterable[tuple[str, str]]) -> float:
    """Draw a legend of (state, words) entries with their colours and hatches; return where it ends."""
    look, size = paper.look, paper.look.small_px
    x, y, pitch = room.left(), room.top(), size * 1.5
    for state, words in entries:
        width = paper.width_of(words, size) + size * 2.4
        if x > room.left() and x + width > room.right():
            x, y = room.left(), y + pitch
        draw_state(paper, QRectF(x, y + size * 0.25, size * 1.1, size), state, QPen(look.rule, 1))
        paper.text(QRectF(x + size * 1.5, y, max(1.0, room.right() - x - size * 1.5), pitch), words, size)
        x += width
    return y + pitch * 1.15
