"""The lane file: one worker thread's phases and totals, appended by that thread only, mapped by any number of readers.

Guarantees. A lane file has one writer and any number of readers, and needs no lock: a record is written first, then
the count of published records, and each record carries its own sequence number (its place, from 1), so a reader that
meets a torn or missing record sees it and stops before it. The file only grows (see `growing_file`). Past
`capacity` records the totals stay exact (`tasks_done` and the like, and for what was not recorded the histogram and
the per-step sums), and the remaining room holds a sample of tasks, marked SAMPLED.

Layout: a header of HEADER_SIZE bytes, then records of RECORD_SIZE bytes, little-endian. The header is an array
of 64-bit slots: `Slot` names the first ones, then come texts, per-step sums and the latency histogram.
Times are nanoseconds of `time.perf_counter_ns`, which every process of a machine shares.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import threading
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

from engine.record.growing_file import CHUNK_RECORDS as CHUNK_RECORDS  # the most of a chunk
from engine.record.growing_file import HEADER_SIZE as HEADER_SIZE
from engine.record.growing_file import GrowingFile

MAGIC: Final = int.from_bytes(b"GILLANE1", "little")
# The last three fields are written as one number: see `tail`. Native layout is written faster than "<".
RECORD: Final = struct.Struct("@6q" if sys.byteorder == "little" else "<6q")
RECORD_SIZE: Final = RECORD.size
RECORD_END: Final = struct.Struct("<2q")  # from `waited_ns` on: the same for every phase of a step that does not wait
# With such an end given as bytes. Where it says the same, Python's native layout is written faster than "<".
RECORD_START: Final = struct.Struct("@4q16s" if sys.byteorder == "little" else "<4q16s")
# Name and numpy type of each field of a record, for readers that map the file as an array. `worker` tells apart the
# coroutines of one thread; `step` is the step's place in the workload, or QUEUED.
RECORD_FIELDS: Final = [
    ("sequence", "u8"),
    ("task", "u8"),
    ("start_ns", "i8"),
    ("end_ns", "i8"),
    ("waited_ns", "i8"),  # the unavoidable part of the step's wait, such as the sleep asked for; -1: not known
    ("worker", "u4"),
    ("step", "u2"),
    ("flags", "u2"),
]
CHUNK_SIZE: Final = CHUNK_RECORDS * RECORD_SIZE

OK: Final = 1  # the phase ended without an error
LAST: Final = 2  # the last phase of its task
HANDED_ON: Final = 8  # with LAST: of this lane's part of the task, which goes on in the next stage
FOR_LIMIT: Final = 16  # the wait for a turn before the step, which has a limit; its own phase follows
SAMPLED: Final = 4  # recorded as part of a sample: other tasks of that time were not recorded
QUEUED: Final = 0xFFFF  # not a step: from the task's intended arrival until a worker took it

LABEL_OFFSET: Final = 512  # bytes: two texts of LABEL_SIZE, the thread's name and the process's
LABEL_SIZE: Final = 256
MAX_STEPS: Final = 64
STEP_SLOTS: Final = 256  # per-step sums of what was not recorded: STEP_SUMS slots for each of MAX_STEPS steps
STEP_SUMS: Final = 4  # phases, nanoseconds, nanoseconds truly waited, phases that failed
HISTOGRAM_SLOTS: Final = 1024
HISTOGRAM_FINE: Final = 7  # buckets a power of two: 2**7, so a latency is known to 0.8 %
HISTOGRAM_BUCKETS: Final = 44 << HISTOGRAM_FINE  # up to 2**50 ns, eleven days


class Slot(IntEnum):
    """The first slots of the header."""

    MAGIC = 0
    RECORD_SIZE = 1
    PID = 2
    THREAD = 3  # the operating system's thread id
    CREATED_NS = 4
    CAPACITY = 5
    PUBLISHED = 6  # records that are there to read
    TASKS_DONE = 7  # of the tasks whose last phase was not recorded; the others are counted by their records
    TASKS_FAILED = 8
    DROPPED = 9  # how many phases were not recorded
    SINCE_NS = 10  # start of the phase that began last; it goes on while no record starts then (one thread's lanes)
    LAST_END_NS = 11  # of the last phase that was not recorded
    WORKERS = 12  # coroutines that have used the lane; 0: it is one thread's
    HISTOGRAM_COUNT = 13  # tasks in the histogram: those whose last phase was not recorded
    TASKS_NS = 14  # nanoseconds inside tasks that are not in the records
    LAST_TAIL = 15  # of the last phase that was not recorded: which step it was, and whether it ended its task
    HISTOGRAM_NS = 16  # the sum of the latencies in the histogram
    HISTOGRAM_MAX_NS = 17  # the greatest of them
    FIRST_STEP = 18  # the number of the step that a task of this lane begins with: not 0 in a later group
    TASK = 19  # the task that began last (one thread's lanes)
    IDENTIFIER = 20  # of the thread, as Python's `threading` has it; 0: it is on another machine
    LIMIT_NS = 21  # nanoseconds of waits for a turn, before steps with a limit, that were not recorded
    SAMPLED_TASKS = 22  # tasks that the thread itself measured; and of all that these stand for: how long they took,
    SAMPLED_NS = 23
    SAMPLED_CPU_NS = 24  # how long it was on a core in them,
    SAMPLED_QUEUE_NS = 25  # and in the run queue
    GROW_ERROR = 26  # the system's number of the error that kept the file from growing; 0: none did


def bucket_of(latency_ns: int) -> int:
    """Return the histogram's bucket for a latency in nanoseconds."""
    if latency_ns < 1 << HISTOGRAM_FINE:
        return max(0, latency_ns)
    shift = latency_ns.bit_length() - HISTOGRAM_FINE - 1
    return min((shift << HISTOGRAM_FINE) + (latency_ns >> shift), HISTOGRAM_BUCKETS - 1)


def bucket_bounds_ns(bucket: int) -> tuple[int, int]:
    """Return the least latency in `bucket`, and the least above it, in nanoseconds."""
    if bucket < 2 << HISTOGRAM_FINE:
        return bucket, bucket + 1
    shift = (bucket >> HISTOGRAM_FINE) - 1
    mantissa = bucket - (shift << HISTOGRAM_FINE)
    return mantissa << shift, (mantissa + 1) << shift


class LaneWriter:
    """Appends one worker thread's phases to its own file.

    Not safe to share: the thread that makes it is the only one that writes. `capacity` is the number of records the
    file may hold. `pid` and `thread` are 0 for a worker on another machine; `pid` is the caller's by default. Raises
    OSError when the file cannot be made; a disk that fills later ends the recording of phases (they are counted as
    dropped), not the run.
    """

    def __init__(
        self,
        path: str,
        *,
        thread: int,
        thread_name: str,
        process_name: str,
        created_ns: int,
        capacity: int,
        pid: int | None = None,
        first_step: int = 0,
    ) -> None:
        self._growing = GrowingFile(path)
        header = self._growing.header
        for place, text in enumerate((thread_name, process_name)):
            data = text.encode("utf-8", "replace")[: LABEL_SIZE - 1]
            start = LABEL_OFFSET + place * LABEL_SIZE
            header[start : start + len(data)] = data
        self.slots = memoryview(header).cast("q")
        self.capacity = max(capacity, 64)
        self._full = self.capacity - self.capacity // 5  # up to here everything is recorded, from here a sample
        self._stride = 16  # in the sample, one task in 16 is recorded; doubles as the room runs out
        self._next_thinning = self._full + (self.capacity - self._full) // 2
        slots = self.slots
        slots[Slot.RECORD_SIZE] = RECORD_SIZE
        slots[Slot.PID] = os.getpid() if pid is None else pid
        slots[Slot.THREAD] = thread
        slots[Slot.CREATED_NS] = created_ns
        slots[Slot.IDENTIFIER] = threading.get_ident() if pid is None else 0
        slots[Slot.CAPACITY] = self.capacity
        slots[Slot.FIRST_STEP] = first_step
        slots[Slot.MAGIC] = MAGIC  # written last: a reader that sees it sees the rest of the header

    def recorder(self) -> Callable[[int, int, int, int, int], bool]:
        """Return `record(task, start_ns, end_ns, waited_ns, tail)`, which writes one phase (see `tail`).

        False means that the phase was not recorded, but counted in the header's sums. A closure: on the hot path an
        attribute costs a tenth of the whole.
        """
        pack, slots, make_room = RECORD.pack_into, self.slots, self.make_room
        chunk: Any = None
        count = place = room = 0  # records; bytes into the chunk; records that may be written without a further look

        def record(task: int, start_ns: int, end_ns: int, waited_ns: int, tail: int) -> bool:
            nonlocal count, place, room, chunk
            if count >= room:
                free = make_room(count, task)
                if free is None:
                    self.count_unrecorded(start_ns, end_ns, waited_ns, tail)
                    return False
                chunk, place, room = free[0], free[1], free[2]
                tail |= free[3]
            count += 1
            pack(chunk, place, count, task, start_ns, end_ns, waited_ns, tail)
            place += RECORD_SIZE
            slots[6] = count  # Slot.PUBLISHED; looking up the enum would cost as much as the write
            return True

        return record

    def count_latency(self, latency_ns: int, failed: bool) -> None:
        """Count a task whose last phase was not recorded."""
        slots = self.slots
        # Update the maximum first: a reader in between would clip the percentiles to the old, smaller maximum.
        if latency_ns > slots[Slot.HISTOGRAM_MAX_NS]:
            slots[Slot.HISTOGRAM_MAX_NS] = latency_ns
        slots[Slot.HISTOGRAM_NS] += latency_ns
        slots[HISTOGRAM_SLOTS + bucket_of(latency_ns)] += 1
        slots[Slot.HISTOGRAM_COUNT] += 1
        slots[Slot.TASKS_FAILED if failed else Slot.TASKS_DONE] += 1

    def make_room(self, count: int, task: int) -> tuple[mmap.mmap, int, int, int] | None:
        """Return the chunk for record `count`, the offset in it, the record up to which it may be filled, and flags.

        None: do not record it.
        """
        flags, room = 0, self._full
        if count >= self._full:
            if task % self._stride or count >= self.capacity:
                return None
            if count >= self._next_thinning:
                self._stride *= 2
                self._next_thinning = count + max(1, (self.capacity - count) // 2)
            flags, room = SAMPLED << 48, count + 1
        if count >= self._growing.records and not self._grow():
            self.capacity = self._full = count
            return None
        assert self._chunk is not None
        return self._chunk, (count - self._first) * RECORD_SIZE, min(room, self._growing.records), flags

    def count_unrecorded(self, start_ns: int, end_ns: int, waited_ns: int, tail: int) -> None:
        slots = self.slots
        slots[Slot.DROPPED] += 1
        slots[Slot.LAST_END_NS] = end_ns
        slots[Slot.LAST_TAIL] = tail
        step, flags = tail >> 32 & 0xFFFF, tail >> 48
        if step == QUEUED:
            return
        slots[Slot.TASKS_NS] += end_ns - start_ns
        if flags & FOR_LIMIT:
            slots[Slot.LIMIT_NS] += end_ns - start_ns
            return
        first = STEP_SLOTS + step * STEP_SUMS
        slots[first] += 1
        slots[first + 1] += end_ns - start_ns
        slots[first + 2] += max(0, waited_ns)
        slots[first + 3] += not flags & OK

    _chunk: mmap.mmap | None = None
    _first = 0  # the number of the chunk's first record

    def _grow(self) -> bool:
        first, chunk = self._growing.records, self._growing.grow()
        if chunk is None:
            self.slots[Slot.GROW_ERROR] = self._growing.error
            return False
        self._chunk, self._first = chunk, first
        return True


def tail(worker: int, step: int, flags: int) -> int:
    """Return a record's last three fields as the one number they are written as."""
    return worker | step << 32 | flags << 48
