"""Adds up for how long each thread was seen in each state, look by look, and keeps its last state.

A look stands for the time since the previous look at the same thread, and the first for as long as the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import THINNED_BITS, LookState

LONGEST_NS: Final = 250_000_000  # that a look may stand for: after a longer gap, the looker itself was held up
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LastState:
    """The state that a thread was seen in last, and for how long all looks have shown that state."""

    state: LookState
    for_ns: int


class StateTotals:
    """Takes looks in their order. Threads are identified by their places in the table of threads."""

    def __init__(self) -> None:
        self.ns = np.zeros((0, len(LookState)))
        self._last_ns = np.zeros(0, np.int64)  # when each was looked at last; 0: never
        self._state = np.zeros(0, np.int64)
        self._since_ns = np.zeros(0, np.int64)  # since when it was seen only in its last state

    def take(self, looks: NDArray[np.void]) -> None:
        """Add the next looks."""
        if not len(looks):
            return
        thread = looks["thread"].astype(np.int64)
        self._grow(int(thread.max()) + 1)
        order = np.argsort(thread, kind="stable")
        thread, state = thread[order], looks["state"][order].astype(np.int64)
        time_ns = looks["time_ns"][order].astype(np.int64)
        first = np.ones(len(order), np.bool_)
        np.not_equal(thread[1:], thread[:-1], out=first[1:])
        before_ns = np.concatenate([[0], time_ns[:-1]])
        before_ns[first] = self._last_ns[thread[first]]
        known = before_ns > 0
        # After thinning, a look stands for as many rounds as its flags say.
        longest = LONGEST_NS * (1 << (looks["flags"][order].astype(np.int64) & THINNED_BITS))
        stands = np.where(known, np.clip(time_ns - before_ns, 0, longest), 0)
        np.add.at(self.ns, (thread, state), stands)
        self._add_first(thread, state, stands, known)
        self._see_last(thread, state, time_ns, first)

    def with_ns(self, ns: NDArray[np.float64]) -> StateTotals:
        """Return a copy with other times, those of a part of the whole."""
        part = StateTotals()
        part.ns, part._last_ns, part._state, part._since_ns = ns, self._last_ns, self._state, self._since_ns
        return part

    def of(self, places: list[int]) -> NDArray[np.float64]:
        """Return the time in each state of a thread that has these places in the table."""
        known = [place for place in places if place < len(self.ns)]
        return np.asarray(self.ns[known].sum(axis=0))

    def last_of(self, place: int) -> LastState | None:
        """Return what a thread was last seen to do; None if it was not looked at."""
        if place >= len(self._last_ns) or not self._last_ns[place]:
            return None
        return LastState(LookState(int(self._state[place])), int(self._last_ns[place] - self._since_ns[place]))

    def _add_first(self, thread: Ints, state: Ints, stands: Ints, known: NDArray[np.bool_]) -> None:
        """Let a thread's very first look stand for as long as its second, or for a moment until there is one."""
        new = np.flatnonzero(~known)
        if not len(new):
            return
        after = np.minimum(new + 1, len(thread) - 1)
        followed = (after > new) & (thread[after] == thread[new])
        np.add.at(self.ns, (thread[new], state[new]), np.where(followed, stands[after], 1))

    def _see_last(self, thread: Ints, state: Ints, time_ns: Ints, first: NDArray[np.bool_]) -> None:
        previous = np.concatenate([[0], state[:-1]])
        previous[first] = self._state[thread[first]]
        fresh = first & (self._last_ns[thread] == 0)
        changed = fresh | (state != previous)
        at = np.flatnonzero(changed)
        self._since_ns[thread[at]] = time_ns[at]  # the last one of each thread overwrites the others
        ends = np.flatnonzero(np.append(first[1:], True))
        self._last_ns[thread[ends]], self._state[thread[ends]] = time_ns[ends], state[ends]

    def _grow(self, count: int) -> None:
        more = count - len(self.ns)
        if more > 0:
            more = max(more, len(self.ns))
            self.ns = np.concatenate([self.ns, np.zeros((more, self.ns.shape[1]))])
            for name in ("_last_ns", "_state", "_since_ns"):
                setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more, np.int64)]))
