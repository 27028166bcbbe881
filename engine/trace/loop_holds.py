"""Works out from coroutines' phases who held an event loop, how long, and how many ready coroutines waited
meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LoopPhases:
    """The phases of all coroutines of one loop, as arrays of equal length in any order; times in nanoseconds.

    `blocks` says that a phase never yielded to the loop (its step has no async form). `ready_ns` is when an awaited
    phase could have continued: its start plus its own wait; -1 where that is not known.
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

    `place` is the index, among the phases given, of the stretch's longest phase. `waiting` counts the coroutines that
    were ready during the stretch but could not run, `waited_ns` is their total waiting time in it. A coroutine whose
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
        """Return the stretches that lie, at least in part, between two times; those of one loop do not overlap."""
        first = int(np.searchsorted(self.end_ns, begin_ns, side="right"))
        return slice(first, max(first, int(np.searchsorted(self.start_ns, end_ns, side="left"))))


def loop_holds(phases: LoopPhases) -> LoopHolds:
    """Return who held the loop and when.

    A task's blocking phases that follow each other without a gap are one stretch: the task never yields in between.
    """
    blocking = np.flatnonzero(phases.blocks & (phases.end_ns > phases.start_ns))
    order = blocking[_in_order(phases.start_ns[blocking])]
    start, end = phases.start_ns[order], phases.end_ns[order]
    new = np.ones(len(order), np.bool_)
    same = (phases.worker[order][1:] == phases.worker[order][:-1]) & (phases.task[order][1:] == phases.task[order][:-1])
    new[1:] = ~(same & (start[1:] == end[:-1]))
    firsts = np.flatnonzero(new)
    lasts = np.append(firsts[1:], len(order)) - 1 if len(firsts) else firsts
    begun, ended = start[firsts], end[lasts]
    waiting, waited = _waiting(phases, begun, ended)
    return LoopHolds(_longest_places(order, end - start, firsts), begun, ended, waiting, waited)


def _in_order(times: Ints) -> Ints:
    """Return indices that sort the times stably; numpy's own stable sort takes three times as long."""
    order = np.argsort(times)
    arranged = times[order]
    equal = np.zeros(len(times) + 1, np.bool_)
    equal[1:-1] = arranged[1:] == arranged[:-1]
    tied = np.flatnonzero(equal[1:] | equal[:-1])
    order[tied] = order[tied][np.lexsort((order[tied], arranged[tied]))]
    return order


def _longest_places(order: Ints, length: Ints, firsts: Ints) -> Ints:
    if len(firsts) == len(order):
        return order
    sizes = np.diff(np.append(firsts, len(order)))
    longest = np.flatnonzero(length == np.repeat(np.maximum.reduceat(length, firsts), sizes))
    return np.asarray(order[longest[np.searchsorted(longest, firsts)]], np.int64)  # the first of them in each stretch


def _waiting(phases: LoopPhases, begun: Ints, ended: Ints) -> tuple[Ints, Ints]:
    """Return how many coroutines waited in each stretch, and for how long in total.

    A coroutine waits from when it is ready until it continues, so counts and running sums of both sorted arrays
    suffice.
    """
    waits = np.flatnonzero(~phases.blocks & (phases.ready_ns >= 0) & (phases.end_ns > phases.ready_ns))
    ready, on = np.sort(phases.ready_ns[waits]), np.sort(phases.end_ns[waits])
    if not len(ready):
        return np.zeros(len(begun), np.int64), np.zeros(len(begun), np.int64)
    first = int(ready[0])  # sums of small numbers stay exact
    sums = [np.concatenate([[0], np.cumsum(each - first)]) for each in (ready, on)]
    gone = [np.searchsorted(on, times, side="right") for times in (begun, ended)]
    until = [
        (come - past) * (times - first) - (sums[0][come] - sums[1][past])
        for times, past in zip((begun, ended), gone, strict=True)
        for come in (np.searchsorted(ready, times, side="right"),)
    ]
    waiting = np.searchsorted(ready, ended, side="left") - gone[0]
    return waiting.astype(np.int64), until[1] - until[0]
