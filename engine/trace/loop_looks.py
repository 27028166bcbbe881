"""Adds up what event loops' threads were seen to do while they ran callbacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import LOOK_STATES, MOST_THREADS, LookState, LookTables
from engine.record.look_reader import LOOK_DTYPE, rounds_of
from engine.record.loop_file import LoopSlot
from engine.trace.loop_figures import COMPUTING, GIL, LoopBusiness
from engine.trace.loop_waits import LoopTotals
from engine.trace.phase_totals import Floats

_NAMES: Final = {LookState.RUNNING: COMPUTING, LookState.GIL: GIL}
_LONGEST_NS: Final = 250_000_000  # the longest time that a look stands for: beyond it, the sampler was stalled
_RECENT_NS: Final = 10_000_000_000  # how long looks at loops are kept while a run goes on
_KNOWN_NS: Final = 3_600_000_000_000  # how long the longest hold's activity is remembered


class LoopLooks:
    """All looks of a run, for `loop_figures`, which is given `of` as its `look`."""

    def __init__(self, looks: NDArray[np.void], tables: LookTables) -> None:
        self._looks = looks
        self._place = {(each.pid, each.tid): place for place, each in enumerate(tables.threads)}

    def of(self, pid: int, thread: int, start_ns: int, end_ns: int, busy_s: float) -> LoopBusiness | None:
        """Divide `busy_s` by what a thread did between two instants, idle waiting left out."""
        place = self._place.get((pid, thread))
        if place is None:
            return None
        looks = self._looks[self._looks["thread"] == place]
        time_ns, state = looks["time_ns"].astype(np.int64), looks["state"]
        # A look stands for the time since the one before: they come at uneven intervals.
        longest_ns = _LONGEST_NS * rounds_of(looks)
        stands_ns = np.clip(np.diff(time_ns, prepend=time_ns[:1]), 0, longest_ns).astype(np.float64)
        inside = (time_ns > start_ns) & (time_ns <= end_ns)
        weight = np.bincount(state[inside], stands_ns[inside], LOOK_STATES).astype(np.float64)
        return _business(weight, busy_s)


def _business(weight: Floats, busy_s: float) -> LoopBusiness | None:
    """Divide `busy_s` over states in proportion to `weight`; an idle loop is not busy, so that state is left out."""
    busy = weight.copy()
    busy[LookState.LOOP] = 0
    whole = float(busy.sum())
    if not whole:
        return None
    names = {state: _NAMES.get(state, state.name.lower()) for state in LookState if busy[state]}
    return LoopBusiness({name: float(busy[state]) / whole * busy_s for state, name in names.items()})


class RunningLoopLooks:
    """Adds up the looks of a run that goes on, piece by piece; `loop_figures` is given `of` as its `look`.

    Each piece after the first begins with the last look at each thread from the piece before.
    """

    def __init__(self) -> None:
        self._weight: dict[tuple[int, int], Floats] = {}  # nanoseconds by state, of each loop's thread
        self._created_ns: dict[tuple[int, int], int] = {}
        self._recent = np.empty(0, LOOK_DTYPE)
        self._known: dict[tuple[int, int, int, int], LoopBusiness | None] = {}
        self._since_ns = 0  # every look since then is still kept
        self._tables = LookTables()

    def add(self, looks: NDArray[np.void], tables: LookTables, loops: Sequence[LoopTotals]) -> None:
        """Add looks at the threads of event loops."""
        self._tables = tables
        place = {(each.pid, each.tid): number for number, each in enumerate(tables.threads)} if loops else {}
        recent = []
        for loop in loops:
            key = (loop.reader.pid, loop.reader.thread)
            own = looks[looks["thread"] == place.get(key, MOST_THREADS)]
            recent.append(own)
            time_ns = own["time_ns"].astype(np.int64)
            stands_ns = np.clip(np.diff(time_ns, prepend=time_ns[:1]), 0, _LONGEST_NS).astype(np.float64)
            self._created_ns[key] = int(loop.reader.slots[LoopSlot.CREATED_NS])
            inside = time_ns > self._created_ns[key]
            more = np.bincount(own["state"][inside], stands_ns[inside], LOOK_STATES)
            self._weight[key] = self._weight.get(key, np.zeros(LOOK_STATES)) + more
        if recent:
            kept = np.concatenate([self._recent, *recent])
            self._since_ns = max(self._since_ns, int(kept["time_ns"].max(initial=0)) - _RECENT_NS)
            self._recent = kept[kept["time_ns"] >= self._since_ns]
            self._known = {key: known for key, known in self._known.items() if key[3] >= self._since_ns - _KNOWN_NS}

    def of(self, pid: int, thread: int, start_ns: int, end_ns: int, busy_s: float) -> LoopBusiness | None:
        """Return what a thread did between two instants, or over its loop's whole life once those looks are dropped."""
        weight, key = self._weight.get((pid, thread)), (pid, thread, start_ns, end_ns)
        if weight is not None and self._created_ns.get((pid, thread)) == start_ns:
            # Busy time as seen by looks: the loop's own record does not include the iteration under way.
            return _business(weight, float(weight.sum() - weight[LookState.LOOP]) / 1e9)
        if start_ns >= self._since_ns:
            self._known[key] = LoopLooks(self._recent, self._tables).of(pid, thread, start_ns, end_ns, busy_s)
        elif key not in self._known:
            return None if weight is None else _business(weight, busy_s)
        return self._known[key]
