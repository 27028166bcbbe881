"""The lane file: one worker thread's phases and totals, appended by it alone, mapped by whoever reads.

Guarantees. A lane file has one writer and any number of readers, and needs no lock: a record is written first, then
the count of published records, and each record carries its own sequence number (its place, from 1), so a reader that
meets a torn or missing record sees it and stops before it. The file only grows, by whole chunks whose blocks are
written before they are mapped: a full disk is an error here, not a SIGBUS there. Past `capacity` records the totals
stay exact (`tasks_done` and the like, and for what was not recorded the histogram and the per-step sums), and the
remaining room holds a sample of tasks, marked SAMPLED.

Layout: a header of HEADER_SIZE bytes, then records of RECORD_SIZE bytes, in this machine's byte order. The header is
an array of 64-bit slots: `Slot` names the first ones, then come texts, per-step sums and the latency histogram.
Times are nanoseconds of `time.perf_counter_ns`, which every process of a machine shares.
"""

from __future__ import annotations

import mmap
import os
import struct
from enum import IntEnum
from typing import Final

MAGIC: Final = int.from_bytes(b"GILLANE1", "little")
HEADER_SIZE: Final = 65_536  # a multiple of every platform's mapping granularity
RECORD: Final = struct.Struct("=QQqqqIHH")
RECORD_SIZE: Final = RECORD.size
# Name and numpy type of each field of a record, for readers that map the file as an array. `worker` tells apart the
# coroutines of one thread; `step` is the step's place in the workload, or QUEUED.
RECORD_FIELDS: Final = [
    ("sequence", "u8"),
    ("task", "u8"),
    ("start_ns", "i8"),
    ("end_ns", "i8"),
    ("waited_ns", "i8"),  # how long the step truly had to wait for its own; -1: not known
    ("worker", "u4"),
    ("step", "u2"),
    ("flags", "u2"),
]
CHUNK_RECORDS: Final = 16_384
CHUNK_SIZE: Final = CHUNK_RECORDS * RECORD_SIZE

OK: Final = 1  # the phase ended without an error
LAST: Final = 2  # the last phase of its task
SAMPLED: Final = 4  # recorded as one of a sample: others like it were not
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
    TASKS_DONE = 7
    TASKS_FAILED = 8
    DROPPED = 9  # phases that were not recorded
    STATE = 10  # 1 + place of the step that is running, 0 between tasks; not kept where coroutines share the lane
    STATE_SINCE_NS = 11
    LAST_END_NS = 12
    WORKERS = 13  # coroutines that have used the lane; 0: it is one thread's
    HISTOGRAM_COUNT = 14  # tasks in the histogram: those with phases that were not recorded
    TASKS_NS = 15  # nanoseconds inside tasks that are not in the records


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
    file may hold. Raises OSError when the file cannot be made; a disk that fills later ends the recording of phases
    (they are counted as dropped), not the run.
    """

    def __init__(self, path: str, *, thread: int, thread_name: str, process_name: str, created_ns: int,
                 capacity: int) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
        os.write(self._file, bytes(HEADER_SIZE))
        self._header = mmap.mmap(self._file, HEADER_SIZE)
        for place, text in enumerate((thread_name, process_name)):
            data = text.encode("utf-8", "replace")[: LABEL_SIZE - 1]
            start = LABEL_OFFSET + place * LABEL_SIZE
            self._header[start : start + len(data)] = data
        self.slots = memoryview(self._header).cast("q")
        self.capacity = max(capacity, 64)
        self.count = 0
        self.dropped = 0
        self._chunk: mmap.mmap | None = None
        self._chunk_end = 0
        self._stride = 16  # past the full part, one task in so many is kept; doubles as the room runs out
        self._full = self.capacity - self.capacity // 5
        self._next_thinning = self._full + (self.capacity - self._full) // 2
        slots = self.slots
        slots[Slot.RECORD_SIZE] = RECORD_SIZE
        slots[Slot.PID] = os.getpid()
        slots[Slot.THREAD] = thread
        slots[Slot.CREATED_NS] = created_ns
        slots[Slot.CAPACITY] = self.capacity
        slots[Slot.MAGIC] = MAGIC  # last: a reader that sees it sees the rest

    def append(self, task: int, start_ns: int, end_ns: int, waited_ns: int, worker: int, step: int,
               flags: int) -> None:
        """Record one phase, or count it as dropped where there is no room for it."""
        count = self.count
        if count >= self._full:
            if task % self._stride or count >= self.capacity:
                self._drop(start_ns, end_ns, waited_ns, step, flags)
                return
            flags |= SAMPLED
            if count >= self._next_thinning:
                self._stride *= 2
                self._next_thinning = count + max(1, (self.capacity - count) // 2)
        if count >= self._chunk_end and not self._grow():
            self._drop(start_ns, end_ns, waited_ns, step, flags)
            return
        RECORD.pack_into(
            self._chunk,  # type: ignore[arg-type]
            (count % CHUNK_RECORDS) * RECORD_SIZE,
            count + 1, task, start_ns, end_ns, waited_ns, worker, step, flags,
        )  # fmt: skip
        self.count = count + 1
        self.slots[6] = count + 1  # Slot.PUBLISHED: an enum look-up would cost as much as the write

    def count_latency(self, latency_ns: int) -> None:
        """Count a task whose phases were not recorded in the histogram."""
        self.slots[HISTOGRAM_SLOTS + bucket_of(latency_ns)] += 1
        self.slots[Slot.HISTOGRAM_COUNT] += 1

    def _drop(self, start_ns: int, end_ns: int, waited_ns: int, step: int, flags: int) -> None:
        slots = self.slots
        self.dropped += 1
        slots[Slot.DROPPED] = self.dropped
        if step == QUEUED:
            return
        first = STEP_SLOTS + step * STEP_SUMS
        slots[first] += 1
        slots[first + 1] += end_ns - start_ns
        slots[first + 2] += max(0, waited_ns)
        slots[first + 3] += not flags & OK
        slots[Slot.TASKS_NS] += end_ns - start_ns

    def _grow(self) -> bool:
        try:
            end = os.lseek(self._file, 0, os.SEEK_END)
            _write_all(self._file, bytes(CHUNK_SIZE))
            self._chunk = mmap.mmap(self._file, CHUNK_SIZE, offset=end)
        except OSError:
            self.capacity = self._full = self.count
            return False
        self._chunk_end += CHUNK_RECORDS
        return True


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    start = os.lseek(file, 0, os.SEEK_CUR)
    try:
        while view:
            view = view[os.write(file, view) :]
    except OSError:
        os.ftruncate(file, start)
        raise
