"""Keeps who held one process's GIL, and answers for an instant or for each column of pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.trace.gil_holder import NOBODY, UNKNOWN, HolderSegments

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Held:
    """Stretches of time in order, each with its holder: an index into the table of threads, NOBODY or UNKNOWN."""

    def __init__(self) -> None:
        self._pieces: list[HolderSegments] = []
        nothing = np.empty(0, np.int64)
        self._joined = HolderSegments(nothing, nothing, nothing)
        self._sums: dict[int, tuple[Ints, Ints, Ints]] = {}  # of each holder: starts, ends, held until each start
        self._summed = (0, 0)
        self.count = 0
        self.until_ns = 0
        self._look_ns = 0.0

    def add(self, segments: HolderSegments) -> None:
        """Add the next segments."""
        if len(segments.holder):
            self._pieces.append(segments)
            self.count += len(segments.holder)
            self.until_ns = int(segments.end_ns[-1])
            self._look_ns = segments.look_ns or self._look_ns

    @property
    def segments(self) -> HolderSegments:
        """All of them; two that touch have different holders."""
        if self._pieces:
            pieces = [self._joined, *self._pieces]
            self._pieces = []
            start_ns = np.concatenate([each.start_ns for each in pieces])
            end_ns = np.concatenate([each.end_ns for each in pieces])
            holder = np.concatenate([each.holder for each in pieces])
            self._joined = _merged(start_ns, end_ns, holder, self._look_ns)
        return self._joined

    @property
    def holders(self) -> list[int]:
        """Every thread that ever held it, by its index."""
        return [int(each) for each in np.unique(self.segments.holder) if each >= 0]

    def at(self, times_ns: Ints) -> Ints:
        """Return who held it at each time: UNKNOWN before the first look and after the last."""
        segments = self.segments
        if not len(segments.holder):
            return np.full(len(times_ns), UNKNOWN, np.int64)
        place = np.maximum(np.searchsorted(segments.start_ns, times_ns, side="right") - 1, 0)
        inside = (times_ns >= segments.start_ns[place]) & (times_ns <= segments.end_ns[place])
        return np.where(inside, segments.holder[place], UNKNOWN)

    def stretch_at(self, time_ns: int) -> tuple[int, int, int] | None:
        """Return holder, begin and end of the stretch at a time, None where nobody looked."""
        segments = self.segments
        place = int(np.searchsorted(segments.start_ns, time_ns, side="right")) - 1
        if place < 0 or time_ns > segments.end_ns[place]:
            return None
        return int(segments.holder[place]), int(segments.start_ns[place]), int(segments.end_ns[place])

    def shares(self, holder: int, edges_ns: Ints) -> Floats:
        """Return what share of each column between edges `holder` held it (a thread, NOBODY or UNKNOWN)."""
        self._sum()
        found = self._sums.get(holder)
        if found is None:
            return np.zeros(len(edges_ns) - 1)
        start, end, before = found
        place = np.searchsorted(start, edges_ns, side="right") - 1
        known = np.maximum(place, 0)
        until = before[known] + np.minimum(edges_ns, end[known]) - start[known]
        return np.diff(np.where(place >= 0, until, 0)) / np.maximum(np.diff(edges_ns), 1)

    def _sum(self) -> None:
        segments = self.segments
        if self._summed == (len(segments.holder), self.until_ns):  # the last stretch may have become longer
            return
        self._summed = len(segments.holder), self.until_ns
        for holder in [NOBODY, UNKNOWN, *self.holders]:
            own = segments.holder == holder
            start, end = segments.start_ns[own], segments.end_ns[own]
            if len(start):
                self._sums[holder] = start, end, np.concatenate([[0], np.cumsum(end - start)[:-1]])


def _merged(start_ns: Ints, end_ns: Ints, holder: Ints, look_ns: float) -> HolderSegments:
    """Return the segments, with adjacent ones of the same holder merged."""
    begins = np.ones(len(holder), np.bool_)
    begins[1:] = (holder[1:] != holder[:-1]) | (start_ns[1:] > end_ns[:-1])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(holder)) - 1 if len(first) else first
    return HolderSegments(start_ns[first], end_ns[last], holder[first], look_ns)
