"""The longest stretch in which one coroutine held a recorded loop, kept in the loop file's header as it grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.record.loop_file import LoopSlot

# The fields of a coroutine's state, by index: its number (-1: no task yet), its task and step; the tails of records of
# a wait for something, for a lock, for nothing (0: in no step, -1: no task yet); how long it has waited in this step;
# since when it has run on the loop, and in which of its iterations (-1: no task yet); when it was created; when its
# present wait began, or up to when it is recorded; when its task began; how many waits of this step ended at a guess.
# For each of these two numbers follow, from STATE_SIZE on: that of the wait's record, and the earliest possible end of
# the wait.
STATE_SIZE: Final = 13
WORKER, TASK, STEP, IO_TAIL, LOCK_TAIL, READY_TAIL, WAITED_NS, SINCE_NS, ITERATION, MADE_NS, GONE_NS = range(11)
BEGUN_NS, GUESSED = range(11, STATE_SIZE)


def hold_watch(loop: Any) -> Callable[[list[int], int], None]:
    """Return `held(state, until_ns)`, to be called for a stretch longer than `loop.told_ns`; see LoopClock.

    `state` is the coroutine's state array, and `until_ns` the time up to which it has held the loop. A coroutine that
    continues without yielding is reported again only when its stretch has grown by a hundredth, so that not every task
    pays for a report.
    """
    slots = loop.writer.slots
    told_ns = part_ns = 0  # up to when the stretch was reported; the length of its longest part, which is named
    counted_ns = 0  # the stretch's length when the waiting coroutines were counted

    def held(state: list[int], until_ns: int) -> None:
        nonlocal told_ns, part_ns, counted_ns
        since_ns = state[SINCE_NS]
        if slots[LoopSlot.HOLD_START_NS] != since_ns:
            slots[LoopSlot.HOLD_START_NS] = told_ns = since_ns
            part_ns = counted_ns = 0
        if until_ns - told_ns > part_ns:
            part_ns = until_ns - told_ns
            slots[LoopSlot.HOLD_WORKER], slots[LoopSlot.HOLD_TASK] = state[WORKER], state[TASK]
            slots[LoopSlot.HOLD_STEP] = state[STEP]
        slots[LoopSlot.HOLD_END_NS] = told_ns = until_ns
        length_ns = until_ns - since_ns
        if 4 * length_ns > 5 * counted_ns:  # counting looks at every timer that is due
            counted_ns = length_ns
            slots[LoopSlot.HOLD_WAITING] = len(loop.queue) + _overdue(loop.loop)
        loop.told_ns = length_ns + (length_ns >> 7)

    return held


def _overdue(loop: Any) -> int:
    """Return how many timers of a loop are due; no timer of its heap below one that is not due can be due."""
    scheduled, now = loop._scheduled, loop.time()
    count, places = 0, [0]
    while places:
        place = places.pop()
        if place < len(scheduled) and scheduled[place]._when <= now:
            count += not scheduled[place]._cancelled
            places += [2 * place + 1, 2 * place + 2]
    return count
