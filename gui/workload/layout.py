"""Lays out a workload's picture: boxes in rows, steps in the boxes, queues between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from gui.workload.parts import WorkloadPicture

_LEAST_BOX_EMS: Final = 9.0
_MOST_BOX_EMS: Final = 26.0
_GAP_EMS: Final = 1.2
_QUEUE_EMS: Final = 5.0
MOST_STEPS: Final = 4  # drawn in a box; further ones are only counted


@dataclass(frozen=True, slots=True)
class PartPlace:
    """One part's box, the line above it about how tasks arrive (empty: none), and the rows of its steps."""

    box: QRectF
    feed: QRectF
    head: tuple[QRectF, ...]
    steps: tuple[QRectF, ...]
    more: QRectF  # for the text about how many steps are not drawn


@dataclass(frozen=True, slots=True)
class PicturePlaces:
    """Every part's place; `strip` means one line, without steps."""

    parts: tuple[PartPlace, ...]
    height: float
    strip: bool


def places_of(picture: WorkloadPicture, width: float, font: QFont, *, strip: bool) -> PicturePlaces:
    """Return the places of a picture that is `width` pixels wide."""
    metrics = QFontMetricsF(font)
    em, line = metrics.averageCharWidth(), metrics.height()
    count = len(picture.parts)
    if not count:
        return PicturePlaces((), 0.0, strip)
    gap = em * (_QUEUE_EMS if picture.is_pipeline else _GAP_EMS)
    fit = max(1, int((width + gap) // (em * _LEAST_BOX_EMS + gap)))
    a_row = -(-count // -(-count // fit))  # as many in each row
    wide = min((width - gap * (a_row - 1)) / a_row, em * _MOST_BOX_EMS if count > 1 else width)
    places: list[PartPlace] = []
    top = 1.0
    for first in range(0, count, a_row):
        row = range(first, min(first + a_row, count))
        feed = line if not strip and any(picture.parts[each].feed for each in row) else 0.0
        heights = [_box_height(picture, each, line, strip=strip) for each in row]
        for each in row:
            left = 1.0 + (each - first) * (wide + gap)
            places.append(_place(picture, each, QRectF(left, top + feed, wide - 2.0, max(heights)), line, feed))
        top += feed + max(heights) + (line * 1.5 if picture.is_pipeline else em * _GAP_EMS)
    return PicturePlaces(tuple(places), places[-1].box.bottom() + 2.0, strip)


def _box_height(picture: WorkloadPicture, place: int, line: float, *, strip: bool) -> float:
    part = picture.parts[place]
    if strip:
        return line * 1.6
    rows = (2 if part.name else 1) + min(len(part.steps), MOST_STEPS) + (len(part.steps) > MOST_STEPS)
    return line * (rows * 1.15 + 0.6)


def _place(picture: WorkloadPicture, place: int, box: QRectF, line: float, feed: float) -> PartPlace:
    part = picture.parts[place]
    inner = box.adjusted(line * 0.5, line * 0.3, -line * 0.3, -line * 0.3)
    rows = [QRectF(inner.left(), inner.top() + number * line * 1.15, inner.width(), line * 1.15) for number in range(9)]
    head = 2 if part.name else 1
    shown = min(len(part.steps), MOST_STEPS)
    room = box.width() * (2 if picture.is_pipeline else 1)  # above the second stage there is nothing to be said
    above = QRectF(box.left(), box.top() - feed, room, feed) if part.feed and feed else QRectF()
    more = rows[head + shown] if len(part.steps) > MOST_STEPS else QRectF()
    return PartPlace(box, above, tuple(rows[:head]), tuple(rows[head : head + shown]), more)
