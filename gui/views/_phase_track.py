"""One lane's phases as arrays that grow, and how much of any stretch of time each kind of phase covers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.history.lane_reader import OK, RECORD_DTYPE

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


class Kind(IntEnum):
    """What a piece of a phase is, as far as the phase itself can tell.

    COMPUTE is what needs a core: running, or waiting for a core or the GIL. OPEN is the user's own code, which may do
    anything. LOOP is the time beyond its own wait of a step that is awaited: ready, or running on the loop.
    """

    COMPUTE = 0
    OPEN = 1
    IO = 2
    LOCK = 3
    LOOP = 4


KINDS: Final = len(Kind)


class Piece(NamedTuple):
    """Some phases with what a track keeps of them: kinds of wait and rest, running sums, which have failed."""

    records: Records
    kinds: npt.NDArray[np.uint8]
    spent: Floats
    failed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, records: Records, wait_kinds: Ints, rest_kinds: Ints) -> Piece:
        """Work out phases, of one lane or of many: that takes as long for a handful as for thousands."""
        records = records.copy()
        kinds = np.stack([wait_kinds, rest_kinds, records["waited_ns"] >= 0], axis=1).astype(np.uint8)
        length = records["end_ns"] - records["start_ns"]
        waited = records["waited_ns"] = np.clip(records["waited_ns"], 0, length)
        spent, places = np.zeros((len(records), KINDS)), np.arange(len(records))
        spent[places, wait_kinds] += waited
        spent[places, rest_kinds] += length - waited
        return cls(records, kinds, np.cumsum(spent, axis=0), (records["flags"] & OK) == 0)

    def part(self, first: int, last: int) -> Piece:
        """Return some of them, with running sums of their own."""
        spent = self.spent[first:last] - (self.spent[first - 1] if first else 0.0)
        return Piece(self.records[first:last], self.kinds[first:last], spent, self.failed[first:last])


class PhaseTrack:
    """The phases of one worker in order; times are nanoseconds since the run's start.

    A phase is its own wait of known length (`waited`, of kind `wait_kind`), then the rest (`rest_kind`).
    """

    def __init__(self) -> None:
        self.count = 0
        self._records = np.empty(64, RECORD_DTYPE)
        self._sums = np.zeros((65, KINDS))
        self._kinds = np.empty((64, 3), np.uint8)  # of the wait, of the rest, and whether the wait is known
        self._start, self._end = np.empty(64, np.int64), np.empty(64, np.int64)
        self.start = self.end = self.waited = np.empty(0, np.int64)
        self.failed = np.empty(0, np.int64)  # the places of phases that failed

    def append(self, records: Records, wait_kinds: Ints, rest_kinds: Ints) -> None:
        """Add phases, already on the run's clock, with the kinds of each."""
        self.add(Piece.of(records, wait_kinds, rest_kinds))

    def add(self, piece: Piece) -> None:
        """Add phases that are worked out already."""
        if not len(piece.records):
            return
        first, self.count = self.count, self.count + len(piece.records)
        self._make_room()
        new = slice(first, self.count)
        self._records[new], self._kinds[new] = piece.records, piece.kinds
        self._start[new], self._end[new] = piece.records["start_ns"], piece.records["end_ns"]
        self._sums[first + 1 : self.count + 1] = self._sums[first] + piece.spent
        self._set_views()
        if piece.failed.any():
            self.failed = np.concatenate([self.failed, first + np.flatnonzero(piece.failed)])

    def _make_room(self) -> None:
        size = len(self._records)
        while size < self.count:
            size *= 2
        if size > len(self._records):
            self._records = _grown(self._records, size)
            self._sums = _grown(self._sums, size + 1)
            self._kinds = _grown(self._kinds, size)
            self._start, self._end = _grown(self._start, size), _grown(self._end, size)

    def _set_views(self) -> None:
        # Copies that lie together: a search in every tenth word of the records takes ten times as long.
        self.start, self.end = self._start[: self.count], self._end[: self.count]
        self.waited = self._records["waited_ns"][: self.count]

    @property
    def records(self) -> Records:
        """Every phase so far; a view."""
        return self._records[: self.count]

    def kinds(self, place: int) -> tuple[Kind, Kind]:
        """Return what the known wait of a phase is, and what the rest of it is."""
        wait, rest, _ = self._kinds[place].tolist()
        return Kind(wait), Kind(rest)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Of each phase, whether it is known how long it had to wait for its own."""
        return self._kinds[: self.count, 2] > 0

    def is_known(self, place: int) -> bool:
        """Whether it is known how long a phase had to wait for its own."""
        return bool(self._kinds[place, 2])

    def covered(self, edges: Ints) -> Floats:
        """Return the nanoseconds of each kind until each of `edges` (sorted): shape (edges, KINDS)."""
        return covered_many([self], edges)[0]

    def look_up(self, edges: Ints) -> tuple[Ints, Floats, npt.NDArray[np.uint8], Ints, Ints, Ints]:
        """Return the phase that each edge lies in or after (-1: before the first), and what is needed of it."""
        place = np.searchsorted(self.start, edges, side="right") - 1
        known = np.maximum(place, 0)
        return (
            place,
            self._sums.take(known, axis=0),
            self._kinds.take(known, axis=0),
            self.start.take(known),
            self.end.take(known),
            self.waited[known],  # `take` would copy what does not lie together
        )

    def add_pieces(self, pieces: dict[Kind, tuple[list[Ints], list[Ints]]]) -> None:
        """Add the start and end of every wait and every rest to those of their kinds."""
        kinds, turn = self._kinds[: self.count], self.start + self.waited
        for column, begins, ends in ((0, self.start, turn), (1, turn, self.end)):
            for kind in np.unique(kinds[:, column]).tolist():
                chosen = (kinds[:, column] == kind) & (ends > begins)
                pieces[Kind(kind)][0].append(begins[chosen])
                pieces[Kind(kind)][1].append(ends[chosen])

    def between(self, begin_ns: int, end_ns: int) -> slice:
        """Return which phases lie, at least in part, between two times."""
        first = int(np.searchsorted(self.end, begin_ns, side="right"))
        return slice(first, max(first, int(np.searchsorted(self.start, end_ns, side="left"))))

    def failed_between(self, begin_ns: int, end_ns: int) -> list[int]:
        """Return the places of phases that failed between two times."""
        seen = self.between(begin_ns, end_ns)
        first, last = np.searchsorted(self.failed, [seen.start, seen.stop]).tolist()
        return list(self.failed[first:last].tolist())

    def at(self, time_ns: int) -> int | None:
        """Return the place of the phase at a time, None between phases."""
        place = int(np.searchsorted(self.start, time_ns, side="right")) - 1
        return place if place >= 0 and time_ns < self.end[place] else None


def covered_many(tracks: Sequence[PhaseTrack], edges: Ints) -> Floats:
    """Return the nanoseconds of each kind until each of `edges` on each track: shape (tracks, edges, KINDS).

    Of each track only the look-up is done by itself: for a handful of columns, the calls cost more than the work.
    """
    sums = np.zeros((len(tracks), len(edges), KINDS))
    filled = [number for number, track in enumerate(tracks) if track.count]
    if not filled:
        return sums
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
