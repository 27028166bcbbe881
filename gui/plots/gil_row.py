"""Paints the GIL's row: its holders' colours, and their numbers where there is room."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from engine.trace.picture.gil_rows import BLANK, COLORS, Workers, paint_gil, stretches
from engine.trace.picture.held import Held
from engine.trace.picture.run_looks import RunLooks
from engine.wording.worker_names import worker_mark
from gui.widgets.fonts import font
from gui.widgets.theme import Theme
from gui.widgets.worker_colors import ink_on_worker, worker_colors

_LEAST_ROOM: Final = 1.5  # a number is written if its stretch is at least this many times as wide as the number


def gil_image(
    looks: RunLooks, held: Held, workers: Workers, span_ns: tuple[int, int], size: tuple[int, int], theme: Theme
) -> QImage:
    """Return a row as an image of `size` pixels."""
    pixels = paint_gil(looks, held, workers, *span_ns, max(2, size[0]), max(1, size[1]))
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable([QColor(color).rgb() for color in gil_colors(theme)])
    return image.convertToFormat(QImage.Format.Format_RGB32)


def gil_colors(theme: Theme) -> list[str]:
    """Return the row's colour table: the workers, another thread, nobody, not known, its hatching, and no looks."""
    colors = [*worker_colors(theme)[:COLORS], theme.muted, theme.grid if theme.dark else "#E4E8EC"]
    colors += [theme.window, theme.muted, theme.window]
    assert len(colors) == BLANK + 1
    return colors


def paint_numbers(
    painter: QPainter,
    place: QRectF,
    span_ns: tuple[int, int],
    looks: RunLooks,
    held: Held,
    workers: Workers,
    names: list[str],
    theme: Theme,
) -> None:
    """Write the workers' numbers into the stretches that have room for them."""
    small = font(min(theme.font_pt, max(6.0, place.height() * 0.45)), QFont.Weight.DemiBold)
    metrics = QFontMetricsF(small)
    if metrics.height() > place.height() * 1.1 or place.width() < 1:
        return
    scale = place.width() / max(1, span_ns[1] - span_ns[0])
    painter.setFont(small)
    painter.setPen(QColor(ink_on_worker(theme)))
    least_ns = metrics.horizontalAdvance("8") * _LEAST_ROOM / scale
    for each in stretches(looks, held, workers, *span_ns, least_ns):
        left, right = ((time - span_ns[0]) * scale + place.left() for time in (each.begin_ns, each.end_ns))
        number = worker_mark(names[each.lane]) if each.lane < len(names) else ""
        if right - left >= metrics.horizontalAdvance(number) + 4:
            room = QRectF(left, place.top(), right - left, place.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, number)


def say_in_row(painter: QPainter, theme: Theme, place: QRectF, words: str) -> None:
    """Write into the row why it has no GIL."""
    painter.fillRect(place, QColor(theme.window))
    small = font(min(theme.font_pt * 0.95, max(6.0, place.height() * 0.55)))
    painter.setFont(small)
    painter.setPen(QColor(theme.text))
    inside = place.adjusted(8 * theme.scale, 0, -4, 0)
    shown = QFontMetricsF(small).elidedText(words, Qt.TextElideMode.ElideRight, inside.width())
    painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
