"""The loop file: what an event loop did, and when its coroutines were ready, appended by the loop's own thread.

Guarantees. Like a lane file, it has one writer, any number of readers and no lock: a record is written first, then the
count, and each record holds its sequence number, so that readers detect a torn one. Past `capacity` records the
header's sums stay exact: they include every iteration, and the unrecorded waits of each step.

Layout: a header of 64-bit slots (`LoopSlot`, then sums by step), then records of RECORD_SIZE bytes, little-endian. Two
kinds of record stand in the order in which they were written (RECORD_FIELDS):

- A wait: the coroutine `worker` yielded to the loop at `first_ns`, its awaitable was done at `second_ns`, and it
  resumed at `third_ns`. `why` is IO, LOCK (asyncio's or Gilscope's) or READY (there was nothing to wait for). From
  `second_ns` to `third_ns` it was ready, but the loop was busy with others: that is its loop wait.
- TURNS: `task` iterations of the loop between `first_ns` and `third_ns`, of which `second_ns` nanoseconds went to
  callbacks, the rest to waiting for events; `worker` callbacks ran. Successive iterations are merged into one record
  while they take less than a millisecond together.

Times are nanoseconds of `time.perf_counter_ns`.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

from engine.record.growing_file import HEADER_SIZE as HEADER_SIZE
from engine.record.growing_file import GrowingFile
from engine.record.host_files import LOOPS
from engine.record.lane_file import MAX_STEPS

FOLDER: Final = LOOPS  # in the run's
MAGIC: Final = int.from_bytes(b"GILLOOP1", "little")
# The last three fields as one number: see `loop_tail`. Where it says the same, native layout is written faster.
RECORD: Final = struct.Struct("@6q" if sys.byteorder == "little" else "<6q")
RECORD_SIZE: Final = RECORD.size
RECORD_FIELDS: Final = [
    ("sequence", "u8"),
    ("task", "u8"),
    ("first_ns", "i8"),
    ("second_ns", "i8"),
    ("third_ns", "i8"),
    ("worker", "u4"),
    ("step", "u2"),
    ("why", "u2"),
]
TURNS, IO, LOCK, READY = range(4)
BETWEEN: Final = 0xFFFF  # not a step: a coroutine was ready, between its tasks or before the first
TOGETHER_NS: Final = 1_000_000

SUM_SLOTS: Final = 64  # of waits that were not recorded: WAIT_SUMS slots for each of MAX_STEPS steps, then BETWEEN's
WAIT_SUMS: Final = 4  # how many, nanoseconds of IO, of LOCK, of loop wait


class LoopSlot(IntEnum):
    """The first slots of the header."""

    MAGIC = 0
    RECORD_SIZE = 1
    PID = 2
    THREAD = 3  # the operating system's thread id
    CREATED_NS = 4
    CAPACITY = 5
    PUBLISHED = 6
    DROPPED = 7  # waits that were not recorded
    ITERATIONS = 8
    BUSY_NS = 9  # in callbacks, over all iterations that have ended
    READY_NS = 10  # how long callbacks were ready and did not run, all together
    TIMERS = 11  # that rang
    LATE_NS = 12  # how long after their time, all together, while the loop was busy
    LATE_MAX_NS = 13
    SINCE_NS = 14  # since when the loop is in the callbacks of this iteration; 0: it waits for something to do
    END_NS = 15  # of the last iteration
    HOLD_START_NS = 16  # the longest stretch in which one coroutine held the loop: from here
    HOLD_END_NS = 17  # to here
    HOLD_WORKER = 18
    HOLD_TASK = 19  # the task, and its step, that took the most of it
    HOLD_STEP = 20
    HOLD_WAITING = 21  # how many others were ready then
    TURN_START_NS = 22  # the longest iteration's callbacks: from here
    TURN_END_NS = 23
    TURN_READY = 24  # how many others were ready at its end
    LANE = 25  # 1: coroutines of the run have their lane on this thread
    RUNS = 26  # the coroutine that ran last
    RUNS_SINCE_NS = 27  # and when
    RUNS_TASK = 28  # the task that began last, or that coroutine's


Record = Callable[[int, int, int, int, int], None]


class LoopWriter:
    """Appends one loop's records to its own file. For the thread that makes it. Raises OSError as GrowingFile does."""

    def __init__(self, path: str, *, thread: int, created_ns: int, capacity: int) -> None:
        self._growing = GrowingFile(path)
        self.slots = memoryview(self._growing.header).cast("q")
        self.capacity = capacity
        slots = self.slots
        slots[LoopSlot.RECORD_SIZE] = RECORD_SIZE
        slots[LoopSlot.PID] = os.getpid()
        slots[LoopSlot.THREAD] = thread
        slots[LoopSlot.CREATED_NS] = created_ns
        slots[LoopSlot.CAPACITY] = capacity
        slots[LoopSlot.MAGIC] = MAGIC  # last: a reader that sees it sees the rest

    def recorder(self) -> Record:
        """Return `record(task, first_ns, second_ns, third_ns, tail)`; see `loop_tail`."""
        pack, slots, make_room = RECORD.pack_into, self.slots, self.make_room
        chunk: Any = None
        count = place = room = 0

        def record(task: int, first_ns: int, second_ns: int, third_ns: int, tail: int) -> None:
            nonlocal chunk, count, place, room
            if count >= room:
                free = make_room(count)
                if free is None:
                    self.count_unrecorded(first_ns, second_ns, third_ns, tail)
                    return
                chunk, place, room = free
            count += 1
            pack(chunk, place, count, task, first_ns, second_ns, third_ns, tail)
            place += RECORD_SIZE
            slots[6] = count  # LoopSlot.PUBLISHED

        return record

    def make_room(self, count: int) -> tuple[Any, int, int] | None:
        """Return the chunk for record `count`, its place there, and up to which record it may be filled; None: no more.

        Called once for each chunk, and for every record when there is no more room.
        """
        if count >= self.capacity:
            return None
        chunk = self._growing.grow()
        if chunk is None:
            self.capacity = count
            return None
        return chunk, 0, min(self._growing.records, self.capacity)

    def count_unrecorded(self, first_ns: int, second_ns: int, third_ns: int, tail: int) -> None:
        """Add a wait to the header's sums instead; turns are in others."""
        step, why = tail >> 32 & 0xFFFF, tail >> 48 & 0xF
        if why == TURNS:
            return
        slots = self.slots
        slots[LoopSlot.DROPPED] += 1
        first = SUM_SLOTS + min(step, MAX_STEPS) * WAIT_SUMS
        slots[first] += 1
        slots[first + (LOCK if why == LOCK else IO)] += second_ns - first_ns
        slots[first + 3] += third_ns - second_ns


def loop_tail(worker: int, step: int, why: int) -> int:
    """Return a record's last three fields as the one number they are written as."""
    return worker | step << 32 | why << 48
