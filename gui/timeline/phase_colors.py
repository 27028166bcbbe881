"""Paints the lanes in the colours of their steps or tasks, instead of their states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage

from engine.record.lane_reader import QUEUED
from engine.record.phases import places_of
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.raster import Strip, Window
from gui.widgets.theme import Theme

_COLUMN_PX: Final = 2
NOTHING: Final = 0  # no phase
BETWEEN: Final = 1  # no lane
_FIRST: Final = 2


def step_keys(steps: Mapping[int, str], theme: Theme) -> list[tuple[str, str]]:
    """Return the colour and the name of each step, in their order; a step that occurs twice has one colour."""
    colors = theme.series
    names = dict.fromkeys(name for place, name in steps.items() if place != QUEUED)
    return [(colors[number % len(colors)], name) for number, name in enumerate(names)]


def colored_image(store: PhaseStore, window: Window, by: str, theme: Theme) -> QImage:
    """Return the lanes as an image: each column has the colour of the phase in its middle.

    `by` is `step` or `task`; tasks' colours repeat, but neighbours on a lane have different ones.
    """
    columns = max(1, window.width_px // _COLUMN_PX)
    edges = np.linspace(window.begin_ns, window.end_ns, columns + 1)
    middles = ((edges[:-1] + edges[1:]) / 2).astype(np.int64)
    height = max((strip.top_px + strip.height_px for strip in window.strips), default=1)
    picture = np.full((height, columns), BETWEEN, np.uint8)
    for strip in window.strips:
        body = strip.height_px - max(1, strip.height_px // 6) if strip.height_px > 2 else strip.height_px
        picture[strip.top_px : strip.top_px + strip.height_px] = NOTHING
        picture[strip.top_px : strip.top_px + body] = _colors_of(store, strip, middles, by, len(theme.series))
    image = QImage(np.ascontiguousarray(picture).data, columns, height, columns, QImage.Format.Format_Indexed8)
    image.setColorTable([QColor(color).rgb() for color in (theme.window, theme.panel, *theme.series)])
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _colors_of(
    store: PhaseStore, strip: Strip, middles: npt.NDArray[np.int64], by: str, colors: int
) -> npt.NDArray[np.uint8]:
    """Return the index of the colour in each column of a strip: of the first of its lanes that has a phase there."""
    found = np.full(len(middles), NOTHING, np.uint8)
    order = {place: number for number, place in enumerate(place for place in store.steps if place != QUEUED)}
    for lane in strip.lanes:
        if lane >= len(store.tracks) or not store.tracks[lane].count:
            continue
        track = store.tracks[lane]
        places = np.searchsorted(track.start, middles, side="right") - 1
        inside = (places >= 0) & (track.end[np.maximum(places, 0)] > middles) & (found == NOTHING)
        records = track.records[places[inside]]
        if by == "task":
            numbers = records["task"].astype(np.int64)
        else:
            known, where = np.unique(places_of(records), return_inverse=True)
            numbers = np.array([order.get(place, 0) for place in known.tolist()], np.int64)[where]
        found[inside] = (_FIRST + numbers % colors).astype(np.uint8)
    return found
