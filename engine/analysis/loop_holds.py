"""Who held an event loop, for how long, and who was ready and waited meanwhile: from the phases of its coroutines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LoopPhases:
    """The phases of all coroutines of one loop, as arrays of equal length in any order; times in nanoseconds.

    `blocks` says that a phase ran without ever giving the loop back (its step has no form that is awaited).
    `ready_ns` is when an awaited phase could have gone on: its start and its own wait; -1 where that is not known.
    """

    worker: Ints
    task: Ints
    start_ns: Ints
    end_ns: Ints
    ready_ns: Ints
    blocks: Flags


@dataclass(frozen=True, slots=True)
class LoopHolds:
    """Every stretch in which one task held the loop, in the order of time, as arrays of equal length.

    `place` is the longest of the stretch's phases among those given. `waiting` counts the coroutines that were ready
    at some time in it and were not let on, `waited_ns` is how long they waited in it, all together. A coroutine whose
    own wait is not known is not counted.
    """

    place: Ints
    start_ns: Ints
    end_ns: Ints
    waiting: Ints
    waited_ns: Ints

    def __len__(self) -> int:
        return len(self.place)

    def longest(self, count: int = 1) -> list[int]:
        """Return the longest stretches in which others waited, longest first."""
        length = np.where(self.waiting > 0, self.end_ns - self.start_ns, 0)
        order = np.argsort(-length, kind="stable")[:count]
        return [int(place) for place in order if length[place] > 0]

    def between(self, begin_ns: int, end_ns: int) -> slice:
        """Return which stretches lie, at least in part, between two times; of one loop, they do not overlap."""
        first = int(np.searchsorted(self.end_ns, begin_ns, side="right"))
        return slice(first, max(first, int(np.searchsorted(self.start_ns, end_ns, side="left"))))


def loop_holds(phases: LoopPhases) -> LoopHolds:
    """Return who held the loop and when.

    Blocking phases of a task that follow each other without a gap are one stretch: the loop is not given back between.
    """
    blocking = np.flatnonzero(phases.blocks & (phases.end_ns > phases.start_ns))
    order = blocking[np.argsort(phases.start_ns[blocking], kind="stable")]
    start, end = phases.start_ns[order], phases.end_ns[order]
    new = np.ones(len(order), np.bool_)
    same = (phases.worker[order][1:] == phases.worker[order][:-1]) & (phases.task[order][1:] == phases.task[order][:-1])
    new[1:] = ~(same & (start[1:] == end[:-1]))
    firsts = np.flatnonzero(new)
    lasts = np.append(firsts[1:], len(order)) - 1 if len(firsts) else firsts
    begun, ended = start[firsts], end[lasts]
    waiting, waited = _waiting(phases, begun, ended)
    return LoopHolds(_longest_places(order, end - start, firsts), begun, ended, waiting, waited)


def _longest_places(order: Ints, length: Ints, firsts: Ints) -> Ints:
    if not len(firsts):
        return np.empty(0, np.int64)
    stretch = np.cumsum(np.isin(np.arange(len(order)), firsts)) - 1
    by_length = np.lexsort((-length, stretch))  # the longest of each stretch stands first
    return np.asarray(order[by_length[np.searchsorted(stretch[by_length], np.arange(len(firsts)))]], np.int64)


def _waiting(phases: LoopPhases, begun: Ints, ended: Ints) -> tuple[Ints, Ints]:
    """Return how many waited in each stretch, and how long, all together.

    Who waits has become ready and has not gone on: counts of two sorted arrays, and their running sums.
    """
    waits = np.flatnonzero(~phases.blocks & (phases.ready_ns >= 0) & (phases.end_ns > phases.ready_ns))
    ready, on = np.sort(phases.ready_ns[waits]), np.sort(phases.end_ns[waits])
    waiting = np.searchsorted(ready, ended, side="left") - np.searchsorted(on, begun, side="right")
    return waiting.astype(np.int64), _waited_until(ready, on, ended) - _waited_until(ready, on, begun)


def _waited_until(ready: Ints, on: Ints, times: Ints) -> Ints:
    if not len(ready):
        return np.zeros(len(times), np.int64)
    first = int(ready[0])  # sums of small numbers stay exact
    sums = [np.concatenate([[0], np.cumsum(each - first)]) for each in (ready, on)]
    begun, gone = np.searchsorted(ready, times, side="right"), np.searchsorted(on, times, side="right")
    return np.asarray((begun - gone) * (times - first) - (sums[0][begun] - sums[1][gone]), np.int64)
