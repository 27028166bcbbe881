"""Paints the labels of the timeline's lanes: workers' names, and the headings of their groups."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPolygonF

from engine.trace.picture.gil_rows import holder_at
from engine.trace.picture.now import Doing, doing, mark
from engine.trace.picture.thread_store import ThreadStore
from engine.wording.state_names import STARTING
from gui.timeline.scene import SeenRow, TimelineScene
from gui.widgets.fonts import font
from gui.widgets.state_fill import fill_state
from gui.widgets.worker_colors import worker_color

_INDENT: Final = 12  # pixels a level, at scale 1


def paint_labels(painter: QPainter, scene: TimelineScene) -> None:
    """Paint every visible heading, and as many names as there is room for."""
    seen = scene.seen
    for each in seen:
        if each.row.group is not None:
            _paint_heading(painter, scene, each)
    _paint_names(painter, scene, [each for each in seen if each.row.lane is not None or each.row.gil is not None])


def _paint_heading(painter: QPainter, scene: TimelineScene, seen: SeenRow) -> None:
    theme, row, body = scene.theme, seen.row, scene.body()
    assert row.group is not None
    left = 4 * theme.scale + row.group.depth * _INDENT * theme.scale
    size = 3.5 * theme.scale
    middle = seen.top + seen.height / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.muted))
    painter.drawPolygon(_triangle(QPointF(left + size, middle), size, folded=row.folded))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    left += 3.5 * size
    # A folded group has its strip where an open group's text continues.
    place = QRectF(left, seen.top, (body.left() if row.folded else body.right()) - left - 4, seen.height)
    small = font(theme.font_pt * 0.9, QFont.Weight.DemiBold if row.group.depth == 0 else QFont.Weight.Normal)
    words = row.label if row.folded else row.group.title
    painter.setFont(small)
    painter.setPen(QColor(theme.text))
    shown = QFontMetricsF(small).elidedText(words, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _triangle(middle: QPointF, size: float, *, folded: bool) -> QPolygonF:
    corners = [(-1.0, -0.6), (1.0, -0.6), (0.0, 0.9)]  # points down; folded, to the right
    points = [QPointF(y, x) if folded else QPointF(x, y) for x, y in corners]
    return QPolygonF([middle + point * size for point in points])


def _paint_names(painter: QPainter, scene: TimelineScene, seen: list[SeenRow]) -> None:
    theme, left = scene.theme, scene.body().left()
    pitch = scene.lane_px
    small = font(min(theme.font_pt * 0.95, max(6.0 * theme.scale, pitch * 0.55)))
    metrics = QFontMetricsF(small)
    every = max(1, int(np.ceil(metrics.height() * 0.9 / pitch)))
    painter.setFont(small)
    painter.setPen(QColor(theme.muted))
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextDontClip
    below = -1.0
    now = _at_playhead(scene, seen)
    painter.setPen(QColor(theme.text if now else theme.muted))
    _paint_swatches(painter, scene, seen, now)
    for number, each in enumerate(seen):
        if every > 1 and (number % every or each.top < below):
            continue
        place = QRectF(0, each.top, left - (12 if now else 6) * theme.scale, each.height * 0.9)
        label = each.row.label
        if now and each.row.lane in now:
            what = now[each.row.lane]
            label = f"{label.partition(' · ')[0]}  {what.step or ('starting' if what.state == STARTING else '–')}"
        elif each.row.gil is not None:
            label = _gil_label(scene, label, each.row.gil)
        painter.drawText(place, flags, metrics.elidedText(label, Qt.TextElideMode.ElideLeft, place.width()))
        below = each.top + metrics.height() * 0.9


def _at_playhead(scene: TimelineScene, seen: list[SeenRow]) -> dict[int, Doing]:
    """Return what the visible lanes do at the playhead; nothing if there is none."""
    store, time_ns = scene.store, scene.playhead_ns
    if store is None or time_ns is None:
        return {}
    count = len(store.lanes) if isinstance(store, ThreadStore) else len(store.tracks)
    lanes = [each.row.lane for each in seen if each.row.lane is not None and each.row.lane < count]
    return {lane: doing(store, scene.shares, lane, time_ns) for lane in lanes}


def _paint_swatches(painter: QPainter, scene: TimelineScene, seen: list[SeenRow], now: dict[int, Doing]) -> None:
    """Mark each lane with its state at the playhead, or with its thread's colour in the row of cores."""
    if scene.store is None:
        return
    wide = (8 if now else 3) * scene.theme.scale
    for each in seen:
        lane = each.row.lane
        if lane is None:
            continue
        high = each.height - max(1, each.height // 6)
        place = QRectF(scene.body().left() - wide - 1, each.top, wide, high)
        if scene.playhead_ns is None:
            painter.fillRect(place, QColor(worker_color(scene.theme, lane)))
        elif lane in now:
            _paint_mark(painter, place, mark(scene.store, scene.shares, lane, scene.playhead_ns))


def _paint_mark(painter: QPainter, place: QRectF, states: list[tuple[str, float]]) -> None:
    """Paint a lane's state at the playhead, or the shares of several if the state is not known."""
    top = place.top()
    for state, share in states:
        fill_state(painter, QRectF(place.left(), top, place.width(), place.height() * share), state)
        top += place.height() * share


def _gil_label(scene: TimelineScene, label: str, pid: int) -> str:
    """Return the name of a GIL's row, and if there is a playhead, the holder's name."""
    held = scene.held(pid)
    if scene.looks is None or held is None or scene.playhead_ns is None:
        return label
    return f"{label}  {holder_at(scene.looks, held, scene.workers, scene.names, scene.playhead_ns)}"
