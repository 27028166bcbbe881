"""The timeline as an image: for every lane and every column of pixels, the states that fill it, by their shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.conductor.protocol import LEDGER_STATES
from gui.views._lane_shares import LaneShares
from gui.views._phase_store import PhaseStore
from gui.views._phase_track import Kind

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]
STATES: Final = len(LEDGER_STATES)
NOTHING: Final = STATES  # the colour of no phase: one beyond the states
_CPU, _CPU_WAIT, _GIL, _IO, _LOCK, _LOOP, _TRANSPORT, _IDLE = range(STATES)
_RUNNABLE: Final = [_CPU, _CPU_WAIT, _GIL]
_OPEN: Final = [_CPU, _CPU_WAIT, _GIL, _IO, _LOCK]
_STACKED_PX: Final = 9  # lanes that are lower show the one state that had most of a column
_COLUMN_PX: Final = 2


@dataclass(frozen=True)
class Window:
    """Which part of the timeline is drawn: times in nanoseconds, lanes from `first`, each `lane_px` high."""

    begin_ns: int
    end_ns: int
    width_px: int
    first: int
    lanes: int
    lane_px: int


def paint(store: PhaseStore, shares: LaneShares, window: Window) -> Pixels:
    """Return the states' numbers as pixels: shape (lanes * lane_px, columns); a column is `_COLUMN_PX` wide."""
    columns = max(1, window.width_px // _COLUMN_PX)
    edges = np.linspace(window.begin_ns, window.end_ns, columns + 1).astype(np.int64)
    picture = np.full((window.lanes * window.lane_px, columns), NOTHING, np.uint8)
    body = max(1, window.lane_px - max(1, window.lane_px // 6)) if window.lane_px > 2 else window.lane_px
    for row in range(window.lanes):
        lane = window.first + row
        if lane < len(store.tracks) and store.tracks[lane].count:
            filled = fill(store, shares, lane, edges)
            top = row * window.lane_px
            picture[top : top + body] = _stacked(filled, body) if body >= _STACKED_PX else _dominant(filled)
    return picture


def fill(store: PhaseStore, shares: LaneShares, lane: int, edges: npt.NDArray[np.int64]) -> Floats:
    """Return what part of each column between `edges` each state fills on a lane: shape (columns, states)."""
    track = store.tracks[lane]
    lengths = np.maximum(np.diff(edges), 1)[:, None]
    kinds = np.diff(track.covered(edges), axis=0) / lengths
    filled = np.zeros((len(edges) - 1, STATES))
    filled[:, _IO] = kinds[:, Kind.IO]
    filled[:, _LOCK] = kinds[:, Kind.LOCK]
    filled[:, _LOOP] = kinds[:, Kind.LOOP]
    mixed = shares.of(lane, (edges[:-1] + edges[1:]) // 2)
    _spread(filled, kinds[:, Kind.COMPUTE], mixed, _RUNNABLE)
    _spread(filled, kinds[:, Kind.OPEN], mixed, _OPEN)
    # On an event loop only the coroutine that runs, runs: what a ready one spends on a core is told by its lane.
    running = filled[:, _LOOP] * _part(mixed, _CPU, [_CPU, _LOOP])
    filled[:, _LOOP] -= running
    filled[:, _CPU] += running
    return filled


def _spread(filled: Floats, amount: Floats, mixed: Floats, states: list[int]) -> None:
    """Divide an amount over states in proportion to the shares; all of it is `cpu` where these say nothing."""
    part = mixed[:, states]
    total = part.sum(axis=1)
    known = total > 0
    filled[:, _CPU] += np.where(known, 0.0, amount)
    scale = np.where(known, amount / np.where(known, total, 1.0), 0.0)
    filled[:, states] += part * scale[:, None]


def _part(mixed: Floats, state: int, of: list[int]) -> Floats:
    total = mixed[:, of].sum(axis=1)
    return np.asarray(np.where(total > 0, mixed[:, state] / np.where(total > 0, total, 1.0), 0.0))


def _stacked(filled: Floats, height: int) -> Pixels:
    """Return columns in which each state has its share of the height, from the top; the rest is nothing."""
    bounds = np.rint(np.cumsum(filled, axis=1) * height)
    rows = np.arange(height)
    # The number of states whose part of the column ends above a pixel is the state of that pixel.
    return np.asarray((rows[:, None, None] >= bounds[None, :, :]).sum(axis=2), np.uint8)


def _dominant(filled: Floats) -> Pixels:
    """Return the one state of each column that fills most of it, nothing where less than a tenth is filled."""
    return np.where(filled.sum(axis=1) >= 0.1, filled.argmax(axis=1), NOTHING).astype(np.uint8)
