"""The timeline as an image: for every lane and every column of pixels, the states that fill it, by their shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.conductor.protocol import LEDGER_STATES
from gui.views._lane_shares import LaneShares
from gui.views._phase_store import PhaseStore
from gui.views._phase_sum import PhaseSum
from gui.views._phase_track import Kind, PhaseTrack

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]
STATES: Final = len(LEDGER_STATES)
NOTHING: Final = STATES  # the colour of no phase: one beyond the states
BETWEEN: Final = STATES + 1  # where there is no lane
_CPU, _CPU_WAIT, _GIL, _IO, _LOCK, _LOOP, _TRANSPORT, _IDLE = range(STATES)
# A kind of phase that may be any of several states, which are told apart by the ledger, and what it is without one.
_DIVIDED: Final = (
    (Kind.COMPUTE, [_CPU, _CPU_WAIT, _GIL], _CPU),
    (Kind.OPEN, [_CPU, _CPU_WAIT, _GIL, _IO, _LOCK], _CPU),
)
_STACKED_PX: Final = 9  # lanes that are lower show the one state that had most of a column
_COLUMN_PX: Final = 2
FINE_CELLS: Final = 32_000  # lanes times columns that are worked out at most
DRAFT_CELLS: Final = 12_000  # while what is seen moves


@dataclass(frozen=True)
class Strip:
    """Some lanes that are drawn as one, mostly a single lane: how far below the top, and how high with its gap."""

    lanes: tuple[int, ...]
    top_px: int
    height_px: int


@dataclass(frozen=True)
class Window:
    """Which part of the timeline is drawn: times in nanoseconds, and the strips that are seen."""

    begin_ns: int
    end_ns: int
    width_px: int
    strips: tuple[Strip, ...]
    cells: int = FINE_CELLS


def paint(store: PhaseStore, shares: LaneShares, window: Window) -> Pixels:
    """Return the states' numbers as pixels: shape (height, columns); a column is some pixels wide."""
    columns = max(1, min(window.width_px // _COLUMN_PX, window.cells // max(1, len(window.strips))))
    edges = np.linspace(window.begin_ns, window.end_ns, columns + 1).astype(np.int64)
    places = shares.places((edges[:-1] + edges[1:]) // 2)
    height = max((strip.top_px + strip.height_px for strip in window.strips), default=1)
    picture = np.full((height, columns), BETWEEN, np.uint8)
    for strip in window.strips:
        body = strip.height_px - max(1, strip.height_px // 6) if strip.height_px > 2 else strip.height_px
        rows = picture[strip.top_px : strip.top_px + body]
        rows[:] = picture[strip.top_px + body : strip.top_px + strip.height_px] = NOTHING
        track, mixed = _asked(store, shares, strip.lanes, places)
        if track is not None and track.count:
            filled = fill(track, edges, mixed)
            rows[:] = _stacked(filled, body) if body >= _STACKED_PX else _dominant(filled)
    return picture


def _asked(
    store: PhaseStore, shares: LaneShares, lanes: tuple[int, ...], places: npt.NDArray[np.int64]
) -> tuple[PhaseTrack | PhaseSum | None, Floats | None]:
    if len(lanes) > 1:
        return store.sum_of(lanes), shares.of_many(lanes, places)
    lane = lanes[0]
    return (store.tracks[lane], shares.of(lane, places)) if lane < len(store.tracks) else (None, None)


def fill(track: PhaseTrack | PhaseSum, edges: npt.NDArray[np.int64], mixed: Floats | None) -> Floats:
    """Return what part of each column between `edges` each state fills on a lane: shape (columns, states).

    `mixed` tells what the lane's time was made of around each column; None where that was not measured.
    """
    kinds = np.diff(track.covered(edges), axis=0) / np.maximum(np.diff(edges), 1)[:, None]
    there = kinds.sum(axis=0) > 0
    filled = np.zeros((len(edges) - 1, STATES))
    filled[:, _IO] = kinds[:, Kind.IO]
    filled[:, _LOCK] = kinds[:, Kind.LOCK]
    # One coroutine of many runs at a time, and a tick is too coarse to say which: those that are ready, wait.
    filled[:, _LOOP] = kinds[:, Kind.LOOP]
    for kind, states, otherwise in _DIVIDED:
        if there[kind]:
            _divide(filled, kinds[:, kind], mixed, states, otherwise)
    return filled


def _divide(filled: Floats, amount: Floats, mixed: Floats | None, states: list[int], otherwise: int) -> None:
    """Add an amount to states in proportion to what was measured of them; to `otherwise` where nothing was."""
    if mixed is None:
        filled[:, otherwise] += amount
        return
    part = mixed[:, states]
    total = part.sum(axis=1)
    known = total > 0
    filled[:, otherwise] += np.where(known, 0.0, amount)
    filled[:, states] += part * np.divide(amount, total, out=np.zeros_like(total), where=known)[:, None]


def _stacked(filled: Floats, height: int) -> Pixels:
    """Return columns in which each state has its share of the height, from the top; the rest is nothing."""
    bounds = np.rint(np.cumsum(filled, axis=1) * height).astype(np.int16)
    rows = np.arange(height, dtype=np.int16)[:, None]
    # The number of states whose part of the column ends above a pixel is the state of that pixel.
    state = np.zeros((height, len(filled)), np.uint8)
    for number in range(STATES):
        state += rows >= bounds[:, number]
    return state


def _dominant(filled: Floats) -> Pixels:
    """Return the one state of each column that fills most of it, nothing where less than a tenth is filled."""
    return np.where(filled.sum(axis=1) >= 0.1, filled.argmax(axis=1), NOTHING).astype(np.uint8)
