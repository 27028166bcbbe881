"""Paints the timeline: for every lane and column of pixels, the states that fill it, by their shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import PhaseTrack, PieceKind, covered_many
from engine.trace.picture.lane_shares import LaneShares, Mixed
from engine.trace.picture.ledger_fit import CPU, IN_TASK, IO, LOCK, LOOP, WEIGHTS
from engine.trace.picture.phase_sum import PhaseSum
from engine.trace.picture.thread_store import ThreadStore
from engine.wire.protocol import LEDGER_STATES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Pixels = npt.NDArray[np.uint8]
STATES: Final = len(LEDGER_STATES)
NOTHING: Final = STATES  # the colour of no phase: one beyond the states
BETWEEN: Final = STATES + 1  # where there is no lane
# The state assumed for a kind of piece where nothing was measured.
_OTHERWISE: Final = {
    PieceKind.COMPUTE: CPU,
    PieceKind.OPEN: CPU,
    PieceKind.LOOP: LOOP,
    PieceKind.AWAITED: LOOP,
    PieceKind.IO: IO,
    PieceKind.LOCK: LOCK,
}
_TOLD: Final = (PieceKind.IO, PieceKind.LOCK)  # waits that steps report
_STACKED_PX: Final = 9  # lanes lower than this show only the state that fills most of each column
_COLUMN_PX: Final = 2
_LOOKS_A_COLUMN: Final = 2.5  # up to so many looks a column, lanes show the state seen rather than shares
_PART_OF_RUN: Final = 0.8
FINE_CELLS: Final = 32_000  # lanes times columns that are worked out at most
DRAFT_CELLS: Final = 12_000  # the same while the view moves


class Lines(NamedTuple):
    """Lines drawn over a state's colour, so that it can be told apart in grey too: their spacing and thickness in
    rows.
    """

    pitch_px: int
    px: int
    dark: bool


LINES: Final = {
    "gil_wait": Lines(4, 1, dark=True),
    "lock_wait": Lines(8, 2, dark=False),
    "loop_wait": Lines(4, 1, dark=False),
    "transport": Lines(8, 2, dark=True),
}
LINED: Final = BETWEEN + 1  # the colour of the first state's lines; the others' follow


@dataclass(frozen=True)
class Strip:
    """Lanes that are drawn as one (mostly a single lane): the distance below the top, and the height with its gap."""

    lanes: tuple[int, ...]
    top_px: int
    height_px: int


@dataclass(frozen=True)
class Window:
    """The part of the timeline to draw: times in nanoseconds, and the visible strips."""

    begin_ns: int
    end_ns: int
    width_px: int
    strips: tuple[Strip, ...]
    cells: int = FINE_CELLS


def paint(store: PhaseStore, shares: LaneShares, window: Window) -> Pixels:
    """Return the states' numbers as pixels: shape (height, columns); a column is some pixels wide."""
    columns = max(1, min(window.width_px // _COLUMN_PX, window.cells // max(1, len(window.strips))))
    edges = np.linspace(window.begin_ns, window.end_ns, columns + 1).astype(np.int64)
    height = max((strip.top_px + strip.height_px for strip in window.strips), default=1)
    picture = np.full((height, columns), BETWEEN, np.uint8)
    alike: dict[int, list[Strip]] = {}  # those of one height are worked out together
    for strip in window.strips:
        picture[strip.top_px : strip.top_px + strip.height_px] = NOTHING
        alike.setdefault(strip.height_px, []).append(strip)
    for height_px, strips in alike.items():
        body = height_px - max(1, height_px // 6) if height_px > 2 else height_px
        if isinstance(store, ThreadStore):
            filled = store.fill([strip.lanes for strip in strips], edges)
        else:
            filled = fill_strips(store, shares, strips, edges)
        drawn = _stacked(filled, body) if body >= _STACKED_PX else _dominant(filled)[:, None]
        if body >= _STACKED_PX:
            _draw_lines(drawn)
        for strip, pixels in zip(strips, drawn, strict=True):
            picture[strip.top_px : strip.top_px + body] = pixels
    return picture


def _draw_lines(drawn: Pixels) -> None:
    """Draw the lines over states into strips of pixels: shape (strips, height, columns)."""
    for state, lines in LINES.items():
        number = LEDGER_STATES.index(state)
        for row in range(lines.pitch_px - lines.px, lines.pitch_px):
            rows = drawn[:, row :: lines.pitch_px]
            rows[rows == number] = LINED + number


def fill_strips(store: PhaseStore, shares: LaneShares, strips: Sequence[Strip], edges: Ints) -> Floats:
    """Return what part of each column each state fills on each strip: shape (strips, columns, states)."""
    filled = np.zeros((len(strips), len(edges) - 1, STATES))
    single = [n for n, strip in enumerate(strips) if len(strip.lanes) == 1 and strip.lanes[0] < len(store.tracks)]
    if single:
        lanes = [strips[number].lanes[0] for number in single]
        tracks = [store.tracks[lane] for lane in lanes]
        mixed = shares.of_each(lanes, edges)
        filled[single] = _divided(covered_many(tracks, edges), edges, mixed)
        fit = mixed.fit if mixed is not None else None
        if fit is not None and fit.gap.any():
            between = _gaps(store, lanes, edges, filled[single]) * fit.gap[:, np.newaxis]
            filled[single, :, fit.gap_state] += between
        seen = _slices(store, shares, lanes, edges)
        if seen is not None:
            filled[single] = _as_seen(filled[single], seen)
    for number, strip in enumerate(strips):
        if len(strip.lanes) > 1:
            filled[number] = fill(store.sum_of(strip.lanes), edges, shares.of_many(strip.lanes, edges))
    return filled


def _slices(store: PhaseStore, shares: LaneShares, lanes: list[int], edges: Ints) -> npt.NDArray[np.int16] | None:
    """Return which state was seen in each column of each lane, -1 where none was: shape (lanes, columns).

    None where looks are too sparse for that, or the whole run is in view: then the shares say more.
    """
    looks, turns = shares.looks, shares.turns
    if looks is None or not (looks.version or (turns is not None and turns.version)):
        return None
    if edges[1] - edges[0] > _LOOKS_A_COLUMN * looks.interval_ns:
        return None
    if edges[-1] - edges[0] > _PART_OF_RUN * store.end_ns:
        return None
    middles = (edges[:-1] + edges[1:]) // 2
    seen = np.full((len(lanes), len(middles)), -1, np.int16)
    for number, lane in enumerate(lanes):
        own = shares.seen(store, lane)
        if own is not None:
            seen[number] = own.near(middles)
    return seen


def _as_seen(filled: Floats, seen: npt.NDArray[np.int16]) -> Floats:
    """Return columns filled with the one state seen in them, over the part that a task covers."""
    total = filled.sum(axis=-1)
    known = np.where((seen >= 0)[..., np.newaxis], 0.0, filled)
    lanes, columns = np.nonzero(seen >= 0)
    known[lanes, columns, seen[lanes, columns]] = total[lanes, columns]
    return known


def _gaps(store: PhaseStore, lanes: list[int], edges: Ints, filled: Floats) -> Floats:
    """Return what part of each column lies between two phases of each lane: shape (lanes, columns)."""
    spans = np.array([store.span_ns(lane) for lane in lanes])
    inside = np.clip(edges, spans[:, :1], spans[:, 1:])
    share = np.diff(inside, axis=1) / np.maximum(np.diff(edges), 1)
    return np.asarray(np.clip(share - filled.sum(axis=-1), 0.0, None))


def fill(track: PhaseTrack | PhaseSum, edges: Ints, mixed: Mixed | None) -> Floats:
    """Return what part of each column between `edges` each state fills on a lane: shape (columns, states).

    `mixed` has the lane's measured seconds by state around each column; None where they were not measured.
    """
    return _divided(track.covered(edges), edges, mixed)


def _divided(covered: Floats, edges: Ints, mixed: Mixed | None) -> Floats:
    """Divide coverage by kind up to each edge, (..., edges, KINDS), into states of each column, (..., columns,
    states).
    """
    kinds = np.diff(covered, axis=-2) / np.maximum(np.diff(edges), 1)[:, None]
    filled = np.zeros((*kinds.shape[:-1], STATES))
    told = mixed is None or mixed.fit is None or not mixed.fit.moved.any()
    if told:
        filled[..., IO] = kinds[..., PieceKind.IO]
        filled[..., LOCK] = kinds[..., PieceKind.LOCK]
    present = [kind for kind in _OTHERWISE if not (told and kind in _TOLD) and kinds[..., kind].any()]
    if mixed is None:
        for kind in present:
            filled[..., _OTHERWISE[kind]] += kinds[..., kind]
        return filled
    fit = mixed.fit
    weights = mixed.spent[..., :IN_TASK] if fit is None else fit.weigh(mixed.spent)
    for kind in present:
        may_be = WEIGHTS[kind] if fit is not None else WEIGHTS[kind] == 1.0
        _divide(filled, kinds[..., kind], weights, may_be, _OTHERWISE[kind])
    return filled


def _divide(filled: Floats, amount: Floats, weights: Floats, may_be: Floats, otherwise: int) -> None:
    """Add an amount to states in proportion to their weights; to the state `otherwise` where nothing was measured."""
    states = np.flatnonzero(may_be).tolist()
    total = np.zeros_like(amount)
    for state in states:
        total += weights[..., state] * may_be[state]
    known = total > 0
    share = np.divide(amount, total, out=np.zeros_like(total), where=known)
    filled[..., otherwise] += np.where(known, 0.0, amount)
    for state in states:
        filled[..., state] += weights[..., state] * (share * may_be[state])


def _stacked(filled: Floats, height: int) -> Pixels:
    """Return columns in which each state has its share of the height, from the top; the rest is nothing.

    Shapes (strips, columns, states) and (strips, height, columns).
    """
    rows = np.arange(height, dtype=np.int16)[:, None]
    bounds = np.zeros(filled.shape[:-1])
    # The number of states whose part of the column ends above a pixel is the state of that pixel.
    state = np.zeros((len(filled), height, filled.shape[1]), np.uint8)
    skipped = 0
    for number in range(STATES):
        added = filled[..., number]
        if number + 1 < STATES and not filled[..., number + 1].any():
            skipped += 1  # the next one ends where this one does: both are passed at once
            bounds += added
            continue
        bounds += added
        state += (rows >= np.rint(bounds * height).astype(np.int16)[:, None, :]).view(np.uint8) * np.uint8(1 + skipped)
        skipped = 0
    return state


def _dominant(filled: Floats) -> Pixels:
    """Return the one state of each column that fills most of it, nothing where less than a tenth is filled."""
    return np.where(filled.sum(axis=-1) >= 0.1, filled.argmax(axis=-1), NOTHING).astype(np.uint8)
