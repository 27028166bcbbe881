"""Holds one lane's phases in growing arrays, and tells how much of any stretch of time each kind covers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.record.lane_reader import FOR_LIMIT, OK, RECORD_DTYPE
from engine.trace.step_kinds import StepKind, Sum

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


class PieceKind(IntEnum):
    """What a piece of a phase is, as far as the phase itself can tell.

    COMPUTE needs a core: running, or waiting for a core or the GIL. OPEN may be anything, as in the user's own code.
    LOOP is an awaited step's time beyond its own wait: ready, or running on the loop. AWAITED is a whole phase of an
    awaited step whose wait is not known.
    """

    COMPUTE = 0
    OPEN = 1
    IO = 2
    LOCK = 3
    LOOP = 4
    AWAITED = 5


KINDS: Final = len(PieceKind)
AWAITED_KINDS: Final = (PieceKind.LOOP, PieceKind.AWAITED)  # the event loop is left free meanwhile
_KIND_OF: Final = {
    Sum.IO: PieceKind.IO,
    Sum.LOCK: PieceKind.LOCK,
    Sum.BUSY: PieceKind.COMPUTE,
    Sum.OVER: PieceKind.COMPUTE,
    Sum.UNKNOWN_IO: PieceKind.OPEN,
    Sum.UNKNOWN_LOCK: PieceKind.OPEN,
    Sum.OPAQUE: PieceKind.OPEN,
    Sum.READY: PieceKind.LOOP,
    Sum.AWAITED: PieceKind.AWAITED,
}
WORDS: Final = RECORD_DTYPE.itemsize // 8  # of 64 bits in a record
_TOGETHER: Final = 100_000  # phases worked out at once, to bound the temporary memory


def kinds_of(step: StepKind) -> tuple[PieceKind, PieceKind, PieceKind]:
    """Return a step's kinds: of its wait of known length, of the rest, and of a phase whose wait is not known."""
    return _KIND_OF[step.known], _KIND_OF[step.rest], _KIND_OF[step.unknown]


class TrackPiece(NamedTuple):
    """Phases with the arrays that a track keeps: kinds of wait and rest, known waits, running sums, failures."""

    records: Records
    kinds: npt.NDArray[np.uint8]
    waited: Ints
    spent: Floats
    failed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, records: Records, wait_kinds: Ints, rest_kinds: Ints) -> TrackPiece:
        """Work out phases of one lane or of many; a handful takes as long as thousands."""
        kinds = np.empty((len(records), 2), np.uint8)
        kinds[:, 0], kinds[:, 1] = wait_kinds, rest_kinds
        length = records["end_ns"] - records["start_ns"]
        waited = np.clip(records["waited_ns"], 0, length)
        spent, rows = np.zeros((len(records), KINDS)), np.arange(0, len(records) * KINDS, KINDS)
        spent.ravel()[rows + wait_kinds] = waited
        spent.ravel()[rows + rest_kinds] += length - waited
        return cls(records, kinds, waited, np.cumsum(spent, axis=0, out=spent), (records["flags"] & OK) == 0)

    def part(self, first: int, last: int) -> TrackPiece:
        """Return the phases from `first` to `last`, with running sums of their own."""
        spent = self.spent[first:last] - (self.spent[first - 1] if first else 0.0)
        chosen = slice(first, last)
        return TrackPiece(self.records[chosen], self.kinds[chosen], self.waited[chosen], spent, self.failed[chosen])


class PhaseTrack:
    """The phases of one worker in order; times are nanoseconds since the run's start.

    A phase is its wait of known length (`waited`, of kind `wait_kind`), then the rest (`rest_kind`). Phases added by
    `put` stay pending until one is needed, or until `settle` works out many tracks at once: of a thousand lanes only a
    hundred may be in view. `steps` has the kinds of each step: of its wait, of the rest, and of the whole where the
    wait is not known.
    """

    def __init__(self, steps: Ints | None = None) -> None:
        self.count = 0
        self.steps = np.zeros((1, 3), np.int64) if steps is None else steps
        self.pending: list[Ints] = []
        self._settled = 0
        self._records = np.empty(0, RECORD_DTYPE)
        self._sums = np.zeros((1, KINDS))
        self._kinds = np.empty((0, 2), np.uint8)  # of the wait, and of the rest
        # Contiguous copies: a search in every sixth word of the records takes several times as long.
        self._start, self._end, self._waited = (np.empty(0, np.int64) for _ in range(3))
        self._failed = np.empty(0, np.int64)

    def append(self, records: Records, wait_kinds: Ints, rest_kinds: Ints) -> None:
        """Add phases, already on the run's clock, with the kinds of each."""
        settle([self])
        self.count += len(records)
        self.add(TrackPiece.of(records, wait_kinds, rest_kinds))

    def put(self, words: Ints) -> None:
        """Add phases, already on the run's clock, as rows of words; they are kept, not copied."""
        self.count += len(words)
        self.pending.append(words)

    def add(self, piece: TrackPiece) -> None:
        """Add phases that were counted by `put` and are now worked out."""
        first, self._settled = self._settled, self._settled + len(piece.records)
        self._make_room()
        new = slice(first, self._settled)
        self._records[new], self._kinds[new], self._waited[new] = piece.records, piece.kinds, piece.waited
        self._start[new], self._end[new] = piece.records["start_ns"], piece.records["end_ns"]
        self._sums[first + 1 : self._settled + 1] = self._sums[first] + piece.spent
        if piece.failed.any():
            self._failed = np.concatenate([self._failed, first + np.flatnonzero(piece.failed)])

    def _make_room(self) -> None:
        size = len(self._records)
        if size < self._settled:
            size = max(self._settled, 2 * size)
            self._records = _grown(self._records, size)
            self._sums = _grown(self._sums, size + 1)
            self._kinds, self._waited = _grown(self._kinds, size), _grown(self._waited, size)
            self._start, self._end = _grown(self._start, size), _grown(self._end, size)

    def words(self) -> list[Ints]:
        """Return every phase so far as it was recorded, in pieces: rows of words."""
        settled = self._records[: self._settled].view(np.int64).reshape(-1, WORDS)
        return [settled, *self.pending]

    @property
    def start(self) -> Ints:
        """When each phase began."""
        settle([self])
        return self._start[: self.count]

    @property
    def end(self) -> Ints:
        """When each phase ended."""
        settle([self])
        return self._end[: self.count]

    @property
    def waited(self) -> Ints:
        """How long each phase's own wait was, 0 where that is not known."""
        settle([self])
        return self._waited[: self.count]

    @property
    def failed(self) -> Ints:
        """The places of phases that failed."""
        settle([self])
        return self._failed

    @property
    def records(self) -> Records:
        """Every phase so far, as it was recorded; a view."""
        settle([self])
        return self._records[: self.count]

    @property
    def length_ns(self) -> float:
        """How long all phases took together."""
        settle([self])
        return float(self._sums[self._settled].sum())

    def kinds(self, place: int) -> tuple[PieceKind, PieceKind]:
        """Return the kinds of a phase's known wait and of the rest of it."""
        settle([self])
        wait, rest = self._kinds[place].tolist()
        return PieceKind(wait), PieceKind(rest)

    def is_known(self, place: int) -> bool:
        """Whether the length of a phase's own wait is known."""
        return bool(self.records["waited_ns"][place] >= 0)

    def covered(self, edges: Ints) -> Floats:
        """Return the nanoseconds of each kind until each of `edges` (sorted): shape (edges, KINDS)."""
        covered: Floats = covered_many([self], edges)[0]
        return covered

    def look_up(self, edges: Ints) -> tuple[Ints, Floats, npt.NDArray[np.uint8], Ints, Ints, Ints]:
        """Return the phase that each edge lies in or after (-1: before the first), and the figures used to cover it."""
        start = self.start
        place = np.searchsorted(start, edges, side="right") - 1
        known = np.maximum(place, 0)
        return (
            place,
            self._sums.take(known, axis=0),
            self._kinds.take(known, axis=0),
            start.take(known),
            self._end.take(known),
            self._waited.take(known),
        )

    def add_pieces(self, pieces: dict[PieceKind, tuple[list[Ints], list[Ints]]]) -> None:
        """Add the start and end of every wait and every rest to those of their kinds."""
        start, end = self.start, self.end
        kinds, turn = self._kinds[: self.count], start + self.waited
        for column, begins, ends in ((0, start, turn), (1, turn, end)):
            for kind in np.unique(kinds[:, column]).tolist():
                chosen = (kinds[:, column] == kind) & (ends > begins)
                pieces[PieceKind(kind)][0].append(begins[chosen])
                pieces[PieceKind(kind)][1].append(ends[chosen])

    def between(self, begin_ns: int, end_ns: int) -> slice:
        """Return the phases that lie, at least in part, between two times."""
        first = int(np.searchsorted(self.end, begin_ns, side="right"))
        return slice(first, max(first, int(np.searchsorted(self.start, end_ns, side="left"))))

    def failed_between(self, begin_ns: int, end_ns: int) -> list[int]:
        """Return the places of phases that failed between two times."""
        seen = self.between(begin_ns, end_ns)
        failed = self.failed
        first, last = np.searchsorted(failed, [seen.start, seen.stop]).tolist()
        return list(failed[first:last].tolist())

    def at(self, time_ns: int) -> int | None:
        """Return the place of the phase at a time, None between phases."""
        place = int(np.searchsorted(self.start, time_ns, side="right")) - 1
        return place if place >= 0 and time_ns < self._end[place] else None


def settle(tracks: Sequence[PhaseTrack]) -> None:
    """Work out the pending phases of some tracks of one run, many tracks at a time."""
    waiting = [track for track in tracks if track.pending]
    while waiting:
        together = size = 0
        while together < len(waiting) and size < _TOGETHER:
            size += sum(map(len, waiting[together].pending))
            together += 1
        _settle(waiting[:together])
        del waiting[:together]


def _settle(tracks: list[PhaseTrack]) -> None:
    records = joined([words for track in tracks for words in track.pending])
    kinds = tracks[0].steps[records["step"]]
    wait, rest = kinds[:, 0], np.where(records["waited_ns"] < 0, kinds[:, 2], kinds[:, 1])
    turns = (records["flags"] & FOR_LIMIT) != 0
    if turns.any():
        wait = np.where(turns, np.int64(PieceKind.LOCK), wait)
        rest = np.where(turns, np.where(records["waited_ns"] < 0, PieceKind.LOCK, PieceKind.LOOP), rest)
    piece = TrackPiece.of(records, wait, rest)
    last = 0
    for track in tracks:
        first, last = last, last + sum(map(len, track.pending))
        track.pending.clear()
        track.add(piece.part(first, last))


def joined(words: list[Ints]) -> Records:
    """Join pieces of rows of words into records; numpy is slow at joining structured arrays."""
    return np.concatenate(words).view(RECORD_DTYPE).reshape(-1)


def covered_many(tracks: Sequence[PhaseTrack], edges: Ints) -> Floats:
    """Return the nanoseconds of each kind until each of `edges` on each track: shape (tracks, edges, KINDS).

    Only the look-up is done track by track: for a handful of columns, the numpy calls cost more than the work.
    """
    sums = np.zeros((len(tracks), len(edges), KINDS))
    filled = [number for number, track in enumerate(tracks) if track.count]
    if not filled:
        return sums
    settle(tracks)
    found = [tracks[number].look_up(edges) for number in filled]
    place, until, kinds, start, end, waited = (np.stack(column) for column in zip(*found, strict=True))
    inside = np.where(place >= 0, np.minimum(edges, end) - start, 0)
    waited = np.minimum(inside, waited)
    flat = until.reshape(-1, KINDS)
    rows = np.arange(len(flat))
    flat[rows, kinds[..., 0].ravel()] += waited.ravel()
    flat[rows, kinds[..., 1].ravel()] += (inside - waited).ravel()
    sums[filled] = until
    return sums


def _grown(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    larger = np.empty((size, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
