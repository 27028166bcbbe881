"""The longest stretch in which one coroutine held a recorded loop, kept in the loop file's header as it grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.record.loop_file import LoopSlot

# What is known of a coroutine, by its place in an array: its number (-1: it has had no task yet), its task and step;
# the ends of records of a wait for something, for a lock, for nothing (0: it is in no step); how long it has waited in
# this step; since when it has the loop; when it was made and when it first got the loop; until when its present wait
# was recorded before it is over (0: it was not); when its task began; the number of the record of a wait in this
# step whose end was guessed (0: there is none), and the earliest that it can have been.
STATE_SIZE: Final = 14
WORKER, TASK, STEP, IO_TAIL, LOCK_TAIL, READY_TAIL, WAITED_NS, SINCE_NS, MADE_NS, FIRST_NS, TOLD_NS = range(11)
BEGUN_NS, GUESSED, EARLIEST_NS = range(11, STATE_SIZE)


def hold_watch(loop: Any) -> Callable[[list[int], int], None]:
    """Return `held(state, until_ns)`, to be called for a stretch longer than `loop.told_ns`; see LoopClock.

    `state` is a coroutine's, by its places, and `until_ns` until when it has had the loop. A coroutine
    that goes on without giving it back is reported again, each time that its stretch is a hundredth longer: it does not
    pay for every task.
    """
    slots = loop.writer.slots
    told_ns = part_ns = 0  # until when it was told of; how long the part took that is named
    counted_ns = 0  # how long it was when the others were counted

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
            slots[LoopSlot.HOLD_WAITING] = len(loop.queue) + loop.overdue()
        loop.told_ns = length_ns + (length_ns >> 7)

    return held
