"""How a state is painted: its colour, and lines over it that distinguish it without colours too."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QBrush, QColor, QImage, QPainter

from engine.trace.picture.raster import LINES, Lines
from engine.wording.state_colors import SHOWN_COLORS

_STATE_OF = {color: state for state, color in SHOWN_COLORS.items()}


def line_color(state: str, lines: Lines) -> QColor:
    """Return the colour of the lines over a state."""
    color = QColor(SHOWN_COLORS[state])
    return color.darker(165) if lines.dark else color.lighter(165)


def fill_state(painter: QPainter, place: QRectF | QRect, state: str) -> None:
    """Fill a rectangle with a state's colour and lines."""
    painter.fillRect(place, QColor(SHOWN_COLORS[state]))
    lines = line_brush(state)
    if lines is not None:
        painter.fillRect(place, lines)


def fill_color(painter: QPainter, place: QRectF, color: str) -> None:
    """Fill a rectangle with a colour, and with a state's lines if the colour is a state's."""
    if color in _STATE_OF:
        fill_state(painter, place, _STATE_OF[color])
    else:
        painter.fillRect(place, QColor(color))


def line_brush(state: str) -> QBrush | None:
    """Return the brush for the lines over a state, None for a state without lines."""
    return _brush(state) if state in LINES else None


@cache
def _brush(state: str) -> QBrush:
    lines = LINES[state]
    image = QImage(lines.pitch_px, lines.pitch_px, QImage.Format.Format_ARGB32)
    image.fill(0)
    for row in range(lines.pitch_px - lines.px, lines.pitch_px):
        for column in range(lines.pitch_px):
            image.setPixelColor(column, row, line_color(state, lines))
    return QBrush(image)
